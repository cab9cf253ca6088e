package pdp_test

import (
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

const (
	federated = "arn:aws:sts::111111111111:federated-user/fred"
)

// Boundaries, session policies and scopes limit the identity layer, and grants by
// role; not what a resource policy grants to the very caller, or to its very session.
func TestLimits(t *testing.T) {
	e := compile(t, files{
		"m.json":   `{"bundle": {"name": "b", "unattached": ["some", "none", "more"]}}`,
		"all.json": allowAll, "some.json": document(statement("Allow", "", "x:Get*", "*"), statement("Deny", "", "x:GetSecret", "*")),
		"none.json": document(statement("Allow", "", "nothing:Here", "*")), "more.json": document(statement("Allow", "", "x:Put", "*")),
		"d.json": `{"users": {"amy": {"policies": ["all"]}, "bound": {"policies": ["all"], "boundary": "some"}, "tight": {"policies": ["all"], "boundary": "none"}, "empty": {"boundary": "none"}},
			"roles": {"` + ci + `": {"policies": ["all"], "boundary": "some"}}}`,
		"p.json": document(
			statement("Allow", `"*"`, "r:Star", "*"), statement("Allow", `{"Id": "tight"}`, "r:Id", "*"), statement("Allow", `{"AWS": "`+session+`"}`, "r:Session", "*"),
			statement("Allow", `{"AWS": "`+ci+`"}`, "r:Role", "*"), statement("Allow", `{"AWS": "111111111111"}`, "r:Account", "*"),
			statement("Allow", `{"AWS": "`+federated+`"}`, "r:Federated", "*"), `{"Effect": "Deny", "NotPrincipal": {"Id": ["amy", "tight"]}, "Action": "r:Not", "Resource": "*"}`),
	})
	testQuestions(t, e, []question{
		{"no limit", "amy", "x:Put", "r", nil, "identity_policy all#0"},
		{"within the boundary", "bound", "x:Get", "r", nil, "identity_policy all#0 some#0"},
		{"beyond the boundary", "bound", "x:Put", "r", nil, "boundary"},
		{"denied by the boundary", "bound", "x:GetSecret", "r", nil, "explicit_deny some#1"},
		{"a boundary grants nothing", "empty", "nothing:Here", "r", nil, "implicit_deny"},
		{"a direct grant is beyond the boundary", "tight", "r:Id", "r", nil, "resource_policy p#1"},
		{"so is one to everybody", "tight", "r:Star", "r", nil, "resource_policy p#0"},
		{"a boundary and NotPrincipal", "tight", "r:Not", "r", nil, "explicit_deny p#6"},
		{"no boundary and NotPrincipal", "amy", "r:Not", "r", nil, "identity_policy all#0"},

		{"the role's boundary limits its session", session, "x:Put", "r", nil, "boundary"},
		{"a grant to the role, too", session, "r:Role", "r", nil, "boundary"},
		{"not a grant to the session", session, "r:Session", "r", nil, "resource_policy p#2"},
		{"a grant to the account is none", session, "r:Account", "r", nil, "boundary"},

		{"within the session policy", "amy", "x:Get", "r", []change{through("user", limitedBy("some"))}, "identity_policy all#0 some#0"},
		{"beyond it", "amy", "x:Put", "r", []change{through("user", limitedBy("some"))}, "session_policy"},
		{"session policies unite", "amy", "x:Put", "r", []change{through("user", limitedBy("some", "more"))}, "identity_policy all#0 more#0"},
		{"denied by it", "amy", "x:GetSecret", "r", []change{through("user", limitedBy("more", "some", "some"))}, "explicit_deny some#1"},
		{"it grants nothing", "empty", "nothing:Here", "r", []change{through("user", limitedBy("none"))}, "implicit_deny"},
		{"boundary and session policy", "bound", "x:Get", "r", []change{through("user", limitedBy("some"))}, "identity_policy all#0 some#0 some#0"},
		{"the boundary stops first", "bound", "x:Put", "r", []change{through("user", limitedBy("none"))}, "boundary"},
		{"a direct grant goes through the session", "tight", "r:Id", "r", []change{through("user", limitedBy("some"))}, "boundary"},
		{"a star goes through the session", "amy", "r:Star", "r", []change{through("user", limitedBy("some"))}, "session_policy"},
		{"a session without policies is no limit", "tight", "r:Id", "r", []change{through("user")}, "resource_policy p#1"},
		{"a grant to the very session does not", session, "r:Session", "r", []change{ofRole(ci, limitedBy("none"))}, "resource_policy p#2"},
		{"one to its role does", session, "r:Role", "r", []change{ofRole(ci, limitedBy("none"))}, "boundary"},
		{"a federated session", federated, "r:Federated", "r", []change{through("federated", limitedBy("none"))}, "resource_policy p#5"},
		{"what got furthest is the reason", session, "r:Session", "r", []change{ofRole(ci, scopes("x:Get"))}, "session_policy"},

		{"scope", "amy", "x:Put", "r", []change{through("api_key", scopes("x:Put"))}, "identity_policy all#0"},
		{"all scopes", "amy", "x:Put", "r", []change{through("api_key", scopes("*"))}, "identity_policy all#0"},
		{"scopes are exact", "amy", "x:put", "r", []change{through("api_key", scopes("x:Put"))}, "session_policy"},
		{"scopes by their first segment", "amy", "orders.read", "r", []change{through("api_key", scopes("orders.*"))}, "identity_policy all#0"},
		{"and no further", "amy", "orders.read.all", "r", []change{through("api_key", scopes("orders.read.*"))}, "session_policy"},
		{"a prefix is no segment", "amy", "ordersx.read", "r", []change{through("api_key", scopes("orders*"))}, "session_policy"},
		{"a segment alone", "amy", "orders", "r", []change{through("api_key", scopes("orders.*"))}, "session_policy"},
		{"no scopes are none", "amy", "x:Put", "r", []change{through("api_key")}, "session_policy"},
		{"empty scopes are none", "amy", "x:Put", "r", []change{through("user", scopes())}, "session_policy"},
		{"scopes bind what is direct", "tight", "r:Id", "r", []change{through("api_key", scopes("x:Put"))}, "boundary"},
		{"scopes grant nothing", "empty", "x:Put", "r", []change{through("api_key", scopes("*"))}, "implicit_deny"},
		{"a scope has the permission", "amy", "x:Put", "r", []change{asking("orders.read"), through("api_key", scopes("orders.read"))}, "identity_policy all#0"},
		{"not the action", "amy", "x:Put", "r", []change{asking("orders.read"), through("api_key", scopes("x:Put"))}, "session_policy"},
		{"self asks for its scope", "amy", "x:Put", "r", []change{asking("self"), through("api_key", scopes("x:Put"))}, "session_policy"},
	})
}

// Inline session policies are compiled with the request, or it is malformed.
func TestInlineSessionPolicies(t *testing.T) {
	e := compile(t, files{"all.json": allowAll, "d.json": `{"users": {"amy": {"aliases": ["al"], "policies": ["all"]}}}`, "r.json": allowAllWho,
		"m.json": `{"bundle": {"name": "b"}}`, "am.json": `{"statements": [{"effect": "deny", "identities": ["nobody"], "operations": ["nothing"]}]}`})
	inline := func(p pdp.Policy) change {
		return through("user", func(s *pdp.Session) { s.Policies = []pdp.PolicyRef{{Inline: &p}} })
	}
	read := pdp.Statement{Effect: pdp.Allow, Actions: []pdp.Text{{Text: "x:Get*"}}, Resources: []pdp.Text{{Text: "*"}}}
	changed := func(f func(*pdp.Statement)) change {
		s := read
		f(&s)
		return inline(pdp.Policy{Name: "inline", Version: "2012-10-17", Statements: []pdp.Statement{s}})
	}
	deny := read
	deny.Effect, deny.Index = pdp.Deny, 1
	testQuestions(t, e, []question{
		{"allows", "amy", "x:Get", "r", []change{changed(func(*pdp.Statement) {})}, "resource_policy inline#0 r#0"},
		{"allows nothing else", "amy", "x:Put", "r", []change{changed(func(*pdp.Statement) {})}, "session_policy"},
		{"denies", "amy", "x:Get", "r", []change{inline(pdp.Policy{Name: "inline", Statements: []pdp.Statement{read, deny}})}, "explicit_deny inline#1"},
		{"no statement", "amy", "x:Get", "r", []change{inline(pdp.Policy{Name: "inline"})}, "malformed_request"},
		{"no action", "amy", "x:Get", "r", []change{changed(func(s *pdp.Statement) { s.Actions = nil })}, "malformed_request"},
		{"no resource", "amy", "x:Get", "r", []change{changed(func(s *pdp.Statement) { s.Resources = nil })}, "malformed_request"},
		{"an action that cannot be", "amy", "x:Get", "r", []change{changed(func(s *pdp.Statement) { s.Actions = []pdp.Text{{Text: "*:Get"}} })}, "malformed_request"},
		{"a principal", "amy", "x:Get", "r", []change{changed(func(s *pdp.Statement) { s.Principal = &pdp.Principals{Any: true} })}, "malformed_request"},
		{"a resource policy", "amy", "x:Get", "r", []change{inline(pdp.Policy{Name: "inline", Resource: true, Statements: []pdp.Statement{read}})}, "malformed_request"},
		{"a name that is none", "amy", "x:Get", "r", []change{through("user", limitedBy("al"))}, "malformed_request"},
		{"the name of a resource policy", "amy", "x:Get", "r", []change{through("user", limitedBy("r"))}, "malformed_request"},
		{"the name of an allow-me policy", "amy", "x:Get", "r", []change{through("user", limitedBy("am"))}, "malformed_request"},
		{"an empty name", "amy", "x:Get", "r", []change{through("user", limitedBy(""))}, "malformed_request"},
	})
}

// Each level of the principal's path that has guardrails must allow; a Deny counts on
// the resource's path too.
func TestGuardrails(t *testing.T) {
	rails := func(platform, acme, globex string) files {
		return files{
			"m.json":   `{"bundle": {"name": "b", "unattached": ["any", "gets", "both", "nodrop", "other"]}}`,
			"all.json": allowAll, "any.json": allowAll, "gets.json": document(statement("Allow", "", "x:Get", "*")),
			"both.json": document(statement("Allow", "", "x:Put", "*"), statement("Allow", "", "x:Get", "*")), "other.json": document(statement("Allow", "", "x:Other", "*")),
			"nodrop.json": document(statement("Allow", "", "*", "*"), statement("Deny", "", "x:Drop", "*")),
			"d.json": `{"tenants": {"platform": {"guardrails": [` + platform + `]}, "acme": {"parent": "platform", "guardrails": [` + acme + `]}, "globex": {"guardrails": [` + globex + `]}},
				"users": {"amy": {"tenant": "acme", "policies": ["all"]}, "pat": {"tenant": "platform", "policies": ["all"]}, "free": {"policies": ["all"]}},
				"roles": {"assumed": {"trust": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Id": "free"}, "Action": "sts:AssumeRole"}}}}}`,
			"p.json": document(statement("Allow", `{"Id": ["amy", "free"]}`, "*", "*")),
		}
	}
	for _, c := range []struct {
		name                   string
		platform, acme, globex string
		who, action, tenant    string
		want                   string
	}{
		{"none", ``, ``, ``, "amy", "x:Get", "acme", "resource_policy p#0"},
		{"one level", ``, `"gets"`, ``, "amy", "x:Get", "acme", "resource_policy gets#0 p#0"},
		{"one level says nothing", ``, `"gets"`, ``, "amy", "x:Put", "acme", "guardrail"},
		{"policies of a level unite", ``, `"gets", "both"`, ``, "amy", "x:Put", "acme", "resource_policy both#0 p#0"},
		{"the first of a level", ``, `"gets", "both"`, ``, "amy", "x:Get", "acme", "resource_policy both#1 p#0"},
		{"levels intersect", `"gets"`, `"both"`, ``, "amy", "x:Get", "acme", "resource_policy both#1 gets#0 p#0"},
		{"the upper level says nothing", `"gets"`, `"both"`, ``, "amy", "x:Put", "acme", "guardrail"},
		{"the lower level says nothing", `"both"`, `"other"`, ``, "amy", "x:Put", "acme", "guardrail"},
		{"one statement for both levels", `"any"`, `"any"`, ``, "amy", "x:Get", "acme", "resource_policy any#0 p#0"},
		{"those below do not bind", `"any"`, `"other"`, ``, "pat", "x:Get", "platform", "identity_policy all#0 any#0"},
		{"a Deny on the way", `"nodrop"`, ``, ``, "amy", "x:Drop", "acme", "explicit_deny nodrop#1"},
		{"a Deny on the resource's path", ``, ``, `"nodrop"`, "amy", "x:Drop", "globex", "explicit_deny nodrop#1"},
		{"once if on both", `"nodrop"`, `"nodrop"`, `"nodrop"`, "amy", "x:Drop", "globex", "explicit_deny nodrop#1"},
		{"an Allow on the resource's path is not needed", ``, ``, `"other"`, "amy", "x:Get", "globex", "identity_policy all#0 p#0"},
		{"below the principal, a Deny on the resource's path", ``, `"nodrop"`, ``, "pat", "x:Drop", "acme", "explicit_deny nodrop#1"},
		{"without a tenant no path", `"other"`, `"other"`, `"other"`, "free", "x:Get", "", "resource_policy p#0"},
		{"before everything that is missing", ``, `"gets"`, ``, "amy", "x:Put", "globex", "guardrail"},
		{"before trust", ``, `"gets"`, ``, "amy", "sts:AssumeRole", "acme", "guardrail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := compile(t, rails(c.platform, c.acme, c.globex))
			r := ask(c.who, c.action, "r")
			r.Resource.Tenant = c.tenant
			if d := e.Decide(r); says(d) != c.want {
				t.Errorf("got %q (%s), want %q", says(d), d.Detail, c.want)
			}
		})
	}
}

