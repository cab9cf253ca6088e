package extauthz

import (
	"net/http"
	"slices"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
)

// encode appends a verdict as a CheckResponse. Its error is the RPC's.
func (s *Server) encode(dst []byte, o *door.Outcome, v *door.Verdict) ([]byte, error) {
	reason := o.Decision.Reason.String()
	l4 := o.Request != nil && o.Request.L4
	if v.Class == pdp.ClassInability && (s.options.Inability == InabilityRPC || l4 && s.options.Inability == InabilityError) {
		return dst, status.Error(codes.Unavailable, "mayi cannot decide: "+reason)
	}
	if !s.legal(v) {
		return lastResort(dst), nil
	}
	w := writer{dst}
	w.status(uint32(code(v)), reason)
	switch {
	case l4: // a connection has no headers
	case v.Allow:
		w.ok(v, s.always)
	case v.Class == pdp.ClassInability && s.options.Inability == InabilityError:
		w.denied(responseError, v)
	default:
		w.denied(responseDenied, v)
	}
	w.metadata(v.Metadata)
	return w.b, nil
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

// legal reports whether Envoy will do all that the verdict says and nothing else.
// The door promises as much; a header that splits a response is worth a second look.
func (s *Server) legal(v *door.Verdict) bool {
	if v.Allow && !s.legalRemovals(v) {
		return false
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
	return legalLines(v.SetHeaders) && legalLines(v.Headers) && utf8.ValidString(v.Body) &&
		!slices.ContainsFunc(v.RemoveQuery, func(q string) bool { return !door.ValidQueryPart(q) }) &&
		(v.Allow || v.Status >= 400 && v.Status <= 599)
}

func legalLines(headers []door.Header) bool {
	for _, h := range headers {
		if !door.ValidName(h.Name) || !door.ValidValue(h.Value) {
			return false
		}
	}
	return true
}

// legalRemovals reports whether the names to remove are names, and none of them is
// set. Those that are always removed were looked at when the Server was made.
func (s *Server) legalRemovals(v *door.Verdict) bool {
	always := len(s.always.names)
	if len(v.RemoveHeaders) < always {
		return false
	}
	for _, name := range v.RemoveHeaders[always:] {
		if !door.ValidName(name) {
			return false
		}
	}
	for i := range v.SetHeaders {
		if slices.Contains(v.RemoveHeaders, v.SetHeaders[i].Name) {
			return false
		}
	}
	return true
}

// lastResort appends the deny that needs nothing to work.
func lastResort(dst []byte) []byte {
	w := writer{dst}
	w.status(uint32(codes.Internal), pdp.ReasonInternal.String())
	w.denied(responseDenied, &door.Verdict{Status: http.StatusServiceUnavailable})
	return w.b
}
