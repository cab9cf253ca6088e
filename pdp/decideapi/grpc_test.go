package decideapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/decideapi"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
)

func text(s string) *mayiv1.Value {
	return &mayiv1.Value{Kind: &mayiv1.Value_StringValue{StringValue: s}}
}

func num(s string) *mayiv1.Value {
	return &mayiv1.Value{Kind: &mayiv1.Value_NumberValue{NumberValue: s}}
}

func boolean(b bool) *mayiv1.Value {
	return &mayiv1.Value{Kind: &mayiv1.Value_BoolValue{BoolValue: b}}
}

func null() *mayiv1.Value { return &mayiv1.Value{Kind: &mayiv1.Value_NullValue{}} }

func list(values ...*mayiv1.Value) *mayiv1.Value {
	return &mayiv1.Value{Kind: &mayiv1.Value_ListValue{ListValue: &mayiv1.ListValue{Values: values}}}
}

// ask is a request of alice with a context.
func ask(action string, context map[string]*mayiv1.Value) *mayiv1.DecideRequest {
	return &mayiv1.DecideRequest{
		Principal: &mayiv1.Principal{Id: "alice"},
		Action:    action,
		Resource:  &mayiv1.Resource{Id: "d"},
		Context:   context,
	}
}

func TestGRPCDecide(t *testing.T) {
	type values = map[string]*mayiv1.Value
	tests := []struct {
		name    string
		request *mayiv1.DecideRequest
		want    mayiv1.Decision
		reason  string
	}{
		{"allow", ask("docs:Read", nil), mayiv1.Decision_DECISION_ALLOW, "identity_policy"},
		{"deny", ask("docs:Burn", nil), mayiv1.Decision_DECISION_DENY, "explicit_deny"},
		{"anonymous", &mayiv1.DecideRequest{Action: "docs:Read", Resource: &mayiv1.Resource{Id: "d"}}, mayiv1.Decision_DECISION_DENY, "implicit_deny"},
		{"a number beyond float64", ask("docs:Count", values{"app:n": num("12345678901234567890.1")}), mayiv1.Decision_DECISION_ALLOW, "identity_policy"},
		{"its neighbour", ask("docs:Count", values{"app:n": num("12345678901234567890.2")}), mayiv1.Decision_DECISION_DENY, "implicit_deny"},
		{"a list of three types", ask("docs:List", values{"app:l": list(text("a"), num("1"), boolean(true))}), mayiv1.Decision_DECISION_ALLOW, "identity_policy"},
		{"an empty list is absent", ask("docs:List", values{"app:l": list()}), mayiv1.Decision_DECISION_DENY, "implicit_deny"},
		{"null is absent", ask("docs:List", values{"app:l": null()}), mayiv1.Decision_DECISION_DENY, "implicit_deny"},
	}
	api, _ := newAPI(t, engine(t), decideapi.Options{})
	client := dial(t, api)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := client.Decide(t.Context(), tt.request)
			if err != nil {
				t.Fatal(err)
			}
			if got.GetDecision() != tt.want || got.GetReason() != tt.reason || got.GetRevision() != "r1" {
				t.Errorf("got %v, want %v for %s", got, tt.want, tt.reason)
			}
		})
	}
	t.Run("deciding statement", func(t *testing.T) {
		got, err := client.Decide(t.Context(), ask("docs:Burn", nil))
		if err != nil {
			t.Fatal(err)
		}
		s := got.GetDetermining()[0]
		if s.GetPolicy() != "never" || s.GetSid() != "Never" || s.GetIndex() != 0 || s.GetEffect() != "Deny" || s.GetLayer() != "identity" || s.GetAt() != "never.json:1" {
			t.Errorf("got %v", s)
		}
	})
}

