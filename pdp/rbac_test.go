package pdp_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

// members is a bundle of a platform P, an organization O under it, a branch B under
// that and its sibling C, with one user u of P.
func members(t testing.TB, mode, roles, memberships, manifest string) *pdp.Engine {
	return compile(t, files{
		"m.json": `{"bundle": {"name": "b", "allow_empty": true` + manifest + `}}`,
		"t.json": `{"tenants": {"P": {}, "O": {"parent": "P"}, "B": {"parent": "O"` + mode + `}, "C": {"parent": "O"` + mode + `}}}`,
		"d.json": `{"roles": {` + roles + `}, "users": {"u": {"tenant": "P", "memberships": {` + memberships + `}}}}`,
	})
}

// The permissions of memberships: K5 to K21 of the seeds.
func TestPermissions(t *testing.T) {
	const (
		roles    = `"a": {"permissions": ["a"]}, "b": {"permissions": ["b"]}, "all": {"permissions": ["*"]}, "x": {"permissions": ["x"]}, "orders": {"permissions": ["orders.*"]}, "deep": {"permissions": ["iam.read.x"]}, "none": {}`
		override = `, "rbac_mode": "override"`
		additive = `, "rbac_mode": "additive"`
		falls    = `, "suspended_membership": "fall_through"`
	)
	for _, c := range []struct {
		name, mode, memberships, manifest string
		tenant, granted, denied           string // permissions separated by blanks
	}{
		{"K1 a role's permissions", "", `"O": {"roles": ["a", "x"]}`, "", "O", "a x", "b"},
		{"K2 star", "", `"O": {"roles": ["all"]}`, "", "O", "iam.anything.at_all", ""},
		{"K3 no role", "", `"O": {}`, "", "O", "", "a"},
		{"K5 the organization's, in a branch", override, `"O": {"roles": ["a"]}`, "", "B", "a", "b"},
		{"K6 override", override, `"O": {"roles": ["a"]}, "B": {"roles": ["b"]}`, "", "B", "b", "a"},
		{"K6 additive", additive, `"O": {"roles": ["a"]}, "B": {"roles": ["b"]}`, "", "B", "a b", "x"},
		{"K7 override by no roles", override, `"O": {"roles": ["all"]}, "B": {}`, "", "B", "", "a"},
		{"K7 additive with no roles", additive, `"O": {"roles": ["all"]}, "B": {}`, "", "B", "a", ""},
		{"K8 suspended ends the walk", override, `"O": {"roles": ["a"]}, "B": {"roles": ["b"], "status": "suspended"}`, "", "B", "", "a b"},
		{"K8 as in the seed", override, `"O": {"roles": ["a"]}, "B": {"roles": ["b"], "status": "suspended"}`, falls, "B", "a", "b"},
		{"suspended ends the walk, additive", additive, `"O": {"roles": ["a"]}, "B": {"roles": ["b"], "status": "suspended"}`, "", "B", "", "a b"},
		{"K9 suspended above", additive, `"O": {"roles": ["a"], "status": "suspended"}, "B": {"roles": ["b"]}, "P": {"roles": ["x"]}`, "", "B", "b", "a x"},
		{"K9 as in the seed", additive, `"O": {"roles": ["a"], "status": "suspended"}, "B": {"roles": ["b"]}, "P": {"roles": ["x"]}`, falls, "B", "b x", "a"},
		{"K10 a sibling's", "", `"C": {"roles": ["a"]}`, "", "B", "", "a"},
		{"K10 a branch's, in the organization", "", `"B": {"roles": ["a"]}`, "", "O", "", "a"},
		{"K12 the mode is override", "", `"O": {"roles": ["a"]}, "B": {"roles": ["b"]}`, "", "B", "b", "a"},
		{"K14 the platform's", "", `"P": {"roles": ["x"]}`, "", "B", "x", "a"},
		{"K17 by the first segment", "", `"O": {"roles": ["orders"]}`, "", "O", "orders.create orders.a.b", "orders billing.read ordersx.y"},
		{"K21 no deeper", "", `"O": {"roles": ["deep"]}`, "", "O", "iam.read.x", "iam.read iam.read.y"},
		{"permissions are exact", "", `"O": {"roles": ["a"]}`, "", "O", "a", "A"},
		{"no tenant", "", `"P": {"roles": ["all"]}`, "", "", "", "a"},
		{"shared", "", `"P": {"roles": ["all"]}`, "", "shared", "", "a"},
		{"system role admin", "", `"O": {"roles": ["admin"]}`, "", "O", "whatever", ""},
		{"system role manager", "", `"O": {"roles": ["manager"]}`, "", "O", "iam.invitations.manage iam.roles.read", "iam.roles.manage"},
		{"system role member", "", `"O": {"roles": ["member"]}`, "", "O", "iam.tenants.read iam.members.read", "iam.roles.read"},
		{"never trust", "", `"O": {"roles": ["all"]}`, "", "O", "", "sts:AssumeRole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := members(t, c.mode, roles, c.memberships, c.manifest)
			check := func(permissions, want string) {
				for _, p := range strings.Fields(permissions) {
					r := ask("u", "", "r")
					r.Permission, r.Resource.Tenant = p, c.tenant
					if d := e.Decide(r); d.Allowed() != (want == "permission") || d.Allowed() && says(d) != want {
						t.Errorf("%s: got %s, want %s", p, says(d), want)
					}
				}
			}
			check(c.granted, "permission")
			check(c.denied, "a Deny")
		})
	}
	redefined := members(t, "", `"member": {"permissions": ["mine"]}`, `"O": {"roles": ["member"]}`, "")
	testQuestions(t, redefined, []question{
		{"K27 a system role that the bundle redefines", "u", "", "r", []change{in("O"), asking("iam.tenants.read")}, "implicit_deny"},
		{"says what the bundle says", "u", "", "r", []change{in("O"), asking("mine")}, "permission"},
	})
}

