package pdp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Up to each bound a request is decided; one item more makes it malformed, whoever
// is trusted with what, and the detail says which list it was.
func TestBounds(t *testing.T) {
	bundle := files{"p.json": allowAll, "d.json": `{"users": {"amy": {"policies": ["p"]}}}`}
	e, reference := compile(t, bundle), policytest.NewReference(decode(t, bundle), "")
	list := func(n int) []string { return strings.Fields(strings.Repeat("x ", n)) }
	tags := func(n int) map[string]string {
		m := make(map[string]string, n)
		for i := range n {
			m[fmt.Sprint("t", i)] = ""
		}
		return m
	}
	actions := func(n int) string { return `"a:b"` + strings.Repeat(`,"a:b"`, n-1) }
	for _, c := range []struct {
		what  string
		bound int
		fill  func(r *pdp.Request, n int)
	}{
		{"principal.groups", pdp.MaxFacts, func(r *pdp.Request, n int) { r.Principal.Groups = list(n) }},
		{"principal.roles", pdp.MaxFacts, func(r *pdp.Request, n int) { r.Principal.Roles = list(n) }},
		{"principal.tags", pdp.MaxFacts, func(r *pdp.Request, n int) { r.Principal.Tags = tags(n) }},
		{"resource.tags", pdp.MaxFacts, func(r *pdp.Request, n int) { r.Resource.Tags = tags(n) }},
		{"session.scopes", pdp.MaxFacts, func(r *pdp.Request, n int) { r.Session.Scopes = append(list(n-1), "*") }},
		{"session.mfa.methods", pdp.MaxFacts, func(r *pdp.Request, n int) { r.Session.MFA = list(n) }},
		{"session.tags", pdp.MaxFacts, func(r *pdp.Request, n int) { r.Session.Tags = tags(n) }},
		{"session.chain", pdp.MaxChain, func(r *pdp.Request, n int) { r.Session.Chain = list(n) }},
		{"session.policies", pdp.MaxSessionPolicies, func(r *pdp.Request, n int) {
			for range n {
				r.Session.Policies = append(r.Session.Policies, pdp.PolicyRef{Name: pdp.Text{Text: "p"}})
			}
		}},
		{"the actions of session.policies", pdp.MaxSessionActions, func(r *pdp.Request, n int) {
			half := actions(n / 2)
			r.Session.Policies = []pdp.PolicyRef{
				inline(t, `{"Statement": {"Effect": "Allow", "Action": [`+half+`], "Resource": "*"}}`),
				inline(t, `{"Statement": {"Effect": "Deny", "NotAction": [`+actions(n-n/2)+`], "Resource": "*"}}`),
			}
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			for _, n := range []int{c.bound, c.bound + 1} {
				r := ask("amy", "a:b", "r")
				through("user")(r)
				r.Principal.Trust = pdp.TrustFacts
				c.fill(r, n)
				d := e.Decide(r)
				if want := reference.Decide(r); want.Reason != d.Reason {
					t.Errorf("%d: %s, by the reference evaluator %s", n, d.Reason, want.Reason)
				}
				if n == c.bound && !d.Allowed() {
					t.Errorf("%d: %s: %s", n, says(d), d.Detail)
				}
				if want := fmt.Sprintf("%s: more than %d", c.what, c.bound); n > c.bound && (says(d) != "malformed_request" || d.Detail != want) {
					t.Errorf("%d: %s: %q, want %q", n, says(d), d.Detail, want)
				}
			}
		})
	}
}

func inline(t *testing.T, text string) pdp.PolicyRef {
	t.Helper()
	root, err := strictjson.Parse("", []byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, problems := pdp.DecodeSessionPolicy(root)
	if len(problems) > 0 {
		t.Fatal(strictjson.Join(problems))
	}
	return pdp.PolicyRef{Inline: p}
}
