package conditions_test

import (
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
)

// naiveEval is the slow twin of Compile and Eval, written for reading: it takes
// every clause apart on every call and knows nothing of shapes, order or early
// exits. It is meant for clauses that Compile accepts.
func naiveEval(clauses []conditions.Clause, src conditions.Source) conditions.Tri {
	result := conditions.True
	for _, c := range clauses {
		result = result.And(naiveClause(c, src))
	}
	return result
}

func naiveClause(c conditions.Clause, src conditions.Source) conditions.Tri {
	qualifier, operator, qualified := strings.Cut(c.Operator, ":")
	if !qualified {
		qualifier, operator = "", c.Operator
	}
	operator, exists := strings.CutSuffix(operator, "IfExists")
	v := src.Value(conditions.Fold(c.Key))

	if operator == "Null" {
		switch {
		case qualified:
			return conditions.Of(qualifier == "ForAllValues")
		case v.IsIncomplete():
			return conditions.Unknown
		}
		return conditions.Of(v.IsAbsent() == (asciiLower(c.Values[0].Text) == "true"))
	}

	negated := strings.Contains(operator, "Not")
	switch {
	case v.IsIncomplete():
		return conditions.Unknown
	case v.IsAbsent() && qualifier == "ForAllValues":
		return conditions.True
	case v.IsAbsent() && qualifier == "ForAnyValue":
		return conditions.False
	case v.IsAbsent():
		return conditions.Of(exists || negated)
	case !qualified && v.Len() > 1:
		return conditions.Unknown
	}
	all, some := conditions.True, conditions.False
	for i := range v.Len() {
		meets := conditions.False
		for _, l := range c.Values {
			meets = meets.Or(naiveMeets(strings.Replace(operator, "Not", "", 1), v.At(i), l, src))
		}
		if negated {
			meets = meets.Not()
		}
		all, some = all.And(meets), some.Or(meets)
	}
	if qualifier == "ForAnyValue" {
		return some
	}
	return all
}

// naiveMeets compares one value of the request with one of the policy.
func naiveMeets(operator string, s conditions.Scalar, l conditions.Literal, src conditions.Source) conditions.Tri {
	if s.Kind() == conditions.KindUnreadable {
		return conditions.Unknown
	}
	switch {
	case strings.HasPrefix(operator, "Numeric"):
		x, ok := naiveNumber(s.Text())
		if !ok {
			return conditions.Unknown
		}
		y, _ := naiveNumber(l.Text)
		return naiveOrder(strings.TrimPrefix(operator, "Numeric"), x.Cmp(y))
	case strings.HasPrefix(operator, "Date"):
		x, ok := naiveInstant(s.Text())
		if !ok {
			return conditions.Unknown
		}
		y, _ := naiveInstant(l.Text)
		return naiveOrder(strings.TrimPrefix(operator, "Date"), x.Cmp(y))
	case operator == "Bool":
		text := asciiLower(s.Text())
		if text != "true" && text != "false" {
			return conditions.Unknown
		}
		return conditions.Of(text == asciiLower(l.Text))
	case operator == "BinaryEquals":
		x, err := base64.StdEncoding.Strict().DecodeString(s.Text())
		if err != nil || s.Kind() != conditions.KindString || strings.ContainsAny(s.Text(), "\r\n") {
			return conditions.Unknown
		}
		y, _ := base64.StdEncoding.DecodeString(l.Text)
		return conditions.Of(string(x) == string(y))
	case operator == "IpAddress":
		in, _, readable := naiveInNetwork(l.Text, s.Text())
		if !readable {
			return conditions.Unknown
		}
		return conditions.Of(in)
	}
	if met, ok := naiveExtra(operator, s, l.Text); ok {
		return met
	}
	text, ok := naiveText(s)
	if !ok {
		return conditions.Unknown
	}
	pattern, known := naiveExpand(l, src)
	if known != conditions.True {
		return known
	}
	return conditions.Of(naiveTextMeets(operator, pattern, text))
}

