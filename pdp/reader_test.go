package pdp_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// household is a directory with every kind of thing a Reader tells.
var household = map[string]string{
	"directory.json": `{
	"tenants": {
		"p": {"name": "platform", "type": "platform", "auth_providers": {"login": true, "old": false}},
		"o": {"type": "organization", "parent": "p", "aliases": ["acme"], "tags": {"Tier": "gold"}},
		"b1": {"type": "branch", "parent": "o", "rbac_mode": "additive"},
		"b2": {"type": "branch", "parent": "o", "status": "suspended", "auth_providers": {"mtls": true}},
		"b3": {"type": "branch", "parent": "o", "status": "inactive"},
		"q": {"type": "platform"}
	},
	"roles": {"clerk": {"permissions": ["orders.read", "orders.list"]}, "lead": {"permissions": ["orders.*", "iam.members.read"]}},
	"groups": {"staff": {}},
	"users": {
		"alice": {"tenant": "o", "aliases": ["google:1", "al"], "groups": ["staff"], "tags": {"Team": "a"},
			"memberships": {"o": {"roles": ["lead"]}, "b1": {"roles": ["clerk"]}, "b2": {"roles": ["clerk"]}}},
		"bob": {"tenant": "p", "memberships": {"p": {"roles": ["admin"]}, "o": {"roles": ["clerk"], "status": "suspended"}}},
		"carol": {"tenant": "o", "status": "suspended", "memberships": {"o": {"roles": ["admin"]}}},
		"dave": {"tenant": "q"}
	}}`,
	"schema.json": `{"schema": {"actions": {"orders.read": {"access": "read"}, "orders.list": {"access": "list"}, "orders.write": {"access": "write"},
		"iam.members.read": {"access": "read"}, "iam.tenants.read": {"access": "read"}}}}`,
	"bundle.json": `{"bundle": {"name": "household", "format": 1, "allow_empty": true}}`,
}

