package extauthz

import (
	"net/netip"
	"net/url"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"

	"github.com/mayi-authz/mayi/pdp/door"
)

// partialBody is the header by which Envoy says how much of a body it sent along.
const partialBody = "x-envoy-auth-partial-body"

// read makes a door's request of Envoy's. Nothing in req may be relied on to be
// there: the filter for plain TCP sends no HTTP at all.
func read(req *authv3.CheckRequest) door.Request {
	a := req.GetAttributes()
	r := door.Request{
		Peer:           address(a.GetSource().GetAddress()),
		PeerUnix:       a.GetSource().GetAddress().GetPipe() != nil,
		Local:          address(a.GetDestination().GetAddress()),
		PeerPrincipal:  a.GetSource().GetPrincipal(),
		LocalPrincipal: a.GetDestination().GetPrincipal(),
		SNI:            a.GetTlsSession().GetSni(),
		Extensions:     a.GetContextExtensions(),
		Metadata:       metadata(a.GetMetadataContext().GetFilterMetadata()),
		RouteMetadata:  metadata(a.GetRouteMetadataContext().GetFilterMetadata()),
	}
	var err error
	if r.Certificate, err = url.PathUnescape(a.GetSource().GetCertificate()); err != nil {
		r.Malformed = "certificate: not URL-encoded"
	}
	h := a.GetRequest().GetHttp()
	if h == nil {
		r.L4 = true
		return r
	}
	readHTTP(&r, h)
	return r
}

func readHTTP(r *door.Request, h *authv3.AttributeContext_HttpRequest) {
	malformed := func(reason string) {
		if r.Malformed == "" {
			r.Malformed = reason
		}
	}
	r.Method, r.Authority, r.Scheme, r.Protocol = h.GetMethod(), h.GetHost(), h.GetScheme(), h.GetProtocol()
	r.Target = h.GetPath()
	// Envoy leaves both empty: the path holds the query. Who fills them must agree.
	if query := h.GetQuery(); query != "" {
		switch path, inPath, ok := strings.Cut(r.Target, "?"); {
		case !ok:
			r.Target = path + "?" + query
		case inPath != query:
			malformed("query: its two copies differ")
		}
	}
	if h.GetFragment() != "" {
		malformed("path: has a fragment")
	}
	headers := readHeaders(h, malformed)
	r.Headers = headers.lines
	r.Tunnel = headers.pseudo[":protocol"] != nil
	// The typed fields hold; the copies among the headers are raw bytes where the
	// typed ones were made valid UTF-8, and tell when the two are not the same.
	for name, typed := range map[string]string{
		":method": r.Method, ":path": h.GetPath(), ":authority": r.Authority, ":scheme": r.Scheme,
	} {
		for _, raw := range headers.pseudo[name] {
			if raw != typed {
				malformed(strings.TrimPrefix(name, ":") + ": its two copies differ")
			}
		}
	}
	for _, host := range r.Headers.Values("host") {
		if !strings.EqualFold(host, r.Authority) {
			malformed("host: differs from the authority")
		}
	}
	r.Body = readBody(h, r.Headers)
	delete(r.Headers, partialBody) // Envoy's word, not the client's
}

func readBody(h *authv3.AttributeContext_HttpRequest, headers door.Headers) door.Body {
	b := door.Body{Data: h.GetRawBody()}
	if len(b.Data) == 0 {
		b.Data = []byte(h.GetBody())
	}
	flag := headers.Values(partialBody)
	switch {
	case len(flag) == 0:
		return b
	case len(flag) == 1 && flag[0] == "false":
		b.Flag = door.BodyWhole
	default:
		b.Flag = door.BodyCut
	}
	differ := len(h.GetRawBody()) > 0 && h.GetBody() != "" && h.GetBody() != string(h.GetRawBody())
	if size := h.GetSize(); size < 0 || size > int64(len(b.Data)) || differ {
		b.Flag = door.BodyCut // more arrived than was sent along, or two different bodies
	}
	return b
}

// address returns the zero AddrPort for a unix socket and for what is no address.
func address(a *corev3.Address) netip.AddrPort {
	s := a.GetSocketAddress()
	addr, err := netip.ParseAddr(s.GetAddress())
	if err != nil || s.GetPortValue() > 65535 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr, uint16(s.GetPortValue()))
}
