package pdp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// dialectFits checks what Decode has seen to already, for documents made by hand: a
// policy holds what its dialect says, and nothing else that would be lost.
func (p *Policy) dialectFits() bool {
	switch p.Dialect {
	case DialectIAM:
		return p.FirstMatch == nil
	case DialectRIAM:
		return p.FirstMatch == nil && !p.Resource
	case DialectAllowMe:
		return p.FirstMatch != nil && !p.Resource && len(p.Statements) == 0
	}
	return false
}

// firstMatch compiles an allow-me document.
func (c *compiler) firstMatch(p *Policy) *firstMatch {
	f := p.FirstMatch
	matcher := matcherOf(f.Matcher.Text, c.matchers)
	if matcher == nil {
		c.errorf(f.Matcher.Place, ruleUnknownMatcher, `no matcher is called %q; expected "equals", "starts_with" or "glob"`, f.Matcher.Text)
	}
	if len(f.Statements) == 0 {
		c.errorf(f.Place, ruleMissingStatement, "%q has no statements", p.Name)
	}
	m := firstMatchCompiler{matcher: matcher, variables: c.variables, canonical: c.aliasesSoFar()}
	compiled := &firstMatch{statements: make([]matchStatement, len(f.Statements))}
	names := make([]statement, len(f.Statements))
	for i := range f.Statements {
		s := &f.Statements[i]
		m.shape(s)
		compiled.statements[i] = m.statement(s)
		names[i] = *named(&StatementRef{Policy: p.Name, Index: s.Index, Effect: s.Effect, File: s.Place.File, Line: s.Place.Line})
		compiled.statements[i].name = &names[i]
	}
	if f.DefaultAllow {
		at := f.DefaultPlace
		compiled.fallback = named(&StatementRef{Policy: p.Name, Sid: "default", Index: len(f.Statements), Effect: Allow, File: at.File, Line: at.Line})
	}
	for _, key := range m.keys {
		c.needs[key] = true
	}
	c.problems = append(c.problems, m.problems...)
	c.e.counts.Statements += len(f.Statements)
	return compiled
}

// aliasesSoFar returns the canonical ids of the users' aliases. The directory is
// compiled, and its names are checked, after the policies.
func (c *compiler) aliasesSoFar() map[string]string {
	if c.userAliases != nil {
		return c.userAliases
	}
	c.userAliases = map[string]string{}
	for _, doc := range c.docs {
		if doc.Directory == nil {
			continue
		}
		for i := range doc.Directory.Users {
			for _, alias := range doc.Directory.Users[i].Aliases {
				c.userAliases[alias.Text] = doc.Directory.Users[i].ID.Text
			}
		}
	}
	return c.userAliases
}

// A firstMatchCompiler compiles the statements of one allow-me document. Decode
// uses it too, with less, to find what is wrong with a document by itself.
type firstMatchCompiler struct {
	matcher   CompileMatcher          // nil: resources are only read
	variables map[string]VariableFunc // of the program, by folded name
	canonical map[string]string       // aliases
	keys      []string                // folded; that the texts ask for
	problems  []*strictjson.Error
}

func (c *firstMatchCompiler) refuse(at strictjson.Place, rule, format string, args ...any) {
	c.problems = append(c.problems, &strictjson.Error{Place: at, Rule: rule, Reason: fmt.Sprintf(format, args...)})
}

// shape checks what Decode has seen to already, for documents made by hand.
func (c *firstMatchCompiler) shape(s *FirstMatchStatement) {
	switch {
	case s.Effect != Allow && s.Effect != Deny:
		c.refuse(s.Place, ruleInvalidEffect, "statement %d neither allows nor denies", s.Index)
	case len(s.Identities) == 0:
		c.refuse(s.Place, ruleMissingIdentity, "statement %d has no identities", s.Index)
	case len(s.Operations) == 0:
		c.refuse(s.Place, ruleMissingOperation, "statement %d has no operations", s.Index)
	}
}

func (c *firstMatchCompiler) statement(s *FirstMatchStatement) matchStatement {
	m := matchStatement{effect: s.Effect}
	for _, t := range s.Identities {
		c.identity(t, &m)
	}
	for _, t := range s.Operations {
		c.operation(t, &m)
	}
	for _, t := range s.Resources {
		c.resource(t, &m)
	}
	if len(s.Resources) == 0 && c.matcher != nil {
		if matcher, err := c.matcher(nil); err != nil {
			c.refuse(s.Place, ruleMissingResource, "statement %d has no resources: %v", s.Index, err)
		} else {
			m.resources.texts = []matchText{{Matcher: matcher}}
		}
	}
	return m
}

