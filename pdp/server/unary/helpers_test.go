package unary_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mayi-authz/mayi/pdp/server/unary"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The methods of the servers under test.
const (
	echoPath  = "/test.Echo/Echo"
	failPath  = "/test.Echo/Fail"
	panicPath = "/test.Echo/Panic"
	latePath  = "/test.Echo/Late"
	bigPath   = "/test.Echo/Big" // an answer of 100 kB
)

var bigAnswer = bytes.Repeat([]byte("0123456789"), 10_000)

func methods() map[string]unary.Handler {
	return map[string]unary.Handler{
		echoPath: func(_ context.Context, m, dst []byte) ([]byte, error) { return append(dst, m...), nil },
		bigPath:  func(_ context.Context, _, dst []byte) ([]byte, error) { return append(dst, bigAnswer...), nil },
		failPath: func(_ context.Context, _, dst []byte) ([]byte, error) {
			return append(dst, "half an answer"...), status.Error(codes.Unavailable, "cannot decide: 100 % übel")
		},
		panicPath: func(context.Context, []byte, []byte) ([]byte, error) { panic("planted") },
		latePath: func(ctx context.Context, _, dst []byte) ([]byte, error) {
			ends, ok := ctx.Deadline()
			if !ok {
				return append(dst, "none"...), nil
			}
			return append(dst, time.Until(ends).Round(time.Hour).String()...), ctx.Err()
		},
	}
}

// A running server and what it refused.
type running struct {
	*unary.Server
	t       testing.TB
	address string

	mu       sync.Mutex
	rejected map[string]int
	panics   []any
}

func run(t testing.TB, o unary.Options) *running {
	t.Helper()
	r := &running{t: t, rejected: map[string]int{}, address: filepath.Join(t.TempDir(), "s")}
	if o.Methods == nil {
		o.Methods = methods()
	}
	if o.Rejected == nil {
		o.Rejected = func(reason string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.rejected[reason]++
		}
	}
	o.Panicked = func(value any, _ []byte) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.panics = append(r.panics, value)
	}
	l, err := net.Listen("unix", r.address)
	if err != nil {
		t.Fatal(err)
	}
	r.Server = unary.New(o)
	served := make(chan error, 1)
	go func() { served <- r.Serve(l) }()
	t.Cleanup(func() {
		r.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *running) count(reason string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rejected[reason]
}

func (r *running) eventually(what string, is func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if is() {
			return
		}
	}
	r.t.Fatal("never: ", what)
}

// A peer speaks HTTP/2 frame by frame.
type peer struct {
	t testing.TB
	net.Conn
	*http2.Framer
	encoded bytes.Buffer
	encoder *hpack.Encoder
	decoder *hpack.Decoder
}

func (r *running) connect() net.Conn {
	r.t.Helper()
	conn, err := net.Dial("unix", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })                                       //nolint:errcheck // the test is over
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil { // instead of for ever
		r.t.Fatal(err)
	}
	return conn
}

// dial connects, says the preface and no settings.
func (r *running) dial() *peer {
	r.t.Helper()
	conn := r.connect()
	p := &peer{t: r.t, Conn: conn, Framer: http2.NewFramer(conn, conn), decoder: hpack.NewDecoder(4096, nil)}
	p.encoder = hpack.NewEncoder(&p.encoded)
	p.AllowIllegalWrites = true
	p.raw(http2.ClientPreface)
	return p
}

// hello connects and exchanges settings.
func (r *running) hello(settings ...http2.Setting) *peer {
	r.t.Helper()
	p := r.dial()
	p.ok(p.WriteSettings(settings...))
	p.want(http2.FrameSettings)
	p.want(http2.FrameWindowUpdate)
	p.want(http2.FrameSettings)
	return p
}

func (p *peer) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) raw(text string) {
	p.t.Helper()
	_, err := p.Write([]byte(text))
	p.ok(err)
}

// want reads a frame of a type.
func (p *peer) want(kind http2.FrameType) http2.Frame {
	p.t.Helper()
	f, err := p.ReadFrame()
	if err != nil {
		p.t.Fatalf("expected %v: %v", kind, err)
	}
	if f.Header().Type != kind {
		p.t.Fatalf("expected %v, got %v %+v", kind, f.Header(), f)
	}
	return f
}

// wantReset reads the end of a stream without an answer.
func (p *peer) wantReset(id uint32, code http2.ErrCode) {
	p.t.Helper()
	if f := p.want(http2.FrameRSTStream).(*http2.RSTStreamFrame); f.StreamID != id || f.ErrCode != code {
		p.t.Fatalf("got RST_STREAM of %d with %v, expected %d with %v", f.StreamID, f.ErrCode, id, code)
	}
}

