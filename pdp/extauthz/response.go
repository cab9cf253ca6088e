package extauthz

import (
	"slices"
	"unicode/utf8"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
)

// encode writes a verdict down. Its error is the RPC's.
func (s *Server) encode(o *door.Outcome, v *door.Verdict) (*authv3.CheckResponse, error) {
	reason := o.Decision.Reason.String()
	l4 := o.Request != nil && o.Request.L4
	if v.Class == pdp.ClassInability && (s.options.Inability == InabilityRPC || l4 && s.options.Inability == InabilityError) {
		return nil, status.Error(codes.Unavailable, "mayi cannot decide: "+reason)
	}
	if !legal(v) {
		return lastResort(), nil
	}
	resp := &authv3.CheckResponse{
		Status:          &rpcstatus.Status{Code: int32(code(v)), Message: reason},
		DynamicMetadata: metadataStruct(v.Metadata),
	}
	switch {
	case l4: // a connection has no headers
	case v.Allow:
		resp.HttpResponse = &authv3.CheckResponse_OkResponse{OkResponse: okResponse(v)}
	case v.Class == pdp.ClassInability && s.options.Inability == InabilityError:
		resp.HttpResponse = &authv3.CheckResponse_ErrorResponse{ErrorResponse: deniedResponse(v)}
	default:
		resp.HttpResponse = &authv3.CheckResponse_DeniedResponse{DeniedResponse: deniedResponse(v)}
	}
	return resp, nil
}

// code is OK if and only if the verdict allows: Envoy reads nothing else first.
func code(v *door.Verdict) codes.Code {
	switch {
	case v.Allow:
		return codes.OK
	case v.Status == 401:
		return codes.Unauthenticated
	case v.Class == pdp.ClassMalformed:
		return codes.InvalidArgument
	case v.Class == pdp.ClassInability:
		return codes.Unavailable
	case v.Class == pdp.ClassError:
		return codes.Internal
	}
	return codes.PermissionDenied
}

func okResponse(v *door.Verdict) *authv3.OkHttpResponse {
	ok := &authv3.OkHttpResponse{
		Headers:                 headerOptions(v.SetHeaders),
		HeadersToRemove:         v.RemoveHeaders,
		ResponseHeadersToAdd:    headerOptions(v.Headers),
		QueryParametersToRemove: v.RemoveQuery,
	}
	for _, q := range v.SetQuery {
		ok.QueryParametersToSet = append(ok.QueryParametersToSet, &corev3.QueryParameter{Key: q.Name, Value: q.Value})
	}
	return ok
}

func deniedResponse(v *door.Verdict) *authv3.DeniedHttpResponse {
	return &authv3.DeniedHttpResponse{
		Status:  &typev3.HttpStatus{Code: typev3.StatusCode(v.Status)},
		Headers: headerOptions(v.Headers),
		Body:    v.Body,
	}
}

// headerOptions asks for each header to stand alone, in the two ways that
// versions of Envoy understand.
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

func metadataStruct(fields []door.Header) *structpb.Struct {
	m := make(map[string]*structpb.Value, len(fields))
	for _, f := range fields {
		m[f.Name] = structpb.NewStringValue(f.Value)
	}
	return &structpb.Struct{Fields: m}
}

// legal reports whether Envoy will do all that the verdict says and nothing else.
// The door promises as much; a header that splits a response is worth a second look.
func legal(v *door.Verdict) bool {
	names := func(list []door.Header) bool {
		for _, h := range list {
			if !door.ValidName(h.Name) || !door.ValidValue(h.Value) {
				return false
			}
		}
		return true
	}
	for _, name := range v.RemoveHeaders {
		if !door.ValidName(name) || slices.ContainsFunc(v.SetHeaders, func(h door.Header) bool { return h.Name == name }) {
			return false
		}
	}
	for _, q := range v.SetQuery {
		if !door.ValidQueryPart(q.Name) || !door.ValidQueryPart(q.Value) {
			return false
		}
	}
	for _, m := range v.Metadata {
		if !utf8.ValidString(m.Name) || !utf8.ValidString(m.Value) {
			return false
		}
	}
	return names(v.SetHeaders) && names(v.Headers) && utf8.ValidString(v.Body) &&
		!slices.ContainsFunc(v.RemoveQuery, func(q string) bool { return !door.ValidQueryPart(q) }) &&
		(v.Allow || v.Status >= 400 && v.Status <= 599)
}

// lastResort is the deny that needs nothing to work.
func lastResort() *authv3.CheckResponse {
	return &authv3.CheckResponse{
		Status: &rpcstatus.Status{Code: int32(codes.Internal), Message: pdp.ReasonInternal.String()},
		HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: &authv3.DeniedHttpResponse{
			Status: &typev3.HttpStatus{Code: typev3.StatusCode_ServiceUnavailable},
		}},
	}
}
