package pdp

import (
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Unchanged returns a document that stands for one that the engine was compiled from,
// the file of which has not changed by a byte since, as it was then decoded. It saves
// decoding the file and compiling it: Compile takes both from this engine. nil says
// that the file must be decoded; so must all be that are not policies, and policies
// whose meaning depends on the rest of the bundle.
//
// A document that stands for another has no text, and is good for Compile alone. Only
// what is right can be compiled so: if Compile refuses a bundle with such documents
// in it, all of them must be decoded to know what is wrong, if anything is.
func (e *Engine) Unchanged(file string) *Document {
	name := strings.TrimSuffix(file, ".json")
	i, ok := slices.BinarySearchFunc(e.identity, name, func(p policy, name string) int { return strings.Compare(p.name, name) })
	if !ok || !e.identity[i].alone || e.corpus.worn() {
		return nil
	}
	p := &e.identity[i]
	if p.from == p.to || p.of.statements[p.from].from.file != file {
		return nil
	}
	return &Document{File: file, Policy: &Policy{Name: name, Place: strictjson.Place{File: file}, linked: p}}
}

// worn reports whether the corpus holds many patterns more than once. It happens over
// many reloads: what comes from an engine before has no texts to be told by.
func (c *corpus) worn() bool {
	const slack = 1 << 10
	return len(c.actions)+len(c.resources) > 2*c.distinct+slack
}

// standsAlone reports whether a policy that was compiled as it was decoded means the
// same in every bundle: it names no principals, and none of its conditions asks for a
// key that documents may compare with aliases by mistake (see aliasesOf).
func (p *Policy) standsAlone(compiled *compiledPolicy) bool {
	if p.finished == nil || compiled != &p.finished.compiledPolicy || p.Resource {
		return false
	}
	for i := range compiled.statements {
		if slices.ContainsFunc(compiled.statements[i].conditions.Keys(), holdsIDs) {
			return false
		}
	}
	return true
}

// size returns how many statements a policy has.
func (p *Policy) size() int {
	if p.linked != nil {
		return int(p.linked.to - p.linked.from)
	}
	return len(p.Statements)
}

// A translation says which patterns of another corpus are which here: 0 for those
// that are not, else their number and one.
type translation struct{ actions, resources []uint32 }

// relink adds the statements of a policy that another engine has linked before. That
// costs 150 ns a statement where linking it costs 400, and decoding and compiling it
// 2,600.
func (l *linker) relink(p *policy) policy {
	if l.before != p.of {
		l.before = p.of
		l.known = translation{make([]uint32, len(p.of.actions)), make([]uint32, len(p.of.resources))}
		l.distinct = max(l.distinct, p.of.distinct)
	}
	linked := policy{name: p.name, of: l.corpus, from: int32(len(l.statements)), alone: true}
	for n := p.from; n < p.to; n++ {
		s := p.of.statements[n]
		s.actions = translate(l, p.of.numbers(&s.actions), l.known.actions, p.of.actions, &l.actions)
		s.resources = translate(l, p.of.numbers(&s.resources), l.known.resources, p.of.resources, &l.resources)
		l.statements = append(l.statements, s)
	}
	linked.to = int32(len(l.statements))
	return linked
}

// translate returns the list of patterns that have these numbers in another corpus.
func translate[P any](l *linker, numbers, known []uint32, from []P, to *[]P) list {
	l.numbers = l.numbers[:0]
	for _, n := range numbers {
		if known[n] == 0 {
			*to = append(*to, from[n])
			known[n] = uint32(len(*to))
		}
		l.numbers = append(l.numbers, known[n]-1)
	}
	return l.list()
}
