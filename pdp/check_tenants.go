package pdp

import (
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/arn"
)

// claimTenants takes the ids and aliases of tenants, which are one namespace of
// their own.
func (k *checker) claimTenants(dir *Directory) {
	for i := range dir.Tenants {
		t := &dir.Tenants[i]
		if !k.claimTenant(t.ID, "tenant") {
			continue
		}
		k.tenants[t.ID.Text] = t
		for _, alias := range t.Aliases {
			if k.claimTenant(alias, "alias of "+t.ID.Text) {
				k.aliases[alias.Text] = t.ID.Text
			}
		}
	}
}

func (k *checker) claimTenant(name Text, what string) bool {
	if reason := checkTenantName(name.Text); reason != "" {
		k.c.errorf(name.Place, ruleInvalidTenant, "%s: %s", what, reason)
		return false
	}
	if first, taken := k.claims[name.Text]; taken {
		k.c.errorf(name.Place, ruleDuplicateID, "%s %q: the id is that of the %s at %s; ids and aliases of tenants share one namespace", what, name.Text, first.what, first.place)
		return false
	}
	k.claims[name.Text] = claimed{what: what, place: name.Place}
	return true
}

// canonicalTenant returns the id of the tenant that a name stands for. ok reports
// whether it is declared.
func (k *checker) canonicalTenant(name string) (id string, ok bool) {
	if canonical, ok := k.aliases[name]; ok {
		return canonical, true
	}
	_, ok = k.tenants[name]
	return name, ok
}

// tenantTree checks that the parents of every tenant are there and end in a root.
func (k *checker) tenantTree() {
	parents := make(map[string]string, len(k.tenants))
	for dir := range k.directories() {
		for i := range dir.Tenants {
			if t := &dir.Tenants[i]; k.tenants[t.ID.Text] == t {
				if parent := k.parent(t); parent != "" {
					parents[t.ID.Text] = parent
				}
			}
		}
	}
	done := make(map[string]bool, len(k.tenants)) // their ancestors end in a root, or are complained of
	for dir := range k.directories() {
		for i := range dir.Tenants {
			k.cycle(dir.Tenants[i].ID, parents, done)
		}
	}
}

// parent returns the id of a tenant's parent, "" if it has none that is declared.
func (k *checker) parent(t *Tenant) string {
	path, said := "", t.Parent
	if i := strings.LastIndexByte(t.ID.Text, '/'); i >= 0 {
		path = t.ID.Text[:i]
	}
	if said.Text == "" {
		if path != "" && k.tenants[path] == nil {
			k.c.errorf(t.ID.Place, ruleMissingParent, "%s: its parent by its id, %q, is not declared", called("tenant", t.ID), path)
			return ""
		}
		return path
	}
	parent, ok := k.canonicalTenant(said.Text)
	switch {
	case !ok:
		k.c.errorf(said.Place, ruleMissingTenant, "%s: no directory document declares its parent %q", called("tenant", t.ID), said.Text)
		return ""
	case path != "" && path != parent:
		k.c.errorf(said.Place, ruleTenantConflict, "%s: its parent is %q by this field and %q by its id", called("tenant", t.ID), said.Text, path)
		return ""
	}
	return parent
}

// cycle walks from a tenant to its root, and reports a cycle once, at the tenant
// where the walk first met it.
func (k *checker) cycle(from Text, parents map[string]string, done map[string]bool) {
	var walk []string
	seen := make(map[string]int)
	for id := from.Text; id != "" && !done[id]; id = parents[id] {
		if start, again := seen[id]; again {
			k.c.errorf(k.tenants[id].Parent.Place, ruleTenantCycle, "%s is its own ancestor: %s",
				called("tenant", k.tenants[id].ID), strings.Join(append(slices.Clone(walk[start:]), id), " below "))
			break
		}
		seen[id] = len(walk)
		walk = append(walk, id)
	}
	for _, id := range walk {
		done[id] = true
	}
}

func (k *checker) tenant(t *Tenant) {
	k.word(t.Status, "status", tenantStatuses[:])
	k.word(t.RBACMode, "rbac_mode", rbacModes[:])
	for _, id := range t.Admins {
		if reason := checkDocumentID(id.Text); reason != "" {
			k.c.errorf(id.Place, ruleInvalidID, "%s", reason)
		}
	}
}

// owner returns the tenant that a user, a role or a resource belongs to, "" if
// none. Its field and its ARN must agree, and the tenant must be declared where
// tenants are: what belongs to an undeclared one could never be used.
func (k *checker) owner(what string, id, field Text) string {
	a, err := parseID(id.Text)
	if err != nil {
		return "" // reported with the id
	}
	byARN, byField := "", ""
	if a.Tenant() != "" {
		byARN, _ = k.canonicalTenant(a.Tenant())
	}
	if field.Text != "" {
		byField, _ = k.canonicalTenant(field.Text)
	}
	at, tenant := id.Place, byARN
	if byField != "" {
		at, tenant = field.Place, byField
	}
	if byARN != "" && byARN != tenant {
		k.c.errorf(at, ruleTenantConflict, "%s: its tenant is %q by this field and %q by its ARN", called(what, id), field.Text, a.Tenant())
		return ""
	}
	if tenant == shared {
		return ""
	}
	if tenant != "" && k.declared && k.tenants[tenant] == nil {
		k.c.errorf(at, ruleMissingTenant, "%s: no directory document declares its tenant %q", called(what, id), tenant)
		return ""
	}
	return tenant
}

// routeTenants checks the tenants that routes say. What a request fills in may be
// anything, and is denied where it is not declared.
func (k *checker) routeTenants() {
	for _, doc := range k.c.docs {
		if doc.Routes == nil || !k.declared {
			continue
		}
		for i := range doc.Routes.Routes {
			r := &doc.Routes.Routes[i]
			if _, ok := k.canonicalTenant(r.Tenant); !ok && r.Tenant != "" && r.Tenant != shared && !strings.Contains(r.Tenant, "{") {
				k.c.errorf(r.Place, ruleMissingTenant, "no directory document declares the route's tenant %q", r.Tenant)
			}
		}
	}
}

// policyTenants checks the tenants that policies name. An account that nobody
// declares may stand under AWS, as in policies that came from there: it means nobody.
func (k *checker) policyTenants() {
	for p := range k.allPolicies() {
		for i := range p.Statements {
			s := &p.Statements[i]
			for _, who := range [...]*Principals{s.Principal, s.NotPrincipal} {
				if who != nil {
					k.principalTenants(who)
				}
			}
		}
	}
}

func (k *checker) principalTenants(who *Principals) {
	for _, t := range who.AWS {
		if _, ok := k.canonicalTenant(t.Text); !ok && !isAccount(t.Text) && !arn.IsARN(t.Text) {
			k.c.errorf(t.Place, rulePrincipalFormat, notAWS, t.Text)
		}
	}
	for _, t := range who.Tenant {
		if _, ok := k.canonicalTenant(t.Text); !ok && k.declared {
			k.c.errorf(t.Place, ruleMissingTenant, "no directory document declares the tenant %q", t.Text)
		}
	}
}
