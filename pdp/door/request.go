package door

import (
	"net/netip"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A Request is one request as the proxy shows it, before anything is believed.
// Its zero value is an HTTP request without anything, which is malformed.
// A door fills it and neither of them changes what it says afterwards. It holds the
// memory of its Decide, so it is not to be used concurrently.
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

	// Texts is where the strings are written that are made on the way, so that
	// all of them are one piece of memory: it is only added to, so they hold as long
	// as anybody has them. nil: a piece of the door's own.
	Texts *strings.Builder

	memory *question // of the Decide before
}

// Reset makes a Request empty and keeps its room for the next one. What was made
// of it, an Outcome and its Verdict, ends with that.
func (r *Request) Reset() {
	headers, memory := r.Headers, r.memory
	headers.Reset()
	if memory != nil {
		memory.forget()
	}
	*r = Request{Headers: headers, memory: memory}
}

// Metadata is read access to a proxy's metadata.
type Metadata interface {
	// Namespaces returns the names of all namespaces, sorted.
	Namespaces() []string
	// Namespace returns what a namespace holds, nil if it is not there. A node of
	// kind 0 is a value that cannot be read exactly.
	Namespace(name string) *strictjson.Node
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
	for _, line := range r.Headers.Values("content-type") {
		rest, ok := strings.CutPrefix(conditions.Fold(strings.TrimSpace(line)), "application/grpc")
		if ok && (rest == "" || rest[0] == '+' || rest[0] == ';' || rest[0] == ' ') {
			return true
		}
	}
	return false
}

// mentionsGRPC reports whether the content type is any form of gRPC.
func (r *Request) mentionsGRPC() bool {
	for _, line := range r.Headers.Values("content-type") {
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
	for _, line := range r.Headers.Values("upgrade") {
		if strings.TrimSpace(line) != "" {
			return true
		}
	}
	return false
}
