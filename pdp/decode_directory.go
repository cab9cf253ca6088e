package pdp

import (
	"fmt"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const (
	directoryFields  = "tenants, users, groups, roles, revoked_sessions"
	userFields       = "aliases, tenant, status, groups, policies, boundary, memberships, tags, sessions_not_before"
	membershipFields = "roles, status"
	groupFields      = "policies"
	roleFields       = "tenant, permissions, policies, trust, boundary, tags, session_tags, max_session_seconds"
)

func (d *decoder) directory(root *strictjson.Node) *Directory {
	dir := &Directory{Place: d.places.Of(root)}
	for _, m := range root.Members {
		switch m.Name {
		case "tenants":
			dir.Tenants = []Tenant{} // none at all are declared too
			d.each(m, func(e strictjson.Member) { dir.Tenants = append(dir.Tenants, d.tenant(e)) })
		case "users":
			dir.Users = []User{} // likewise
			d.each(m, func(e strictjson.Member) { dir.Users = append(dir.Users, d.user(e)) })
		case "groups":
			d.each(m, func(e strictjson.Member) { dir.Groups = append(dir.Groups, d.group(e)) })
		case "roles":
			d.each(m, func(e strictjson.Member) { dir.Roles = append(dir.Roles, d.role(e)) })
		case "revoked_sessions":
			dir.RevokedSessions = d.list(m.Value, "revoked_sessions")
		default:
			d.unknown(m, "a directory", directoryFields)
		}
	}
	return dir
}

// each calls f for every entry of one of a document's maps.
func (d *decoder) each(m strictjson.Member, f func(strictjson.Member)) {
	if !d.is(m.Value, strictjson.Object, m.Name) {
		return
	}
	for _, e := range m.Value.Members {
		if d.is(e.Value, strictjson.Object, fmt.Sprintf("entry %q of %s", e.Name, m.Name)) {
			f(e)
		}
	}
}

func (d *decoder) user(e strictjson.Member) User {
	u := User{ID: d.id(e.Value, e.Name)}
	for _, m := range e.Value.Members {
		switch v := m.Value; m.Name {
		case "aliases":
			u.Aliases = d.list(v, "aliases")
			for _, a := range u.Aliases {
				d.checkID(a)
			}
		case "tenant":
			u.Tenant = d.tenantRef(v, "tenant")
		case "status":
			u.Status = d.word(v, "status", userStatuses[:]...)
		case "groups":
			u.Groups = d.list(v, "groups")
		case "policies":
			u.Policies = d.policyRefs(v, "policies")
		case "boundary":
			u.Boundary = d.boundary(v)
		case "memberships":
			d.each(m, func(e strictjson.Member) { u.Memberships = append(u.Memberships, d.membership(e)) })
		case "tags":
			u.Tags = d.tags(v, "tags")
		case "sessions_not_before":
			u.SessionsNotBefore = d.instant(v, "sessions_not_before")
		default:
			d.unknown(m, "a user", userFields)
		}
	}
	return u
}

func (d *decoder) membership(e strictjson.Member) Membership {
	s := Membership{Tenant: Text{Text: e.Name, Place: d.places.Of(e.Value)}}
	d.checkTenant(s.Tenant)
	for _, m := range e.Value.Members {
		switch m.Name {
		case "roles":
			s.Roles = d.list(m.Value, "roles")
		case "status":
			s.Status = d.word(m.Value, "status", membershipStatuses[:]...)
		default:
			d.unknown(m, "a membership", membershipFields)
		}
	}
	return s
}

func (d *decoder) group(e strictjson.Member) Group {
	g := Group{Name: Text{Text: e.Name, Place: d.places.Of(e.Value)}}
	if e.Name == "" {
		d.errorf(e.Value, ruleInvalidName, "a group has an empty name")
	}
	for _, m := range e.Value.Members {
		switch m.Name {
		case "policies":
			g.Policies = d.policyRefs(m.Value, "policies")
		default:
			d.unknown(m, "a group", groupFields)
		}
	}
	return g
}

func (d *decoder) role(e strictjson.Member) Role {
	r := Role{ID: d.id(e.Value, e.Name)}
	for _, m := range e.Value.Members {
		switch v := m.Value; m.Name {
		case "tenant":
			r.Tenant = d.tenantRef(v, "tenant")
		case "permissions":
			r.Permissions = d.permissions(v)
		case "policies":
			r.Policies = d.policyRefs(v, "policies")
		case "trust":
			r.Trust = d.trust(v)
		case "boundary":
			r.Boundary = d.boundary(v)
		case "tags":
			r.Tags = d.tags(v, "tags")
		case "session_tags":
			r.SessionTags = d.keys(v, "session_tags")
		case "max_session_seconds":
			r.MaxSessionSeconds = int(d.whole(v, "max_session_seconds", 1, maxSessionSeconds))
		default:
			d.unknown(m, "a role", roleFields)
		}
	}
	return r
}

// maxSessionSeconds is the most that a role may say: a year. What issues sessions
// has tighter limits.
const maxSessionSeconds = 366 * 24 * 60 * 60

// id reads the name of an entry as the id of a user, a role or a resource.
func (d *decoder) id(n *strictjson.Node, name string) Text {
	t := Text{Text: name, Place: d.places.Of(n)}
	d.checkID(t)
	return t
}

func (d *decoder) checkID(t Text) {
	if reason := checkDocumentID(t.Text); reason != "" {
		d.refuse(t, ruleInvalidID, "%s", reason)
	}
}

// policyRefs reads a list of names and inline policies.
func (d *decoder) policyRefs(n *strictjson.Node, what string) []PolicyRef {
	if !d.is(n, strictjson.Array, what) {
		return nil
	}
	refs := make([]PolicyRef, 0, len(n.Items))
	for _, item := range n.Items {
		if ref, ok := d.policyRef(item, "an element of "+what); ok {
			refs = append(refs, ref)
		}
	}
	return refs
}

// policyRef reads the name of a policy, or an inline policy.
func (d *decoder) policyRef(n *strictjson.Node, what string) (PolicyRef, bool) {
	switch n.Kind {
	case strictjson.String:
		t, ok := d.text(n, what)
		return PolicyRef{Name: t}, ok
	case strictjson.Object:
		place := d.places.Of(n)
		name := place.File + "#" + place.Pointer
		return PolicyRef{Name: Text{Text: name, Place: place}, Inline: d.inlinePolicy(n, name)}, true
	}
	d.errorf(n, ruleDataType, "%s is %s; expected the name of a policy, or a policy", what, kindName(n.Kind))
	return PolicyRef{}, false
}

// boundary reads the one policy that limits a user or a role.
func (d *decoder) boundary(n *strictjson.Node) *PolicyRef {
	ref, ok := d.policyRef(n, "boundary")
	if !ok {
		return nil
	}
	return &ref
}