// Who may assume a role is its trust policy to say, and that says nothing else.
func TestTrust(t *testing.T) {
	role := func(account, name string) string { return "arn:aws:iam::" + account + ":role/" + name }
	trust := func(statements string) string {
		return `"trust": {"Version": "2012-10-17", "Statement": [` + statements + `]}`
	}
	allow := func(principal string) string {
		return `{"Effect": "Allow", "Principal": ` + principal + `, "Action": "sts:AssumeRole"}`
	}
	bundle := files{
		"m.json":   `{"bundle": {"name": "b", "unattached": ["none"]}}`,
		"all.json": allowAll, "none.json": document(statement("Allow", "", "nothing:Here", "*")),
		"d.json": `{"users": {"` + alice + `": {}, "` + bob + `": {}, "arn:aws:iam::111111111111:user/can": {"policies": ["all"]}, "arn:aws:iam::222222222222:user/can": {"policies": ["all"]},
				"arn:aws:iam::111111111111:user/bound": {"policies": ["all"], "boundary": "none"}}, "roles": {
			"` + role("111111111111", "user") + `": {` + trust(allow(`{"AWS": ["`+alice+`", "`+bob+`", "arn:aws:iam::111111111111:user/bound"]}`)) + `},
			"` + role("111111111111", "account") + `": {` + trust(allow(`{"AWS": ["111111111111", "222222222222"]}`)) + `},
			"` + role("111111111111", "star") + `": {` + trust(allow(`"*"`)) + `},
			"` + role("111111111111", "chain") + `": {` + trust(allow(`{"AWS": "`+ci+`"}`)) + `}, "` + ci + `": {"policies": ["all"]},
			"` + role("111111111111", "nobody") + `": {` + trust(``) + `}, "` + role("111111111111", "silent") + `": {},
			"` + role("111111111111", "external") + `": {` + trust(`{"Effect": "Allow", "Principal": {"AWS": "`+alice+`"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "secret"}}}`) + `},
			"` + role("111111111111", "denies") + `": {` + trust(allow(`"*"`)+`, {"Effect": "Deny", "Principal": {"AWS": "`+alice+`"}, "Action": "sts:*"}`) + `}}}`,
		"p.json": document(statement("Allow", `"*"`, "sts:AssumeRole", role("111111111111", "silent")), statement("Deny", `"*"`, "sts:AssumeRole", role("111111111111", "forbidden"))),
	}
	external := func(id string) change {
		return func(r *pdp.Request) { r.Context = context("sts:ExternalId", id) }
	}
	const here, there = "arn:aws:iam::111111111111:user/can", "arn:aws:iam::222222222222:user/can"
	trusts := func(name string) string {
		return "d.json#/roles/arn:aws:iam::111111111111:role~1" + name + "/trust#0"
	}
	assume := func(name, who, roleName string, changes []change, want string) question {
		return question{name, who, "sts:AssumeRole", role("111111111111", roleName), changes, want}
	}
	testQuestions(t, compile(t, bundle), []question{
		assume("by its ARN", alice, "user", nil, "trust_policy "+trusts("user")),
		assume("not one that is not named", here, "user", nil, "trust_policy_deny"),
		assume("by its ARN from another account, without an identity policy", bob, "user", nil, "implicit_deny"),
		assume("by the account needs an identity policy", alice, "account", nil, "implicit_deny"),
		assume("by the account with one", here, "account", nil, "trust_policy all#0 "+trusts("account")),
		assume("by another account with one", there, "account", nil, "trust_policy all#0 "+trusts("account")),
		assume("everybody", alice, "star", nil, "trust_policy "+trusts("star")),
		assume("everybody, without tenants in other accounts too", there, "star", nil, "trust_policy all#0 "+trusts("star")),
		assume("nobody never assumes", "", "star", nil, "trust_policy_deny"),
		assume("a session by its role", session, "chain", nil, "trust_policy "+trusts("chain")),
		assume("an empty trust policy trusts nobody", here, "nobody", nil, "trust_policy_deny"),
		assume("no trust policy trusts nobody, whatever resource policies say", here, "silent", nil, "trust_policy_deny"),
		assume("a role that is not there", here, "absent", nil, "trust_policy_deny"),
		assume("external id", alice, "external", []change{external("secret")}, "trust_policy "+trusts("external")),
		assume("wrong external id", alice, "external", []change{external("guess")}, "trust_policy_deny"),
		assume("no external id", alice, "external", nil, "trust_policy_deny"),
		assume("denied", alice, "denies", nil, "explicit_deny d.json#/roles/arn:aws:iam::111111111111:role~1denies/trust#1"),
		assume("others are not", here, "denies", nil, "trust_policy "+trusts("denies")),
		assume("the caller's boundary", "arn:aws:iam::111111111111:user/bound", "user", nil, "boundary"),
		assume("the caller's session", alice, "user", []change{through("user", limitedBy("none"))}, "session_policy"),
		assume("the caller's scopes", alice, "user", []change{through("api_key", scopes("other"))}, "session_policy"),
		assume("self is no identity policy", alice, "account", []change{asking("self")}, "implicit_deny"),
		assume("a Deny of a resource policy", here, "forbidden", nil, "explicit_deny p#1"),
		{"trust is asked for assuming only", alice, "iam:DeleteRole", role("111111111111", "denies"), nil, "implicit_deny"},
		{"and for its own action", alice, "sts:AssumeRoleWithSAML", role("111111111111", "user"), nil, "trust_policy_deny"},
		{"and for roles", alice, "sts:AssumeRole", "r", nil, "trust_policy_deny"},
		{"in any case", alice, "STS:ASSUMEROLE", role("111111111111", "user"), nil, "trust_policy " + trusts("user")},
	})
	bundle["t.json"] = `{"tenants": {"a": {"aliases": ["111111111111"]}, "b": {"aliases": ["222222222222"]}}}`
	testQuestions(t, compile(t, bundle), []question{
		assume("a star does not reach other tenants", there, "star", nil, "trust_policy_deny"),
		assume("their account does", there, "account", nil, "trust_policy all#0 "+trusts("account")),
		assume("within the tenant it does", alice, "star", nil, "trust_policy "+trusts("star")),
	})
}

