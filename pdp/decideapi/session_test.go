package decideapi_test

import (
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/decideapi"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
)

const inline = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "docs:Read", "Resource": "*"}}`

// asked is what a view gets to see of a request.
func asked(t *testing.T, call func(api *decideapi.API)) *pdp.Request {
	t.Helper()
	var seen *pdp.Request
	api, _ := newAPI(t, fake{engine(t), func(r *pdp.Request) pdp.Decision {
		seen = r
		return pdp.Denied(pdp.ReasonImplicitDeny, "")
	}}, decideapi.Options{})
	call(api)
	if seen == nil {
		t.Fatal("nothing was asked")
	}
	return seen
}

// TestSessionInBothCodecs: whatever a session says, it says the same in both.
func TestSessionInBothCodecs(t *testing.T) {
	const (
		body = `{"principal": {"id": "arn:aws:sts::123456789012:assumed-role/ci/run", "tenant": "5/7"}, "action": "docs:Read",
	"resource": {"id": "d", "tenant": "shared"}, "session": {"type": "role", "role": "arn:aws:iam::123456789012:role/ci", "chain": ["alice", "bob"],
	"name": "run", "issued_at": "2026-01-02T04:04:05+01:00", "expires_at": "2026-01-02T04:04:05.5Z", "mfa": {"at": "2026-01-02T03:00:00Z", "methods": ["otp"]},
	"provider": "google", "tags": {"cost": "12"}, "policies": ["read", ` + inline + `], "scopes": ["docs.*"], "id": "s-1"}}`
		role = "arn:aws:iam::123456789012:role/ci"
	)
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when.UTC()
	}
	message := &mayiv1.DecideRequest{
		Principal: &mayiv1.Principal{Id: "arn:aws:sts::123456789012:assumed-role/ci/run", Tenant: "5/7"},
		Action:    "docs:Read",
		Resource:  &mayiv1.Resource{Id: "d", Tenant: "shared"},
		Session: &mayiv1.Session{
			Type: "role", Role: role, Chain: []string{"alice", "bob"}, Name: "run",
			IssuedAt: timestamppb.New(at("2026-01-02T03:04:05Z")), ExpiresAt: timestamppb.New(at("2026-01-02T04:04:05.5Z")),
			Mfa:      &mayiv1.MFA{At: timestamppb.New(at("2026-01-02T03:00:00Z")), Methods: []string{"otp"}},
			Provider: "google", Tags: map[string]string{"cost": "12"}, Scopes: []string{"docs.*"}, Id: "s-1",
			Policies: []*mayiv1.SessionPolicy{
				{Kind: &mayiv1.SessionPolicy_Name{Name: "read"}}, {Kind: &mayiv1.SessionPolicy_Document{Document: inline}},
			},
		},
	}
	want := pdp.Session{
		Type: "role", Role: role, Chain: []string{"alice", "bob"}, Name: "run",
		IssuedAt: at("2026-01-02T03:04:05Z"), ExpiresAt: at("2026-01-02T04:04:05.5Z"),
		MFAAt: at("2026-01-02T03:00:00Z"), MFA: []string{"otp"}, Provider: "google",
		Tags: map[string]string{"cost": "12"}, Scopes: []string{"docs.*"}, ID: "s-1",
	}
	requests := map[string]*pdp.Request{
		"JSON": asked(t, func(api *decideapi.API) {
			r := httptest.NewRequest("POST", "/v1/decide", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if api.Handler().ServeHTTP(w, r); w.Code != 200 {
				t.Error(w.Body)
			}
		}),
		"protobuf": asked(t, func(api *decideapi.API) {
			if _, err := dial(t, api).Decide(t.Context(), message); err != nil {
				t.Error(err)
			}
		}),
	}
	for codec, r := range requests {
		t.Run(codec, func(t *testing.T) {
			if r.Principal.Tenant != "5/7" || r.Resource.Tenant != "shared" || r.Principal.Root {
				t.Errorf("principal %+v, resource %+v", r.Principal, r.Resource)
			}
			got := *r.Session
			policies := got.Policies
			if got.Policies = nil; !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if len(policies) != 2 || policies[0].Name.Text != "read" || policies[0].Inline != nil || policies[1].Inline == nil {
				t.Fatalf("policies %+v", policies)
			}
			if p := policies[1].Inline; p.Name != "session#/session/policies/1" || len(p.Statements) != 1 || p.Resource {
				t.Errorf("inline %+v", p)
			}
		})
	}
}

// TestGRPCSessionRefuses holds what only the other codec can say.
func TestGRPCSessionRefuses(t *testing.T) {
	with := func(s *mayiv1.Session) *mayiv1.DecideRequest {
		r := ask("docs:Read", nil)
		r.Session = s
		return r
	}
	document := func(text string) *mayiv1.DecideRequest {
		return with(&mayiv1.Session{Type: "user", Policies: []*mayiv1.SessionPolicy{
			{Kind: &mayiv1.SessionPolicy_Name{Name: "read"}}, {Kind: &mayiv1.SessionPolicy_Document{Document: text}},
		}})
	}
	api, _ := newAPI(t, engine(t), decideapi.Options{})
	client := dial(t, api)
	for _, tt := range []struct {
		name    string
		request *mayiv1.DecideRequest
		want    string
	}{
		{"no type", with(&mayiv1.Session{}), "/session: type is missing"},
		{"unknown type", with(&mayiv1.Session{Type: "root"}), "/session/type: expected user, role, federated or api_key"},
		{"empty member of the chain", with(&mayiv1.Session{Type: "user", Chain: []string{"a", ""}}), "/session/chain/1: an id must not be empty"},
		{"a time out of range", with(&mayiv1.Session{Type: "user", ExpiresAt: &timestamppb.Timestamp{Seconds: 1 << 60}}), "/session/expires_at: expected a time like"},
		{"the zero time", with(&mayiv1.Session{Type: "user", IssuedAt: timestamppb.New(time.Time{})}), "/session/issued_at: expected a time like"},
		{"negative nanoseconds", with(&mayiv1.Session{Type: "user", Mfa: &mayiv1.MFA{At: &timestamppb.Timestamp{Seconds: 1, Nanos: -1}}}), "/session/mfa/at: expected a time like"},
		{"two tags in two cases", with(&mayiv1.Session{Type: "user", Tags: map[string]string{"a": "", "A": ""}}), "/session/tags/a: another tag"},
		{"policy of no kind", with(&mayiv1.Session{Type: "user", Policies: []*mayiv1.SessionPolicy{{}}}), "/session/policies/0: expected a policy"},
		{"policy without a name", with(&mayiv1.Session{Type: "user", Policies: []*mayiv1.SessionPolicy{{Kind: &mayiv1.SessionPolicy_Name{}}}}), "/session/policies/0: an id must not be empty"},
		{"empty document", document(""), "/session/policies/1: "},
		{"document that is no JSON", document("{"), "/session/policies/1"},
		{"document with a mistake", document(`{"Version": "2012-10-17", "Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}`), "/session/policies/1/Statement/Effect: "},
		{"document too deep", document(strings.Repeat("[", 50) + strings.Repeat("]", 50)), "/session/policies/1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := client.Decide(t.Context(), tt.request)
			if status.Code(err) != codes.InvalidArgument || !strings.Contains(status.Convert(err).Message(), tt.want) {
				t.Errorf("got %v; want INVALID_ARGUMENT %s", err, tt.want)
			}
		})
	}
}

