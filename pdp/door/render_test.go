package door_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/route"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

var someID = pdp.ID{0x01, 0x93, 0x51, 0x60, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x2a}

const someIDText = "01935160-0000-7000-8000-00000000002a"

// decide has a view give a decision for a request, and renders it.
func decide(t *testing.T, o door.Options, decision pdp.Decision, r *door.Request) (door.Outcome, door.Verdict) {
	t.Helper()
	d := newDoor(t, o)
	out := d.Decide(t.Context(), &view{answer: func(q *pdp.Request) pdp.Decision {
		if decision.Principal == "" {
			decision.Principal = q.Principal.ID
		}
		decision.Tenant = allow(q).Tenant
		return decision
	}}, r, noon)
	return out, d.Render(&out)
}

func lines(headers []door.Header) []string {
	var out []string
	for _, h := range headers {
		out = append(out, h.Name+": "+h.Value)
	}
	return out
}

func header(headers []door.Header, name string) string {
	for _, h := range headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

var allowed = pdp.Decision{Effect: pdp.Allow, Reason: pdp.ReasonIdentityPolicy, Revision: "r1", ID: someID}

func TestIdentityHeaders(t *testing.T) {
	const alice = "arn:aws:iam::123456789012:user/alice"
	for _, test := range []struct {
		name string
		who  string
		set  []string
		gone []string // identity headers removed by their own names
	}{
		{"an ARN", alice, []string{"x-mayi-principal: " + alice, "x-mayi-tenant: 123456789012", "x-mayi-decision-id: " + someIDText}, nil},
		{"a WAMI ARN", "arn:wami:iam:5/7:wami:prod:user/alice", []string{"x-mayi-principal: arn:wami:iam:5/7:wami:prod:user/alice", "x-mayi-tenant: 5/7", "x-mayi-decision-id: " + someIDText}, nil},
		{"no tenant", "spiffe://acme/web", []string{"x-mayi-principal: spiffe://acme/web", "x-mayi-decision-id: " + someIDText}, []string{"x-mayi-tenant"}},
		{"nobody", "", []string{"x-mayi-decision-id: " + someIDText}, []string{"x-mayi-principal", "x-mayi-tenant"}},
		{"hostile", "a\r\nx-admin: 1\x00\xff é%0A", []string{"x-mayi-principal: a%0D%0Ax-admin:%201%00%FF%20%C3%A9%250A", "x-mayi-decision-id: " + someIDText}, []string{"x-mayi-tenant"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, v := decide(t, door.Options{Authenticator: is(test.who)}, allowed, get("/"))
			if got := lines(v.SetHeaders); !slices.Equal(got, test.set) {
				t.Errorf("sets %q, want %q", got, test.set)
			}
			spellings := []string{
				"x_mayi-principal", "x-mayi_principal", "x_mayi_principal", "x_mayi-tenant", "x-mayi_tenant", "x_mayi_tenant",
				"x_mayi-decision-id", "x-mayi_decision-id", "x_mayi_decision-id", "x-mayi-decision_id", "x_mayi-decision_id",
				"x-mayi_decision_id", "x_mayi_decision_id",
			}
			want := slices.Sorted(slices.Values(append(spellings, test.gone...)))
			if got := slices.Sorted(slices.Values(v.RemoveHeaders)); !slices.Equal(got, want) {
				t.Errorf("removes %q, want %q", got, want)
			}
			if !v.Allow || v.Status != 200 || v.Class != pdp.ClassAllow || v.Body != "" {
				t.Errorf("verdict %+v", v)
			}
		})
	}
}

// Forged headers in other punctuation are removed when they are seen.
func TestForgedSpellings(t *testing.T) {
	forged := []string{"X-MAYI-PRINCIPAL", "x.mayi.principal", "X_Mayi-Principal", "x~mayi-decision!id"}
	innocent := []string{"x-mayi-principals", "xxmayi-principal", "x-mayi-other", "y-mayi-principal", "x1mayi-tenant"}
	r := get("/")
	for _, name := range append(forged, innocent...) {
		r.Headers.Add(name, "root")
	}
	_, v := decide(t, door.Options{Authenticator: is("alice"), RemoveHeaders: []string{"authorization", "x_mayi_tenant", "authorization"}}, allowed, r)
	for _, want := range []string{"x.mayi.principal", "x_mayi-principal", "x~mayi-decision!id", "authorization"} {
		if !slices.Contains(v.RemoveHeaders, want) {
			t.Errorf("keeps %s", want)
		}
	}
	for _, name := range innocent {
		if slices.Contains(v.RemoveHeaders, name) {
			t.Errorf("removes %s", name)
		}
	}
	if header(v.SetHeaders, "x-mayi-principal") != "alice" || slices.Contains(v.RemoveHeaders, "x-mayi-principal") {
		t.Errorf("sets %v and removes %v", v.SetHeaders, v.RemoveHeaders)
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(v.RemoveHeaders))); len(unique) != len(v.RemoveHeaders) {
		t.Errorf("names one twice: %v", v.RemoveHeaders)
	}
}

