package pdp

import (
	"slices"

	"github.com/mayi-authz/mayi/conditions"
)

// Tenant returns the tenant of a principal as Decide finds it out.
func (e *Engine) Tenant(p *Principal) string {
	s := e.pool.Get().(*scratch)
	s.e = e
	tenant := ""
	if e.establishPrincipal(s, &Request{Principal: *p}) == "" && e.establishTenant(s, p) == "" {
		tenant = s.tenant
	}
	s.forget()
	e.pool.Put(s)
	return tenant
}

// CanonicalTenant returns the id that a tenant's name stands for.
func (e *Engine) CanonicalTenant(name string) string { return e.canonicalTenant(name) }

// Reader answers questions about the directory from this snapshot.
func (e *Engine) Reader() Reader { return reader{e} }

// A Reader answers questions about who is who: the questions of an identity
// service, from one snapshot. Users go by their id or an alias, tenants too. A
// false ok says that the user or the tenant is not there. What a Reader returns
// belongs to the snapshot and must not be changed. It is safe for concurrent use.
type Reader interface {
	// User returns a user by its id or one of its aliases.
	User(id string) (u UserInfo, ok bool)
	// UserOf returns the user whom an auth provider knows by an id: the one with the
	// alias "PROVIDER:ID".
	UserOf(provider, id string) (u UserInfo, ok bool)
	// Tenant returns a tenant by its id or one of its aliases.
	Tenant(id string) (t TenantInfo, ok bool)
	// Ancestors returns the tenants above a tenant, the root first.
	Ancestors(tenant string) (list []TenantInfo, ok bool)
	// Children returns the tenants right below a tenant that come after the id after
	// in the order of ids ("" is all), and no more than limit (0 is no limit).
	Children(tenant, after string, limit int) (list []TenantInfo, ok bool)
	// Organization returns the tenant itself if its type is organization, else its
	// nearest ancestor of that type.
	Organization(tenant string) (t TenantInfo, ok bool)
	// Membership returns the membership of a user in the very tenant, whatever its
	// status.
	Membership(user, tenant string) (m MembershipInfo, ok bool)
	// Member reports whether a user has a membership in the tenant, whatever its
	// status; anywhere also counts those in its ancestors.
	Member(user, tenant string, anywhere bool) (member, ok bool)
	// Permissions returns what the roles of a user grant in a tenant, sorted: exact
	// permissions, "*", and namespaces such as "orders.*". See HasPermission.
	Permissions(user, tenant string) (list []string, ok bool)
	// HasPermission reports whether the roles of a user grant a permission in a
	// tenant, by its rbac_mode. It is what Decide asks the roles, so that it is false
	// for a user who is suspended or erased and in a tenant that is not active; but
	// it is no decision: policies, boundaries, sessions and providers are not asked.
	HasPermission(user, tenant, permission string) (granted, ok bool)
	// Providers returns the names of the auth providers that may vouch for the
	// principals of a tenant, sorted; open means that all may.
	Providers(tenant string) (names []string, open, ok bool)
}

// UserInfo is what the directory says of a user. Names of tags fold ASCII case.
type UserInfo struct {
	ID          string
	Aliases     []string
	Tenant      string // "" is none
	Status      string // active, suspended, erased
	Groups      []string
	Tags        map[string]string
	Memberships []MembershipInfo
}

// MembershipInfo is what the directory says of a membership.
type MembershipInfo struct {
	Tenant string
	Status string // active, suspended
	Roles  []string
}

// TenantInfo is what the directory says of a tenant.
type TenantInfo struct {
	ID       string
	Name     string
	Type     string
	Parent   string // "" for a root
	Status   string // its own: active, pending, suspended, inactive, deleted
	RBACMode string // override, additive
	Aliases  []string
	Tags     map[string]string
}

type reader struct{ e *Engine }

func (r reader) user(id string) (*entry, *userRecord) {
	id = r.e.Canonical(id)
	record := r.e.index.users[id]
	if record == nil {
		return nil, nil
	}
	return r.e.entries[id], record
}

func (r reader) tenant(id string) *tenant { return r.e.tenants[r.e.canonicalTenant(id)] }

func (r reader) User(id string) (UserInfo, bool) {
	e, record := r.user(id)
	if e == nil {
		return UserInfo{}, false
	}
	u := UserInfo{ID: e.id, Aliases: record.aliases, Tenant: e.home, Status: record.status, Groups: e.groups, Tags: e.tags}
	for i := range e.memberships {
		u.Memberships = append(u.Memberships, membershipInfo(e, record, i))
	}
	return u, true
}

func (r reader) UserOf(provider, id string) (UserInfo, bool) {
	canonical, ok := r.e.aliases[provider+":"+id]
	if !ok || provider == "" || id == "" {
		return UserInfo{}, false
	}
	return r.User(canonical)
}

func membershipInfo(e *entry, record *userRecord, i int) MembershipInfo {
	m := MembershipInfo{Tenant: e.memberships[i].tenant.id, Status: statusActive, Roles: record.roles[i]}
	if !e.memberships[i].active {
		m.Status = statusSuspended
	}
	return m
}

