package pdp_test

import (
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// layered is a bundle with something in every layer, and requests that need them.
func layered(t testing.TB) (*pdp.Engine, []question) {
	e := compile(t, files{
		"m.json": `{"bundle": {"name": "b", "unattached": ["limit", "limit2"]}}`,
		"t.json": `{"tenants": {"platform": {"guardrails": ["rail"], "admins": ["root"]}, "acme": {"parent": "platform", "aliases": ["111111111111"], "guardrails": ["rail", "rail2"], "auth_providers": {"okta": true}}, "acme/eu": {"rbac_mode": "additive"}, "globex": {"aliases": ["222222222222"]}}}`,
		"d.json": `{"users": {"amy": {"tenant": "acme", "policies": ["own"], "boundary": "edge", "groups": ["g"], "tags": {"Team": "red"}, "memberships": {"acme": {"roles": ["dev", "manager"]}, "globex": {"roles": ["dev"], "status": "suspended"}}, "sessions_not_before": "2026-01-01T00:00:00Z"}},
			"groups": {"g": {"policies": ["own"]}}, "revoked_sessions": ["gone"],
			"roles": {"dev": {"permissions": ["docs.*"], "policies": ["team"]}, "` + ci + `": {"policies": ["own"], "boundary": "edge", "tags": {"team": "blue"}, "session_tags": ["cost"], "max_session_seconds": 7200,
				"trust": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Tenant": "acme"}, "Action": "sts:AssumeRole"}}}}}`,
		"k.json": `{"resources": {"doc": {"tenant": "acme/eu", "tags": {"Kind": "x"}}}}`,
		"own.json": `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["x:*", "sts:*"], "Resource": "*", "Condition": {"StringLike": {"wami:TenantHierarchyPath": "platform/*"}}},
			{"Effect": "Allow", "Action": "mfa:*", "Resource": "*", "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}, "NumericLessThanEquals": {"wami:SessionAge": "36000"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}, "DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}, "ForAnyValue:StringEquals": {"wami:AssumeRoleChain": "amy", "wami:MultiFactorMethods": "totp"}}}]}`,
		"team.json": document(statement("Allow", "", "team:*", "*"), statement("Deny", "", "team:Drop", "*")),
		"edge.json": allowAll, "rail.json": allowAll, "rail2.json": allowAll, "limit.json": document(statement("Allow", "", "*", "*")), "limit2.json": document(statement("Deny", "", "x:Never", "*")),
		"p.json": document(statement("Allow", `{"Tenant": "acme"}`, "x:*", "*"), statement("Deny", `"*"`, "x:Drop", "*")),
	})
	okta := func(s *pdp.Session) {
		s.Provider, s.MFAAt, s.MFA, s.Chain = "okta", noon.Add(-1000*time.Second), []string{"totp"}, []string{"amy"}
		s.Tags = map[string]string{"cost": "7"}
	}
	limited := func(s *pdp.Session) {
		s.Provider, s.Policies, s.Scopes = "okta", []pdp.PolicyRef{{Name: pdp.Text{Text: "limit2"}}, {Name: pdp.Text{Text: "limit"}}}, []string{"x:Put", "docs.*"}
	}
	return e, []question{
		{"tenant", "amy", "x:Put", "doc", []change{by("okta")}, "identity_policy own#0 edge#0 rail#0"},
		{"session", "amy", "x:Put", "doc", []change{through("api_key", limited)}, "identity_policy own#0 edge#0 limit#0 rail#0"},
		{"membership", "amy", "", "doc", []change{asking("other|docs.read"), through("user", limited)}, "permission edge#0 limit#0 rail#0"},
		{"membership policy", "amy", "team:Read", "doc", []change{by("okta")}, "identity_policy team#0 edge#0 rail#0"},
		{"across", "amy", "x:Put", "r", []change{in("globex"), by("okta")}, "identity_policy own#0 edge#0 rail#0 p#0"},
		{"role session", session, "mfa:Do", "doc", []change{ofRole(ci, okta)}, "identity_policy own#1 edge#0 rail#0"},
		{"assume", "amy", "sts:AssumeRole", ci, []change{by("okta")}, "trust_policy own#0 edge#0 rail#0 d.json#/roles/arn:aws:iam::111111111111:role~1build~1ci/trust#0"},
		{"explicit deny", "amy", "x:Drop", "doc", []change{by("okta")}, "explicit_deny p#1"},
		{"provider", "amy", "x:Put", "doc", nil, "provider_not_allowed"},
		{"unknown tenant", "amy", "x:Put", "r", []change{in("who"), by("okta")}, "tenant_unknown"},
		{"revoked", "amy", "x:Put", "doc", []change{through("user", func(s *pdp.Session) { s.ID = "gone" })}, "session_revoked"},
	}
}

func TestDecideThroughAllLayersAllocatesNothing(t *testing.T) {
	e, questions := layered(t)
	for _, q := range questions {
		r := q.request()
		if got := says(e.Decide(r)); got != q.want {
			t.Errorf("%s: got %q, want %q", q.name, got, q.want)
		}
		if n := testing.AllocsPerRun(200, func() { e.Decide(r) }); n != 0 && pooled {
			t.Errorf("%s: %v allocations", q.name, n)
		}
	}
}

func BenchmarkDecideThroughAllLayers(b *testing.B) {
	e, questions := layered(b)
	for _, q := range questions {
		r := q.request()
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Decide(r)
			}
		})
	}
}
