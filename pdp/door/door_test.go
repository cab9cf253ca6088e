package door_test

import (
	"cmp"
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/route"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A view answers by a function and remembers what it was asked.
type view struct {
	answer func(*pdp.Request) pdp.Decision
	routes *route.Table
	needs  func(string) bool
	tenant string // of every principal that does not bring one
	asked  []*pdp.Request
}

func (v *view) Decide(r *pdp.Request) pdp.Decision {
	v.asked = append(v.asked, r)
	switch {
	case r.Malformed != "":
		return pdp.Denied(pdp.ReasonMalformedRequest, r.Malformed)
	case r.Refused != nil:
		return pdp.Denied(r.Refused.Reason, r.Refused.Detail)
	case v.answer != nil:
		return v.answer(r)
	}
	return allow(r)
}
func (v *view) Routes() *route.Table       { return v.routes }
func (v *view) Needs(prefix string) bool   { return v.needs == nil || v.needs(prefix) }
func (v *view) Canonical(id string) string { return id }

// Tenant and CanonicalTenant know one tenant, acme, which is also called a-1.
func (v *view) Tenant(p *pdp.Principal) string {
	if p.Tenant != "" {
		return v.CanonicalTenant(p.Tenant)
	}
	return v.tenant
}

func (v *view) CanonicalTenant(name string) string {
	if name == "a-1" {
		return "acme"
	}
	return name
}
func (v *view) Reader() pdp.Reader { return nil }
func (v *view) Revision() string   { return "r1" }

// last is the request that the view was asked last.
func (v *view) last(t *testing.T) *pdp.Request {
	t.Helper()
	if len(v.asked) == 0 {
		t.Fatal("the view was not asked")
	}
	return v.asked[len(v.asked)-1]
}

func allow(r *pdp.Request) pdp.Decision {
	a, _ := arn.Parse(r.Principal.ID)
	return pdp.Decision{
		Effect: pdp.Allow, Reason: pdp.ReasonIdentityPolicy, Principal: r.Principal.ID, Revision: "r1",
		Tenant: cmp.Or(r.Principal.Tenant, a.Tenant()),
	}
}

// needing answers Needs for a list of folded keys as an engine does.
func needing(keys ...string) func(string) bool {
	return func(prefix string) bool {
		for _, k := range keys {
			if strings.HasPrefix(k, prefix) {
				return true
			}
		}
		return false
	}
}

// who is an Authenticator that always says the same.
type who struct {
	result    authn.Result
	challenge string
}

func (w who) Authenticate(*authn.Evidence, time.Time) authn.Result { return w.result }
func (w who) Challenge() string                                    { return w.challenge }

func is(id string) who {
	return who{result: authn.Result{Principal: pdp.Principal{ID: id}, Source: "test"}}
}

func newDoor(t *testing.T, o door.Options) *door.Door {
	t.Helper()
	d, err := door.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func get(target string, headers ...string) *door.Request {
	r := &door.Request{
		Method: "GET", Authority: "Shop.Example:8443", Target: target, Scheme: "https", Protocol: "HTTP/2",
		Headers: door.Headers{}, Peer: netip.MustParseAddrPort("192.0.2.7:41000"),
	}
	for i := 0; i < len(headers); i += 2 {
		r.Headers.Add(headers[i], headers[i+1])
	}
	return r
}

func routes(t *testing.T, document string) *route.Table {
	t.Helper()
	root, err := strictjson.Parse("routes.json", []byte(document), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	doc, problems := route.Decode(root)
	if len(problems) > 0 {
		t.Fatal(strictjson.Join(problems))
	}
	table, problems := route.Compile([]*route.Document{doc})
	if len(problems) > 0 {
		t.Fatal(strictjson.Join(problems))
	}
	return table
}

// show writes a value so that tables can say it: - is absent, ? incomplete, ! an
// element that cannot be read.
func show(v conditions.Value) string {
	switch {
	case v.IsAbsent():
		return "-"
	case v.IsIncomplete():
		return "?"
	}
	var parts []string
	for i := range v.Len() {
		switch s := v.At(i); s.Kind() {
		case conditions.KindUnreadable:
			parts = append(parts, "!")
		case conditions.KindNumber:
			parts = append(parts, "#"+s.Text())
		default:
			parts = append(parts, s.Text())
		}
	}
	if v.Len() == 1 {
		return parts[0]
	}
	return "[" + strings.Join(parts, "|") + "]"
}

func TestReasons(t *testing.T) {
	table := routes(t, `{"routes": [
		{"path": "/open", "action": "a:Open", "resource": "r", "public": true},
		{"path": "/mine/{id}", "action": "a:Mine", "resource": "arn:mayi:a:::x/{id}"}
	], "default": "deny"}`)
	anonymous := who{challenge: `Bearer realm="shop"`}
	refused := func(r pdp.Reason) who {
		return who{result: authn.Result{Refused: true, Reason: r, Detail: "secret", Principal: pdp.Principal{ID: "mallory"}}}
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name    string
		who     authn.Authenticator
		require bool
		request *door.Request
		view    pdp.View
		ctx     context.Context
		want    pdp.Reason
		subject string
	}{
		{"allowed", is("alice"), false, get("/mine/7"), nil, nil, pdp.ReasonIdentityPolicy, "alice"},
		{"malformed path", is("alice"), false, get("/mine/../7"), nil, nil, pdp.ReasonMalformedRequest, ""},
		{"malformed value of a route", is("alice"), false, get("/mine/a:b"), nil, nil, pdp.ReasonMalformedRequest, "alice"},
		{"malformed host", is("alice"), false, &door.Request{Method: "GET", Authority: "a@b", Target: "/open"}, nil, nil, pdp.ReasonMalformedRequest, ""},
		{"malformed method", is("alice"), false, &door.Request{Method: "get", Authority: "a", Target: "/open"}, nil, nil, pdp.ReasonMalformedRequest, ""},
		{"the zero request", is("alice"), false, &door.Request{}, nil, nil, pdp.ReasonMalformedRequest, ""},
		{"malformed in the door's own eyes", is("alice"), false, &door.Request{Malformed: "two paths"}, nil, nil, pdp.ReasonMalformedRequest, ""},
		{"malformed comes before no snapshot", is("alice"), false, get("/a/../b"), pdp.Unavailable(pdp.ReasonNoSnapshot), nil, pdp.ReasonMalformedRequest, ""},
		{"no snapshot", is("alice"), false, get("/open"), pdp.Unavailable(pdp.ReasonNoSnapshot), nil, pdp.ReasonNoSnapshot, "alice"},
		{"shutting down comes before a bad credential", refused(pdp.ReasonCredentialInvalid), false, get("/open"), pdp.Unavailable(pdp.ReasonShuttingDown), nil, pdp.ReasonShuttingDown, ""},
		{"overload comes before a missing credential", anonymous, true, get("/x"), pdp.Unavailable(pdp.ReasonOverload), nil, pdp.ReasonOverload, ""},
		{"credential invalid", refused(pdp.ReasonCredentialInvalid), false, get("/mine/7"), nil, nil, pdp.ReasonCredentialInvalid, ""},
		{"credential invalid on a public route", refused(pdp.ReasonCredentialInvalid), false, get("/open"), nil, nil, pdp.ReasonCredentialInvalid, ""},
		{"keys unavailable", refused(pdp.ReasonJWKSUnavailable), false, get("/mine/7"), nil, nil, pdp.ReasonJWKSUnavailable, ""},
		{"credential missing", anonymous, true, get("/mine/7"), nil, nil, pdp.ReasonCredentialMissing, ""},
		{"credential missing without any source", nil, true, get("/mine/7"), nil, nil, pdp.ReasonCredentialMissing, ""},
		{"a public route needs none", anonymous, true, get("/open"), nil, nil, pdp.ReasonIdentityPolicy, ""},
		{"a public route needs none without any source", nil, true, get("/open"), nil, nil, pdp.ReasonIdentityPolicy, ""},
		{"anonymous is for the policies to judge", anonymous, false, get("/mine/7"), nil, nil, pdp.ReasonIdentityPolicy, ""},
		{"no route", is("alice"), false, get("/else"), nil, nil, pdp.ReasonNoRoute, "alice"},
		{"credentials come before the route", anonymous, true, get("/else"), nil, nil, pdp.ReasonCredentialMissing, ""},
		{"upgrade without a route for it", is("alice"), false, get("/open", "upgrade", "websocket"), nil, nil, pdp.ReasonNoRoute, "alice"},
		{"deadline", is("alice"), false, get("/mine/7"), nil, done, pdp.ReasonDeadline, "alice"},
		{"deadline of a malformed request", is("alice"), false, get("/../"), nil, done, pdp.ReasonDeadline, ""},
		{"an allow for a reason to deny", is("alice"), false, get("/open"), &view{routes: table, answer: func(*pdp.Request) pdp.Decision {
			return pdp.Decision{Effect: pdp.Allow, Reason: pdp.ReasonImplicitDeny}
		}}, nil, pdp.ReasonInternal, "alice"},
		{"a principal too long for a header", is(strings.Repeat("é", 2000)), false, get("/open"), nil, nil, pdp.ReasonInternal, strings.Repeat("é", 2000)},
		{"a connection without address", is("alice"), false, &door.Request{L4: true}, nil, nil, pdp.ReasonMalformedRequest, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDoor(t, door.Options{Authenticator: test.who, RequireCredential: test.require})
			v, ctx := test.view, test.ctx
			if v == nil {
				v = &view{routes: table}
			}
			if ctx == nil {
				ctx = t.Context()
			}
			o := d.Decide(ctx, v, test.request, noon)
			if o.Decision.Reason != test.want {
				t.Errorf("reason %s (%s), want %s", o.Decision.Reason, o.Decision.Detail, test.want)
			}
			if want := test.want.Class() == pdp.ClassAllow; o.Decision.Allowed() != want {
				t.Errorf("allowed %t, want %t", o.Decision.Allowed(), want)
			}
			if o.Subject != test.subject {
				t.Errorf("subject %q, want %q", o.Subject, test.subject)
			}
			if got := d.Render(&o).Allow; got != o.Decision.Allowed() {
				t.Errorf("verdict allows: %t", got)
			}
		})
	}
}

// A View that does not know refusals must not turn one into an allow.
func TestRefusalsAreInsistedOn(t *testing.T) {
	deaf := &deafView{}
	for name, o := range map[string]door.Outcome{
		"malformed": newDoor(t, door.Options{}).Decide(t.Context(), deaf, get("/%zz"), noon),
		"missing":   newDoor(t, door.Options{RequireCredential: true}).Decide(t.Context(), deaf, get("/"), noon),
	} {
		if o.Decision.Allowed() || o.Decision.Principal != "" || o.Decision.ID == (pdp.ID{}) || o.Decision.Revision != "r9" {
			t.Errorf("%s: %+v", name, o.Decision)
		}
	}
}

type deafView struct{ view }

func (*deafView) Decide(*pdp.Request) pdp.Decision {
	return pdp.Decision{Effect: pdp.Allow, Reason: pdp.ReasonIdentityPolicy, Principal: "root", ID: pdp.ID{1}, Revision: "r9"}
}

func TestOutcomeAndQuestion(t *testing.T) {
	v := &view{routes: routes(t, `{"routes": [{"path": "/orders/{id}", "methods": ["POST"], "action": "orders:Create",
		"resource": "arn:mayi:orders:::order/{id}", "permission": "orders.create", "context": {"orders:channel": ["web", "{query.c}"]}}]}`)}
	granted := is("alice")
	granted.result.Principal.Groups = []string{"staff"}
	granted.result.Principal.Trust = pdp.TrustGranted
	granted.result.Keys = []authn.Key{{Name: "jwt:sub", Value: conditions.Text("alice")}}
	r := get("/orders/7?c=app", "x-request-id", "req-1")
	r.Method = "POST"
	o := newDoor(t, door.Options{Authenticator: granted}).Decide(t.Context(), v, r, noon)
	q := v.last(t)
	for _, c := range [][3]string{
		{"method", o.Method, "POST"}, {"host", o.Host, "shop.example"}, {"path", o.Path, "/orders/7"},
		{"action", o.Action, "orders:Create"}, {"resource", o.Resource, "arn:mayi:orders:::order/7"},
		{"permission", o.Permission, "orders.create"}, {"source", o.Source, "test"}, {"subject", o.Subject, "alice"},
		{"asked action", q.Action, "orders:Create"}, {"asked resource", q.Resource.ID, "arn:mayi:orders:::order/7"},
		{"asked permission", q.Permission, "orders.create"}, {"asked groups", strings.Join(q.Principal.Groups, " "), "staff"},
		{"request id", q.Origin.RequestID, "req-1"}, {"revision", o.Decision.Revision, "r1"},
		{"jwt:sub", show(q.Context.Value("jwt:sub")), "alice"},
		{"orders:channel", show(q.Context.Value("orders:channel")), "[web|app]"},
	} {
		if c[1] != c[2] {
			t.Errorf("%s: %q, want %q", c[0], c[1], c[2])
		}
	}
	if !q.Time.Equal(noon) || q.Principal.Trust != pdp.TrustGranted {
		t.Errorf("asked at %v with trust %d", q.Time, q.Principal.Trust)
	}
}

func TestConnection(t *testing.T) {
	for _, test := range []struct{ local, want string }{
		{"10.0.0.9:5432", "arn:mayi:tcp:::10.0.0.9:5432"},
		{"[::ffff:10.0.0.9]:5432", "arn:mayi:tcp:::10.0.0.9:5432"},
		{"[2001:db8::1%eth0]:443", "arn:mayi:tcp:::2001:db8::1:443"},
	} {
		v := &view{}
		r := &door.Request{L4: true, Local: netip.MustParseAddrPort(test.local), Method: "GET", Target: "/ignored", SNI: "DB.Example."}
		o := newDoor(t, door.Options{Authenticator: is("alice")}).Decide(t.Context(), v, r, noon)
		q := v.last(t)
		if q.Action != "tcp:Connect" || q.Resource.ID != test.want || !o.Decision.Allowed() {
			t.Errorf("%s: asked %s on %s", test.local, q.Action, q.Resource.ID)
		}
		if got := show(q.Context.Value("http:method")); got != "-" {
			t.Errorf("http:method is %s", got)
		}
		if got := show(q.Context.Value("aws:tlsservername")); got != "db.example" {
			t.Errorf("aws:TLSServerName is %s", got)
		}
	}
}
