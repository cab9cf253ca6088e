package authn

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/mayi-authz/mayi/conditions"
)

// root checks that the one source of the root principal is there and may assert it.
func (v *validator) root(o *Options) {
	r := o.Root
	if r == (Root{}) {
		return
	}
	if reason := checkID(r.ID); reason != "" {
		v.fail("root", "the id %q %s", r.ID, reason)
		return
	}
	i := slices.IndexFunc(o.Sources, func(s Source) bool { return s.Name == r.Source })
	switch {
	case i < 0:
		v.fail("root", "no source is called %q", r.Source)
	case !idRange(o.Sources[i].Asserts).contains(r.ID):
		v.fail("root", "the source %q does not assert %q", r.Source, r.ID)
	}
}

// facts checks what a source says beside the id.
func (v *validator) facts(at string, s *Source) {
	if strings.IndexFunc(s.Provider, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) >= 0 {
		v.fail(at, "provider %q holds a blank or a control character", s.Provider)
	}
	for _, p := range s.Tenants {
		id, below := strings.CutSuffix(p, "*")
		if p == "" || strings.Contains(id, "*") || below && id != "" && !strings.HasSuffix(id, "/") {
			v.fail(at, `tenants: %q, expected an id, an id and "/*", or "*"`, p)
		}
	}
	c := s.claims()
	switch claimed := c != nil && c.Tenant != ""; {
	case claimed && len(s.Tenants) == 0:
		v.fail(at, "a claim names the tenant, and no tenants are listed that it may name")
	case !claimed && len(s.Tenants) > 0:
		v.fail(at, "lists tenants, and no claim names one")
	}
}

func (v *validator) tags(at string, tags map[string]string) {
	seen := map[string]bool{}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		if tag == "" || tags[tag] == "" {
			v.fail(at, "%q from claim %q, expected both", tag, tags[tag])
		}
		if folded := conditions.Fold(tag); seen[folded] {
			v.fail(at, "%q stands twice but for its case", folded)
		} else {
			seen[folded] = true
		}
	}
}

// session checks what of a session's facts goes together.
func (v *validator) session(at string, c *Claims) {
	s := &c.Session
	switch s.Type {
	case "", sessionFederated, sessionAPIKey:
	default:
		v.fail(at, `type %q, expected "federated", "api_key" or none`, s.Type)
	}
	if s.Type != "" && s.Role != "" {
		v.fail(at, "a session of a role has no other type")
	}
	if (s.Type == sessionAPIKey) != (s.Scopes != "") {
		v.fail(at, "scopes are for API keys, and an API key without them may do nothing")
	}
	if s.MFA == "" && (s.MFAAt != "" || len(s.SecondFactors) > 0) {
		v.fail(at, "no claim names the methods of authentication")
	}
	if slices.Contains(s.SecondFactors, "") {
		v.fail(at, "a second factor is empty")
	}
	v.tags(at+": tags", s.Tags)
}
