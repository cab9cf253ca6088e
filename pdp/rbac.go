package pdp

import (
	"slices"
	"strings"
)

// A permissionSet is the permissions of one or more roles.
type permissionSet struct {
	all        bool     // "*"
	exact      []string // sorted
	namespaces []string // sorted; "orders." is "orders.*"
}

// add adds a permission as a role lists it: "*", a first segment and ".*", or one
// that is meant exactly.
func (p *permissionSet) add(permission string) {
	if permission == "*" {
		p.all = true
		return
	}
	if first, ok := strings.CutSuffix(permission, ".*"); ok && first != "" && !strings.Contains(first, ".") {
		p.namespaces = insert(p.namespaces, first+".")
		return
	}
	p.exact = insert(p.exact, permission)
}

func (p *permissionSet) merge(q *permissionSet) {
	p.all = p.all || q.all
	for _, x := range q.exact {
		p.exact = insert(p.exact, x)
	}
	for _, x := range q.namespaces {
		p.namespaces = insert(p.namespaces, x)
	}
}

// insert keeps a sorted list sorted and without repeats.
func insert(sorted []string, s string) []string {
	i, has := slices.BinarySearch(sorted, s)
	if has {
		return sorted
	}
	return slices.Insert(sorted, i, s)
}

// grants reports whether the set has the permission, in its exact case.
func (p *permissionSet) grants(permission string) bool {
	if p.all {
		return true
	}
	if _, ok := slices.BinarySearch(p.exact, permission); ok {
		return true
	}
	if i := strings.IndexByte(permission, '.'); i > 0 {
		_, ok := slices.BinarySearch(p.namespaces, permission[:i+1])
		return ok
	}
	return false
}

// inScope is grants for a list as a session brings it.
func inScope(scopes []string, permission string) bool {
	for _, scope := range scopes {
		switch first, namespace := strings.CutSuffix(scope, "*"); {
		case scope == permission, scope == "*":
			return true
		case namespace && strings.IndexByte(first, '.') == len(first)-1 && len(first) > 1 && strings.HasPrefix(permission, first):
			return true
		}
	}
	return false
}

// A membership binds a user to a tenant through roles.
type membership struct {
	tenant      *tenant
	active      bool
	permissions permissionSet // of all its roles
}

// reaches reports whether the membership is active and the tenant is its own or
// lies below it.
func (m *membership) reaches(t *tenant) bool {
	return m.active && t.within(m.tenant)
}

// in returns the membership of one tenant, nil if there is none.
func (s *scratch) in(t *tenant) *membership {
	for i := range s.memberships {
		if s.memberships[i].tenant == t {
			return &s.memberships[i]
		}
	}
	return nil
}

// permitted asks the permission in the resource's tenant and its ancestors, the
// nearest first. The mode is that of the resource's tenant: with override the first
// membership answers, with additive all together do. A suspended membership ends
// the walk in both, so that suspending it never allows more (unless the manifest
// says that it falls through).
func (s *scratch) permitted() bool {
	if len(s.memberships) == 0 {
		return false
	}
	for t := s.owner; t != nil; t = t.parent {
		switch m := s.in(t); {
		case m == nil:
		case !m.active && s.e.suspendedFallsThrough:
		case !m.active:
			return false
		case m.permissions.grants(s.permission):
			return true
		case !s.owner.additive:
			return false
		}
	}
	return false
}
