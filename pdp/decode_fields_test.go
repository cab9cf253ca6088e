package pdp_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Every field of the documents about tenants, users, roles, resources and the
// schema that can be wrong, wrong.
func TestDecodeRefusesTenants(t *testing.T) {
	tenant := func(fields string) string { return `{"tenants": {"a": {` + fields + `}}}` }
	testRefusals(t, []refusal{
		{"tenants is a list", `{"tenants": []}`, []string{"1:13 /tenants Data type mismatch"}},
		{"without id", `{"tenants": {"": {}}}`, []string{"1:18 /tenants/ Invalid tenant"}},
		{"shared", `{"tenants": {"shared": {}}}`, []string{"1:24 /tenants/shared Invalid tenant"}},
		{"colon", `{"tenants": {"a:b": {}}}`, []string{"1:21 /tenants/a:b Invalid tenant"}},
		{"blank", `{"tenants": {"a b": {}}}`, []string{"1:21 /tenants/a b Invalid tenant"}},
		{"wildcard", `{"tenants": {"a*": {}}}`, []string{"1:20 /tenants/a* Invalid tenant"}},
		{"variable", `{"tenants": {"${x}": {}}}`, []string{"1:22 /tenants/${x} Invalid tenant"}},
		{"trailing slash", `{"tenants": {"a/": {}}}`, []string{"1:20 /tenants/a~1 Invalid tenant"}},
		{"dots", `{"tenants": {"a/..": {}}}`, []string{"1:22 /tenants/a~1.. Invalid tenant"}},
		{"leading zero", `{"tenants": {"007": {}}}`, []string{"1:21 /tenants/007 Invalid tenant"}},
		{"unknown field", tenant(`"guardrail": []`), []string{"1:33 /tenants/a/guardrail Unknown field"}},
		{"name is empty", tenant(`"name": ""`), []string{"1:28 /tenants/a/name Empty string"}},
		{"type is a number", tenant(`"type": 1`), []string{"1:28 /tenants/a/type Data type mismatch"}},
		{"parent is no tenant", tenant(`"parent": "x:y"`), []string{"1:30 /tenants/a/parent Invalid tenant"}},
		{"unknown status", tenant(`"status": "Active"`), []string{"1:30 /tenants/a/status Unknown value"}},
		{"unknown mode", tenant(`"rbac_mode": "foo"`), []string{"1:33 /tenants/a/rbac_mode Unknown value"}},
		{"guardrails is a name", tenant(`"guardrails": "g"`), []string{"1:34 /tenants/a/guardrails Data type mismatch"}},
		{"guardrail is a number", tenant(`"guardrails": [1]`), []string{"1:35 /tenants/a/guardrails/0 Data type mismatch"}},
		{"guardrail has a Principal", tenant(`"guardrails": [` + allowAllWho + `]`), []string{"1:35 /tenants/a/guardrails/0 Unsupported principal"}},
		{"admin is no id", tenant(`"admins": ["arn:x"]`), []string{"1:31 /tenants/a/admins/0 Invalid id"}},
		{"admin is a pattern", tenant(`"admins": ["arn:aws:iam::1:user/*"]`), []string{"1:31 /tenants/a/admins/0 Invalid id"}},
		{"everybody is admin", tenant(`"admins": ["*"]`), []string{"1:31 /tenants/a/admins/0 Invalid id"}},
		{"provider is on", tenant(`"auth_providers": {"google": "on"}`), []string{"1:49 /tenants/a/auth_providers/google Data type mismatch"}},
		{"providers are a list", tenant(`"auth_providers": ["google"]`), []string{"1:38 /tenants/a/auth_providers Data type mismatch"}},
		{"provider without name", tenant(`"auth_providers": {"": true}`), []string{"1:43 /tenants/a/auth_providers/ Invalid name"}},
		{"alias is no tenant", tenant(`"aliases": ["a//b"]`), []string{"1:32 /tenants/a/aliases/0 Invalid tenant"}},
		{"tags differ in case", tenant(`"tags": {"x": "1", "X": "2"}`), []string{"1:44 /tenants/a/tags/X Duplicate keys with different case"}},
	})
}

