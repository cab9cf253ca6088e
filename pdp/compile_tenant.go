package pdp

import (
	"slices"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
)

// tenants compiles the tenants of all documents, before anything that refers to
// them.
func (c *compiler) tenants() {
	var declared []*Tenant
	for _, doc := range c.docs {
		if dir := doc.Directory; dir != nil {
			c.e.declaresTenants = c.e.declaresTenants || dir.Tenants != nil
			for i := range dir.Tenants {
				declared = append(declared, &dir.Tenants[i])
			}
		}
	}
	for _, t := range declared {
		c.tenant(t)
	}
	c.e.counts.Tenants = len(declared)
	for _, t := range declared {
		c.adopt(t)
	}
	for _, t := range declared {
		c.inherit(c.e.tenants[t.ID.Text])
	}
}

// tenant compiles what a tenant says itself.
func (c *compiler) tenant(t *Tenant) {
	id := t.ID.Text
	if c.e.tenants[id] != nil || id == "" || id == shared {
		c.backstop(t.ID.Place, ruleDuplicateID, "tenant %q: the id is taken", id)
		return
	}
	for _, alias := range t.Aliases {
		if c.e.tenantAliases[alias.Text] != "" || alias.Text == "" || alias.Text == shared {
			c.backstop(alias.Place, ruleDuplicateID, "tenant alias %q: the id is taken", alias.Text)
		}
		c.e.tenantAliases[alias.Text] = id
	}
	c.e.tenants[id] = &tenant{
		id: id, name: t.Name, status: cmpOr(t.Status.Text, statusActive), standing: standingOf(t.Status.Text),
		additive: t.RBACMode.Text == "additive", rails: c.guardrails(t), providers: t.Providers, tags: c.tags(t.ID, t.Tags),
	}
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (c *compiler) guardrails(t *Tenant) []int32 {
	rails := c.attachAs(t.Guardrails, LayerGuardrail)
	for _, n := range rails {
		c.limiting(n)
	}
	return rails
}

// adopt finds the parent of a tenant: the one that it names, or the one whose id is
// the path before the last slash of its own.
func (c *compiler) adopt(t *Tenant) {
	child, name := c.e.tenants[t.ID.Text], t.Parent.Text
	if i := strings.LastIndexByte(t.ID.Text, '/'); name == "" && i >= 0 {
		name = t.ID.Text[:i]
	}
	if child == nil || name == "" {
		return
	}
	parent := c.e.tenants[c.e.canonicalTenant(name)]
	if parent == nil || parent.within(child) {
		c.backstop(t.ID.Place, ruleMissingTenant, "tenant %q: its parent %q is not declared, or lies below it", t.ID.Text, name)
		return
	}
	child.parent = parent
}

// inherit folds into a tenant what its ancestors add, once.
func (c *compiler) inherit(t *tenant) {
	if t == nil || t.path != "" {
		return
	}
	t.path, t.pathRails = t.id, t.rails
	p := t.parent
	if p == nil {
		return
	}
	c.inherit(p)
	t.path = p.path + "/" + t.id
	if strings.HasPrefix(t.id, p.id+"/") {
		t.path = p.path + t.id[len(p.id):]
	}
	t.standing = max(t.standing, p.standing)
	t.pathRails = slices.Concat(t.rails, p.pathRails)
	slices.Sort(t.pathRails)
	t.pathRails = slices.Compact(t.pathRails)
	if len(t.providers) == 0 {
		t.providers = p.providers
	}
}

// admins resolves the admins of all tenants, once the aliases of users are known.
func (c *compiler) admins() {
	for _, doc := range c.docs {
		if doc.Directory == nil {
			continue
		}
		for i := range doc.Directory.Tenants {
			t := &doc.Directory.Tenants[i]
			if compiled := c.e.tenants[t.ID.Text]; compiled != nil {
				for _, id := range t.Admins {
					if id.Text != "" {
						compiled.admins = append(compiled.admins, c.e.Canonical(id.Text))
					}
				}
			}
		}
	}
}

// declaredTenant returns the canonical id of a tenant that a document names; "" is
// none. Where no tenants are declared any name is one.
func (c *compiler) declaredTenant(name Text, what string) string {
	id := c.e.canonicalTenant(name.Text)
	if name.Text != "" && c.e.declaresTenants && c.e.tenants[id] == nil {
		c.backstop(name.Place, ruleMissingTenant, "%s: no directory document declares the tenant %q", what, name.Text)
	}
	return id
}

// homeOf returns the tenant of a user or a role: what its document says, which its
// ARN must not contradict, or its ARN's.
func (c *compiler) homeOf(s *subject, says Text) string {
	home, own := c.declaredTenant(says, s.id), c.e.canonicalTenant(s.tenant)
	switch {
	case home == "":
		return own
	case own != "" && own != home:
		c.backstop(says.Place, ruleTenantConflict, "%q is of the tenant %q, and by its ARN of %q", s.id, home, own)
	}
	return home
}

// resources compiles what the bundle knows of resources.
func (c *compiler) resources() {
	for _, doc := range c.docs {
		if doc.Resources == nil {
			continue
		}
		for i := range doc.Resources.Resources {
			r := &doc.Resources.Resources[i]
			known := &knownResource{tags: c.tags(r.ID, r.Tags), tenant: r.Tenant.Text}
			if known.tenant != shared {
				known.tenant = c.declaredTenant(r.Tenant, r.ID.Text)
			}
			if c.e.known[r.ID.Text] != nil {
				c.backstop(r.ID.Place, ruleDuplicateID, "resource %q is declared twice", r.ID.Text)
			}
			c.e.known[r.ID.Text] = known
		}
	}
}

// schema notes which actions only read: those that a suspended tenant still allows.
func (c *compiler) schema() {
	for _, doc := range c.docs {
		if doc.Schema == nil {
			continue
		}
		for _, a := range doc.Schema.Actions {
			if a.Access.Text == "read" {
				c.e.reads[conditions.Fold(a.Name.Text)] = true
			}
		}
	}
}

// instant reads a time of a document; the zero Text is the zero time.
func (c *compiler) instant(t Text, what string) time.Time {
	if t.Text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, t.Text)
	if err != nil || at.IsZero() {
		c.backstop(t.Place, ruleInvalidTime, "%s is %q; expected a time such as 2026-01-31T12:00:00Z", what, t.Text)
	}
	return at
}
