package policytest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

// kernelRows is every row of the table K: how kernel-contrib/iam resolves permissions.
// The platform is p, the organization p/o, its branch p/o/b.
var kernelRows = []seedRow{
	{"K1", green, "", all(
		grants(member(`"p/o": {"roles": ["r"]}`, `"r": {"permissions": ["iam.tenants.read", "iam.members.read"]}`), "p/o", "iam.members.read", "iam.tenants.read"),
		has(member(`"p/o": {"roles": ["r"]}`, `"r": {"permissions": ["iam.tenants.read", "iam.members.read"]}`), "p/o", "iam.tenants.read", true),
		has(member(`"p/o": {"roles": ["r"]}`, `"r": {"permissions": ["iam.tenants.read", "iam.members.read"]}`), "p/o", "iam.roles.manage", false))},
	{"K2", green, "", has(member(`"p/o": {"roles": ["r"]}`, `"r": {"permissions": ["*"]}`), "p/o", "iam.anything.at_all", true)},
	{"K3", green, "", grants(member(`"p/o": {"roles": []}`, `"r": {"permissions": ["*"]}`), "p/o")},
	{"K4", green, "", grants(member(`"p/o": {"roles": ["admin"]}`, ""), "p/o", "*")},
	{"K5", green, "", grants(member(`"p/o": {"roles": ["a"]}`, kernelRoles), "p/o/b", "a")},
	{"K6", green, "", all(
		grants(member(`"p/o": {"roles": ["a"]}, "p/o/b": {"roles": ["b"]}`, kernelRoles), "p/o/b", "b"),
		grants(member(`"p/o": {"roles": ["a"]}, "p/o/b": {"roles": ["b"]}`, kernelRoles).additive(), "p/o/b", "a", "b"))},
	{"K7", green, "", all(
		grants(member(`"p/o": {"roles": ["admin"]}, "p/o/b": {"roles": []}`, ""), "p/o/b"),
		grants(member(`"p/o": {"roles": ["admin"]}, "p/o/b": {"roles": []}`, "").additive(), "p/o/b", "*"))},
	{"K8", deviation, `a suspended membership ends the walk in both modes; with "suspended_membership": "fall_through" it is as if it were not there`, all(
		grants(member(`"p/o": {"roles": ["a"]}, "p/o/b": {"roles": ["b"], "status": "suspended"}`, kernelRoles), "p/o/b"),
		grants(member(`"p/o": {"roles": ["a"]}, "p/o/b": {"roles": ["b"], "status": "suspended"}`, kernelRoles).fallsThrough(), "p/o/b", "a"))},
	{"K9", green, "", grants(member(`"p/o": {"roles": ["a"], "status": "suspended"}, "p/o/b": {"roles": ["b"]}`, kernelRoles).additive(), "p/o/b", "b")},
	{"K10", green, "", all(
		grants(member(`"p/x": {"roles": ["a"]}`, kernelRoles), "p/o"),
		grants(member(`"p/o/b": {"roles": ["a"]}`, kernelRoles), "p/o"))},
	{"K11", green, "", grants(member(`"p/o": {"roles": ["a"]}, "p/o/b": {"roles": ["b"]}`, kernelRoles).with(`"p/o": {}`, `"p/o": {"rbac_mode": "additive"}`), "p/o/b", "b")},
	{"K12", deviation, "an rbac_mode that MayI does not know fails the bundle; the seed takes any for additive", all(
		refuses(bundle(member("", "").with(`"p/o/b": {}`, `"p/o/b": {"rbac_mode": "foo"}`)), "dir.json", "foo"),
		grants(member(`"p/o": {"roles": ["a"]}, "p/o/b": {"roles": ["b"]}`, kernelRoles), "p/o/b", "b"))},
	{"K13", green, "", all(
		has(member(`"p/o": {"roles": ["admin"]}`, "").with(`"p/o": {}`, `"p/o": {"status": "deleted"}`), "p/o", "any", false),
		decides(bundle(member(`"p/o": {"roles": ["admin"]}`, "").with(`"p/o": {}`, `"p/o": {"status": "deleted"}`)), "u any x resource.tenant=p/o -> Deny tenant_inactive"))},
	{"K14", green, "", all(
		grants(member(`"p": {"roles": ["a"]}`, kernelRoles), "p/o/b", "a"),
		grants(member(`"platform": {"roles": ["a"]}`, kernelRoles).with(`"p/x": {}`, `"p/x": {}, "platform": {}`), "p/o/b"))},
	{"K15", green, "", kernelMember},
	{"K16", green, "", all(holdsPermission("orders.create", "orders.create", true), holdsPermission("orders.read", "orders.delete", false))},
	{"K17", green, "", all(holdsPermission("orders.*", "orders.create", true), holdsPermission("orders.*", "billing.read", false))},
	{"K18", green, "", all(holdsPermission("*", "any", true),
		has(member(`"p/o": {"roles": ["r"]}`, `"r": {"permissions": []}`), "p/o", "any", false),
		has(member(`"p/o": {"roles": ["r"]}`, `"r": {}`), "p/o", "any", false))},
	{"K19", green, "", decides(bundle(member(`"p/o": {"roles": ["r"]}`, `"r": {"permissions": ["billing.read"]}`)),
		"u - x resource.tenant=p/o permission=orders.create|billing.read -> Allow permission")},
	{"K20", green, "", decides(bundle(member(`"p/o": {"roles": ["r"]}`, `"r": {"permissions": ["billing.read"]}`)),
		"u - x resource.tenant=p/o permission=orders.create -> Deny implicit_deny")},
	{"K21", deviation, "a star below the first segment fails the bundle; the seed takes it and it grants nothing", refuses(
		bundle(member("", `"r": {"permissions": ["iam.members.*"]}`)), "dir.json", "iam.members.*")},
	{"K22", deviation, "one rule for all questions: iam.* grants iam.members.read wherever it is asked", holdsPermission("iam.*", "iam.members.read", true)},
	{"K23", green, "", all(
		allowedProviders(`"p/o": {}`, true),
		allowedProviders(`"p/o": {"auth_providers": {"google": true, "github": true}}`, false, "github", "google"),
		allowedProviders(`"p/o": {"auth_providers": {}}`, true))},
	{"K24", deviation, "rows that are all off let no provider vouch for anybody; the seed's empty list lets all", all(
		allowedProviders(`"p/o": {"auth_providers": {"google": false}}`, false),
		decides(bundle(member(`"p/o": {"roles": ["admin"]}`, "").with(`"p/o": {}`, `"p/o": {"auth_providers": {"google": false}}`).with(`"u": {`, `"u": {"tenant": "p/o", `)),
			"u any x resource.tenant=p/o provider=google -> Deny provider_not_allowed",
			"u any x resource.tenant=p/o provider=github -> Deny provider_not_allowed"))},
	{"K25", notApplicable, "it tests how a row is written back, and MayI writes none; that a row says whether its provider is on is shown by `guards.txtar`", nil},
	{"K26", notApplicable, "it tests creating organizations and accepting invitations; that a suspended user is denied everything is shown by `guards.txtar`", nil},
	{"K27", deviation, "there is no interface that changes a role: whoever writes the bundle may give admin, manager and member another meaning", all(
		has(member(`"p/o": {"roles": ["member"]}`, ""), "p/o", "iam.members.read", true),
		has(member(`"p/o": {"roles": ["member"]}`, `"member": {"permissions": ["a.b"]}`), "p/o", "iam.members.read", false))},
	{"K28", green, "", refuses(bundle(member(`"p/o": {"roles": ["r"]}`, `"r": {"tenant": "p/x"}`)), "dir.json", "p/x")},
	{"K29", deviation, "tenants may be of any depth and type; only a tenant without its parent, and a cycle, fail the bundle", all(
		grants(member(`"p/o": {"roles": ["a"]}`, kernelRoles).with(`"p/o/b": {}`, `"p/o/b": {"type": "branch"}, "p/o/b/c": {"type": "branch"}`), "p/o/b/c", "a"),
		refuses(bundle(member("", "").with(`"p/o/b": {}`, `"p/none/b": {}`)), "dir.json", "p/none"))},
	{"K30", deviation, "no platform is spared: where the root is inactive, so is all below it", all(
		decides(bundle(member(`"p/o": {"roles": ["admin"]}`, "").with(`"p/o": {}`, `"p/o": {"status": "inactive"}`)), "u any x resource.tenant=p/o/b -> Deny tenant_inactive"),
		decides(bundle(member(`"p/o": {"roles": ["admin"]}`, "").with(`"p": {}`, `"p": {"status": "inactive"}`)), "u any x resource.tenant=p/o/b -> Deny tenant_inactive"))},
	{"K31", green, "", decides(bundle(member("", "").with(`"users": {`, `"groups": {"keys": {"policies": ["p"]}}, "users": {`)).and("p.json", policy(allow("*", "*"))),
		"key-1 orders.read x tenant=p/o groups=keys trust=granted session=api_key session.expires=+1h session.scopes=orders.read resource.tenant=p/o -> Allow identity_policy p[0]",
		"key-1 orders.read x tenant=p/o groups=keys trust=granted session=api_key session.expires=+1h session.scopes=orders.read resource.tenant=p/x -> Deny cross_tenant")},
	{"K32", deviation, "scopes are a list of texts, or in a token also one text; a claim with anything else among them makes the token invalid, and an API key without scopes may do nothing", decides(
		bundle(member(`"p/o": {"roles": ["admin"]}`, "")),
		"u read x resource.tenant=p/o session=api_key session.expires=+1h session.scopes=read,write -> Allow permission",
		"u write x resource.tenant=p/o session=api_key session.expires=+1h session.scopes=read,write -> Allow permission",
		"u write x resource.tenant=p/o session=api_key session.expires=+1h session.scopes=read -> Deny session_policy",
		"u read x resource.tenant=p/o session=api_key session.expires=+1h -> Deny session_policy")},
	{"K33", deviation, "tenants have ids of any form, and a request need not name one: then no membership grants anything; one that is not declared denies. A header is a tenant only where a route says so", decides(
		bundle(member(`"p/o": {"roles": ["admin"]}`, "")),
		"u any x -> Deny implicit_deny",
		"u any x resource.tenant=no-uuid -> Deny tenant_unknown",
		"u any x resource.tenant=p/o -> Allow permission")},
	{"K34", green, "", decides(bundle(member(`"p/x": {"roles": ["admin"]}`, "")),
		"stranger any x resource.tenant=p/o -> Deny implicit_deny",
		"u any x resource.tenant=p/o -> Deny implicit_deny")},
	{"K35", notApplicable, "it tests how the data of a user are erased; that a user of the status erased is denied everything is shown by `guards.txtar`", nil},
}

