package pdp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

func TestDecideMalformed(t *testing.T) {
	e := compile(t, files{
		"p.json": allowAllWho,
		"d.json": `{"users": {"` + alice + `": {"aliases": ["al"]}}}`,
	})
	for _, c := range []struct {
		name   string
		change func(*pdp.Request)
		want   string // in Detail; "" is well formed
	}{
		{"nothing", func(r *pdp.Request) {}, ""},
		{"the door says so", func(r *pdp.Request) { r.Malformed = "path: has a dot segment" }, "path: has a dot segment"},
		{"no time", func(r *pdp.Request) { r.Time = time.Time{} }, "time:"},
		{"the epoch is a time", func(r *pdp.Request) { r.Time = time.Unix(0, 0) }, ""},

		{"no action", func(r *pdp.Request) { r.Action = "" }, "action: it is empty"},
		{"star in an action", func(r *pdp.Request) { r.Action = "a:*" }, `action: "a:*"`},
		{"question mark in an action", func(r *pdp.Request) { r.Action = "a:?" }, "action:"},
		{"bar in an action", func(r *pdp.Request) { r.Action = "a|b" }, "action:"},
		{"blank in an action", func(r *pdp.Request) { r.Action = "a b" }, "action:"},
		{"line feed in an action", func(r *pdp.Request) { r.Action = "a\nb" }, "action:"},
		{"wide blank in an action", func(r *pdp.Request) { r.Action = "a\u00a0b" }, "action:"},
		{"bytes in an action", func(r *pdp.Request) { r.Action = "a\xff" }, "action:"},
		{"action with two colons", func(r *pdp.Request) { r.Action = "a:b:c" }, ""},
		{"action in Greek", func(r *pdp.Request) { r.Action = "έγγραφα:Ανάγνωση" }, ""},

		{"principal that is almost an ARN", func(r *pdp.Request) { r.Principal.ID = "arn:aws:iam::1" }, "principal: invalid ARN"},
		{"principal ARN in another case", func(r *pdp.Request) { r.Principal.ID = "ARN" + alice[3:] }, "principal: invalid ARN"},
		{"principal in an older spelling", func(r *pdp.Request) { r.Principal.ID = "arn:wami:iam:1:wami:p:aws:2:user/a" }, "principal: "},
		{"opaque principal", func(r *pdp.Request) { r.Principal.ID = "anything at all*" }, ""},
		{"anonymous", func(r *pdp.Request) { r.Principal.ID = "" }, ""},
		{"anonymous with groups", func(r *pdp.Request) { r.Principal = pdp.Principal{Groups: []string{"g"}} }, "principal: groups"},

		{"no resource", func(r *pdp.Request) { r.Resource.ID = "" }, "resource: the id is empty"},
		{"resource that is almost an ARN", func(r *pdp.Request) { r.Resource.ID = "Arn:x" }, "resource: invalid ARN"},
		{"resource in an older spelling", func(r *pdp.Request) { r.Resource.ID = "arn:wami:s3:1:wami:p:aws:2:bucket/a" }, "resource: "},
		{"resource tags that are one", func(r *pdp.Request) { r.Resource.Tags = map[string]string{"A": "", "a": ""} }, `resource.tags: "A" and "a"`},
		{"resource tag without key", func(r *pdp.Request) { r.Resource.Tags = map[string]string{"": ""} }, "resource.tags: a tag"},
		{"principal tags that are one", func(r *pdp.Request) {
			r.Principal = pdp.Principal{ID: "x", Trust: pdp.TrustGranted, Tags: map[string]string{"Team": "", "tEam": ""}}
		}, `principal.tags: "Team" and "tEam"`},

		{"context of the caller's own", func(r *pdp.Request) { r.Context = context("my:key", "x", "aws:RequestTag/a", "x", "nocolon", "") }, ""},
		{"reserved key", func(r *pdp.Request) { r.Context = context("AWS:PrincipalArn", "x") }, `context: "aws:principalarn"`},
		{"reserved family", func(r *pdp.Request) { r.Context = context("aws:ResourceTag/a/b", "x") }, "context:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ask("x", "a:b", "r")
			c.change(r)
			d := e.Decide(r)
			switch {
			case c.want == "" && (d.Reason != pdp.ReasonResourcePolicy || d.Detail != ""):
				t.Errorf("refused: %s %s", d.Reason, d.Detail)
			case c.want != "" && (d.Reason != pdp.ReasonMalformedRequest || d.Allowed() || !strings.Contains(d.Detail, c.want)):
				t.Errorf("got %s %q, want malformed_request with %q", d.Reason, d.Detail, c.want)
			}
			if d.Revision != "r1" {
				t.Errorf("revision %q", d.Revision)
			}
		})
	}
	if d := e.Decide(nil); d.Reason != pdp.ReasonMalformedRequest {
		t.Errorf("no request: %s", d.Reason)
	}
}

