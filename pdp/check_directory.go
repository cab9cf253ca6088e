package pdp

import (
	"iter"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func (k *checker) role(r *Role) {
	tenant := k.owner("role", r.ID, r.Tenant)
	if _, dup := k.owners[r.ID.Text]; !dup {
		k.owners[r.ID.Text] = tenant
	}
	for _, p := range r.Permissions {
		if reason := checkPermission(p.Text); reason != "" {
			k.c.errorf(p.Place, ruleInvalidPermission, "permission %.80q %s", p.Text, reason)
		}
	}
	if r.MaxSessionSeconds < 0 {
		k.c.errorf(r.ID.Place, ruleInvalidNumber, "%s: max_session_seconds is negative", called("role", r.ID))
	}
}

func (k *checker) user(u *User) {
	k.owner("user", u.ID, u.Tenant)
	k.word(u.Status, "status", userStatuses[:])
	k.instant(u.SessionsNotBefore, "sessions_not_before")
	if a, err := parseID(u.ID.Text); err == nil && len(u.Memberships) > 0 && newSubject(u.ID.Text, a).kind == kindAssumedRole {
		k.c.errorf(u.ID.Place, ruleAmbiguousRole, "%s is a session of a role, and no membership counts for those", called("user", u.ID))
	}
	first := make(map[string]strictjson.Place, len(u.Memberships))
	for i := range u.Memberships {
		m := &u.Memberships[i]
		k.word(m.Status, "status", membershipStatuses[:])
		tenant, ok := k.canonicalTenant(m.Tenant.Text)
		if !ok {
			k.c.errorf(m.Tenant.Place, ruleMissingTenant, "a membership of %s: no directory document declares the tenant %q", called("user", u.ID), m.Tenant.Text)
			tenant = ""
		} else if place, dup := first[tenant]; dup {
			k.c.errorf(m.Tenant.Place, ruleDuplicateMembership, "%s is a member of %q at %s too", called("user", u.ID), tenant, place)
		} else {
			first[tenant] = m.Tenant.Place
		}
		for _, r := range m.Roles {
			k.memberRole(r, tenant)
		}
	}
}

// memberRole checks a role of a membership. One that is of a tenant is of that
// tenant's members only; "" is a tenant that is not declared.
func (k *checker) memberRole(role Text, tenant string) {
	of := k.owners[role.Text]
	switch {
	case k.c.e.roles[role.Text] == nil:
		k.c.errorf(role.Place, ruleMissingRole, "no directory document declares the role %q", role.Text)
	case of != "" && tenant != "" && of != tenant:
		k.c.errorf(role.Place, ruleForeignRole, "role %q is of the tenant %q, and the membership is in %q", role.Text, of, tenant)
	}
}

// allPolicies are the policies of all documents: those with a name, in its order,
// and the trust policies of roles.
func (k *checker) allPolicies() iter.Seq[*Policy] {
	return func(yield func(*Policy) bool) {
		for _, p := range k.c.sources {
			if !yield(p.Policy) {
				return
			}
		}
		for dir := range k.directories() {
			for i := range dir.Roles {
				if trust := dir.Roles[i].Trust; trust != nil && !yield(trust) {
					return
				}
			}
		}
	}
}
