package pdp

import (
	"fmt"
	"maps"
	"slices"

	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Extensions are ways in which a program that embeds the engine adds to the
// documents' language. The server has none: what a bundle means there is in the
// bundle. The zero Extensions add nothing.
//
// Matchers and variables are asked on the request path: they must be quick, safe
// for concurrent use, always answer the same, keep nothing, and never panic.
type Extensions struct {
	// Matchers are ways of comparing resources that an allow-me document may name
	// as its "matcher", beside equals, starts_with and glob.
	Matchers map[string]CompileMatcher
	// Variables answer {{name}} in allow-me documents. A name that stands here is
	// never looked up in the request's context; names fold ASCII case.
	Variables map[string]VariableFunc
	// Validators look at every document of a bundle before it is compiled. Each
	// problem that one reports refuses the bundle.
	Validators []Validator
}

// A CompileMatcher compiles one resource of a statement when the bundle is loaded.
// The pattern's tokens are what the author wrote, as wildcard.Literal with stars and
// all, and a wildcard.Hole for each variable; there are none for a statement without
// resources. An error refuses the bundle; it need not repeat the pattern.
type CompileMatcher func(pattern []wildcard.Token) (Matcher, error)

// A Matcher reports whether a resource matches. fills[i] is what the request put
// into hole i; it must be taken literally. wildcard.Pattern is a Matcher.
//
// A resource with "." or ".." segments is shown to it twice, as it is and without
// them: it matches if both do, and is unknown if only one does.
type Matcher interface {
	Match(resource string, fills []string) bool
}

// A VariableFunc returns the value of a variable. As with a context key, an absent
// value, several values, "", "." and ".." match nothing, and what is incomplete or
// unreadable makes the match unknown: then a deny applies and an allow does not.
type VariableFunc func(Asked) conditions.Value

// Asked is what a variable may depend on.
type Asked struct {
	Principal string // the canonical id; "" is anonymous
	Action    string
	Resource  string
	// Context has the request's keys and the engine's own, by folded names. It may
	// be used during the call only.
	Context conditions.Source
}

// A Validator returns what is wrong with a document, each problem with its place.
type Validator func(*Document) []*strictjson.Error

// extensions checks what the program adds, and lets its validators see the bundle.
func (c *compiler) extensions(x *Extensions) {
	bad := func(format string, args ...any) {
		c.errorf(strictjson.Place{}, ruleInvalidOption, format, args...)
	}
	for _, name := range slices.Sorted(maps.Keys(x.Matchers)) {
		switch {
		case name == "" || builtinMatcher(name) != nil:
			bad("Extensions.Matchers[%q]: the name is MayI's own", name)
		case x.Matchers[name] == nil:
			bad("Extensions.Matchers[%q] is nil", name)
		}
	}
	c.matchers = x.Matchers
	c.variables = make(map[string]VariableFunc, len(x.Variables))
	for _, name := range slices.Sorted(maps.Keys(x.Variables)) {
		why := checkVariableName(name)
		folded := conditions.Fold(name)
		switch _, dup := c.variables[folded]; {
		case why != "":
			bad("Extensions.Variables[%q]: it %s", name, why)
		case ownVariable(folded):
			bad("Extensions.Variables[%q]: the name is MayI's own", name)
		case dup:
			bad("Extensions.Variables[%q]: another name differs only in case", name)
		case x.Variables[name] == nil:
			bad("Extensions.Variables[%q] is nil", name)
		}
		c.variables[folded] = x.Variables[name]
	}
	for i, validate := range x.Validators {
		if validate == nil {
			bad("Extensions.Validators[%d] is nil", i)
			continue
		}
		for _, doc := range c.docs {
			c.problems = append(c.problems, validate(doc)...)
		}
	}
}

// matcherOf returns the matcher of a name, nil if there is none.
func matcherOf(name string, more map[string]CompileMatcher) CompileMatcher {
	if m := builtinMatcher(name); m != nil {
		return m
	}
	return more[name]
}

// builtinMatcher returns one of MayI's own: a text is compared as it stands, is a
// prefix, or a glob, in which "*" crosses everything and "?" is one character.
func builtinMatcher(name string) CompileMatcher {
	switch name {
	case "", "equals":
		return func(pattern []wildcard.Token) (Matcher, error) {
			if len(pattern) == 0 {
				return nothingInParticular, nil
			}
			return wildcard.Compile(pattern), refuseStar(pattern, "equals")
		}
	case "starts_with":
		return func(pattern []wildcard.Token) (Matcher, error) {
			return wildcard.Compile(append(slices.Clone(pattern), wildcard.Token{Kind: wildcard.Any})), refuseStar(pattern, "starts_with")
		}
	case "glob":
		return func(pattern []wildcard.Token) (Matcher, error) {
			if len(pattern) == 0 {
				return nothingInParticular, nil
			}
			return wildcard.Compile(globTokens(pattern)), nil
		}
	}
	return nil
}

// nothingInParticular is what a statement without resources means where texts are
// compared whole: the resource of an action that acts on none, which is "*".
var nothingInParticular = wildcard.Compile([]wildcard.Token{{Text: "*"}})

// globTokens reads the wildcards of what the author wrote.
func globTokens(pattern []wildcard.Token) []wildcard.Token {
	var tokens []wildcard.Token
	for _, t := range pattern {
		if t.Kind == wildcard.Literal {
			tokens = append(tokens, wildcard.Tokens(t.Text)...)
		} else {
			tokens = append(tokens, t)
		}
	}
	return tokens
}

// refuseStar refuses a star where it would be compared as a star, for that is not
// what its author meant: a deny of "/secret/*" would deny next to nothing.
func refuseStar(pattern []wildcard.Token, matcher string) error {
	for _, t := range pattern {
		for _, w := range wildcard.Tokens(t.Text) {
			if w.Kind == wildcard.Any {
				return fmt.Errorf(`holds "*", which the matcher %s compares as it stands; use the matcher glob, or {{any}}`, matcher)
			}
		}
	}
	return nil
}