func TestAllowSettings(t *testing.T) {
	o := door.Options{
		Authenticator: is("alice"), Identity: door.IdentityHeaders{Principal: "x-user"},
		RemoveQuery: []string{"access_token"}, SetQuery: map[string]string{"b": "2", "a": "1"},
		ResponseHeaders: []door.Header{{Name: "x-checked", Value: "yes"}},
	}
	_, v := decide(t, o, allowed, get("/?access_token=x"))
	if header(v.SetHeaders, "x-user") != "alice" || slices.Contains(v.RemoveHeaders, "x-mayi-principal") {
		t.Errorf("sets %v, removes %v", v.SetHeaders, v.RemoveHeaders)
	}
	if fmt.Sprint(v.RemoveQuery, v.SetQuery, v.Headers) != "[access_token] [{a 1} {b 2}] [{x-checked yes}]" {
		t.Errorf("query %v %v, headers %v", v.RemoveQuery, v.SetQuery, v.Headers)
	}
	_, v = decide(t, o, pdp.Denied(pdp.ReasonImplicitDeny, ""), get("/"))
	if len(v.SetHeaders)+len(v.RemoveHeaders)+len(v.SetQuery)+len(v.RemoveQuery) > 0 || header(v.Headers, "x-checked") != "" {
		t.Errorf("a denial changes the request: %+v", v)
	}
}

func TestStatusOfReasons(t *testing.T) {
	for _, reason := range pdp.Reasons() {
		want := map[pdp.Class]int{
			pdp.ClassAllow: 503, pdp.ClassDeny: 403, pdp.ClassUnauthenticated: 401,
			pdp.ClassMalformed: 400, pdp.ClassError: 503, pdp.ClassInability: 503,
		}[reason.Class()]
		if reason == pdp.ReasonSessionExpired || reason == pdp.ReasonSessionRevoked {
			want = 401 // a fresh login helps, whoever it was
		}
		_, v := decide(t, door.Options{Authenticator: is("alice")}, pdp.Decision{Reason: reason, Detail: "secret detail"}, get("/"))
		if v.Allow || v.Status != want || v.Class == pdp.ClassAllow {
			t.Errorf("%s: allow %t, status %d, class %d; want status %d", reason, v.Allow, v.Status, v.Class, want)
		}
		if strings.Contains(v.Body, "secret") || !strings.Contains(v.Body, reason.String()) {
			t.Errorf("%s: body %s", reason, v.Body)
		}
		if (header(v.Headers, "www-authenticate") != "") != (v.Status == 401) {
			t.Errorf("%s: %v", reason, v.Headers)
		}
	}
}

