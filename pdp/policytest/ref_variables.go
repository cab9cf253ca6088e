package policytest

import (
	"strings"

	"github.com/mayi-authz/mayi/conditions"
)

// The outcomes of putting a request's values into a policy value, the worst last.
type filling uint8

const (
	filled     filling = iota
	unknowable         // a variable's value cannot be known
	missing            // a variable has no value to put in, whatever the others are
)

// lookup answers what a request says about a folded key.
type lookup func(folded string) conditions.Value

// expand turns a policy value into pieces. With variables, ${key},
// ${key, 'default'} and the escapes ${*}, ${?} and ${$} are replaced; what they
// put in is literal. wild says whether "*" and "?" of the policy are wildcards.
func expand(text string, variables, wild bool, get lookup) ([]piece, filling) {
	plain := literal
	if wild {
		plain = pattern
	}
	if !variables {
		return plain(text), filled
	}
	var all []piece
	worst := filled
	for {
		start := strings.Index(text, "${")
		if start < 0 {
			return append(all, plain(text)...), worst
		}
		all = append(all, plain(text[:start])...)
		end := closing(text[start:])
		if end < 0 {
			return append(all, plain(text[start:])...), worst
		}
		value, how := variable(text[start+2:start+end], get)
		worst = max(worst, how)
		all = append(all, pieces(put, value)...)
		text = text[start+end+1:]
	}
}

// closing returns where the variable at the start of text ends: at the first
// brace that is not between the quotes of a default.
func closing(text string) int {
	quoted := false
	for i, c := range text {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == '}' && !quoted:
			return i
		}
	}
	return -1
}

// loneVariable reports whether a value is one variable and nothing else.
func loneVariable(text string) bool {
	return strings.HasPrefix(text, "${") && closing(text) == len(text)-1
}

// variable returns the text for what stands between the braces.
func variable(inner string, get lookup) (string, filling) {
	if inner == "*" || inner == "?" || inner == "$" {
		return inner, filled
	}
	key, fallback, hasDefault := strings.Cut(inner, ", '")
	v := get(lower(key))
	if v.IsIncomplete() {
		return "", unknowable
	}
	if v.Len() == 1 {
		text, ok := asText(v.At(0))
		if !ok {
			return "", unknowable
		}
		if usable(text) {
			return text, filled
		}
	}
	if fallback = strings.TrimSuffix(fallback, "'"); hasDefault && usable(fallback) {
		return fallback, filled
	}
	return "", missing
}

// usable reports whether a value may stand for a variable: nothing, "." and ".."
// could turn one name into another.
func usable(text string) bool { return text != "" && text != "." && text != ".." }
