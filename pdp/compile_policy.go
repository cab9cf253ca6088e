package pdp

import (
	"maps"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
)

// policies gathers all policies, inline ones too, and compiles all of their
// statements but the principals.
func (c *compiler) policies() {
	for _, doc := range c.docs {
		if doc.Policy != nil {
			c.policy(doc.Policy)
		}
		if doc.Directory != nil {
			c.inline(doc.Directory)
		}
	}
	slices.SortFunc(c.sources, func(a, b *source) int { return strings.Compare(a.Name, b.Name) })
	for _, p := range c.sources {
		compiled := c.statements(p.Policy)
		if p.Resource {
			c.e.resource = append(c.e.resource, compiled)
			continue
		}
		p.number = int32(len(c.e.identity))
		c.e.identity = append(c.e.identity, compiled)
	}
	c.e.needs = slices.Sorted(maps.Keys(c.needs))
}

func (c *compiler) policy(p *Policy) {
	if first, dup := c.byName[p.Name]; dup {
		c.errorf(p.Place, ruleDuplicate, "policy %q is at %s too", p.Name, first.Place)
		return
	}
	s := &source{Policy: p}
	c.byName[p.Name] = s
	c.sources = append(c.sources, s)
	c.e.counts.Policies++
	c.e.counts.Statements += len(p.Statements)
}

func (c *compiler) inline(dir *Directory) {
	each := func(refs []PolicyRef) {
		for _, r := range refs {
			if r.Inline != nil {
				c.policy(r.Inline)
			}
		}
	}
	for i := range dir.Users {
		each(dir.Users[i].Policies)
	}
	for i := range dir.Groups {
		each(dir.Groups[i].Policies)
	}
	for i := range dir.Roles {
		each(dir.Roles[i].Policies)
	}
}

func (c *compiler) statements(p *Policy) policy {
	layer := LayerIdentity
	if p.Resource {
		layer = LayerResource
	}
	compiled := policy{name: p.Name, statements: make([]statement, len(p.Statements))}
	refs := make([]StatementRef, len(p.Statements))
	for i := range p.Statements {
		s := &p.Statements[i]
		c.checkShape(p, s)
		st, problems := compileStatement(p, s)
		c.problems = append(c.problems, problems...)
		refs[i] = StatementRef{
			Policy: p.Name, Sid: s.Sid, Index: s.Index, Effect: s.Effect, Layer: layer,
			File: s.Place.File, Line: s.Place.Line,
		}
		st.ref = &refs[i]
		for _, k := range st.conditions.Keys() {
			c.needs[k] = true
		}
		for j := range st.resources {
			if t := st.resources[j].template; t != nil {
				for _, k := range t.Keys() {
					c.needs[k] = true
				}
			}
		}
		compiled.statements[i] = st
	}
	return compiled
}

// checkShape checks what Decode has seen to already, for documents made by hand:
// a statement without an element would silently never apply, or always.
func (c *compiler) checkShape(p *Policy, s *Statement) {
	named := s.Principal != nil || s.NotPrincipal != nil
	switch {
	case s.Effect != Allow && s.Effect != Deny:
		c.errorf(s.Place, ruleInvalidEffect, "statement %d of %q neither allows nor denies", s.Index, p.Name)
	case (len(s.Actions) == 0) == (len(s.NotActions) == 0):
		c.errorf(s.Place, ruleMissingAction, "statement %d of %q needs exactly one of Action and NotAction", s.Index, p.Name)
	case (len(s.Resources) == 0) == (len(s.NotResources) == 0):
		c.errorf(s.Place, ruleMissingResource, "statement %d of %q needs exactly one of Resource and NotResource", s.Index, p.Name)
	case s.Principal != nil && s.NotPrincipal != nil, s.NotPrincipal != nil && s.Effect == Allow:
		c.errorf(s.Place, ruleElementCombination, "statement %d of %q has a NotPrincipal beside a Principal or with Allow", s.Index, p.Name)
	case named != p.Resource:
		c.errorf(s.Place, ruleMissingPrincipal, "statement %d of %q: all statements of a resource policy have a Principal, and none of an identity policy", s.Index, p.Name)
	}
}

// attach resolves a list of policies to their numbers, and marks them attached.
func (c *compiler) attach(refs []PolicyRef) []int32 {
	var numbers []int32
	for _, r := range refs {
		name := r.Name.Text
		if r.Inline != nil {
			name = r.Inline.Name
		}
		switch p, ok := c.byName[name]; {
		case !ok:
			c.errorf(r.Name.Place, ruleMissingPolicy, "no document is the policy %q%s", name, c.nearName(name))
		case p.Resource:
			c.errorf(r.Name.Place, ruleUnsupportedPrinc, "%q is a resource policy: its statements say themselves whom they are for, and it cannot be attached", name)
		default:
			p.attached = true
			numbers = append(numbers, p.number)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// resourcePolicies compiles the principals of resource policies, for which the
// aliases of the directory must be known.
func (c *compiler) resourcePolicies() {
	canonical := func(id string) string {
		if to, ok := c.e.aliases[id]; ok {
			return to
		}
		return id
	}
	for i := range c.e.resource {
		p := &c.e.resource[i]
		source := c.byName[p.name]
		for j := range p.statements {
			p.statements[j].principals = c.e.roster.compilePrincipals(&source.Statements[j], canonical)
		}
	}
}

// aliases refuses conditions that compare an alias with a key that only ever
// holds canonical ids: the comparison could never hold.
func (c *compiler) aliases() {
	for _, p := range c.sources {
		for i := range p.Statements {
			for _, clause := range p.Statements[i].Conditions {
				switch conditions.Fold(clause.Key) {
				case "aws:principalarn", "aws:principalaccount":
					c.aliasValues(clause)
				}
			}
		}
	}
}

func (c *compiler) aliasValues(clause conditions.Clause) {
	for _, v := range clause.Values {
		if id, ok := c.e.aliases[v.Text]; ok {
			c.errorf(v.Place, ruleAliasInCondition, "%q is an alias, and %s only ever holds canonical ids; expected %q", v.Text, clause.Key, id)
		}
	}
}
