package pdp

import (
	"strings"

	"github.com/mayi-authz/mayi/conditions"
)

// Decide answers a request. It never fails: a request that cannot be read is
// denied with malformed_request, and its Detail says why. It may be called
// concurrently and keeps nothing of the request. It allocates nothing, but for
// malformed requests, tags whose keys have upper-case letters, and the role ARN of
// a session whose role is not in the directory.
func (e *Engine) Decide(r *Request) Decision {
	s := e.pool.Get().(*scratch)
	d := e.decide(s, r)
	d.Principal, d.Revision = s.who.id, e.revision
	s.forget()
	e.pool.Put(s)
	return d
}

func (e *Engine) decide(s *scratch, r *Request) Decision {
	if r == nil {
		return Denied(ReasonMalformedRequest, "there is no request")
	}
	if r.Refused != nil && r.Malformed == "" {
		e.establishPrincipal(s, r) // whose refusal it is; what else it finds no longer matters
		return Denied(r.Refused.Reason, r.Refused.Detail)
	}
	if why := e.establish(s, r); why != "" {
		return Denied(ReasonMalformedRequest, why)
	}
	var first Decision
	for i, action := range s.actions {
		s.action = action
		e.search(s)
		d := s.combine()
		if d.Allowed() {
			return d
		}
		if i == 0 {
			first = d
		}
	}
	return first
}

// search asks every statement that could speak about the caller. It walks in
// canonical order: layer, policy name, statement index. All Denies count; of the
// Allows only the first of each use.
func (e *Engine) search(s *scratch) {
	s.found = found{}
	f := &s.found
	for _, i := range s.policies {
		statements := e.identity[i].statements
		for j := range statements {
			c := &statements[j]
			if c.effect == Allow && f.identity != nil {
				continue
			}
			switch t := c.applies(s); {
			case t == conditions.False:
			case c.effect == Deny:
				f.deny(c, t)
			case t == conditions.True:
				f.identity = c.ref
			}
		}
	}
	for i := range e.resource {
		statements := e.resource[i].statements
		for j := range statements {
			c := &statements[j]
			g := c.principals.grip(s.caller)
			if g == gripNone || c.effect == Allow && (g == gripSupposed || f.has(g)) {
				continue
			}
			switch t := c.applies(s); {
			case t == conditions.False:
			case c.effect == Deny:
				f.deny(c, t)
			case t == conditions.True:
				f.allow(c, g)
			}
		}
	}
}

// deny notes a Deny that applies, or is not known not to.
func (f *found) deny(c *statement, t conditions.Tri) {
	f.denied.determine(c.ref)
	f.sure = f.sure || t == conditions.True
}

// has reports whether an Allow with this grip would add nothing.
func (f *found) has(g grip) bool {
	switch g {
	case gripDirect:
		return f.direct != nil
	case gripRole:
		return f.viaRole != nil
	}
	return f.anyhow != nil
}

// allow notes an Allow of the resource layer.
func (f *found) allow(c *statement, g grip) {
	if f.anyhow == nil {
		f.anyhow = c.ref
	}
	switch {
	case g == gripDirect && f.direct == nil:
		f.direct = c.ref
	case g == gripRole && f.viaRole == nil:
		f.viaRole = c.ref
	}
}

// combine makes the decision of what was found: any Deny wins; then who may
// assume a role is the role's own trust policy to say; then what the relation of
// principal and resource needs.
func (s *scratch) combine() Decision {
	f := &s.found
	switch {
	case f.denied.total > 0 && f.sure:
		f.denied.Reason = ReasonExplicitDeny
		return f.denied
	case f.denied.total > 0:
		f.denied.Reason = ReasonUnknownCondition
		return f.denied
	case assumesRole(s.action):
		return Denied(ReasonTrustPolicyDeny, "")
	case s.self && s.anonymous():
		return Denied(ReasonImplicitDeny, "")
	case s.cross:
		return s.acrossTenants()
	}
	return s.withinTenant()
}

// withinTenant needs one Allow: of the resource layer for the very caller or for
// the role of its session, or of the identity layer.
func (s *scratch) withinTenant() Decision {
	f := &s.found
	switch {
	case f.direct != nil:
		return allowed(ReasonResourcePolicy, f.direct)
	case f.viaRole != nil:
		return allowed(ReasonResourcePolicy, f.viaRole)
	case f.identity != nil:
		return allowed(ReasonIdentityPolicy, f.identity)
	case s.self:
		return allowed(ReasonPermission)
	}
	return Denied(ReasonImplicitDeny, "")
}

// acrossTenants needs two: the identity layer's, and one of the resource layer.
func (s *scratch) acrossTenants() Decision {
	f := &s.found
	switch {
	case f.identity == nil && !s.self:
		return Denied(ReasonImplicitDeny, "")
	case f.anyhow == nil:
		return Denied(ReasonCrossTenant, "")
	case f.identity == nil:
		return allowed(ReasonPermission, f.anyhow)
	}
	return allowed(ReasonIdentityPolicy, f.identity, f.anyhow)
}

func allowed(reason Reason, refs ...*StatementRef) Decision {
	d := Decision{Effect: Allow, Reason: reason}
	for _, ref := range refs {
		d.determine(ref)
	}
	return d
}

// assumesRole reports whether the action is sts:AssumeRole or one of its kind.
func assumesRole(action string) bool {
	const prefix = "sts:assumerole"
	return len(action) >= len(prefix) && strings.EqualFold(action[:len(prefix)], prefix)
}