func TestDecodeRefusesUsersAndRoles(t *testing.T) {
	user := func(fields string) string { return `{"users": {"a": {` + fields + `}}}` }
	role := func(fields string) string { return `{"roles": {"a": {` + fields + `}}}` }
	testRefusals(t, []refusal{
		{"revoked session is empty", `{"revoked_sessions": ["s", ""]}`, []string{"1:28 /revoked_sessions/1 Empty string"}},
		{"revoked sessions are an object", `{"revoked_sessions": {}}`, []string{"1:22 /revoked_sessions Data type mismatch"}},
		{"unknown status", user(`"status": "disabled"`), []string{"1:28 /users/a/status Unknown value"}},
		{"empty status", user(`"status": ""`), []string{"1:28 /users/a/status Empty string"}},
		{"tenant is shared", user(`"tenant": "shared"`), []string{"1:28 /users/a/tenant Invalid tenant"}},
		{"boundary is a list", user(`"boundary": []`), []string{"1:30 /users/a/boundary Data type mismatch"}},
		{"boundary is empty", user(`"boundary": ""`), []string{"1:30 /users/a/boundary Empty string"}},
		{"boundary has a Principal", user(`"boundary": ` + allowAllWho), []string{"1:30 /users/a/boundary Unsupported principal"}},
		{"boundary without statements", user(`"boundary": {"Statement": []}`), []string{"1:44 /users/a/boundary/Statement Missing statement"}},
		{"memberships is a list", user(`"memberships": ["t"]`), []string{"1:33 /users/a/memberships Data type mismatch"}},
		{"membership is a list", user(`"memberships": {"t": ["r"]}`), []string{"1:39 /users/a/memberships/t Data type mismatch"}},
		{"membership of no tenant", user(`"memberships": {"": {}}`), []string{"1:38 /users/a/memberships/ Invalid tenant"}},
		{"unknown field of a membership", user(`"memberships": {"t": {"role": "r"}}`), []string{"1:48 /users/a/memberships/t/role Unknown field"}},
		{"unknown status of a membership", user(`"memberships": {"t": {"status": "erased"}}`), []string{"1:50 /users/a/memberships/t/status Unknown value"}},
		{"day without time", user(`"sessions_not_before": "2026-01-31"`), []string{"1:41 /users/a/sessions_not_before Invalid time"}},
		{"time as a number", user(`"sessions_not_before": 1769817600`), []string{"1:41 /users/a/sessions_not_before Data type mismatch"}},

		{"permission with a bar", role(`"permissions": ["a|b"]`), []string{"1:34 /roles/a/permissions/0 Invalid permission"}},
		{"permission with a blank", role(`"permissions": ["a b"]`), []string{"1:34 /roles/a/permissions/0 Invalid permission"}},
		{"star in the second segment", role(`"permissions": ["iam.members.*"]`), []string{"1:34 /roles/a/permissions/0 Invalid permission"}},
		{"star in the middle", role(`"permissions": ["iam.*.read", "*.*", ".*", "a*"]`), []string{
			"1:34 /roles/a/permissions/0 Invalid permission", "1:48 /roles/a/permissions/1 Invalid permission",
			"1:55 /roles/a/permissions/2 Invalid permission", "1:61 /roles/a/permissions/3 Invalid permission"}},
		{"self as a permission", role(`"permissions": ["self"]`), []string{"1:34 /roles/a/permissions/0 Invalid permission"}},
		{"permission is empty", role(`"permissions": [""]`), []string{"1:34 /roles/a/permissions/0 Empty string"}},
		{"session tags differ in case", role(`"session_tags": ["Team", "team"]`), []string{"1:43 /roles/a/session_tags/1 Duplicate keys with different case"}},
		{"no seconds", role(`"max_session_seconds": 0`), []string{"1:41 /roles/a/max_session_seconds Invalid number"}},
		{"negative seconds", role(`"max_session_seconds": -3600`), []string{"1:41 /roles/a/max_session_seconds Invalid number"}},
		{"seconds with an exponent", role(`"max_session_seconds": 3e3`), []string{"1:41 /roles/a/max_session_seconds Invalid number"}},
	})
}

