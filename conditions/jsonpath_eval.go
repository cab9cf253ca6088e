package conditions

import (
	"strings"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Bounds of a request's JSON text, beyond which it is unreadable.
const (
	maxJSON   = 64 << 10 // bytes
	maxVisits = 10_000   // nodes that one query looks at, counted each time
)

// queries matches a JSON text in which any of several queries selects a node that
// equals its value.
type queries []query

func (m queries) match(s Scalar) Tri {
	if s.kind != KindString {
		return Unknown
	}
	root, err := strictjson.Parse("", []byte(s.text), strictjson.Limits{Bytes: maxJSON})
	if err != nil {
		return Unknown
	}
	result := False
	for i := range m {
		w := walk{wanted: &m[i].wanted, visits: maxVisits}
		w.from(root, m[i].path)
		if result = result.Or(w.result); result == True {
			return True
		}
	}
	return result
}

func buildJSONPath(b *builder) {
	const rule = "Type mismatch JSONPath"
	var m queries
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if l.Kind != KindString || strings.Contains(l.Text, "${") {
			b.mismatch(l, rule, `a path of RFC 9535 without filters and a value, such as "$.user.roles[*] == 'admin'"`)
			continue
		}
		q, fault := parseQuery(l.Text)
		if fault != "" {
			b.refuse(l.Place, rule, "%s cannot read %.80q: %s", b.clause.Operator, l.Text, fault)
			continue
		}
		m = append(m, q)
	}
	b.fixed = m
}

// A walk looks at the nodes that a path selects until one equals what is wanted.
type walk struct {
	wanted *literal
	visits int // that are left
	result Tri
}

// from takes n as the root of what path selects.
func (w *walk) from(n *strictjson.Node, path jsonPath) {
	if w.result == True {
		return
	}
	if w.visits--; w.visits < 0 {
		w.result = Unknown // nobody looked at the rest
		return
	}
	if len(path) == 0 {
		w.result = w.result.Or(w.wanted.equals(n))
		return
	}
	for i := range path[0].selectors {
		w.selects(&path[0].selectors[i], n, path[1:])
	}
	if path[0].descendant {
		w.children(n, path)
	}
}

// selects goes on from the children that a selector picks.
func (w *walk) selects(s *selector, n *strictjson.Node, path jsonPath) {
	switch s.kind {
	case selectName:
		if child := n.Get(s.name); child != nil {
			w.from(child, path)
		}
	case selectIndex:
		i := s.start
		if i < 0 {
			i += int64(len(n.Items))
		}
		if 0 <= i && i < int64(len(n.Items)) {
			w.from(n.Items[i], path)
		}
	case selectSlice:
		lower, upper := s.bounds(int64(len(n.Items)))
		for i := lower; s.step > 0 && i < upper && w.visits >= 0; i += s.step {
			w.from(n.Items[i], path)
		}
		for i := upper; s.step < 0 && lower < i && w.visits >= 0; i += s.step {
			w.from(n.Items[i], path)
		}
	case selectAll:
		w.children(n, path)
	}
}

func (w *walk) children(n *strictjson.Node, path jsonPath) {
	for i := 0; i < len(n.Items) && w.visits >= 0; i++ {
		w.from(n.Items[i], path)
	}
	for i := 0; i < len(n.Members) && w.visits >= 0; i++ {
		w.from(n.Members[i].Value, path)
	}
}

// bounds are those of a slice of an array (RFC 9535 §2.3.4.2.2).
func (s *selector) bounds(length int64) (lower, upper int64) {
	within := func(i int64, given bool, otherwise, low, high int64) int64 {
		if !given {
			i = otherwise
		} else if i < 0 {
			i += length
		}
		return min(max(i, low), high)
	}
	if s.step >= 0 {
		return within(s.start, s.hasStart, 0, 0, length), within(s.end, s.hasEnd, length, 0, length)
	}
	return within(s.end, s.hasEnd, -1, -1, length-1), within(s.start, s.hasStart, length-1, -1, length-1)
}

// equals compares exactly: text by text, number by value. A number that is too
// long to be exact is Unknown beside a number.
func (l *literal) equals(n *strictjson.Node) Tri {
	switch {
	case l.kind == literalString:
		return Of(n.Kind == strictjson.String && n.Text == l.text)
	case l.kind == literalBool:
		return Of(n.Kind == strictjson.Bool && n.Text == l.text)
	case l.kind == literalNull:
		return Of(n.Kind == strictjson.Null)
	case n.Kind != strictjson.Number:
		return False
	}
	d, ok := parseDecimal(n.Text)
	if !ok {
		return Unknown
	}
	return Of(d == l.number)
}
