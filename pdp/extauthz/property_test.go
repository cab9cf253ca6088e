package extauthz_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
)

// says is a View that decides whatever it is told to.
type says struct {
	pdp.View
	decision pdp.Decision
}

func (s says) Decide(*pdp.Request) pdp.Decision { return s.decision }

var nasty = rapid.OneOf(
	rapid.SampledFrom([]string{
		"", "alice", "spiffe://shop/a", "arn:aws:iam::123456789012:user/alice", "arn:wami:iam:5/7:wami:prod:user/x", "arn:",
		"a\r\nset-cookie: x", "a\x00b", "\xff\xfe", "é ü", " padded ", "\t", "%0d%0a", "a,b", strings.Repeat("x", 9000), strings.Repeat("é", 3000), "\u2028", "\x7f",
	}),
	rapid.String(),
	rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
)

func draw[T any](t *rapid.T, label string, list ...T) T {
	return rapid.SampledFrom(list).Draw(t, label)
}

func drawDecision(t *rapid.T) pdp.Decision {
	d := pdp.Decision{
		Effect: draw(t, "effect", pdp.Allow, pdp.Deny), Reason: rapid.SampledFrom(pdp.Reasons()).Draw(t, "reason"),
		Principal: nasty.Draw(t, "principal"), Detail: nasty.Draw(t, "detail"), Revision: nasty.Draw(t, "revision"),
	}
	if rapid.Bool().Draw(t, "id") {
		d.ID = pdp.ID{1, 2, 3}
	}
	for range rapid.IntRange(0, 2).Draw(t, "statements") {
		d = d.WithDetermining(append(d.Determining(nil), pdp.StatementRef{Policy: nasty.Draw(t, "policy"), Sid: nasty.Draw(t, "sid")}))
	}
	return d
}

func drawRequest(t *rapid.T) *authv3.CheckRequest {
	if rapid.IntRange(0, 9).Draw(t, "l4") == 0 {
		return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{Destination: peer("10.0.0.1", 1)}}
	}
	utf8 := func(label string) string { return strings.ToValidUTF8(nasty.Draw(t, label), "!") }
	req := httpRequest(draw(t, "method", "GET", "HEAD", "POST", "CONNECT", "get"), draw(t, "path", "/", "/a", "/a?b=c", "/../", ""))
	http := req.Attributes.Request.Http
	if rapid.Bool().Draw(t, "copies") {
		http.Headers = map[string]string{}
	}
	http.Headers["accept"] = utf8("accept")
	http.Headers["content-type"] = draw(t, "type", "application/grpc", "application/json", "text/plain", utf8("content-type"))
	http.Headers[draw(t, "header", "x-mayi-principal", "x_mayi_principal", "x.mayi.tenant", "x-mayi_decision.id", "X-MAYI-TENANT", "x-other")] = utf8("value")
	req.Attributes.Source.Principal = utf8("source principal")
	req.Attributes.MetadataContext = &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{utf8("namespace"): {
		Fields: map[string]*structpb.Value{utf8("field"): structpb.NewNumberValue(rapid.Float64().Draw(t, "number"))},
	}}}
	return req
}

// Whatever is asked and decided, the answer keeps the invariants of doc.go, is
// what its own encoding decodes to, and is what Envoy's validation accepts.
func TestAnswerInvariants(t *testing.T) {
	view := compile(t, shop)
	rapid.Check(t, func(t *rapid.T) {
		decision, req := drawDecision(t), drawRequest(t)
		credential := authn.Result{Principal: pdp.Principal{ID: nasty.Draw(t, "subject")}, Refused: rapid.Bool().Draw(t, "refused"),
			Reason: rapid.SampledFrom(pdp.Reasons()).Draw(t, "credential reason"), Challenge: nasty.Draw(t, "challenge")}
		dry, seen := rapid.Bool().Draw(t, "dry"), &recorder{}
		d, err := door.New(door.Options{
			Authenticator: always{credential}, DryRun: dry, RemoveHeaders: []string{"authorization", "x_mayi_tenant"}, RemoveQuery: []string{"t"},
			SetQuery: map[string]string{"a": "b"}, ResponseHeaders: []door.Header{{Name: "x-r", Value: "1"}},
			Denial: door.Denial{Status: draw(t, "status", 0, 404, 429, 500), Format: draw(t, "format", door.Negotiated, door.ProblemJSON, door.PlainText)},
		})
		if err != nil {
			t.Fatal(err)
		}
		s, err := extauthz.New(extauthz.Options{Door: d, Provider: provider{says{view, decision}}, Observer: seen, Inability: extauthz.InabilityDenied})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client{s}.Check(context.Background(), req)
		if err != nil {
			t.Fatalf("RPC error %v", err)
		}
		invariants(t, resp, seen, dry)
	})
}

