package pdp

import (
	"strings"

	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A declaration is the schemas of all documents together. What is nil is not
// declared, and restricts nothing.
type declaration struct {
	actions map[string]Text // by folded name
	types   map[string]Text
	keys    map[string]SchemaKey // by folded name; one that ends in "/" is a family

	covered   map[string]bool                 // patterns of actions that were asked already
	operators map[string]conditions.ValueType // what they read, by name
}

// schema holds policies, routes and resources to what the schema declares: a name
// that it does not know is one that somebody misspelt. It returns what is declared.
func (k *checker) schema() *declaration {
	s := declaration{covered: make(map[string]bool), operators: make(map[string]conditions.ValueType)}
	for _, op := range conditions.Operators() {
		s.operators[op.Name] = op.Type
	}
	for _, doc := range k.c.docs {
		if doc.Schema != nil {
			k.merge(&s, doc.Schema)
		}
	}
	if s.actions != nil || s.keys != nil {
		k.texts()
	}
	if s.actions != nil {
		for _, p := range k.c.sources {
			k.policyActions(&s, p.Policy)
		}
		k.routeActions(&s)
	}
	if s.types != nil {
		k.resourceTypes(&s)
	}
	if s.keys != nil {
		for p := range k.allPolicies() {
			k.policyKeys(&s, p)
		}
		k.routeKeys(&s)
	}
	s.covered = nil
	return &s
}

// sessionPolicy holds a policy that came with a request to what the bundle declares.
func (c *compiler) sessionPolicy(p *Policy) {
	s := *c.e.declared // which other requests read, too
	s.covered = make(map[string]bool)
	k := &checker{c: c}
	if s.actions != nil {
		k.policyActions(&s, p)
	}
	if s.keys != nil {
		k.policyKeys(&s, p)
	}
}

// texts refuses documents without any, which no schema can be held against.
func (k *checker) texts() {
	for _, p := range k.c.sources {
		if p.linked != nil {
			k.c.errorf(p.Place, ruleNotSupported, "the policy %q is only known as it was compiled, and the bundle has a schema; expected its text", p.Name)
		}
	}
}

// merge adds one schema document to what the others declare.
func (k *checker) merge(s *declaration, doc *Schema) {
	if doc.Actions != nil && s.actions == nil {
		s.actions = make(map[string]Text)
	}
	if doc.ResourceTypes != nil && s.types == nil {
		s.types = make(map[string]Text)
	}
	if doc.Context != nil && s.keys == nil {
		s.keys = make(map[string]SchemaKey)
	}
	twice := func(name Text, first strictjson.Place, dup bool) {
		if dup {
			k.c.errorf(name.Place, ruleDuplicate, "%q is declared at %s too", name.Text, first)
		}
	}
	for _, a := range doc.Actions {
		folded := conditions.Fold(a.Name.Text)
		first, dup := s.actions[folded]
		twice(a.Name, first.Place, dup)
		s.actions[folded] = a.Name
		k.word(a.Access, "access", accesses[:])
	}
	for _, t := range doc.ResourceTypes {
		first, dup := s.types[t.Text]
		twice(t, first.Place, dup)
		s.types[t.Text] = t
	}
	for _, key := range doc.Context {
		folded := conditions.Fold(key.Name.Text)
		first, dup := s.keys[folded]
		twice(key.Name, first.Name.Place, dup)
		s.keys[folded] = key
		k.word(key.Type, "type", keyTypes[:])
	}
}

// policyActions checks that every action and pattern of the policy covers a declared
// action. Trust policies are about sts alone, and need no declaration.
func (k *checker) policyActions(s *declaration, p *Policy) {
	for i := range p.Statements {
		for _, list := range [...][]Text{p.Statements[i].Actions, p.Statements[i].NotActions} {
			for _, t := range list {
				if !s.covers(t.Text) {
					k.c.errorf(t.Place, ruleUndeclaredAction, "%q is none of the schema's actions, nor a pattern of any", t.Text)
				}
			}
		}
	}
	if p.FirstMatch != nil {
		k.operations(s, p.FirstMatch)
	}
}

// operations checks those of allow-me's that hold no variable.
func (k *checker) operations(s *declaration, p *FirstMatch) {
	for i := range p.Statements {
		for _, t := range p.Statements[i].Operations {
			if !strings.Contains(t.Text, "{{") && !s.covers(t.Text) {
				k.c.errorf(t.Place, ruleUndeclaredAction, "%q is none of the schema's actions", t.Text)
			}
		}
	}
}

// covers reports whether the pattern matches a declared action.
func (s *declaration) covers(pattern string) bool {
	covered, asked := s.covered[pattern]
	if !asked {
		covered = s.matches(pattern)
		s.covered[pattern] = covered
	}
	return covered
}

func (s *declaration) matches(pattern string) bool {
	if _, ok := s.actions[conditions.Fold(pattern)]; ok {
		return true
	}
	if !strings.ContainsAny(pattern, "*?") {
		return false
	}
	compiled := wildcard.CompileFold(wildcard.Tokens(pattern))
	for _, a := range s.actions {
		if compiled.Match(a.Text, nil) {
			return true
		}
	}
	return false
}

// routeActions checks the actions that routes say. What a request fills in may be
// anything.
func (k *checker) routeActions(s *declaration) {
	for _, doc := range k.c.docs {
		if doc.Routes == nil {
			continue
		}
		for i := range doc.Routes.Routes {
			r := &doc.Routes.Routes[i]
			if r.Action != "" && !s.covers(anyVariable(r.Action)) {
				k.c.errorf(r.Place, ruleUndeclaredAction, "the route's action %q is none of the schema's actions", r.Action)
			}
		}
	}
}

// anyVariable puts "*" in the place of every {variable} of a route's action.
func anyVariable(action string) string {
	for {
		before, rest, ok := strings.Cut(action, "{")
		_, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return action
		}
		action = before + "*" + after
	}
}

// resourceTypes checks the types of known resources, and those that actions of the
// schema itself are about.
func (k *checker) resourceTypes(s *declaration) {
	declared := func(t Text) {
		if _, ok := s.types[t.Text]; t.Text != "" && !ok {
			k.c.errorf(t.Place, ruleUndeclaredType, "%q is none of the schema's resource types", t.Text)
		}
	}
	for _, doc := range k.c.docs {
		if doc.Resources != nil {
			for i := range doc.Resources.Resources {
				declared(doc.Resources.Resources[i].Type)
			}
		}
		if doc.Schema != nil {
			for i := range doc.Schema.Actions {
				for _, t := range doc.Schema.Actions[i].ResourceTypes {
					declared(t)
				}
			}
		}
	}
}