func naiveOrder(relation string, order int) conditions.Tri {
	return conditions.Of(map[string]bool{
		"Equals": order == 0, "LessThan": order < 0, "LessThanEquals": order <= 0,
		"GreaterThan": order > 0, "GreaterThanEquals": order >= 0,
	}[relation])
}

func naiveText(s conditions.Scalar) (string, bool) {
	if s.Kind() == conditions.KindNumber {
		return naiveCanonical(s.Text())
	}
	return s.Text(), s.Kind() != conditions.KindUnreadable
}

// symbol is one character of a policy value after its variables were replaced.
type symbol struct {
	r        rune
	data     bool // came from a variable or an escape: never a wildcard
	variable bool // came from a variable: never a separator either
}

var variableSyntax = regexp.MustCompile(`\$\{([*?$])\}|\$\{([^},']+)(, '([^']*)')?\}`)

func naiveExpand(l conditions.Literal, src conditions.Source) ([]symbol, conditions.Tri) {
	var out []symbol
	put := func(text string, data, variable bool) {
		for _, r := range text {
			out = append(out, symbol{r, data, variable})
		}
	}
	text := l.Text
	if l.Kind == conditions.KindNumber {
		text, _ = naiveCanonical(text)
	}
	known := conditions.True
	for {
		at := variableSyntax.FindStringSubmatchIndex(text)
		if l.Kind != conditions.KindString || at == nil {
			put(text, false, false)
			return out, known
		}
		put(text[:at[0]], false, false)
		if at[2] >= 0 {
			put(text[at[2]:at[3]], true, false)
		} else {
			fallback := ""
			if at[8] >= 0 {
				fallback = text[at[8]:at[9]]
			}
			value, ok := naiveVariable(src.Value(conditions.Fold(text[at[4]:at[5]])), fallback)
			known = known.And(ok)
			put(value, true, true)
		}
		text = text[at[1]:]
	}
}

func naiveVariable(v conditions.Value, fallback string) (string, conditions.Tri) {
	missing := func(s string) bool { return s == "" || s == "." || s == ".." }
	if v.IsIncomplete() {
		return "", conditions.Unknown
	}
	if v.Len() == 1 {
		text, ok := naiveText(v.At(0))
		if !ok {
			return "", conditions.Unknown
		}
		if !missing(text) {
			return text, conditions.True
		}
	}
	return fallback, conditions.Of(!missing(fallback))
}

func naiveTextMeets(operator string, pattern []symbol, text string) bool {
	switch operator {
	case "StringEquals":
		return plainText(pattern) == text
	case "StringEqualsIgnoreCase":
		return asciiLower(plainText(pattern)) == asciiLower(text)
	case "StringLike":
		return naiveGlob(pattern, []rune(text))
	}
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return false
	}
	if whole := allFromVariable(pattern); whole {
		return plainText(pattern) == text
	}
	for i, p := range splitSymbols(pattern) {
		if !naiveGlob(p, []rune(parts[i])) {
			return false
		}
	}
	return true
}

func allFromVariable(pattern []symbol) bool {
	for _, s := range pattern {
		if !s.variable {
			return false
		}
	}
	return true
}

func splitSymbols(pattern []symbol) [][]symbol {
	parts := [][]symbol{nil}
	for _, s := range pattern {
		if s.r == ':' && !s.variable && len(parts) < 6 {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], s)
	}
	return parts
}

func plainText(pattern []symbol) string {
	var b strings.Builder
	for _, s := range pattern {
		b.WriteRune(s.r)
	}
	return b.String()
}

// naiveGlob is the textbook matcher.
func naiveGlob(pattern []symbol, text []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	p := pattern[0]
	switch {
	case p.r == '*' && !p.data:
		return naiveGlob(pattern[1:], text) || len(text) > 0 && naiveGlob(pattern, text[1:])
	case len(text) == 0:
		return false
	}
	return (p.r == '?' && !p.data || p.r == text[0]) && naiveGlob(pattern[1:], text[1:])
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 32
		}
		return r
	}, s)
}
