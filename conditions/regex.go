package conditions

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Bounds of a regular expression. RE2 takes time in proportion to the product of
// instructions and bytes, so these keep one look at one value to milliseconds.
const (
	maxPattern      = 1 << 10 // bytes
	maxInstructions = 512
	maxMatched      = 4 << 10 // bytes of a request's value; a longer one is unreadable
)

// patterns matches a text all of which fits any of several regular expressions.
type patterns []*regexp.Regexp

func (m patterns) match(s Scalar) Tri {
	text, ok := s.plain()
	if !ok || len(text) > maxMatched || !utf8.ValidString(text) {
		return Unknown
	}
	for _, p := range m {
		if p.MatchString(text) {
			return True
		}
	}
	return False
}

func buildRegex(b *builder) {
	const rule = "Type mismatch regular expression"
	var m patterns
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if l.Kind != KindString || strings.Contains(l.Text, "${") {
			b.mismatch(l, rule, "a regular expression in RE2's syntax")
			continue
		}
		p, fault := compilePattern(l.Text)
		if fault != "" {
			b.refuse(l.Place, rule, "%s cannot read %.80q: %s", b.clause.Operator, l.Text, fault)
			continue
		}
		m = append(m, p)
	}
	b.fixed = m
}

// compilePattern compiles a pattern that must fit a whole text. It returns what is
// wrong with it, or "".
func compilePattern(pattern string) (_ *regexp.Regexp, fault string) {
	if len(pattern) > maxPattern {
		return nil, "it is longer than 1024 bytes"
	}
	tree, err := syntax.Parse(pattern, syntax.Perl) // alone: "a)|(b" must not become one in parentheses
	if err != nil {
		return nil, err.Error()
	}
	program, err := syntax.Compile(tree.Simplify())
	switch {
	case err != nil:
		return nil, err.Error()
	case len(program.Inst) > maxInstructions:
		return nil, "it takes more than 512 instructions; expected fewer or smaller repetitions"
	}
	p, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err != nil { // a \Q without its \E swallowed the end
		p, err = regexp.Compile(`\A(?:` + pattern + `\E)\z`)
	}
	if err != nil {
		return nil, err.Error()
	}
	return p, ""
}