// Root stands behind the guards, and nothing else stops it.
func TestRoot(t *testing.T) {
	docs := decode(t, files{"t.json": tenants, "p.json": document(statement("Deny", `"*"`, "*", "*")), "d.json": `{"users": {"boss": {"aliases": ["chief"], "tenant": "acme"}}, "roles": {"r": {}}}`})
	e, err := pdp.Compile(docs, pdp.Options{Root: "boss"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	root := func(r *pdp.Request) { r.Principal.Root = true }
	testQuestions(t, e, []question{
		{"root", "boss", "x:Any", "r", []change{root, in("globex")}, "root"},
		{"root assumes", "boss", "sts:AssumeRole", "nobody", []change{root}, "root"},
		{"not by its id alone", "boss", "x:Any", "r", nil, "explicit_deny p#0"},
		{"not by an alias", "chief", "x:Any", "r", []change{root}, "explicit_deny p#0"},
		{"not another", "amy", "x:Any", "r", []change{root}, "explicit_deny p#0"},
		{"a session of its own", "boss", "x:Any", "r", []change{root, through("user")}, "root"},
		{"not by an API key", "boss", "x:Any", "r", []change{root, through("api_key", scopes("*"))}, "explicit_deny p#0"},
		{"not with a limit", "boss", "x:Any", "r", []change{root, through("user", scopes("*"))}, "explicit_deny p#0"},
		{"not through others", "boss", "x:Any", "r", []change{root, through("user", func(s *pdp.Session) { s.Chain = []string{"amy"} })}, "explicit_deny p#0"},
		{"guards hold", "boss", "x:Any", "r", []change{root, in("gone")}, "tenant_inactive"},
		{"guards hold for its session", "boss", "x:Any", "r", []change{root, through("user", func(s *pdp.Session) { s.ExpiresAt = noon.Add(-time.Hour) })}, "session_expired"},
		{"malformed", "boss", "", "r", []change{root}, "malformed_request"},
	})
	none, err := pdp.Compile(docs, pdp.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := none.Decide(&pdp.Request{Principal: pdp.Principal{Root: true}, Action: "x:Any", Resource: pdp.Resource{ID: "r"}, Time: noon}); d.Allowed() {
		t.Errorf("without a root, nobody is: %s", says(d))
	}
}
