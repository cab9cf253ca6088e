package pdp

import (
	"strings"
)

// Decide answers a request. It never fails: a request that cannot be read is
// denied with malformed_request, and its Detail says why. It may be called
// concurrently and keeps nothing of the request. It allocates nothing, but for
// malformed requests, inline session policies, tags whose keys have upper-case
// letters, and the role ARN of a session whose role is not in the directory.
func (e *Engine) Decide(r *Request) Decision {
	s := e.pool.Get().(*scratch)
	s.e, s.who = e, &s.stranger
	if s.find == nil {
		s.find = new(finder)
	}
	d := e.decide(s, r)
	d.Principal, d.Tenant, d.Revision = s.who.id, s.tenant, e.revision
	s.forget()
	e.pool.Put(s)
	return d
}

func (e *Engine) decide(s *scratch, r *Request) Decision {
	if r == nil {
		return Denied(ReasonMalformedRequest, "there is no request")
	}
	s.now = r.Time
	if r.Refused != nil && r.Malformed == "" {
		return e.refused(s, r)
	}
	if why := e.establish(s, r); why != "" {
		return Denied(ReasonMalformedRequest, why)
	}
	s.caller = s.findCaller()
	var first Decision
	for i, alternative := range s.alternatives {
		s.permission, s.action = alternative, s.fixedAction
		if s.action == "" {
			s.action = alternative
		}
		d := s.decide()
		if d.Allowed() {
			return d
		}
		if i == 0 {
			first = d
		}
	}
	return first
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
func (s *scratch) decide() Decision {
	for _, denies := range guards {
		if reason, ok := denies(s); ok {
			return Denied(reason, "")
		}
	}
	if s.root {
		return Decision{Effect: Allow, Reason: ReasonRoot}
	}
	s.found = found{}
	s.find.read(s.action, s.resource)
	for _, ask := range layers {
		ask(s)
	}
	return s.combine()
}

// combine makes the decision of what was found: any Deny wins; then each level of
// guardrails must allow; then who may assume a role is the role's own trust policy
// to say; then what the relation of principal and resource needs.
func (s *scratch) combine() Decision {
	f := &s.found
	switch {
	case f.denied.total > 0 && f.sure:
		f.denied.Reason = ReasonExplicitDeny
		return f.denied
	case f.denied.total > 0:
		f.denied.Reason = ReasonUnknownCondition
		return f.denied
	case !s.guarded():
		return Denied(ReasonGuardrail, "")
	case assumesRole(s.action):
		return s.assume()
	case s.self && s.anonymous():
		return Denied(ReasonImplicitDeny, "")
	case s.cross:
		return s.acrossTenants()
	}
	return s.withinTenant()
}

// withinTenant needs one grant: of the resource layer for the very caller or for
// the role of its session, or of the identity layer. What limits the principal does
// not limit a grant to the very caller; what limits its session does, unless the
// grant is to the very session.
func (s *scratch) withinTenant() Decision {
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
	return s.first(
		grant{reason: ReasonResourcePolicy, holds: direct != nil, resource: direct, limits: limits},
		grant{reason: ReasonResourcePolicy, holds: f.resource.viaRole != nil, resource: f.resource.viaRole, limits: limitAll},
		grant{reason: ReasonIdentityPolicy, holds: f.identity != nil, identity: f.identity, limits: limitAll},
		grant{reason: ReasonPermission, holds: s.self || s.permitted(), limits: limitAll},
		grant{reason: ReasonAdmin, holds: s.owner.administered(s.who.id), limits: limitAll},
	)
}

// acrossTenants needs two: a grant of the identity layer, and one of the resource
// layer that reaches across.
func (s *scratch) acrossTenants() Decision {
	f := &s.found
	across := grant{resource: f.resource.across, limits: limitAll | limitAcross}
	policy, permission, admin := across, across, across
	policy.reason, policy.holds, policy.identity = ReasonIdentityPolicy, f.identity != nil, f.identity
	permission.reason, permission.holds = ReasonPermission, s.self || s.permitted()
	admin.reason, admin.holds = ReasonAdmin, s.owner.administered(s.who.id)
	return s.first(policy, permission, admin)
}

// assume needs the trust policy of the role; and where that means only the account,
// or principal and role are of different tenants, an identity policy too. Nothing
// else of the identity layer counts here.
func (s *scratch) assume() Decision {
	t, identity := &s.found.trust, s.found.identity
	named := t.direct // by its id or its role, which have the same limits: the first in canonical order
	if named == nil || t.viaRole != nil && t.viaRole.index < named.index {
		named = t.viaRole
	}
	grants := [...]grant{
		{resource: named, limits: limitAll},
		{resource: t.viaAccount, identity: identity, limits: limitIdentity | limitAll},
	}
	if s.cross {
		grants = [...]grant{{resource: t.across, identity: identity, limits: limitIdentity | limitAll}, {}}
	}
	trusted := false
	for i := range grants {
		grants[i].reason = ReasonTrustPolicy
		grants[i].holds = grants[i].resource != nil && !s.anonymous()
		trusted = trusted || grants[i].holds
	}
	if !trusted {
		return Denied(ReasonTrustPolicyDeny, "")
	}
	return s.first(grants[:]...)
}

// assumesRole reports whether the action is sts:AssumeRole or one of its kind.
func assumesRole(action string) bool {
	const prefix = "sts:assumerole"
	return len(action) >= len(prefix) && strings.EqualFold(action[:len(prefix)], prefix)
}
