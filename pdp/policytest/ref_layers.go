package policytest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// A voice is a statement that applies to a question, or may.
type voice struct {
	*pdp.StatementRef
	certain bool // false: only an unknown keeps it from not applying
	reach   reach
	crosses bool
}

// hearing is what all layers say to a question.
type hearing struct {
	voices []voice
}

// listen asks every statement that may speak: of the identity layer, of boundary,
// session and guardrails, of the resource policies, and of the role's trust policy
// if a role is to be assumed.
func (q *question) listen() hearing {
	var h hearing
	attached := q.attached()
	for _, p := range q.r.speaking { // rule 4.4
		h.voices = append(h.voices, q.firstMatch(p, slices.Contains(attached, attachment{p, true}))...)
	}
	for _, a := range attached {
		for _, v := range q.voices(a.policy, pdp.LayerIdentity) {
			if v.Effect == pdp.Deny || a.allows {
				h.voices = append(h.voices, v)
			}
		}
	}
	ask := func(layer pdp.Layer, policies []*pdp.Policy) {
		for _, p := range policies {
			h.voices = append(h.voices, q.voices(p, layer)...)
		}
	}
	ask(pdp.LayerBoundary, q.r.find(q.who.boundaries()))
	ask(pdp.LayerSession, q.limits)
	ask(pdp.LayerGuardrail, q.r.find(append(q.r.guardrails(q.who.tenant), q.r.guardrails(q.what.tenant)...)))
	ask(pdp.LayerResource, q.r.resource)
	if role := q.r.roles[q.Resource.ID]; q.assuming() && role != nil && role.Trust != nil {
		ask(pdp.LayerTrust, []*pdp.Policy{role.Trust})
	}
	slices.SortStableFunc(h.voices, func(a, b voice) int { return canonicalOrder(a.StatementRef, b.StatementRef) })
	return h
}

// canonicalOrder is rule 5.2: layer, name of the policy, index of the statement.
func canonicalOrder(a, b *pdp.StatementRef) int {
	return cmp.Or(cmp.Compare(a.Layer, b.Layer), strings.Compare(a.Policy, b.Policy), cmp.Compare(a.Index, b.Index))
}

// guardrails returns what is attached to a tenant and to all above it.
func (r *Reference) guardrails(id string) []pdp.PolicyRef {
	var all []pdp.PolicyRef
	for _, above := range r.chain(id) {
		if t := r.tenants[above]; t != nil {
			all = append(all, t.Guardrails...)
		}
	}
	return all
}

// voices returns the statements of a policy that apply: rule 2.1.
func (q *question) voices(p *pdp.Policy, layer pdp.Layer) []voice {
	var all []voice
	for i := range p.Statements {
		s := &p.Statements[i]
		of, reach, crosses := q.speaksOf(s)
		if !of {
			continue
		}
		applies := q.applies(p, s)
		if applies == conditions.True || applies == conditions.Unknown && s.Effect == pdp.Deny {
			ref := &pdp.StatementRef{
				Policy: p.Name, Sid: s.Sid, Index: s.Index, Effect: s.Effect, Layer: layer,
				File: s.Place.File, Line: s.Place.Line,
			}
			all = append(all, voice{ref, applies == conditions.True, reach, crosses})
		}
	}
	return all
}

// denies is rule 4.2a: all Denies that apply, if any does.
func (h *hearing) denies() (pdp.Reason, []*pdp.StatementRef) {
	var by []*pdp.StatementRef
	reason := pdp.ReasonUnknownCondition
	for _, v := range h.voices {
		if v.Effect == pdp.Deny {
			by = append(by, v.StatementRef)
			if v.certain {
				reason = pdp.ReasonExplicitDeny
			}
		}
	}
	return reason, by
}

// first returns the first Allow of a layer that is good, nil if there is none.
func (h *hearing) first(layer pdp.Layer, good func(voice) bool) *pdp.StatementRef {
	for _, v := range h.voices {
		if v.Layer == layer && v.Effect == pdp.Allow && good(v) {
			return v.StatementRef
		}
	}
	return nil
}

func whichever(voice) bool { return true }

// of returns what is good for a statement of one of these policies.
func of(policies []*pdp.Policy) func(voice) bool {
	return func(v voice) bool {
		return slices.ContainsFunc(policies, func(p *pdp.Policy) bool { return p.Name == v.Policy })
	}
}

// guardrails is rule 4.2b: each tenant of the principal's path that has guardrails
// must allow. It returns the first Allow of each.
func (h *hearing) guardrails(q *question) (by []*pdp.StatementRef, ok bool) {
	for _, id := range q.r.chain(q.who.tenant) {
		t := q.r.tenants[id]
		if t == nil || len(t.Guardrails) == 0 {
			continue
		}
		first := h.first(pdp.LayerGuardrail, of(q.r.find(t.Guardrails)))
		if first == nil {
			return nil, false
		}
		if !slices.Contains(by, first) {
			by = append(by, first)
		}
	}
	slices.SortFunc(by, canonicalOrder)
	return by, true
}

// boundary returns the first Allow of each boundary; ok is false if one has none.
func (h *hearing) boundary(q *question) (by []*pdp.StatementRef, ok bool) {
	for _, p := range q.r.find(q.who.boundaries()) {
		first := h.first(pdp.LayerBoundary, of([]*pdp.Policy{p}))
		if first == nil {
			return nil, false
		}
		by = append(by, first)
	}
	return by, true
}

// session returns the first Allow of the session's policies, and whether they and
// the scopes allow: rule 4.2e.
func (h *hearing) session(q *question) (by []*pdp.StatementRef, ok bool) {
	if len(q.limits) > 0 {
		first := h.first(pdp.LayerSession, whichever)
		if first == nil {
			return nil, false
		}
		by = append(by, first)
	}
	return by, q.inScope()
}