type always struct{ result authn.Result }

func (a always) Authenticate(*authn.Evidence, time.Time) authn.Result { return a.result }
func (a always) Challenge() string                                    { return a.result.Challenge }

// tb is what rapid's and testing's T have in common.
type tb interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

func invariants(t tb, resp *authv3.CheckResponse, seen *recorder, dry bool) {
	t.Helper()
	wire, err := proto.Marshal(resp)
	if err != nil {
		t.Fatalf("does not encode: %v", err)
	}
	again := &authv3.CheckResponse{}
	if err := proto.Unmarshal(wire, again); err != nil || !proto.Equal(resp, again) {
		t.Fatalf("does not round-trip: %v", err)
	}
	if err := resp.ValidateAll(); err != nil {
		t.Errorf("Envoy's validation: %v", err)
	}
	if resp.GetStatus() == nil {
		t.Fatalf("no status")
	}
	o := seen.outcome
	if o == nil {
		t.Fatalf("nobody observed it")
	}
	class := o.Decision.Reason.Class()
	allowed := o.Decision.Allowed() && class == pdp.ClassAllow
	if allow := resp.GetStatus().GetCode() == 0; allow != (allowed || dry && class != pdp.ClassInability) {
		t.Errorf("code %d for %s %s", resp.GetStatus().GetCode(), o.Decision.Effect, o.Decision.Reason)
	} else if !allow && resp.GetOkResponse() != nil || allow && resp.GetDeniedResponse() != nil || resp.GetErrorResponse() != nil {
		t.Errorf("code %d with %T", resp.GetStatus().GetCode(), resp.GetHttpResponse())
	}
	if o.Request.L4 {
		if resp.GetHttpResponse() != nil {
			t.Errorf("a connection got %T", resp.GetHttpResponse())
		}
		return
	}
	ok, denied := resp.GetOkResponse(), resp.GetDeniedResponse()
	if denied != nil && (denied.GetStatus().GetCode() < 400 || denied.GetStatus().GetCode() > 599) {
		t.Errorf("denied with status %d", denied.GetStatus().GetCode())
	}
	total := 0
	for _, h := range slices.Concat(ok.GetHeaders(), ok.GetResponseHeadersToAdd(), denied.GetHeaders()) {
		name, value := h.GetHeader().GetKey(), h.GetHeader().GetValue()
		if !door.ValidName(name) || !door.ValidValue(value) || len(h.GetHeader().GetRawValue()) > 0 {
			t.Errorf("header %q: %q", name, value)
		}
		//lint:ignore SA1019 it is what Envoy reads
		if h.GetAppend() == nil || h.GetAppend().GetValue() || h.GetAppendAction() != corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD {
			t.Errorf("header %q may be appended", name)
		}
		total += len(value)
	}
	if total > 20<<10 {
		t.Errorf("%d bytes of headers", total)
	}
	if ok == nil {
		return
	}
	var set []string
	for _, h := range ok.GetHeaders() {
		set = append(set, h.GetHeader().GetKey())
	}
	gone := ok.GetHeadersToRemove()
	for _, name := range []string{"x-mayi-principal", "x-mayi-tenant", "x-mayi-decision-id"} {
		if slices.Contains(set, name) == slices.Contains(gone, name) {
			t.Errorf("%s: set %v, removed %v", name, set, gone)
		}
	}
	for name := range o.Request.Headers.Names {
		flat := strings.NewReplacer("_", "-", ".", "-").Replace(name)
		if strings.HasPrefix(flat, "x-mayi-") && !slices.Contains(set, name) && !slices.Contains(gone, name) {
			t.Errorf("%s survives", name)
		}
	}
}

// Two principals never look the same to an upstream.
func TestPrincipalsStayApart(t *testing.T) {
	view := compile(t, shop)
	name := func(t *rapid.T, id string) (string, bool) {
		d, err := door.New(door.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := extauthz.New(extauthz.Options{Door: d, Provider: provider{says{view, pdp.Decision{Effect: pdp.Allow, Reason: pdp.ReasonIdentityPolicy, Principal: id}}}})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client{s}.Check(context.Background(), httpRequest("GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range resp.GetOkResponse().GetHeaders() {
			if h.GetHeader().GetKey() == "x-mayi-principal" {
				return h.GetHeader().GetValue(), true
			}
		}
		return "", false
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := nasty.Draw(t, "a"), nasty.Draw(t, "b")
		seenA, okA := name(t, a)
		seenB, okB := name(t, b)
		if a != b && okA && okB && seenA == seenB {
			t.Fatalf("%q and %q are both %q", a, b, seenA)
		}
	})
}