func TestGRPCRefuses(t *testing.T) {
	type values = map[string]*mayiv1.Value
	with := func(change func(*mayiv1.DecideRequest)) *mayiv1.DecideRequest {
		r := ask("docs:Read", nil)
		change(r)
		return r
	}
	unknown := protowire.AppendTag(nil, 99, protowire.VarintType)
	unknown = protowire.AppendVarint(unknown, 1)
	tests := []struct {
		name    string
		request *mayiv1.DecideRequest
		want    string
	}{
		{"nothing", &mayiv1.DecideRequest{}, "resource is missing"},
		{"no action", ask("", nil), "action is missing"},
		{"no resource", with(func(r *mayiv1.DecideRequest) { r.Resource = nil }), "resource is missing"},
		{"empty resource", with(func(r *mayiv1.DecideRequest) { r.Resource.Id = "" }), "/resource/id: an id must not be empty"},
		{"empty principal", with(func(r *mayiv1.DecideRequest) { r.Principal.Id = "" }), "/principal/id: an id must not be empty"},
		{"empty group", with(func(r *mayiv1.DecideRequest) { r.Principal.Groups = []string{"g", ""} }), "/principal/groups/1: an id must not be empty"},
		{"empty role", with(func(r *mayiv1.DecideRequest) { r.Principal.Roles = []string{""} }), "/principal/roles/0: an id must not be empty"},
		{"two tags in two cases", with(func(r *mayiv1.DecideRequest) { r.Resource.Tags = map[string]string{"a": "", "A": ""} }), "/resource/tags/a: another tag has this name in another case"},
		{"two keys in two cases", ask("a", values{"k": num("1"), "K": num("1")}), "/context/k: another key has this name in another case"},
		{"reserved key", ask("a", values{"aws:PrincipalTag/x": text("")}), "/context/aws:PrincipalTag~1x: this key is reserved"},
		{"key without name", ask("a", values{"": text("")}), "/context/: a key must have a name"},
		{"value of no kind", ask("a", values{"k": {}}), "/context/k: expected a string"},
		{"null in a list", ask("a", values{"k": list(num("1"), null())}), "/context/k/1: expected a string"},
		{"list in a list", ask("a", values{"k": list(list())}), "/context/k/0: expected a string"},
		{"not a number", ask("a", values{"k": num("one")}), "/context/k: expected a JSON number"},
		{"empty number", ask("a", values{"k": num("")}), "/context/k: expected a JSON number"},
		{"number with a blank", ask("a", values{"k": num(" 1")}), "/context/k: expected a JSON number"},
		{"number with a plus", ask("a", values{"k": num("+1")}), "/context/k: expected a JSON number"},
		{"two numbers", ask("a", values{"k": num("1 2")}), "/context/k: expected a JSON number"},
		{"infinity", ask("a", values{"k": num("Infinity")}), "/context/k: expected a JSON number"},
		{"unknown field", with(func(r *mayiv1.DecideRequest) { r.ProtoReflect().SetUnknown(unknown) }), "a field that this version does not know"},
		{"unknown field of the principal", with(func(r *mayiv1.DecideRequest) { r.Principal.ProtoReflect().SetUnknown(unknown) }), "/principal: the message holds a field that this version does not know"},
		{"unknown field of a value", with(func(r *mayiv1.DecideRequest) {
			v := list(text("a"))
			v.GetListValue().Values[0].ProtoReflect().SetUnknown(unknown)
			r.Context = values{"k": v}
		}), "/context/k/list_value/values/0: the message holds"},
		{"the malformed of the engine", with(func(r *mayiv1.DecideRequest) { r.Principal.Id = "arn:aws" }), "malformed_request"},
	}
	api, _ := newAPI(t, engine(t), decideapi.Options{})
	client := dial(t, api)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := client.Decide(t.Context(), tt.request)
			if status.Code(err) != codes.InvalidArgument || !strings.Contains(status.Convert(err).Message(), tt.want) {
				t.Errorf("got %v, %v; want INVALID_ARGUMENT %s", got, err, tt.want)
			}
			batch, err := client.DecideBatch(t.Context(), &mayiv1.DecideBatchRequest{Requests: []*mayiv1.DecideRequest{ask("docs:Read", nil), tt.request}})
			if err != nil {
				t.Fatal(err)
			}
			if r := batch.GetResponses(); len(r) != 2 || r[0].GetDecision() != mayiv1.Decision_DECISION_ALLOW ||
				r[1].GetDecision() != mayiv1.Decision_DECISION_DENY || r[1].GetReason() != "malformed_request" || r[1].GetError() == "" {
				t.Errorf("in a batch: got %v", batch)
			}
		})
	}
}

