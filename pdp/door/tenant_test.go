package door_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
)

// TestTenants holds whose the resource is: what the route says, or the proxy's
// operator; a request's own headers and query only through a route.
func TestTenants(t *testing.T) {
	table := routes(t, `{"routes": [
		{"path": "/fixed", "action": "a", "resource": "r", "tenant": "acme"},
		{"path": "/alias", "action": "a", "resource": "r", "tenant": "a-1"},
		{"path": "/shared", "action": "a", "resource": "r", "tenant": "shared"},
		{"path": "/t/{t}", "action": "a", "resource": "r", "tenant": "{t}"},
		{"path": "/header", "action": "a", "resource": "r", "tenant": "{header.x-tenant}"},
		{"path": "/mine", "action": "a", "resource": "arn:app:s::{tenant}:r/1"},
		{"path": "/plain", "action": "a", "resource": "r"}
	]}`)
	const ext = "tenant"
	for _, test := range []struct {
		name, target string
		options      door.Options
		extension    string // "-" is none
		tenant       string // the resource's
		resource     string
		malformed    string
	}{
		{"the route's", "/fixed", door.Options{}, "-", "acme", "r", ""},
		{"shared", "/shared", door.Options{}, "-", "shared", "r", ""},
		{"of the path", "/t/5", door.Options{}, "-", "5", "r", ""},
		{"of the path, shared", "/t/shared", door.Options{}, "-", "", "", `makes the tenant "shared"`},
		{"of a header that a route names", "/header", door.Options{}, "-", "evil", "r", ""},
		{"of a header that none names", "/plain?tenant=evil", door.Options{}, "-", "", "r", ""},
		{"the principal's", "/mine", door.Options{}, "-", "", "arn:app:s::acme:r/1", ""},
		{"an extension that nobody configured", "/plain", door.Options{}, "acme", "", "r", ""},
		{"an extension", "/plain", door.Options{TenantExtension: ext}, "acme", "acme", "r", ""},
		{"no extension", "/fixed", door.Options{TenantExtension: ext}, "-", "acme", "r", ""},
		{"both, and they agree", "/fixed", door.Options{TenantExtension: ext}, "acme", "acme", "r", ""},
		{"both, and they agree by an alias", "/alias", door.Options{TenantExtension: ext}, "acme", "acme", "r", ""},
		{"both, and they do not", "/fixed", door.Options{TenantExtension: ext}, "other", "", "", "name two"},
		{"shared by one of them", "/shared", door.Options{TenantExtension: ext}, "acme", "", "", "name two"},
		{"an empty extension", "/plain", door.Options{TenantExtension: ext}, "", "", "", "is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := &view{routes: table, tenant: "acme"}
			test.options.Authenticator = is("alice")
			r := get(test.target, "x-tenant", "evil")
			if test.extension != "-" {
				r.Extensions = map[string]string{ext: test.extension}
			}
			o := newDoor(t, test.options).Decide(t.Context(), v, r, noon)
			if test.malformed != "" {
				if o.Decision.Reason != pdp.ReasonMalformedRequest || !strings.Contains(o.Decision.Detail, test.malformed) {
					t.Errorf("%s: %s", o.Decision.Reason, o.Decision.Detail)
				}
				return
			}
			if q := v.last(t); q.Resource.Tenant != test.tenant || q.Resource.ID != test.resource || !o.Decision.Allowed() {
				t.Errorf("asked about %+v: %s %s", q.Resource, o.Decision.Reason, o.Decision.Detail)
			}
		})
	}
}

// What a credential establishes arrives whole.
func TestSessionAndProvider(t *testing.T) {
	v := &view{}
	a := is("alice")
	session := &pdp.Session{Type: "user", ID: "s-1"}
	a.result.Session = session
	a.result.Principal.Provider, a.result.Principal.Tenant, a.result.Principal.Root = "google", "5/7", true
	newDoor(t, door.Options{Authenticator: a}).Decide(t.Context(), v, get("/"), noon)
	q := v.last(t)
	if q.Session != session || q.Principal.Provider != "google" || q.Principal.Tenant != "5/7" || !q.Principal.Root {
		t.Errorf("asked %+v in %+v", q.Principal, q.Session)
	}
	// A credential that is refused has no session either.
	a.result.Refused, a.result.Reason = true, pdp.ReasonCredentialInvalid
	newDoor(t, door.Options{Authenticator: a}).Decide(t.Context(), v, get("/"), noon)
	if q := v.last(t); q.Session != nil || q.Principal.ID != "" || q.Principal.Root {
		t.Errorf("asked %+v in %+v", q.Principal, q.Session)
	}
}

// An upstream that would see half of a tenant sees none at all.
func TestTenantTooLong(t *testing.T) {
	a := is("alice")
	a.result.Principal.Tenant = strings.Repeat("é", 3000)
	o := newDoor(t, door.Options{Authenticator: a}).Decide(t.Context(), &view{}, get("/"), noon)
	if o.Decision.Allowed() || o.Decision.Reason != pdp.ReasonInternal {
		t.Errorf("%s for %s", o.Decision.Effect, o.Decision.Reason)
	}
}
