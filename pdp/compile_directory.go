package pdp

import (
	"fmt"
	"slices"
	"time"

	"github.com/mayi-authz/mayi/conditions"
)

// directory compiles groups, then roles, then users, which refer to both.
func (c *compiler) directory() {
	each := func(f func(*Directory)) {
		for _, doc := range c.docs {
			if doc.Directory != nil {
				f(doc.Directory)
			}
		}
	}
	each(c.claims)
	each(func(dir *Directory) {
		c.e.declaresUsers = c.e.declaresUsers || dir.Users != nil
		for _, id := range dir.RevokedSessions {
			c.e.revokedSessions[id.Text] = true
		}
		for i := range dir.Groups {
			c.group(&dir.Groups[i])
		}
		for i := range dir.Roles {
			c.role(&dir.Roles[i])
		}
	})
	c.systemRoles()
	each(func(dir *Directory) {
		for i := range dir.Users {
			c.user(&dir.Users[i])
		}
	})
	c.checkSessions()
	c.userGroups()
	c.admins()
}

// claims takes the ids and aliases of all roles and users, in the order of documents.
func (c *compiler) claims(dir *Directory) {
	for i := range dir.Roles {
		r := &dir.Roles[i]
		c.fresh[&r.ID] = c.claim(r.ID, "role")
	}
	for i := range dir.Users {
		u := &dir.Users[i]
		c.fresh[&u.ID] = c.claim(u.ID, "user")
		for _, alias := range u.Aliases {
			if c.claim(alias, "alias of "+u.ID.Text) {
				c.e.aliases[alias.Text] = u.ID.Text
				c.checkAlias(alias)
			}
		}
	}
}

func (c *compiler) group(g *Group) {
	c.e.counts.Groups++
	if first, dup := c.groups[g.Name.Text]; dup {
		c.errorf(g.Name.Place, ruleDuplicate, "group %q is declared at %s too", g.Name.Text, first)
		return
	}
	c.groups[g.Name.Text] = g.Name.Place
	c.e.groups[g.Name.Text] = c.block(c.attach(g.Policies))
}

// systemRoles are there in every bundle that does not redefine them: those of
// kernel-contrib/iam.
func (c *compiler) systemRoles() {
	for name, permissions := range map[string][]string{
		"admin": {"*"},
		"manager": {"iam.tenants.read", "iam.members.read", "iam.members.manage", "iam.roles.read",
			"iam.invitations.read", "iam.invitations.manage"},
		"member": {"iam.tenants.read", "iam.members.read"},
	} {
		if c.e.roles[name] != nil {
			continue
		}
		r := &role{id: name}
		for _, p := range permissions {
			r.permissions.add(p)
		}
		c.e.roles[name] = r
	}
}

func (c *compiler) role(r *Role) {
	c.e.counts.Roles++
	if !c.fresh[&r.ID] {
		return
	}
	compiled := &role{
		id: r.ID.Text, block: c.block(c.attach(r.Policies)), boundary: c.boundary(r.Boundary),
		maxSession: time.Duration(r.MaxSessionSeconds) * time.Second,
	}
	for _, p := range r.Permissions {
		compiled.permissions.add(p.Text)
	}
	if r.Trust != nil {
		trust := c.statements(r.Trust, LayerTrust)
		compiled.trust = &trust
		c.trusts = append(c.trusts, trustOf{compiled.trust, r.Trust})
	}
	if len(r.SessionTags) > 0 {
		compiled.sessionTags = map[string]bool{}
		for _, key := range r.SessionTags {
			compiled.sessionTags[conditions.Fold(key.Text)] = true
		}
	}
	c.e.roles[r.ID.Text] = compiled
	c.roleEntry(r, compiled)
}

// roleEntry makes a role whose id is an ARN a principal, and its sessions too.
func (c *compiler) roleEntry(r *Role, compiled *role) {
	a, err := parseID(r.ID.Text)
	if err != nil || a.IsZero() {
		c.declaredTenant(r.Tenant, r.ID.Text)
		return // a plain name: it applies where verified facts list it, or a membership
	}
	e := &entry{
		subject: newSubject(r.ID.Text, a), role: compiled, roleARN: r.ID.Text,
		own: hold(nil, compiled.block, -1), blocks: hold(nil, compiled.block, -1), boundary: compiled.boundary, tags: c.tags(r.ID, r.Tags),
	}
	e.home = c.homeOf(&e.subject, r.Tenant)
	c.e.entries[e.id] = e
	name, ok := a.Role()
	if !ok {
		return
	}
	identity := newRoleIdentity(a, name)
	if identity == (roleIdentity{}) {
		return
	}
	if other, dup := c.e.sessions[identity]; dup {
		c.errorf(r.ID.Place, ruleAmbiguousRole, "sessions of %q cannot be told from those of %q: an assumed-role ARN leaves out the role's path", r.ID.Text, other.id)
		return
	}
	c.e.sessions[identity] = e
}

func (c *compiler) user(u *User) {
	c.e.counts.Users++
	attached, boundary := hold(nil, c.block(c.attach(u.Policies)), -1), c.boundary(u.Boundary)
	if !c.fresh[&u.ID] {
		return
	}
	a, _ := parseID(u.ID.Text)
	e := &entry{
		subject: newSubject(u.ID.Text, a), own: attached, boundary: boundary, tags: c.tags(u.ID, u.Tags),
		gone: c.goneOf(u), notBefore: c.instant(u.SessionsNotBefore, "sessions_not_before"),
	}
	if e.kind == "" {
		e.kind = kindUser
	}
	if e.isSession() {
		e.roleARN = e.session.roleARN()
	}
	e.home = c.homeOf(&e.subject, u.Tenant)
	c.memberships(e, u)
	c.e.entries[e.id] = e
	c.users = append(c.users, userGroups{e, u.Groups})
}