// A login could help the anonymous, and only them.
func TestAnonymousIsChallenged(t *testing.T) {
	challenge := `Bearer realm="shop"`
	for _, test := range []struct {
		name    string
		who     who
		options door.Options
		reason  pdp.Reason
		status  int
		want    string
	}{
		{"anonymous", who{challenge: challenge}, door.Options{}, pdp.ReasonImplicitDeny, 401, challenge},
		{"anonymous, own status for denials", who{challenge: challenge}, door.Options{Denial: door.Denial{Status: 404}}, pdp.ReasonImplicitDeny, 401, challenge},
		{"anonymous, nothing to log in with", who{}, door.Options{}, pdp.ReasonImplicitDeny, 403, ""},
		{"anonymous, no route", who{challenge: challenge}, door.Options{}, pdp.ReasonNoRoute, 403, ""},
		{"known", is("alice"), door.Options{}, pdp.ReasonImplicitDeny, 403, ""},
		{"known, the session is over", who{result: is("alice").result, challenge: challenge}, door.Options{}, pdp.ReasonSessionExpired, 401, challenge},
		{"known, the session is over, own status", is("alice"), door.Options{Denial: door.Denial{Status: 404}}, pdp.ReasonSessionRevoked, 401, "Bearer"},
		{"known, the session has less", is("alice"), door.Options{}, pdp.ReasonSessionPolicy, 403, ""},
		{"known, own status", is("alice"), door.Options{Denial: door.Denial{Status: 404}}, pdp.ReasonExplicitDeny, 404, ""},
		{"a challenge that no header may hold", who{challenge: "Bearer\r\nx: y"}, door.Options{}, pdp.ReasonCredentialInvalid, 401, "Bearer"},
		{"no challenge known", who{}, door.Options{}, pdp.ReasonCredentialMissing, 401, "Bearer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.Authenticator = test.who
			_, v := decide(t, test.options, pdp.Denied(test.reason, ""), get("/"))
			if got := header(v.Headers, "www-authenticate"); v.Status != test.status || got != test.want {
				t.Errorf("status %d, challenge %q; want %d, %q", v.Status, got, test.status, test.want)
			}
		})
	}
}

