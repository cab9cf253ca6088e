package unary

import (
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A head is a header list as it is read: what is needed of it, and what is wrong.
type head struct {
	stream     uint32
	ends       bool // the stream ends with it
	wireBytes  int
	frames     int
	listBytes  int
	tooLarge   bool
	malformed  bool // in the sense of HTTP/2
	regular    bool // no pseudo header may follow
	hosts      int
	method     string
	scheme     string
	path       string
	authority  string
	pseudo     uint8 // which of them are there
	kind       string
	encoding   string
	timeout    string
	hasTimeout bool
}

// The pseudo headers of a request.
const (
	pseudoMethod = 1 << iota
	pseudoScheme
	pseudoPath
	pseudoAuthority
)

func (c *conn) headers(h http2.FrameHeader, payload []byte) error {
	if h.StreamID == 0 {
		return c.protocol(http2.ErrCodeProtocol)
	}
	block, err := c.unpad(h, payload)
	if err != nil {
		return err
	}
	c.head = head{stream: h.StreamID, ends: h.Flags.Has(http2.FlagHeadersEndStream)}
	c.decoder.SetEmitEnabled(true)
	return c.fragment(block, h.Flags.Has(http2.FlagHeadersEndHeaders))
}

// continuation goes on with the header block of the frame before; the framer has
// seen to the order.
func (c *conn) continuation(h http2.FrameHeader, payload []byte) error {
	return c.fragment(payload, h.Flags.Has(http2.FlagContinuationEndHeaders))
}

// maxFragments is how many frames a header block may take: that of a list that is
// not too large needs five at most.
const maxFragments = 32

// fragment reads a part of a header block. It has to be read even if nobody wants
// the stream, or what follows could not be understood.
func (c *conn) fragment(block []byte, ends bool) error {
	r := &c.head
	r.frames++
	r.wireBytes += len(block)
	if r.frames > maxFragments || r.wireBytes > 2*maxHeaderList {
		c.s.o.Rejected(rejectFlood)
		return http2.ConnectionError(http2.ErrCodeEnhanceYourCalm)
	}
	if _, err := c.decoder.Write(block); err != nil {
		return c.protocol(http2.ErrCodeCompression)
	}
	if c.inHeaders = !ends; c.inHeaders {
		return nil
	}
	if err := c.decoder.Close(); err != nil {
		return c.protocol(http2.ErrCodeCompression)
	}
	return c.request()
}

// field takes one header.
func (c *conn) field(f hpack.HeaderField) {
	r := &c.head
	if r.listBytes += int(f.Size()); r.listBytes > maxHeaderList {
		r.tooLarge = true
		c.decoder.SetEmitEnabled(false)
		return
	}
	if strings.HasPrefix(f.Name, ":") {
		r.pseudoHeader(f.Name, f.Value)
		return
	}
	r.regular = true
	if !validName(f.Name) || !validValue(f.Value) {
		r.malformed = true
	}
	switch f.Name {
	case "content-type":
		r.kind = f.Value
	case "grpc-encoding":
		r.encoding = f.Value
	case "grpc-timeout":
		r.timeout, r.hasTimeout = f.Value, true
	case "host":
		r.hosts++
	case "te":
		r.malformed = r.malformed || f.Value != "trailers"
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		r.malformed = true
	}
}

func (r *head) pseudoHeader(name, value string) {
	var which uint8
	switch name {
	case ":method":
		which, r.method = pseudoMethod, value
	case ":scheme":
		which, r.scheme = pseudoScheme, value
	case ":path":
		which, r.path = pseudoPath, value
	case ":authority":
		which, r.authority = pseudoAuthority, value
	}
	if which == 0 || r.pseudo&which != 0 || r.regular || !validValue(value) {
		r.malformed = true
	}
	r.pseudo |= which
}

// validName reports whether HTTP/2 allows a header's name: RFC 9113, 8.2.1.
func validName(name string) bool {
	for i := range len(name) {
		if b := name[i]; b <= ' ' || b >= 0x7f || b == ':' || 'A' <= b && b <= 'Z' {
			return false
		}
	}
	return name != ""
}

// validValue does the same for a value.
func validValue(value string) bool {
	for i := range len(value) {
		if b := value[i]; b == 0 || b == '\r' || b == '\n' {
			return false
		}
	}
	return value == "" || value[0] != ' ' && value[0] != '\t' && value[len(value)-1] != ' ' && value[len(value)-1] != '\t'
}
