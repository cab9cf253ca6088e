package conditions

import (
	"github.com/mayi-authz/mayi/arn/wildcard"
)

// plain returns the scalar as string operators, ARN operators and variables see
// it: a number in canonical form, a boolean as true or false. It returns false if
// the scalar cannot be read.
func (s Scalar) plain() (string, bool) {
	switch s.kind {
	case KindString, KindBool:
		return s.text, true
	case KindNumber:
		return canonicalNumber(s.text)
	}
	return "", false
}

// mapFrom is the number of texts from which a map, whose cost does not grow with
// them, finds one faster than a loop (BenchmarkTexts).
const mapFrom = 12

// texts matches a text that is one of a few.
type texts []string

func (m texts) match(s Scalar) Tri {
	text, ok := s.plain()
	if !ok {
		return Unknown
	}
	for _, v := range m {
		if v == text {
			return True
		}
	}
	return False
}

// textSet matches a text that is one of many.
type textSet map[string]struct{}

func (m textSet) match(s Scalar) Tri {
	text, ok := s.plain()
	if !ok {
		return Unknown
	}
	_, found := m[text]
	return Of(found)
}

// foldedTexts matches a text that is one of several but for the case of its
// ASCII letters.
type foldedTexts []string

func (m foldedTexts) match(s Scalar) Tri {
	text, ok := s.plain()
	if !ok {
		return Unknown
	}
	for _, v := range m {
		if equalFold(v, text) {
			return True
		}
	}
	return False
}

// globs matches a text that fits any of several patterns, all of it.
type globs []wildcard.Pattern

func (m globs) match(s Scalar) Tri {
	text, ok := s.plain()
	if !ok {
		return Unknown
	}
	for i := range m {
		if m[i].Match(text, nil) {
			return True
		}
	}
	return False
}

func buildStringEquals(b *builder) {
	list := b.texts(wildcard.Compile)
	if len(list) < mapFrom {
		b.fixed = texts(list)
		return
	}
	m := make(textSet, len(list))
	for _, v := range list {
		m[v] = struct{}{}
	}
	b.fixed = m
}

func buildStringFold(b *builder) {
	b.fixed = foldedTexts(b.texts(wildcard.CompileFold))
}

// texts returns the values that are plain texts; those with variables become
// variants, compiled by compile.
func (b *builder) texts(compile func([]wildcard.Token) wildcard.Pattern) []string {
	var list []string
	for i := range b.clause.Values {
		t := b.template(&b.clause.Values[i])
		switch {
		case t == nil:
		case t.holes == 0:
			list = append(list, t.literal())
		default:
			b.variants = append(b.variants, variant{template: t, glob: compile(t.equalTokens())})
		}
	}
	return list
}

func buildStringLike(b *builder) {
	var m globs
	for i := range b.clause.Values {
		t := b.template(&b.clause.Values[i])
		switch {
		case t == nil:
		case t.holes == 0:
			m = append(m, wildcard.Compile(t.Tokens()))
		default:
			b.variants = append(b.variants, variant{template: t, glob: wildcard.Compile(t.Tokens())})
		}
	}
	b.fixed = m
}

// template reads a value of an operator that takes variables. It returns nil for
// a value that it refused.
func (b *builder) template(l *Literal) *Template {
	if l.Kind == KindString {
		t, problems := ParseTemplate(l.Text, l.Place, b.variablesKnown)
		b.problems = append(b.problems, problems...)
		return t
	}
	text, ok := Scalar{l.Kind, l.Text}.plain()
	if !ok {
		b.mismatch(l, "Type mismatch number", "a decimal number of at most 64 digits and an exponent of at most 400")
		return nil
	}
	return &Template{pieces: []piece{{kind: rawText, text: text}}}
}

// equalFold reports whether two texts are equal but for the case of their ASCII
// letters. strings.EqualFold would take the Kelvin sign for a k.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
