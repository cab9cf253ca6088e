package decideapi_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/decideapi"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func household(t *testing.T) *pdp.Engine {
	t.Helper()
	var docs []*pdp.Document
	for file, text := range map[string]string{
		"bundle.json": `{"bundle": {"name": "h", "format": 1, "allow_empty": true}}`,
		"directory.json": `{
			"tenants": {"p": {"name": "platform", "type": "platform", "auth_providers": {"google": true}}, "p/o": {"type": "organization", "aliases": ["acme"], "tags": {"tier": "gold"}},
				"p/o/1": {}, "p/o/2": {"status": "suspended"}, "p/o/3": {"rbac_mode": "additive"}},
			"users": {"alice": {"tenant": "p/o", "aliases": ["google:7"], "tags": {"team": "a"}, "memberships": {"p/o": {"roles": ["member"]}}}, "bob": {}}}`,
	} {
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

func directoryClient(t *testing.T, api *decideapi.API) mayiv1.DirectoryServiceClient {
	t.Helper()
	return mayiv1.NewDirectoryServiceClient(connect(t, api))
}

func postDirectory(api *decideapi.API, question, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/v1/directory/"+question, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	api.Handler().ServeHTTP(w, r)
	return w
}

// TestDirectory asks each question in both codecs.
func TestDirectory(t *testing.T) {
	api, _ := newAPI(t, household(t), decideapi.Options{Directory: true})
	c, ctx := directoryClient(t, api), t.Context()
	ask := func(m proto.Message, err error) func() (proto.Message, error) {
		return func() (proto.Message, error) { return m, err }
	}
	acme := &mayiv1.Tenant{Id: "p/o", Type: "organization", Parent: "p", Status: "active", RbacMode: "override", Aliases: []string{"acme"}, Tags: map[string]string{"tier": "gold"}}
	alice := &mayiv1.User{Id: "alice", Aliases: []string{"google:7"}, Tenant: "p/o", Status: "active", Tags: map[string]string{"team": "a"},
		Memberships: []*mayiv1.Membership{{Tenant: "p/o", Status: "active", Roles: []string{"member"}}}}
	const (
		acmeJSON  = `{"id":"p/o","type":"organization","parent":"p","status":"active","rbac_mode":"override","aliases":["acme"],"tags":{"tier":"gold"}}`
		aliceJSON = `{"user":{"id":"alice","aliases":["google:7"],"tenant":"p/o","status":"active","groups":[],"tags":{"team":"a"},"memberships":[{"tenant":"p/o","status":"active","roles":["member"]}]},"revision":"r1"}`
	)
	for _, tt := range []struct {
		question, body, want string
		call                 func() (proto.Message, error)
		message              proto.Message
	}{
		{"user", `{"id": "alice"}`, aliceJSON,
			ask(c.GetUser(ctx, &mayiv1.GetUserRequest{Id: "alice"})), &mayiv1.GetUserResponse{User: alice, Revision: "r1"}},
		{"user", `{"provider": "google", "provider_id": "7"}`, aliceJSON,
			ask(c.GetUser(ctx, &mayiv1.GetUserRequest{Provider: "google", ProviderId: "7"})), &mayiv1.GetUserResponse{User: alice, Revision: "r1"}},
		{"tenant", `{"tenant": "acme"}`, `{"tenant":` + acmeJSON + `,"revision":"r1"}`,
			ask(c.GetTenant(ctx, &mayiv1.GetTenantRequest{Tenant: "acme"})), &mayiv1.GetTenantResponse{Tenant: acme, Revision: "r1"}},
		{"organization", `{"tenant": "p/o/2"}`, `{"tenant":` + acmeJSON + `,"revision":"r1"}`,
			ask(c.GetOrganization(ctx, &mayiv1.GetOrganizationRequest{Tenant: "p/o/2"})), &mayiv1.GetOrganizationResponse{Tenant: acme, Revision: "r1"}},
		{"ancestors", `{"tenant": "acme"}`, `{"tenants":[{"id":"p","name":"platform","type":"platform","status":"active","rbac_mode":"override","aliases":[],"tags":{}}],"revision":"r1"}`,
			ask(c.ListAncestors(ctx, &mayiv1.ListAncestorsRequest{Tenant: "acme"})), &mayiv1.ListAncestorsResponse{
				Tenants: []*mayiv1.Tenant{{Id: "p", Name: "platform", Type: "platform", Status: "active", RbacMode: "override"}}, Revision: "r1"}},
		{"ancestors", `{"tenant": "p"}`, `{"tenants":[],"revision":"r1"}`,
			ask(c.ListAncestors(ctx, &mayiv1.ListAncestorsRequest{Tenant: "p"})), &mayiv1.ListAncestorsResponse{Revision: "r1"}},
		{"children", `{"tenant": "acme", "page_size": 1, "page_token": "p/o/1"}`,
			`{"tenants":[{"id":"p/o/2","parent":"p/o","status":"suspended","rbac_mode":"override","aliases":[],"tags":{}}],"revision":"r1","next_page_token":"p/o/2"}`,
			ask(c.ListChildren(ctx, &mayiv1.ListChildrenRequest{Tenant: "acme", PageSize: 1, PageToken: "p/o/1"})), &mayiv1.ListChildrenResponse{
				Tenants: []*mayiv1.Tenant{{Id: "p/o/2", Parent: "p/o", Status: "suspended", RbacMode: "override"}}, Revision: "r1", NextPageToken: "p/o/2"}},
		{"children", `{"tenant": "acme", "page_size": 1, "page_token": "p/o/2"}`,
			`{"tenants":[{"id":"p/o/3","parent":"p/o","status":"active","rbac_mode":"additive","aliases":[],"tags":{}}],"revision":"r1"}`,
			ask(c.ListChildren(ctx, &mayiv1.ListChildrenRequest{Tenant: "acme", PageSize: 1, PageToken: "p/o/2"})), &mayiv1.ListChildrenResponse{
				Tenants: []*mayiv1.Tenant{{Id: "p/o/3", Parent: "p/o", Status: "active", RbacMode: "additive"}}, Revision: "r1"}},
		{"membership", `{"user": "alice", "tenant": "acme"}`, `{"membership":{"tenant":"p/o","status":"active","roles":["member"]},"revision":"r1"}`,
			ask(c.GetMembership(ctx, &mayiv1.GetMembershipRequest{User: "alice", Tenant: "acme"})), &mayiv1.GetMembershipResponse{
				Membership: &mayiv1.Membership{Tenant: "p/o", Status: "active", Roles: []string{"member"}}, Revision: "r1"}},
		{"is-member", `{"user": "alice", "tenant": "p/o/1"}`, `{"member":false,"revision":"r1"}`,
			ask(c.IsMember(ctx, &mayiv1.IsMemberRequest{User: "alice", Tenant: "p/o/1"})), &mayiv1.IsMemberResponse{Revision: "r1"}},
		{"is-member", `{"user": "alice", "tenant": "p/o/1", "anywhere": true}`, `{"member":true,"revision":"r1"}`,
			ask(c.IsMember(ctx, &mayiv1.IsMemberRequest{User: "alice", Tenant: "p/o/1", Anywhere: true})), &mayiv1.IsMemberResponse{Member: true, Revision: "r1"}},
		{"permissions", `{"user": "alice", "tenant": "p/o/1"}`, `{"permissions":["iam.members.read","iam.tenants.read"],"revision":"r1"}`,
			ask(c.ListPermissions(ctx, &mayiv1.ListPermissionsRequest{User: "alice", Tenant: "p/o/1"})), &mayiv1.ListPermissionsResponse{
				Permissions: []string{"iam.members.read", "iam.tenants.read"}, Revision: "r1"}},
		{"permissions", `{"user": "bob", "tenant": "p"}`, `{"permissions":[],"revision":"r1"}`,
			ask(c.ListPermissions(ctx, &mayiv1.ListPermissionsRequest{User: "bob", Tenant: "p"})), &mayiv1.ListPermissionsResponse{Revision: "r1"}},
		{"has-permission", `{"user": "alice", "tenant": "acme", "permission": "iam.members.read"}`, `{"granted":true,"revision":"r1"}`,
			ask(c.HasPermission(ctx, &mayiv1.HasPermissionRequest{User: "alice", Tenant: "acme", Permission: "iam.members.read"})), &mayiv1.HasPermissionResponse{Granted: true, Revision: "r1"}},
		{"has-permission", `{"user": "alice", "tenant": "p", "permission": "iam.members.read"}`, `{"granted":false,"revision":"r1"}`,
			ask(c.HasPermission(ctx, &mayiv1.HasPermissionRequest{User: "alice", Tenant: "p", Permission: "iam.members.read"})), &mayiv1.HasPermissionResponse{Revision: "r1"}},
		{"providers", `{"tenant": "acme"}`, `{"open":false,"providers":["google"],"revision":"r1"}`,
			ask(c.ListProviders(ctx, &mayiv1.ListProvidersRequest{Tenant: "acme"})), &mayiv1.ListProvidersResponse{Providers: []string{"google"}, Revision: "r1"}},
	} {
		t.Run(tt.question+tt.body, func(t *testing.T) {
			if w := postDirectory(api, tt.question, tt.body); w.Code != 200 || strings.TrimSpace(w.Body.String()) != tt.want {
				t.Errorf("JSON: %d %s\nwant %s", w.Code, w.Body, tt.want)
			}
			if m, err := tt.call(); err != nil || !proto.Equal(m, tt.message) {
				t.Errorf("gRPC: %v, %v\nwant %v", m, err, tt.message)
			}
		})
	}
}

func TestDirectoryRefuses(t *testing.T) {
	var rejected int
	api, _ := newAPI(t, household(t), decideapi.Options{Directory: true, Rejected: func(string) { rejected++ }})
	for _, tt := range []struct {
		question, body string
		status         int
		pointer        string
	}{
		{"user", `{}`, 400, ""}, {"user", `{"id": "a", "provider": "b", "provider_id": "c"}`, 400, ""}, {"user", `{"provider": "b"}`, 400, ""},
		{"user", `{"id": ""}`, 400, "/id"}, {"user", `{"id": 7}`, 400, "/id"}, {"user", `{"id": "alice", "tenant": "p"}`, 400, "/tenant"}, {"user", `[]`, 400, ""},
		{"user", `{"id": "nobody"}`, 404, ""}, {"user", `{"provider": "google", "provider_id": "8"}`, 404, ""},
		{"tenant", `{}`, 400, ""}, {"tenant", `{"tenant": "x"}`, 404, ""}, {"organization", `{"tenant": "p"}`, 404, ""},
		{"children", `{"tenant": "p", "page_size": 1001}`, 400, "/page_size"}, {"children", `{"tenant": "p", "page_size": -1}`, 400, "/page_size"},
		{"children", `{"tenant": "p", "page_size": "1"}`, 400, "/page_size"}, {"children", `{"tenant": "p", "page_size": 1.5}`, 400, "/page_size"},
		{"membership", `{"user": "alice"}`, 400, ""}, {"membership", `{"tenant": "p"}`, 400, ""}, {"membership", `{"user": "bob", "tenant": "p"}`, 404, ""},
		{"is-member", `{"user": "alice", "tenant": "p", "anywhere": "true"}`, 400, "/anywhere"}, {"is-member", `{"user": "nobody", "tenant": "p"}`, 404, ""},
		{"permissions", `{"user": "alice", "tenant": "x"}`, 404, ""}, {"has-permission", `{"user": "alice", "tenant": "p"}`, 400, ""},
		{"has-permission", `{"user": "alice", "tenant": "p", "permission": "a|b"}`, 400, "/permission"},
		{"has-permission", `{"user": "alice", "tenant": "p", "permission": "*"}`, 400, "/permission"},
		{"providers", `{"tenant": "x"}`, 404, ""}, {"everything", `{}`, 404, ""},
	} {
		w := postDirectory(api, tt.question, tt.body)
		if w.Code != tt.status || tt.status == 400 && !strings.Contains(w.Body.String(), `"pointer":"`+tt.pointer+`"`) {
			t.Errorf("%s %s: %d %s; expected %d at %q", tt.question, tt.body, w.Code, w.Body, tt.status, tt.pointer)
		}
		if strings.Contains(w.Body.String(), "Allow") {
			t.Errorf("%s: %s", tt.body, w.Body)
		}
	}
	if rejected != 18 {
		t.Errorf("%d calls were rejected", rejected)
	}
	c := directoryClient(t, api)
	if _, err := c.GetUser(t.Context(), &mayiv1.GetUserRequest{Id: "nobody"}); status.Code(err) != codes.NotFound {
		t.Errorf("nobody: %v", err)
	}
	if _, err := c.HasPermission(t.Context(), &mayiv1.HasPermissionRequest{User: "alice", Tenant: "p", Permission: "a*"}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a pattern: %v", err)
	}
	m := &mayiv1.GetTenantRequest{Tenant: "p"}
	m.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 9, protowire.VarintType), 1))
	if _, err := c.GetTenant(t.Context(), m); status.Code(err) != codes.InvalidArgument {
		t.Errorf("an unknown field: %v", err)
	}
}

// Without a snapshot nobody is anybody; without the option nobody is told.
func TestDirectoryClosed(t *testing.T) {
	api, _ := newAPI(t, pdp.Unavailable(pdp.ReasonNoSnapshot), decideapi.Options{Directory: true})
	if w := postDirectory(api, "user", `{"id": "alice"}`); w.Code != 503 {
		t.Errorf("no snapshot: %d %s", w.Code, w.Body)
	}
	if _, err := directoryClient(t, api).GetUser(t.Context(), &mayiv1.GetUserRequest{Id: "alice"}); status.Code(err) != codes.Unavailable {
		t.Errorf("no snapshot: %v", err)
	}
	api, _ = newAPI(t, household(t), decideapi.Options{})
	if w := postDirectory(api, "user", `{"id": "alice"}`); w.Code != 404 || strings.Contains(w.Body.String(), "alice") {
		t.Errorf("off: %d %s", w.Code, w.Body)
	}
	if _, err := directoryClient(t, api).GetUser(t.Context(), &mayiv1.GetUserRequest{Id: "alice"}); status.Code(err) != codes.Unimplemented {
		t.Errorf("off: %v", err)
	}
}