func (r reader) Tenant(id string) (TenantInfo, bool) { return r.info(r.tenant(id)) }

func (r reader) info(t *tenant) (TenantInfo, bool) {
	if t == nil {
		return TenantInfo{}, false
	}
	record := r.e.index.tenants[t.id]
	info := TenantInfo{ID: t.id, Name: t.name, Type: record.kind, Status: t.status, RBACMode: "override", Aliases: record.aliases, Tags: t.tags}
	if t.additive {
		info.RBACMode = "additive"
	}
	if t.parent != nil {
		info.Parent = t.parent.id
	}
	return info, true
}

func (r reader) infos(list []*tenant) []TenantInfo {
	infos := make([]TenantInfo, len(list))
	for i, t := range list {
		infos[i], _ = r.info(t)
	}
	return infos
}

func (r reader) Ancestors(tenant string) ([]TenantInfo, bool) {
	t := r.tenant(tenant)
	if t == nil {
		return nil, false
	}
	list := ancestors(t.parent)
	slices.Reverse(list)
	return r.infos(list), true
}

// ancestors returns t and all above it, the nearest first.
func ancestors(t *tenant) (list []*tenant) {
	for ; t != nil; t = t.parent {
		list = append(list, t)
	}
	return list
}

func (r reader) Children(tenant, after string, limit int) ([]TenantInfo, bool) {
	t := r.tenant(tenant)
	if t == nil {
		return nil, false
	}
	list := r.e.index.children[t.id]
	i, found := slices.BinarySearchFunc(list, after, compareTenant)
	if found {
		i++
	}
	if list = list[i:]; limit > 0 && len(list) > limit {
		list = list[:limit]
	}
	return r.infos(list), true
}

func (r reader) Organization(tenant string) (TenantInfo, bool) {
	for t := r.tenant(tenant); t != nil; t = t.parent {
		if r.e.index.tenants[t.id].kind == "organization" {
			return r.info(t)
		}
	}
	return TenantInfo{}, false
}

func (r reader) Membership(user, tenant string) (MembershipInfo, bool) {
	e, record := r.user(user)
	t := r.tenant(tenant)
	if e == nil || t == nil {
		return MembershipInfo{}, false
	}
	i := slices.IndexFunc(e.memberships, func(m membership) bool { return m.tenant == t })
	if i < 0 {
		return MembershipInfo{}, false
	}
	return membershipInfo(e, record, i), true
}

func (r reader) Member(user, tenant string, anywhere bool) (member, ok bool) {
	e, _ := r.user(user)
	t := r.tenant(tenant)
	if e == nil || t == nil {
		return false, false
	}
	return slices.ContainsFunc(e.memberships, func(m membership) bool {
		return m.tenant == t || anywhere && t.within(m.tenant)
	}), true
}

// asking is the scratch of a user who asks the roles about a tenant; nil if
// either is not there.
func (r reader) asking(user, tenant string) *scratch {
	e, _ := r.user(user)
	t := r.tenant(tenant)
	if e == nil || t == nil {
		return nil
	}
	s := &scratch{e: r.e}
	s.owner = t
	if e.gone == 0 && t.standing != standingInactive {
		s.memberships = e.memberships
	}
	return s
}

func (r reader) HasPermission(user, tenant, permission string) (granted, ok bool) {
	s := r.asking(user, tenant)
	if s == nil {
		return false, false
	}
	s.permission = permission
	return s.owner.lets(r.e, permission) && s.permitted(), true
}

// lets reports whether the standing of a tenant lets an action happen: in one that
// is suspended only reading.
func (t *tenant) lets(e *Engine, action string) bool {
	return t.standing == standingActive || t.standing == standingSuspended && e.reads[conditions.Fold(action)]
}

func (r reader) Permissions(user, tenant string) ([]string, bool) {
	s := r.asking(user, tenant)
	if s == nil {
		return nil, false
	}
	var all permissionSet
	for _, m := range s.counting() {
		all.merge(&m.permissions)
	}
	var list []string
	if all.all {
		list = append(list, "*")
	}
	list = append(list, all.exact...)
	for _, namespace := range all.namespaces {
		list = append(list, namespace+"*")
	}
	if s.owner.standing == standingSuspended {
		list = slices.DeleteFunc(list, func(p string) bool { return !s.owner.lets(r.e, p) })
	}
	slices.Sort(list)
	return list, true
}

// counting returns the memberships that permitted asks, were none of them to grant.
func (s *scratch) counting() (list []*membership) {
	for t := s.owner; t != nil; t = t.parent {
		switch m := s.in(t); {
		case m == nil:
		case !m.active && s.e.suspendedFallsThrough:
		case !m.active:
			return list
		default:
			if list = append(list, m); !s.owner.additive {
				return list
			}
		}
	}
	return list
}

func (r reader) Providers(tenant string) (names []string, open, ok bool) {
	t := r.tenant(tenant)
	if t == nil {
		return nil, false, false
	}
	for name, enabled := range t.providers {
		if enabled {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, len(t.providers) == 0, true
}
