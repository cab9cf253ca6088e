package door

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A Request is one request as the proxy shows it, before anything is believed.
// Its zero value is an HTTP request without anything, which is malformed.
// A door fills it and neither of them changes it afterwards.
type Request struct {
	// L4 is set for a connection that is asked about without HTTP. Everything of
	// HTTP is then ignored.
	L4 bool

	Method    string
	Authority string // Host or :authority, as sent
	Target    string // path and query, as sent; "" for CONNECT
	Scheme    string // the client's word
	Protocol  string // "HTTP/1.1"; for the log
	Headers   Headers
	Body      Body
	// Tunnel is set by a door that knows that the connection will be upgraded.
	// CONNECT and requests with an Upgrade header are tunnels without it.
	Tunnel bool

	// Peer and Local are the ends of the connection; invalid for a unix socket,
	// and where the proxy does not say. PeerUnix is set if it says that the other
	// end is a unix socket.
	Peer, Local netip.AddrPort
	PeerUnix    bool
	// PeerPrincipal and LocalPrincipal are what the proxy read from the
	// certificates of the two ends: text of an ambiguous kind.
	PeerPrincipal, LocalPrincipal string
	// Certificate is the client's certificate in PEM, already unescaped.
	Certificate string
	SNI         string

	// Extensions are what the proxy's operator configured for this route.
	Extensions map[string]string
	// Metadata and RouteMetadata are what other filters and the proxy's routes
	// say, by namespace.
	Metadata, RouteMetadata Metadata

	// Malformed is set by a door that found two copies of something disagree.
	// Not empty, it is the decision.
	Malformed string
}

// Metadata is read access to a proxy's metadata.
type Metadata interface {
	// Namespaces returns the names of all namespaces, sorted.
	Namespaces() []string
	// Namespace returns what a namespace holds, nil if it is not there. A node of
	// kind 0 is a value that cannot be read exactly.
	Namespace(name string) *strictjson.Node
}

// Headers holds the header lines of a request by lower-case name, in the order
// in which they came. A nil Headers has none.
type Headers map[string][]string

// Add adds a line. The name may be in any case.
func (h Headers) Add(name, value string) {
	name = conditions.Fold(name)
	h[name] = append(h[name], value)
}

// Values returns the lines of a header by its lower-case name.
func (h Headers) Values(lowerName string) []string { return h[lowerName] }

// Joined returns the lines of a header as the one line that they are equal to.
func (h Headers) Joined(lowerName string) (string, bool) {
	switch lines := h[lowerName]; len(lines) {
	case 0:
		return "", false
	case 1:
		return lines[0], true
	default:
		return strings.Join(lines, ","), true
	}
}

// names returns the names of all headers, sorted.
func (h Headers) names() []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// A Body is what the proxy passed on of the request's body.
type Body struct {
	Data []byte
	Flag BodyFlag
}

// BodyFlag is the proxy's word about how much of a body Data holds.
type BodyFlag uint8

// The words. The zero BodyFlag is "no word".
const (
	BodyUnsaid BodyFlag = iota // the proxy says nothing: no body, or one that it does not show
	BodyWhole                  // Data is what arrived, and no more was to come as far as the proxy knew
	BodyCut                    // Data is a part of the body
)

// isGRPC reports whether the client speaks gRPC itself (not gRPC-Web), so that a
// denial must be a gRPC status.
func (r *Request) isGRPC() bool {
	for _, line := range r.Headers["content-type"] {
		rest, ok := strings.CutPrefix(conditions.Fold(strings.TrimSpace(line)), "application/grpc")
		if ok && (rest == "" || rest[0] == '+' || rest[0] == ';' || rest[0] == ' ') {
			return true
		}
	}
	return false
}

// mentionsGRPC reports whether the content type is any form of gRPC.
func (r *Request) mentionsGRPC() bool {
	for _, line := range r.Headers["content-type"] {
		if strings.HasPrefix(conditions.Fold(strings.TrimSpace(line)), "application/grpc") {
			return true
		}
	}
	return false
}

// isTunnel reports whether the request, once allowed, becomes a connection that
// nobody asks about again.
func (r *Request) isTunnel() bool {
	if r.Tunnel || r.Method == "CONNECT" {
		return true
	}
	for _, line := range r.Headers["upgrade"] {
		if strings.TrimSpace(line) != "" {
			return true
		}
	}
	return false
}
