//go:build envoy

package server_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// received is one request as it reached the upstream, byte for byte.
type received struct {
	proto  string // "1" or "2"
	method string
	target string // the request target or :path, undecoded
	host   string
	header [][2]string // lower-case names, in order
	body   []byte
}

func (r *received) values(name string) (vs []string) {
	for _, h := range r.header {
		if h[0] == name {
			vs = append(vs, h[1])
		}
	}
	return vs
}

// upstream records what Envoy forwards. It parses as little as it can, so that
// nothing is refused or tidied up before it was seen.
type upstream struct {
	listener net.Listener
	mu       sync.Mutex
	seen     []received
}

func newUpstream(t *testing.T) *upstream {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &upstream{listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go u.serve(c)
		}
	}()
	return u
}

func (u *upstream) addr() string { return u.listener.Addr().String() }

// take returns what arrived since the last take.
func (u *upstream) take() []received {
	u.mu.Lock()
	defer u.mu.Unlock()
	seen := u.seen
	u.seen = nil
	return seen
}

func (u *upstream) record(r received) {
	u.mu.Lock()
	u.seen = append(u.seen, r)
	u.mu.Unlock()
}

func (u *upstream) serve(c net.Conn) {
	defer c.Close()
	br := bufio.NewReader(c)
	if p, err := br.Peek(3); err == nil && string(p) == "PRI" {
		u.serve2(c, br)
		return
	}
	for u.serve1(c, br) == nil {
	}
}

func (u *upstream) serve1(c net.Conn, br *bufio.Reader) error {
	line, err := br.ReadString('\n')
	if err != nil {
		return err
	}
	first := strings.TrimRight(line, "\r\n")
	method, rest, _ := strings.Cut(first, " ")
	target := strings.TrimSuffix(rest, " HTTP/1.1")
	r := received{proto: "1", method: method, target: target}
	length := 0
	chunked := false
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		name, value = strings.ToLower(name), strings.TrimLeft(value, " ")
		switch name {
		case "host":
			r.host = value
		case "content-length":
			fmt.Sscan(value, &length)
		case "transfer-encoding":
			chunked = true
		}
		r.header = append(r.header, [2]string{name, value})
	}
	if chunked {
		r.body, err = io.ReadAll(newChunked(br))
	} else {
		r.body = make([]byte, length)
		_, err = io.ReadFull(br, r.body)
	}
	if err != nil {
		return err
	}
	u.record(r)
	_, err = io.WriteString(c, "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nupstream")
	return err
}

// newChunked decodes a chunked body and leaves the reader behind its end.
func newChunked(br *bufio.Reader) io.Reader {
	var body bytes.Buffer
	for {
		var n int
		line, err := br.ReadString('\n')
		if err != nil {
			break
		}
		if _, err := fmt.Sscanf(strings.TrimSpace(line), "%x", &n); err != nil {
			break
		}
		io.CopyN(&body, br, int64(n))
		br.ReadString('\n')
		if n == 0 {
			break
		}
	}
	return &body
}

func (u *upstream) serve2(c net.Conn, br *bufio.Reader) {
	if _, err := io.CopyN(io.Discard, br, int64(len(http2.ClientPreface))); err != nil {
		return
	}
	f := http2.NewFramer(c, br)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	f.WriteSettings()
	open := map[uint32]*received{}
	finish := func(id uint32) {
		u.record(*open[id])
		delete(open, id)
		var buf bytes.Buffer
		enc := hpack.NewEncoder(&buf)
		enc.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: buf.Bytes(), EndHeaders: true})
		f.WriteData(id, true, []byte("upstream"))
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				f.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				f.WritePing(true, frame.Data)
			}
		case *http2.MetaHeadersFrame:
			r := &received{proto: "2"}
			for _, h := range frame.Fields {
				switch h.Name {
				case ":method":
					r.method = h.Value
				case ":path":
					r.target = h.Value
				case ":authority":
					r.host = h.Value
				default:
					r.header = append(r.header, [2]string{h.Name, h.Value})
				}
			}
			open[frame.StreamID] = r
			if frame.StreamEnded() {
				finish(frame.StreamID)
			}
		case *http2.DataFrame:
			if r := open[frame.StreamID]; r != nil {
				r.body = append(r.body, frame.Data()...)
				if frame.StreamEnded() {
					finish(frame.StreamID)
				}
			}
		}
	}
}

// answer is what a client got back. Status 0 means that the connection or the
// stream was closed instead.
type answer struct {
	status int
	header http.Header
	body   string
}

const clientTimeout = 10 * time.Second

// http1 sends a request as these very bytes would say it.
func http1(t *testing.T, addr, method, target string, header [][2]string, body string) answer {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, clientTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return http1On(t, c, method, target, header, body)
}

func http1On(t *testing.T, c net.Conn, method, target string, header [][2]string, body string) answer {
	t.Helper()
	c.SetDeadline(time.Now().Add(clientTimeout))
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", method, target)
	hasHost := false
	for _, h := range header {
		hasHost = hasHost || strings.EqualFold(h[0], "host")
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if !hasHost {
		b.WriteString("host: shop.example\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "content-length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	if _, err := io.WriteString(c, b.String()); err != nil {
		return answer{}
	}
	res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		return answer{}
	}
	defer res.Body.Close()
	got, _ := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(got)}
}

// http2raw sends a request with exactly these pseudo headers over HTTP/2 without TLS.
func http2raw(t *testing.T, addr, method, path string, header [][2]string) answer {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, clientTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(clientTimeout))
	io.WriteString(c, http2.ClientPreface)
	f := http2.NewFramer(c, c)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	f.WriteSettings()
	var buf bytes.Buffer
	enc := hpack.NewEncoder(&buf)
	fields := append([][2]string{{":method", method}, {":scheme", "http"}, {":authority", "shop.example"}, {":path", path}}, header...)
	for _, h := range fields {
		enc.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]})
	}
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: buf.Bytes(), EndHeaders: true, EndStream: true})
	got := answer{header: http.Header{}}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return got
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				f.WriteSettingsAck()
			}
		case *http2.MetaHeadersFrame:
			for _, h := range frame.Fields {
				if h.Name == ":status" {
					fmt.Sscan(h.Value, &got.status)
				} else {
					got.header.Add(h.Name, h.Value)
				}
			}
			if frame.StreamEnded() {
				return got
			}
		case *http2.DataFrame:
			got.body += string(frame.Data())
			if frame.StreamEnded() {
				return got
			}
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return got
		}
	}
}

// https1 sends a request over TLS with a client certificate.
func https1(t *testing.T, addr string, cfg *tls.Config, method, target string, header [][2]string) answer {
	t.Helper()
	c, err := tls.Dial("tcp", addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return http1On(t, c, method, target, header, "")
}
