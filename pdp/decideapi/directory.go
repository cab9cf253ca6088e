package decideapi

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
)

// A query is a question about the directory, as a codec read it.
type query struct {
	id, provider, providerID  string
	user, tenant, permission  string
	anywhere                  bool
	pageSize                  int
	pageToken                 string
	wantsUser, wantsTenant    bool // which of them its question needs
	wantsPermission, wantsWho bool
}

// The answers to questions about the directory, as JSON writes them. A list that is
// empty is there.
type (
	userAnswer struct {
		User     user   `json:"user"`
		Revision string `json:"revision"`
	}
	tenantAnswer struct {
		Tenant   tenant `json:"tenant"`
		Revision string `json:"revision"`
	}
	tenantsAnswer struct {
		Tenants  []tenant `json:"tenants"`
		Revision string   `json:"revision"`
		Next     string   `json:"next_page_token,omitzero"`
	}
	membershipAnswer struct {
		Membership membership `json:"membership"`
		Revision   string     `json:"revision"`
	}
	memberAnswer struct {
		Member   bool   `json:"member"`
		Revision string `json:"revision"`
	}
	permissionsAnswer struct {
		Permissions []string `json:"permissions"`
		Revision    string   `json:"revision"`
	}
	grantedAnswer struct {
		Granted  bool   `json:"granted"`
		Revision string `json:"revision"`
	}
	providersAnswer struct {
		Open      bool     `json:"open"`
		Providers []string `json:"providers"`
		Revision  string   `json:"revision"`
	}
)

type user struct {
	ID          string            `json:"id"`
	Aliases     []string          `json:"aliases"`
	Tenant      string            `json:"tenant,omitzero"`
	Status      string            `json:"status"`
	Groups      []string          `json:"groups"`
	Tags        map[string]string `json:"tags"`
	Memberships []membership      `json:"memberships"`
}

type membership struct {
	Tenant string   `json:"tenant"`
	Status string   `json:"status"`
	Roles  []string `json:"roles"`
}

type tenant struct {
	ID       string            `json:"id"`
	Name     string            `json:"name,omitzero"`
	Type     string            `json:"type,omitzero"`
	Parent   string            `json:"parent,omitzero"`
	Status   string            `json:"status"`
	RBACMode string            `json:"rbac_mode"`
	Aliases  []string          `json:"aliases"`
	Tags     map[string]string `json:"tags"`
}

// A directory answers the questions of one call from one snapshot. Its answers are
// false for what is not there.
type directory struct {
	pdp.Reader
	revision string
}

func (d directory) getUser(q *query) (a userAnswer, ok bool) {
	var u pdp.UserInfo
	if q.provider != "" {
		u, ok = d.UserOf(q.provider, q.providerID)
	} else {
		u, ok = d.User(q.id)
	}
	a = userAnswer{Revision: d.revision, User: user{
		ID: u.ID, Aliases: listed(u.Aliases), Tenant: u.Tenant, Status: u.Status, Groups: listed(u.Groups), Tags: tagged(u.Tags),
		Memberships: []membership{},
	}}
	for _, m := range u.Memberships {
		a.User.Memberships = append(a.User.Memberships, membershipOf(m))
	}
	return a, ok
}

func (d directory) getTenant(q *query) (tenantAnswer, bool) {
	t, ok := d.Tenant(q.tenant)
	return tenantAnswer{tenantOf(t), d.revision}, ok
}

func (d directory) getOrganization(q *query) (tenantAnswer, bool) {
	t, ok := d.Organization(q.tenant)
	return tenantAnswer{tenantOf(t), d.revision}, ok
}

func (d directory) listAncestors(q *query) (tenantsAnswer, bool) {
	list, ok := d.Ancestors(q.tenant)
	return tenantsAnswer{Tenants: tenants(list), Revision: d.revision}, ok
}

// The bounds of a page.
const (
	defaultPage = 100
	maxPage     = 1000
)

func (d directory) listChildren(q *query) (tenantsAnswer, bool) {
	size := q.pageSize
	if size == 0 {
		size = defaultPage
	}
	list, ok := d.Children(q.tenant, q.pageToken, size+1)
	a := tenantsAnswer{Revision: d.revision}
	if len(list) > size {
		list = list[:size]
		a.Next = list[size-1].ID
	}
	a.Tenants = tenants(list)
	return a, ok
}

func tenantOf(t pdp.TenantInfo) tenant {
	t.Aliases, t.Tags = listed(t.Aliases), tagged(t.Tags)
	return tenant(t)
}

func membershipOf(m pdp.MembershipInfo) membership {
	m.Roles = listed(m.Roles)
	return membership(m)
}

// listed and tagged make what is empty [] and {} instead of null.
func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func tagged(tags map[string]string) map[string]string {
	if tags == nil {
		return map[string]string{}
	}
	return tags
}

func tenants(list []pdp.TenantInfo) []tenant {
	out := make([]tenant, len(list))
	for i := range list {
		out[i] = tenantOf(list[i])
	}
	return out
}

func (d directory) getMembership(q *query) (membershipAnswer, bool) {
	m, ok := d.Membership(q.user, q.tenant)
	return membershipAnswer{membershipOf(m), d.revision}, ok
}

func (d directory) isMember(q *query) (memberAnswer, bool) {
	member, ok := d.Member(q.user, q.tenant, q.anywhere)
	return memberAnswer{member, d.revision}, ok
}

func (d directory) listPermissions(q *query) (permissionsAnswer, bool) {
	list, ok := d.Permissions(q.user, q.tenant)
	return permissionsAnswer{listed(list), d.revision}, ok
}

func (d directory) hasPermission(q *query) (grantedAnswer, bool) {
	granted, ok := d.HasPermission(q.user, q.tenant, q.permission)
	return grantedAnswer{granted, d.revision}, ok
}

func (d directory) listProviders(q *query) (providersAnswer, bool) {
	names, open, ok := d.Providers(q.tenant)
	return providersAnswer{open, listed(names), d.revision}, ok
}

// check returns what is wrong with a query and where; "" if nothing is.
func (q *query) check() (pointer, reason string) {
	byProvider := q.provider != "" || q.providerID != ""
	switch {
	case q.wantsWho && byProvider == (q.id != ""):
		return "", "expected either id, or provider and provider_id"
	case q.wantsWho && byProvider && (q.provider == "" || q.providerID == ""):
		return "", "provider and provider_id belong together; one of them is missing"
	case q.wantsUser && q.user == "":
		return "", "user is missing"
	case q.wantsTenant && q.tenant == "":
		return "", "tenant is missing"
	case q.wantsPermission && q.permission == "":
		return "", "permission is missing"
	case strings.ContainsAny(q.permission, "|*? "):
		return "/permission", "expected one permission, without | * ? and blanks"
	case q.pageSize < 0 || q.pageSize > maxPage:
		return "/page_size", fmt.Sprintf("expected 1 to %d, or 0 for %d", maxPage, defaultPage)
	}
	return "", ""
}
