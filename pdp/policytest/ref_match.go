package policytest

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// malformed is rules 1.1, 2.8, 3.2 and 4.8: what no question can be made of.
func malformed(req *pdp.Request) bool {
	if beyond(req) || req.Time.IsZero() || req.Resource.ID == "" || badTags(req.Resource.Tags) || !readableID(req.Resource.ID) {
		return true
	}
	if req.Permission == "" || req.Action != "" {
		if !askable(req.Action) {
			return true
		}
	}
	if req.Permission != "" {
		alternatives := strings.Split(req.Permission, "|")
		if len(alternatives) > 64 {
			return true
		}
		for _, alternative := range alternatives {
			if !askable(alternative) || alternative == "self" && req.Permission != "self" {
				return true
			}
		}
	}
	return slices.ContainsFunc(req.Context.Names(), reserved)
}

// beyond is rule 1.5: requests of more than anybody needs.
func beyond(req *pdp.Request) bool {
	p, s := req.Principal, req.Session
	if s == nil {
		s = new(pdp.Session)
	}
	actions := 0
	for _, of := range s.Policies {
		if of.Inline != nil {
			for _, statement := range of.Inline.Statements {
				actions += len(statement.Actions) + len(statement.NotActions)
			}
		}
	}
	most := max(len(p.Groups), len(p.Roles), len(p.Tags), len(req.Resource.Tags), len(s.Scopes), len(s.MFA), len(s.Tags), actions)
	return most > 1000 || len(s.Chain) > 100 || len(s.Policies) > 32
}

// askable reports whether an action can be asked for.
func askable(action string) bool {
	return action != "" && utf8.ValidString(action) && !strings.ContainsAny(action, "|*?") &&
		!strings.ContainsFunc(action, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) })
}

// applies says whether a statement applies to action, resource and context: the
// AND of its elements, in Kleene's logic.
func (q *question) applies(p *pdp.Policy, s *pdp.Statement) conditions.Tri {
	matched := q.actionApplies(s)
	if len(s.Resources)+len(s.NotResources) > 0 { // a trust policy has neither
		matched = matched.And(q.resourceApplies(s, p.Variables()))
	}
	return matched.And(q.conditionsHold(s.Conditions, p.Variables()))
}

func (q *question) actionApplies(s *pdp.Statement) conditions.Tri {
	matches := func(p pdp.Text) bool { return actionMatches(p.Text, q.action) }
	if s.NotActions != nil {
		return conditions.Of(!slices.ContainsFunc(s.NotActions, matches))
	}
	return conditions.Of(slices.ContainsFunc(s.Actions, matches))
}

// resourceApplies is rules 2.7 and 3.1.
func (q *question) resourceApplies(s *pdp.Statement, variables bool) conditions.Tri {
	not := s.NotResources != nil
	any := conditions.False
	for _, p := range append(slices.Clone(s.Resources), s.NotResources...) {
		pattern, how := expand(p.Text, variables, true, q.value)
		switch {
		case how == unknowable || how == missing && not:
			any = any.Or(conditions.Unknown)
		case how == filled:
			any = any.Or(conditions.Of(resourceMatches(pattern, q.Resource.ID)))
		}
	}
	if not {
		return any.Not()
	}
	return any
}
