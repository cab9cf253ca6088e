package pdp

import (
	"fmt"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const (
	directoryFields = "users, groups, roles"
	userFields      = "aliases, groups, policies, tags"
	groupFields     = "policies"
	roleFields      = "policies, tags"
)

func (d *decoder) directory(root *strictjson.Node) *Directory {
	dir := &Directory{Place: root.Place()}
	for _, m := range root.Members {
		switch m.Name {
		case "users":
			dir.Users = []User{} // none at all are declared too
			d.each(m, func(e strictjson.Member) { dir.Users = append(dir.Users, d.user(e)) })
		case "groups":
			d.each(m, func(e strictjson.Member) { dir.Groups = append(dir.Groups, d.group(e)) })
		case "roles":
			d.each(m, func(e strictjson.Member) { dir.Roles = append(dir.Roles, d.role(e)) })
		case "tenants", "revoked_sessions":
			d.later(m, "a directory")
		default:
			d.unknown(m, "a directory", directoryFields)
		}
	}
	return dir
}

// each calls f for every entry of one of the directory's maps.
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
		switch m.Name {
		case "aliases":
			u.Aliases = d.list(m.Value, "aliases")
			for _, a := range u.Aliases {
				d.checkID(a)
			}
		case "groups":
			u.Groups = d.list(m.Value, "groups")
		case "policies":
			u.Policies = d.policyRefs(m.Value)
		case "tags":
			u.Tags = d.tags(m.Value, "tags")
		case "status", "boundary", "memberships", "tenant", "roles", "sessions_not_before":
			d.later(m, "a user")
		default:
			d.unknown(m, "a user", userFields)
		}
	}
	return u
}

func (d *decoder) group(e strictjson.Member) Group {
	g := Group{Name: Text{Text: e.Name, Place: e.Value.Place()}}
	if e.Name == "" {
		d.errorf(e.Value, ruleInvalidName, "a group has an empty name")
	}
	for _, m := range e.Value.Members {
		switch m.Name {
		case "policies":
			g.Policies = d.policyRefs(m.Value)
		case "roles", "tenant", "boundary":
			d.later(m, "a group")
		default:
			d.unknown(m, "a group", groupFields)
		}
	}
	return g
}

func (d *decoder) role(e strictjson.Member) Role {
	r := Role{ID: d.id(e.Value, e.Name)}
	for _, m := range e.Value.Members {
		switch m.Name {
		case "policies":
			r.Policies = d.policyRefs(m.Value)
		case "tags":
			r.Tags = d.tags(m.Value, "tags")
		case "permissions", "trust", "max_session_seconds", "boundary", "status", "tenant", "aliases":
			d.later(m, "a role")
		default:
			d.unknown(m, "a role", roleFields)
		}
	}
	return r
}

// id reads the name of an entry as the id of a user or a role.
func (d *decoder) id(n *strictjson.Node, name string) Text {
	t := Text{Text: name, Place: n.Place()}
	d.checkID(t)
	return t
}

func (d *decoder) checkID(t Text) {
	if reason := checkDocumentID(t.Text); reason != "" {
		d.problems = append(d.problems, &strictjson.Error{Place: t.Place, Rule: ruleInvalidID, Reason: reason})
	}
}

// policyRefs reads a list of names and inline policies.
func (d *decoder) policyRefs(n *strictjson.Node) []PolicyRef {
	if !d.is(n, strictjson.Array, "policies") {
		return nil
	}
	refs := make([]PolicyRef, 0, len(n.Items))
	for _, item := range n.Items {
		if item.Kind != strictjson.Object {
			if item.Kind != strictjson.String {
				d.errorf(item, ruleDataType, "an element of policies is %s; expected the name of a policy, or a policy", kindName(item.Kind))
			} else if t, ok := d.text(item, "an element of policies"); ok {
				refs = append(refs, PolicyRef{Name: t})
			}
			continue
		}
		place := item.Place()
		name := place.File + "#" + place.Pointer
		p := d.policy(item, name)
		if p.Resource {
			d.errorf(item, ruleUnsupportedPrinc, "an inline policy is an identity policy, which applies where it is attached; it has no Principal")
		}
		refs = append(refs, PolicyRef{Name: Text{Text: name, Place: place}, Inline: p})
	}
	return refs
}