func TestGRPCClasses(t *testing.T) {
	tests := []struct {
		name string
		view pdp.View
		code codes.Code
	}{
		{"no snapshot", pdp.Unavailable(pdp.ReasonNoSnapshot), codes.Unavailable},
		{"overload", pdp.Unavailable(pdp.ReasonOverload), codes.Unavailable},
		{"internal", answering(pdp.Denied(pdp.ReasonInternal, "")), codes.Internal},
		{"deadline", answering(pdp.Denied(pdp.ReasonDeadline, "")), codes.DeadlineExceeded},
		{"zero decision", answering(pdp.Decision{}), codes.Internal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api, _ := newAPI(t, tt.view, decideapi.Options{})
			if _, err := dial(t, api).Decide(t.Context(), ask("a", nil)); status.Code(err) != tt.code {
				t.Errorf("got %v, want %v", err, tt.code)
			}
		})
	}
}

func TestGRPCBatch(t *testing.T) {
	var rejected []string
	api, views := newAPI(t, engine(t), decideapi.Options{MaxBatch: 3, Rejected: func(reason string) { rejected = append(rejected, reason) }})
	client := dial(t, api)
	request := func(n int) *mayiv1.DecideBatchRequest {
		m := &mayiv1.DecideBatchRequest{}
		for range n {
			m.Requests = append(m.Requests, ask("docs:Read", nil))
		}
		return m
	}
	for n := range 4 {
		got, err := client.DecideBatch(t.Context(), request(n))
		if err != nil || len(got.GetResponses()) != n {
			t.Errorf("%d requests: got %v, %v", n, got, err)
		}
	}
	if views.asked.Load() != 4 {
		t.Errorf("4 batches took %d snapshots", views.asked.Load())
	}
	_, err := client.DecideBatch(t.Context(), request(4))
	if status.Code(err) != codes.InvalidArgument || status.Convert(err).Message() != "/requests: 4 requests, the limit is 3" {
		t.Errorf("4 requests: got %v", err)
	}
	m := request(1)
	m.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 9, protowire.VarintType), 1))
	if _, err := client.DecideBatch(t.Context(), m); status.Code(err) != codes.InvalidArgument {
		t.Errorf("unknown field: got %v", err)
	}
	if fmt.Sprint(rejected) != "[batch_size malformed]" {
		t.Errorf("rejected %v", rejected)
	}
}

// TestGRPCText shows that an answer can always be encoded, whatever a bundle and
// a client put into its text.
func TestGRPCText(t *testing.T) {
	d := pdp.Denied(pdp.ReasonMalformedRequest, "bad \xff\r\n\x00 text").WithDetermining([]pdp.StatementRef{{Policy: "p\xff", Sid: "\xfe", File: "f\n\xfd", Line: 3}})
	d.Revision = "\xff"
	api, _ := newAPI(t, answering(d), decideapi.Options{})
	got, err := dial(t, api).DecideBatch(t.Context(), &mayiv1.DecideBatchRequest{Requests: []*mayiv1.DecideRequest{ask("a", nil)}})
	if err != nil {
		t.Fatal(err)
	}
	r := got.GetResponses()[0]
	if r.GetError() != "bad \uFFFD    text" || r.GetDetermining()[0].GetPolicy() != "p\uFFFD" || r.GetDetermining()[0].GetAt() != "f \uFFFD:3" {
		t.Errorf("got %v", r)
	}
}

func TestGRPCMetadata(t *testing.T) {
	var origin pdp.Origin
	view := fake{engine(t), func(r *pdp.Request) pdp.Decision {
		origin = r.Origin
		return pdp.Denied(pdp.ReasonImplicitDeny, "")
	}}
	api, _ := newAPI(t, view, decideapi.Options{})
	ctx := metadata.AppendToOutgoingContext(context.Background(), "x-request-id", "req-1", "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	if _, err := dial(t, api).Decide(ctx, ask("a", nil)); err != nil {
		t.Fatal(err)
	}
	if origin.RequestID != "req-1" || origin.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("got %+v", origin)
	}
}
