package strictjson

import "strings"

// memory hands out what a parse needs many of. A bundle's documents are little
// else than small objects with the same few names, so nodes, lists and texts are
// allocated by the block, and a name that was there a moment ago is used again:
// allocations, and what the collector does with them, are most of what a parse
// costs.
type memory struct {
	nodes   blocks[Node]
	items   blocks[*Node]
	members blocks[Member]
	names   [64]string
	texts   texts
}

// rewind makes all nodes and lists free again. Texts and names are not: they are
// what is kept of a document.
func (m *memory) rewind() {
	m.nodes.rewind()
	m.items.rewind()
	m.members.rewind()
}

// blocks hand out runs of T. What is in them is whatever was there before.
type blocks[T any] struct {
	all  [][]T
	next int // of all, the block after the one that rest is of
	rest []T
}

const (
	firstBlock = 8 // the size of a small request
	doublings  = 5 // until a block is a full one
)

// take returns a run of n. Nothing can be appended to it in place: behind it stands
// the next one.
func (b *blocks[T]) take(n int) []T {
	for len(b.rest) < n {
		if b.next == len(b.all) {
			b.all = append(b.all, make([]T, max(n, firstBlock<<min(b.next, doublings))))
		}
		b.rest = b.all[b.next]
		b.next++
	}
	run := b.rest[:n:n]
	b.rest = b.rest[n:]
	return run
}

func (b *blocks[T]) rewind() { b.next, b.rest = 0, nil }

// list returns a copy of the items of an array.
func (m *memory) list(items []*Node) []*Node {
	list := m.items.take(len(items))
	copy(list, items)
	return list
}

// object is list for the members of an object.
func (m *memory) object(members []Member) []Member {
	list := m.members.take(len(members))
	copy(list, members)
	return list
}

const maxName = 64 // longer names are hardly ever repeated

// name returns the text of a member name.
func (m *memory) name(text []byte) string {
	if len(text) == 0 || len(text) > maxName {
		return string(text)
	}
	hash := uint(len(text)) + 7*uint(text[0]) + 31*uint(text[len(text)-1]) + 101*uint(text[len(text)/2])
	slot := &m.names[hash%uint(len(m.names))]
	if *slot != string(text) {
		*slot = string(text)
	}
	return *slot
}

// texts hands out strings that stand in common blocks. Whoever keeps one keeps its
// block, so blocks are small.
type texts struct {
	block strings.Builder // never written beyond its capacity, so that what is written stays
}

const textBlock = 4 << 10

// add returns b as a string. rest is how many bytes more there may be to come.
func (t *texts) add(b []byte, rest int) string {
	if len(b) > textBlock/8 {
		return string(b)
	}
	if t.block.Cap()-t.block.Len() < len(b) {
		t.block.Reset()
		t.block.Grow(len(b) + min(rest, textBlock))
	}
	start := t.block.Len()
	t.block.Write(b)
	return t.block.String()[start:]
}
