package strictjson

import "strings"

// memory hands out what a parse needs many of. A bundle's documents are little
// else than small objects with the same few names, so nodes, lists and texts are
// allocated by the block, and a name that was there a moment ago is used again:
// allocations, and what the collector does with them, are most of what a parse
// costs.
type memory struct {
	nodes   []Node
	items   []*Node
	members []Member
	block   int // of nodes; lists are as long
	names   [64]string
	texts   texts
}

const (
	firstBlock = 8 // the size of a small request
	lastBlock  = 256
	maxName    = 64 // longer names are hardly ever repeated
)

// node returns a new Node.
func (m *memory) node() *Node {
	if len(m.nodes) == 0 {
		m.block = min(max(2*m.block, firstBlock), lastBlock)
		m.nodes = make([]Node, m.block)
	}
	n := &m.nodes[0]
	m.nodes = m.nodes[1:]
	return n
}

// list returns a copy of the items of an array. Nothing can be appended to it in
// place: behind it stands the next one.
func (m *memory) list(items []*Node) []*Node {
	n := len(items)
	if n > len(m.items) {
		m.items = make([]*Node, max(n, m.block))
	}
	list := m.items[:n:n]
	m.items = m.items[n:]
	copy(list, items)
	return list
}

// object is list for the members of an object.
func (m *memory) object(members []Member) []Member {
	n := len(members)
	if n > len(m.members) {
		m.members = make([]Member, max(n, m.block))
	}
	list := m.members[:n:n]
	m.members = m.members[n:]
	copy(list, members)
	return list
}

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

// text returns a text that is not a name; rest is how much of the document follows.
func (m *memory) text(text []byte, rest int) string { return m.texts.add(text, rest) }

// texts hands out strings that stand in common blocks. Whoever keeps one keeps its
// block, so blocks are small.
type texts struct {
	block strings.Builder // what is written does not move: it is never written beyond its capacity
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
