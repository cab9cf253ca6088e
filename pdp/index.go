package pdp

// An index finds the postings of a large block. It is a table of what the actions
// begin with; where many statements say the same there, a table of what their
// resources begin with follows (see group). So a statement is looked at only where
// both may match, however the statements are spread.
type index struct {
	actions table
	groups  []group // those that are too many to look at each
}

// A group is the postings of an index with one action, if they are many.
type group struct {
	table          // by resource
	from, to int32 // the postings
	windows  []windows
}

// A table finds the first posting with a key. Its keys are looked up by length: the
// beginnings of a request's text that have a length that occurs.
type table struct {
	lengths []uint8 // ascending
	slots   []int32 // a power of two; 0 is free, n+1 is posting n, -n-1 is group n
	shift   uint8   // of a hash, to a slot
}

func (t *table) slot(key headKey) uint32 { return uint32(key) * (mixer >> 32) >> t.shift }

func (x *index) look(f *finder, postings []posting, mark uint32) {
	for _, length := range x.actions.lengths {
		if int(length) > f.action.n {
			break
		}
		key := f.action.key(int(length))
		mask := uint32(len(x.actions.slots) - 1)
		for at := x.actions.slot(key); ; at++ {
			n := x.actions.slots[at&mask]
			if n == 0 {
				break
			}
			if n < 0 {
				if g := &x.groups[-n-1]; postings[g.from].action == key {
					g.look(f, postings, mark)
					break
				}
				continue
			}
			if postings[n-1].action == key {
				few(f, postings[n-1:], key, mark)
				break
			}
		}
	}
}

// few looks at each of the postings with an action.
func few(f *finder, postings []posting, key headKey, mark uint32) {
	for i := range postings {
		p := &postings[i]
		if p.action != key {
			return
		}
		if f.resource.begins(p.resource) {
			f.add(p.statement, mark)
		}
	}
}

func (g *group) look(f *finder, postings []posting, mark uint32) {
	postings = postings[g.from:g.to]
	mask := uint32(len(g.slots) - 1)
	for _, length := range g.lengths {
		if int(length) > f.resource.n {
			break
		}
		key := f.resource.key(int(length))
		for at := g.slot(key); ; at++ {
			n := g.slots[at&mask]
			if n == 0 {
				break
			}
			if run := postings[n-1:]; run[0].resource == key {
				for i := 0; i < len(run) && run[i].resource == key; i++ {
					f.add(run[i].statement, mark)
				}
				break
			}
		}
	}
	for i := range g.windows {
		g.windows[i].look(f, mark)
	}
}