func TestSeedRowsK(t *testing.T) { runSeedRows(t, kernelRows, 35) }

// kernelRoles are the roles a and b, with the permissions a and b.
const kernelRoles = `"a": {"permissions": ["a"]}, "b": {"permissions": ["b"]}`

// A kernel is a bundle with the tenants of the table.
type kernel bundle

// member is the kernel in which u has these memberships, and these are the roles.
func member(memberships, roles string) kernel {
	return kernel{"dir.json": `{"tenants": {"p": {}, "p/o": {}, "p/o/b": {}, "p/x": {}},
		"users": {"u": {"memberships": {` + memberships + `}}}, "roles": {` + roles + `}}`,
		"bundle.json": `{"bundle": {"name": "kernel", "format": 1, "allow_empty": true}}`}
}

// with is the kernel with one text of its directory in the place of another.
func (k kernel) with(old, text string) kernel {
	if !strings.Contains(k["dir.json"], old) {
		panic("the directory has no " + old)
	}
	return kernel{"dir.json": strings.Replace(k["dir.json"], old, text, 1), "bundle.json": k["bundle.json"]}
}

func (k kernel) additive() kernel { return k.with(`"p/o/b": {}`, `"p/o/b": {"rbac_mode": "additive"}`) }

func (k kernel) fallsThrough() kernel {
	return kernel{"dir.json": k["dir.json"],
		"bundle.json": `{"bundle": {"name": "kernel", "format": 1, "allow_empty": true, "suspended_membership": "fall_through"}}`}
}

