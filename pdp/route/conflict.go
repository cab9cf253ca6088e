package route

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// maxConflicts bounds how many conflicts are reported: a document that was copied
// whole has one for each pair.
const maxConflicts = 100

// conflicts returns a problem for every two rules that overlap with neither more
// specific. It asks the tree which leaves a pattern overlaps, so that the many
// routes that have nothing to do with each other are never compared.
func (t *tree) conflicts(rules []*rule) []*strictjson.Error {
	order := make(map[*rule]int, len(rules))
	for i, r := range rules {
		order[r] = i
	}
	var problems []*strictjson.Error
	for i, r := range rules {
		var against []int
		for _, p := range r.patterns {
			t.overlapping(r.host, p, func(l *leaf) {
				for _, other := range l.rules {
					if order[other] < i && conflict(r, p, other, l.path) {
						against = append(against, order[other])
					}
				}
			})
		}
		slices.Sort(against)
		for _, first := range slices.Compact(against) {
			if len(problems) == maxConflicts {
				return problems
			}
			problems = append(problems, conflictError(rules[first], r))
		}
	}
	return problems
}

// conflict reports whether two rules overlap in these of their patterns with
// neither more specific there.
func conflict(a *rule, ap pattern, b *rule, bp pattern) bool {
	r := compareHosts(a.host, b.host).and(comparePaths(ap, bp)).and(compareMethods(a.methods, b.methods))
	return r == equal || r == crossing
}

func conflictError(first, second *rule) *strictjson.Error {
	return &strictjson.Error{
		Place: second.place,
		Rule:  "Routes",
		Reason: fmt.Sprintf("%s overlaps %s at %s, and neither is more specific; narrow one of them",
			second, first, first.place),
	}
}

// String describes what a rule covers, for errors.
func (r *rule) String() string {
	var b strings.Builder
	if len(r.methods) > 0 {
		b.WriteString(strings.Join(r.methods, ","))
		b.WriteByte(' ')
	}
	b.WriteString(r.host)
	for _, e := range r.patterns[0] {
		b.WriteByte('/')
		switch e.kind {
		case literal, folded:
			b.WriteString(e.text)
		case anyOne, asterisk:
			b.WriteByte('*')
		case rest:
			b.WriteString("**")
		}
	}
	return b.String()
}

// overlapping calls visit for every leaf whose host and path overlap with these.
// It may call it for others too: conflict looks closely.
func (t *tree) overlapping(host string, p pattern, visit func(*leaf)) {
	if host != "" && !strings.HasPrefix(host, "*") {
		if n := t.hosts[host]; n != nil {
			n.overlapping(p, visit)
		}
	} else {
		for name, n := range t.hosts {
			if coversHost(host, name) {
				n.overlapping(p, visit)
			}
		}
	}
	for suffix, n := range t.suffixes {
		if compareHosts(host, "*"+suffix) != disjoint {
			n.overlapping(p, visit)
		}
	}
	if t.anyHost != nil {
		t.anyHost.overlapping(p, visit)
	}
}

func (n *node) overlapping(p pattern, visit func(*leaf)) {
	if len(p) == 0 {
		visitLeaf(n.here, visit)
		return
	}
	e, left := p[0], p[1:]
	if e.kind < noPath {
		visitLeaf(n.rest, visit)
	}
	switch e.kind {
	case literal:
		if c := n.literals[e.text]; c != nil {
			c.overlapping(left, visit)
		}
		if c := n.folded[fold(e.text)]; c != nil {
			c.overlapping(left, visit)
		}
	case folded:
		for text, c := range n.literals {
			if fold(text) == e.text {
				c.overlapping(left, visit)
			}
		}
		if c := n.folded[e.text]; c != nil {
			c.overlapping(left, visit)
		}
	case anyOne:
		n.segments(func(c *node) { c.overlapping(left, visit) })
	case slash:
		visitLeaf(n.slash, visit)
	case rest:
		n.below(visit)
	case noPath:
		visitLeaf(n.noPath, visit)
	case asterisk:
		visitLeaf(n.asterisk, visit)
	}
	if n.one != nil && (e.kind == literal || e.kind == folded) {
		n.one.overlapping(left, visit)
	}
}

// segments calls f for every child that takes a segment.
func (n *node) segments(f func(*node)) {
	for _, c := range n.literals {
		f(c)
	}
	for _, c := range n.folded {
		f(c)
	}
	if n.one != nil {
		f(n.one)
	}
}

// below visits every leaf that takes at least one element after n.
func (n *node) below(visit func(*leaf)) {
	visitLeaf(n.slash, visit)
	n.segments(func(c *node) {
		visitLeaf(c.here, visit)
		visitLeaf(c.rest, visit)
		c.below(visit)
	})
}

func visitLeaf(l *leaf, visit func(*leaf)) {
	if l != nil {
		visit(l)
	}
}
