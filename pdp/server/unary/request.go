package unary

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc/codes"
)

// A stream is a call whose message has not come as a whole, or whose answer waits
// for a window.
type stream struct {
	id      uint32
	handler Handler
	ends    time.Time // the deadline; zero: none
	squeeze string    // a compression that nobody knows
	since   int64     // the mark of its beginning, or of its answer's
	window  int64     // what the peer lets us send
	wire    int64     // bytes that came, padding and all, less those given back

	body     []byte // what came of the message, or what is left of the answer
	answered bool
	begun    bool // the answer's headers are written
}

// request begins a call, as the header list that was just read says.
func (c *conn) request() error {
	r := &c.head
	if s := c.streams[r.stream]; s != nil {
		return c.trailers(s)
	}
	switch {
	case r.stream%2 == 0:
		return c.protocol(http2.ErrCodeProtocol)
	case r.stream <= c.last:
		if c.idle++; c.forgotten(r.stream) {
			return nil
		}
		return c.protocol(http2.ErrCodeStreamClosed)
	case r.stream > c.limit:
		c.idle++ // the peer was told that it will have to ask another server
		return nil
	}
	c.last = r.stream
	required := uint8(pseudoMethod | pseudoScheme | pseudoPath)
	switch {
	case r.tooLarge:
		c.s.o.Rejected(rejectTooLarge)
		c.abandon(r.stream, http2.ErrCodeFrameSize)
	case r.malformed || r.pseudo&required != required:
		c.fault(r.stream, http2.ErrCodeProtocol)
	case len(c.streams) >= c.s.o.MaxStreams || c.waitingBytes > maxWaiting:
		c.s.o.Rejected(rejectRefused)
		c.abandon(r.stream, http2.ErrCodeRefusedStream)
	default:
		c.open(r)
	}
	return nil
}

// trailers end a message. What they say, no call of ours needs.
func (c *conn) trailers(s *stream) error {
	switch {
	case s.answered:
		c.fault(s.id, http2.ErrCodeStreamClosed)
	case !c.head.ends || c.head.malformed || c.head.pseudo != 0:
		c.fault(s.id, http2.ErrCodeProtocol)
	default:
		c.message(s, s.body, true)
	}
	return nil
}

// open checks what gRPC wants of a call, in the order of grpc-go and with its
// answers, and waits for the message.
func (c *conn) open(r *head) {
	handler := c.s.o.Methods[r.path]
	timeout, ok := parseTimeout(r.timeout)
	var f *failure
	switch {
	case r.hosts > 1:
		f = &failure{400, codes.Internal, "more than one host header", rejectMalformed}
	case !grpcContent(r.kind):
		f = &failure{415, codes.InvalidArgument, fmt.Sprintf("invalid gRPC request content-type %q", r.kind), rejectMalformed}
	case r.hasTimeout && !ok:
		f = &failure{400, codes.Internal, fmt.Sprintf("malformed grpc-timeout: %q", r.timeout), rejectMalformed}
	case r.authority == "" && r.hosts == 0:
		f = &failure{400, codes.Internal, "no host or :authority header present", rejectMalformed}
	case r.method != "POST":
		f = &failure{405, codes.Internal, fmt.Sprintf("received a HEADERS frame with :method %q which should be POST", r.method), rejectMalformed}
	case handler == nil:
		f = &failure{200, codes.Unimplemented, "unknown method " + r.path, rejectUnimplemented}
	case r.ends:
		f = failed(codes.Internal, "a unary call has one message, and none came", rejectMalformed)
	}
	c.active.Store(c.s.clock.Load())
	if f != nil {
		c.fail(r.stream, f, r.ends)
		return
	}
	s := c.take()
	s.id, s.handler, s.window, s.since = r.stream, handler, c.initial, c.s.clock.Load()
	if r.hasTimeout {
		s.ends = time.Now().Add(timeout)
	}
	if r.encoding != "identity" {
		s.squeeze = r.encoding
	}
	if c.streams[s.id] = s; len(c.streams) == 1 {
		c.oldest.Store(s.since)
	}
}

// take returns a stream's memory, used before or new.
func (c *conn) take() *stream {
	if n := len(c.free); n > 0 {
		s := c.free[n-1]
		c.free = c.free[:n-1]
		return s
	}
	return new(stream)
}

// What of a connection's memory for streams is kept for later ones.
const (
	keptStreams = 256
	keptBody    = 4 << 10
)

// close forgets a stream.
func (c *conn) close(s *stream) {
	delete(c.streams, s.id)
	if len(c.streams) == 0 {
		c.oldest.Store(0)
	}
	if s.answered {
		c.unqueue(s)
	} else {
		c.buffered -= len(s.body)
	}
	body := s.body[:0]
	if cap(body) > keptBody {
		body = nil
	}
	if *s = (stream{body: body}); len(c.free) < keptStreams {
		c.free = append(c.free, s)
	}
}

// grpcContent reports whether a content type is gRPC's.
func grpcContent(kind string) bool {
	const base = "application/grpc"
	return len(kind) >= len(base) && strings.EqualFold(kind[:len(base)], base) &&
		(len(kind) == len(base) || kind[len(base)] == '+' || kind[len(base)] == ';')
}

// maxTimeout is the longest time that fits: 99999999H are eleven thousand years.
const maxTimeout = time.Duration(1<<63 - 1)

// parseTimeout reads a grpc-timeout: up to eight digits and a unit.
func parseTimeout(text string) (time.Duration, bool) {
	if len(text) < 2 || len(text) > 9 {
		return 0, false
	}
	var unit time.Duration
	switch text[len(text)-1] {
	case 'H':
		unit = time.Hour
	case 'M':
		unit = time.Minute
	case 'S':
		unit = time.Second
	case 'm':
		unit = time.Millisecond
	case 'u':
		unit = time.Microsecond
	case 'n':
		unit = time.Nanosecond
	default:
		return 0, false
	}
	n := time.Duration(0)
	for i := range len(text) - 1 {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = 10*n + time.Duration(text[i]-'0')
	}
	return min(n, maxTimeout/unit) * unit, true
}
