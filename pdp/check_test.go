package pdp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// testBundles compiles bundles and compares the problems, in both orders of files.
func testBundles(t *testing.T, cases []bundleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.bundle["p.json"] == "" {
				c.bundle["p.json"] = allowAllWho
			}
			docs := decode(t, c.bundle)
			e, err := pdp.Compile(docs, pdp.Options{}, nil)
			if got := places(err); !slices.Equal(got, c.want) {
				t.Errorf("problems:\n  %s\nwant:\n  %s\n%v", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "), err)
			}
			if (e == nil) == (err == nil) {
				t.Fatalf("engine %v, error %v", e, err)
			}
			slices.Reverse(docs)
			if _, again := pdp.Compile(docs, pdp.Options{}, nil); !slices.Equal(places(again), places(err)) {
				t.Errorf("another order of files says\n%v\ninstead of\n%v", again, err)
			}
		})
	}
}

type bundleCase struct {
	name   string
	bundle files
	want   []string // file, line:column pointer rule
}

// What directories may get wrong, each with its place.
func TestMalformedDirectories(t *testing.T) {
	d := func(doc string) files { return files{"d.json": doc} }
	const acme = `"tenants": {"1": {"aliases": ["123456789012"]}, "1/2": {}, "9": {}}`
	testBundles(t, []bundleCase{
		{"tenant twice", files{"a.json": `{"tenants": {"t": {}}}`, "b.json": `{"tenants": {"t": {}}}`}, []string{"b.json 1:19 /tenants/t Duplicate id"}},
		{"tenant's alias is another tenant", d(`{"tenants": {"t": {"aliases": ["u"]}, "u": {}}}`), []string{"d.json 1:44 /tenants/u Duplicate id"}},
		{"tenant's alias is its own id", d(`{"tenants": {"t": {"aliases": ["t"]}}}`), []string{"d.json 1:32 /tenants/t/aliases/0 Duplicate id"}},
		{"alias of two tenants", files{"a.json": `{"tenants": {"t": {"aliases": ["x"]}}}`, "b.json": `{"tenants": {"u": {"aliases": ["x"]}}}`},
			[]string{"b.json 1:32 /tenants/u/aliases/0 Duplicate id"}},
		{"parent that is not there", d(`{"tenants": {"t": {"parent": "u"}}}`), []string{"d.json 1:30 /tenants/t/parent Missing tenant"}},
		{"path without its parent", d(`{"tenants": {"1/2": {}}}`), []string{"d.json 1:21 /tenants/1~12 Missing parent tenant"}},
		{"path whose parent is an alias only", d(`{"tenants": {"t": {"aliases": ["1"]}, "1/2": {}}}`), []string{"d.json 1:46 /tenants/1~12 Missing parent tenant"}},
		{"parent against the path", d(`{"tenants": {"1": {}, "2": {}, "1/3": {"parent": "2"}}}`), []string{"d.json 1:50 /tenants/1~13/parent Contradicting tenants"}},
		{"own parent", d(`{"tenants": {"t": {"parent": "t"}}}`), []string{"d.json 1:30 /tenants/t/parent Tenant cycle"}},
		{"cycle over files and aliases", files{"a.json": `{"tenants": {"t": {"parent": "v", "aliases": ["w"]}}}`, "b.json": `{"tenants": {"u": {"parent": "w"}, "v": {"parent": "u"}, "x": {"parent": "u"}}}`},
			[]string{"a.json 1:30 /tenants/t/parent Tenant cycle"}},
		{"guardrail that is not there", d(`{"tenants": {"t": {"guardrails": ["g"]}}}`), []string{"d.json 1:35 /tenants/t/guardrails/0 Missing policy"}},
		{"guardrail with principals", d(`{"tenants": {"t": {"guardrails": ["p"]}}}`), []string{"d.json 1:35 /tenants/t/guardrails/0 Unsupported principal"}},
		{"user of a tenant that is not there", d(`{` + acme + `, "users": {"u": {"tenant": "3"}}}`), []string{"d.json 1:97 /users/u/tenant Missing tenant"}},
		{"user of an account that is not there", d(`{` + acme + `, "users": {"arn:aws:iam::210987654321:user/u": {}}}`),
			[]string{"d.json 1:117 /users/arn:aws:iam::210987654321:user~1u Missing tenant"}},
		{"user's tenant against its ARN", d(`{` + acme + `, "users": {"arn:aws:iam::123456789012:user/u": {"tenant": "9"}}}`),
			[]string{"d.json 1:128 /users/arn:aws:iam::123456789012:user~1u/tenant Contradicting tenants"}},
		{"user's tenant against its ARN where none are declared", d(`{"users": {"arn:aws:iam::123456789012:user/u": {"tenant": "9"}}}`),
			[]string{"d.json 1:59 /users/arn:aws:iam::123456789012:user~1u/tenant Contradicting tenants"}},
		{"role of a tenant that is not there", d(`{` + acme + `, "roles": {"r": {"tenant": "3"}}}`), []string{"d.json 1:97 /roles/r/tenant Missing tenant"}},
		{"role's tenant against its ARN", d(`{` + acme + `, "roles": {"arn:wami:iam:1/2:wami:p:role/r": {"tenant": "1"}}}`),
			[]string{"d.json 1:126 /roles/arn:wami:iam:1~12:wami:p:role~1r/tenant Contradicting tenants"}},
		{"membership of a tenant that is not there", d(`{"users": {"u": {"memberships": {"t": {}}}}}`), []string{"d.json 1:39 /users/u/memberships/t Missing tenant"}},
		{"membership twice", d(`{` + acme + `, "users": {"u": {"memberships": {"1": {}, "123456789012": {}}}}}`),
			[]string{"d.json 1:128 /users/u/memberships/123456789012 Duplicate membership"}},
		{"role of a membership that is not there", d(`{` + acme + `, "users": {"u": {"memberships": {"1": {"roles": ["Manager", "member"]}}}}}`),
			[]string{"d.json 1:119 /users/u/memberships/1/roles/0 Missing role"}},
		{"role of another tenant", d(`{` + acme + `, "users": {"u": {"memberships": {"1/2": {"roles": ["r"]}}}}, "roles": {"r": {"tenant": "1"}}}`),
			[]string{"d.json 1:121 /users/u/memberships/1~12/roles/0 Role of another tenant"}},
		{"membership of a session of a role", d(`{` + acme + `, "users": {"arn:aws:sts:::assumed-role/r/s": {"memberships": {"1": {}}}}}`),
			[]string{"d.json 1:115 /users/arn:aws:sts:::assumed-role~1r~1s Ambiguous role"}},
		{"boundary that is not there", d(`{"users": {"u": {"boundary": "b"}}}`), []string{"d.json 1:30 /users/u/boundary Missing policy"}},
		{"boundary with principals", d(`{"roles": {"r": {"boundary": "p"}}}`), []string{"d.json 1:30 /roles/r/boundary Unsupported principal"}},
		{"boundary in allow-me's dialect", files{"b.json": `{"statements": [{"effect": "allow", "identities": ["x"], "operations": ["y"]}]}`, "d.json": `{"users": {"u": {"boundary": "b"}}}`},
			[]string{"d.json 1:30 /users/u/boundary Unsupported dialect"}},
		{"session revoked twice", files{"a.json": `{"revoked_sessions": ["s"]}`, "b.json": `{"revoked_sessions": ["r", "s"]}`}, []string{"b.json 1:28 /revoked_sessions/1 Duplicate name"}},
		{"principal that is no tenant", files{"d.json": `{"tenants": {"1": {"aliases": ["acme"]}}}`,
			"p.json": `{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": {"AWS": ["acme", "1", "210987654321", "AIDACKCEVSQ6C2EXAMPLE"]}}}`},
			[]string{"p.json 1:117 /Statement/Principal/AWS/3 Invalid principal format"}},
		{"principal that is no tenant where none are declared", files{"p.json": `{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": {"AWS": "acme"}}}`},
			[]string{"p.json 1:87 /Statement/Principal/AWS Invalid principal format"}},
		{"trust in a tenant that is not there", d(`{` + acme + `, "roles": {"r": {"trust": {"Statement":
{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Tenant": ["123456789012", "3"]}}}}}}`), []string{"d.json 2:90 /roles/r/trust/Statement/Principal/Tenant/1 Missing tenant"}},
	})
}

