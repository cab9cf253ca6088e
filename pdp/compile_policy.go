package pdp

import (
	"fmt"
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
	c.linker = newLinker(&c.e.corpus, c.e.counts.Statements)
	for _, p := range c.sources {
		if p.Resource {
			c.e.resource = append(c.e.resource, c.statements(p.Policy, LayerResource))
			continue
		}
		p.number = int32(len(c.e.identity))
		if p.Dialect == DialectAllowMe {
			c.e.speaking = append(c.e.speaking, int32(len(c.e.corpus.statements)))
			c.e.identity = append(c.e.identity, c.linker.linkDocument(p.Policy, c.firstMatch(p.Policy)))
			continue
		}
		c.e.identity = append(c.e.identity, c.statements(p.Policy, LayerIdentity))
	}
}

func (c *compiler) policy(p *Policy) {
	if first, dup := c.byName[p.Name]; dup {
		c.errorf(p.Place, ruleDuplicate, "policy %q is at %s too", p.Name, first.Place)
		return
	}
	if !p.dialectFits() {
		c.errorf(p.Place, ruleMixedDocument, "policy %q is not of the dialect that it says", p.Name)
		return
	}
	s := &source{Policy: p}
	c.byName[p.Name] = s
	c.sources = append(c.sources, s)
	c.e.counts.Policies++
	c.e.counts.Statements += p.size()
}

func (c *compiler) inline(dir *Directory) {
	each := func(refs ...PolicyRef) {
		for _, r := range refs {
			if r.Inline != nil {
				c.policy(r.Inline)
			}
		}
	}
	one := func(r *PolicyRef) {
		if r != nil {
			each(*r)
		}
	}
	for i := range dir.Tenants {
		each(dir.Tenants[i].Guardrails...)
	}
	for i := range dir.Users {
		each(dir.Users[i].Policies...)
		one(dir.Users[i].Boundary)
	}
	for i := range dir.Groups {
		each(dir.Groups[i].Policies...)
	}
	for i := range dir.Roles {
		each(dir.Roles[i].Policies...)
		one(dir.Roles[i].Boundary)
	}
}

// statements compiles a policy for the layer that it is written for.
func (c *compiler) statements(p *Policy, layer Layer) policy {
	if p.linked != nil {
		linked := c.linker.relink(p.linked)
		c.needed(&linked)
		return linked
	}
	for i := range p.Statements {
		c.checkShape(p, &p.Statements[i], layer)
	}
	compiled, problems := c.compiled(p)
	c.problems = append(c.problems, problems...)
	linked := c.linker.link(p, compiled)
	linked.alone = layer == LayerIdentity && p.standsAlone(compiled)
	c.needed(&linked)
	return linked
}

// needed notes the keys that a policy asks for.
func (c *compiler) needed(p *policy) {
	for n := p.from; n < p.to; n++ {
		s := &p.of.statements[n]
		for _, k := range s.conditions.Keys() {
			c.needs[k] = true
		}
		for _, r := range p.of.numbers(&s.resources) {
			if t := p.of.resources[r].template; t != nil {
				for _, k := range t.Keys() {
					c.needs[k] = true
				}
			}
		}
	}
}

// checkShape checks what Decode has seen to already, for documents made by hand:
// a statement without an element would silently never apply, or always.
func (c *compiler) checkShape(p *Policy, s *Statement, layer Layer) {
	named := s.Principal != nil || s.NotPrincipal != nil
	resources, notResources := len(s.Resources) > 0, len(s.NotResources) > 0
	switch {
	case s.Effect != Allow && s.Effect != Deny:
		c.errorf(s.Place, ruleInvalidEffect, "statement %d of %q neither allows nor denies", s.Index, p.Name)
	case (len(s.Actions) == 0) == (len(s.NotActions) == 0):
		c.errorf(s.Place, ruleMissingAction, "statement %d of %q needs exactly one of Action and NotAction", s.Index, p.Name)
	case layer == LayerTrust && (resources || notResources):
		c.errorf(s.Place, ruleInvalidElement, "statement %d of %q has a Resource: the resource of a trust policy is its role", s.Index, p.Name)
	case layer != LayerTrust && resources == notResources:
		c.errorf(s.Place, ruleMissingResource, "statement %d of %q needs exactly one of Resource and NotResource", s.Index, p.Name)
	case s.Principal != nil && s.NotPrincipal != nil, s.NotPrincipal != nil && s.Effect == Allow:
		c.errorf(s.Place, ruleElementCombination, "statement %d of %q has a NotPrincipal beside a Principal or with Allow", s.Index, p.Name)
	case named != (layer == LayerResource || layer == LayerTrust):
		c.errorf(s.Place, ruleMissingPrincipal, "statement %d of %q: all statements of a resource or trust policy have a Principal, and none of another policy", s.Index, p.Name)
	}
}