// What an action and a permission ask of whom, and of what grants the first is named.
func TestPermissionAndPolicies(t *testing.T) {
	e := compile(t, files{
		"read.json": document(statement("Allow", "", "docs:Read", "*")), "team.json": document(statement("Allow", "", "team:*", "*"), statement("Deny", "", "team:Drop", "*")),
		"p.json": document(statement("Allow", `{"Id": "u"}`, "res:Read", "*"), statement("Allow", `{"Tenant": "home"}`, "cross:*", "*")),
		"t.json": `{"tenants": {"O": {"admins": ["boss", "chief"]}, "B": {"parent": "O"}, "C": {"parent": "O"}, "S": {}, "home": {}}}`,
		"d.json": `{"roles": {"ops": {"permissions": ["docs.read", "docs:Read", "x:Put", "res:Read"], "policies": ["team"]}, "lead": {"policies": ["team"]}},
			"users": {"u": {"tenant": "home", "policies": ["read"], "memberships": {"B": {"roles": ["ops"]}}}, "two": {"tenant": "home", "memberships": {"B": {"roles": ["ops"]}, "C": {"roles": ["lead"], "status": "suspended"}}},
				"idle": {"tenant": "O", "memberships": {"B": {"roles": ["ops"], "status": "suspended"}}},
				"boss": {"tenant": "home"}, "real": {"tenant": "home", "aliases": ["chief"]}, "limited": {"tenant": "home", "memberships": {"B": {"roles": ["ops"]}}, "boundary": "read"}, "here": {"tenant": "B"}}}`,
	})
	testQuestions(t, e, []question{
		{"a policy before a permission", "u", "docs:Read", "r", []change{in("B")}, "identity_policy read#0"},
		{"a resource policy before both", "u", "res:Read", "r", []change{in("B")}, "resource_policy p#0"},
		{"the action is the permission", "u", "x:Put", "r", []change{in("B")}, "permission"},
		{"in its exact case", "u", "X:put", "r", []change{in("B")}, "implicit_deny"},
		{"the permission of an action", "u", "x:Any", "r", []change{in("B"), asking("docs.read")}, "permission"},
		{"instead of the action", "u", "x:Put", "r", []change{in("B"), asking("docs.write")}, "implicit_deny"},
		{"K19 alternatives", "u", "x:Any", "r", []change{in("B"), asking("docs.write|docs.read")}, "permission"},
		{"K20 none of the alternatives", "u", "x:Any", "r", []change{in("B"), asking("docs.write|docs.list")}, "implicit_deny"},
		{"alternatives are actions", "here", "", "r", []change{in("B"), asking("cross:A|team:A")}, "implicit_deny"},
		{"self", "here", "", "r", []change{in("B"), asking("self")}, "permission"},
		{"self is not nobody", "", "", "r", []change{in("B"), asking("self")}, "implicit_deny"},

		{"a membership role's policy in its tenant", "u", "team:Read", "r", []change{in("B")}, "identity_policy team#0"},
		{"not in a sibling", "u", "team:Read", "r", []change{in("C")}, "implicit_deny"},
		{"not above", "u", "team:Read", "r", []change{in("O")}, "implicit_deny"},
		{"not at home", "u", "team:Read", "r", []change{in("home")}, "implicit_deny"},
		{"its Deny in its tenant", "u", "team:Drop", "r", []change{in("B")}, "explicit_deny team#1"},
		{"its Deny anywhere", "u", "team:Drop", "r", []change{in("home")}, "explicit_deny team#1"},
		{"of two memberships the active one", "two", "team:Read", "r", []change{in("B")}, "identity_policy team#0"},
		{"not the suspended one", "two", "team:Read", "r", []change{in("C")}, "implicit_deny"},
		{"a suspended membership's Deny", "idle", "team:Drop", "r", []change{in("O")}, "explicit_deny team#1"},
		{"a suspended membership's Allow", "idle", "team:Read", "r", []change{in("B")}, "implicit_deny"},

		{"an admin at home elsewhere", "boss", "any:Thing", "r", []change{in("B")}, "cross_tenant"},
		{"an admin, named by a resource policy", "boss", "cross:Thing", "r", []change{in("B")}, "admin p#1"},
		{"by an alias", "real", "cross:Thing", "r", []change{in("O")}, "admin p#1"},
		{"not of other tenants", "boss", "cross:Thing", "r", []change{in("S")}, "implicit_deny"},
		{"a permission across tenants is none", "u", "x:Put", "r", []change{in("C")}, "implicit_deny"},
		{"self across tenants", "u", "cross:A", "r", []change{in("C"), asking("self")}, "permission p#1"},
		{"a boundary limits permissions", "limited", "x:Put", "r", []change{in("B")}, "boundary"},
		{"within the boundary", "limited", "docs:Read", "r", []change{in("B")}, "permission read#0"},
	})
	inside := compile(t, files{"m.json": `{"bundle": {"name": "b", "unattached": ["read"]}}`, "read.json": document(statement("Allow", "", "docs:Read", "*")),
		"t.json": `{"tenants": {"O": {"admins": ["boss", "` + ci + `"], "aliases": ["111111111111"]}, "B": {"parent": "O"}}}`,
		"d.json": `{"users": {"boss": {"tenant": "O"}, "low": {"tenant": "O", "boundary": "read"}, "u": {"tenant": "O"}}, "roles": {"` + ci + `": {}}}`})
	testQuestions(t, inside, []question{
		{"an admin", "boss", "any:Thing", "r", []change{in("O")}, "admin"},
		{"an admin below", "boss", "any:Thing", "r", []change{in("B")}, "admin"},
		{"an admin's session", "boss", "any:Thing", "r", []change{in("B"), through("user", limitedBy("read"))}, "session_policy"},
		{"an admin within its session", "boss", "docs:Read", "r", []change{in("B"), through("user", limitedBy("read"))}, "admin read#0"},
		{"an admin assumes nothing", "boss", "sts:AssumeRole", ci, nil, "trust_policy_deny"},
		{"an admin is meant exactly", session, "any:Thing", "r", []change{in("O"), ofRole(ci)}, "implicit_deny"},
		{"no admin", "u", "any:Thing", "r", []change{in("O")}, "implicit_deny"},
		{"the role that is one", ci, "any:Thing", "r", []change{in("O")}, "admin"},
	})
}
