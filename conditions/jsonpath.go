package conditions

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A jsonPath is a query of RFC 9535 without filters: what it selects depends on
// the shape of a document and on nothing else.
type jsonPath []segment

// A segment selects among the children of a node, or of it and all its descendants.
type segment struct {
	descendant bool
	selectors  []selector
}

type selector struct {
	kind             selectorKind
	name             string // of a member
	start, end, step int64  // start is an index too
	hasStart, hasEnd bool   // of a slice
}

type selectorKind uint8

const (
	selectName selectorKind = iota
	selectIndex
	selectSlice
	selectAll
)

// maxQuery bounds a policy value in bytes.
const maxQuery = 1 << 10

// A query is a policy value of JsonPathEquals: a path and what a node must equal.
type query struct {
	path   jsonPath
	wanted literal
}

// A literal is a string, a number, a boolean or null, of a policy.
type literal struct {
	kind   literalKind
	text   string // of a string; "true" or "false"
	number decimal
}

type literalKind uint8

const (
	literalString literalKind = iota
	literalNumber
	literalBool
	literalNull
)

// parseQuery reads PATH == LITERAL, in RFC 9535's grammar but for filters. One
// equals sign will do. fault says what is wrong, or is "".
func parseQuery(s string) (q query, fault string) {
	p := &pathParser{s: s}
	if len(s) > maxQuery {
		return query{}, "it is longer than 1024 bytes"
	}
	q.path = p.path()
	p.blanks()
	p.expect("=", `"." or "[" or "==" and a value`)
	p.skip("=")
	p.blanks()
	q.wanted = p.literal()
	if p.fault == "" && p.at < len(s) {
		p.fail("the end")
	}
	return q, p.fault
}

// A pathParser reads from the left. After the first fault it reads nothing more.
type pathParser struct {
	s     string
	at    int
	fault string
}

func (p *pathParser) fail(expected string) {
	if p.fault == "" {
		p.fault = fmt.Sprintf("at byte %d: expected %s", p.at+1, expected)
		p.at = len(p.s)
	}
}

func (p *pathParser) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

// skip consumes prefix if it comes next.
func (p *pathParser) skip(prefix string) bool {
	if !strings.HasPrefix(p.s[p.at:], prefix) {
		return false
	}
	p.at += len(prefix)
	return true
}

func (p *pathParser) expect(prefix, expected string) {
	if !p.skip(prefix) {
		p.fail(expected)
	}
}

func (p *pathParser) blanks() {
	for p.at < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.at]) >= 0 {
		p.at++
	}
}

// path reads a query up to what is no segment.
func (p *pathParser) path() (path jsonPath) {
	p.expect("$", `a path that begins with "$"`)
	for p.fault == "" {
		before := p.at
		p.blanks()
		switch {
		case p.peek() == '[':
			path = append(path, segment{selectors: p.bracketed()})
		case p.skip(".."):
			path = append(path, segment{descendant: true, selectors: p.afterDots()})
		case p.skip("."):
			path = append(path, segment{selectors: p.afterDot()})
		default:
			p.at = before
			return path
		}
	}
	return path
}

func (p *pathParser) afterDots() []selector {
	if p.peek() == '[' {
		return p.bracketed()
	}
	return p.afterDot()
}

func (p *pathParser) afterDot() []selector {
	if p.skip("*") {
		return []selector{{kind: selectAll}}
	}
	start := p.at
	for p.at < len(p.s) {
		r, size := utf8.DecodeRuneInString(p.s[p.at:])
		digit := '0' <= r && r <= '9'
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_' || r >= utf8.RuneSelf && (r != utf8.RuneError || size > 1)
		if !letter && (!digit || p.at == start) {
			break
		}
		p.at += size
	}
	if p.at == start {
		p.fail(`a name or "*"; a name with other characters is written ['like this']`)
	}
	return []selector{{kind: selectName, name: p.s[start:p.at]}}
}

func (p *pathParser) bracketed() (list []selector) {
	p.expect("[", `"["`)
	for p.fault == "" {
		p.blanks()
		list = append(list, p.selector())
		p.blanks()
		if p.skip("]") {
			return list
		}
		p.expect(",", `"," or "]"`)
	}
	return list
}

func (p *pathParser) selector() selector {
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		return selector{kind: selectName, name: p.text()}
	case c == '*':
		p.at++
		return selector{kind: selectAll}
	case c == '?':
		p.fail("no filter: filters are not supported in conditions")
		return selector{}
	}
	s := selector{kind: selectIndex, step: 1}
	s.start, s.hasStart = p.integer()
	before := p.at
	p.blanks()
	if !p.skip(":") {
		if p.at = before; !s.hasStart {
			p.fail("a name in quotes, an index, a slice or *")
		}
		return s
	}
	s.kind = selectSlice
	p.blanks()
	s.end, s.hasEnd = p.integer()
	before = p.at
	p.blanks()
	if !p.skip(":") {
		p.at = before
		return s
	}
	p.blanks()
	if step, ok := p.integer(); ok {
		s.step = step
	}
	return s
}

// integer reads an integer if one comes next: no leading zeros, no -0, and within
// what a double can hold exactly.
func (p *pathParser) integer() (n int64, ok bool) {
	start := p.at
	negative := p.skip("-")
	digits := digitsPrefix(p.s[p.at:])
	if digits == "" && !negative {
		return 0, false
	}
	if digits == "" || leadingZero(digits) || negative && digits == "0" || len(digits) > 16 {
		p.at = start
		p.fail("an integer without leading zeros")
		return 0, false
	}
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	if n > 1<<53-1 {
		p.fail("an integer below 2^53")
	}
	p.at = min(p.at+len(digits), len(p.s))
	if negative {
		n = -n
	}
	return n, true
}