// wantEnd reads a GOAWAY with a code and the end of the connection.
func (p *peer) wantEnd(code http2.ErrCode) {
	p.t.Helper()
	for {
		f, err := p.ReadFrame()
		if err != nil {
			p.t.Fatalf("expected GOAWAY with %v: %v", code, err)
		}
		if g, ok := f.(*http2.GoAwayFrame); ok {
			if g.ErrCode != code {
				p.t.Fatalf("GOAWAY with %v, expected %v", g.ErrCode, code)
			}
			break
		}
	}
	for {
		if _, err := p.ReadFrame(); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) { // what we still sent was not read
				p.t.Fatalf("expected the end: %v", err)
			}
			return
		}
	}
}

// block encodes headers: pairs of name and value.
func (p *peer) block(pairs ...string) []byte {
	p.encoded.Reset()
	for i := 0; i < len(pairs); i += 2 {
		p.ok(p.encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]}))
	}
	return bytes.Clone(p.encoded.Bytes())
}

// usual are the headers of a call, with changes: pairs of name and value; a value
// of "-" leaves a header out.
func usual(path string, changes ...string) []string {
	pairs := []string{
		":method", "POST", ":scheme", "http", ":path", path, ":authority", "mayi",
		"content-type", "application/grpc", "te", "trailers",
	}
	for i := 0; i < len(changes); i += 2 {
		found := false
		for k := 0; k < len(pairs); k += 2 {
			if pairs[k] != changes[i] {
				continue
			}
			found = true
			if changes[i+1] == "-" {
				pairs = append(pairs[:k:k], pairs[k+2:]...)
				break
			}
			pairs[k+1] = changes[i+1]
		}
		if !found {
			pairs = append(pairs, changes[i], changes[i+1])
		}
	}
	return pairs
}

func (p *peer) headers(id uint32, ends bool, pairs ...string) {
	p.t.Helper()
	p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: p.block(pairs...), EndStream: ends, EndHeaders: true}))
}

// message frames a gRPC message.
func message(text string) []byte {
	n := len(text)
	return append([]byte{0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, text...)
}

// ask sends a whole call.
func (p *peer) ask(id uint32, path, text string) {
	p.t.Helper()
	p.headers(id, false, usual(path)...)
	p.ok(p.WriteData(id, true, message(text)))
}

// fields reads a HEADERS frame.
func (p *peer) fields(id uint32) map[string]string {
	p.t.Helper()
	f := p.want(http2.FrameHeaders).(*http2.HeadersFrame)
	if f.StreamID != id || !f.HeadersEnded() {
		p.t.Fatalf("headers %+v, expected those of %d", f, id)
	}
	list, err := p.decoder.DecodeFull(f.HeaderBlockFragment())
	p.ok(err)
	m := map[string]string{}
	if f.StreamEnded() {
		m["END"] = "1"
	}
	for _, h := range list {
		m[h.Name] = h.Value
	}
	return m
}

// wantAnswer reads a whole answer.
func (p *peer) wantAnswer(id uint32, text string) {
	p.t.Helper()
	if h := p.fields(id); h[":status"] != "200" || h["content-type"] != "application/grpc" || h["END"] != "" {
		p.t.Fatalf("headers %v", h)
	}
	var body []byte
	for want := message(text); len(body) < len(want); {
		d := p.want(http2.FrameData).(*http2.DataFrame)
		if d.StreamID != id || d.StreamEnded() {
			p.t.Fatalf("data %+v, expected that of %d", d, id)
		}
		body = append(body, d.Data()...)
	}
	if string(body) != string(message(text)) {
		p.t.Fatalf("answer %.100q, expected %.100q", body, text)
	}
	if h := p.fields(id); h["grpc-status"] != "0" || h["END"] == "" || len(h) != 2 {
		p.t.Fatalf("trailers %v", h)
	}
}

// wantFailure reads an answer that is trailers only.
func (p *peer) wantFailure(id uint32, httpStatus, grpcStatus string) (message string) {
	p.t.Helper()
	h := p.fields(id)
	if h[":status"] != httpStatus || h["grpc-status"] != grpcStatus || h["END"] == "" || h["content-type"] != "application/grpc" {
		p.t.Fatalf("got %v, expected :status %s and grpc-status %s", h, httpStatus, grpcStatus)
	}
	return h["grpc-message"]
}

// stillServes asks one more question.
func (p *peer) stillServes(id uint32) {
	p.t.Helper()
	p.ask(id, echoPath, "still there?")
	p.wantAnswer(id, "still there?")
}
