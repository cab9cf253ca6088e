package policytest

import (
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// guards is the part of rule 4.1 that needs the directory: the first guard that
// holds denies before any policy is asked.
func (q *question) guards() (pdp.Reason, bool) {
	for _, guard := range []func() (pdp.Reason, bool){
		q.sessionGuard, q.statusGuard,
		func() (pdp.Reason, bool) { return q.tenantGuard(q.who.tenant) },
		func() (pdp.Reason, bool) { return q.tenantGuard(q.what.tenant) },
		q.providerGuard,
	} {
		if reason, holds := guard(); holds {
			return reason, true
		}
	}
	return 0, false
}

// sessionGuard: a session ends at its expiry to the second, has one, and is not
// revoked. Where tenants are declared a role is not acted through without one.
func (q *question) sessionGuard() (pdp.Reason, bool) {
	s := q.Session
	if s == nil {
		_, assumed := q.who.name.assumed()
		return pdp.ReasonSessionExpired, assumed && q.r.tenanted
	}
	if s.ExpiresAt.IsZero() || !q.Time.Before(s.ExpiresAt) {
		return pdp.ReasonSessionExpired, true
	}
	if role := q.who.role; s.Type == "role" && role != nil && role.MaxSessionSeconds > 0 {
		most := s.IssuedAt.Add(time.Duration(role.MaxSessionSeconds) * time.Second)
		if s.IssuedAt.IsZero() || !q.Time.Before(most) {
			return pdp.ReasonSessionExpired, true
		}
	}
	if s.ID != "" && q.r.revoked[s.ID] {
		return pdp.ReasonSessionRevoked, true
	}
	for _, user := range q.people() {
		if user.SessionsNotBefore.Text == "" {
			continue
		}
		from, _ := time.Parse(time.RFC3339Nano, user.SessionsNotBefore.Text)
		if s.IssuedAt.IsZero() || s.IssuedAt.Before(from) {
			return pdp.ReasonSessionRevoked, true
		}
	}
	return 0, false
}

// people returns the users of the directory who are behind the request: the
// principal, then those of the session's chain.
func (q *question) people() []*pdp.User {
	ids := []string{q.who.id}
	if q.Session != nil {
		ids = append(ids, q.Session.Chain...)
	}
	var all []*pdp.User
	for _, id := range ids {
		if u := q.r.users[q.r.canonical(id)]; u != nil {
			all = append(all, u)
		}
	}
	return all
}

func (q *question) statusGuard() (pdp.Reason, bool) {
	for _, user := range q.people() {
		switch user.Status.Text {
		case "suspended":
			return pdp.ReasonPrincipalSuspended, true
		case "erased":
			return pdp.ReasonPrincipalErased, true
		}
	}
	return 0, false
}

// tenantGuard asks one side's tenant and all above it.
func (q *question) tenantGuard(id string) (pdp.Reason, bool) {
	if id == "" || !q.r.tenanted {
		return 0, false
	}
	if q.r.tenants[id] == nil {
		return pdp.ReasonTenantUnknown, true
	}
	suspended := false
	for _, above := range q.r.chain(id) {
		switch q.r.tenants[above].Status.Text {
		case "pending", "inactive", "deleted":
			return pdp.ReasonTenantInactive, true
		case "suspended":
			suspended = true
		}
	}
	return pdp.ReasonTenantSuspended, suspended && q.r.access[lower(q.action)] != "read"
}

// providerGuard: the nearest tenant with rows of providers says which are good.
func (q *question) providerGuard() (pdp.Reason, bool) {
	for _, id := range q.r.chain(q.who.tenant) {
		if t := q.r.tenants[id]; t != nil && len(t.Providers) > 0 {
			return pdp.ReasonProviderNotAllowed, !t.Providers[q.provider()]
		}
	}
	return 0, false
}

// provider names who vouched for the principal.
func (q *question) provider() string {
	if q.Session != nil && q.Session.Provider != "" {
		return q.Session.Provider
	}
	return q.Principal.Provider
}
