package pdp

import (
	"math"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

// A corpus holds the statements of a bundle, or of one policy that came with a
// request: one after the other in canonical order, so that the number of a statement
// is its place in it. What many statements say alike it holds once.
type corpus struct {
	statements []statement
	actions    []wildcard.Pattern
	resources  []resourcePattern
	lists      []uint32 // the numbers of statements with several patterns
	principals []*principalSet
	distinct   int // patterns, when all were last told by their texts; see worn
}

// A list is some numbers: the only one by itself, several as a part of corpus.lists.
type list struct {
	at [1]uint32 // the number; or where the numbers begin
	n  uint32
}

// numbers returns the numbers of a list.
func (c *corpus) numbers(l *list) []uint32 {
	if l.n == 1 {
		return l.at[:]
	}
	return c.lists[l.at[0] : l.at[0]+l.n]
}

// A linker puts compiled policies into a corpus.
type linker struct {
	*corpus
	actionNumbers   map[string]uint32 // by the pattern's text
	resourceNumbers map[string]uint32
	numbers         []uint32 // of the list that is made

	before *corpus // that of the engine before, of which statements are taken
	known  translation
}

// newLinker makes a linker for about so many statements.
func newLinker(c *corpus, statements int) *linker {
	c.statements = make([]statement, 0, statements)
	c.resources = make([]resourcePattern, 0, statements) // many say where, few say what
	return &linker{corpus: c, actionNumbers: map[string]uint32{}, resourceNumbers: make(map[string]uint32, statements)}
}

// clip gives back what was made for more than there is, once everything is there.
func (c *corpus) clip() {
	if c.distinct == 0 {
		c.distinct = len(c.actions) + len(c.resources)
	}
	c.statements, c.lists = clipped(c.statements), clipped(c.lists)
	c.actions, c.resources = clipped(c.actions), clipped(c.resources)
}

func clipped[T any](list []T) []T {
	if n := len(list); cap(list)-n > n/8 {
		return append(make([]T, 0, n), list...)
	}
	return list
}

// link adds the statements of a policy and returns where they are.
func (l *linker) link(p *Policy, compiled *compiledPolicy) policy {
	linked := policy{name: p.Name, of: l.corpus, from: int32(len(l.statements))}
	var from *origin
	for i := range compiled.statements {
		s, c := &p.Statements[i], &compiled.statements[i]
		if from == nil || from.file != s.Place.File {
			from = &origin{policy: p.Name, file: s.Place.File}
		}
		actions, resources := s.texts()
		l.statements = append(l.statements, statement{
			from: from, sid: s.Sid, index: number32(s.Index), line: number32(s.Place.Line), effect: s.Effect,
			conditions: c.conditions, notAction: c.notAction, notResource: c.notResource,
			actions:   intern(l, actions, c.actions, l.actionNumbers, &l.actions),
			resources: intern(l, resources, c.resources, l.resourceNumbers, &l.resources),
		})
	}
	linked.to = int32(len(l.statements))
	return linked
}

// linkDocument adds one statement that stands for a whole document.
func (l *linker) linkDocument(p *Policy, first *firstMatch) policy {
	n := int32(len(l.statements))
	l.statements = append(l.statements, statement{from: &origin{policy: p.Name, file: p.Place.File, first: first}, document: true})
	return policy{name: p.Name, of: l.corpus, from: n, to: n + 1, first: first}
}

// intern returns the list of patterns, which have these texts. A text is compiled to
// the same pattern wherever it stands.
func intern[P any](l *linker, texts []Text, patterns []P, known map[string]uint32, all *[]P) list {
	l.numbers = l.numbers[:0]
	for i := range patterns {
		n, ok := known[texts[i].Text]
		if !ok {
			n = uint32(len(*all))
			known[texts[i].Text] = n
			*all = append(*all, patterns[i])
		}
		l.numbers = append(l.numbers, n)
	}
	return l.list()
}

// list returns the list that was made.
func (l *linker) list() list {
	if len(l.numbers) == 1 {
		return list{at: [1]uint32{l.numbers[0]}, n: 1}
	}
	at := uint32(len(l.lists))
	l.lists = append(l.lists, l.numbers...)
	return list{at: [1]uint32{at}, n: uint32(len(l.numbers))}
}

// number32 keeps a number that a file has in 32 bits.
func number32(n int) int32 { return int32(min(max(n, math.MinInt32), math.MaxInt32)) }
