package pdp

import (
	"cmp"
	"math/bits"
	"slices"
)

// How many postings are looked at each, before a table of them pays: half of a
// nanosecond to tell that an action is another one, two for a resource.
const (
	fewPostings = 32 // of a block
	fewAlike    = 8  // of a block with the same action; with the same resource too
)

// A keyedPosting is a posting of which the pattern of the resource is known.
type keyedPosting struct {
	posting
	pattern int32
}

// An indexer makes the block of some statements.
type indexer struct {
	*keyer
	keys     keys
	postings []keyedPosting
	lengths  [maxHead + 1]bool
}

// add adds a statement that stands in so many blocks.
func (x *indexer) add(n int32, copies int) {
	x.keys.read(x.keyer, n, copies)
	for i := range x.keys.actions {
		for j := range x.keys.resources {
			r := &x.keys.resources[j]
			x.postings = append(x.postings, keyedPosting{posting{n, x.keys.actions[i].key, r.key}, r.pattern})
		}
	}
}

// fill puts what was added into a block.
func (x *indexer) fill(b *block) {
	if len(x.postings) <= fewPostings {
		slices.SortFunc(x.postings, func(a, b keyedPosting) int { return cmp.Compare(a.statement, b.statement) })
		b.postings = without(x.postings)
		return
	}
	slices.SortFunc(x.postings, func(a, b keyedPosting) int {
		if c := cmp.Compare(uint64(a.action)<<32|uint64(a.resource), uint64(b.action)<<32|uint64(b.resource)); c != 0 {
			return c
		}
		return cmp.Compare(a.statement, b.statement)
	})
	b.index = new(index)
	b.postings = make([]posting, 0, len(x.postings))
	var starts []start
	for from := 0; from < len(x.postings); {
		to := from
		for to < len(x.postings) && x.postings[to].action == x.postings[from].action {
			to++
		}
		at := int32(len(b.postings))
		value := at + 1
		if to-from <= fewAlike {
			b.postings = append(b.postings, without(x.postings[from:to])...)
		} else {
			x.group(b, x.postings[from:to])
			value = int32(-len(b.index.groups))
		}
		starts = append(starts, start{x.postings[from].action, value})
		from = to
	}
	b.postings = clipped(b.postings)
	b.index.actions = x.table(starts)
}

// group adds the postings of one action to a block, by their resources.
func (x *indexer) group(b *block, postings []keyedPosting) {
	at := len(b.postings)
	kept := without(postings)
	var moved []windows
	if slices.ContainsFunc(postings, func(p keyedPosting) bool { return p.pattern != anyPattern }) {
		kept, moved = x.windows(postings)
	}
	b.postings = append(b.postings, kept...)
	if len(kept) == 0 { // the group is found by its first posting
		b.postings = append(b.postings, posting{action: postings[0].action, resource: never})
	}
	var starts []start
	for i := range kept {
		if i == 0 || kept[i].resource != kept[i-1].resource {
			starts = append(starts, start{kept[i].resource, int32(i) + 1})
		}
	}
	b.index.groups = append(b.index.groups, group{table: x.table(starts), from: int32(at), to: int32(len(b.postings)), windows: moved})
}

// never is a key that no text has: the empty one has no other than its own.
var never = everything.key ^ 1

// without returns the postings as a block keeps them, each once. They are sorted so
// that the same follow each other.
func without(postings []keyedPosting) []posting {
	kept := make([]posting, 0, len(postings))
	for i := range postings {
		if p := postings[i].posting; i == 0 || !slices.Contains(kept[max(0, len(kept)-fewAlike):], p) {
			kept = append(kept, p)
		}
	}
	return kept
}

// A start is where the postings of a key start.
type start struct {
	key   headKey
	value int32
}

// table makes the table of some keys, each of which is there once.
func (x *indexer) table(starts []start) table {
	slotBits := bits.Len(uint(len(starts)*3/2) | 1)
	t := table{slots: make([]int32, 1<<slotBits), shift: uint8(32 - slotBits)}
	mask := uint32(len(t.slots) - 1)
	clear(x.lengths[:])
	for _, s := range starts {
		at := t.slot(s.key)
		for t.slots[at&mask] != 0 {
			at++
		}
		t.slots[at&mask] = s.value
		x.lengths[s.key>>24] = true
	}
	for length, there := range x.lengths {
		if there {
			t.lengths = append(t.lengths, uint8(length))
		}
	}
	return t
}
