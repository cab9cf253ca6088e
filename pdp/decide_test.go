package pdp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 987654321, time.UTC)

const (
	alice   = "arn:aws:iam::111111111111:user/team/alice"
	bob     = "arn:aws:iam::222222222222:user/bob"
	ci      = "arn:aws:iam::111111111111:role/build/ci"
	session = "arn:aws:sts::111111111111:assumed-role/ci/job-7"
)

// says renders a decision as the tables write it: reason, then the deciding
// statements as policy#index.
func says(d pdp.Decision) string {
	parts := []string{d.Reason.String()}
	for _, ref := range d.Determining(nil) {
		parts = append(parts, fmt.Sprintf("%s#%d", ref.Policy, ref.Index))
	}
	if d.Allowed() != (d.Reason.Class() == pdp.ClassAllow) {
		parts = append(parts, "with effect "+d.Effect.String())
	}
	return strings.Join(parts, " ")
}

// context makes a context of names and values.
func context(pairs ...string) *conditions.Context {
	c := new(conditions.Context)
	for i := 0; i < len(pairs); i += 2 {
		c.Set(pairs[i], conditions.Text(pairs[i+1]))
	}
	return c
}

// ask makes the usual request of an id.
func ask(principal, action, resource string) *pdp.Request {
	return &pdp.Request{Principal: pdp.Principal{ID: principal}, Action: action, Resource: pdp.Resource{ID: resource}, Time: noon}
}

// statement writes a statement: effect, principal as JSON or "", action, resource.
func statement(effect, principal, action, resource string) string {
	if principal != "" {
		principal = `"Principal": ` + principal + `, `
	}
	return fmt.Sprintf(`{"Effect": %q, %s"Action": %q, "Resource": %q}`, effect, principal, action, resource)
}

func document(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",\n") + `]}`
}

type decision struct {
	name, principal, action, resource string
	want                              string
}

