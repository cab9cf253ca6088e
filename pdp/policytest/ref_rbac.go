package policytest

import (
	"slices"

	"github.com/mayi-authz/mayi/pdp"
)

// permitted is rule 4.3: whether memberships give the permission in the tenant of
// the resource. From that tenant upwards each membership adds the permissions of
// its roles; in mode override the first active one is the last. A suspended one
// ends the walk.
func (q *question) permitted() bool {
	var granted []string
	for _, id := range q.r.chain(q.what.tenant) {
		m, ok := q.membershipIn(id)
		switch {
		case !ok, !active(m.Status) && q.r.fallsThrough:
			continue
		case !active(m.Status):
			return contains(granted, q.asked)
		}
		for _, role := range m.Roles {
			for _, p := range q.r.roles[role.Text].Permissions {
				granted = append(granted, p.Text)
			}
		}
		if q.mode() == "override" {
			break
		}
	}
	return contains(granted, q.asked)
}

func contains(granted []string, asked string) bool {
	return slices.ContainsFunc(granted, func(g string) bool { return holds(g, asked) })
}

// mode is that of the resource's own tenant; none is inherited.
func (q *question) mode() string {
	if t := q.r.tenants[q.what.tenant]; t != nil && t.RBACMode.Text != "" {
		return t.RBACMode.Text
	}
	return "override"
}

func (q *question) membershipIn(id string) (pdp.Membership, bool) {
	for _, m := range q.who.memberships() {
		if q.r.tenant(m.Tenant.Text) == id {
			return m, true
		}
	}
	return pdp.Membership{}, false
}

// admin reports whether the principal is an admin of the resource's tenant or of
// one above it.
func (q *question) admin() bool {
	return q.who.id != "" && slices.ContainsFunc(q.r.chain(q.what.tenant), func(id string) bool {
		t := q.r.tenants[id]
		return t != nil && slices.ContainsFunc(t.Admins, func(a pdp.Text) bool { return q.r.canonical(a.Text) == q.who.id })
	})
}
