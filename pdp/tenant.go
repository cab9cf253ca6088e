package pdp

import (
	"slices"
	"strings"
)

// A tenant is a compiled tenant. What its ancestors add to it is folded into it,
// so that a request asks one tenant only; but for the walks along parent, which are
// as long as the tree is high.
type tenant struct {
	id, name, status string
	path             string // ids from the root on, joined by "/"
	parent           *tenant
	standing         standing        // of it and all its ancestors: the worst
	additive         bool            // rbac_mode
	admins           []string        // canonical ids, its own
	rails            []int32         // guardrails of its own, by number
	pathRails        []int32         // guardrails of it and all its ancestors
	providers        map[string]bool // its own rows, or the nearest ancestor's; empty: none
	tags             map[string]string
}

// standing is what a tenant's status, and its ancestors', let happen in it.
type standing uint8

const (
	standingActive    standing = iota
	standingSuspended          // only reading
	standingInactive           // nothing: inactive, pending, deleted
)

// The statuses of tenants, users and memberships.
const (
	statusActive    = "active"
	statusSuspended = "suspended"
	statusErased    = "erased"
)

func standingOf(status string) standing {
	switch status {
	case statusActive, "":
		return standingActive
	case statusSuspended:
		return standingSuspended
	}
	return standingInactive
}

// shared is the tenant of what belongs to nobody and to everybody.
const shared = "shared"

// within reports whether t is ancestor or lies below it. No tenant is within one.
func (t *tenant) within(ancestor *tenant) bool {
	for ; t != nil; t = t.parent {
		if t == ancestor {
			return true
		}
	}
	return false
}

// administered reports whether the principal is an admin of the tenant or of one of
// its ancestors.
func (t *tenant) administered(id string) bool {
	for ; t != nil; t = t.parent {
		if slices.Contains(t.admins, id) {
			return true
		}
	}
	return false
}

// canonicalTenant returns the tenant that a name stands for: a tenant's own id for
// one of its aliases, and any other name as it is.
func (e *Engine) canonicalTenant(name string) string {
	if canonical, ok := e.tenantAliases[name]; ok {
		return canonical
	}
	return name
}

// getName, getStatus and getTags are empty of no tenant.

func (t *tenant) getName() string {
	if t == nil {
		return ""
	}
	return t.name
}

func (t *tenant) getStatus() string {
	if t == nil {
		return ""
	}
	return t.status
}

func (t *tenant) getTags() map[string]string {
	if t == nil {
		return nil
	}
	return t.tags
}

// The parts of a tenant's hierarchy for conditions. Where no tenants are declared a
// tenant's id is its path.

func (s *scratch) tenantPath() string {
	if s.home != nil {
		return s.home.path
	}
	return s.tenant
}

func (s *scratch) rootTenant() string {
	if s.home == nil {
		root, _, _ := strings.Cut(s.tenant, "/")
		return root
	}
	t := s.home
	for t.parent != nil {
		t = t.parent
	}
	return t.id
}

func (s *scratch) parentTenant() string {
	switch {
	case s.home == nil:
		if i := strings.LastIndexByte(s.tenant, '/'); i > 0 {
			return s.tenant[:i]
		}
	case s.home.parent != nil:
		return s.home.parent.id
	}
	return ""
}
