package policytest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// firstMatch is rule 4.4 for one allow-me document: of the statements that match the
// first one speaks, and if none does, the default for those who hold the document. A
// deny that may match speaks; an allow that may match does not, but whatever is
// denied after it is no longer certain.
func (q *question) firstMatch(p *pdp.Policy, holds bool) []voice {
	speak := func(sid string, index int, effect pdp.Effect, line int, file string, certain bool) []voice {
		return []voice{{StatementRef: &pdp.StatementRef{
			Policy: p.Name, Sid: sid, Index: index, Effect: effect, Layer: pdp.LayerIdentity, File: file, Line: line,
		}, certain: certain}}
	}
	certain := true
	for _, s := range p.FirstMatch.Statements {
		matches := q.statementMatches(p.FirstMatch, &s)
		switch {
		case matches == conditions.True || matches == conditions.Unknown && s.Effect == pdp.Deny:
			return speak("", s.Index, s.Effect, s.Place.Line, s.Place.File, certain && matches == conditions.True)
		case matches == conditions.Unknown:
			certain = false
		}
	}
	if p.FirstMatch.DefaultAllow && holds {
		at := p.FirstMatch.DefaultPlace
		return speak("default", len(p.FirstMatch.Statements), pdp.Allow, at.Line, at.File, true)
	}
	return nil
}

func (q *question) statementMatches(f *pdp.FirstMatch, s *pdp.FirstMatchStatement) conditions.Tri {
	operation := q.anyOf(s.Operations, func(t string) conditions.Tri {
		if t == "{{any}}" || t == "{{operation}}" {
			return conditions.True
		}
		want, how := q.braces(lower(t), false)
		return outcome(how, func() bool { return lower(plainText(want)) == lower(q.action) })
	})
	identity := q.anyOf(s.Identities, func(t string) conditions.Tri { return q.identityMatches(t, s.Effect) })
	resource := q.anyOf(s.Resources, func(t string) conditions.Tri { return q.nameMatches(t, f.Matcher.Text) })
	if len(s.Resources) == 0 {
		resource = conditions.Of(q.Resource.ID == "*" || f.Matcher.Text == "starts_with")
	}
	return operation.And(identity).And(resource)
}

// anyOf is the OR over the texts of a list.
func (q *question) anyOf(texts []pdp.Text, matches func(string) conditions.Tri) conditions.Tri {
	result := conditions.False
	for _, t := range texts {
		result = result.Or(matches(t.Text))
	}
	return result
}

// identityMatches: nobody is matched by {{anonymous}}, and by everybody in a deny.
func (q *question) identityMatches(text string, effect pdp.Effect) conditions.Tri {
	everybody := text == "{{any}}" || text == "{{identity}}"
	switch {
	case q.who.id == "":
		return conditions.Of(text == "{{anonymous}}" || everybody && effect == pdp.Deny)
	case everybody:
		return conditions.True
	case text == "{{anonymous}}":
		return conditions.False
	case !strings.Contains(text, "{{"):
		return conditions.Of(q.r.canonical(text) == q.who.id)
	}
	want, how := q.braces(text, false)
	return outcome(how, func() bool { return plainText(want) == q.who.id })
}

// nameMatches compares a resource in both of its readings, with its dot segments and
// without. Where they disagree the outcome is unknown.
func (q *question) nameMatches(text, matcher string) conditions.Tri {
	if text == "{{any}}" {
		return conditions.True
	}
	want, how := q.braces(text, matcher == "glob")
	if matcher == "starts_with" {
		want = append(want, piece{kind: anyRun})
	}
	asIs := outcome(how, func() bool { return glob(want, q.Resource.ID) })
	undotted := outcome(how, func() bool { return glob(want, withoutDots(q.Resource.ID)) })
	if asIs != undotted {
		return conditions.Unknown
	}
	return asIs
}

// outcome is what a comparison says if all of its variables could be filled in.
func outcome(how filling, compare func() bool) conditions.Tri {
	switch how {
	case filled:
		return conditions.Of(compare())
	case unknowable:
		return conditions.Unknown
	}
	return conditions.False
}

var braced = regexp.MustCompile(`\{\{([^{}]+)\}\}`)

// braces fills in the {{variables}} of a text; what they put in is literal.
func (q *question) braces(text string, wild bool) ([]piece, filling) {
	raw := literal
	if wild {
		raw = pattern
	}
	var all []piece
	worst, from := filled, 0
	for _, at := range braced.FindAllStringSubmatchIndex(text, -1) {
		value, how := q.bracedValue(text[at[2]:at[3]])
		worst = max(worst, how)
		all = append(append(all, raw(text[from:at[0]])...), pieces(put, value)...)
		from = at[1]
	}
	return append(all, raw(text[from:])...), worst
}

func (q *question) bracedValue(name string) (string, filling) {
	value := ""
	switch lower(name) {
	case "identity":
		value = q.who.id
	case "operation":
		value = q.action
	default:
		return variable(name, q.value)
	}
	if !usable(value) {
		return "", missing
	}
	return value, filled
}

// plainText is the text of pieces without wildcards.
func plainText(all []piece) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteRune(p.char)
	}
	return b.String()
}

// withoutDots reads a path as a file server does, from its end: each ".." takes away
// the next segment in front of it that is still there, but not the first slash.
func withoutDots(path string) string {
	segments := strings.Split(path, "/")
	var kept []string
	up := 0
	for i := len(segments) - 1; i >= 0; i-- {
		switch s := segments[i]; {
		case s == "..":
			up++
		case s == ".":
		case up > 0 && (i > 0 || s != ""):
			up--
		default:
			kept = append(kept, s)
		}
	}
	slices.Reverse(kept)
	if last := segments[len(segments)-1]; last == "." || last == ".." {
		kept = append(kept, "")
	}
	return strings.Join(kept, "/")
}

// riamName reports whether a key is one of those for which riam has a name of its
// own. In a policy they mean AWS's, so that no request may use them.
func riamName(folded string) bool {
	name, riam := strings.CutPrefix(folded, "riam:")
	return riam && slices.Contains([]string{"currenttime", "epochtime", "securetransport", "useragent", "sourceip"}, name)
}
