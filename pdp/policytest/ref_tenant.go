package policytest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/pdp"
)

// shared is the tenant of what belongs to everybody.
const shared = "shared"

// tenant returns the id that the id or alias of a tenant stands for.
func (r *Reference) tenant(id string) string {
	if canonical, ok := r.tenantAlias[id]; ok {
		return canonical
	}
	return id
}

// tenantOfID returns the tenant that an ARN names; other ids name none.
func (r *Reference) tenantOfID(id string) string {
	n, _ := parseName(id)
	return r.tenant(n.account)
}

// parent returns the tenant above, "" for a root: the declared one, or the path
// before the last slash.
func (r *Reference) parent(id string) string {
	if t := r.tenants[id]; t != nil && t.Parent.Text != "" {
		return r.tenant(t.Parent.Text)
	}
	return id[:max(0, strings.LastIndexByte(id, '/'))]
}

// chain returns a tenant and all above it, deepest first; nobody's is empty.
func (r *Reference) chain(id string) []string {
	var all []string
	for ; id != ""; id = r.parent(id) {
		all = append(all, id)
	}
	return all
}

// below reports whether a tenant is the other or lies below it.
func (r *Reference) below(id, top string) bool { return slices.Contains(r.chain(id), top) }

// A resource is what is acted upon, with the facts that count.
type resource struct {
	tenant string // canonical; "" is nobody's or everybody's
	shared bool
	tags   map[string]string
}

// resourceOf is rule 1.3 for resources, and 6.2 for their tags: what the bundle
// knows, what the ARN says, and what the request says must agree. ok is false if
// they do not.
func (r *Reference) resourceOf(res *pdp.Resource) (what resource, ok bool) {
	what.tags = res.Tags
	sources := []string{r.tenantOfID(res.ID), r.tenant(res.Tenant)}
	if known := r.known[res.ID]; known != nil {
		sources = append(sources, r.tenant(known.Tenant.Text))
		if known.Tags != nil {
			what.tags = known.Tags
		}
	}
	tenant, agree := oneOf(sources...)
	if tenant == shared {
		what.shared = true
	} else {
		what.tenant = tenant
	}
	return what, agree && utf8.ValidString(res.Tenant) && tagsWithin(res.Tags, what.tags)
}

// oneOf returns what the sources that say something say; ok is false if two differ.
func oneOf(sources ...string) (said string, ok bool) {
	for _, s := range sources {
		switch {
		case s == "" || s == said:
		case said == "":
			said = s
		default:
			return said, false
		}
	}
	return said, true
}

// sameTenant is rule 1.4.
func (q *question) sameTenant() bool {
	mine, theirs := q.who.tenant, q.what.tenant
	switch {
	case q.what.shared || mine == theirs:
		return true
	case mine == "" || theirs == "":
		return !q.r.tenanted || theirs != "" && q.memberAbove(theirs)
	}
	return q.r.below(theirs, mine) || q.memberAbove(theirs)
}

// memberAbove reports whether the principal is an active member of the tenant or
// of one above it.
func (q *question) memberAbove(id string) bool {
	return slices.ContainsFunc(q.who.memberships(), func(m pdp.Membership) bool {
		return active(m.Status) && q.r.below(id, q.r.tenant(m.Tenant.Text))
	})
}

func active(status pdp.Text) bool { return status.Text == "" || status.Text == "active" }
