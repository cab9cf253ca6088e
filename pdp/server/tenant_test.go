package server_test

import (
	"strings"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp/server"
)

// breakGlass takes an id from the context extension "who", of which one is root.
func breakGlass(o *server.Options) {
	byHeader(o)
	o.Config.Authn.Sources[0].Shared = true
	o.Config.Authn.Sources = append(o.Config.Authn.Sources, config.Source{
		Name: "glass", Asserts: []string{"root", "guest"}, Shared: true, Extension: &config.ExtensionSource{Key: "who"},
	})
	o.Config.Authn.Root = config.Root{ID: "root", Source: "glass"}
	o.Config.ExtAuthz.TenantExtension = "tenant"
	o.Config.Decide.Directory = true
}

func extended(r *authv3.CheckRequest, pairs ...string) *authv3.CheckRequest {
	r.Attributes.ContextExtensions = map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		r.Attributes.ContextExtensions[pairs[i]] = pairs[i+1]
	}
	return r
}

// TestRoot: one source establishes root, and nothing else does.
func TestRoot(t *testing.T) {
	l := startLive(t, staff(), breakGlass)
	for name, c := range map[string]struct {
		request *authv3.CheckRequest
		want    string
	}{
		"the one source":             {extended(get("", "/docs/1"), "who", "root"), "root"},
		"another id of it":           {extended(get("", "/docs/1"), "who", "guest"), "implicit_deny"},
		"the same id, by the header": {get("root", "/docs/1"), "credential_invalid"},
		"no route, not even for it":  {extended(get("", "/other"), "who", "root"), "no_route"},
	} {
		resp, err := l.check.Check(t.Context(), c.request)
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.GetDynamicMetadata().GetFields()["reason"].GetStringValue(); got != c.want {
			t.Errorf("%s: %s, expected %s", name, got, c.want)
		}
	}
	if got := l.grpcDecide("root"); got == "root" {
		t.Error("Decide takes its caller's word for root")
	}
	if _, body := l.get("/v1/status"); !strings.Contains(body, `"root_source":"glass"`) || !strings.Contains(body, `"directory":true`) {
		t.Errorf("status: %s", body)
	}
}

// TestTenantOfTheProxy: whose a resource is may be the proxy's to say.
func TestTenantOfTheProxy(t *testing.T) {
	bundle := staff()
	bundle["directory.json"] = `{"tenants": {"acme": {}, "globex": {"aliases": ["g"]}}, "users": {"alice": {"tenant": "acme", "policies": ["read"]}}}`
	bundle["routes.json"] = `{"routes": [{"path": "/docs/{id}", "methods": ["GET"], "action": "docs:Read", "resource": "docs/{id}"},
		{"path": "/g/{id}", "methods": ["GET"], "action": "docs:Read", "resource": "docs/{id}", "tenant": "g"}], "default": "deny"}`
	l := startLive(t, bundle, breakGlass)
	for name, c := range map[string]struct {
		request *authv3.CheckRequest
		want    string
	}{
		"her own":               {extended(get("alice", "/docs/1"), "tenant", "acme"), "identity_policy"},
		"another's":             {extended(get("alice", "/docs/1"), "tenant", "g"), "cross_tenant"},
		"nobody says":           {get("alice", "/docs/1"), "cross_tenant"},
		"a header says nothing": {get("alice", "/docs/1", "tenant", "acme"), "cross_tenant"},
		"both say the same":     {extended(get("alice", "/g/1"), "tenant", "globex"), "cross_tenant"},
		"they contradict":       {extended(get("alice", "/g/1"), "tenant", "acme"), "malformed_request"},
		"undeclared":            {extended(get("alice", "/docs/1"), "tenant", "nobody"), "tenant_unknown"},
	} {
		resp, err := l.check.Check(t.Context(), c.request)
		if err != nil {
			t.Fatal(err)
		}
		fields := resp.GetDynamicMetadata().GetFields()
		if got := fields["reason"].GetStringValue(); got != c.want {
			t.Errorf("%s: %s, expected %s", name, got, c.want)
		}
		if got := fields["tenant"].GetStringValue(); got != "acme" && c.want != "malformed_request" {
			t.Errorf("%s: the metadata say tenant %q", name, got)
		}
	}
	status, body := l.post("/v1/directory/tenant", `{"tenant": "g"}`)
	if status != 200 || !strings.Contains(body, `"id":"globex"`) {
		t.Errorf("the directory over HTTP: %d %s", status, body)
	}
}
