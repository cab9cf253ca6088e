package pdp

import (
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
)

// A keyer knows the heads of a corpus' patterns. It changes nothing, so that many
// blocks can be made with it at once.
type keyer struct {
	of                 *corpus
	actions, resources []patternHead // by the number of the pattern
}

// A patternHead is what every match of a pattern begins with.
type patternHead struct {
	head    string
	key     headKey
	whole   bool  // the pattern asks for nothing more
	pattern int32 // of a resource; anyPattern where several are meant
}

// anyPattern is the pattern of a head that stands for several patterns or for none:
// no other of its literals can be looked for.
const anyPattern = -1

// newKeyer makes a keyer. each does things in pieces, see compiler.each.
func newKeyer(of *corpus, each func(n, piece int, do func(from, to int))) *keyer {
	k := &keyer{of: of, actions: make([]patternHead, len(of.actions)), resources: make([]patternHead, len(of.resources))}
	each(len(of.actions), 1024, func(from, to int) {
		for i := from; i < to; i++ {
			head := lowerASCII(of.actions[i].Head())
			k.actions[i] = patternHead{head: head, key: keyOf(head, false), whole: of.actions[i].Whole(), pattern: anyPattern}
		}
	})
	each(len(of.resources), 1024, func(from, to int) {
		for i := from; i < to; i++ {
			k.resources[i] = headOf(&of.resources[i], int32(i))
		}
	})
	return k
}

func headOf(p *resourcePattern, number int32) patternHead {
	if p.template != nil && slices.ContainsFunc(p.template.Keys(), mayBeUnknown) {
		return everything
	}
	head := p.Head()
	return patternHead{head: head, key: keyOf(head, false), whole: p.Whole(), pattern: number}
}

// everything is the head of what may match whatever it is asked.
var everything = patternHead{key: keyOf("", false), whole: true, pattern: anyPattern}

// mayBeUnknown reports whether the value of a variable may be there and not be
// readable. Then its pattern is Unknown whatever the resource begins with, and a
// Deny applies. These never are: text or nothing, whatever the request.
func mayBeUnknown(folded string) bool {
	switch folded {
	case "aws:username", "aws:userid", "aws:principalarn", "aws:principalaccount",
		"wami:tenantid", "wami:principaltenantid", "wami:resourcetenantid":
		return false
	}
	return !strings.HasPrefix(folded, principalTag) && !strings.HasPrefix(folded, resourceTag) && !strings.HasPrefix(folded, tenantTag)
}

func lowerASCII(s string) string { return conditions.Fold(s) }

// keys are the heads of one statement, reused from one to the next.
type keys struct{ actions, resources []patternHead }

// read gathers the heads of a statement that is posted copies times. Postings are as
// many as the product of all three, which could be far more than the statement is
// long; then first the actions are told by their service only, then not at all, and
// last the resources neither.
func (k *keys) read(x *keyer, n int32, copies int) {
	c := &x.of.statements[n]
	k.actions, k.resources = k.actions[:0], k.resources[:0]
	if !c.notAction {
		for _, i := range x.of.numbers(&c.actions) {
			k.actions = append(k.actions, x.actions[i])
		}
	}
	if !c.notResource {
		for _, i := range x.of.numbers(&c.resources) {
			k.resources = append(k.resources, x.resources[i])
		}
	}
	k.resources = covering(k.resources, false)
	k.actions = covering(k.actions, true)
	if k.tooMany(copies) {
		for i := range k.actions {
			p := &k.actions[i]
			p.head = p.head[:strings.IndexByte(p.head, ':')+1]
			p.key = keyOf(p.head, false)
		}
		k.actions = covering(k.actions, true)
	}
	if k.tooMany(copies) {
		k.actions = append(k.actions[:0], everything)
	}
	if k.tooMany(copies) {
		k.resources = append(k.resources[:0], everything)
	}
}

// tooMany reports whether the product is far more than the sum.
func (k *keys) tooMany(copies int) bool {
	const factor = 4
	a, r := len(k.actions), len(k.resources)
	return copies*a*r > factor*(copies+a+r)
}

// covering returns the heads without those that begin with another one of them that
// covers what begins with it: "bucket/*" beside "bucket". Those that are whole cover,
// or all. Of none it is everything.
func covering(heads []patternHead, all bool) []patternHead {
	if len(heads) == 0 {
		return append(heads, everything)
	}
	if len(heads) == 1 {
		return heads
	}
	slices.SortFunc(heads, func(a, b patternHead) int {
		if c := strings.Compare(a.head, b.head); c != 0 {
			return c
		}
		switch ac, bc := all || a.whole, all || b.whole; {
		case ac == bc:
			return int(a.pattern - b.pattern)
		case ac:
			return -1
		}
		return 1
	})
	kept, cover := heads[:0], -1
	for _, h := range heads {
		if cover >= 0 && strings.HasPrefix(h.head, kept[cover].head) {
			kept[cover].pattern = anyPattern
			continue
		}
		kept = append(kept, h)
		if all || h.whole {
			cover = len(kept) - 1
		}
	}
	return kept
}
