package pdp

import "github.com/mayi-authz/mayi/conditions"

// What the tests in package pdp_test need to see of the insides.

// Looked returns the statements that the blocks leave in for a request, of the
// identity layer and of the resource layer, and how often each was found. Matching
// are those of the same layers whose action and resource may match, found by asking
// every statement of the bundle; the principal must have all of its identity
// policies. Of sure Allows nothing is unknown.
func (e *Engine) Looked(r *Request) (looked map[StatementRef]int, matching []StatementRef, sure int) {
	s := e.pool.New().(*scratch)
	s.e, s.who, s.find = e, &s.stranger, new(finder)
	if why := e.establish(s, r); why != "" {
		return nil, nil, 0
	}
	s.caller, s.action = s.findCaller(), r.Action
	s.find.read(s.action, s.resource)
	looked = map[StatementRef]int{}
	note := func(layer Layer) {
		for _, n := range s.find.sorted() {
			looked[e.corpus.statements[n>>1].ref(layer)]++
		}
		s.find.found = s.find.found[:0]
	}
	for i := range s.blocks {
		s.find.look(s.blocks[i].block, 0)
	}
	note(LayerIdentity)
	s.find.lookFor(s.caller, e.audience)
	note(LayerResource)
	match := func(policies []policy, layer Layer) {
		for _, p := range policies {
			for n := p.from; n < p.to; n++ {
				c := &e.corpus.statements[n]
				if layer == LayerResource && e.corpus.principals[c.principals].grip(s.caller) == 0 {
					continue
				}
				if !c.matchesAction(&e.corpus, s.action) {
					continue
				}
				switch c.matchesResource(&e.corpus, s) {
				case conditions.True:
					if c.effect == Allow {
						sure++
					}
					fallthrough
				case conditions.Unknown:
					matching = append(matching, c.ref(layer))
				}
			}
		}
	}
	match(e.identity, LayerIdentity)
	match(e.resource, LayerResource)
	return looked, matching, sure
}

// Shape says what a bundle's blocks are made of: tables of actions, of resources, and
// of windows of both widths.
func (e *Engine) Shape() (indexes, groups, eights, fours int) {
	count := func(b *block) {
		if b == nil || b.index == nil {
			return
		}
		indexes++
		groups += len(b.index.groups)
		for _, g := range b.index.groups {
			for _, w := range g.windows {
				if w.width == 8 {
					eights += len(w.postings)
				} else {
					fours += len(w.postings)
				}
			}
		}
	}
	seen := map[*block]bool{nil: true}
	for _, entry := range e.entries {
		for _, h := range entry.blocks {
			if !seen[h.block] {
				seen[h.block] = true
				count(h.block)
			}
		}
	}
	count(e.audience.everyone)
	return indexes, groups, eights, fours
}

// HeadKey returns the key of what a text begins with, up to length.
func HeadKey(text string, length int, fold bool) (key uint32, ok bool) {
	var h heads
	h.read(text, fold)
	if length > h.n {
		return 0, false
	}
	return uint32(h.key(length)), h.begins(h.key(length))
}