func TestSoundDirectories(t *testing.T) {
	testBundles(t, []bundleCase{
		{"tenants by path, parent and alias over files", files{
			"a.json": `{"tenants": {"1/2": {"parent": "acme"}, "leaf": {"parent": "1/2"}}}`,
			"b.json": `{"tenants": {"1": {"aliases": ["acme", "123456789012"], "admins": ["whoever", "arn:aws:iam::5:user/x"]}}}`,
			"c.json": `{"users": {"arn:aws:iam::123456789012:user/u": {"tenant": "acme", "memberships": {"leaf": {"roles": ["admin", "r", "all"]}}}, "svc": {}},
"roles": {"r": {"tenant": "leaf"}, "all": {}, "arn:wami:iam:1/2:wami:p:role/x": {"tenant": "1/2"}}}`}, nil},
		{"a boundary and a guardrail are attached", files{"b.json": allowAll, "g.json": allowAll, "d.json": `{"tenants": {"t": {"guardrails": ["g"]}}, "users": {"u": {"boundary": "b"}}}`}, nil},
		{"tenants that nobody declares", files{"d.json": `{"users": {"u": {"tenant": "x"}, "arn:aws:iam::123456789012:user/a": {"tenant": "123456789012"}}}`,
			"r.json": `{"resources": {"bucket": {"tenant": "123456789012"}}}`}, nil},
		{"a system role that is redefined", files{"d.json": `{"tenants": {"t": {}}, "roles": {"admin": {"tenant": "t", "permissions": ["a.b"]}}, "users": {"u": {"memberships": {"t": {"roles": ["admin"]}}}}}`}, nil},
	})
}

