package pdp_test

import (
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// A change makes a special request of the usual one.
type change func(*pdp.Request)

func in(tenant string) change   { return func(r *pdp.Request) { r.Resource.Tenant = tenant } }
func of(tenant string) change   { return func(r *pdp.Request) { r.Principal.Tenant = tenant } }
func by(provider string) change { return func(r *pdp.Request) { r.Principal.Provider = provider } }
func at(t time.Time) change     { return func(r *pdp.Request) { r.Time = t } }
func asking(permission string) change {
	return func(r *pdp.Request) { r.Permission = permission }
}
func trusted(t pdp.Trust) change { return func(r *pdp.Request) { r.Principal.Trust = t } }

// through is a session that nothing is wrong with, changed.
func through(kind string, changes ...func(*pdp.Session)) change {
	return func(r *pdp.Request) {
		r.Session = &pdp.Session{Type: kind, ExpiresAt: noon.Add(time.Hour), IssuedAt: noon.Add(-time.Hour)}
		for _, c := range changes {
			c(r.Session)
		}
	}
}

// ofRole is a good session of a role.
func ofRole(id string, changes ...func(*pdp.Session)) change {
	return through("role", append([]func(*pdp.Session){func(s *pdp.Session) { s.Role = id }}, changes...)...)
}

func limitedBy(names ...string) func(*pdp.Session) {
	return func(s *pdp.Session) {
		for _, n := range names {
			s.Policies = append(s.Policies, pdp.PolicyRef{Name: pdp.Text{Text: n}})
		}
	}
}

func scopes(list ...string) func(*pdp.Session) {
	return func(s *pdp.Session) { s.Scopes = append([]string{}, list...) }
}

// A question is a row of a table: a request and what is said to it.
type question struct {
	name, principal, action, resource string
	changes                           []change
	want                              string
}

func (q *question) request() *pdp.Request {
	r := ask(q.principal, q.action, q.resource)
	for _, c := range q.changes {
		c(r)
	}
	return r
}

func testQuestions(t *testing.T, e *pdp.Engine, questions []question) {
	t.Helper()
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			r := q.request()
			if d := e.Decide(r); says(d) != q.want {
				t.Errorf("got %q (%s), want %q", says(d), d.Detail, q.want)
			}
		})
	}
}

const tenants = `{"tenants": {
	"platform": {}, "acme": {"parent": "platform", "aliases": ["111111111111"], "name": "Acme", "tags": {"Tier": "gold"}}, "acme/eu": {},
	"globex": {"parent": "platform", "aliases": ["222222222222"]},
	"slow": {"parent": "platform", "status": "suspended"}, "slow/sub": {},
	"gone": {"status": "deleted"}, "gone/sub": {}, "off": {"status": "inactive"}, "new": {"status": "pending"},
	"idp": {"auth_providers": {"google": true, "github": false}}, "idp/sub": {}, "idp/own": {"auth_providers": {"okta": true}}, "idp/empty": {"auth_providers": {}},
	"closed": {"auth_providers": {"google": false}}}}`

const users = `{"users": {
	"amy": {"tenant": "acme", "policies": ["all"]}, "pat": {"tenant": "platform", "policies": ["all"]}, "eve": {"tenant": "globex", "policies": ["all"]},
	"eu": {"tenant": "acme/eu", "policies": ["all"]}, "free": {"policies": ["all"]},
	"mem": {"tenant": "globex", "policies": ["all"], "memberships": {"acme": {}}}, "sus": {"tenant": "globex", "policies": ["all"], "memberships": {"acme": {"status": "suspended"}}},
	"sue": {"status": "suspended", "policies": ["all"]}, "era": {"status": "erased", "tenant": "gone", "policies": ["all"]},
	"slo": {"tenant": "slow", "policies": ["all"]}, "sub": {"tenant": "slow/sub", "policies": ["all"]}, "gon": {"tenant": "gone/sub", "policies": ["all"]},
	"idp": {"tenant": "idp", "policies": ["all"]}, "idp2": {"tenant": "idp/sub", "policies": ["all"]}, "idp3": {"tenant": "idp/own", "policies": ["all"]}, "idp4": {"tenant": "idp/empty", "policies": ["all"]},
	"clo": {"tenant": "closed", "policies": ["all"]},
	"` + alice + `": {"policies": ["all"]}, "` + bob + `": {"policies": ["all"]}}}`