func TestDecodeRefusesTrust(t *testing.T) {
	trust := func(elements string) string {
		return `{"roles": {"r": {"trust": {"Version": "2012-10-17", "Statement":
{` + elements + `}}}}}`
	}
	const at = "/roles/r/trust/Statement"
	testRefusals(t, []refusal{
		{"is the name of a policy", `{"roles": {"r": {"trust": "p"}}}`, []string{"1:27 /roles/r/trust Data type mismatch"}},
		{"without Statement", `{"roles": {"r": {"trust": {}}}}`, []string{"1:27 /roles/r/trust Missing statement"}},
		{"with Resource", trust(`"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"`), []string{"2:79 " + at + "/Resource Invalid policy element"}},
		{"with NotResource", trust(`"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "NotResource": "*"`), []string{"2:82 " + at + "/NotResource Invalid policy element"}},
		{"without Principal", trust(`"Effect": "Allow", "Action": "sts:AssumeRole"`), []string{"2:1 " + at + " Missing principal"}},
		{"with NotPrincipal", trust(`"Effect": "Deny", "NotPrincipal": {"Id": "x"}, "Action": "sts:AssumeRole"`), []string{"2:36 " + at + "/NotPrincipal Invalid policy element"}},
		{"without Action", trust(`"Effect": "Allow", "Principal": "*"`), []string{"2:1 " + at + " Missing action"}},
		{"every action", trust(`"Effect": "Allow", "Principal": "*", "Action": "*"`), []string{"2:49 " + at + "/Action Invalid action"}},
		{"action of another service", trust(`"Effect": "Allow", "Principal": "*", "NotAction": ["sts:AssumeRole", "s3:Get"]`), []string{"2:71 " + at + "/NotAction/1 Invalid action"}},
		{"unknown operator", trust(`"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"X": {"sts:ExternalId": "1"}}`),
			[]string{"2:86 " + at + "/Condition/X Invalid condition operator"}},
	})
}

