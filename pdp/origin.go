package pdp

import "strings"

// An Origin is what a door knows of the call that a request came with, so that a
// log line can be found again from the other side. No decision depends on it.
// The zero Origin knows nothing.
type Origin struct {
	RequestID string // X-Request-ID, if it is short and plain
	TraceID   string // of a valid traceparent
	// Header returns the values of a header by its lower-case name; it may be
	// nil. Who logs them masks what is secret.
	Header func(lowerName string) []string
}

// OriginOf reads an Origin from a call's headers.
func OriginOf(header func(lowerName string) []string) Origin {
	return Origin{
		RequestID: requestID(header("x-request-id")),
		TraceID:   traceID(header("traceparent")),
		Header:    header,
	}
}

// MaxRequestID is the longest X-Request-ID that is echoed and logged, in bytes.
const MaxRequestID = 128

// requestID returns the id, or "" if it is repeated, too long, or has characters
// that a log or a header could trip over.
func requestID(values []string) string {
	if len(values) != 1 || len(values[0]) > MaxRequestID {
		return ""
	}
	for i := range len(values[0]) {
		if c := values[0][i]; !isAlphanumeric(c) && strings.IndexByte("-_.:/+=@~", c) < 0 {
			return ""
		}
	}
	return values[0]
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// traceID returns the trace-id of a traceparent (W3C Trace Context, §3.2), or ""
// if it is not valid.
func traceID(values []string) string {
	const length = len("00-00000000000000000000000000000000-0000000000000000-00")
	if len(values) != 1 || len(values[0]) < length {
		return ""
	}
	v := values[0]
	version, trace, parent, flags := v[:2], v[3:35], v[36:52], v[53:55]
	if v[2] != '-' || v[35] != '-' || v[52] != '-' || version == "ff" {
		return ""
	}
	if len(v) > length && (version == "00" || v[length] != '-') {
		return ""
	}
	if !isHex(version) || !isHex(trace) || !isHex(parent) || !isHex(flags) ||
		strings.Trim(trace, "0") == "" || strings.Trim(parent, "0") == "" {
		return ""
	}
	return trace
}

// isHex reports whether s holds only digits and lower-case a to f.
func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