const (
	readSchema = `{"schema": {"actions": {"docs:Read": {"access": "read"}, "docs:Write": {"access": "write"}, "docs:List": {"access": "list"}}}}`
	allowDocs  = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["docs:Read", "docs:Write", "docs:List"], "Resource": "*"}}`
)

func tenantWorld(t testing.TB, more files) *pdp.Engine {
	bundle := files{"t.json": tenants, "u.json": users, "all.json": allowAll}
	for name, doc := range more {
		bundle[name] = doc
	}
	return compile(t, bundle)
}

// The guards in the order in which they are asked, and what each of them denies.
func TestGuards(t *testing.T) {
	e := tenantWorld(t, files{
		"s.json": readSchema, "all.json": allowDocs,
		"m.json": `{"bundle": {"name": "b", "expiry": "2026-11-22T13:00:00Z"}}`,
		"r.json": `{"roles": {"` + ci + `": {"policies": ["all"], "max_session_seconds": 7200}}, "revoked_sessions": ["s-1"]}`,
		"v.json": `{"users": {"late": {"tenant": "acme", "policies": ["all"], "sessions_not_before": "2026-11-22T11:30:00Z"}}}`,
	})
	chain := func(ids ...string) func(*pdp.Session) { return func(s *pdp.Session) { s.Chain = ids } }
	expires := func(at time.Time) func(*pdp.Session) { return func(s *pdp.Session) { s.ExpiresAt = at } }
	issued := func(at time.Time) func(*pdp.Session) { return func(s *pdp.Session) { s.IssuedAt = at } }
	id := func(id string) func(*pdp.Session) { return func(s *pdp.Session) { s.ID = id } }
	const allow = "identity_policy all#0"
	testQuestions(t, e, []question{
		{"nothing", "amy", "docs:Read", "r", []change{in("acme")}, allow},

		{"the bundle's last moment", "amy", "docs:Read", "r", []change{in("acme"), at(time.Date(2026, 11, 22, 12, 59, 59, 999999999, time.UTC))}, allow},
		{"the bundle has expired", "amy", "docs:Read", "r", []change{in("acme"), at(time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC))}, "stale"},
		{"stale before the session", "sue", "docs:Read", "r", []change{at(noon.Add(time.Hour)), through("user")}, "stale"},
		{"malformed before stale", "amy", "", "r", []change{at(noon.Add(time.Hour))}, "malformed_request"},
		{"a refused request is stale first", "amy", "docs:Read", "r", []change{at(noon.Add(time.Hour)), func(r *pdp.Request) { r.Refused = &pdp.Refusal{Reason: pdp.ReasonCredentialMissing} }}, "stale"},
		{"a refused request", "amy", "docs:Read", "r", []change{func(r *pdp.Request) { r.Refused = &pdp.Refusal{Reason: pdp.ReasonCredentialMissing} }}, "credential_missing"},

		{"session", "amy", "docs:Read", "r", []change{in("acme"), through("user")}, allow},
		{"session ends now", "amy", "docs:Read", "r", []change{in("acme"), through("user", expires(noon))}, "session_expired"},
		{"session ends in a moment", "amy", "docs:Read", "r", []change{in("acme"), through("user", expires(noon.Add(1)))}, allow},
		{"session without an end", "amy", "docs:Read", "r", []change{in("acme"), through("user", expires(time.Time{}))}, "session_expired"},
		{"API key without an end", "amy", "docs:Read", "r", []change{in("acme"), through("api_key", scopes("*"), expires(time.Time{}))}, "session_expired"},
		{"revoked by id", "amy", "docs:Read", "r", []change{in("acme"), through("user", id("s-1"))}, "session_revoked"},
		{"expired before revoked", "amy", "docs:Read", "r", []change{in("acme"), through("user", id("s-1"), expires(noon))}, "session_expired"},
		{"another id", "amy", "docs:Read", "r", []change{in("acme"), through("user", id("s-2"))}, allow},
		{"began too early", "late", "docs:Read", "r", []change{in("acme"), through("user", issued(noon.Add(-time.Hour)))}, "session_revoked"},
		{"began in time", "late", "docs:Read", "r", []change{in("acme"), through("user", issued(time.Date(2026, 11, 22, 11, 30, 0, 0, time.UTC)))}, allow},
		{"began nobody knows when", "late", "docs:Read", "r", []change{in("acme"), through("user", issued(time.Time{}))}, "session_revoked"},
		{"no session to revoke", "late", "docs:Read", "r", []change{in("acme")}, allow},
		{"came from a session that began too early", session, "docs:Read", "r", []change{in("acme"), ofRole(ci, chain("late"))}, "session_revoked"},
		{"role session", session, "docs:Read", "r", []change{in("acme"), ofRole(ci)}, allow},
		{"role session without a session", session, "docs:Read", "r", []change{in("acme")}, "session_expired"},
		{"role session at its role's limit", session, "docs:Read", "r", []change{in("acme"), ofRole(ci, issued(noon.Add(-2*time.Hour)))}, "session_expired"},
		{"role session of unknown age", session, "docs:Read", "r", []change{in("acme"), ofRole(ci, issued(time.Time{}))}, "session_expired"},

		{"suspended", "sue", "docs:Read", "r", nil, "principal_suspended"},
		{"expired before suspended", "sue", "docs:Read", "r", []change{through("user", expires(noon))}, "session_expired"},
		{"erased, and its tenant too", "era", "docs:Read", "r", nil, "principal_erased"},
		{"suspended in the chain", session, "docs:Read", "r", []change{in("acme"), ofRole(ci, chain("amy", "sue"))}, "principal_suspended"},
		{"erased first in the chain", session, "docs:Read", "r", []change{in("acme"), ofRole(ci, chain("era", "sue"))}, "principal_erased"},
		{"strangers in the chain", session, "docs:Read", "r", []change{in("acme"), ofRole(ci, chain("who", "amy"))}, allow},

		{"principal of an undeclared tenant", "arn:aws:iam::999999999999:user/x", "docs:Read", "r", []change{in("acme")}, "tenant_unknown"},
		{"resource of an undeclared tenant", "amy", "docs:Read", "arn:aws:s3:us-east-1:999999999999:b/o", nil, "tenant_unknown"},
		{"resource said to be of an undeclared tenant", "amy", "docs:Read", "r", []change{in("acme/us")}, "tenant_unknown"},
		{"principal's side first", "gon", "docs:Read", "r", []change{in("undeclared")}, "tenant_inactive"},
		{"suspended tenant reads", "slo", "docs:Read", "r", []change{in("slow")}, allow},
		{"schema folds", "slo", "DOCS:read", "r", []change{in("slow")}, allow},
		{"suspended tenant writes", "slo", "docs:Write", "r", []change{in("slow")}, "tenant_suspended"},
		{"listing is not reading", "slo", "docs:List", "r", []change{in("slow")}, "tenant_suspended"},
		{"undeclared action", "slo", "docs:Other", "r", []change{in("slow")}, "tenant_suspended"},
		{"below a suspended tenant", "sub", "docs:Write", "r", []change{in("slow/sub")}, "tenant_suspended"},
		{"resource of a suspended tenant", "pat", "docs:Write", "r", []change{in("slow/sub")}, "tenant_suspended"},
		{"resource of a suspended tenant is read", "pat", "docs:Read", "r", []change{in("slow/sub")}, allow},
		{"an alternative that reads", "slo", "", "r", []change{in("slow"), asking("docs:Write|docs:Read")}, allow},
		{"below a deleted tenant", "gon", "docs:Read", "r", []change{in("gone/sub")}, "tenant_inactive"},
		{"resource of a deleted tenant", "pat", "docs:Read", "r", []change{in("gone")}, "tenant_inactive"},
		{"resource of an inactive tenant", "pat", "docs:Read", "r", []change{in("off")}, "tenant_inactive"},
		{"resource of a pending tenant", "pat", "docs:Read", "r", []change{in("new")}, "tenant_inactive"},

		{"provider", "idp", "docs:Read", "r", []change{in("idp"), by("google")}, allow},
		{"no provider", "idp", "docs:Read", "r", []change{in("idp")}, "provider_not_allowed"},
		{"disabled provider", "idp", "docs:Read", "r", []change{in("idp"), by("github")}, "provider_not_allowed"},
		{"unlisted provider", "idp", "docs:Read", "r", []change{in("idp"), by("mtls")}, "provider_not_allowed"},
		{"provider of the parent", "idp2", "docs:Read", "r", []change{in("idp/sub"), by("google")}, allow},
		{"not of the parent", "idp2", "docs:Read", "r", []change{in("idp/sub"), by("mtls")}, "provider_not_allowed"},
		{"own rows replace the parent's", "idp3", "docs:Read", "r", []change{in("idp/own"), by("google")}, "provider_not_allowed"},
		{"own row", "idp3", "docs:Read", "r", []change{in("idp/own"), by("okta")}, allow},
		{"no rows of its own are none", "idp4", "docs:Read", "r", []change{in("idp/empty"), by("mtls")}, "provider_not_allowed"},
		{"all rows disabled", "clo", "docs:Read", "r", []change{in("closed"), by("google")}, "provider_not_allowed"},
		{"the session's provider goes first", "idp", "docs:Read", "r", []change{in("idp"), by("google"), through("user", func(s *pdp.Session) { s.Provider = "github" })}, "provider_not_allowed"},
		{"no rows", "amy", "docs:Read", "r", []change{in("acme"), by("anything")}, allow},
		{"the tenant goes before the provider", "idp", "docs:Read", "r", []change{in("gone")}, "tenant_inactive"},
	})
}

// Whose the principal and the resource are, and what that makes of them.
func TestRelation(t *testing.T) {
	e := tenantWorld(t, files{
		"k.json": `{"resources": {"known": {"tenant": "acme"}, "everybody's": {"tenant": "shared"}, "silent": {"tags": {"a": "1"}}, "bare": {}}}`,
		"p.json": document(
			statement("Allow", `{"Tenant": "globex"}`, "t:Id", "*"), statement("Allow", `{"Tenant": "222222222222"}`, "t:Alias", "*"),
			statement("Allow", `{"AWS": "222222222222"}`, "t:Account", "*"), statement("Allow", `{"AWS": "arn:aws:iam::222222222222:root"}`, "t:Root", "*"),
			statement("Allow", `{"Tenant": ["slow", "globex"]}`, "t:Two", "*"), statement("Allow", `{"Tenant": "platform"}`, "t:Above", "*"),
			statement("Allow", `{"Id": "eve"}`, "t:Eve", "*"), statement("Allow", `"*"`, "t:Star", "*")),
	})
	const allow, other = "identity_policy all#0", "cross_tenant"
	testQuestions(t, e, []question{
		{"one tenant", "amy", "x:A", "r", []change{in("acme")}, allow},
		{"through an alias", "amy", "x:A", "r", []change{in("111111111111")}, allow},
		{"by both ARNs", alice, "x:A", "arn:aws:sqs:us-east-1:111111111111:q", nil, allow},
		{"resource below", "amy", "x:A", "r", []change{in("acme/eu")}, allow},
		{"far below", "pat", "x:A", "r", []change{in("acme/eu")}, allow},
		{"resource above", "eu", "x:A", "r", []change{in("acme")}, other},
		{"sibling", "amy", "x:A", "r", []change{in("globex")}, other},
		{"sibling by ARN", alice, "x:A", "arn:aws:sqs:us-east-1:222222222222:q", nil, other},
		{"known resource", "amy", "x:A", "known", nil, allow},
		{"known resource of another", "eve", "x:A", "known", nil, other},
		{"shared", "eve", "x:A", "everybody's", nil, allow},
		{"said to be shared", "eve", "x:A", "r", []change{in("shared")}, allow},
		{"neither has a tenant", "free", "x:A", "r", nil, allow},
		{"the resource has none", "amy", "x:A", "r", nil, other},
		{"the principal has none", "free", "x:A", "known", nil, other},
		{"an opaque id that looks like an ARN of the tenant", "amy", "x:A", "arn-aws:sqs:us-east-1:111111111111:q", nil, other},
		{"a stranger in its tenant by ARN", "arn:aws:iam::111111111111:user/new", "t:Star", "known", nil, "resource_policy p#7"},
		{"active membership", "mem", "x:A", "r", []change{in("acme")}, allow},
		{"below an active membership", "mem", "x:A", "r", []change{in("acme/eu")}, allow},
		{"above an active membership", "mem", "x:A", "r", []change{in("platform")}, other},
		{"suspended membership", "sus", "x:A", "r", []change{in("acme")}, other},

		{"another tenant by its id", "eve", "t:Id", "known", nil, "identity_policy all#0 p#0"},
		{"by its alias", "eve", "t:Alias", "known", nil, "identity_policy all#0 p#1"},
		{"by its account", bob, "t:Account", "known", nil, "identity_policy all#0 p#2"},
		{"by its root", bob, "t:Root", "known", nil, "identity_policy all#0 p#3"},
		{"one of two", "eve", "t:Two", "known", nil, "identity_policy all#0 p#4"},
		{"a tenant does not mean those below", "eve", "t:Above", "known", nil, other},
		{"another's principal by its id", "eve", "t:Eve", "known", nil, "identity_policy all#0 p#6"},
		{"a star does not cross", "eve", "t:Star", "known", nil, other},
		{"a star does not cross for nobody", "", "t:Star", "known", nil, "implicit_deny"},
		{"a star on what is shared", "", "t:Star", "everybody's", nil, "resource_policy p#7"},
		{"needs the identity layer too", "arn:aws:iam::222222222222:user/new", "t:Id", "known", nil, "implicit_deny"},

		{"two tenants of one principal", "amy", "x:A", "r", []change{of("globex")}, "malformed_request"},
		{"the same tenant twice", "amy", "x:A", "r", []change{of("111111111111"), in("acme")}, allow},
		{"a tenant that the directory does not know of", "free", "x:A", "r", []change{of("acme"), in("acme")}, "malformed_request"},
		{"unless facts are trusted", "free", "x:A", "r", []change{of("acme"), in("acme"), trusted(pdp.TrustFacts)}, allow},
		{"no trust contradicts", "amy", "x:A", "r", []change{of("globex"), trusted(pdp.TrustFacts)}, "malformed_request"},
		{"a stranger says its tenant", "new", "t:Star", "known", []change{of("acme")}, "malformed_request"},
		{"a stranger is granted its tenant", "new", "t:Star", "known", []change{of("acme"), trusted(pdp.TrustGranted)}, "resource_policy p#7"},
		{"nobody has a tenant", "", "t:Star", "known", []change{of("acme")}, "malformed_request"},
		{"principals are not shared", "new", "t:Star", "known", []change{of("shared"), trusted(pdp.TrustGranted)}, "malformed_request"},
		{"two tenants of one resource", "amy", "x:A", "known", []change{in("globex")}, "malformed_request"},
		{"two tenants by an ARN", "amy", "x:A", "arn:aws:sqs:us-east-1:111111111111:q", []change{in("globex")}, "malformed_request"},
		{"an ARN is not shared", "eve", "x:A", "arn:aws:sqs:us-east-1:111111111111:q", []change{in("shared")}, "malformed_request"},
		{"shared twice", "eve", "x:A", "everybody's", []change{in("shared")}, allow},

		{"a tag that the bundle has", "free", "x:A", "silent", []change{func(r *pdp.Request) { r.Resource.Tags = map[string]string{"A": "1"} }}, allow},
		{"a tag that it has otherwise", "free", "x:A", "silent", []change{func(r *pdp.Request) { r.Resource.Tags = map[string]string{"a": "2"} }}, "malformed_request"},
		{"a tag that it does not have", "free", "x:A", "silent", []change{func(r *pdp.Request) { r.Resource.Tags = map[string]string{"b": "2"} }}, "malformed_request"},
		{"a resource without tags", "free", "x:A", "bare", []change{func(r *pdp.Request) { r.Resource.Tags = map[string]string{"b": "2"} }}, allow},
	})
	star := tenantWorld(t, files{"m.json": `{"bundle": {"name": "b", "star_crosses_tenants": true}}`, "p.json": document(statement("Allow", `"*"`, "t:Star", "*"))})
	testQuestions(t, star, []question{
		{"a star crosses if the manifest says so", "eve", "t:Star", "r", []change{in("acme")}, "identity_policy all#0 p#0"},
		{"and needs the identity layer", "", "t:Star", "r", []change{in("acme")}, "implicit_deny"},
	})
	for _, row := range []struct{ who, want string }{{"amy", "acme"}, {alice, "acme"}, {"free", ""}, {"eu", "acme/eu"}} {
		if d := e.Decide(ask(row.who, "x:A", "r")); d.Tenant != row.want {
			t.Errorf("the tenant of %s is %q, want %q", row.who, d.Tenant, row.want)
		}
	}
}

// A bundle that declares no tenants takes accounts as they come.
func TestRelationWithoutTenants(t *testing.T) {
	e := compile(t, files{"all.json": allowAll, "p.json": document(statement("Allow", `"*"`, "t:Star", "*")),
		"d.json": `{"users": {"u": {"policies": ["all"]}, "` + alice + `": {"policies": ["all"]}, "arn:wami:iam:5:wami:p:user/a": {"policies": ["all"]}}}`})
	testQuestions(t, e, []question{
		{"the principal has no tenant", "u", "x:A", "arn:aws:sqs:us-east-1:111111111111:q", nil, "identity_policy all#0"},
		{"the resource has none", alice, "x:A", "r", nil, "identity_policy all#0"},
		{"the request says whose it is", alice, "x:A", "r", []change{in("222222222222")}, "cross_tenant"},
		{"shared", alice, "x:A", "r", []change{in("shared")}, "identity_policy all#0"},
		{"a star crosses", alice, "t:Star", "arn:aws:sqs:us-east-1:222222222222:q", nil, "identity_policy all#0 p#0"},
		{"below by its path", "arn:wami:iam:5:wami:p:user/a", "x:A", "r", []change{in("5/7")}, "identity_policy all#0"},
		{"not below by its digits", "arn:wami:iam:5:wami:p:user/a", "x:A", "r", []change{in("57")}, "cross_tenant"},
		{"any account is known", "arn:aws:iam::999999999999:user/x", "t:Star", "r", nil, "resource_policy p#0"},
		{"a session of a role needs no session", session, "t:Star", "r", nil, "resource_policy p#0"},
	})
}