func TestDecodeRefusesResources(t *testing.T) {
	resource := func(fields string) string { return `{"resources": {"a": {` + fields + `}}}` }
	region := func(value string) string { return `{"regions": {"r": ` + value + `}}` }
	const r = "1:19 /regions/r"
	testRefusals(t, []refusal{
		{"unknown field", `{"resources": {}, "owners": {}}`, []string{"1:29 /owners Unknown field"}},
		{"id is star", `{"resources": {"*": {}}}`, []string{"1:21 /resources/* Invalid id"}},
		{"id is a broken ARN", `{"resources": {"arn:aws:s3": {}}}`, []string{"1:30 /resources/arn:aws:s3 Invalid id"}},
		{"unknown field of a resource", resource(`"Tags": {}`), []string{"1:30 /resources/a/Tags Unknown field"}},
		{"tenant is no tenant", resource(`"tenant": "*"`), []string{"1:32 /resources/a/tenant Invalid tenant"}},
		{"owner is no id", resource(`"owner": "ARN:x"`), []string{"1:31 /resources/a/owner Invalid id"}},
		{"type is empty", resource(`"type": ""`), []string{"1:30 /resources/a/type Empty string"}},
		{"tag is a list", resource(`"tags": {"x": []}`), []string{"1:36 /resources/a/tags/x Data type mismatch"}},
		{"region without name", `{"regions": {"": [1, 2, 3, 4]}}`, []string{"1:18 /regions/ Invalid name"}},
		{"region with a comma", `{"regions": {"a,b": [1, 2, 3, 4]}}`, []string{"1:21 /regions/a,b Invalid name"}},
		{"region is an object", region(`{}`), []string{r + " Data type mismatch"}},
		{"region is empty", region(`[]`), []string{r + " Invalid region"}},
		{"box of three", region(`[1, 2, 3]`), []string{r + " Invalid region"}},
		{"box of strings", region(`["1", 2, 3, 4]`), []string{"1:20 /regions/r/0 Data type mismatch"}},
		{"box beyond the pole", region(`[1, 2, 91, 4]`), []string{"1:26 /regions/r/2 Invalid region"}},
		{"box beyond the antimeridian", region(`[1, -181, 3, 1e400]`), []string{"1:23 /regions/r/1 Invalid region", "1:32 /regions/r/3 Invalid region"}},
		{"box upside down", region(`[3, 2, 1, 4]`), []string{r + " Invalid region"}},
		{"box without width", region(`[1, 4, 3, 4]`), []string{r + " Invalid region"}},
		{"polygon of two", region(`[[0, 0], [1, 1]]`), []string{r + " Invalid region"}},
		{"corner of three", region(`[[0, 0, 0], [1, 1], [0, 1]]`), []string{"1:20 /regions/r/0 Invalid region"}},
		{"corner is a number", region(`[[0, 0], 1, [0, 1]]`), []string{"1:28 /regions/r/1 Data type mismatch"}},
		{"closed by hand", region(`[[0, 0], [1, 1], [0, 1], [0, 0]]`), []string{"1:44 /regions/r/3 Invalid region"}},
		{"on one line", region(`[[0, 0], [1, 1], [2, 2]]`), []string{r + " Invalid region"}},
		{"around the Earth", region(`[[0, 179], [1, -179], [2, 179]]`), []string{"1:20 /regions/r/0 Invalid region"}},
	})
}

func TestDecodeRefusesSchemas(t *testing.T) {
	schema := func(fields string) string { return `{"schema": {` + fields + `}}` }
	testRefusals(t, []refusal{
		{"schema is a list", `{"schema": []}`, []string{"1:12 /schema Data type mismatch"}},
		{"beside schema", `{"schema": {}, "actions": {}}`, []string{"1:27 /actions Unknown field"}},
		{"unknown field", schema(`"action": {}`), []string{"1:23 /schema/action Unknown field"}},
		{"actions is a list", schema(`"actions": ["a:b"]`), []string{"1:24 /schema/actions Data type mismatch"}},
		{"action is a pattern", schema(`"actions": {"a:*": {}}`), []string{"1:32 /schema/actions/a:* Invalid action"}},
		{"action with a blank", schema(`"actions": {"a: b": {}}`), []string{"1:33 /schema/actions/a: b Invalid action"}},
		{"action without name", schema(`"actions": {"": {}}`), []string{"1:29 /schema/actions/ Invalid action"}},
		{"unknown access", schema(`"actions": {"a:b": {"access": "Read"}}`), []string{"1:43 /schema/actions/a:b/access Unknown value"}},
		{"unknown field of an action", schema(`"actions": {"a:b": {"reads": true}}`), []string{"1:42 /schema/actions/a:b/reads Unknown field"}},
		{"resource type is empty", schema(`"resource_types": [""]`), []string{"1:32 /schema/resource_types/0 Empty string"}},
		{"key without type", schema(`"context": {"a:b": {}}`), []string{"1:32 /schema/context/a:b Missing type"}},
		{"unknown type", schema(`"context": {"a:b": {"type": "Number"}}`), []string{"1:41 /schema/context/a:b/type Unknown value"}},
		{"unknown field of a key", schema(`"context": {"a:b": {"type": "String", "multi": true}}`), []string{"1:60 /schema/context/a:b/multi Unknown field"}},
		{"key without service", schema(`"context": {":b": {"type": "String"}}`), []string{"1:31 /schema/context/:b Invalid condition key format"}},
		{"multivalued is a string", schema(`"context": {"a:b": {"type": "String", "multivalued": "yes"}}`), []string{"1:66 /schema/context/a:b/multivalued Data type mismatch"}},
	})
}

