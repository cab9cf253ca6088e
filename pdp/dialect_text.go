package pdp

import (
	"strings"
	"unicode"

	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/conditions"
)

// The variables that mean something by themselves in allow-me's dialect, and are
// never a key of the request.
const (
	nameAny       = "any"       // the request's own value of this field
	nameIdentity  = "identity"  // the principal's id
	nameOperation = "operation" // the action
	nameAnonymous = "anonymous" // in identities: whoever has not said who they are
)

func ownVariable(name string) bool {
	switch name {
	case nameAny, nameIdentity, nameOperation, nameAnonymous:
		return true
	}
	return false
}

// A bracedText is a text of an allow-me document: raw text, exactly as written, and
// variables, {{name}}, which are holes in it.
type bracedText struct {
	tokens []wildcard.Token
	names  []string // of the holes
}

// alone reports whether the text is one variable of this name and nothing else.
func (b *bracedText) alone(name string) bool {
	return len(b.tokens) == 1 && len(b.names) == 1 && b.names[0] == name
}

func (b *bracedText) has(name string) bool {
	for _, n := range b.names {
		if n == name {
			return true
		}
	}
	return false
}

// parseBraced reads a text once, from left to right. It says what is wrong, or "":
// two braces that begin or end no variable are refused, for something was meant by
// them. What a variable stands for is never read again, so that no value of a
// request can bring a variable or a wildcard along.
func parseBraced(text string) (bracedText, string) {
	var b bracedText
	for text != "" {
		raw, after, found := strings.Cut(text, "{{")
		if strings.Contains(raw, "}}") {
			return b, `has "}}" without a variable in front of it`
		}
		if raw != "" {
			b.tokens = append(b.tokens, wildcard.Token{Text: raw})
		}
		if !found {
			break
		}
		name, rest, closed := strings.Cut(after, "}}")
		if !closed {
			return b, `has a variable without closing braces; expected {{name}}`
		}
		if why := checkVariableName(name); why != "" {
			return b, why
		}
		b.tokens = append(b.tokens, wildcard.Token{Kind: wildcard.Hole, Hole: len(b.names)})
		b.names = append(b.names, conditions.Fold(name))
		text = rest
	}
	return b, ""
}

// checkVariableName says what is wrong with the name of a variable: it must be one
// of a context key that a policy variable can have.
func checkVariableName(name string) string {
	switch {
	case name == "":
		return "has a variable without a name"
	case strings.ContainsFunc(name, unicode.IsSpace):
		return "has a blank in the name of a variable; expected {{name}}"
	case strings.ContainsAny(name, `{},'"$*?`) || strings.ContainsFunc(name, unicode.IsControl):
		return "has a variable with a character that no key of a request can have"
	}
	return ""
}

// withoutDots returns a resource as a file server would read it: without "." and
// with ".." taking away the segment in front of it (RFC 3986, section 5.2.4). One
// that has no such segment comes back as it is.
func withoutDots(s string) string {
	dotted := false
	for segment := range strings.SplitSeq(s, "/") {
		dotted = dotted || segment == "." || segment == ".."
	}
	if !dotted {
		return s
	}
	parts := strings.Split(s, "/")
	kept, root := parts[:0], 0
	if parts[0] == "" {
		root = 1 // the first slash stays
	}
	for i, p := range parts {
		if p != "." && p != ".." {
			kept = append(kept, p)
			continue
		}
		if p == ".." && len(kept) > root {
			kept = kept[:len(kept)-1]
		}
		if i == len(parts)-1 {
			kept = append(kept, "")
		}
	}
	return strings.Join(kept, "/")
}
