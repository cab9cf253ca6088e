package extauthz

import (
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
)

// generated is what a verdict is in the generated types: the slow twin of encode.
func generated(o *door.Outcome, v *door.Verdict) *authv3.CheckResponse {
	fields := make(map[string]*structpb.Value)
	for _, f := range v.Metadata {
		fields[f.Name] = structpb.NewStringValue(f.Value)
	}
	resp := &authv3.CheckResponse{
		Status:          &rpcstatus.Status{Code: int32(code(v)), Message: o.Decision.Reason.String()},
		DynamicMetadata: &structpb.Struct{Fields: fields},
	}
	denied := &authv3.DeniedHttpResponse{
		Status: &typev3.HttpStatus{Code: typev3.StatusCode(v.Status)}, Headers: headerOptions(v.Headers), Body: v.Body,
	}
	switch {
	case o.Request.L4:
	case v.Allow:
		ok := &authv3.OkHttpResponse{
			Headers: headerOptions(v.SetHeaders), HeadersToRemove: v.RemoveHeaders,
			ResponseHeadersToAdd: headerOptions(v.Headers), QueryParametersToRemove: v.RemoveQuery,
		}
		for _, q := range v.SetQuery {
			ok.QueryParametersToSet = append(ok.QueryParametersToSet, &corev3.QueryParameter{Key: q.Name, Value: q.Value})
		}
		resp.HttpResponse = &authv3.CheckResponse_OkResponse{OkResponse: ok}
	case v.Class == pdp.ClassInability:
		resp.HttpResponse = &authv3.CheckResponse_ErrorResponse{ErrorResponse: denied}
	default:
		resp.HttpResponse = &authv3.CheckResponse_DeniedResponse{DeniedResponse: denied}
	}
	return resp
}

func headerOptions(headers []door.Header) []*corev3.HeaderValueOption {
	options := make([]*corev3.HeaderValueOption, len(headers))
	for i, h := range headers {
		options[i] = &corev3.HeaderValueOption{
			Header: &corev3.HeaderValue{Key: h.Name, Value: h.Value},
			//lint:ignore SA1019 all versions of Envoy but 1.37.0 read it for request headers, and nothing else
			Append:       wrapperspb.Bool(false),
			AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
		}
	}
	return options
}

// Whatever a door says is written as the generated code would write it.
func TestEncodeIsMarshal(t *testing.T) {
	always := []string{"authorization", "x_mayi_principal"}
	d, err := door.New(door.Options{RemoveHeaders: always})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Door: d, Provider: nowhere{}, Inability: InabilityError})
	if err != nil {
		t.Fatal(err)
	}
	long := rapid.OneOf(rapid.StringMatching(`[a-z][a-z0-9-]{0,8}`), rapid.Map(rapid.IntRange(1, 40_000), func(n int) string { return strings.Repeat("v", n) }))
	short := rapid.StringMatching(`[a-z][a-z0-9-]{0,20}`)
	lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) door.Header {
		return door.Header{Name: short.Draw(t, "name"), Value: rapid.StringMatching(`[!-~]([ -~]{0,200}[!-~])?`).Draw(t, "value")}
	}), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		o := &door.Outcome{Request: &door.Request{L4: rapid.Bool().Draw(t, "l4")}}
		o.Decision.Reason = rapid.SampledFrom(pdp.Reasons()).Draw(t, "reason")
		v := &door.Verdict{
			Allow: rapid.Bool().Draw(t, "allow"), Class: rapid.SampledFrom([]pdp.Class{pdp.ClassAllow, pdp.ClassDeny, pdp.ClassMalformed, pdp.ClassUnauthenticated, pdp.ClassError}).Draw(t, "class"),
			Status: rapid.IntRange(400, 599).Draw(t, "status"), SetHeaders: lines.Draw(t, "set"), Headers: lines.Draw(t, "headers"), Body: long.Draw(t, "body"),
			RemoveHeaders: append(d.AlwaysRemoved()[:len(d.AlwaysRemoved()):len(d.AlwaysRemoved())], rapid.SliceOf(short).Draw(t, "remove")...),
			SetQuery:      []door.Header{{Name: "a", Value: long.Draw(t, "query")}}, RemoveQuery: []string{"b"},
			Metadata: []door.Header{{Name: "decision", Value: long.Draw(t, "decision")}, {Name: "é", Value: ""}},
		}
		prefix := []byte("before")
		answer, err := s.encode(prefix, o, v)
		if err != nil || !strings.HasPrefix(string(answer), "before") {
			t.Fatal(err)
		}
		want := generated(o, v)
		if !s.legal(v) {
			want = &authv3.CheckResponse{
				Status: &rpcstatus.Status{Code: 13, Message: "internal"},
				HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: &authv3.DeniedHttpResponse{
					Status: &typev3.HttpStatus{Code: typev3.StatusCode_ServiceUnavailable},
				}},
			}
		}
		got := &authv3.CheckResponse{}
		if err := proto.Unmarshal(answer[len(prefix):], got); err != nil || !proto.Equal(got, want) {
			t.Fatalf("%v\n%v\nwant %v", err, got, want)
		}
		if size := proto.Size(want); size != len(answer)-len(prefix) {
			t.Errorf("%d bytes, proto.Marshal makes %d", len(answer)-len(prefix), size)
		}
	})
}

type nowhere struct{}

func (nowhere) Current() pdp.View { return pdp.Unavailable(pdp.ReasonNoSnapshot) }
