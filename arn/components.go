package arn

import (
	"errors"
	"strconv"
	"strings"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

// Components is a compiled value of the ARN condition operators: ArnEquals and
// ArnLike, which are the same, and their negations. Each of the six components is
// matched on its own, so that no wildcard and no variable crosses one of the first
// five colons; the sixth is the rest. The zero Components matches nothing.
// Components are immutable and may be used concurrently.
type Components struct {
	parts *[arnFields]wildcard.Pattern
	whole *wildcard.Pattern // a variable alone stands for a whole ARN
}

// CompileComponents compiles a policy value. Variables may stand in every
// component, and one alone may stand for a whole ARN. A value that is neither
// that nor six components beginning with "arn:" is an error, whose text says what
// is wrong without repeating the value.
func CompileComponents(tokens []wildcard.Token) (Components, error) {
	if len(tokens) == 1 && tokens[0].Kind == wildcard.Hole {
		whole := wildcard.Compile(tokens)
		return Components{whole: &whole}, nil
	}
	fields := splitFields(tokens)
	if len(fields) < arnFields {
		return Components{}, errors.New("expected the six components of an ARN, arn:partition:service:region:account:resource, got " + strconv.Itoa(len(fields)))
	}
	if !isLiteral(fields[0], "arn") {
		return Components{}, errors.New(`expected an ARN, which begins with "arn:"`)
	}
	c := Components{parts: new([arnFields]wildcard.Pattern)}
	for i, field := range fields {
		c.parts[i] = wildcard.Compile(field)
	}
	return c, nil
}

// Match reports whether a value of the request matches. isARN reports whether the
// value is an ARN of six components at all; if not, matched is false.
func (c Components) Match(text string, fills []string) (matched, isARN bool) {
	var parts [arnFields]string
	if !splitName(text, &parts) {
		return false, false
	}
	if c.whole != nil {
		return c.whole.Match(text, fills), true
	}
	if c.parts == nil {
		return false, true
	}
	for i := range parts {
		if !c.parts[i].Match(parts[i], fills) {
			return false, true
		}
	}
	return true, true
}

// splitName cuts a value at its first five colons.
func splitName(text string, parts *[arnFields]string) bool {
	if !strings.HasPrefix(text, scheme) {
		return false
	}
	for i := range arnFields - 1 {
		field, after, ok := strings.Cut(text, ":")
		if !ok {
			return false
		}
		parts[i], text = field, after
	}
	parts[arnFields-1] = text
	return true
}
