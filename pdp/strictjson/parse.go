package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits bounds what Parse accepts. A zero field means the default.
type Limits struct {
	Bytes   int // of the whole document; default 1 MiB
	Depth   int // of nesting; default 64
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
	return l
}

// document is what the nodes of one parse share: enough to say where they stand.
type document struct {
	file  string
	lines []int // offset of the first byte of each line
}

// Parse reads exactly one JSON document. file names it in errors and may be "".
// Every error is an *Error with its place. Parse keeps no reference to data.
func Parse(file string, data []byte, limits Limits) (*Node, error) {
	limits = limits.orDefault()
	doc := &document{file: file, lines: lineStarts(data)}
	p := &parser{doc: doc, limits: limits, data: data}
	if len(data) > limits.Bytes {
		return nil, doc.errorAt(0, "", "Size", fmt.Sprintf("document has %d bytes, the limit is %d", len(data), limits.Bytes))
	}
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return nil, doc.errorAt(0, "", "JSON syntax", "document begins with a byte order mark; expected plain UTF-8 without one")
	}
	p.dec = jsontext.NewDecoder(bytes.NewReader(data))
	root, err := p.value(nil, "", 0, 1)
	if err != nil {
		return nil, err
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		at := int(p.dec.InputOffset())
		return nil, doc.errorAt(p.skipSpace(at), "", "JSON syntax", "something follows the document; expected its end")
	}
	return root, nil
}

type parser struct {
	dec    *jsontext.Decoder
	doc    *document
	limits Limits
	data   []byte
	values int
}

func (p *parser) value(parent *Node, name string, index, depth int) (*Node, error) {
	start := p.skipSpace(int(p.dec.InputOffset()))
	n := &Node{doc: p.doc, parent: parent, name: name, index: index, offset: start}
	if p.values++; p.values > p.limits.Values {
		return nil, n.Errorf("Size", "document has more than %d values", p.limits.Values)
	}
	if depth > p.limits.Depth {
		return nil, n.Errorf("Size", "nesting is deeper than %d", p.limits.Depth)
	}
	tok, err := p.dec.ReadToken()
	if err != nil {
		return nil, p.syntax(err)
	}
	switch tok.Kind() {
	case 'n':
		n.Kind = Null
	case 't', 'f':
		n.Kind, n.Text = Bool, tok.String()
	case '"':
		n.Kind, n.Text = String, tok.String()
	case '0':
		n.Kind, n.Text = Number, tok.String()
	case '[':
		n.Kind = Array
		return n, p.array(n, depth)
	case '{':
		n.Kind = Object
		return n, p.object(n, depth)
	default:
		return nil, n.Errorf("JSON syntax", "expected a value")
	}
	return n, nil
}

func (p *parser) array(n *Node, depth int) error {
	for p.dec.PeekKind() != ']' {
		item, err := p.value(n, "", len(n.Items), depth+1)
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
	}
	return p.end()
}

func (p *parser) object(n *Node, depth int) error {
	for p.dec.PeekKind() != '}' {
		if len(n.Members) >= p.limits.Members {
			return n.Errorf("Size", "object has more than %d members", p.limits.Members)
		}
		tok, err := p.dec.ReadToken()
		if err != nil {
			return p.syntax(err)
		}
		name := tok.String()
		v, err := p.value(n, name, 0, depth+1)
		if err != nil {
			return err
		}
		n.Members = append(n.Members, Member{Name: name, Value: v})
	}
	return p.end()
}

func (p *parser) end() error {
	if _, err := p.dec.ReadToken(); err != nil {
		return p.syntax(err)
	}
	return nil
}

// syntax turns an error of the tokenizer into one of ours.
func (p *parser) syntax(err error) error {
	var se *jsontext.SyntacticError
	if errors.As(err, &se) {
		reason := strings.TrimPrefix(se.Err.Error(), "jsontext: ")
		if errors.Is(se.Err, jsontext.ErrDuplicateName) {
			reason = "duplicate member name " + strconv.Quote(se.JSONPointer.LastToken())
		}
		return p.doc.errorAt(p.skipSpace(int(se.ByteOffset)), string(se.JSONPointer), "JSON syntax", reason)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return p.doc.errorAt(len(p.data), "", "JSON syntax", "unexpected end of document")
	}
	return p.doc.errorAt(int(p.dec.InputOffset()), "", "JSON syntax", err.Error())
}

// skipSpace returns the offset of the next byte that begins a value: the
// tokenizer reports where the token before it ended.
func (p *parser) skipSpace(i int) int {
	for i < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[i]) >= 0 {
		i++
	}
	return i
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (d *document) place(offset int, pointer string) Place {
	line := sort.SearchInts(d.lines, offset+1) // lines[0] is 0, so line is at least 1
	return Place{File: d.file, Line: line, Column: offset - d.lines[line-1] + 1, Pointer: pointer}
}

func (d *document) errorAt(offset int, pointer, rule, reason string) *Error {
	return &Error{Place: d.place(offset, pointer), Rule: rule, Reason: reason}
}

// Place says where the node stands. It walks up to the root, so it is meant for
// errors and for what is kept once a document, not for a request path.
func (n *Node) Place() Place {
	return n.doc.place(n.offset, n.Pointer())
}

// Pointer returns the node's JSON pointer (RFC 6901).
func (n *Node) Pointer() string {
	if n.parent == nil {
		return ""
	}
	last := strconv.Itoa(n.index)
	if n.parent.Kind == Object {
		last = strings.NewReplacer("~", "~0", "/", "~1").Replace(n.name)
	}
	return n.parent.Pointer() + "/" + last
}

// Errorf makes an Error that stands at this node.
func (n *Node) Errorf(rule, format string, args ...any) *Error {
	return &Error{Place: n.Place(), Rule: rule, Reason: fmt.Sprintf(format, args...)}
}
