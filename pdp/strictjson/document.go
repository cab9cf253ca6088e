package strictjson

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// document is what the nodes of one parse share: enough to say where they stand.
type document struct {
	file  string
	lines []int32 // offset of the first byte of each line
}

func newDocument(file string, data []byte) *document {
	// Counted first: a document may be nothing but line feeds.
	d := &document{file: file, lines: make([]int32, 1, 1+bytes.Count(data, []byte{'\n'}))}
	for start := 0; ; {
		i := bytes.IndexByte(data[start:], '\n')
		if i < 0 {
			return d
		}
		start += i + 1
		d.lines = append(d.lines, int32(start))
	}
}

func (d *document) place(offset int, pointer string) Place {
	line, _ := slices.BinarySearch(d.lines, int32(offset+1)) // lines[0] is 0, so line is at least 1
	return Place{File: d.file, Line: line, Column: offset - int(d.lines[line-1]) + 1, Pointer: pointer}
}

func (d *document) errorAt(offset int, pointer, rule, reason string) *Error {
	return &Error{Place: d.place(offset, pointer), Rule: rule, Reason: reason}
}

// Place says where the node's first byte stands. It walks up to the root, so it
// is meant for errors and for what is kept once a document, not for a request path.
// A node that Parse did not make has only its pointer, which is empty.
func (n *Node) Place() Place {
	if n.doc == nil {
		return Place{Pointer: n.Pointer()}
	}
	return n.doc.place(int(n.offset), n.Pointer())
}

// Pointer returns the node's JSON pointer (RFC 6901).
func (n *Node) Pointer() string {
	var usual [128]byte
	return string(n.appendPointer(usual[:0]))
}

func (n *Node) appendPointer(b []byte) []byte {
	if n.parent == nil {
		return b
	}
	b = append(n.parent.appendPointer(b), '/')
	if n.parent.Kind != Object {
		return strconv.AppendInt(b, int64(n.index), 10)
	}
	name := n.parent.Members[n.index].Name
	for i := range len(name) {
		switch name[i] {
		case '~':
			b = append(b, "~0"...)
		case '/':
			b = append(b, "~1"...)
		default:
			b = append(b, name[i])
		}
	}
	return b
}

// Places tells where nodes stand, for whoever keeps many places: their pointers
// share memory. The zero Places is ready to use. It is for one goroutine at a time.
type Places struct {
	texts   texts
	pointer []byte
}

// Of is n.Place.
func (p *Places) Of(n *Node) Place {
	p.pointer = n.appendPointer(p.pointer[:0])
	pointer := p.texts.add(p.pointer, textBlock)
	if n.doc == nil {
		return Place{Pointer: pointer}
	}
	return n.doc.place(int(n.offset), pointer)
}

// Errorf makes an Error that stands at this node.
func (n *Node) Errorf(rule, format string, args ...any) *Error {
	return &Error{Place: n.Place(), Rule: rule, Reason: fmt.Sprintf(format, args...)}
}