func testDecisions(t *testing.T, e *pdp.Engine, cases []decision) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := says(e.Decide(ask(c.principal, c.action, c.resource))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDecideAttachments(t *testing.T) {
	e := compile(t, files{
		"d.json": `{"users": {"` + alice + `": {"aliases": ["spiffe://acme/alice"], "groups": ["eng", "ops"], "policies": ["b-user"]},
			"plain": {"policies": [` + document(statement("Allow", "", "x:Inline", "*")) + `]}},
			"groups": {"eng": {"policies": ["c-group", "shared"]}, "ops": {"policies": ["shared"]}},
			"roles": {"` + ci + `": {"policies": ["d-role"]}, "manager": {"policies": ["d-role"]}}}`,
		"b-user.json":  document(statement("Allow", "", "x:Read", "*"), statement("Allow", "", "x:Re*", "*")),
		"c-group.json": document(statement("Allow", "", "x:Re*", "*"), statement("Allow", "", "x:Write", "*")),
		"d-role.json":  document(statement("Allow", "", "x:Deploy", "*")),
		"shared.json":  document(statement("Deny", "", "x:Drop", "*"), statement("Deny", "", "x:D*", "*")),
	})
	testDecisions(t, e, []decision{
		{"own policy", alice, "x:Read", "r", "identity_policy b-user#0"},
		{"alias of the user", "spiffe://acme/alice", "x:Read", "r", "identity_policy b-user#0"},
		{"actions fold", alice, "X:rEAD", "r", "identity_policy b-user#0"},
		{"second statement", alice, "x:Remove", "r", "identity_policy b-user#1"},
		{"policy of a group", alice, "x:Write", "r", "identity_policy c-group#1"},
		{"a policy of two groups counts once", alice, "x:Drop", "r", "explicit_deny shared#0 shared#1"},
		{"nothing applies", alice, "x:Other", "r", "implicit_deny"},
		{"ids are exact", alice + "2", "x:Read", "r", "implicit_deny"},
		{"ids are not folded", "SPIFFE://acme/alice", "x:Read", "r", "implicit_deny"},
		{"inline policy", "plain", "x:Inline", "r", "identity_policy d.json#/users/plain/policies/0#0"},
		{"role by its ARN", ci, "x:Deploy", "r", "identity_policy d-role#0"},
		{"role by a session", session, "x:Deploy", "r", "identity_policy d-role#0"},
		{"session of another account", "arn:aws:sts::222222222222:assumed-role/ci/job-7", "x:Deploy", "r", "implicit_deny"},
		{"session in another partition", "arn:aws-cn:sts::111111111111:assumed-role/ci/job-7", "x:Deploy", "r", "implicit_deny"},
		{"session of another role", "arn:aws:sts::111111111111:assumed-role/cicd/job-7", "x:Deploy", "r", "implicit_deny"},
		{"a role's name is no principal", "manager", "x:Deploy", "r", "implicit_deny"},
		{"anonymous", "", "x:Read", "r", "implicit_deny"},
	})
}

func TestDecidePrincipals(t *testing.T) {
	const canonical = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
	aws := func(id string) string { return `{"AWS": "` + id + `"}` }
	e := compile(t, files{
		"d.json": `{"users": {"` + alice + `": {"aliases": ["arn:aws:iam::999999999999:user/al", "al"], "policies": ["own"]}, "` + bob + `": {"policies": ["own"]}},
			"roles": {"` + ci + `": {}}}`,
		"own.json": document(statement("Allow", "", "own:*", "*")),
		"p.json": document(
			statement("Allow", `"*"`, "p:Any", "*"),
			statement("Allow", aws(alice), "p:User", "*"),
			statement("Allow", aws("arn:aws:iam::111111111111:role/elsewhere/ci"), "p:Role", "*"),
			statement("Allow", aws(session), "p:Session", "*"),
			statement("Allow", aws("111111111111"), "p:Account", "*"),
			statement("Allow", aws("arn:aws:iam::111111111111:root"), "p:Root", "*"),
			statement("Allow", `{"Federated": "accounts.google.com"}`, "p:Federated", "*"),
			statement("Allow", `{"Service": "events.amazonaws.com"}`, "p:Service", "*"),
			statement("Allow", `{"CanonicalUser": "`+canonical+`"}`, "p:Canonical", "*"),
			statement("Allow", `{"SPIFFE": "spiffe://acme/web"}`, "p:SPIFFE", "*"),
			statement("Allow", `{"Id": ["x", "user 1"]}`, "p:Id", "*"),
			statement("Allow", aws("arn:aws:iam::999999999999:user/al"), "p:Alias", "*"),
			statement("Allow", `{"Id": "al"}`, "p:Alias2", "*"),
			statement("Allow", aws("12/34"), "p:Tenant", "*"),
			statement("Allow", aws("arn:aws:sts::111111111111:federated-user/fred"), "p:Fed", "*"),
			statement("Allow", aws("111111111111"), "own:Account", "*"),
			statement("Allow", aws("arn:aws:iam::111111111111:user/fred"), "p:Behind", "*"),
			statement("Deny", aws("arn:aws:iam::111111111111:user/x/fred"), "p:Fed2", "*"),
			statement("Allow", `"*"`, "p:Fed2", "*"),
		),
	})
	testDecisions(t, e, []decision{
		{"everyone", "whoever", "p:Any", "r", "resource_policy p#0"},
		{"anonymous is everyone", "", "p:Any", "r", "resource_policy p#0"},
		{"user", alice, "p:User", "r", "resource_policy p#1"},
		{"another user", bob, "p:User", "r", "implicit_deny"},
		{"role by its session, the path does not count", session, "p:Role", "r", "resource_policy p#2"},
		{"role by itself, the path counts", ci, "p:Role", "r", "implicit_deny"},
		{"role of another account", "arn:aws:sts::222222222222:assumed-role/ci/job-7", "p:Role", "r", "implicit_deny"},
		{"session", session, "p:Session", "r", "resource_policy p#3"},
		{"another session", session + "8", "p:Session", "r", "implicit_deny"},
		{"account only delegates", alice, "p:Account", "r", "implicit_deny"},
		{"root only delegates", alice, "p:Root", "r", "implicit_deny"},
		{"root means the account for root too", "arn:aws:iam::111111111111:root", "p:Root", "r", "implicit_deny"},
		{"identity provider", "accounts.google.com", "p:Federated", "r", "resource_policy p#6"},
		{"service", "events.amazonaws.com", "p:Service", "r", "resource_policy p#7"},
		{"another service", "ec2.amazonaws.com", "p:Service", "r", "implicit_deny"},
		{"canonical user", canonical, "p:Canonical", "r", "resource_policy p#8"},
		{"SPIFFE id", "spiffe://acme/web", "p:SPIFFE", "r", "resource_policy p#9"},
		{"another SPIFFE id", "spiffe://acme/web/2", "p:SPIFFE", "r", "implicit_deny"},
		{"opaque id", "user 1", "p:Id", "r", "resource_policy p#10"},
		{"opaque ids are exact", "User 1", "p:Id", "r", "implicit_deny"},
		{"alias in Principal", alice, "p:Alias", "r", "resource_policy p#11"},
		{"alias in both", "al", "p:Alias2", "r", "resource_policy p#12"},
		{"federated user", "arn:aws:sts::111111111111:federated-user/fred", "p:Fed", "r", "resource_policy p#14"},
		{"a federated session's name is not enough to allow", "arn:aws:sts::111111111111:federated-user/fred", "p:Behind", "r", "implicit_deny"},
		{"a federated session's name is enough to deny", "arn:aws:sts::111111111111:federated-user/fred", "p:Fed2", "r", "explicit_deny p#17"},
		{"a federated session of another account", "arn:aws:sts::222222222222:federated-user/fred", "p:Fed2", "r", "resource_policy p#18"},
		{"anonymous is nobody in particular", "", "p:Id", "r", "implicit_deny"},

		{"across: account and identity", alice, "own:Account", "arn:aws:s3::222222222222:b", "identity_policy own#0 p#15"},
		{"across: no identity policy", alice, "p:Account", "arn:aws:s3::222222222222:b", "implicit_deny"},
		{"across: no resource policy", alice, "own:Other", "arn:aws:s3::222222222222:b", "cross_tenant"},
		{"across: for another account", bob, "own:Account", "arn:aws:s3::111111111111:b", "cross_tenant"},
		{"across: everyone is not enough alone", "arn:aws:iam::333333333333:user/x", "p:Any", "arn:aws:s3::111111111111:b", "implicit_deny"},
		{"within: by identity", alice, "own:Other", "arn:aws:s3::111111111111:b", "identity_policy own#0"},
		{"within: by account and identity", alice, "own:Account", "arn:aws:s3::111111111111:b", "identity_policy own#0"},
		{"resource of nobody", alice, "own:Other", "arn:aws:s3:::b", "identity_policy own#0"},
		{"tenant below", "arn:wami:iam:12:wami:p:user/x", "p:Any", "arn:wami:docs:12/34:wami:p:doc/1", "resource_policy p#0"},
		{"tenant above", "arn:wami:iam:12/34:wami:p:user/x", "p:Any", "arn:wami:docs:12:wami:p:doc/1", "implicit_deny"},
		{"tenant with a longer number", "arn:wami:iam:12:wami:p:user/x", "p:Any", "arn:wami:docs:123:wami:p:doc/1", "implicit_deny"},
	})
}

func TestDecideNotPrincipal(t *testing.T) {
	not := func(who, action string) string {
		return `{"Effect": "Deny", "NotPrincipal": ` + who + `, "Action": "` + action + `", "Resource": "*"}`
	}
	e := compile(t, files{"p.json": document(
		statement("Allow", `"*"`, "*", "*"),
		not(`{"AWS": "`+alice+`"}`, "p:User"),
		not(`{"AWS": "`+ci+`"}`, "p:Role"),
		not(`{"AWS": "111111111111"}`, "p:Account"),
		not(`{"AWS": "`+session+`"}`, "p:Session"),
		not(`{"Id": "x"}`, "p:Id"),
		not(`{"AWS": "arn:aws:iam::111111111111:user/fred"}`, "p:Fed"),
	)})
	testDecisions(t, e, []decision{
		{"listed user", alice, "p:User", "r", "resource_policy p#0"},
		{"other user", bob, "p:User", "r", "explicit_deny p#1"},
		{"anonymous is not listed", "", "p:User", "r", "explicit_deny p#1"},
		{"session of a listed role", session, "p:Role", "r", "resource_policy p#0"},
		{"listed role", ci, "p:Role", "r", "resource_policy p#0"},
		{"user of a listed account", alice, "p:Account", "r", "resource_policy p#0"},
		{"session of a listed account", session, "p:Account", "r", "resource_policy p#0"},
		{"user of another account", bob, "p:Account", "r", "explicit_deny p#3"},
		{"listed session", session, "p:Session", "r", "resource_policy p#0"},
		{"other session", session + "8", "p:Session", "r", "explicit_deny p#4"},
		{"listed id", "x", "p:Id", "r", "resource_policy p#0"},
		{"other id", "y", "p:Id", "r", "explicit_deny p#5"},
		{"federated session of a listed user's name", "arn:aws:sts::111111111111:federated-user/fred", "p:Fed", "r", "explicit_deny p#6"},
	})
}

// The order in which grants are looked for, and what is reported of them.
func TestDecideOrder(t *testing.T) {
	e := compile(t, files{
		"d.json":   `{"users": {"` + alice + `": {"policies": ["id1", "id0"]}}, "roles": {"` + ci + `": {"policies": ["id0"]}}}`,
		"id0.json": document(statement("Allow", "", "x:*", "*"), statement("Deny", "", "x:Deny*", "*")),
		"id1.json": document(statement("Deny", "", "x:DenyAll", "*")),
		"r0.json": document(
			statement("Allow", `{"AWS": "111111111111"}`, "*", "*"),
			statement("Allow", `{"AWS": "`+ci+`"}`, "x:Role", "*"),
			statement("Allow", `{"AWS": ["`+alice+`", "`+session+`"]}`, "x:Direct", "*"),
			statement("Deny", `"*"`, "x:DenyAll", "*")),
		"r1.json": document(
			statement("Allow", `{"AWS": "`+session+`"}`, "x:Role", "*"),
			statement("Deny", `{"AWS": "`+alice+`"}`, "x:DenyAll", "*")),
	})
	testDecisions(t, e, []decision{
		{"direct before identity", alice, "x:Direct", "r", "resource_policy r0#2"},
		{"direct before role", session, "x:Role", "r", "resource_policy r1#0"},
		{"role before identity", session + "8", "x:Role", "r", "resource_policy r0#1"},
		{"identity when only the account is meant", alice, "x:Else", "r", "identity_policy id0#0"},
		{"one Deny", alice, "x:Deny1", "r", "explicit_deny id0#1"},
		{"all Denies in canonical order", alice, "x:DenyAll", "r", "explicit_deny id0#1 id1#0 r0#3 r1#1"},
		{"a Deny for everyone", "", "x:DenyAll", "r", "explicit_deny r0#3"},
		{"across: the first Allow of the resource layer in any way", alice, "x:Direct", "arn:aws:s3::222222222222:b", "identity_policy id0#0 r0#0"},
	})
}

func TestDecideCountsAllDenies(t *testing.T) {
	var statements []string
	for range 11 {
		statements = append(statements, statement("Deny", `"*"`, "*", "*"))
	}
	e := compile(t, files{"p.json": document(statements...)})
	d := e.Decide(ask("x", "a:b", "r"))
	if refs := d.Determining(nil); d.Total() != 11 || len(refs) != pdp.MaxDetermining || refs[0].Index != 0 || refs[7].Index != 7 {
		t.Errorf("total %d, kept %v", d.Total(), refs)
	}
	if ref := d.Determining(nil)[3]; ref.At() != "p.json:4" || ref.Effect != pdp.Deny || ref.Layer != pdp.LayerResource {
		t.Errorf("fourth statement %+v", ref)
	}
}

func TestDecideThreeValued(t *testing.T) {
	conditional := func(effect, action, condition string) string {
		return `{"Effect": "` + effect + `", "Principal": "*", "Action": "` + action + `", "Resource": "*", "Condition": ` + condition + `}`
	}
	const five = `{"NumericEquals": {"k:n": 5}}`
	const not5 = `{"NumericNotEquals": {"k:n": 5}}`
	e := compile(t, files{"p.json": document(
		conditional("Allow", "a:*", five),
		conditional("Allow", "n:*", not5),
		statement("Allow", `"*"`, "d:*", "*"),
		conditional("Deny", "d:Five", five),
		conditional("Deny", "d:Not", not5),
		conditional("Deny", "d:Both", five),
		statement("Deny", `"*"`, "d:Both", "*"),
		conditional("Deny", "d:False", `{"NumericEquals": {"k:n": 5}, "StringEquals": {"k:s": "x"}}`),
	)})
	for _, c := range []struct{ name, action, value, want string }{
		{"Allow, true", "a:X", "5", "resource_policy p#0"},
		{"Allow, false", "a:X", "6", "implicit_deny"},
		{"Allow, unknown", "a:X", "five", "implicit_deny"},
		{"negated Allow, true", "n:X", "6", "resource_policy p#1"},
		{"negated Allow, unknown", "n:X", "five", "implicit_deny"},
		{"Deny, true", "d:Five", "5", "explicit_deny p#3"},
		{"Deny, false", "d:Five", "6", "resource_policy p#2"},
		{"Deny, unknown", "d:Five", "five", "unknown_condition p#3"},
		{"negated Deny, unknown", "d:Not", "five", "unknown_condition p#4"},
		{"an unknown Deny beside a sure one", "d:Both", "five", "explicit_deny p#5 p#6"},
		{"unknown and false is false", "d:False", "five", "resource_policy p#2"},
	} {
		r := ask("x", c.action, "r")
		r.Context = context("k:n", c.value, "k:s", "y")
		if got := says(e.Decide(r)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDecideResources(t *testing.T) {
	not := func(effect, action, resources string) string {
		return `{"Effect": "` + effect + `", "Principal": "*", "Action": "` + action + `", "NotResource": ` + resources + `}`
	}
	e := compile(t, files{
		"p.json": document(
			statement("Allow", `"*"`, "v:Get", "docs/${k:v}/*"),
			statement("Allow", `"*"`, "v:Default", "docs/${k:v, 'public'}/*"),
			not("Allow", "v:Not", `["docs/${k:v}/*", "secret"]`),
			statement("Allow", `"*"`, "d:*", "*"),
			not("Deny", "d:Not", `["docs/${k:v}/*", "open"]`),
			statement("Deny", `"*"`, "d:Get", "docs/${k:v}/*"),
			statement("Allow", `"*"`, "s:Get", "arn:aws:s3:::b/*"),
			statement("Allow", `"*"`, "s:Some", "b?cket"),
			statement("Allow", `"*"`, "e:Escape", "a${*}b"),
		),
	})
	for _, c := range []struct{ name, action, resource, v, want string }{
		{"variable", "v:Get", "docs/alice/1", "alice", "resource_policy p#0"},
		{"other value", "v:Get", "docs/alice/1", "bob", "implicit_deny"},
		{"a star in the value is a star", "v:Get", "docs/alice/1", "*", "implicit_deny"},
		{"a variable in the value is text", "v:Get", "docs/${k:v}/1", "${k:v}", "resource_policy p#0"},
		{"two dots are missing", "v:Get", "docs/../1", "..", "implicit_deny"},
		{"missing", "v:Get", "docs//1", "", "implicit_deny"},
		{"default", "v:Default", "docs/public/1", "", "resource_policy p#1"},
		{"default not used", "v:Default", "docs/public/1", "x", "implicit_deny"},
		{"NotResource, covered", "v:Not", "docs/alice/1", "alice", "implicit_deny"},
		{"NotResource, not covered", "v:Not", "docs/bob/1", "alice", "resource_policy p#2"},
		{"NotResource, missing is unknown", "v:Not", "docs/bob/1", "", "implicit_deny"},
		{"NotResource, covered by another", "v:Not", "secret", "", "implicit_deny"},
		{"Deny NotResource, missing is unknown", "d:Not", "x", "", "unknown_condition p#4"},
		{"Deny NotResource, covered by another", "d:Not", "open", "", "resource_policy p#3"},
		{"Deny Resource, missing does not match", "d:Get", "docs/x/1", "", "resource_policy p#3"},
		{"Deny Resource", "d:Get", "docs/x/1", "x", "explicit_deny p#5"},
		{"ARN", "s:Get", "arn:aws:s3:::b/x:y/z", "", "resource_policy p#6"},
		{"resource star is only a star", "s:Get", "*", "", "implicit_deny"},
		{"question mark", "s:Some", "bucket", "", "resource_policy p#7"},
		{"wildcards of a request are literal", "s:Some", "b*", "", "implicit_deny"},
		{"escaped star", "e:Escape", "a*b", "", "resource_policy p#8"},
		{"escaped star is no wildcard", "e:Escape", "axb", "", "implicit_deny"},
	} {
		r := ask("x", c.action, c.resource)
		if c.v != "" {
			r.Context = context("k:v", c.v)
		}
		if got := says(e.Decide(r)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	r := ask("x", "v:Get", "docs/alice/1")
	r.Context = new(conditions.Context)
	r.Context.MarkIncomplete("k:")
	if got := says(e.Decide(r)); got != "implicit_deny" {
		t.Errorf("Allow with an incomplete variable: %s", got)
	}
	r.Action = "d:Get"
	if got := says(e.Decide(r)); got != "unknown_condition p#5" {
		t.Errorf("Deny with an incomplete variable: %s", got)
	}
}

func TestDecideNotAction(t *testing.T) {
	e := compile(t, files{"p.json": document(
		`{"Effect": "Allow", "Principal": "*", "NotAction": ["iam:*", "X:Delete"], "Resource": "*"}`)})
	testDecisions(t, e, []decision{
		{"not listed", "x", "s3:Get", "r", "resource_policy p#0"},
		{"listed", "x", "IAM:CreateUser", "r", "implicit_deny"},
		{"listed in another case", "x", "x:delete", "r", "implicit_deny"},
		{"action without colon", "x", "upload", "r", "resource_policy p#0"},
	})
}

func TestDecideAssumeRole(t *testing.T) {
	e := compile(t, files{"p.json": document(
		statement("Allow", `"*"`, "*", "*"), statement("Deny", `"*"`, "sts:AssumeRoleWithSAML", "*"))})
	testDecisions(t, e, []decision{
		{"never allowed yet", "x", "sts:AssumeRole", ci, "trust_policy_deny"},
		{"in any case", "x", "STS:aSSUMErOLEwITHwEBiDENTITY", "*", "trust_policy_deny"},
		{"a Deny comes first", "x", "sts:AssumeRoleWithSAML", ci, "explicit_deny p#1"},
		{"another action", "x", "sts:GetCallerIdentity", "*", "resource_policy p#0"},
		{"shorter", "x", "sts:AssumeRol", "*", "resource_policy p#0"},
	})
}

func TestDecidePermission(t *testing.T) {
	e := compile(t, files{
		"d.json": `{"users": {"` + alice + `": {"policies": ["id"]}}}`,
		"id.json": document(statement("Allow", "", "docs.read", "*"), statement("Deny", "", "docs.purge", "*"),
			statement("Deny", "", "*", "secret"), statement("Allow", "", "own:It", "*")),
		"r.json": document(statement("Allow", `{"AWS": "111111111111"}`, "*", "arn:aws:s3::222222222222:*"), statement("Allow", `"*"`, "*", "open")),
	})
	for _, c := range []struct{ name, principal, action, permission, resource, want string }{
		{"one", alice, "", "docs.read", "r", "identity_policy id#0"},
		{"the second of two", alice, "", "docs.write|docs.read", "r", "identity_policy id#0"},
		{"none: the first Deny", alice, "", "docs.purge|docs.write", "r", "explicit_deny id#1"},
		{"none: the first Deny, otherwise", alice, "", "docs.write|docs.purge", "r", "implicit_deny"},
		{"a Deny of one does not stop the next", alice, "", "docs.purge|docs.read", "r", "identity_policy id#0"},
		{"beside an action it grants nothing", alice, "docs.list", "docs.read", "r", "implicit_deny"},
		{"beside an action it takes nothing", alice, "docs.read", "docs.list", "r", "identity_policy id#0"},
		{"self", alice, "", "self", "r", "permission"},
		{"self of a stranger", "stranger", "", "self", "r", "permission"},
		{"self beside an action", "stranger", "docs.list", "self", "r", "permission"},
		{"a policy is reported before self", alice, "own:It", "self", "r", "identity_policy id#3"},
		{"self and a Deny", alice, "", "self", "secret", "explicit_deny id#2"},
		{"self of nobody", "", "", "self", "r", "implicit_deny"},
		{"self of nobody where everyone may", "", "x:y", "self", "open", "implicit_deny"},
		{"self across tenants", alice, "", "self", "arn:aws:s3::222222222222:b", "permission r#0"},
		{"self across tenants without a resource policy", alice, "", "self", "arn:aws:s3::333333333333:b", "cross_tenant"},
		{"self does not assume roles", alice, "sts:AssumeRole", "self", "r", "trust_policy_deny"},
		{"self among others", alice, "", "self|docs.read", "r", "malformed_request"},
		{"empty alternative", alice, "", "docs.read|", "r", "malformed_request"},
		{"wildcard", alice, "", "docs.*", "r", "malformed_request"},
		{"wildcard beside an action", alice, "docs.read", "docs.*", "r", "malformed_request"},
	} {
		r := ask(c.principal, c.action, c.resource)
		r.Permission = c.permission
		if got := says(e.Decide(r)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