func TestDecideSaysThePrincipal(t *testing.T) {
	e := compile(t, files{"p.json": allowAllWho, "d.json": `{"users": {"` + alice + `": {"aliases": ["al"]}}}`})
	for id, want := range map[string]string{"al": alice, alice: alice, "x": "x", "": "", session: session} {
		if got := e.Decide(ask(id, "a:b", "r")).Principal; got != want {
			t.Errorf("Principal of %q is %q", id, got)
		}
	}
}

// What a request says about its principal, by who is asking and what the facts
// are worth.
func TestDecideFacts(t *testing.T) {
	tagged := `{"Effect": "Allow", "Action": "x:Tag", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "red"}}}`
	const rest = `"groups": {"eng": {"policies": ["eng"]}, "ops": {"policies": ["ops"]}},
		"roles": {"manager": {"policies": ["mgr"]}, "` + ci + `": {"policies": ["mgr"], "tags": {"Team": "red"}}}}`
	bundle := files{
		"d.json":   `{"users": {"` + alice + `": {"groups": ["eng"], "policies": ["own"], "tags": {"team": "red"}}}, ` + rest,
		"own.json": document(tagged),
		"eng.json": document(statement("Allow", "", "x:Eng", "*"), tagged),
		"ops.json": document(statement("Allow", "", "x:Ops", "*"), tagged),
		"mgr.json": document(statement("Allow", "", "x:Mgr", "*"), tagged),
		"m.json":   `{"bundle": {"unattached": ["own"]}}`,
	}
	declared := compile(t, bundle)
	bundle["d.json"] = `{` + rest // no users at all
	open := compile(t, bundle)

	const granted, facts = pdp.TrustGranted, pdp.TrustFacts
	list := func(s ...string) []string { return s }
	red, blue := map[string]string{"TEAM": "red"}, map[string]string{"team": "blue"}
	for _, c := range []struct {
		name   string
		engine *pdp.Engine
		who    pdp.Principal
		action string
		want   string
	}{
		{"user: the directory's group", declared, pdp.Principal{ID: alice}, "x:Eng", "identity_policy eng#0"},
		{"user: the same group", declared, pdp.Principal{ID: alice, Groups: list("eng")}, "x:Eng", "identity_policy eng#0"},
		{"user: another group", declared, pdp.Principal{ID: alice, Groups: list("ops")}, "x:Ops", "malformed_request"},
		{"user: another group, granted", declared, pdp.Principal{ID: alice, Groups: list("ops"), Trust: granted}, "x:Ops", "malformed_request"},
		{"user: another group, trusted", declared, pdp.Principal{ID: alice, Groups: list("ops"), Trust: facts}, "x:Ops", "identity_policy ops#0"},
		{"user: trusted groups replace", declared, pdp.Principal{ID: alice, Groups: list("ops"), Trust: facts}, "x:Eng", "implicit_deny"},
		{"user: own policies stay", declared, pdp.Principal{ID: alice, Groups: list("none"), Trust: facts}, "x:Tag", "identity_policy own#0"},
		{"user: a role", declared, pdp.Principal{ID: alice, Roles: list("manager"), Trust: granted}, "x:Mgr", "malformed_request"},
		{"user: a trusted role", declared, pdp.Principal{ID: alice, Roles: list("manager"), Trust: facts}, "x:Mgr", "identity_policy mgr#0"},
		{"user: groups stay beside a trusted role", declared, pdp.Principal{ID: alice, Roles: list("manager"), Trust: facts}, "x:Eng", "identity_policy eng#0"},
		{"user: the same tag", declared, pdp.Principal{ID: alice, Tags: red}, "x:Tag", "identity_policy eng#1"},
		{"user: another tag", declared, pdp.Principal{ID: alice, Tags: blue}, "x:Tag", "malformed_request"},
		{"user: one tag more", declared, pdp.Principal{ID: alice, Tags: map[string]string{"x": "y"}, Trust: granted}, "x:Tag", "malformed_request"},
		{"user: a trusted tag", declared, pdp.Principal{ID: alice, Tags: blue, Trust: facts}, "x:Tag", "implicit_deny"},

		{"session: its role", declared, pdp.Principal{ID: session, Roles: list(ci)}, "x:Mgr", "identity_policy mgr#0"},
		{"session: the role's tags", declared, pdp.Principal{ID: session}, "x:Tag", "identity_policy mgr#1"},
		{"session: another role", declared, pdp.Principal{ID: session, Roles: list("manager")}, "x:Mgr", "malformed_request"},
		{"session: a group", declared, pdp.Principal{ID: session, Groups: list("ops")}, "x:Mgr", "malformed_request"},
		{"role: its own ARN", declared, pdp.Principal{ID: ci, Roles: list(ci)}, "x:Mgr", "identity_policy mgr#0"},

		{"stranger: nothing by default", declared, pdp.Principal{ID: "x", Groups: list("ops")}, "x:Ops", "implicit_deny"},
		{"stranger: granted", declared, pdp.Principal{ID: "x", Groups: list("none", "ops"), Trust: granted}, "x:Ops", "identity_policy ops#0"},
		{"stranger: trusted", declared, pdp.Principal{ID: "x", Roles: list("manager"), Trust: facts}, "x:Mgr", "identity_policy mgr#0"},
		{"stranger: a granted role by its ARN", declared, pdp.Principal{ID: "x", Roles: list(ci), Trust: granted}, "x:Mgr", "identity_policy mgr#0"},
		{"stranger: roles go by id, not by name", declared, pdp.Principal{ID: "x", Roles: list("ci"), Trust: granted}, "x:Mgr", "implicit_deny"},
		{"stranger: granted tags", declared, pdp.Principal{ID: "x", Groups: list("ops"), Tags: red, Trust: granted}, "x:Tag", "identity_policy ops#1"},
		{"stranger: tags by default", declared, pdp.Principal{ID: "x", Tags: red}, "x:Tag", "implicit_deny"},
		{"stranger: of no users at all", open, pdp.Principal{ID: "x", Groups: list("ops"), Tags: red}, "x:Tag", "identity_policy ops#1"},
		{"role: contradicted where there are no users", open, pdp.Principal{ID: ci, Groups: list("ops")}, "x:Ops", "malformed_request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ask("", c.action, "r")
			r.Principal = c.who
			if d := c.engine.Decide(r); says(d) != c.want {
				t.Errorf("got %q %s, want %q", says(d), d.Detail, c.want)
			}
		})
	}
}

