package strictjson

import (
	"bytes"
	"fmt"
)

// Limits bounds what Parse accepts. A zero field means the default.
type Limits struct {
	Bytes   int // of the whole document; default 1 MiB, at most 1 GiB
	Depth   int // of arrays and objects inside of each other; default 64, some thousands at most
	Values  int // of all kinds, in the whole document; default 1,000,000
	Members int // of one object; default 65,536
}

func (l Limits) orDefault() Limits {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&l.Bytes, 1<<20)
	set(&l.Depth, 64)
	set(&l.Values, 1_000_000)
	set(&l.Members, 1<<16)
	l.Bytes = min(l.Bytes, maxBytes)
	return l
}

const maxBytes = 1 << 30 // what offsets of 32 bits can hold, and more than enough

// The rules that Parse refuses documents by.
const (
	ruleSyntax = "JSON syntax"
	ruleSize   = "Size"
)

const byteOrderMark = "\xef\xbb\xbf"

// Parse reads exactly one JSON document. file names it in errors and may be "".
// Every error is an *Error with its place. Parse keeps no reference to data.
func Parse(file string, data []byte, limits Limits) (*Node, error) {
	return new(Parser).Parse(file, data, limits)
}

// A Parser parses documents one after the other into the same memory. The zero
// Parser is ready to use. It is for one goroutine at a time.
type Parser struct {
	memory memory
}

// Parse is the function Parse, but that the nodes that it returns are good until it
// is called again. Their texts stay good.
func (p *Parser) Parse(file string, data []byte, limits Limits) (*Node, error) {
	limits = limits.orDefault()
	if len(data) > limits.Bytes {
		reason := fmt.Sprintf("document has %d bytes, the limit is %d", len(data), limits.Bytes)
		return nil, (&document{file: file, lines: []int32{0}}).errorAt(0, "", ruleSize, reason)
	}
	doc := newDocument(file, data)
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		return nil, doc.errorAt(0, "", ruleSyntax, "document begins with a byte order mark; expected plain UTF-8 without one")
	}
	p.memory.rewind()
	s := &scanner{data: data, doc: doc, limits: limits, memory: &p.memory}
	if root := s.scan(); root != nil {
		return root, nil
	}
	return tokenize(doc, data, limits)
}
