package strictjson

import (
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// A scanner reads documents that are right, and only those. At the first doubt it
// gives up, and Parse reads the document again with the tokenizer, which knows how
// to say what is wrong with it: so the tokenizer remains the judge of everything
// that is refused, and its twin, which must agree on everything that is not.
//
// It takes 6 ns a byte of a policy where the tokenizer takes 30 and more (see
// BenchmarkScan), mostly because it knows that the whole document is there and
// allocates by the block, and then not again.
type scanner struct {
	data   []byte
	at     int
	doc    *document
	limits Limits
	memory *memory

	values   int
	pointers int      // as in tokenizer
	items    []*Node  // of the arrays that are open, the inner ones behind
	members  []Member // of the objects that are open, likewise
}

// deepest bounds the scanner's recursion, whatever the limits say.
const deepest = 1000

// scan reads the whole document, or returns nil.
func (s *scanner) scan() *Node {
	root := s.value(nil, 0, 0, 0)
	if s.blank(); s.at < len(s.data) {
		return nil
	}
	return root
}

// value is tokenizer.value.
func (s *scanner) value(parent *Node, index, depth, pointer int) *Node {
	s.blank()
	s.values++
	s.pointers += pointer
	if s.at >= len(s.data) || s.values > s.limits.Values || s.pointers > maxPointers(len(s.data)) {
		return nil
	}
	n := &s.memory.nodes.take(1)[0]
	*n = Node{doc: s.doc, parent: parent, index: int32(index), offset: int32(s.at)}
	ok := false
	switch s.data[s.at] {
	case '"':
		n.Kind = String
		n.Text, ok = s.text()
	case '{':
		n.Kind = Object
		ok = s.object(n, depth+1, pointer+1)
	case '[':
		n.Kind = Array
		ok = s.array(n, depth+1, pointer+1)
	case 't':
		n.Kind, n.Text, ok = Bool, "true", s.word("true")
	case 'f':
		n.Kind, n.Text, ok = Bool, "false", s.word("false")
	case 'n':
		n.Kind, ok = Null, s.word("null")
	default:
		n.Kind = Number
		n.Text, ok = s.number()
	}
	if !ok {
		return nil
	}
	return n
}

func (s *scanner) array(n *Node, depth, pointer int) bool {
	if depth > s.limits.Depth || depth > deepest {
		return false
	}
	s.at++
	if s.next(']') {
		return true
	}
	first := len(s.items)
	for {
		item := s.value(n, len(s.items)-first, depth, pointer+indexDigits)
		if item == nil {
			return false
		}
		s.items = append(s.items, item)
		if s.next(',') {
			continue
		}
		n.Items = s.memory.list(s.items[first:])
		s.items = s.items[:first]
		return s.next(']')
	}
}

func (s *scanner) object(n *Node, depth, pointer int) bool {
	if depth > s.limits.Depth || depth > deepest {
		return false
	}
	s.at++
	if s.next('}') {
		return true
	}
	first := len(s.members)
	for {
		index := len(s.members) - first
		if s.blank(); index >= s.limits.Members || s.at >= len(s.data) || s.data[s.at] != '"' {
			return false
		}
		name, ok := s.name()
		if !ok || !s.next(':') {
			return false
		}
		v := s.value(n, index, depth, pointer+len(name))
		if v == nil {
			return false
		}
		s.members = append(s.members, Member{Name: name, Value: v})
		if s.next(',') {
			continue
		}
		n.Members = s.memory.object(s.members[first:])
		s.members = s.members[:first]
		return s.next('}') && unique(n.Members)
	}
}

// unique reports whether no two members have one name. Up to a few members,
// comparing each with each is several times faster than a map.
func unique(members []Member) bool {
	const few = 12
	if len(members) > few {
		seen := make(map[string]struct{}, len(members))
		for i := range members {
			seen[members[i].Name] = struct{}{}
		}
		return len(seen) == len(members)
	}
	for i := range members {
		for j := range i {
			if members[i].Name == members[j].Name {
				return false
			}
		}
	}
	return true
}

func (s *scanner) text() (string, bool) {
	raw, plain := s.quoted()
	switch {
	case raw == nil:
		return "", false
	case plain:
		return s.memory.texts.add(raw[1:len(raw)-1], len(s.data)-s.at), true
	}
	return unquoted(raw)
}

func (s *scanner) name() (string, bool) {
	raw, plain := s.quoted()
	switch {
	case raw == nil:
		return "", false
	case plain:
		return s.memory.name(raw[1 : len(raw)-1]), true
	}
	return unquoted(raw)
}

// quoted reads a string with its quotes, nil if there is something wrong with it,
// and reports whether it is what stands between them, as it stands there.
func (s *scanner) quoted() (raw []byte, plain bool) {
	start, plain, ascii := s.at, true, true
	for i := start + 1; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.at = i + 1
			raw = s.data[start:s.at]
			if !ascii && !utf8.Valid(raw) {
				return nil, false
			}
			return raw, plain
		case c < ' ':
			return nil, false
		case c == '\\':
			plain = false
			i++
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

// unquoted reads a string with escapes, which are rare.
func unquoted(raw []byte) (string, bool) {
	text, err := jsontext.AppendUnquote(nil, raw)
	return string(text), err == nil
}

func (s *scanner) word(w string) bool {
	end := s.at + len(w)
	if end > len(s.data) || string(s.data[s.at:end]) != w {
		return false
	}
	s.at = end
	return true
}

// number reads a number by the grammar of RFC 8259 §6.
func (s *scanner) number() (string, bool) {
	start := s.at
	s.one("-")
	if !s.one("0") && s.digits() == 0 {
		return "", false
	}
	if s.one(".") && s.digits() == 0 {
		return "", false
	}
	if s.one("eE") {
		s.one("+-")
		if s.digits() == 0 {
			return "", false
		}
	}
	return s.memory.texts.add(s.data[start:s.at], len(s.data)-s.at), true
}

// one takes one byte of chars, if that is next.
func (s *scanner) one(chars string) bool {
	for i := range len(chars) {
		if s.at < len(s.data) && s.data[s.at] == chars[i] {
			s.at++
			return true
		}
	}
	return false
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.data) && '0' <= s.data[s.at] && s.data[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}

// next takes c if it is what follows, blanks aside.
func (s *scanner) next(c byte) bool {
	s.blank()
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}

// blank skips blanks.
func (s *scanner) blank() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\n', '\t', '\r':
			s.at++
		default:
			return
		}
	}
}
