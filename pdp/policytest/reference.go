package policytest

import (
	"strings"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// Decide answers one request: the guards of rule 4.1 in their order, then the
// layers, for each alternative of a permission.
func (r *Reference) Decide(req *pdp.Request) pdp.Decision {
	who, readable := r.identify(req)
	expired := !req.Time.IsZero() && r.stale(req.Time)
	switch {
	case req.Malformed != "":
		return r.decision(who, pdp.Deny, pdp.ReasonMalformedRequest)
	case req.Refused != nil && expired:
		return r.decision(who, pdp.Deny, pdp.ReasonStale)
	case req.Refused != nil:
		return r.decision(who, pdp.Deny, req.Refused.Reason)
	case !readable || malformed(req):
		return r.decision(who, pdp.Deny, pdp.ReasonMalformedRequest)
	}
	limits, readable := r.sessionPolicies(req.Session)
	what, known := r.resourceOf(&req.Resource)
	if !readable || !known {
		return r.decision(who, pdp.Deny, pdp.ReasonMalformedRequest)
	}
	if expired {
		return r.decision(who, pdp.Deny, pdp.ReasonStale)
	}
	q := question{Request: req, r: r, who: who, what: what, limits: limits}
	return q.decideAlternatives()
}

// stale reports whether the bundle has expired.
func (r *Reference) stale(now time.Time) bool {
	return !r.expiry.IsZero() && !now.Before(r.expiry)
}

// A question is one request about one action, with everything the rules ask of it.
type question struct {
	*pdp.Request
	r      *Reference
	who    principal
	what   resource
	limits []*pdp.Policy // of the session
	action string
	asked  string // the permission that is asked for
}

// decideAlternatives is rule 4.5: the first alternative that is allowed decides,
// else the first. Without a permission the action is the permission; without an
// action each alternative is the action.
func (q question) decideAlternatives() pdp.Decision {
	alternatives := []string{q.Action}
	if q.Permission != "" {
		alternatives = strings.Split(q.Permission, "|")
	}
	var first *pdp.Decision
	for _, asked := range alternatives {
		q.asked, q.action = asked, asked
		if q.Action != "" {
			q.action = q.Action
		}
		d := q.decide()
		if d.Allowed() {
			return d
		}
		if first == nil {
			first = &d
		}
	}
	return *first
}

// self reports whether the permission is held by whoever is authenticated.
func (q *question) self() bool { return q.Permission == "self" }

// decide is rules 4.1 and 4.2 for one alternative.
func (q *question) decide() pdp.Decision {
	if reason, stopped := q.guards(); stopped {
		return q.deny(reason)
	}
	if q.root() {
		return q.allow(pdp.ReasonRoot)
	}
	heard := q.listen()
	if reason, by := heard.denies(); by != nil { // 4.2a
		return q.deny(reason, by...)
	}
	guardrails, ok := heard.guardrails(q)
	switch {
	case !ok: // 4.2b
		return q.deny(pdp.ReasonGuardrail)
	case q.assuming(): // 4.2d
		return q.assume(heard, guardrails)
	case q.self() && q.who.id == "":
		return q.deny(pdp.ReasonImplicitDeny)
	case q.sameTenant(): // 4.2c
		return q.within(heard, guardrails)
	}
	return q.across(heard, guardrails)
}

func (q *question) allow(reason pdp.Reason, by ...*pdp.StatementRef) pdp.Decision {
	return q.r.decision(q.who, pdp.Allow, reason, by...)
}

func (q *question) deny(reason pdp.Reason, by ...*pdp.StatementRef) pdp.Decision {
	return q.r.decision(q.who, pdp.Deny, reason, by...)
}

func (r *Reference) decision(who principal, e pdp.Effect, reason pdp.Reason, by ...*pdp.StatementRef) pdp.Decision {
	d := pdp.Decision{Effect: e, Reason: reason, Principal: who.id, Tenant: who.tenant, Revision: r.revision}
	refs := make([]pdp.StatementRef, len(by))
	for i, ref := range by {
		refs[i] = *ref
	}
	return d.WithDetermining(refs)
}

// root is rule 4.6: the root principal, established by its one source, under its
// own name and not through a role, a key or a limited session.
func (q *question) root() bool {
	if q.r.root == "" || !q.Principal.Root || q.Principal.ID != q.r.root || q.who.id != q.r.root {
		return false
	}
	s := q.Session
	return s == nil || s.Type != "role" && s.Type != "api_key" && len(s.Chain)+len(s.Policies) == 0 && s.Scopes == nil
}