// goneOf says why a user may do nothing any more, or 0.
func (c *compiler) goneOf(u *User) Reason {
	switch u.Status.Text {
	case "", statusActive:
		return 0
	case statusErased:
		return ReasonPrincipalErased
	case statusSuspended:
	default:
		c.backstop(u.Status.Place, ruleUnknownValue, "the status of %q is %q; expected active, suspended or erased", u.ID.Text, u.Status.Text)
	}
	return ReasonPrincipalSuspended
}

// memberships compiles the memberships of a user, and attaches the policies of their
// roles.
func (c *compiler) memberships(e *entry, u *User) {
	for i := range u.Memberships {
		m := &u.Memberships[i]
		compiled := membership{tenant: c.e.tenants[c.declaredTenant(m.Tenant, e.id)]}
		switch m.Status.Text {
		case "", statusActive:
			compiled.active = compiled.tenant != nil
		case statusSuspended:
		default:
			c.backstop(m.Status.Place, ruleUnknownValue, "the status of a membership of %q is %q; expected active or suspended", e.id, m.Status.Text)
		}
		if slices.ContainsFunc(e.memberships, func(o membership) bool { return o.tenant == compiled.tenant }) {
			c.backstop(m.Tenant.Place, ruleDuplicate, "%q has two memberships of %q", e.id, m.Tenant.Text)
		}
		for _, name := range m.Roles {
			r := c.e.roles[name.Text]
			if r == nil {
				c.backstop(name.Place, ruleMissingRole, "no directory document declares the role %q", name.Text)
				continue
			}
			compiled.permissions.merge(&r.permissions)
			e.own = hold(e.own, r.block, int32(len(e.memberships)))
		}
		e.memberships = append(e.memberships, compiled)
	}
}

// checkAlias refuses what means more than one caller in a Principal element: where
// it stood for one user, a Deny that names it would lose all others.
func (c *compiler) checkAlias(alias Text) {
	a, _ := parseID(alias.Text)
	if _, role := a.Role(); role || a.AccountRoot() {
		c.errorf(alias.Place, ruleInvalidID, "%q cannot be an alias: as a principal of a policy it means the sessions of the role, or the whole account", alias.Text)
	}
}

// claim takes a name of the one namespace of ids and aliases.
func (c *compiler) claim(id Text, what string) bool {
	if reason := checkDocumentID(id.Text); reason != "" {
		c.errorf(id.Place, ruleInvalidID, "%s: %s", what, reason)
		return false
	}
	if first, taken := c.names[id.Text]; taken {
		c.errorf(id.Place, ruleDuplicateID, "%s %q: the id is that of the %s at %s; ids and aliases of users and roles share one namespace", what, id.Text, first.what, first.place)
		return false
	}
	c.names[id.Text] = claimed{what: what, place: id.Place}
	return true
}

// checkSessions refuses users that are sessions of a role of the directory: which
// of the two would say what they may?
func (c *compiler) checkSessions() {
	for name, claim := range c.names {
		a, _ := parseID(name)
		if s := newSubject(name, a); s.isSession() {
			if role, ok := c.e.sessions[*s.session]; ok {
				c.errorf(claim.place, ruleAmbiguousRole, "%s %q is a session of the role %q; attach policies to the role", claim.what, name, role.id)
			}
		}
	}
}

// userGroups is a user whose groups are still names.
type userGroups struct {
	entry *entry
	names []Text
}

// userGroups resolves the groups of users, which other files may declare. Users who
// have nothing but the same groups share one list of policies.
func (c *compiler) userGroups() {
	shared := make(map[string][]heldBlock)
	for _, u := range c.users {
		for _, g := range u.names {
			if _, ok := c.groups[g.Text]; !ok {
				c.errorf(g.Place, ruleMissingGroup, "no directory document declares the group %q", g.Text)
				continue
			}
			u.entry.groups = append(u.entry.groups, g.Text)
		}
		if len(u.entry.own) > 0 {
			u.entry.blocks = c.union(u.entry)
			continue
		}
		key := fmt.Sprintf("%q", u.entry.groups)
		if _, ok := shared[key]; !ok {
			shared[key] = c.union(u.entry)
		}
		u.entry.blocks = shared[key]
	}
}

// union returns the policies of a user and its groups.
func (c *compiler) union(e *entry) []heldBlock {
	all := slices.Clone(e.own)
	for _, g := range e.groups {
		all = hold(all, c.e.groups[g], -1)
	}
	return all
}

// tags folds the keys of tags, which must stay different. Tags that are said to be
// none are not nil.
func (c *compiler) tags(of Text, tags map[string]string) map[string]string {
	if tags == nil {
		return nil
	}
	m := make(map[string]string, len(tags))
	for key, v := range tags {
		m[conditions.Fold(key)] = v
	}
	if len(m) < len(tags) {
		c.errorf(of.Place, ruleDifferentCase, "two tags of %q differ only in case", of.Text)
	}
	return m
}