func TestMalformedResources(t *testing.T) {
	const acme = `{"tenants": {"1": {"aliases": ["123456789012"]}, "2": {}}}`
	testBundles(t, []bundleCase{
		{"resource twice", files{"a.json": `{"resources": {"x": {}}}`, "b.json": `{"resources": {"x": {}}}`}, []string{"b.json 1:21 /resources/x Duplicate id"}},
		{"tenant that is not there", files{"d.json": acme, "r.json": `{"resources": {"x": {"tenant": "3"}}}`}, []string{"r.json 1:32 /resources/x/tenant Missing tenant"}},
		{"account that is not there", files{"d.json": acme, "r.json": `{"resources": {"arn:aws:sqs:eu:210987654321:q": {}}}`},
			[]string{"r.json 1:49 /resources/arn:aws:sqs:eu:210987654321:q Missing tenant"}},
		{"tenant against the ARN", files{"d.json": acme, "r.json": `{"resources": {"arn:aws:sqs:eu:123456789012:q": {"tenant": "2"}}}`},
			[]string{"r.json 1:60 /resources/arn:aws:sqs:eu:123456789012:q/tenant Contradicting tenants"}},
		{"shared against the ARN", files{"d.json": acme, "r.json": `{"resources": {"arn:aws:sqs:eu:123456789012:q": {"tenant": "shared"}}}`},
			[]string{"r.json 1:60 /resources/arn:aws:sqs:eu:123456789012:q/tenant Contradicting tenants"}},
		{"shared, by alias, and of nobody", files{"d.json": acme, "r.json": `{"resources": {"x": {"tenant": "shared"}, "arn:aws:s3:::b": {"tenant": "123456789012", "owner": "u"}, "y": {}}}`}, nil},
		{"route's tenant", files{"d.json": acme, "r.json": `{"routes": [{"path": "/a", "tenant": "123456789012"}, {"path": "/b", "tenant": "shared"},
{"path": "/c", "tenant": "3"}, {"path": "/{t}/d", "tenant": "{t}"}]}`}, []string{"r.json 2:1 /routes/2 Missing tenant"}},
		{"region twice", files{"a.json": `{"regions": {"eu": [1, 2, 3, 4]}}`, "b.json": `{"regions": {"eu": [1, 2, 3, 5]}}`}, []string{"b.json 1:20 /regions/eu Duplicate name"}},
		{"region that is not there", files{"a.json": `{"regions": {"eu": [1, 2, 3, 4]}}`,
			"p.json": `{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
"Condition": {"GeoWithinRegion": {"k:at": ["eu", "us"]}}}}`}, []string{"p.json 2:50 /Statement/Condition/GeoWithinRegion/k:at/1 Unknown region"}},
	})
}

