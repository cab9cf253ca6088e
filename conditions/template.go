package conditions

import (
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A Template is a text of a policy that may hold policy variables:
//
//	${key}             what the request says about the key
//	${key, 'default'}  the same, or the default where that is missing
//	${*} ${?} ${$}     a star, a question mark, a dollar sign as such
//
// A Template is immutable and may be used concurrently.
type Template struct {
	pieces []piece
	keys   []string // folded, sorted, each once
	holes  int
}

// A piece is a run of the text, an escape, or a variable.
type piece struct {
	kind pieceKind
	text string // of a variable its default, "" if it has none
	key  Key    // of a variable
}

type pieceKind uint8

const (
	rawText  pieceKind = iota
	escape             // text stands for itself, a wildcard too
	variable           // a hole
)

// ParseTemplate reads a text. variables says whether the document's version knows
// policy variables; in one that does not, "${" is refused, because its author
// meant something by it. It reports the text's first problem, beside a nil
// Template.
func ParseTemplate(text string, place strictjson.Place, variables bool) (*Template, []*strictjson.Error) {
	t := &Template{}
	rest := text
	for {
		raw, after, found := strings.Cut(rest, "${")
		if raw != "" {
			t.pieces = append(t.pieces, piece{kind: rawText, text: raw})
		}
		if !found {
			break
		}
		if !variables {
			return nil, []*strictjson.Error{problem(place, "Variable unsupported in version",
				`%.80q has a policy variable; expected "Version": "2012-10-17" in the document`, text)}
		}
		p, length, fault := parseVariable(after)
		if fault.rule != "" {
			return nil, []*strictjson.Error{problem(place, fault.rule, "%.80q: %s", text, fault.reason)}
		}
		if p.kind == variable {
			if problems := checkKey(p.key.name, place); len(problems) > 0 {
				return nil, problems
			}
			p.key = KeyOf(p.key.name)
			t.keys = append(t.keys, p.key.name)
			t.holes++
		}
		t.pieces = append(t.pieces, p)
		rest = after[length:]
	}
	slices.Sort(t.keys)
	t.keys = slices.Compact(t.keys)
	return t, nil
}

// fault is what is wrong with a variable; the zero fault is nothing.
type fault struct{ rule, reason string }

// parseVariable reads a variable whose "${" is already read, and returns how many
// bytes of s belong to it.
func parseVariable(s string) (piece, int, fault) {
	if len(s) > 1 && s[1] == '}' && strings.IndexByte("*?$", s[0]) >= 0 {
		return piece{kind: escape, text: s[:1]}, 2, fault{}
	}
	end := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`},'"${*?`, r) })
	if end < 0 {
		return piece{}, 0, fault{"Missing brace in variable", `a variable has no closing "}"`}
	}
	p := piece{kind: variable, key: Key{name: s[:end]}}
	switch c := s[end]; {
	case end == 0 && (c == '}' || c == ','):
		return piece{}, 0, fault{"Empty variable", "a variable names no key"}
	case c == '}':
		return p, end + 1, fault{}
	case c == ',':
		text, length, wrong := parseDefault(s[end:])
		p.text = text
		return p, end + length, wrong
	case c == ' ':
		return piece{}, 0, fault{"Unsupported space in variable", "a variable has a blank in its key; expected ${key} or ${key, 'default'}"}
	case strings.HasPrefix(s[end:], "${"):
		return piece{}, 0, fault{"Missing brace in variable", `a variable begins before the one before it has its closing "}"`}
	case !strings.Contains(s, "}"):
		return piece{}, 0, fault{"Missing brace in variable", `a variable has no closing "}"`}
	}
	return piece{}, 0, fault{"Unsupported symbol in variable", "a variable has a character that no key of a variable can have"}
}

// parseDefault reads a variable's default from its comma to its closing brace.
func parseDefault(s string) (text string, length int, _ fault) {
	const open = ", '"
	body, ok := strings.CutPrefix(s, open)
	if !ok {
		return "", 0, fault{"Missing quote in variable", "expected a comma, one blank and a default in single quotes, as in ${key, 'default'}"}
	}
	text, after, ok := strings.Cut(body, "'")
	switch {
	case !ok:
		return "", 0, fault{"Missing quote in variable", "a default has no closing quote"}
	case text == "":
		return "", 0, fault{"Empty variable", "a default is empty; an empty value is as missing as none"}
	case strings.Contains(text, "${"):
		return "", 0, fault{"Unsupported symbol in variable", "a default has a variable in it; it would not be replaced"}
	case after == "":
		return "", 0, fault{"Missing brace in variable", `a variable has no closing "}" after its default`}
	case after[0] != '}':
		return "", 0, fault{"Missing quote in variable", `expected "}" right after the default's closing quote`}
	}
	return text, len(open) + len(text) + len("'}"), fault{}
}

// Tokens returns the template as a pattern: "*" and "?" of its text are
// wildcards, escapes are literals, and its variables are holes in order.
func (t *Template) Tokens() []wildcard.Token { return t.tokens(wildcard.Tokens) }

// equalTokens returns the template as a pattern without wildcards.
func (t *Template) equalTokens() []wildcard.Token {
	return t.tokens(func(s string) []wildcard.Token { return []wildcard.Token{{Text: s}} })
}

func (t *Template) tokens(raw func(string) []wildcard.Token) []wildcard.Token {
	if len(t.pieces) == 1 && t.pieces[0].kind == rawText {
		return raw(t.pieces[0].text)
	}
	var tokens []wildcard.Token
	hole := 0
	for i := range t.pieces {
		switch p := &t.pieces[i]; p.kind {
		case rawText:
			tokens = append(tokens, raw(p.text)...)
		case escape:
			tokens = append(tokens, wildcard.Token{Text: p.text})
		case variable:
			tokens = append(tokens, wildcard.Token{Kind: wildcard.Hole, Hole: hole})
			hole++
		}
	}
	return tokens
}

// literal returns the text of a template without variables.
func (t *Template) literal() string {
	if len(t.pieces) == 1 {
		return t.pieces[0].text
	}
	var b strings.Builder
	for i := range t.pieces {
		b.WriteString(t.pieces[i].text)
	}
	return b.String()
}

// Keys returns the folded names of the template's variables, sorted and each
// once. Callers must not change it.
func (t *Template) Keys() []string { return t.keys }
