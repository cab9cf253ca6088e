package policytest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
)

// How far an Allow of a resource policy reaches its principal.
type reach uint8

const (
	reachNone     reach = iota
	reachSupposed       // it names the user that a federated session is called after: it may only deny
	reachTenant         // it names the tenant: it delegates to that tenant's policies
	reachRole           // it names the role of the session
	reachDirect         // it names the principal itself, or everyone
	reachSession        // it names the very session
)

// named returns how a Principal element names the asker, by name. Everyone is
// named too, but not by name.
func (q *question) named(p *pdp.Principals) reach {
	best := reachNone
	if q.who.id == "" {
		return best
	}
	for _, id := range p.AWS {
		if accountForm.MatchString(id.Text) {
			best = max(best, when(q.isTenant(id.Text), reachTenant))
		} else {
			best = max(best, q.namedBy(q.r.canonical(id.Text)))
		}
	}
	for _, id := range p.Tenant {
		best = max(best, when(q.isTenant(id.Text), reachTenant))
	}
	for _, list := range [][]pdp.Text{p.SPIFFE, p.ID, p.Service, p.Federated, p.CanonicalUser} {
		for _, id := range list {
			best = max(best, q.namedBy(q.r.canonical(id.Text)))
		}
	}
	return best
}

// isTenant reports whether the asker is of this very tenant.
func (q *question) isTenant(id string) bool { return id != "" && q.r.tenant(id) == q.who.tenant }

// namedBy returns how a canonical id names the asker: the root ARN of an account
// means the account; a role means its sessions too; a user perhaps the federated
// sessions of that name; any other id means itself.
func (q *question) namedBy(id string) reach {
	_, assumed := q.who.name.assumed()
	switch named, isARN := parseName(id); {
	case isARN && named.root():
		return when(q.isTenant(named.account), reachTenant)
	case id == q.who.id && (assumed || q.who.kind() == "FederatedUser"):
		return reachSession
	case id == q.who.id:
		return reachDirect
	case isARN && q.who.isARN:
		return max(when(q.who.name.sessionOf(named), reachRole), when(q.who.name.federationOf(named), reachSupposed))
	}
	return reachNone
}

// everyoneCrosses reports whether Principal "*" reaches across tenants: where the
// bundle declares none, or says so.
func (q *question) everyoneCrosses() bool { return !q.r.tenanted || q.r.starCrosses || q.what.shared }

// speaksOf says whether the Principal elements of a statement mean the asker, how
// far they reach, and whether they do so from another tenant too: rule 3.4.
func (q *question) speaksOf(s *pdp.Statement) (of bool, r reach, crosses bool) {
	switch {
	case s.Principal != nil:
		by := q.named(s.Principal)
		if s.Principal.Any {
			return true, max(by, reachDirect), by > reachSupposed || q.everyoneCrosses()
		}
		if by == reachSupposed && s.Effect == pdp.Allow {
			by = reachNone
		}
		return by > reachNone, by, true
	case s.NotPrincipal != nil:
		// As in IAM a Deny with NotPrincipal means everyone who has a boundary.
		bounded := len(q.who.boundaries()) > 0
		return bounded || !s.NotPrincipal.Any && q.named(s.NotPrincipal) <= reachSupposed, reachNone, false
	}
	return true, reachNone, false
}

var accountForm = regexp.MustCompile(`^([0-9]{12}|(0|[1-9][0-9]*)(/(0|[1-9][0-9]*))*)$`)

func when(ok bool, r reach) reach {
	if ok {
		return r
	}
	return reachNone
}

// federationOf reports whether n is a federated session of the user.
func (n name) federationOf(user name) bool {
	federated, ok := strings.CutPrefix(n.resource, "federated-user/")
	return ok && n.account != "" && n.service == "sts" && user.service == "iam" && strings.HasPrefix(user.resource, "user/") &&
		user.last() == federated && user.where == n.where
}

// attachment is a policy that speaks for the principal. Its Allows may be for
// some resources only.
type attachment struct {
	policy *pdp.Policy
	allows bool
}

// attached returns the identity policies of the principal, each once, in order of
// their names: rules 4.2, 4.3 and 9.5.
func (q *question) attached() []attachment {
	may := make(map[*pdp.Policy]bool)
	add := func(refs []pdp.PolicyRef, allows bool) {
		for _, p := range q.r.find(refs) {
			may[p] = may[p] || allows
		}
	}
	if u := q.who.user; u != nil {
		add(u.Policies, true)
	}
	for _, g := range q.who.groups {
		if group := q.r.groups[g]; group != nil {
			add(group.Policies, true)
		}
	}
	if q.who.role != nil {
		add(q.who.role.Policies, true)
	}
	for _, id := range q.who.roles {
		if role := q.r.roles[id]; role != nil {
			add(role.Policies, true)
		}
	}
	for _, m := range q.who.memberships() {
		inside := q.what.tenant != "" && q.r.below(q.what.tenant, q.r.tenant(m.Tenant.Text))
		for _, role := range m.Roles {
			add(q.r.roles[role.Text].Policies, inside && active(m.Status))
		}
	}
	var all []attachment
	for p, allows := range may {
		all = append(all, attachment{p, allows})
	}
	slices.SortFunc(all, func(a, b attachment) int { return byName(a.policy, b.policy) })
	return all
}
