package strictjson

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// tokenize reads a document with jsontext's tokenizer.
func tokenize(doc *document, data []byte, limits Limits) (*Node, error) {
	// jsontext reads a bytes.Buffer in place.
	t := &tokenizer{doc: doc, limits: limits, data: data, dec: jsontext.NewDecoder(bytes.NewBuffer(data))}
	root, err := t.value(nil, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	if at := t.skip(t.offset(), " \t\r\n"); at < len(data) {
		return nil, doc.errorAt(at, "", ruleSyntax, "something follows the document; expected its end")
	}
	return root, nil
}

// A tokenizer builds the tree of a document from jsontext's tokens.
type tokenizer struct {
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
func (t *tokenizer) value(parent *Node, index, depth, pointer int) (*Node, error) {
	// jsontext stands behind the token before, not at the one to come.
	n := &Node{doc: t.doc, parent: parent, index: int32(index), offset: int32(t.skip(t.offset(), " \t\r\n,:"))}
	if t.values++; t.values > t.limits.Values {
		return nil, n.Errorf(ruleSize, "document has more than %d values", t.limits.Values)
	}
	if t.pointers += pointer; t.pointers > maxPointers(len(t.data)) {
		return nil, t.doc.errorAt(int(n.offset), "", ruleSize, "names are too long for so many values below them; expected shorter names, or fewer values")
	}
	tok, err := t.dec.ReadToken()
	if err != nil {
		return nil, t.syntax(err)
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
		err = t.array(n, depth+1, pointer+1)
	case '{':
		n.Kind = Object
		err = t.object(n, depth+1, pointer+1)
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// array and object read what follows an opening bracket; pointer is the length of
// the children's pointers without their own last parts.
func (t *tokenizer) array(n *Node, depth, pointer int) error {
	if depth > t.limits.Depth {
		return t.tooDeep(n)
	}
	for t.dec.PeekKind() != ']' {
		item, err := t.value(n, len(n.Items), depth, pointer+indexDigits)
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
	}
	return t.end()
}

func (t *tokenizer) object(n *Node, depth, pointer int) error {
	if depth > t.limits.Depth {
		return t.tooDeep(n)
	}
	for t.dec.PeekKind() != '}' {
		index := len(n.Members)
		if index >= t.limits.Members {
			return n.Errorf(ruleSize, "object has more than %d members", t.limits.Members)
		}
		tok, err := t.dec.ReadToken()
		if err != nil {
			return t.syntax(err)
		}
		// The name comes first: the value's pointer is made of it.
		n.Members = append(n.Members, Member{Name: tok.String()})
		v, err := t.value(n, index, depth, pointer+len(n.Members[index].Name))
		if err != nil {
			return err
		}
		n.Members[index].Value = v
	}
	return t.end()
}

// end reads the end of an array or object.
func (t *tokenizer) end() error {
	if _, err := t.dec.ReadToken(); err != nil {
		return t.syntax(err)
	}
	return nil
}

func (t *tokenizer) tooDeep(n *Node) error {
	return n.Errorf(ruleSize, "nesting is deeper than %d", t.limits.Depth)
}

// syntax turns an error of jsontext into one of ours.
func (t *tokenizer) syntax(err error) error {
	at, pointer := t.offset(), ""
	var se *jsontext.SyntacticError
	if errors.As(err, &se) {
		at, pointer, err = int(se.ByteOffset), string(se.JSONPointer), se.Err
	}
	reason := strings.TrimPrefix(err.Error(), "jsontext: ")
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		reason = "duplicate member name " + strconv.Quote(se.JSONPointer.LastToken())
	case errors.Is(err, io.EOF): // of jsontext: no value at all
		at, reason = len(t.data), "document is empty; expected a JSON value"
	case errors.Is(err, io.ErrUnexpectedEOF):
		at, reason = len(t.data), "unexpected end of document"
	case t.trailingComma(at):
		reason = "a comma without anything after it"
	}
	return t.doc.errorAt(at, pointer, ruleSyntax, reason)
}

// trailingComma reports whether a comma stands right before the end of an array
// or object, the most common slip of the pen.
func (t *tokenizer) trailingComma(at int) bool {
	if at >= len(t.data) || t.data[at] != ',' {
		return false
	}
	next := t.skip(at+1, " \t\r\n")
	return next < len(t.data) && (t.data[next] == ']' || t.data[next] == '}')
}

// offset returns where the last token ended.
func (t *tokenizer) offset() int { return int(t.dec.InputOffset()) }

// skip returns the offset of the first byte from i on that is none of chars.
func (t *tokenizer) skip(i int, chars string) int {
	for i < len(t.data) && strings.IndexByte(chars, t.data[i]) >= 0 {
		i++
	}
	return i
}
