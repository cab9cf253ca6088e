package pdp

// Reason says why a decision is what it is. The list is closed: it is the label
// of the decision metric and what callers may switch on.
// The zero Reason is ReasonInternal, so that a forgotten one denies as an error.
type Reason uint8

// The reasons, by class.
const (
	// Class error: MayI should have known and does not.
	ReasonInternal        Reason = iota // a panic was recovered
	ReasonDeadline                      // the caller's time was up
	ReasonJWKSUnavailable               // a token could not be verified for want of keys

	// Class allow.
	ReasonIdentityPolicy
	ReasonResourcePolicy
	ReasonPermission
	ReasonTrustPolicy
	ReasonAdmin
	ReasonRoot

	// Class deny.
	ReasonExplicitDeny
	ReasonImplicitDeny
	ReasonCrossTenant
	ReasonTrustPolicyDeny
	ReasonUnknownCondition
	ReasonGuardrail
	ReasonBoundary
	ReasonSessionPolicy
	ReasonTenantUnknown
	ReasonTenantInactive
	ReasonTenantSuspended
	ReasonPrincipalSuspended
	ReasonPrincipalErased
	ReasonSessionExpired
	ReasonSessionRevoked
	ReasonProviderNotAllowed
	ReasonStale
	ReasonNoRoute

	// Class unauthenticated.
	ReasonCredentialMissing
	ReasonCredentialInvalid

	// Class malformed.
	ReasonMalformedRequest

	// Class inability: MayI cannot decide at all.
	ReasonNoSnapshot
	ReasonShuttingDown
	ReasonOverload

	reasonCount
)

// Class is the kind of a reason; doors map the class and nothing else.
type Class uint8

// The classes. The zero Class is ClassError, which denies.
const (
	ClassError Class = iota
	ClassAllow
	ClassDeny
	ClassUnauthenticated
	ClassMalformed
	ClassInability
)

var reasons = [reasonCount]struct {
	name  string
	class Class
}{
	ReasonInternal:           {"internal", ClassError},
	ReasonDeadline:           {"deadline", ClassError},
	ReasonJWKSUnavailable:    {"jwks_unavailable", ClassError},
	ReasonIdentityPolicy:     {"identity_policy", ClassAllow},
	ReasonResourcePolicy:     {"resource_policy", ClassAllow},
	ReasonPermission:         {"permission", ClassAllow},
	ReasonTrustPolicy:        {"trust_policy", ClassAllow},
	ReasonAdmin:              {"admin", ClassAllow},
	ReasonRoot:               {"root", ClassAllow},
	ReasonExplicitDeny:       {"explicit_deny", ClassDeny},
	ReasonImplicitDeny:       {"implicit_deny", ClassDeny},
	ReasonCrossTenant:        {"cross_tenant", ClassDeny},
	ReasonTrustPolicyDeny:    {"trust_policy_deny", ClassDeny},
	ReasonUnknownCondition:   {"unknown_condition", ClassDeny},
	ReasonGuardrail:          {"guardrail", ClassDeny},
	ReasonBoundary:           {"boundary", ClassDeny},
	ReasonSessionPolicy:      {"session_policy", ClassDeny},
	ReasonTenantUnknown:      {"tenant_unknown", ClassDeny},
	ReasonTenantInactive:     {"tenant_inactive", ClassDeny},
	ReasonTenantSuspended:    {"tenant_suspended", ClassDeny},
	ReasonPrincipalSuspended: {"principal_suspended", ClassDeny},
	ReasonPrincipalErased:    {"principal_erased", ClassDeny},
	ReasonSessionExpired:     {"session_expired", ClassDeny},
	ReasonSessionRevoked:     {"session_revoked", ClassDeny},
	ReasonProviderNotAllowed: {"provider_not_allowed", ClassDeny},
	ReasonStale:              {"stale", ClassDeny},
	ReasonNoRoute:            {"no_route", ClassDeny},
	ReasonCredentialMissing:  {"credential_missing", ClassUnauthenticated},
	ReasonCredentialInvalid:  {"credential_invalid", ClassUnauthenticated},
	ReasonMalformedRequest:   {"malformed_request", ClassMalformed},
	ReasonNoSnapshot:         {"no_snapshot", ClassInability},
	ReasonShuttingDown:       {"shutting_down", ClassInability},
	ReasonOverload:           {"overload", ClassInability},
}

// String returns the reason's name as it stands in answers, logs and metrics.
func (r Reason) String() string {
	if r >= reasonCount {
		return "internal"
	}
	return reasons[r].name
}

// Class returns the reason's class.
func (r Reason) Class() Class {
	if r >= reasonCount {
		return ClassError
	}
	return reasons[r].class
}

// Reasons returns every reason, for those who register or document them all.
func Reasons() []Reason {
	all := make([]Reason, reasonCount)
	for i := range all {
		all[i] = Reason(i)
	}
	return all
}
