package pdp

import (
	"slices"
)

// A guard says whether it denies the request before any policy is asked, and why.
type guard func(*scratch) (Reason, bool)

// guards are all of them in the order in which they are asked, after the request
// has turned out well formed. The doors' own come between stale and the session's:
// see Request.Refused.
var guards = [...]guard{
	staleBundle,
	sessionOver,
	principalGone,
	principalTenantClosed,
	resourceTenantClosed,
	providerForeign,
}

func staleBundle(s *scratch) (Reason, bool) {
	return ReasonStale, s.e.stale(s)
}

// stale reports whether the manifest says that the bundle is too old by now.
func (e *Engine) stale(s *scratch) bool {
	return !e.expiry.IsZero() && !s.now.Before(e.expiry)
}

// sessionOver denies sessions that have ended or were called back, and sessions of
// roles of which nothing is known, where tenants are declared.
func sessionOver(s *scratch) (Reason, bool) {
	switch {
	case s.session == nil:
		return ReasonSessionExpired, s.e.declaresTenants && s.who.kind == kindAssumedRole
	case s.expired():
		return ReasonSessionExpired, true
	}
	return ReasonSessionRevoked, s.revoked()
}

// principalGone denies a principal that is suspended or erased, and whoever came
// from one by assuming roles.
func principalGone(s *scratch) (Reason, bool) {
	if s.entry != nil && s.entry.gone != 0 {
		return s.entry.gone, true
	}
	for _, member := range s.chain {
		if member.gone != 0 {
			return member.gone, true
		}
	}
	return 0, false
}

func principalTenantClosed(s *scratch) (Reason, bool) { return s.closed(s.tenant, s.home) }

func resourceTenantClosed(s *scratch) (Reason, bool) { return s.closed(s.resourceTenant, s.owner) }

// closed says whether a tenant lets nothing happen, or nothing but reading. A
// tenant that nobody declared is closed where any is declared.
func (s *scratch) closed(id string, t *tenant) (Reason, bool) {
	switch {
	case t == nil:
		return ReasonTenantUnknown, id != "" && s.e.declaresTenants
	case t.standing == standingInactive:
		return ReasonTenantInactive, true
	}
	return ReasonTenantSuspended, t.standing == standingSuspended && !s.reads()
}

// reads reports whether the schema says that the action only reads.
func (s *scratch) reads() bool {
	s.foldBuffer = s.foldBuffer[:0]
	for i := range len(s.action) {
		c := s.action[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		s.foldBuffer = append(s.foldBuffer, c)
	}
	return s.e.reads[string(s.foldBuffer)]
}

// providerForeign denies a provider that the principal's tenant does not list, once
// it or an ancestor lists any.
func providerForeign(s *scratch) (Reason, bool) {
	if s.home == nil || len(s.home.providers) == 0 {
		return 0, false
	}
	return ReasonProviderNotAllowed, !s.home.providers[s.provider]
}

// isRoot reports whether the request comes from the root principal: by the one
// source that may say so, by its very id, and by nothing that has less than it.
func (e *Engine) isRoot(s *scratch, r *Request) bool {
	if e.root == "" || !r.Principal.Root || r.Principal.ID != e.root || s.who.id != e.root {
		return false
	}
	x := r.Session
	return x == nil || len(x.Chain) == 0 && !s.limited() && !slices.Contains([]string{sessionRole, sessionAPIKey}, x.Type)
}
