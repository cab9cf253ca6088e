package pdp

import (
	"cmp"
	"math"
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
	x.cells = slices.Grow(x.cells[:0], len(x.postings)+int(b.runs))[:b.runs]
	run := 0
	for from := 0; from < len(x.postings); run++ {
		to := from
		for to < len(x.postings) && x.postings[to].action == x.postings[from].action {
			to++
		}
		at := len(x.cells)
		x.cells[run].key = x.postings[from].action
		if b.index == nil || to-from <= fewAlike && at < math.MaxInt32>>runBits {
			x.append(x.postings[from:to])
			x.cells[run].number = runOf(at, len(x.cells)-at)
		} else {
			x.group(b.index, x.postings[from:to])
			x.cells[run].number = int32(-len(b.index.groups))
		}
		from = to
	}
	b.cells = append(make([]cell, 0, len(x.cells)), x.cells...)
	if b.index != nil {
		b.index.actions = b.index.table(b.cells, 0, int(b.runs))
		b.index.filters, b.index.slots = clipped(b.index.filters), clipped(b.index.slots)
		b.index.groups = clipped(b.index.groups)
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
	from := len(x.cells)
	rest, moved := x.windows(postings)
	x.append(rest)
	to.groups = append(to.groups, group{resources: to.table(x.cells, from, len(x.cells)), to: int32(len(x.cells)), windows: moved})
}

// table makes the table of some cells. Those with the same key are together.
func (x *index) table(cells []cell, from, to int) table {
	var t table
	n := 0
	for i := from; i < to; i++ {
		if i == from || cells[i].key != cells[i-1].key {
			t.lengths[cells[i].key>>30] |= 1 << (cells[i].key >> 24 & 63)
			n++
		}
	}
	slotBits, filterBits := bits.Len(uint(n*3/2)|1), min(6+bits.Len(uint(n/4)), 31)
	t.filter, t.filterShift = uint32(len(x.filters)), uint8(32-filterBits)
	t.slot, t.slotShift = uint32(len(x.slots)), uint8(32-slotBits)
	x.filters = append(x.filters, make([]uint64, 1<<filterBits/64)...)
	x.slots = append(x.slots, make([]int32, 1<<slotBits)...)
	filter, slots := x.filters[t.filter:], x.slots[t.slot:]
	for i := from; i < to; i++ {
		if i > from && cells[i].key == cells[i-1].key {
			continue
		}
		hash := cells[i].key.hash()
		bit := hash << t.filterShift >> t.filterShift
		filter[bit>>6] |= 1 << (bit & 63)
		at := hash >> t.slotShift
		for slots[at&(1<<slotBits-1)] != 0 {
			at++
		}
		slots[at&(1<<slotBits-1)] = int32(i) + 1
	}
	return t
}