func TestReservedKey(t *testing.T) {
	for key, want := range map[string]bool{
		"aws:PrincipalArn": true, "aws:PrincipalAccount": true, "aws:PrincipalOrgID": true, "aws:userid": true, "aws:userId": true,
		"aws:username": true, "aws:PrincipalTag/x": true, "aws:PrincipalTag/": true, "aws:PrincipalTag/a/b": true, "aws:ResourceTag/x": true,
		"aws:ResourceAccount": true, "aws:CurrentTime": true, "aws:EpochTime": true, "wami:TenantId": true, "wami:TenantTag/x": true,
		"wami:CrossTenantRequest": true,
		"aws:PrincipalTag":        false, "aws:PrincipalArn/x": false, "aws:SourceIp": false, "aws:RequestTag/x": false, "aws:TagKeys": false,
		"wami:SessionRiskScore": false, "jwt:sub": false, "principalarn": false, "": false,
	} {
		if got := pdp.ReservedKey(conditions.Fold(key)); got != want {
			t.Errorf("ReservedKey(%q) = %t", key, got)
		}
	}
}

// What the engine derives: each key is asked for with StringEquals and Null.
func TestDerivedKeys(t *testing.T) {
	const doc = "arn:wami:docs:12/34:wami:prod:doc/7"
	wami := "arn:wami:iam:12:wami:prod:user/team/eve"
	directory := `{"users": {"` + alice + `": {"aliases": ["al"], "tags": {"Team": "red", "Empty": ""}}, "plain": {}},
		"roles": {"` + ci + `": {"tags": {"Kind": "bot"}}}}`
	tagged := func(r *pdp.Request) { r.Resource.Tags = map[string]string{"Owner": "x"} }
	for _, c := range []struct {
		who, resource, key, want string // want "" is absent
		change                   func(*pdp.Request)
	}{
		{alice, "r", "aws:PrincipalArn", alice, nil},
		{"al", "r", "aws:PrincipalArn", alice, nil},
		{session, "r", "aws:PrincipalArn", ci, nil},
		{ci, "r", "aws:PrincipalArn", ci, nil},
		{"arn:aws:sts::111111111111:assumed-role/other/s", "r", "aws:PrincipalArn", "arn:aws:iam::111111111111:role/other", nil},
		{"arn:wami:sts:12:wami:prod:assumed-role/other/s", "r", "aws:PrincipalArn", "arn:wami:iam:12:wami:prod:role/other", nil},
		{"arn:wami:sts:12:wami:prod:aws:99:global:assumed-role/other/s", "r", "aws:PrincipalArn", "arn:wami:iam:12:wami:prod:aws:99:global:role/other", nil},
		{"plain", "r", "aws:PrincipalArn", "", nil},
		{"", "r", "aws:PrincipalArn", "", nil},
		{alice, "r", "aws:PrincipalAccount", "111111111111", nil},
		{session, "r", "aws:PrincipalAccount", "111111111111", nil},
		{"", "r", "aws:PrincipalAccount", "anonymous", nil},
		{"plain", "r", "aws:PrincipalAccount", "", nil},
		{alice, "r", "aws:PrincipalType", "User", nil},
		{"plain", "r", "aws:PrincipalType", "User", nil},
		{session, "r", "aws:PrincipalType", "AssumedRole", nil},
		{ci, "r", "aws:PrincipalType", "Role", nil},
		{"arn:aws:sts::1:federated-user/f", "r", "aws:PrincipalType", "FederatedUser", nil},
		{"arn:aws:iam::1:root", "r", "aws:PrincipalType", "Account", nil},
		{"", "r", "aws:PrincipalType", "Anonymous", nil},
		{"stranger", "r", "aws:PrincipalType", "", nil},
		{alice, "r", "aws:username", "alice", nil},
		{wami, "r", "aws:username", "team/eve", nil},
		{session, "r", "aws:username", "", nil},
		{"plain", "r", "aws:username", "", nil},
		{"al", "r", "aws:userid", alice, nil},
		{"plain", "r", "aws:UserId", "plain", nil},
		{"", "r", "aws:userid", "anonymous", nil},
		{alice, "r", "aws:PrincipalTag/team", "red", nil},
		{alice, "r", "aws:PrincipalTag/Other", "", nil},
		{session, "r", "aws:PrincipalTag/kind", "bot", nil},
		{alice, "r", "aws:ResourceTag/OWNER", "x", tagged},
		{alice, "r", "aws:ResourceTag/team", "", tagged},
		{alice, "arn:aws:s3:::b/k", "aws:ResourceArn", "arn:aws:s3:::b/k", nil},
		{alice, "r", "aws:ResourceArn", "", nil},
		{alice, "arn:aws:sqs::111111111111:q", "aws:ResourceAccount", "111111111111", nil},
		{alice, "arn:aws:s3:::b/k", "aws:ResourceAccount", "", nil},
		{alice, doc, "aws:ResourceAccount", "12/34", nil},
		{alice, doc, "wami:ResourceTenantId", "12/34", nil},
		{alice, doc, "wami:ResourceWamiArn", doc, nil},
		{alice, "arn:aws:s3:::b/k", "wami:ResourceWamiArn", "", nil},
		{wami, doc, "wami:TenantId", "12", nil},
		{wami, doc, "wami:PrincipalTenantId", "12", nil},
		{wami, doc, "wami:CrossTenantRequest", "false", nil},
		{alice, doc, "wami:CrossTenantRequest", "true", nil},
		{alice, "r", "aws:CurrentTime", "2026-11-22T12:00:00Z", nil},
		{alice, "r", "aws:CurrentTime", "2026-11-22T10:59:59Z", func(r *pdp.Request) {
			r.Time = time.Date(2026, 11, 22, 12, 59, 59, 1, time.FixedZone("", 7200))
		}},
		{alice, "r", "aws:EpochTime", fmt.Sprint(noon.Unix()), nil},
		{alice, "r", "aws:EpochTime", "-1", func(r *pdp.Request) { r.Time = time.Unix(-1, 999) }},
		{alice, "r", "aws:PrincipalOrgID", "", nil},
		{alice, "r", "my:key", "", nil},
		{alice, "r", "my:key", "mine", func(r *pdp.Request) { r.Context = context("My:Key", "mine") }},
	} {
		t.Run(c.who+" "+c.key, func(t *testing.T) {
			present := c.want
			if present == "" {
				present = "-"
			}
			e := compile(t, files{"d.json": directory, "p.json": `{"Version": "2012-10-17", "Statement": [
				{"Sid": "equal", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"` + c.key + `": "` + present + `"}}},
				{"Sid": "absent", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"Null": {"` + c.key + `": "true"}}}]}`})
			r := ask(c.who, "a:b", c.resource)
			if c.change != nil {
				c.change(r)
			}
			want := "explicit_deny p#0"
			if c.want == "" {
				want = "explicit_deny p#1"
			}
			if d := e.Decide(r); says(d) != want {
				t.Errorf("got %q %s, want %q", says(d), d.Detail, want)
			}
		})
	}
}