// and is the bundle with one more file.
func (b bundle) and(file, text string) bundle {
	more := bundle{file: text}
	for name, text := range b {
		more[name] = text
	}
	return more
}

// reading answers questions about the kernel's directory.
func reading(t *testing.T, k kernel) pdp.Reader {
	t.Helper()
	_, engine, err := bundle(k).load(pdp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return engine.Reader()
}

// grants wants these permissions of u in a tenant, sorted, from the reader; each of
// them, and no other of the few that the rows use, must be what is decided by.
func grants(k kernel, tenant string, want ...string) func(*testing.T) {
	return func(t *testing.T) {
		got, ok := reading(t, k).Permissions("u", tenant)
		if !ok || !slices.Equal(got, want) {
			t.Errorf("permissions in %s: got %q, %v, want %q", tenant, got, ok, want)
		}
		for _, p := range []string{"a", "b", "iam.tenants.read", "iam.roles.manage"} {
			granted := slices.Contains(want, p) || slices.Contains(want, "*")
			has(k, tenant, p, granted)(t)
			decides(bundle(k), "u "+p+" x resource.tenant="+tenant+" -> "+answer(granted))(t)
		}
	}
}

func answer(granted bool) string {
	if granted {
		return "Allow permission"
	}
	return "Deny implicit_deny"
}

// has asks the reader one permission of u.
func has(k kernel, tenant, permission string, want bool) func(*testing.T) {
	return func(t *testing.T) {
		if got, ok := reading(t, k).HasPermission("u", tenant, permission); !ok || got != want {
			t.Errorf("%s in %s: got %v, %v, want %v", permission, tenant, got, ok, want)
		}
	}
}

// holdsPermission asks whether one permission grants another, of reader and decision.
func holdsPermission(granted, asked string, want bool) func(*testing.T) {
	k := member(`"p/o": {"roles": ["r"]}`, `"r": {"permissions": ["`+granted+`"]}`)
	return all(has(k, "p/o", asked, want), decides(bundle(k), "u "+asked+" x resource.tenant=p/o -> "+answer(want)))
}

// kernelMember: whoever has a membership is a member, whatever its status.
func kernelMember(t *testing.T) {
	r := reading(t, member(`"p/o": {"roles": [], "status": "suspended"}`, ""))
	for _, q := range []struct {
		tenant   string
		anywhere bool
		want     bool
	}{{"p/o", false, true}, {"p/o", true, true}, {"p/o/b", false, false}, {"p/o/b", true, true}, {"p/x", true, false}} {
		if got, ok := r.Member("u", q.tenant, q.anywhere); !ok || got != q.want {
			t.Errorf("member of %s, anywhere %v: got %v, %v, want %v", q.tenant, q.anywhere, got, ok, q.want)
		}
	}
}

// allowedProviders asks which providers may vouch for the principals of p/o.
func allowedProviders(tenant string, open bool, want ...string) func(*testing.T) {
	return func(t *testing.T) {
		names, all, ok := reading(t, member("", "").with(`"p/o": {}`, tenant)).Providers("p/o")
		if !ok || all != open || !slices.Equal(names, want) {
			t.Errorf("providers: got %q, open %v, %v, want %q, open %v", names, all, ok, want, open)
		}
	}
}