func (c *firstMatchCompiler) identity(t Text, m *matchStatement) {
	b, ok := c.parse(t, nameIdentity, "identity")
	switch {
	case !ok:
	case b.alone(nameAny), b.alone(nameIdentity):
		m.identities.any = true
	case b.alone(nameAnonymous):
		m.anonymous = true
	case b.has(nameOperation), b.has(nameAnonymous):
		c.refuse(t.Place, ruleInvalidVariable, "identity %.80q: the name of an operation is nobody's id, and {{anonymous}} stands alone", t.Text)
	case strings.ContainsAny(t.Text, "*?"):
		c.refuse(t.Place, ruleInvalidIdentity, "identity %.80q holds a wildcard; identities are compared exactly, and {{any}} is everybody", t.Text)
	case len(b.names) > 0:
		m.identities.add(wildcard.Compile(b.tokens), c.holes(t, b))
	default:
		if why := checkDocumentID(t.Text); why != "" {
			c.refuse(t.Place, ruleInvalidIdentity, "%s", why)
			return
		}
		id := t.Text
		if canonical, alias := c.canonical[id]; alias {
			id = canonical
		}
		m.identities.add(wildcard.Compile([]wildcard.Token{{Text: id}}), nil)
	}
}

// operation compiles an operation, which is an action and folds like one.
func (c *firstMatchCompiler) operation(t Text, m *matchStatement) {
	b, ok := c.parse(t, nameOperation, "operation")
	switch {
	case !ok:
	case b.alone(nameAny), b.alone(nameOperation):
		m.operations.any = true
	case b.has(nameAnonymous):
		c.refuse(t.Place, ruleInvalidVariable, "operation %.80q: {{anonymous}} stands in identities only", t.Text)
	case strings.ContainsAny(t.Text, "*?"):
		c.refuse(t.Place, ruleInvalidAction, "operation %.80q holds a wildcard; operations are compared whole, and {{any}} is every one", t.Text)
	case len(b.names) == 0 && checkAction(t.Text) != "":
		c.refuse(t.Place, ruleInvalidAction, "operation: %s", checkAction(t.Text))
	default:
		m.operations.add(wildcard.CompileFold(b.tokens), c.holes(t, b))
	}
}

func (c *firstMatchCompiler) resource(t Text, m *matchStatement) {
	b, ok := c.parse(t, "", "resource")
	switch {
	case !ok:
	case b.alone(nameAny):
		m.resources.any = true
	case b.has(nameAnonymous):
		c.refuse(t.Place, ruleInvalidVariable, "resource %.80q: {{anonymous}} stands in identities only", t.Text)
	case c.matcher != nil:
		matcher, err := c.matcher(b.tokens)
		if err != nil {
			c.refuse(t.Place, ruleInvalidResource, "resource %.80q %v", t.Text, err)
			return
		}
		m.resources.add(matcher, c.holes(t, b))
	}
}

// parse reads a text. A variable that is the request's value of this very field
// must stand alone: with anything beside it, it could never match.
func (c *firstMatchCompiler) parse(t Text, own, what string) (bracedText, bool) {
	b, why := parseBraced(t.Text)
	switch {
	case why != "":
		c.refuse(t.Place, ruleInvalidVariable, "%s %.80q %s", what, t.Text, why)
		return b, false
	case t.Text == "":
		c.refuse(t.Place, ruleEmptyString, "%s is an empty string", what)
		return b, false
	}
	for _, name := range b.names {
		if (name == nameAny || name == own) && !b.alone(name) {
			c.refuse(t.Place, ruleInvalidVariable, "%s %.80q could never match: {{%s}} is the whole %s of the request; expected it alone", what, t.Text, name, what)
			return b, false
		}
	}
	return b, true
}

// holes compiles the variables of a text.
func (c *firstMatchCompiler) holes(t Text, b bracedText) []hole {
	var holes []hole
	for _, name := range b.names {
		h := hole{name: name, custom: c.variables[name]}
		if h.custom != nil {
			name = "x" // the template only reads the value
		} else if !ownVariable(name) {
			c.keys = append(c.keys, name)
		}
		var problems []*strictjson.Error
		if h.template, problems = conditions.ParseTemplate("${"+name+"}", t.Place, true); len(problems) > 0 {
			c.refuse(t.Place, ruleInvalidVariable, "%.80q: %q is no key that a request can have", t.Text, name)
		}
		holes = append(holes, h)
	}
	return holes
}

// bracedKeys checks the keys that allow-me's texts ask for against a schema.
func (k *checker) bracedKeys(s *declaration, f *FirstMatch) {
	for i := range f.Statements {
		st := &f.Statements[i]
		for _, t := range slices.Concat(st.Identities, st.Operations, st.Resources) {
			b, _ := parseBraced(t.Text) // what is wrong with it is reported with the statement
			for _, name := range b.names {
				_, declared := s.key(name)
				if !declared && !ownVariable(name) && k.c.variables[name] == nil {
					k.undeclared(name, t.Place)
				}
			}
		}
	}
}
