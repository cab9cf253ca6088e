package pdp

import (
	"fmt"
	"slices"

	"github.com/mayi-authz/mayi/conditions"
)

// An entry is a compiled user or role of the directory: all that is known about a
// principal before it asks anything.
type entry struct {
	subject
	role     string  // of a role, or a session: the role's ARN
	isRole   bool    // reports whether the entry is a role
	own      []int32 // policies attached to it
	policies []int32 // own and those of its groups
	groups   []string
	tags     map[string]string // folded
}

// contradiction says which fact of a request the directory does not have, or "".
func (e *entry) contradiction(p *Principal) string {
	for _, g := range distinct(p.Groups) {
		if !slices.Contains(e.groups, g) {
			return fmt.Sprintf("principal.groups: by the directory %.80q is not in the group %.80q", p.ID, g)
		}
	}
	for _, r := range distinct(p.Roles) {
		if !e.isRole || r != e.role && r != e.id {
			return fmt.Sprintf("principal.roles: by the directory %.80q does not have the role %.80q", p.ID, r)
		}
	}
	for key, value := range p.Tags {
		if has, ok := e.tags[conditions.Fold(key)]; !ok || has != value {
			return fmt.Sprintf("principal.tags: by the directory %.80q does not have the tag %.80q with this value", p.ID, key)
		}
	}
	return ""
}

// directory compiles the users, groups and roles of all documents. Attachments
// are checked and resolved by attach, once the policies are known.
func (c *compiler) directory() {
	for _, doc := range c.docs {
		if dir := doc.Directory; dir != nil {
			c.e.declaresUsers = c.e.declaresUsers || dir.Users != nil
			for i := range dir.Groups {
				c.group(&dir.Groups[i])
			}
			for i := range dir.Roles {
				c.role(&dir.Roles[i])
			}
			for i := range dir.Users {
				c.user(&dir.Users[i])
			}
		}
	}
	c.checkSessions()
	c.userGroups()
}

func (c *compiler) group(g *Group) {
	c.e.counts.Groups++
	if first, dup := c.groups[g.Name.Text]; dup {
		c.errorf(g.Name.Place, ruleDuplicate, "group %q is declared at %s too", g.Name.Text, first)
		return
	}
	c.groups[g.Name.Text] = g.Name.Place
	c.e.groups[g.Name.Text] = c.attach(g.Policies)
}

func (c *compiler) role(r *Role) {
	c.e.counts.Roles++
	if !c.claim(r.ID, "role") {
		return
	}
	attached := c.attach(r.Policies)
	c.e.roles[r.ID.Text] = attached
	a, err := parseID(r.ID.Text)
	if err != nil || a.IsZero() {
		return // a plain name: it applies where verified facts list it
	}
	e := &entry{subject: newSubject(r.ID.Text, a), role: r.ID.Text, isRole: true, own: attached, policies: attached, tags: c.tags(r.ID, r.Tags)}
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
	fresh := c.claim(u.ID, "user")
	for _, alias := range u.Aliases {
		if c.claim(alias, "alias of "+u.ID.Text) {
			c.e.aliases[alias.Text] = u.ID.Text
			c.checkAlias(alias)
		}
	}
	attached := c.attach(u.Policies)
	if !fresh {
		return
	}
	a, _ := parseID(u.ID.Text)
	e := &entry{subject: newSubject(u.ID.Text, a), own: attached, tags: c.tags(u.ID, u.Tags)}
	if e.kind == "" {
		e.kind = kindUser
	}
	if e.isSession() {
		e.role = e.session.roleARN()
	}
	c.e.entries[e.id] = e
	c.users = append(c.users, userGroups{e, u.Groups})
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
			if role, ok := c.e.sessions[s.session]; ok {
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
	shared := make(map[string][]int32)
	for _, u := range c.users {
		for _, g := range u.names {
			if _, ok := c.groups[g.Text]; !ok {
				c.errorf(g.Place, ruleMissingGroup, "no directory document declares the group %q", g.Text)
				continue
			}
			u.entry.groups = append(u.entry.groups, g.Text)
		}
		if len(u.entry.own) > 0 {
			u.entry.policies = c.union(u.entry)
			continue
		}
		key := fmt.Sprintf("%q", u.entry.groups)
		if _, ok := shared[key]; !ok {
			shared[key] = c.union(u.entry)
		}
		u.entry.policies = shared[key]
	}
}

// union returns the policies of a user and its groups.
func (c *compiler) union(e *entry) []int32 {
	all := slices.Clone(e.own)
	for _, g := range e.groups {
		all = append(all, c.e.groups[g]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// tags folds the keys of tags, which must stay different.
func (c *compiler) tags(of Text, tags map[string]string) map[string]string {
	if len(tags) == 0 {
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
