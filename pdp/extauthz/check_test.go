package extauthz_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// shop is the bundle that the tests decide by: alice may do everything but what
// some Deny keeps from everybody.
var shop = map[string]string{
	"directory.json": `{"users": {"arn:aws:iam::123456789012:user/alice": {"aliases": ["spiffe://shop/ns/web/sa/alice"], "policies": ["all"]},
		"bob": {}}}`,
	"all.json": `{"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}]}`,
	"never.json": `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Admin", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:mayi:http:::shop.example/admin*"},
		{"Sid": "Amount", "Effect": "Deny", "Principal": "*", "Action": "http:POST", "Resource": "*", "Condition": {"NumericGreaterThan": {"http:body/amount": 100}}},
		{"Sid": "Guests", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"envoy:metadata/envoy.filters.http.jwt_authn/shop/role": "guest"}}},
		{"Sid": "Ids", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"envoy:metadata/ids/id": 1}}},
		{"Sid": "Free", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"envoy:ext/tier": "free"}}},
		{"Sid": "Blocked", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
		{"Sid": "Header", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"http:header/x-flag": "stop"}}},
		{"Sid": "Xfcc", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"http:header/x-forwarded-client-cert": "*root*"}}},
		{"Sid": "Query", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"http:query/stop": "1"}}}]}`,
	"routes.json": `{"routes": [
		{"path": "/ws", "action": "shop:Socket", "resource": "arn:mayi:shop:::socket", "upgrade": true},
		{"grpc": "shop.v1.Orders/*", "action": "orders:{rpc}", "resource": "arn:mayi:orders:::any"}]}`,
}