func TestDecodeWholeDirectory(t *testing.T) {
	doc, problems := pdp.Decode("who.json", []byte(`{
 "tenants": {"1": {"name": "acme", "type": "platform", "status": "suspended", "rbac_mode": "additive", "guardrails": ["g"],
   "admins": ["root@acme"], "auth_providers": {"google": true, "github": false}, "aliases": ["123456789012"], "tags": {"Tier": "gold"}},
  "2": {"parent": "1", "auth_providers": {}}},
 "users": {"u": {"tenant": "2", "status": "suspended", "boundary": "b", "sessions_not_before": "2026-01-31T12:00:00+01:00",
   "memberships": {"1": {"roles": ["manager"], "status": "suspended"}, "2": {}}}},
 "roles": {"r": {"tenant": "1", "permissions": ["*", "orders.*", "orders.read", "s3:GetObject"], "boundary": `+allowAll+`,
   "trust": {"Statement": [{"Effect": "Allow", "Principal": {"Tenant": "acme"}, "Action": ["sts:AssumeRole", "STS:Tag*"]}]},
   "session_tags": ["Team"], "max_session_seconds": 3600, "tags": {"a": "b"}}, "nobody": {"trust": {"Statement": []}}},
 "revoked_sessions": ["s1", "s2"]}`))
	if len(problems) > 0 {
		t.Fatal(strictjson.Join(problems))
	}
	d := doc.Directory
	first := d.Tenants[0]
	if first.ID.Text != "1" || first.Name != "acme" || first.Type.Text != "platform" || first.Status.Text != "suspended" || first.RBACMode.Text != "additive" ||
		first.Guardrails[0].Name.Text != "g" || texts(first.Admins)[0] != "root@acme" || texts(first.Aliases)[0] != "123456789012" || first.Tags["Tier"] != "gold" {
		t.Errorf("first tenant %+v", first)
	}
	if want := map[string]bool{"google": true, "github": false}; !reflect.DeepEqual(first.Providers, want) {
		t.Errorf("providers %v", first.Providers)
	}
	if second := d.Tenants[1]; second.Parent.Text != "1" || second.Providers != nil || second.Status.Text != "" {
		t.Errorf("second tenant %+v", second)
	}
	u := d.Users[0]
	if u.Tenant.Text != "2" || u.Status.Text != "suspended" || u.Boundary == nil || u.Boundary.Name.Text != "b" || u.SessionsNotBefore.Text != "2026-01-31T12:00:00+01:00" ||
		len(u.Memberships) != 2 || u.Memberships[0].Tenant.Text != "1" || texts(u.Memberships[0].Roles)[0] != "manager" || u.Memberships[0].Status.Text != "suspended" {
		t.Errorf("user %+v", u)
	}
	r := d.Roles[0]
	if r.Tenant.Text != "1" || !slices.Equal(texts(r.Permissions), []string{"*", "orders.*", "orders.read", "s3:GetObject"}) || r.MaxSessionSeconds != 3600 ||
		texts(r.SessionTags)[0] != "Team" || r.Boundary == nil || r.Boundary.Inline == nil || r.Boundary.Inline.Name != "who.json#/roles/r/boundary" {
		t.Errorf("role %+v", r)
	}
	if trust := r.Trust; trust == nil || !trust.Resource || trust.Name != "who.json#/roles/r/trust" || texts(trust.Statements[0].Principal.Tenant)[0] != "acme" {
		t.Errorf("trust %+v", r.Trust)
	}
	if nobody := d.Roles[1].Trust; nobody == nil || len(nobody.Statements) != 0 || !nobody.Resource {
		t.Errorf("empty trust %+v", nobody)
	}
	if !slices.Equal(texts(d.RevokedSessions), []string{"s1", "s2"}) {
		t.Errorf("revoked sessions %v", d.RevokedSessions)
	}
}