// attach resolves a list of policies to their numbers, and marks them attached.
func (c *compiler) attach(refs []PolicyRef) []int32 { return c.attachAs(refs, LayerIdentity) }

// attachAs is attach for any of the layers whose policies have no principals.
func (c *compiler) attachAs(refs []PolicyRef, layer Layer) []int32 {
	var list []int32
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
		case p.Dialect == DialectAllowMe && layer != LayerIdentity:
			c.errorf(r.Name.Place, ruleUnsupportedDialect, "%q is an allow-me policy, which cannot limit anybody; expected a policy of IAM's dialect", name)
		case p.Dialect == DialectAllowMe && !p.FirstMatch.DefaultAllow:
			c.errorf(r.Name.Place, ruleUnsupportedDialect, "%q is an allow-me policy, which speaks for those whom its identities name; only the default of one that allows by default is attached", name)
		default:
			p.attached = true
			list = append(list, p.number)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// boundary resolves a permissions boundary; nil is none. One that is missing fails
// the bundle.
func (c *compiler) boundary(ref *PolicyRef) *policy {
	if ref == nil {
		return nil
	}
	for _, n := range c.attachAs([]PolicyRef{*ref}, LayerBoundary) {
		return c.limiting(n)
	}
	return nil
}

// limiting returns a policy that is asked by itself.
func (c *compiler) limiting(n int32) *policy {
	p := &c.e.identity[n]
	if p.block == nil && p.to-p.from > fewAlike {
		p.block = c.block([]int32{n})
	}
	return p
}

// trustOf is the trust policy of a role whose principals are still names.
type trustOf struct {
	compiled *policy
	source   *Policy
}

// principals compiles the principals of resource and trust policies, for which the
// aliases of the directory must be known.
func (c *compiler) principals() {
	of := func(p *policy, source *Policy) {
		for i := range source.Statements {
			p.of.statements[int(p.from)+i].principals = int32(len(p.of.principals))
			p.of.principals = append(p.of.principals, c.compilePrincipals(&source.Statements[i]))
		}
	}
	for i := range c.e.resource {
		of(&c.e.resource[i], c.byName[c.e.resource[i].name].Policy)
	}
	for _, t := range c.trusts {
		of(t.compiled, t.source)
		c.aliasesOf(t.source)
	}
	c.e.needs = slices.Sorted(maps.Keys(c.needs))
}

// compileInline compiles a policy that came with a request, or says why it cannot.
func (e *Engine) compileInline(p *Policy) (*policy, string) {
	if p.Resource || p.Dialect != DialectIAM || p.FirstMatch != nil {
		return nil, fmt.Sprintf("%.80q cannot limit a session; expected an identity policy of IAM's dialect", p.Name)
	}
	c := &compiler{e: e, environment: e.environment, needs: map[string]bool{}, linker: newLinker(new(corpus), len(p.Statements))}
	compiled := c.statements(p, LayerSession)
	c.aliasesOf(p)
	c.sessionPolicy(p)
	if len(c.problems) > 0 {
		return nil, c.problems[0].Error()
	}
	if compiled.from == compiled.to {
		return nil, fmt.Sprintf("%.80q has no statement", p.Name)
	}
	return &compiled, ""
}

// aliases refuses conditions that compare an alias with a key that only ever
// holds canonical ids: the comparison could never hold.
func (c *compiler) aliases() {
	for _, p := range c.sources {
		c.aliasesOf(p.Policy)
	}
}

func (c *compiler) aliasesOf(p *Policy) {
	for i := range p.Statements {
		for _, clause := range p.Statements[i].Conditions {
			key := conditions.Fold(clause.Key)
			if holdsPrincipals(key) {
				c.aliasValues(clause, c.e.aliases)
			}
			if holdsTenants(key) {
				c.aliasValues(clause, c.e.tenantAliases)
			}
		}
	}
}

// holdsIDs reports whether a key only ever holds canonical ids.
func holdsIDs(key string) bool { return holdsPrincipals(key) || holdsTenants(key) }

func holdsPrincipals(key string) bool {
	return key == "aws:principalarn" || key == "aws:principalaccount"
}

func holdsTenants(key string) bool {
	switch key {
	case "aws:principalaccount", "aws:resourceaccount", "wami:tenantid", "wami:principaltenantid",
		"wami:resourcetenantid", "wami:parenttenantid", "wami:roottenantid":
		return true
	}
	return false
}

func (c *compiler) aliasValues(clause conditions.Clause, aliases map[string]string) {
	for _, v := range clause.Values {
		if id, ok := aliases[v.Text]; ok {
			c.errorf(v.Place, ruleAliasInCondition, "%q is an alias, and %s only ever holds canonical ids; expected %q", v.Text, clause.Key, id)
		}
	}
}