func readerOf(t *testing.T, files map[string]string) *pdp.Engine {
	t.Helper()
	var docs []*pdp.Document
	for file, text := range files {
		doc, problems := pdp.Decode(file, []byte(text))
		if err := strictjson.Join(problems); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	e, err := pdp.Compile(docs, pdp.Options{Revision: "r1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func ids(list []pdp.TenantInfo) (ids []string) {
	for _, t := range list {
		ids = append(ids, t.ID)
	}
	return ids
}

func TestReaderUser(t *testing.T) {
	r := readerOf(t, household).Reader()
	want := pdp.UserInfo{
		ID: "alice", Aliases: []string{"google:1", "al"}, Tenant: "o", Status: "active", Groups: []string{"staff"}, Tags: map[string]string{"team": "a"},
		Memberships: []pdp.MembershipInfo{
			{Tenant: "o", Status: "active", Roles: []string{"lead"}}, {Tenant: "b1", Status: "active", Roles: []string{"clerk"}},
			{Tenant: "b2", Status: "active", Roles: []string{"clerk"}},
		},
	}
	for _, id := range []string{"alice", "al", "google:1"} {
		if u, ok := r.User(id); !ok || !reflect.DeepEqual(u, want) {
			t.Errorf("%s: %+v, %t", id, u, ok)
		}
	}
	if u, ok := r.UserOf("google", "1"); !ok || u.ID != "alice" {
		t.Errorf("by provider: %+v, %t", u, ok)
	}
	for _, miss := range [][2]string{{"google", "2"}, {"", "google:1"}, {"google:1", ""}, {"other", "1"}} {
		if u, ok := r.UserOf(miss[0], miss[1]); ok {
			t.Errorf("%q: %+v", miss, u)
		}
	}
	for _, id := range []string{"", "nobody", "clerk", "staff"} {
		if u, ok := r.User(id); ok {
			t.Errorf("%q: %+v", id, u)
		}
	}
	if u, _ := r.User("carol"); u.Status != "suspended" {
		t.Errorf("carol: %+v", u)
	}
}

func TestReaderTenants(t *testing.T) {
	r := readerOf(t, household).Reader()
	if got, ok := r.Tenant("acme"); !ok || !reflect.DeepEqual(got, pdp.TenantInfo{
		ID: "o", Type: "organization", Parent: "p", Status: "active", RBACMode: "override", Aliases: []string{"acme"}, Tags: map[string]string{"tier": "gold"},
	}) {
		t.Errorf("by alias: %+v, %t", got, ok)
	}
	if got, _ := r.Tenant("b1"); got.RBACMode != "additive" || got.Parent != "o" {
		t.Errorf("b1: %+v", got)
	}
	for tenant, want := range map[string][]string{"b1": {"p", "o"}, "acme": {"p"}, "p": nil} {
		if got, ok := r.Ancestors(tenant); !ok || !slices.Equal(ids(got), want) {
			t.Errorf("ancestors of %s: %v", tenant, ids(got))
		}
	}
	for _, c := range []struct {
		tenant, after string
		limit         int
		want          []string
	}{
		{"o", "", 0, []string{"b1", "b2", "b3"}}, {"acme", "", 2, []string{"b1", "b2"}}, {"o", "b2", 2, []string{"b3"}},
		{"o", "b1x", 1, []string{"b2"}}, {"o", "z", 1, nil}, {"b1", "", 5, nil},
	} {
		if got, ok := r.Children(c.tenant, c.after, c.limit); !ok || !slices.Equal(ids(got), c.want) {
			t.Errorf("%+v: %v", c, ids(got))
		}
	}
	for tenant, want := range map[string]string{"b2": "o", "o": "o", "p": "", "q": ""} {
		if got, ok := r.Organization(tenant); ok != (want != "") || got.ID != want {
			t.Errorf("organization of %s: %+v", tenant, got)
		}
	}
	for tenant, want := range map[string]string{"p": "[login] false", "b1": "[login] false", "b2": "[mtls] false", "q": "[] true"} {
		if names, open, ok := r.Providers(tenant); !ok || fmt.Sprint(names, open) != want {
			t.Errorf("providers of %s: %v %t", tenant, names, open)
		}
	}
	for _, missing := range []string{"", "x", "O"} {
		_, a := r.Tenant(missing)
		_, b := r.Ancestors(missing)
		_, c := r.Children(missing, "", 0)
		_, d := r.Organization(missing)
		_, _, e := r.Providers(missing)
		_, f := r.Permissions("alice", missing)
		_, g := r.Member("alice", missing, true)
		if a || b || c || d || e || f || g {
			t.Errorf("%q is there", missing)
		}
	}
}

func TestReaderRoles(t *testing.T) {
	r := readerOf(t, household).Reader()
	for _, c := range []struct {
		user, tenant   string
		here, anywhere bool
		permissions    []string
	}{
		{"alice", "o", true, true, []string{"iam.members.read", "orders.*"}},
		{"al", "b1", true, true, []string{"iam.members.read", "orders.*", "orders.list", "orders.read"}}, // additive
		{"alice", "b2", true, true, []string{"orders.read"}},                                             // suspended: what only reads
		{"alice", "b3", false, true, nil},                                                                // inactive
		{"alice", "p", false, false, nil},
		{"alice", "q", false, false, nil},
		{"bob", "p", true, true, []string{"*"}},
		{"bob", "o", true, true, nil}, // his suspended membership ends the walk
		{"bob", "b1", false, true, nil},
		{"carol", "o", true, true, nil}, // she is suspended herself
		{"dave", "q", false, false, nil},
	} {
		here, _ := r.Member(c.user, c.tenant, false)
		anywhere, ok := r.Member(c.user, c.tenant, true)
		if !ok || here != c.here || anywhere != c.anywhere {
			t.Errorf("%s in %s: member %t here, %t anywhere", c.user, c.tenant, here, anywhere)
		}
		if got, ok := r.Permissions(c.user, c.tenant); !ok || !slices.Equal(got, c.permissions) {
			t.Errorf("%s in %s: permissions %q, expected %q", c.user, c.tenant, got, c.permissions)
		}
	}
	if m, ok := r.Membership("bob", "acme"); !ok || !reflect.DeepEqual(m, pdp.MembershipInfo{Tenant: "o", Status: "suspended", Roles: []string{"clerk"}}) {
		t.Errorf("membership %+v, %t", m, ok)
	}
	if m, ok := r.Membership("bob", "b1"); ok {
		t.Errorf("membership %+v of the parent counts", m)
	}
	if _, ok := r.HasPermission("nobody", "o", "orders.read"); ok {
		t.Error("a user that is not there has an answer")
	}
}

// TestReaderAsDecide asks both: HasPermission is what Decide gets from the roles.
func TestReaderAsDecide(t *testing.T) {
	for name, manifest := range map[string]string{
		"the walk ends":           household["bundle.json"],
		"suspended falls through": `{"bundle": {"name": "h", "format": 1, "allow_empty": true, "suspended_membership": "fall_through"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"directory.json": household["directory.json"], "schema.json": household["schema.json"], "bundle.json": manifest}
			e := readerOf(t, files)
			r, granted := e.Reader(), 0
			for _, user := range []string{"alice", "bob", "carol", "dave", "google:1"} {
				for _, tenant := range []string{"p", "o", "acme", "b1", "b2", "b3", "q"} {
					for _, permission := range []string{"orders.read", "orders.list", "orders.write", "orders.a.b", "iam.members.read", "iam.tenants.read", "x", "Orders.read"} {
						has, ok := r.HasPermission(user, tenant, permission)
						d := e.Decide(&pdp.Request{
							Principal:  pdp.Principal{ID: user, Provider: "login"},
							Permission: permission,
							Resource:   pdp.Resource{ID: "thing", Tenant: tenant},
							Time:       time.Unix(1, 0),
						})
						if d.Reason == pdp.ReasonProviderNotAllowed {
							d = pdp.Decision{} // which the roles do not know
						}
						if !ok || has != d.Allowed() {
							t.Errorf("%s in %s, %s: %t; Decide says %s for %s %s", user, tenant, permission, has, d.Effect, d.Reason, d.Detail)
						}
						if has {
							granted++
						}
					}
				}
			}
			if granted < 20 {
				t.Errorf("only %d were granted: the comparison shows little", granted)
			}
		})
	}
}

// A door needs to know whose somebody is before it asks.
func TestTenantOfPrincipal(t *testing.T) {
	e := readerOf(t, household)
	for _, c := range []struct {
		principal pdp.Principal
		want      string
	}{
		{pdp.Principal{ID: "alice"}, "o"}, {pdp.Principal{ID: "google:1"}, "o"}, {pdp.Principal{ID: "alice", Tenant: "acme"}, "o"},
		{pdp.Principal{ID: "alice", Tenant: "q"}, ""}, // malformed: it contradicts
		{pdp.Principal{ID: "arn:mayi:iam::acme:user/x"}, "o"}, {pdp.Principal{ID: "arn:broken"}, ""}, {pdp.Principal{ID: "stranger"}, ""},
		{pdp.Principal{ID: "stranger", Tenant: "acme", Trust: pdp.TrustGranted}, "o"}, {pdp.Principal{ID: "stranger", Tenant: "acme"}, ""}, {pdp.Principal{}, ""},
	} {
		if got := e.Tenant(&c.principal); got != c.want {
			t.Errorf("%+v: %q, expected %q", c.principal, got, c.want)
		}
		d := e.Decide(&pdp.Request{Principal: c.principal, Action: "a", Resource: pdp.Resource{ID: "r"}, Time: time.Unix(1, 0)})
		if d.Reason != pdp.ReasonMalformedRequest && d.Tenant != c.want {
			t.Errorf("%+v: Decide says %q", c.principal, d.Tenant)
		}
	}
	if e.CanonicalTenant("acme") != "o" || e.CanonicalTenant("nowhere") != "nowhere" {
		t.Error("aliases of tenants")
	}
}