// TestSessionDecides asks the engine itself: the fields reach it, and what it finds
// wrong is malformed.
func TestSessionDecides(t *testing.T) {
	api, _ := newAPI(t, engine(t), decideapi.Options{})
	for _, tt := range []struct{ name, session, want string }{
		{"good", `"type": "user", "expires_at": "2026-01-02T03:04:06Z"`, `"decision":"Allow"`},
		{"over, to the second", `"type": "user", "expires_at": "2026-01-02T03:04:05Z"`, `"reason":"session_expired"`},
		{"without an end", `"type": "user"`, `"reason":"session_expired"`},
		{"limited by name", `"type": "user", "expires_at": "2027-01-01T00:00:00Z", "policies": ["exact"]`, `"reason":"session_policy"`},
		{"limited inline", `"type": "user", "expires_at": "2027-01-01T00:00:00Z", "policies": [` + strings.Replace(inline, "Read", "List", 1) + `]`, `"reason":"session_policy"`},
		{"limited to what it does", `"type": "user", "expires_at": "2027-01-01T00:00:00Z", "policies": [` + inline + `]`, `"decision":"Allow"`},
		{"policy that the bundle does not have", `"type": "user", "expires_at": "2027-01-01T00:00:00Z", "policies": ["none"]`, `"reason":"malformed_request"`},
		{"of a role, and the principal is none", `"type": "role", "role": "r", "expires_at": "2027-01-01T00:00:00Z"`, `"reason":"malformed_request"`},
		{"API key without scopes", `"type": "api_key", "expires_at": "2027-01-01T00:00:00Z"`, `"reason":"session_policy"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := fmt.Sprintf(`{"principal": "alice", "action": "docs:Read", "resource": "d", "session": {%s}}`, tt.session)
			r := httptest.NewRequest("POST", "/v1/decide", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			api.Handler().ServeHTTP(w, r)
			if !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("got %s, want %s", w.Body, tt.want)
			}
		})
	}
}
