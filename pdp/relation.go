package pdp

import (
	"fmt"
	"strings"
)

// establishTenant finds out whose the principal is: of the session's role, of the
// directory's user, of its ARN, or what the request says. All that say anything
// must say the same.
func (e *Engine) establishTenant(s *scratch, p *Principal) string {
	if s.entry != nil {
		s.tenant, s.home = s.entry.home, s.entry.homeTenant
	} else {
		s.tenant = e.canonicalTenant(s.who.tenant)
	}
	if p.Tenant != "" {
		if why := e.claimTenant(s, p); why != "" {
			return why
		}
	}
	if s.home == nil {
		s.home = e.tenants[s.tenant]
	}
	return ""
}

// claimTenant weighs what the request says of the principal's tenant. It is a fact
// like its groups (see Trust), but no trust lets it contradict.
func (e *Engine) claimTenant(s *scratch, p *Principal) string {
	claimed := e.canonicalTenant(p.Tenant)
	switch {
	case s.anonymous():
		return "principal.tenant: a tenant belongs to somebody, and the id is empty"
	case claimed == shared:
		return `principal.tenant: "shared" is of resources, not of principals`
	case s.tenant != "" && s.tenant != claimed:
		return fmt.Sprintf("principal.tenant: %.80q is of the tenant %.80q, not of %.80q", p.ID, s.tenant, p.Tenant)
	case s.entry != nil && s.tenant == "" && p.Trust != TrustFacts:
		return fmt.Sprintf("principal.tenant: by the directory %.80q has no tenant", p.ID)
	case s.entry == nil && s.tenant == "" && !e.trusts(p):
		return fmt.Sprintf("principal.tenant: nothing grants %.80q a tenant", p.ID)
	}
	s.tenant = claimed
	return ""
}

// trusts reports whether the facts of a principal outside of the directory count.
func (e *Engine) trusts(p *Principal) bool {
	return p.Trust != TrustNothing || !e.declaresUsers
}

// establishOwner finds out whose the resource is: of its entry among the known
// resources, of its ARN, or what the request says. All that say anything must say
// the same.
func (e *Engine) establishOwner(s *scratch, r *Resource) string {
	owner := ""
	if s.known != nil {
		owner = s.known.tenant
	}
	for _, says := range [...]string{s.resourceARN.Tenant(), r.Tenant} {
		if says == "" {
			continue
		}
		switch says = e.canonicalTenant(says); owner {
		case "", says:
			owner = says
		default:
			return fmt.Sprintf("resource: %.80q is of the tenant %.80q, and of %.80q too", r.ID, owner, says)
		}
	}
	if s.shared = owner == shared; !s.shared {
		s.resourceTenant, s.owner = owner, e.tenants[owner]
	}
	s.cross = !s.related()
	return ""
}

// related is the relation of principal and resource. It is what isolates tenants:
// where it does not hold, only a resource policy that names the principal grants.
func (s *scratch) related() bool {
	switch {
	case s.shared, s.tenant == s.resourceTenant:
		return true
	case !s.e.declaresTenants:
		return s.tenant == "" || s.resourceTenant == "" || isBelow(s.resourceTenant, s.tenant)
	case s.owner == nil:
		return false
	case s.home != nil && s.owner.within(s.home):
		return true
	}
	for i := range s.memberships {
		if s.memberships[i].reaches(s.owner) {
			return true
		}
	}
	return false
}

// isBelow reports whether one undeclared tenant lies below another, by their ids.
func isBelow(tenant, ancestor string) bool {
	below, ok := strings.CutPrefix(tenant, ancestor)
	return ok && below[0] == '/'
}