func TestDecodeWholeResourcesSchemaAndManifest(t *testing.T) {
	docs := decode(t, files{
		"a.json": `{"resources": {"doc/1": {"tenant": "shared", "owner": "alice", "type": "document", "tags": {"x": ""}}},
"regions": {"eu": [35, -10.5, 71, 40], "alps": [[44, 5], [48, 5], [46, 16]]}}`,
		"b.json": `{"schema": {"actions": {"app:Read": {"access": "read", "resource_types": ["document"]}, "app:Go": {}}, "resource_types": ["document"],
"context": {"app:Level": {"type": "Numeric"}, "app:Tag/": {"type": "String", "multivalued": true}}}}`,
		"c.json": `{"bundle": {"serial": 7, "expiry": "2030-01-31T12:00:00Z", "star_crosses_tenants": true, "suspended_membership": "fall_through"}}`,
		"d.json": `{"bundle": {"suspended_membership": "block"}}`,
	})
	r := docs[0].Resources
	known := r.Resources[0]
	if known.ID.Text != "doc/1" || known.Tenant.Text != "shared" || known.Owner.Text != "alice" || known.Type.Text != "document" || len(known.Tags) != 1 {
		t.Errorf("resource %+v", known)
	}
	if want := (conditions.Box{South: 35, West: -10.5, North: 71, East: 40}); r.Regions[0].Area.Box == nil || *r.Regions[0].Area.Box != want {
		t.Errorf("box %+v", r.Regions[0].Area)
	}
	if p := r.Regions[1].Area.Polygon; r.Regions[1].Area.Box != nil || len(p) != 3 || p[2] != (conditions.Point{Latitude: 46, Longitude: 16}) {
		t.Errorf("polygon %+v", p)
	}
	s := docs[1].Schema
	if len(s.Actions) != 2 || s.Actions[0].Name.Text != "app:Read" || s.Actions[0].Access.Text != "read" || texts(s.Actions[0].ResourceTypes)[0] != "document" ||
		len(s.ResourceTypes) != 1 || s.Context[0].Type.Text != "Numeric" || s.Context[0].Multi || !s.Context[1].Multi {
		t.Errorf("schema %+v", s)
	}
	m := docs[2].Manifest
	if m.Serial != 7 || m.Expiry.Text != "2030-01-31T12:00:00Z" || !m.StarCrossesTenants || !m.SuspendedFallsThrough {
		t.Errorf("manifest %+v", m)
	}
	if docs[3].Manifest.SuspendedFallsThrough {
		t.Error("block falls through")
	}
}

func TestDecodeSessionPolicy(t *testing.T) {
	parse := func(text string) *strictjson.Node {
		n, err := strictjson.Parse("", []byte(text), strictjson.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	p, problems := pdp.DecodeSessionPolicy(parse(`{"session": {"policies": [` + allowAll + `]}}`).Get("session").Get("policies").Items[0])
	if len(problems) > 0 || p.Name != "session#/session/policies/0" || p.Resource || len(p.Statements) != 1 {
		t.Errorf("%v, %+v", problems, p)
	}
	for _, c := range []struct{ name, doc, want string }{
		{"a name", `"read-only"`, "1:1  Data type mismatch"},
		{"a resource policy", allowAllWho, "1:1  Unsupported principal"},
		{"without statements", `{"Statement": []}`, "1:15 /Statement Missing statement"},
		{"an unknown field", strings.Replace(allowAll, "{", `{"Extra": 1, `, 1), "1:11 /Extra Invalid policy element"},
		{"a directory", `{"users": {}}`, "1:1  Missing statement"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, problems := pdp.DecodeSessionPolicy(parse(c.doc))
			if got := briefs(problems); p != nil || !slices.Contains(got, c.want) {
				t.Errorf("problems %q, want %q", got, c.want)
			}
		})
	}
}