func compile(t testing.TB, files map[string]string) *pdp.Engine {
	t.Helper()
	var docs []*pdp.Document
	for name, text := range files {
		doc, problems := pdp.Decode(name, []byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		docs = append(docs, doc)
	}
	slices.SortFunc(docs, func(a, b *pdp.Document) int { return strings.Compare(a.File, b.File) })
	engine, err := pdp.Compile(docs, pdp.Options{Revision: "r1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// stamped is a View that gives ids, as the server's own does, and remembers.
type stamped struct {
	pdp.View
	asked []string // the facts of it: the request itself is used again
}

func (s *stamped) Decide(r *pdp.Request) pdp.Decision {
	s.asked = factsAsked(r)
	d := s.View.Decide(r)
	d.ID = pdp.ID{15: 42}
	return d
}

func (s *stamped) Current() pdp.View { return s }

// peers believes the proxy's word about the peer, and the claims of one issuer.
type peers struct{}

func (peers) Challenge() string { return `Bearer realm="shop"` }
func (peers) Authenticate(e *authn.Evidence, _ time.Time) authn.Result {
	if e.Metadata != nil {
		if sub := e.Metadata("envoy.filters.http.jwt_authn").Get("shop").Get("sub"); sub != nil {
			return authn.Result{Principal: pdp.Principal{ID: sub.Text}, Source: "jwt"}
		}
	}
	if strings.HasPrefix(e.PeerPrincipal, "spiffe://") {
		return authn.Result{Principal: pdp.Principal{ID: e.PeerPrincipal}, Source: "mtls"}
	}
	if e.PeerPrincipal != "" || e.Certificate != "" {
		return authn.Result{Refused: true, Reason: pdp.ReasonCredentialInvalid}
	}
	return authn.Result{}
}

func newServer(t testing.TB, o extauthz.Options, d door.Options) client {
	t.Helper()
	if d.Authenticator == nil {
		d.Authenticator = peers{}
	}
	var err error
	if o.Door, err = door.New(d); err != nil {
		t.Fatal(err)
	}
	o.Now = func() time.Time { return noon }
	s, err := extauthz.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return client{s}
}

// recorder keeps the last outcome. What an observer keeps is its own copy.
type recorder struct {
	outcome *door.Outcome
	verdict *door.Verdict
	name    string
}

func (r *recorder) Observe(name string, o *door.Outcome, v *door.Verdict, _ time.Duration) {
	outcome, verdict, request := *o, *v, *o.Request
	outcome.Request, request.Headers = &request, door.Headers{}
	for header := range o.Request.Headers.Names {
		for _, line := range o.Request.Headers.Values(header) {
			request.Headers.Add(header, line)
		}
	}
	r.name, r.outcome, r.verdict = name, &outcome, &verdict
}

// The stories in testdata/check: a CheckRequest as JSON and what must be true of
// the answer, one fact a line; a line that begins with ! must not be true.
func TestCheck(t *testing.T) {
	files, err := filepath.Glob("testdata/check/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Files)%2 != 0 || len(archive.Files) == 0 {
				t.Fatal("expected pairs of request.json and want")
			}
			for i := 0; i < len(archive.Files); i += 2 {
				request, want := archive.Files[i], archive.Files[i+1]
				req := &authv3.CheckRequest{}
				if err := protojson.Unmarshal(request.Data, req); err != nil {
					t.Fatal(request.Name, err)
				}
				view, seen := &stamped{View: compile(t, shop)}, &recorder{}
				s := newServer(t, extauthz.Options{Provider: view, Observer: seen}, door.Options{MaxRequestBytes: 1000})
				resp, err := s.Check(t.Context(), req)
				facts := slices.Concat(factsOf(resp, err), view.asked, factsSeen(seen.outcome))
				for line := range strings.Lines(string(want.Data)) {
					if line = strings.TrimSpace(line); line == "" {
						continue
					}
					fact, wanted := strings.TrimPrefix(line, "!"), line[0] != '!'
					if slices.Contains(facts, fact) != wanted {
						t.Errorf("%s: %s is not so; facts:\n\t%s", want.Name, line, strings.Join(facts, "\n\t"))
					}
				}
			}
		})
	}
}

func factsOf(resp *authv3.CheckResponse, err error) []string {
	if err != nil {
		return []string{"rpc error " + err.Error()}
	}
	facts := []string{fmt.Sprint("code ", resp.GetStatus().GetCode())}
	switch {
	case resp.GetOkResponse() != nil:
		facts = append(facts, "ok")
	case resp.GetErrorResponse() != nil:
		facts = append(facts, "error")
	case resp.GetDeniedResponse() != nil:
		facts = append(facts, "denied", fmt.Sprint("status ", int32(resp.GetDeniedResponse().GetStatus().GetCode())))
	default:
		facts = append(facts, "bare")
	}
	for _, h := range resp.GetOkResponse().GetHeaders() {
		facts = append(facts, "set "+h.GetHeader().GetKey()+": "+h.GetHeader().GetValue())
	}
	for _, name := range resp.GetOkResponse().GetHeadersToRemove() {
		facts = append(facts, "remove "+name)
	}
	for _, h := range resp.GetDeniedResponse().GetHeaders() {
		facts = append(facts, "header "+h.GetHeader().GetKey()+": "+h.GetHeader().GetValue())
	}
	for name, v := range resp.GetDynamicMetadata().GetFields() {
		facts = append(facts, "metadata "+name+" "+v.GetStringValue())
	}
	slices.Sort(facts[1:])
	return facts
}

func factsAsked(r *pdp.Request) []string {
	if r.Malformed != "" {
		return []string{"malformed " + r.Malformed}
	}
	facts := []string{"principal " + r.Principal.ID, "action " + r.Action, "resource " + r.Resource.ID}
	for _, name := range r.Context.Names() {
		v := r.Context.Value(name)
		text := "incomplete"
		if !v.IsIncomplete() {
			var list []string
			for i := range v.Len() {
				if s := v.At(i); s.Kind() == conditions.KindUnreadable {
					list = append(list, "unreadable")
				} else {
					list = append(list, s.Text())
				}
			}
			text = strings.Join(list, " | ")
		}
		facts = append(facts, "key "+name+" = "+text)
	}
	if r.Context.Value("http:body/amount").IsIncomplete() {
		facts = append(facts, "body incomplete")
	}
	return facts
}

func factsSeen(o *door.Outcome) []string {
	if o == nil {
		return []string{"unseen"}
	}
	return []string{"saw " + o.Decision.Effect.String() + " " + o.Decision.Reason.String(), "source " + o.Source, "path " + o.Path}
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := extauthz.New(extauthz.Options{Inability: 9})
	for _, want := range []string{"no door", "no provider", "inability: unknown value 9"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

// Inability is the only thing that can be an RPC error, and only by the setting.
func TestInability(t *testing.T) {
	http := httpRequest("GET", "/a")
	l4 := &authv3.CheckRequest{Attributes: &authv3.AttributeContext{Destination: peer("10.0.0.1", 5432)}}
	for _, test := range []struct {
		name string
		how  extauthz.Inability
		req  *authv3.CheckRequest
		dry  bool
		want []string
	}{
		{"RPC", extauthz.InabilityRPC, http, false, []string{"rpc error rpc error: code = Unavailable desc = mayi cannot decide: no_snapshot"}},
		{"RPC in a dry run", extauthz.InabilityRPC, http, true, []string{"rpc error rpc error: code = Unavailable desc = mayi cannot decide: no_snapshot"}},
		{"error_response", extauthz.InabilityError, http, false, []string{"code 14", "error", "metadata decision Deny"}},
		{"denied", extauthz.InabilityDenied, http, false, []string{"code 14", "denied", "status 503", "metadata reason no_snapshot"}},
		{"denied in a dry run", extauthz.InabilityDenied, http, true, []string{"code 14", "denied", "status 503"}},
		{"a connection, RPC", extauthz.InabilityRPC, l4, false, []string{"rpc error rpc error: code = Unavailable desc = mayi cannot decide: no_snapshot"}},
		{"a connection, error_response", extauthz.InabilityError, l4, false, []string{"rpc error rpc error: code = Unavailable desc = mayi cannot decide: no_snapshot"}},
		{"a connection, denied", extauthz.InabilityDenied, l4, false, []string{"code 14", "bare"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, extauthz.Options{Provider: provider{pdp.Unavailable(pdp.ReasonNoSnapshot)}, Inability: test.how}, door.Options{DryRun: test.dry})
			facts := factsOf(s.Check(t.Context(), test.req))
			for _, want := range test.want {
				if !slices.Contains(facts, want) {
					t.Errorf("not %q: %q", want, facts)
				}
			}
		})
	}
}

type provider struct{ view pdp.View }

func (p provider) Current() pdp.View { return p.view }

// panics is a View that panics.
type panics struct{ pdp.View }

func (panics) Decide(*pdp.Request) pdp.Decision { panic("boom") }

// A panic is a denied response, not an RPC error: failure_mode_allow would turn
// that into an allow.
func TestPanics(t *testing.T) {
	for name, p := range map[string]pdp.Provider{
		"in the view":     provider{panics{pdp.Unavailable(pdp.ReasonNoSnapshot)}},
		"in the provider": panicProvider{},
		"no view at all":  provider{nil},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &recorder{}
			s := newServer(t, extauthz.Options{Provider: p, Observer: seen, Name: "edge"}, door.Options{})
			facts := factsOf(s.Check(t.Context(), httpRequest("GET", "/a")))
			for _, want := range []string{"code 13", "denied", "status 503", "metadata reason internal"} {
				if !slices.Contains(facts, want) {
					t.Errorf("not %q: %q", want, facts)
				}
			}
			if seen.name != "edge" || seen.outcome.Stack == nil || seen.outcome.Decision.Reason != pdp.ReasonInternal || seen.verdict.Allow {
				t.Errorf("observed %+v", seen.outcome)
			}
		})
	}
	for name, observer := range map[string]*panicObserver{"once": {left: 1}, "always": {left: 99}} {
		s := newServer(t, extauthz.Options{Provider: provider{compile(t, shop)}, Observer: observer}, door.Options{DryRun: true})
		facts := factsOf(s.Check(t.Context(), httpRequest("GET", "/a")))
		if want := []string{"code 13", "denied", "status 503"}; !slices.Equal(facts, want) {
			t.Errorf("the observer panics %s: %q, want %q", name, facts, want)
		}
		// Somebody has to learn of it.
		if o := observer.outcome; name == "once" && (o == nil || o.Stack == nil || o.Decision.Detail != "panic: log" || observer.verdict.Allow) {
			t.Errorf("nobody was told of the panic: %+v", o)
		}
	}
}

