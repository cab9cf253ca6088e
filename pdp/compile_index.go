package pdp

import (
	"cmp"
	"math/bits"
	"slices"
)

// How many postings are looked at each before a table of them is made. To look at 16
// actions costs 40 ns, the table 12, and at 16 resources 31. But a table is four more
// lines of the cache to fetch: with 32 in place of 48, decisions of bundles of many
// small blocks took 5 % longer.
const (
	fewPostings = 48 // of a block
	fewAlike    = 8  // of a run; with the same resource too
)

// A posting is a statement with the heads of one of its actions and one of its
// resources, on its way into a block.
type posting struct {
	action, resource headKey
	statement        int32
	pattern          int32 // of the resource, or anyPattern
}

func comparePostings(a, b posting) int {
	if c := cmp.Compare(uint64(a.action)<<32|uint64(a.resource), uint64(b.action)<<32|uint64(b.resource)); c != 0 {
		return c
	}
	return cmp.Compare(a.statement, b.statement)
}

// An indexer makes the block of some statements.
type indexer struct {
	*keyer
	keys     keys
	postings []posting
	cells    []cell
}

// add adds a statement that stands in so many blocks.
func (x *indexer) add(n int32, copies int) {
	x.keys.read(x.keyer, n, copies)
	for i := range x.keys.actions {
		for j := range x.keys.resources {
			r := &x.keys.resources[j]
			x.postings = append(x.postings, posting{action: x.keys.actions[i].key, resource: r.key, statement: n, pattern: r.pattern})
		}
	}
}

// fill puts what was added into a block.
func (x *indexer) fill(b *block) {
	slices.SortFunc(x.postings, comparePostings)
	for i := range x.postings {
		if i == 0 || x.postings[i].action != x.postings[i-1].action {
			b.runs++
		}
	}
	if len(x.postings) > fewPostings {
		b.index = new(index)
	}
	x.cells = slices.Grow(x.cells[:0], len(x.postings)+2*int(b.runs))[:b.runs]
	run := 0
	for from := 0; from < len(x.postings); run++ {
		to := from
		for to < len(x.postings) && x.postings[to].action == x.postings[from].action {
			to++
		}
		x.cells[run] = cell{x.postings[from].action, int32(len(x.cells))}
		if b.index == nil || to-from <= fewAlike {
			x.append(x.postings[from:to])
		} else {
			x.group(b.index, x.postings[from:to])
		}
		from = to
	}
	b.cells = append(make([]cell, 0, len(x.cells)), x.cells...)
	if b.index != nil {
		b.index.actions = newTable(b.cells, 0, int(b.runs))
	}
}

// append adds postings to the cells, each once. They are sorted.
func (x *indexer) append(postings []posting) {
	for i, p := range postings {
		if i == 0 || p.resource != postings[i-1].resource || p.statement != postings[i-1].statement {
			x.cells = append(x.cells, cell{p.resource, p.statement})
		}
	}
}

// group adds the postings of a long run.
func (x *indexer) group(to *index, postings []posting) {
	x.cells = append(x.cells, cell{never, int32(len(to.groups))})
	from := len(x.cells)
	rest, moved := x.windows(postings)
	x.append(rest)
	to.groups = append(to.groups, group{resources: newTable(x.cells, from, len(x.cells)), to: int32(len(x.cells)), windows: moved})
}

// never is a key that no text has: the empty one has no other than its own.
var never = everything.key ^ 1

// newTable makes the table of some cells. Those with the same key are together.
func newTable(cells []cell, from, to int) table {
	n := 0
	var there [maxHead + 1]bool
	for i := from; i < to; i++ {
		if i == from || cells[i].key != cells[i-1].key {
			there[cells[i].key>>24] = true
			n++
		}
	}
	slotBits := bits.Len(uint(n*3/2) | 1)
	t := table{filter: make([]uint64, 1<<bits.Len(uint(n/4))), slots: make([]int32, 1<<slotBits), shift: uint8(32 - slotBits)}
	mask, filterMask := uint32(len(t.slots)-1), uint32(64*len(t.filter)-1)
	for i := from; i < to; i++ {
		if i > from && cells[i].key == cells[i-1].key {
			continue
		}
		hash := cells[i].key.hash()
		t.filter[hash&filterMask>>6] |= 1 << (hash & 63)
		at := hash >> t.shift
		for t.slots[at&mask] != 0 {
			at++
		}
		t.slots[at&mask] = int32(i) + 1
	}
	for length, is := range there {
		if is {
			t.lengths = append(t.lengths, uint8(length))
		}
	}
	return t
}
