package extauthz

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/mayi-authz/mayi/pdp/door"
)

// partialBody is the header by which Envoy says how much of a body it sent along.
const partialBody = "x-envoy-auth-partial-body"

// malformed keeps the first reason why the request is not what its parts say.
func (c *call) malformed(reason string) {
	if c.request.Malformed == "" {
		c.request.Malformed = reason
	}
}

// read makes a door's request of Envoy's. Nothing in the message may be relied on
// to be there: the filter for plain TCP sends no HTTP at all.
func (c *call) read() {
	m, r := &c.message, &c.request
	r.Peer = m.addrPort(source, sourceAddress, sourcePort)
	r.PeerUnix = m.address[source] == addressPipe
	r.Local = m.addrPort(destination, localAddress, localPort)
	r.PeerPrincipal, r.LocalPrincipal = m.texts[sourcePrincipal], m.texts[localPrincipal]
	r.SNI = m.texts[serverName]
	r.Extensions = m.extensions
	r.Metadata, r.RouteMetadata = nil, nil
	if len(m.namespaces) > 0 {
		c.metadata = metadata{m, m.namespaces}
		r.Metadata = &c.metadata
	}
	if len(m.routeNamespaces) > 0 {
		c.routeMetadata = metadata{m, m.routeNamespaces}
		r.RouteMetadata = &c.routeMetadata
	}
	var err error
	if r.Certificate, err = url.PathUnescape(m.texts[sourceCertificate]); err != nil {
		c.malformed("certificate: not URL-encoded")
	}
	if r.L4 = !m.http; m.http {
		c.readHTTP()
	}
}

func (c *call) readHTTP() {
	m, r := &c.message, &c.request
	r.Method, r.Authority, r.Scheme, r.Protocol = m.texts[httpMethod], m.texts[httpHost], m.texts[httpScheme], m.texts[httpProtocol]
	r.Target = m.texts[httpPath]
	// Envoy leaves both empty: the path holds the query. Who fills them must agree.
	if query := m.texts[httpQuery]; query != "" {
		switch path, inPath, ok := strings.Cut(r.Target, "?"); {
		case !ok:
			r.Target = path + "?" + query
		case inPath != query:
			c.malformed("query: its two copies differ")
		}
	}
	if m.texts[httpFragment] != "" {
		c.malformed("path: has a fragment")
	}
	c.readHeaders()
	r.Tunnel = c.pseudo.Values(":protocol") != nil
	// The typed fields hold; the copies among the headers are raw bytes where the
	// typed ones were made valid UTF-8, and tell when the two are not the same.
	c.agree(":method", r.Method)
	c.agree(":path", m.texts[httpPath])
	c.agree(":authority", r.Authority)
	c.agree(":scheme", r.Scheme)
	for _, host := range r.Headers.Values("host") {
		if !strings.EqualFold(host, r.Authority) {
			c.malformed("host: differs from the authority")
		}
	}
	c.readBody()
	r.Headers.Delete(partialBody) // Envoy's word, not the client's
}

func (c *call) agree(name, typed string) {
	for _, raw := range c.pseudo.Values(name) {
		if raw != typed {
			c.malformed(name[1:] + ": its two copies differ")
		}
	}
}

func (c *call) readBody() {
	m, b := &c.message, &c.request.Body
	text, raw := m.texts[httpBody], m.texts[httpRawBody]
	if raw != "" {
		c.body = append(c.body[:0], raw...)
	} else {
		c.body = append(c.body[:0], text...)
	}
	b.Data = c.body
	flag := c.request.Headers.Values(partialBody)
	switch {
	case len(flag) == 0:
		return
	case len(flag) == 1 && flag[0] == "false":
		b.Flag = door.BodyWhole
	default:
		b.Flag = door.BodyCut
	}
	differ := raw != "" && text != "" && text != raw
	if size := int64(m.numbers[httpSize]); size < 0 || size > int64(len(b.Data)) || differ {
		b.Flag = door.BodyCut // more arrived than was sent along, or two different bodies
	}
}

// addrPort returns the zero AddrPort for a unix socket and for what is no address.
func (m *message) addrPort(of side, address, port slot) netip.AddrPort {
	number := uint32(m.numbers[port])
	if m.address[of] != addressSocket || number > 65535 {
		return netip.AddrPort{}
	}
	addr, err := netip.ParseAddr(m.texts[address])
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr, uint16(number))
}