type panicProvider struct{}

func (panicProvider) Current() pdp.View { panic("no view") }

// panicObserver panics a number of times before it records.
type panicObserver struct {
	left int
	recorder
}

func (p *panicObserver) Observe(name string, o *door.Outcome, v *door.Verdict, took time.Duration) {
	if p.left--; p.left >= 0 {
		panic("log")
	}
	p.recorder.Observe(name, o, v, took)
}

// A passed deadline never allows, however late it is noticed.
func TestDeadline(t *testing.T) {
	alice := asAlice(httpRequest("GET", "/a"))
	for _, test := range []struct {
		name string
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		slow func(context.Context)
		want string
	}{
		{"none", context.WithCancel, nil, "code 0"},
		{"enough", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Hour)
		}, nil, "code 0"},
		{"passed before", func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, -1) }, nil, "metadata reason deadline"},
		{"four fifths used up", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 100*time.Second)
		},
			func(context.Context) { time.Sleep(80 * time.Second) }, "metadata reason deadline"},
		{"less used up", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 100*time.Second)
		},
			func(context.Context) { time.Sleep(79 * time.Second) }, "code 0"},
		{"the caller hangs up", context.WithCancel, nil, "metadata reason deadline"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				ctx, cancel := test.ctx(t.Context())
				defer cancel()
				if test.name == "the caller hangs up" {
					test.slow = func(context.Context) { cancel() }
				}
				s := newServer(t, extauthz.Options{Provider: provider{slowView{compile(t, shop), func() {
					if test.slow != nil {
						test.slow(ctx)
					}
				}}}}, door.Options{})
				facts := factsOf(s.Check(ctx, alice))
				if !slices.Contains(facts, test.want) || test.want != "code 0" && !slices.Contains(facts, "status 503") {
					t.Errorf("not %q: %q", test.want, facts)
				}
			})
		})
	}
}

type slowView struct {
	pdp.View
	wait func()
}

func (s slowView) Decide(r *pdp.Request) pdp.Decision {
	d := s.View.Decide(r)
	s.wait()
	return d
}
