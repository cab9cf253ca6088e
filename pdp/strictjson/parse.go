package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
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
	limits = limits.orDefault()
	if len(data) > limits.Bytes {
		reason := fmt.Sprintf("document has %d bytes, the limit is %d", len(data), limits.Bytes)
		return nil, (&document{file: file, lines: []int32{0}}).errorAt(0, "", ruleSize, reason)
	}
	doc := newDocument(file, data)
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		return nil, doc.errorAt(0, "", ruleSyntax, "document begins with a byte order mark; expected plain UTF-8 without one")
	}
	s := &scanner{data: data, doc: doc, limits: limits, memory: &memory{}}
	if root := s.scan(); root != nil {
		return root, nil
	}
	return tokenize(doc, data, limits)
}

// tokenize reads a document with the tokenizer.
func tokenize(doc *document, data []byte, limits Limits) (*Node, error) {
	// The tokenizer reads a bytes.Buffer in place.
	p := &parser{doc: doc, limits: limits, data: data, dec: jsontext.NewDecoder(bytes.NewBuffer(data))}
	root, err := p.value(nil, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	if at := p.skip(p.offset(), " \t\r\n"); at < len(data) {
		return nil, doc.errorAt(at, "", ruleSyntax, "something follows the document; expected its end")
	}
	return root, nil
}

// A parser builds the tree of a document from the tokenizer's tokens.
type parser struct {
	dec    *jsontext.Decoder
	doc    *document
	limits Limits
	data   []byte

	values   int
	pointers int // bytes of the pointers of all values
}

// maxPointers bounds what the pointers to all values of a document may take, which
// are kept with most of a policy. Real documents stay far below: only long names
// over many values get there, and without a bound they take memory squared.
func maxPointers(size int) int { return max(16<<20, 32*size) }

// indexDigits is how long an index in a pointer is, with its slash, more or less.
const indexDigits = 6

// value reads the next value, which will be child number index of parent. depth
// is how many arrays and objects it stands in, pointer the length of its pointer.
func (p *parser) value(parent *Node, index, depth, pointer int) (*Node, error) {
	// The tokenizer stands behind the token before, not at the one to come.
	n := &Node{doc: p.doc, parent: parent, index: int32(index), offset: int32(p.skip(p.offset(), " \t\r\n,:"))}
	if p.values++; p.values > p.limits.Values {
		return nil, n.Errorf(ruleSize, "document has more than %d values", p.limits.Values)
	}
	if p.pointers += pointer; p.pointers > maxPointers(len(p.data)) {
		return nil, p.doc.errorAt(int(n.offset), "", ruleSize, "names are too long for so many values below them; expected shorter names, or fewer values")
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
		err = p.array(n, depth+1, pointer+1)
	case '{':
		n.Kind = Object
		err = p.object(n, depth+1, pointer+1)
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// array and object read what follows an opening bracket; pointer is the length of
// the children's pointers without their own last parts.
func (p *parser) array(n *Node, depth, pointer int) error {
	if depth > p.limits.Depth {
		return p.tooDeep(n)
	}
	for p.dec.PeekKind() != ']' {
		item, err := p.value(n, len(n.Items), depth, pointer+indexDigits)
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
	}
	return p.end()
}

func (p *parser) object(n *Node, depth, pointer int) error {
	if depth > p.limits.Depth {
		return p.tooDeep(n)
	}
	for p.dec.PeekKind() != '}' {
		index := len(n.Members)
		if index >= p.limits.Members {
			return n.Errorf(ruleSize, "object has more than %d members", p.limits.Members)
		}
		tok, err := p.dec.ReadToken()
		if err != nil {
			return p.syntax(err)
		}
		// The name comes first: the value's pointer is made of it.
		n.Members = append(n.Members, Member{Name: tok.String()})
		v, err := p.value(n, index, depth, pointer+len(n.Members[index].Name))
		if err != nil {
			return err
		}
		n.Members[index].Value = v
	}
	return p.end()
}

// end reads the end of an array or object.
func (p *parser) end() error {
	if _, err := p.dec.ReadToken(); err != nil {
		return p.syntax(err)
	}
	return nil
}

func (p *parser) tooDeep(n *Node) error {
	return n.Errorf(ruleSize, "nesting is deeper than %d", p.limits.Depth)
}

// syntax turns an error of the tokenizer into one of ours.
func (p *parser) syntax(err error) error {
	at, pointer := p.offset(), ""
	var se *jsontext.SyntacticError
	if errors.As(err, &se) {
		at, pointer, err = int(se.ByteOffset), string(se.JSONPointer), se.Err
	}
	reason := strings.TrimPrefix(err.Error(), "jsontext: ")
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		reason = "duplicate member name " + strconv.Quote(se.JSONPointer.LastToken())
	case errors.Is(err, io.EOF): // of the tokenizer: no value at all
		at, reason = len(p.data), "document is empty; expected a JSON value"
	case errors.Is(err, io.ErrUnexpectedEOF):
		at, reason = len(p.data), "unexpected end of document"
	case p.trailingComma(at):
		reason = "a comma without anything after it"
	}
	return p.doc.errorAt(at, pointer, ruleSyntax, reason)
}

// trailingComma reports whether a comma stands right before the end of an array
// or object, the most common slip of the pen.
func (p *parser) trailingComma(at int) bool {
	if at >= len(p.data) || p.data[at] != ',' {
		return false
	}
	next := p.skip(at+1, " \t\r\n")
	return next < len(p.data) && (p.data[next] == ']' || p.data[next] == '}')
}

// offset returns where the last token ended.
func (p *parser) offset() int { return int(p.dec.InputOffset()) }

// skip returns the offset of the first byte from i on that is none of chars.
func (p *parser) skip(i int, chars string) int {
	for i < len(p.data) && strings.IndexByte(chars, p.data[i]) >= 0 {
		i++
	}
	return i
}