func TestDenialBody(t *testing.T) {
	denied := pdp.Decision{Reason: pdp.ReasonExplicitDeny, ID: someID, Revision: "r1"}
	problem := `{"type":"about:blank","title":"Forbidden","status":403,"detail":"this request is not allowed","reason":"explicit_deny","decision_id":"` + someIDText + "\"}\n"
	plain := "Forbidden: this request is not allowed (explicit_deny) " + someIDText + "\n"
	for _, test := range []struct {
		name     string
		denial   door.Denial
		request  *door.Request
		mimeType string
		body     string
	}{
		{"no wish", door.Denial{}, get("/"), "application/problem+json", problem},
		{"anything", door.Denial{}, get("/", "accept", "*/*"), "application/problem+json", problem},
		{"an empty wish", door.Denial{}, get("/", "accept", ""), "application/problem+json", problem},
		{"JSON", door.Denial{}, get("/", "accept", "text/plain;q=0.5, Application/JSON"), "application/problem+json", problem},
		{"text", door.Denial{}, get("/", "accept", "text/plain"), "text/plain; charset=utf-8", plain},
		{"a browser", door.Denial{}, get("/", "accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), "text/plain; charset=utf-8", plain},
		{"text over JSON", door.Denial{}, get("/", "accept", "application/json;q=0.2", "accept", "text/*;q=0.3"), "text/plain; charset=utf-8", plain},
		{"a weight that cannot be read", door.Denial{}, get("/", "accept", "text/plain;q=NaN, application/json;q=0.1"), "application/problem+json", problem},
		{"neither", door.Denial{}, get("/", "accept", "image/png"), "application/problem+json", problem},
		{"always JSON", door.Denial{Format: door.ProblemJSON}, get("/", "accept", "text/plain"), "application/problem+json", problem},
		{"always text", door.Denial{Format: door.PlainText}, get("/", "accept", "application/json"), "text/plain; charset=utf-8", plain},
		{"HEAD", door.Denial{}, with(get("/"), func(r *door.Request) { r.Method = "HEAD" }), "application/problem+json", ""},
		{"own words", door.Denial{Status: 404, Text: `ask "ops"`, Type: "https://shop.example/denied", HideReason: true}, get("/"), "application/problem+json",
			`{"type":"https://shop.example/denied","title":"Not Found","status":404,"detail":"ask \"ops\"","decision_id":"` + someIDText + "\"}\n"},
		{"own headers win", door.Denial{Headers: []door.Header{{Name: "content-type", Value: "application/json"}, {Name: "x-help", Value: "a"}, {Name: "x-help", Value: "b"}}}, get("/"), "application/json", problem},
		{"a status without a name", door.Denial{Status: 499, HideReason: true}, get("/", "accept", "text/plain"), "text/plain; charset=utf-8", "Denied: this request is not allowed " + someIDText + "\n"},
		{"gRPC-Web is HTTP", door.Denial{}, get("/", "content-type", "application/grpc-web"), "application/problem+json", problem},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, v := decide(t, door.Options{Authenticator: is("alice"), Denial: test.denial}, denied, test.request)
			if got := header(v.Headers, "content-type"); got != test.mimeType || v.Body != test.body {
				t.Errorf("%s\n%s\nwant %s\n%s", got, v.Body, test.mimeType, test.body)
			}
			if header(v.Headers, "x-mayi-decision-id") != someIDText || header(v.Headers, "cache-control") != "no-store" {
				t.Errorf("headers %q", lines(v.Headers))
			}
			if strings.HasPrefix(v.Body, "{") {
				if _, err := strictjson.Parse("", []byte(v.Body), strictjson.Limits{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestGRPCDenial(t *testing.T) {
	for _, test := range []struct {
		reason pdp.Reason
		denial door.Denial
		status int
		code   string
		text   string
	}{
		{pdp.ReasonImplicitDeny, door.Denial{}, 403, "7", "this request is not allowed"},
		{pdp.ReasonImplicitDeny, door.Denial{Status: 404, Text: "nö, 100%"}, 404, "5", "n%C3%B6, 100%25"},
		{pdp.ReasonImplicitDeny, door.Denial{Status: 429}, 429, "8", "this request is not allowed"},
		{pdp.ReasonCredentialInvalid, door.Denial{}, 401, "16", "this request needs a valid credential"},
		{pdp.ReasonMalformedRequest, door.Denial{}, 400, "3", "this request can be read in more than one way, or in none"},
		{pdp.ReasonDeadline, door.Denial{}, 503, "14", "this request could not be decided"},
		{pdp.ReasonNoSnapshot, door.Denial{}, 503, "14", "this request could not be decided"},
	} {
		for _, mimeType := range []string{"application/grpc", "application/grpc+proto", "Application/gRPC; x=y"} {
			r := get("/a.B/C", "content-type", mimeType, "accept", "text/plain")
			r.Method = "POST"
			_, v := decide(t, door.Options{Authenticator: is("alice"), Denial: test.denial}, pdp.Denied(test.reason, ""), r)
			got := []string{header(v.Headers, "content-type"), header(v.Headers, "grpc-status"), header(v.Headers, "grpc-message"), v.Body}
			if !v.GRPC || v.Status != test.status || !slices.Equal(got, []string{"application/grpc", test.code, test.text, ""}) {
				t.Errorf("%s as %s: %d %q", test.reason, mimeType, v.Status, got)
			}
		}
	}
}

func TestDryRun(t *testing.T) {
	deny := pdp.Decision{Reason: pdp.ReasonImplicitDeny, ID: someID, Revision: "r1"}
	for _, test := range []struct {
		name     string
		who      who
		request  *door.Request
		decision pdp.Decision
		allow    bool
		set      int
		would    string
	}{
		{"an allow is one", is("alice"), get("/"), allowed, true, 2, ""},
		{"a deny of somebody", is("alice"), get("/"), deny, true, 2, "Deny"},
		{"a deny of nobody", who{}, get("/"), deny, true, 0, "Deny"},
		{"a deny of somebody unresolved", is("alice"), get("/a/../b"), deny, true, 0, "Deny"},
		{"an error", is("alice"), get("/"), pdp.Denied(pdp.ReasonJWKSUnavailable, ""), true, 1, "Deny"},
		{"inability", is("alice"), get("/"), pdp.Denied(pdp.ReasonNoSnapshot, ""), false, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, v := decide(t, door.Options{Authenticator: test.who, DryRun: true}, test.decision, test.request)
			if v.Allow != test.allow || len(v.SetHeaders) != test.set || header(v.Metadata, "would") != test.would {
				t.Errorf("allow %t, sets %v, metadata %v", v.Allow, v.SetHeaders, v.Metadata)
			}
			if want := map[bool]string{true: "Allow", false: "Deny"}[test.allow]; header(v.Metadata, "decision") != want {
				t.Errorf("metadata %v", v.Metadata)
			}
			if test.allow {
				for _, name := range []string{"x-mayi-principal", "x-mayi-tenant", "x-mayi-decision-id"} {
					if (header(v.SetHeaders, name) == "") != slices.Contains(v.RemoveHeaders, name) {
						t.Errorf("%s is neither set nor removed, or both: %+v", name, v)
					}
				}
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	refs := []pdp.StatementRef{{Policy: "team/docs", Sid: "Read"}, {Policy: "z", Index: 3}}
	d := allowed.WithDetermining(refs)
	d.Revision = "r\r\n1"
	_, v := decide(t, door.Options{Authenticator: is("jo sé")}, d, get("/"))
	want := []string{
		"decision: Allow", "reason: identity_policy", "decision_id: " + someIDText, "revision: r\ufffd\ufffd1",
		"principal: jo%20s%C3%A9", "statement: team/docs#Read",
	}
	if got := lines(v.Metadata); !slices.Equal(got, want) {
		t.Errorf("metadata %q, want %q", got, want)
	}
	_, v = decide(t, door.Options{}, pdp.Denied(pdp.ReasonExplicitDeny, "x").WithDetermining(refs[1:]), get("/"))
	if got := header(v.Metadata, "tenant"); got != "" {
		t.Errorf("tenant %q of nobody", got)
	}
	if got := lines(v.Metadata); !slices.Equal(got, []string{"decision: Deny", "reason: explicit_deny", "statement: z#3"}) {
		t.Errorf("metadata %q", got)
	}
	_, v = decide(t, door.Options{Authenticator: is("arn:wami:iam:5/7:wami:prod:user/alice")}, d, get("/"))
	if got := header(v.Metadata, "tenant"); got != "5/7" {
		t.Errorf("tenant %q", got)
	}
	_, v = decide(t, door.Options{}, pdp.Denied(pdp.ReasonExplicitDeny, "x").WithDetermining([]pdp.StatementRef{{Policy: strings.Repeat("é", 9000)}}), get("/"))
	if got := header(v.Metadata, "statement"); len(got) > door.MaxValue || strings.Trim(got, "é") != "" {
		t.Errorf("statement of %d bytes", len(got))
	}
}

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		name    string
		options door.Options
		want    []string
	}{
		{"the zero options", door.Options{}, nil},
		{"statuses", door.Options{Denial: door.Denial{Status: 200}}, []string{"denial status: 200, expected 400 to 599"}},
		{"a redirect", door.Options{Denial: door.Denial{Status: 302}}, []string{"denial status: 302"}},
		{"beyond statuses", door.Options{Denial: door.Denial{Status: 600}}, []string{"denial status: 600"}},
		{"identity names", door.Options{Identity: door.IdentityHeaders{Principal: "X-User", Tenant: "x_tenant", DecisionID: "host"}},
			[]string{`identity header "X-User"`, `identity header "x_tenant"`, `identity header "host"`}},
		{"one name for two", door.Options{Identity: door.IdentityHeaders{Principal: "x-who", Tenant: "x-who"}}, []string{`identity header "x-who": stands for two things`}},
		{"a default name again", door.Options{Identity: door.IdentityHeaders{Principal: "x-mayi-tenant"}}, []string{"stands for two things"}},
		{"too many hyphens", door.Options{Identity: door.IdentityHeaders{Principal: "a-b-c-d-e-f-g-h"}}, []string{"more than 6 hyphens"}},
		{"removals", door.Options{RemoveHeaders: []string{"Host", "host", "", "x-mayi-principal"}}, []string{`"Host"`, `"host"`, `""`, "is an identity header"}},
		{"response headers", door.Options{ResponseHeaders: []door.Header{{Name: "x y", Value: "1"}, {Name: "x", Value: "a\nb"}, {Name: "content-length", Value: "0"}}},
			[]string{`response headers: "x y"`, `response headers: "x": value "a\nb"`, `response headers: "content-length"`}},
		{"denial headers", door.Options{Denial: door.Denial{Headers: []door.Header{{Name: "x", Value: ""}}}}, []string{`denial headers: "x": value ""`}},
		{"query", door.Options{RemoveQuery: []string{"a b", "t"}, SetQuery: map[string]string{"t": "1", "u": "%20"}}, []string{`remove query: "a b"`, `remove query: "t" is set as well`, `set query: "u"="%20"`}},
		{"denial texts", door.Options{Denial: door.Denial{Text: "a\x00", Type: "a b", Format: 9}}, []string{"denial text", "denial type", "denial format"}},
		{"paths", door.Options{Paths: route.Options{MaxTarget: -1}}, []string{"paths: max target: -1"}},
		{"client address", door.Options{Client: authn.Forwarding{TrustedHops: -1}}, []string{"client address: trusted hops: -1"}},
		{"limits", door.Options{MaxRequestBytes: -1}, []string{"max request bytes: -1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := door.New(test.options)
			if (err == nil) != (test.want == nil) {
				t.Fatalf("error %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
		})
	}
}