func TestSchemaIsEnforced(t *testing.T) {
	const schema = `{"schema": {"actions": {"app:Read": {"access": "read", "resource_types": ["doc"]}, "app:Write": {}}, "resource_types": ["doc"],
"context": {"app:Level": {"type": "Numeric"}, "app:Who": {"type": "ARN"}, "app:Tag/": {"type": "String"}, "app:Roles": {"type": "String", "multivalued": true}, "app:Day": {"type": "Date"}}}}`
	of := func(elements string) files {
		return files{"s.json": schema, "p.json": `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*",
` + elements + `}}`}
	}
	when := func(condition string) files {
		return of(`"Action": "app:*", "Resource": "*", "Condition": ` + condition)
	}
	testBundles(t, []bundleCase{
		{"what is declared", of(`"Action": ["APP:read", "app:Wr*", "*"], "Resource": "${app:Tag/x}", "Condition": {"NumericLessThan": {"APP:level": "3"},
"StringLike": {"app:Who": "x", "app:tag/a/b": "${app:Who}", "jwt:sub": "x", "aws:username": "x", "ec2:SourceInstanceArn": "x"}, "Null": {"app:Roles": true, "app:Day": false},
"ForAnyValue:StringEqualsIfExists": {"app:Roles": "a"}, "DateLessThan": {"app:Day": "2030-01-01T00:00:00Z"}, "RegexMatch": {"app:Tag/x": "a+"}}`), nil},
		{"an action", of(`"Action": ["app:Read", "app:Raed"], "Resource": "*"`), []string{"p.json 2:24 /Statement/Action/1 Undeclared action"}},
		{"a pattern", of(`"Action": "App:De*", "Resource": "*"`), []string{"p.json 2:11 /Statement/Action Undeclared action"}},
		{"an action that is left out", of(`"NotAction": "app:Raed", "Resource": "*"`), []string{"p.json 2:14 /Statement/NotAction Undeclared action"}},
		{"an inline policy", files{"s.json": schema, "d.json": `{"users": {"u": {"policies": [{"Statement": {"Effect": "Allow", "Action": "x:y", "Resource": "*"}}]}}}`, "p.json": strings.Replace(allowAllWho, `"*"`, `"*"`, 1)},
			[]string{"d.json 1:75 /users/u/policies/0/Statement/Action Undeclared action"}},
		{"a trust policy needs none", files{"s.json": schema, "d.json": `{"roles": {"r": {"trust": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "7"}}}}}}}`}, nil},
		{"a route", files{"s.json": schema, "r.json": `{"routes": [{"path": "/a", "action": "app:Read"}, {"path": "/b", "action": "app:{method}"},
{"path": "/c", "action": "app:Raed"}, {"path": "/d", "action": "x:{method}"}]}`}, []string{"r.json 2:1 /routes/2 Undeclared action", "r.json 2:39 /routes/3 Undeclared action"}},
		{"a route's key", files{"s.json": schema, "r.json": `{"routes": [
{"path": "/a", "action": "app:Read", "context": {"app:Level": "{query.l}", "app:Levle": "1"}}]}`}, []string{"r.json 2:1 /routes/0 Undeclared condition key"}},
		{"an operation", files{"s.json": schema, "a.json": `{"statements": [{"effect": "allow", "identities": ["x"], "operations": ["app:Read", "{{any}}", "read"]}]}`},
			[]string{"a.json 1:96 /statements/0/operations/2 Undeclared action"}},
		{"a key", when(`{"StringEquals": {"app:Levle": "x"}}`), []string{"p.json 2:81 /Statement/Condition/StringEquals/app:Levle Undeclared condition key"}},
		{"a key in a trust policy", files{"s.json": schema, "d.json": `{"roles": {"r": {"trust": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole",
"Condition": {"StringEquals": {"app:X": "7"}}}}}}}`}, []string{"d.json 2:41 /roles/r/trust/Statement/Condition/StringEquals/app:X Undeclared condition key"}},
		{"a variable", of(`"Action": "*", "Resource": ["a/${app:Tga}", "b/${app:Tag/x}"]`), []string{"p.json 2:29 /Statement/Resource/0 Undeclared condition key"}},
		{"a variable in a value", when(`{"StringEquals": {"app:Tag/x": "${app:Y}"}}`), []string{"p.json 2:81 /Statement/Condition/StringEquals/app:Tag~1x Undeclared condition key"}},
		{"an operator of another type", when(`{"StringEquals": {"app:Level": "3"}}`), []string{"p.json 2:81 /Statement/Condition/StringEquals/app:Level Operator of another type"}},
		{"an ARN operator on a string", when(`{"ArnLikeIfExists": {"app:Tag/x": "arn:*:*:*:*:*"}}`), []string{"p.json 2:84 /Statement/Condition/ArnLikeIfExists/app:Tag~1x Operator of another type"}},
		{"a multivalued key without qualifier", when(`{"StringEquals": {"app:Roles": "x"}}`), []string{"p.json 2:81 /Statement/Condition/StringEquals/app:Roles Missing qualifier"}},
		{"a resource's type", files{"s.json": schema, "r.json": `{"resources": {"x": {"type": "doc"}, "y": {"type": "Doc"}, "z": {}}}`}, []string{"r.json 1:52 /resources/y/type Undeclared resource type"}},
		{"an action's resource type", files{"s.json": `{"schema": {"actions": {"a:b": {"resource_types": ["x"]}}, "resource_types": []}}`, "p.json": allowAllWho},
			[]string{"s.json 1:52 /schema/actions/a:b/resource_types/0 Undeclared resource type"}},
		{"nothing is declared", files{"s.json": `{"schema": {"actions": {}}}`, "p.json": allowAllWho}, []string{
			"p.json 1:63 /Statement/Action Undeclared action"}},
		{"an action twice", files{"s.json": schema, "t.json": `{"schema": {"actions": {"APP:READ": {}}}}`, "p.json": allowAllWho}, []string{"t.json 1:37 /schema/actions/APP:READ Duplicate name"}},
		{"a key twice", files{"s.json": schema, "t.json": `{"schema": {"context": {"app:level": {"type": "String"}}}}`, "p.json": allowAllWho}, []string{"t.json 1:38 /schema/context/app:level Duplicate name"}},
		{"a schema that says nothing", files{"s.json": `{"schema": {}}`, "p.json": `{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "any:Thing", "Resource": "*", "Condition": {"Bool": {"any:key": true}}}}`}, nil},
	})
}

