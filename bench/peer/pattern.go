package peer

import (
	"regexp"
	"strings"
)

// username is the one variable of the workloads.
const username = "${aws:username}"

// A pattern is a text with wildcards, taken apart: the literals around each "*".
type pattern []string

func split(text string) pattern { return strings.Split(text, "*") }

// exact reports whether there is no wildcard.
func (p pattern) exact() bool { return len(p) == 1 }

// prefix reports whether the only wildcard stands at the end.
func (p pattern) prefix() bool { return len(p) == 2 && p[1] == "" }

// inner reports whether the pattern is "*text*".
func (p pattern) inner() bool { return len(p) == 3 && p[0] == "" && p[2] == "" }

// around reports whether the pattern is "head*tail".
func (p pattern) around() bool { return len(p) == 2 }

// longest returns the longest literal, which every match contains.
func (p pattern) longest() string {
	var best string
	for _, s := range p {
		if len(s) > len(best) {
			best = s
		}
	}
	return best
}

// regexp returns the pattern as an anchored RE2.
func (p pattern) regexp() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = regexp.QuoteMeta(s)
	}
	return "^" + strings.Join(parts, ".*") + "$"
}

// A template is "head${aws:username}/*", the one form in which the workloads use
// their variable: what is below of somebody's own place.
type template struct{ head, tail string }

// templated takes a pattern with the variable apart; ok is false for any other form.
func templated(text string) (t template, ok bool) {
	head, tail, found := strings.Cut(text, username)
	ok = found && strings.HasSuffix(head, "/") && tail == "/*" && !strings.ContainsAny(head, "*$")
	return template{head, "/"}, ok
}

func hasVariable(text string) bool { return strings.Contains(text, "${") }
