package pdp

// A grant is one way in which a request may be allowed, if none of its limits stops
// it.
type grant struct {
	reason   Reason
	identity *statement // of the identity layer, nil if no statement of it was needed
	resource *statement // of the resource or the trust layer, likewise
	limits   limit
}

// limit is a set of what may stop a grant.
type limit uint8

const (
	limitIdentity limit = 1 << iota // a statement of the identity layer allows
	limitBoundary                   // the permissions boundary allows
	limitSession                    // a policy of the session allows
	limitScopes                     // the session's scopes have the permission
	limitAcross                     // a resource policy reaches across tenants

	limitAll = limitBoundary | limitSession | limitScopes
)

// limits are all of them, in the order in which they stop a grant, with the reason
// of the Deny where they do.
var limits = [...]struct {
	limit  limit
	reason Reason
}{
	{limitIdentity, ReasonImplicitDeny},
	{limitBoundary, ReasonBoundary},
	{limitSession, ReasonSessionPolicy},
	{limitScopes, ReasonSessionPolicy},
	{limitAcross, ReasonCrossTenant},
}

// passes reports whether a grant passes one limit.
func (s *scratch) passes(g *grant, l limit) bool {
	switch l {
	case limitIdentity:
		return g.identity != nil
	case limitBoundary:
		return s.boundary == nil || s.found.boundary != nil
	case limitSession:
		return len(s.limits) == 0 || s.found.session != nil
	case limitScopes:
		return !s.scoped || inScope(s.session.Scopes, s.permission)
	}
	return g.resource != nil // limitAcross
}

// first makes d the Allow of the first grant that nothing stops. Without one the
// Deny says what stopped the grant that got furthest.
func (s *scratch) first(d *Decision, grants []grant) *Decision {
	reason, furthest := ReasonImplicitDeny, -1
	for i := range grants {
		stopped := s.stop(&grants[i])
		if stopped == len(limits) {
			return s.allow(d, &grants[i])
		}
		if stopped > furthest {
			reason, furthest = limits[stopped].reason, stopped
		}
	}
	return d.deny(reason)
}

// stop returns the number of the first limit that stops the grant, or that of limits
// if none does.
func (s *scratch) stop(g *grant) int {
	for i := range limits {
		if l := limits[i].limit; g.limits&l != 0 && !s.passes(g, l) {
			return i
		}
	}
	return len(limits)
}

// allow makes d the Allow of a grant. Its deciding statements are the first Allow of
// each layer that it needed.
func (s *scratch) allow(d *Decision, g *grant) *Decision {
	d.Effect, d.Reason = Allow, g.reason
	need := func(c *statement, layer Layer) {
		if c != nil {
			d.determine(c, layer)
		}
	}
	need(g.identity, LayerIdentity)
	if g.limits&limitBoundary != 0 {
		need(s.found.boundary, LayerBoundary)
	}
	if g.limits&limitSession != 0 {
		need(s.found.session, LayerSession)
	}
	for _, r := range s.found.rails {
		if r.needed {
			need(r.ref, LayerGuardrail)
		}
	}
	if g.reason == ReasonTrustPolicy {
		need(g.resource, LayerTrust)
	} else {
		need(g.resource, LayerResource)
	}
	return d
}
