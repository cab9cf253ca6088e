package policytest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/pdp"
)

// sessionFits is rule 9.5: whether a session can be the principal's at all.
func (r *Reference) sessionFits(who principal, s *pdp.Session) bool {
	if s == nil {
		return true
	}
	role, assumed := who.name.assumed()
	session := who.name.last()
	switch {
	case !slices.Contains([]string{"user", "role", "federated", "api_key"}, s.Type),
		assumed != (s.Type == "role"),
		who.kind() == "FederatedUser" && s.Type != "federated",
		!assumed && s.Role != "",
		slices.ContainsFunc(s.Chain, func(id string) bool { return id == "" || !readableID(id) }):
		return false
	case !assumed:
		return true
	}
	of, isARN := parseName(s.Role)
	return role != "" && isARN && who.name.sessionOf(of) && (who.role == nil || who.role.ID.Text == s.Role) &&
		(s.Name == "" || s.Name == session)
}

// readableID is rule 1.1: what looks like an ARN is one.
func readableID(id string) bool {
	_, isARN := parseName(id)
	return utf8.ValidString(id) && (isARN || !claimsARN(id))
}

// sessionPolicies returns the policies that limit a session. ok is false if one
// of them is not there or no policy that could.
func (r *Reference) sessionPolicies(s *pdp.Session) (all []*pdp.Policy, ok bool) {
	if s == nil {
		return nil, true
	}
	for _, ref := range s.Policies {
		p := ref.Inline
		if p == nil {
			p = r.named[ref.Name.Text]
		}
		if p == nil || p.Resource || p.Dialect == pdp.DialectAllowMe || ref.Inline != nil && !r.compiles(p) {
			return nil, false
		}
	}
	return r.find(s.Policies), true
}

// compiles reports whether a policy would do in this bundle.
func (r *Reference) compiles(p *pdp.Policy) bool {
	alone := []*pdp.Document{
		{File: "policy.json", Policy: p},
		{File: "manifest.json", Manifest: &pdp.Manifest{Name: "one", Format: 1, Unattached: []pdp.Text{{Text: p.Name}}}},
		{File: "resources.json", Resources: &pdp.Resources{Regions: r.regions}},
	}
	for _, s := range r.schemas {
		alone = append(alone, &pdp.Document{File: "schema.json", Schema: s})
	}
	_, err := pdp.Compile(alone, pdp.Options{}, nil)
	return err == nil && !r.comparesAlias(p)
}

// showingUsers and showingTenants are the keys that only ever show ids: rule 1.2.
var (
	showingUsers   = []string{"aws:principalarn", "aws:principalaccount"}
	showingTenants = []string{
		"aws:principalaccount", "aws:resourceaccount", "wami:tenantid", "wami:principaltenantid",
		"wami:resourcetenantid", "wami:parenttenantid", "wami:roottenantid",
	}
)

// comparesAlias reports whether a policy compares an alias with such a key.
func (r *Reference) comparesAlias(p *pdp.Policy) bool {
	for _, s := range p.Statements {
		for _, c := range s.Conditions {
			for _, v := range c.Values {
				_, user := r.alias[v.Text]
				_, tenant := r.tenantAlias[v.Text]
				if user && slices.Contains(showingUsers, lower(c.Key)) || tenant && slices.Contains(showingTenants, lower(c.Key)) {
					return true
				}
			}
		}
	}
	return false
}

// scoped reports whether scopes bind the session: rule 4.2e. An API key without
// scopes has none.
func (q *question) scoped() bool {
	return q.Session != nil && (q.Session.Scopes != nil || q.Session.Type == "api_key")
}

// inScope reports whether the session's scopes, if any bind it, hold the permission.
func (q *question) inScope() bool {
	return !q.scoped() || slices.ContainsFunc(q.Session.Scopes, func(scope string) bool { return holds(scope, q.asked) })
}

// limited reports whether the session has less than its principal.
func (q *question) limited() bool { return len(q.limits) > 0 || q.scoped() }

// holds is rule 4.3: "*" is every permission, "orders.*" all whose first segment
// is orders, and anything else itself.
func holds(granted, asked string) bool {
	first, all := strings.CutSuffix(granted, ".*")
	return granted == "*" || granted == asked ||
		all && !strings.Contains(first, ".") && strings.HasPrefix(asked, first+".")
}
