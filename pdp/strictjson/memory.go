package strictjson

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// memory hands out what a parse needs many of. A bundle's documents are little
// else than small objects with the same few names, so nodes are allocated by the
// block, and a name that was there a moment ago is used again. Together that
// halves the number of allocations, which is most of what a parse costs.
type memory struct {
	nodes []Node
	block int
	names [64]string // by hash; a newer name takes an older one's place
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

// name returns the text of a member name that was read from raw, with its quotes.
func (m *memory) name(tok jsontext.Token, raw []byte) string {
	if len(raw) < len(`"a"`) || len(raw) > maxName || bytes.IndexByte(raw, '\\') >= 0 {
		return tok.String()
	}
	text := raw[1 : len(raw)-1]
	hash := uint(len(text)) + 7*uint(text[0]) + 31*uint(text[len(text)-1]) + 101*uint(text[len(text)/2])
	slot := &m.names[hash%uint(len(m.names))]
	if *slot != string(text) {
		*slot = string(text)
	}
	return *slot
}
