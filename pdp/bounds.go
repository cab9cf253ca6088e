package pdp

import "fmt"

// Bounds of what a request may bring along. Each item costs time on its way to a
// decision; a request with more is malformed, never cut short.
const (
	// MaxAlternatives is how many alternatives a Permission may have. Each costs a
	// decision of its own.
	MaxAlternatives = 64
	// MaxChain is how many may have assumed roles before: the length of
	// Session.Chain.
	MaxChain = 100
	// MaxSessionPolicies is how many policies may limit a session, named and inline
	// together. IAM takes eleven.
	MaxSessionPolicies = 32
	// MaxSessionActions is how many actions and patterns of actions the inline
	// policies of a session may name, all of them together.
	MaxSessionActions = 1000
	// MaxFacts is how many groups, roles and tags a principal may bring, each, how
	// many scopes, methods of MFA and tags its session, and how many tags the
	// resource.
	MaxFacts = 1000
)

// excess says which bound the request is beyond, or "".
func (r *Request) excess() string {
	p, s := &r.Principal, r.Session
	switch {
	case len(p.Groups) > MaxFacts:
		return tooMany("principal.groups", MaxFacts)
	case len(p.Roles) > MaxFacts:
		return tooMany("principal.roles", MaxFacts)
	case len(p.Tags) > MaxFacts:
		return tooMany("principal.tags", MaxFacts)
	case len(r.Resource.Tags) > MaxFacts:
		return tooMany("resource.tags", MaxFacts)
	case s == nil:
		return ""
	case len(s.Chain) > MaxChain:
		return tooMany("session.chain", MaxChain)
	case len(s.Policies) > MaxSessionPolicies:
		return tooMany("session.policies", MaxSessionPolicies)
	case len(s.Scopes) > MaxFacts:
		return tooMany("session.scopes", MaxFacts)
	case len(s.MFA) > MaxFacts:
		return tooMany("session.mfa.methods", MaxFacts)
	case len(s.Tags) > MaxFacts:
		return tooMany("session.tags", MaxFacts)
	}
	return s.tooManyActions()
}

// tooManyActions says whether the session's own policies name too many, or "".
func (s *Session) tooManyActions() string {
	n := 0
	for i := range s.Policies {
		if p := s.Policies[i].Inline; p != nil {
			for j := range p.Statements {
				n += len(p.Statements[j].Actions) + len(p.Statements[j].NotActions)
			}
		}
	}
	if n > MaxSessionActions {
		return tooMany("the actions of session.policies", MaxSessionActions)
	}
	return ""
}

func tooMany(what string, most int) string {
	return fmt.Sprintf("%s: more than %d", what, most)
}
