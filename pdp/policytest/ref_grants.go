package policytest

import (
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
)

// A grant of the identity layer: of a policy, or else of permissions or tenants.
type grant struct {
	reason pdp.Reason
	by     []*pdp.StatementRef
}

// identity returns the first grant of the identity layer: rule 4.2.
func (q *question) identity(h hearing) (grant, bool) {
	switch first := h.first(pdp.LayerIdentity, whichever); {
	case first != nil:
		return grant{pdp.ReasonIdentityPolicy, []*pdp.StatementRef{first}}, true
	case q.self() && q.who.id != "", q.permitted():
		return grant{reason: pdp.ReasonPermission}, true
	case q.admin():
		return grant{reason: pdp.ReasonAdmin}, true
	}
	return grant{}, false
}

// refs joins deciding statements, which are given in canonical order of layers.
func refs(lists ...[]*pdp.StatementRef) []*pdp.StatementRef { return slices.Concat(lists...) }

func one(ref *pdp.StatementRef) []*pdp.StatementRef { return []*pdp.StatementRef{ref} }

// within is rule 4.2c for a resource of the principal's own tenant: one grant is
// enough. That of a resource policy to the principal itself or to everyone needs
// nobody's leave, unless the session is limited; one to the very session needs
// only the scopes; every other needs boundary and session.
func (q *question) within(h hearing, guardrails []*pdp.StatementRef) pdp.Decision {
	boundary, bounded := h.boundary(q)
	session, inSession := h.session(q)
	reaching := func(r reach) *pdp.StatementRef {
		return h.first(pdp.LayerResource, func(v voice) bool { return v.reach == r })
	}
	direct := h.first(pdp.LayerResource, func(v voice) bool {
		return v.reach == reachSession || v.reach == reachDirect && !q.limited()
	})
	if direct != nil && q.inScope() {
		return q.allow(pdp.ReasonResourcePolicy, refs(guardrails, one(direct))...)
	}
	byResource := reaching(reachDirect)
	if byResource == nil {
		byResource = reaching(reachRole)
	}
	identity, granted := q.identity(h)
	switch {
	case byResource == nil && !granted && direct == nil:
		return q.deny(pdp.ReasonImplicitDeny)
	case direct != nil: // stopped by the scopes, which stop everything
		return q.deny(pdp.ReasonSessionPolicy)
	case !bounded:
		return q.deny(pdp.ReasonBoundary)
	case !inSession:
		return q.deny(pdp.ReasonSessionPolicy)
	case byResource != nil:
		return q.allow(pdp.ReasonResourcePolicy, refs(boundary, session, guardrails, one(byResource))...)
	}
	return q.allow(identity.reason, refs(identity.by, boundary, session, guardrails)...)
}

// across is rule 4.2c for a resource of another tenant: both sides must allow.
func (q *question) across(h hearing, guardrails []*pdp.StatementRef) pdp.Decision {
	identity, granted := q.identity(h)
	boundary, bounded := h.boundary(q)
	session, inSession := h.session(q)
	theirs := h.first(pdp.LayerResource, func(v voice) bool { return v.crosses })
	switch {
	case !granted:
		return q.deny(pdp.ReasonImplicitDeny)
	case !bounded:
		return q.deny(pdp.ReasonBoundary)
	case !inSession:
		return q.deny(pdp.ReasonSessionPolicy)
	case theirs == nil:
		return q.deny(pdp.ReasonCrossTenant)
	}
	return q.allow(identity.reason, refs(identity.by, boundary, session, guardrails, one(theirs))...)
}

// assuming reports whether a role is to be assumed: rule 4.2d.
func (q *question) assuming() bool { return strings.HasPrefix(lower(q.action), "sts:assumerole") }

// assume is rule 4.2d: the role's trust policy must allow. Where it names only
// the tenant, or the role is another tenant's, the caller's own policies must too.
func (q *question) assume(h hearing, guardrails []*pdp.StatementRef) pdp.Decision {
	same := q.sameTenant()
	trust := h.first(pdp.LayerTrust, func(v voice) bool { return same && v.reach > reachTenant })
	own := h.first(pdp.LayerIdentity, whichever)
	var identity []*pdp.StatementRef
	needed := trust == nil
	if needed {
		trust = h.first(pdp.LayerTrust, func(v voice) bool { return same || v.crosses })
	}
	if needed && own != nil {
		identity = one(own)
	}
	boundary, bounded := h.boundary(q)
	session, inSession := h.session(q)
	switch {
	case q.who.id == "" || trust == nil:
		return q.deny(pdp.ReasonTrustPolicyDeny)
	case needed && own == nil:
		return q.deny(pdp.ReasonImplicitDeny)
	case !bounded:
		return q.deny(pdp.ReasonBoundary)
	case !inSession:
		return q.deny(pdp.ReasonSessionPolicy)
	}
	return q.allow(pdp.ReasonTrustPolicy, refs(identity, boundary, session, guardrails, one(trust))...)
}
