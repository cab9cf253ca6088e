package pdp

import (
	"strings"
)

// Decide answers a request. It never fails: a request that cannot be read is
// denied with malformed_request, and its Detail says why. It may be called
// concurrently and keeps nothing of the request. It allocates nothing, but for
// malformed requests, inline session policies, tags whose keys have upper-case
// letters, and the role ARN of a session whose role is not in the directory.
func (e *Engine) Decide(r *Request) (d Decision) {
	s := e.pool.Get().(*scratch)
	s.e, s.who = e, &s.stranger
	if s.find == nil {
		s.find = new(finder)
	}
	e.decide(s, r, &d)
	d.Principal, d.Tenant, d.Revision = s.who.id, s.tenant, e.revision
	s.forget()
	e.pool.Put(s)
	return d
}

// decide fills in d, which denies until something allows. It is not handed from one
// function to the next as a result: it is large, and that was a tenth of a decision.
func (e *Engine) decide(s *scratch, r *Request, d *Decision) {
	if r == nil {
		*d = Denied(ReasonMalformedRequest, "there is no request")
		return
	}
	s.now = r.Time
	if r.Refused != nil && r.Malformed == "" {
		*d = e.refused(s, r)
		return
	}
	if why := e.establish(s, r); why != "" {
		*d = Denied(ReasonMalformedRequest, why)
		return
	}
	s.caller = s.findCaller()
	for i, alternative := range s.alternatives {
		s.permission, s.action = alternative, s.fixedAction
		if s.action == "" {
			s.action = alternative
		}
		if i == 0 {
			s.decide(d)
		} else if other := (Decision{}); s.decide(&other).Allowed() {
			*d = other
		}
		if d.Allowed() {
			return
		}
	}
}

// refused answers what a door has denied already. What else is wrong with the
// request no longer matters, but for a bundle that says nothing any more.
func (e *Engine) refused(s *scratch, r *Request) Decision {
	e.establishPrincipal(s, r) // whose refusal it is
	if r.Refused.Reason.Class() != ClassMalformed && !s.now.IsZero() && e.stale(s) {
		return Denied(ReasonStale, "")
	}
	return Denied(r.Refused.Reason, r.Refused.Detail)
}

// decide answers for one alternative: the guards, the root principal, the layers.
func (s *scratch) decide(d *Decision) *Decision {
	for i := range guards {
		if reason, denies := guards[i](s); denies {
			return d.deny(reason)
		}
	}
	if s.root {
		d.Effect, d.Reason = Allow, ReasonRoot
		return d
	}
	s.found = found{}
	s.find.read(s.action, s.resource)
	for _, ask := range layers {
		ask(s)
	}
	return s.combine(d)
}

// combine makes the decision of what was found: any Deny wins; then each level of
// guardrails must allow; then who may assume a role is the role's own trust policy
// to say; then what the relation of principal and resource needs.
func (s *scratch) combine(d *Decision) *Decision {
	f := &s.found
	switch {
	case f.denied.total > 0:
		*d = f.denied
		if f.sure {
			return d.deny(ReasonExplicitDeny)
		}
		return d.deny(ReasonUnknownCondition)
	case !s.guarded():
		return d.deny(ReasonGuardrail)
	case assumesRole(s.action):
		return s.assume(d)
	case s.self && s.anonymous():
		return d.deny(ReasonImplicitDeny)
	case s.cross:
		return s.acrossTenants(d)
	}
	return s.withinTenant(d)
}

// withinTenant needs one grant: of the resource layer for the very caller or for
// the role of its session, or of the identity layer. What limits the principal does
// not limit a grant to the very caller; what limits its session does, unless the
// grant is to the very session.
func (s *scratch) withinTenant(d *Decision) *Decision {
	f := &s.found
	direct, limits := f.resource.direct, limitScopes
	switch {
	case !s.limited():
	case s.who.isSession() || s.who.kind == kindFederated:
		if f.resource.exact != nil {
			direct = f.resource.exact
			break
		}
		fallthrough
	default:
		limits = limitAll
	}
	var list [5]grant
	grants := list[:0] // those that hold: usually one or none
	if direct != nil {
		grants = append(grants, grant{reason: ReasonResourcePolicy, resource: direct, limits: limits})
	}
	if f.resource.viaRole != nil {
		grants = append(grants, grant{reason: ReasonResourcePolicy, resource: f.resource.viaRole, limits: limitAll})
	}
	if f.identity != nil {
		grants = append(grants, grant{reason: ReasonIdentityPolicy, identity: f.identity, limits: limitAll})
	}
	if s.self || s.permitted() {
		grants = append(grants, grant{reason: ReasonPermission, limits: limitAll})
	}
	if s.owner.administered(s.who.id) {
		grants = append(grants, grant{reason: ReasonAdmin, limits: limitAll})
	}
	return s.first(d, grants)
}

// acrossTenants needs two: a grant of the identity layer, and one of the resource
// layer that reaches across.
func (s *scratch) acrossTenants(d *Decision) *Decision {
	f := &s.found
	var list [3]grant
	grants := list[:0]
	across := grant{resource: f.resource.across, limits: limitAll | limitAcross}
	if f.identity != nil {
		across.reason, across.identity = ReasonIdentityPolicy, f.identity
		grants = append(grants, across)
	}
	across.identity = nil
	if s.self || s.permitted() {
		across.reason = ReasonPermission
		grants = append(grants, across)
	}
	if s.owner.administered(s.who.id) {
		across.reason = ReasonAdmin
		grants = append(grants, across)
	}
	return s.first(d, grants)
}

// assume needs the trust policy of the role; and where that means only the account,
// or principal and role are of different tenants, an identity policy too. Nothing
// else of the identity layer counts here.
func (s *scratch) assume(d *Decision) *Decision {
	t, identity := &s.found.trust, s.found.identity
	named := t.direct // by its id or its role, which have the same limits: the first in canonical order
	if named == nil || t.viaRole != nil && t.viaRole.index < named.index {
		named = t.viaRole
	}
	var list [2]grant
	grants := list[:0]
	add := func(resource, identity *statement, limits limit) {
		if resource != nil && !s.anonymous() {
			grants = append(grants, grant{reason: ReasonTrustPolicy, resource: resource, identity: identity, limits: limits})
		}
	}
	if s.cross {
		add(t.across, identity, limitIdentity|limitAll)
	} else {
		add(named, nil, limitAll)
		add(t.viaAccount, identity, limitIdentity|limitAll)
	}
	if len(grants) == 0 {
		return d.deny(ReasonTrustPolicyDeny)
	}
	return s.first(d, grants)
}

// assumesRole reports whether the action is sts:AssumeRole or one of its kind.
func assumesRole(action string) bool {
	const prefix = "sts:assumerole"
	return len(action) >= len(prefix) && strings.EqualFold(action[:len(prefix)], prefix)
}