// The words and forms that Decode refuses are refused in documents made by hand too.
func TestCheckHandmadeDirectories(t *testing.T) {
	text := func(s string) pdp.Text { return pdp.Text{Text: s} }
	directory := func(d pdp.Directory) *pdp.Document { return &pdp.Document{File: "d.json", Directory: &d} }
	manifest := &pdp.Document{File: "m.json", Manifest: &pdp.Manifest{AllowEmpty: true}}
	for _, c := range []struct {
		name string
		doc  *pdp.Document
		want string
	}{
		{"tenant's status", directory(pdp.Directory{Tenants: []pdp.Tenant{{ID: text("t"), Status: text("gone")}}}), "Unknown value"},
		{"tenant's mode", directory(pdp.Directory{Tenants: []pdp.Tenant{{ID: text("t"), RBACMode: text("any")}}}), "Unknown value"},
		{"tenant's id", directory(pdp.Directory{Tenants: []pdp.Tenant{{ID: text("")}}}), "Invalid tenant"},
		{"tenant shared", directory(pdp.Directory{Tenants: []pdp.Tenant{{ID: text("shared")}}}), "Invalid tenant"},
		{"admin", directory(pdp.Directory{Tenants: []pdp.Tenant{{ID: text("t"), Admins: []pdp.Text{text("arn:x")}}}}), "Invalid id"},
		{"user's status", directory(pdp.Directory{Users: []pdp.User{{ID: text("u"), Status: text("ok")}}}), "Unknown value"},
		{"user's sessions", directory(pdp.Directory{Users: []pdp.User{{ID: text("u"), SessionsNotBefore: text("now")}}}), "Invalid time"},
		{"user's boundary", directory(pdp.Directory{Users: []pdp.User{{ID: text("u"), Boundary: &pdp.PolicyRef{}}}}), "Missing policy"},
		{"membership's status", directory(pdp.Directory{Tenants: []pdp.Tenant{{ID: text("t")}}, Users: []pdp.User{{ID: text("u"), Memberships: []pdp.Membership{{Tenant: text("t"), Status: text("ok")}}}}}), "Unknown value"},
		{"role's permission", directory(pdp.Directory{Roles: []pdp.Role{{ID: text("r"), Permissions: []pdp.Text{text("a.b.*")}}}}), "Invalid permission"},
		{"role's sessions", directory(pdp.Directory{Roles: []pdp.Role{{ID: text("r"), MaxSessionSeconds: -1}}}), "Invalid number"},
		{"revoked session", directory(pdp.Directory{RevokedSessions: []pdp.Text{{}}}), "Empty string"},
		{"resource", &pdp.Document{Resources: &pdp.Resources{Resources: []pdp.KnownResource{{}}}}, "Invalid id"},
		{"resource's owner", &pdp.Document{Resources: &pdp.Resources{Resources: []pdp.KnownResource{{ID: text("x"), Owner: text("*")}}}}, "Invalid id"},
		{"region without name", &pdp.Document{Resources: &pdp.Resources{Regions: []pdp.Region{{Area: conditions.Area{Box: &conditions.Box{North: 1, East: 1}}}}}}, "Invalid name"},
		{"region without area", &pdp.Document{Resources: &pdp.Resources{Regions: []pdp.Region{{Name: text("r")}}}}, "Invalid region"},
		{"access", &pdp.Document{Schema: &pdp.Schema{Actions: []pdp.SchemaAction{{Name: text("a:b"), Access: text("all")}}}}, "Unknown value"},
		{"key's type", &pdp.Document{Schema: &pdp.Schema{Context: []pdp.SchemaKey{{Name: text("a:b"), Type: text("Int")}}}}, "Unknown value"},
	} {
		e, err := pdp.Compile([]*pdp.Document{manifest, c.doc}, pdp.Options{}, nil)
		if e != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v; expected %s", c.name, err, c.want)
		}
	}
	_, err := pdp.Compile([]*pdp.Document{{Manifest: &pdp.Manifest{AllowEmpty: true, Expiry: text("never")}}}, pdp.Options{}, nil)
	if err == nil || !strings.Contains(err.Error(), "Invalid time") {
		t.Errorf("expiry: error is %v", err)
	}
}

func TestCheckMessages(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"the way around a cycle", `{"tenants": {"a": {"parent": "b"}, "b": {"parent": "c"}, "c": {"parent": "b"}}}`, "is its own ancestor: b below c below b"},
		{"the parent by the path", `{"tenants": {"1/2/3": {}}}`, `its parent by its id, "1/2", is not declared`},
		{"both tenants of a role", `{"tenants": {"a": {}, "b": {}}, "roles": {"r": {"tenant": "a"}}, "users": {"u": {"memberships": {"b": {"roles": ["r"]}}}}}`,
			`role "r" is of the tenant "a", and the membership is in "b"`},
		{"where the other alias is", `{"tenants": {"a": {"aliases": ["x"]}, "b": {"aliases": ["x"]}}}`, `that of the alias of a at d.json:1:32`},
	} {
		docs := decode(t, files{"d.json": c.doc, "p.json": allowAllWho})
		if _, err := pdp.Compile(docs, pdp.Options{}, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v; expected it to say %s", c.name, err, c.want)
		}
	}
}
