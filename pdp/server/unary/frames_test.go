package unary_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/mayi-authz/mayi/pdp/server/unary"
)

// TestConnectionErrors: what ends a connection, and with which code.
func TestConnectionErrors(t *testing.T) {
	raw := func(kind http2.FrameType, flags http2.Flags, id uint32, payload string) func(*peer) {
		return func(p *peer) { p.ok(p.WriteRawFrame(kind, flags, id, []byte(payload))) }
	}
	open := func(p *peer) { p.headers(1, false, usual(echoPath)...) }
	done := func(p *peer) { p.ask(1, echoPath, "x"); p.wantAnswer(1, "x") }
	tests := []struct {
		name   string
		before func(*peer)
		do     func(*peer)
		code   http2.ErrCode
	}{
		{"frame beyond the maximum", nil, raw(http2.FrameData, 0, 1, strings.Repeat("x", 16385)), http2.ErrCodeFrameSize},
		{"DATA of stream 0", nil, raw(http2.FrameData, 0, 0, "x"), http2.ErrCodeProtocol},
		{"DATA of an idle stream", nil, raw(http2.FrameData, 0, 1, "x"), http2.ErrCodeProtocol},
		{"DATA with more padding than payload", open, raw(http2.FrameData, http2.FlagDataPadded, 1, "\x09xyz"), http2.ErrCodeProtocol},
		{"DATA with padding and no length", open, raw(http2.FrameData, http2.FlagDataPadded, 1, ""), http2.ErrCodeFrameSize},
		{"HEADERS of stream 0", nil, raw(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 0, "\x82"), http2.ErrCodeProtocol},
		{"HEADERS of a stream of ours", nil, func(p *peer) { p.headers(2, true, usual(echoPath)...) }, http2.ErrCodeProtocol},
		{"HEADERS of a stream that ended", done, func(p *peer) { p.headers(1, true, usual(echoPath)...) }, http2.ErrCodeStreamClosed},
		{"HEADERS of a stream that was passed over", func(p *peer) { p.ask(5, echoPath, "x"); p.wantAnswer(5, "x") },
			func(p *peer) { p.headers(3, true, usual(echoPath)...) }, http2.ErrCodeStreamClosed},
		{"HEADERS with half a priority", nil, raw(http2.FrameHeaders, http2.FlagHeadersEndHeaders|http2.FlagHeadersPriority, 1, "\x00\x00"), http2.ErrCodeFrameSize},
		{"HEADERS that are no HPACK", nil, raw(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 1, "\xff\xff\xff\xff\xff"), http2.ErrCodeCompression},
		{"HEADERS that end within a field", nil, raw(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 1, "\x00\x05abc"), http2.ErrCodeCompression},
		{"HEADERS with a table beyond ours", nil, raw(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 1, "\x3f\xff\xff\x7f"), http2.ErrCodeCompression},
		{"CONTINUATION of nothing", nil, raw(http2.FrameContinuation, 0, 1, ""), http2.ErrCodeProtocol},
		{"CONTINUATION of another stream", raw(http2.FrameHeaders, 0, 1, "\x83"), raw(http2.FrameContinuation, 0, 3, "\x86"), http2.ErrCodeProtocol},
		{"PING within a header block", raw(http2.FrameHeaders, 0, 1, "\x83"), raw(http2.FramePing, 0, 0, "12345678"), http2.ErrCodeProtocol},
		{"SETTINGS of a stream", nil, raw(http2.FrameSettings, 0, 1, ""), http2.ErrCodeProtocol},
		{"SETTINGS of five bytes", nil, raw(http2.FrameSettings, 0, 0, "12345"), http2.ErrCodeFrameSize},
		{"SETTINGS whose ACK says something", nil, raw(http2.FrameSettings, http2.FlagSettingsAck, 0, "123456"), http2.ErrCodeFrameSize},
		{"SETTINGS with a window beyond 31 bits", nil, raw(http2.FrameSettings, 0, 0, "\x00\x04\x80\x00\x00\x00"), http2.ErrCodeFlowControl},
		{"SETTINGS with frames too small", nil, raw(http2.FrameSettings, 0, 0, "\x00\x05\x00\x00\x3f\xff"), http2.ErrCodeProtocol},
		{"SETTINGS with push neither on nor off", nil, raw(http2.FrameSettings, 0, 0, "\x00\x02\x00\x00\x00\x02"), http2.ErrCodeProtocol},
		{"PING of seven bytes", nil, raw(http2.FramePing, 0, 0, "1234567"), http2.ErrCodeFrameSize},
		{"PING of a stream", nil, raw(http2.FramePing, 0, 1, "12345678"), http2.ErrCodeProtocol},
		{"RST_STREAM of an idle stream", nil, raw(http2.FrameRSTStream, 0, 1, "\x00\x00\x00\x08"), http2.ErrCodeProtocol},
		{"RST_STREAM of three bytes", open, raw(http2.FrameRSTStream, 0, 1, "\x00\x00\x00"), http2.ErrCodeFrameSize},
		{"PUSH_PROMISE", open, raw(http2.FramePushPromise, http2.FlagPushPromiseEndHeaders, 1, "\x00\x00\x00\x02\x82"), http2.ErrCodeProtocol},
		{"GOAWAY of a stream", nil, raw(http2.FrameGoAway, 0, 1, "\x00\x00\x00\x00\x00\x00\x00\x00"), http2.ErrCodeProtocol},
		{"WINDOW_UPDATE of three bytes", nil, raw(http2.FrameWindowUpdate, 0, 0, "\x00\x00\x01"), http2.ErrCodeFrameSize},
		{"WINDOW_UPDATE by nothing", nil, raw(http2.FrameWindowUpdate, 0, 0, "\x00\x00\x00\x00"), http2.ErrCodeProtocol},
		{"WINDOW_UPDATE beyond 31 bits", nil, raw(http2.FrameWindowUpdate, 0, 0, "\x7f\xff\xff\xff"), http2.ErrCodeFlowControl},
		{"WINDOW_UPDATE of an idle stream", nil, raw(http2.FrameWindowUpdate, 0, 1, "\x00\x00\x00\x01"), http2.ErrCodeProtocol},
	}
	r := run(t, unary.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := r.hello()
			p.t = t
			if tt.before != nil {
				tt.before(p)
			}
			was := r.count("protocol")
			tt.do(p)
			p.wantEnd(tt.code)
			if got := r.count("protocol") - was; got != 1 {
				t.Errorf("counted %d times", got)
			}
		})
	}
	t.Run("windows of streams beyond 31 bits by SETTINGS", func(t *testing.T) {
		p := r.hello()
		open(p)
		p.ok(p.WriteWindowUpdate(1, 1<<31-1-65535))
		p.ok(p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 65536}))
		p.wantEnd(http2.ErrCodeFlowControl)
	})
}

// TestStreamErrors: what ends a stream and nothing else.
func TestStreamErrors(t *testing.T) {
	head := func(changes ...string) func(*peer) {
		return func(p *peer) { p.headers(1, false, usual(echoPath, changes...)...) }
	}
	then := func(steps ...func(*peer)) func(*peer) {
		return func(p *peer) {
			for _, do := range steps {
				do(p)
			}
		}
	}
	tests := []struct {
		name string
		do   func(*peer)
		code http2.ErrCode
	}{
		{"no :path", head(":path", "-"), http2.ErrCodeProtocol},
		{"no :method", head(":method", "-"), http2.ErrCodeProtocol},
		{"no :scheme", head(":scheme", "-"), http2.ErrCodeProtocol},
		{"a pseudo header of a response", head(":status", "200"), http2.ErrCodeProtocol},
		{"a pseudo header behind a header", func(p *peer) {
			p.headers(1, false, append(usual(echoPath, ":path", "-"), ":path", echoPath)...)
		}, http2.ErrCodeProtocol},
		{"a pseudo header twice", func(p *peer) { p.headers(1, false, append([]string{":path", "/"}, usual(echoPath)...)...) }, http2.ErrCodeProtocol},
		{"a capital letter", head("X-User", "alice"), http2.ErrCodeProtocol},
		{"an empty name", head("", "alice"), http2.ErrCodeProtocol},
		{"a line's end in a value", head("x-user", "a\r\nb"), http2.ErrCodeProtocol},
		{"a blank around a value", head("x-user", " a"), http2.ErrCodeProtocol},
		{"connection", head("connection", "close"), http2.ErrCodeProtocol},
		{"transfer-encoding", head("transfer-encoding", "chunked"), http2.ErrCodeProtocol},
		{"te", head("te", "gzip"), http2.ErrCodeProtocol},
		{"a header list that is too large", func(p *peer) {
			p.long(1, usual(echoPath, "x", strings.Repeat("x", 40_000), "y", strings.Repeat("y", 40_000))...)
		}, http2.ErrCodeFrameSize},
		{"trailers that do not end", then(head(), func(p *peer) { p.headers(1, false, "x", "y") }), http2.ErrCodeProtocol},
		{"trailers with a pseudo header", then(head(), func(p *peer) { p.headers(1, true, ":path", "/") }), http2.ErrCodeProtocol},
		{"WINDOW_UPDATE by nothing", then(head(), func(p *peer) { p.ok(p.WriteWindowUpdate(1, 0)) }), http2.ErrCodeProtocol},
		{"WINDOW_UPDATE beyond 31 bits", then(head(), func(p *peer) { p.ok(p.WriteWindowUpdate(1, 1<<31-1)) }), http2.ErrCodeFlowControl},
	}
	r := run(t, unary.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := r.hello()
			p.t = t
			tt.do(p)
			p.wantReset(1, tt.code)
			p.ok(p.WriteData(1, true, message("late"))) // crossed our RST_STREAM: nothing to complain about
			p.stillServes(3)
		})
	}
	t.Run("DATA of a stream that ended", func(t *testing.T) {
		p := r.hello()
		p.stillServes(1)
		p.ok(p.WriteData(1, true, message("more")))
		p.wantReset(1, http2.ErrCodeStreamClosed)
		p.stillServes(3)
	})
	t.Run("DATA behind the end, while the answer waits", func(t *testing.T) {
		p := r.hello(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		p.ask(1, echoPath, "x")
		p.ok(p.WriteData(1, true, message("more")))
		p.wantReset(1, http2.ErrCodeStreamClosed)
		p.ok(p.WriteWindowUpdate(1, 100)) // of a stream that is gone
		p.ok(p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 65535}))
		p.want(http2.FrameSettings)
		p.stillServes(3)
	})
	t.Run("RST_STREAM and WINDOW_UPDATE of a stream that ended", func(t *testing.T) {
		p := r.hello()
		p.stillServes(1)
		p.ok(p.WriteRSTStream(1, http2.ErrCodeCancel))
		p.ok(p.WriteWindowUpdate(1, 5))
		p.stillServes(3)
	})
}

// long writes a header list in as many frames as it takes.
func (p *peer) long(id uint32, pairs ...string) {
	p.t.Helper()
	block := p.block(pairs...)
	first := true
	for len(block) > 0 {
		n := min(len(block), 16<<10)
		if first {
			p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block[:n], EndHeaders: n == len(block)}))
		} else {
			p.ok(p.WriteContinuation(id, n == len(block), block[:n]))
		}
		first, block = false, block[n:]
	}
}

// TestGRPC: what is no unary call of gRPC is answered as grpc-go answers it.
func TestGRPC(t *testing.T) {
	tests := []struct {
		name          string
		headers       []string // changes
		body          string   // "-": the stream ends with its headers
		http, status  string
		text, counted string
	}{
		{"no content type", []string{"content-type", "-"}, "", "415", "3", `content-type ""`, "malformed"},
		{"another content type", []string{"content-type", "application/grpc-web"}, "", "415", "3", "application/grpc-web", "malformed"},
		{"GET", []string{":method", "GET"}, "", "405", "13", "GET", "malformed"},
		{"no authority", []string{":authority", "-"}, "", "400", "13", "authority", "malformed"},
		{"a timeout without a unit", []string{"grpc-timeout", "100"}, "", "400", "13", "grpc-timeout", "malformed"},
		{"a timeout too long", []string{"grpc-timeout", "123456789S"}, "", "400", "13", "grpc-timeout", "malformed"},
		{"an empty timeout", []string{"grpc-timeout", ""}, "", "400", "13", "grpc-timeout", "malformed"},
		{"another method", []string{":path", "/grpc.health.v1.Health/Watch"}, "", "200", "12", "unknown method /grpc.health.v1.Health/Watch", "unimplemented"},
		{"a path without its slash", []string{":path", echoPath[1:]}, "", "200", "12", "unknown method", "unimplemented"},
		{"no body", nil, "-", "200", "13", "none came", "malformed"},
		{"an empty body", nil, "", "200", "13", "unexpected EOF", "malformed"},
		{"half a prefix", nil, "\x00\x00\x00", "200", "13", "unexpected EOF", "malformed"},
		{"half a message", nil, "\x00\x00\x00\x00\x05abc", "200", "13", "unexpected EOF", "malformed"},
		{"a message and a half", nil, "\x00\x00\x00\x00\x03abc\x00", "200", "13", "more came", "malformed"},
		{"compressed by nobody knows what", []string{"grpc-encoding", "snappy"}, "\x01\x00\x00\x00\x01x", "200", "12", "snappy", "unimplemented"},
		{"compressed by nobody says what", nil, "\x01\x00\x00\x00\x01x", "200", "13", "compressed flag", "malformed"},
		{"a flag that is none", nil, "\x02\x00\x00\x00\x01x", "200", "13", "payload format 2", "malformed"},
		{"too large", nil, "\x00\x00\x40\x00\x01x", "200", "8", "4194305 vs. 4194304", "too_large"},
	}
	r := run(t, unary.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := r.hello()
			p.t = t
			was := r.count(tt.counted)
			p.headers(1, tt.body == "-", usual(echoPath, tt.headers...)...)
			if tt.body != "-" {
				p.ok(p.WriteData(1, true, []byte(tt.body)))
			}
			if text := p.wantFailure(1, tt.http, tt.status); !strings.Contains(text, tt.text) {
				t.Errorf("grpc-message %q", text)
			}
			if got := r.count(tt.counted) - was; got != 1 {
				t.Errorf("counted %d times as %s", got, tt.counted)
			}
			p.ok(p.WritePing(false, [8]byte{1}))
			for f := p.next(); f.Header().Type != http2.FramePing; f = p.next() {
				if rst, ok := f.(*http2.RSTStreamFrame); !ok || rst.ErrCode != http2.ErrCodeNo {
					t.Fatalf("got %v", f)
				}
			}
			p.stillServes(3)
		})
	}
	for _, kind := range []string{"application/grpc+proto", "application/grpc;charset=x", "Application/gRPC"} {
		p := r.hello()
		p.headers(1, false, usual(echoPath, "content-type", kind, "grpc-encoding", "identity", "grpc-timeout", "99999999H")...)
		p.ok(p.WriteData(1, true, message("x")))
		p.wantAnswer(1, "x")
	}
}

func (p *peer) next() http2.Frame {
	p.t.Helper()
	f, err := p.ReadFrame()
	p.ok(err)
	return f
}

// TestLegalOddities: all that a peer may do, and few do.
func TestLegalOddities(t *testing.T) {
	r := run(t, unary.Options{})
	p := r.hello()
	p.ok(p.WriteRawFrame(0xbe, 0xff, 77, []byte("a frame that nobody knows")))
	p.ok(p.WritePriority(9, http2.PriorityParam{StreamDep: 3, Weight: 5}))
	p.ok(p.WriteSettings(http2.Setting{ID: 0x99, Val: 7}))
	p.want(http2.FrameSettings)
	p.ok(p.WriteSettingsAck())
	p.ok(p.WritePing(false, [8]byte{5}))
	if f := p.want(http2.FramePing).(*http2.PingFrame); !f.IsAck() || f.Data != [8]byte{5} {
		t.Errorf("ping %+v", f)
	}
	// Headers with priority and padding, one byte a frame, a message in padded pieces
	// with empty ones between, ended by trailers.
	block := p.block(usual(echoPath)...)
	p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block[:1], PadLength: 9, Priority: http2.PriorityParam{StreamDep: 7, Weight: 1}}))
	for i := range 3 {
		p.ok(p.WriteContinuation(1, false, block[1+i:2+i]))
	}
	p.ok(p.WriteContinuation(1, false, nil))
	p.ok(p.WriteContinuation(1, true, block[4:]))
	for _, b := range message("in pieces") {
		p.ok(p.WriteDataPadded(1, false, []byte{b}, make([]byte, 3)))
		if f := p.want(http2.FrameWindowUpdate).(*http2.WindowUpdateFrame); f.StreamID != 1 || f.Increment != 4 {
			t.Fatalf("padding given back: %+v", f)
		}
		p.ok(p.WriteData(1, false, nil))
	}
	p.headers(1, true, "x-checksum", "1")
	p.wantAnswer(1, "in pieces")
	p.ok(p.WriteGoAway(0, http2.ErrCodeNo, nil))
	p.stillServes(3)

	t.Run("everything in one write", func(t *testing.T) {
		var b bytes.Buffer
		p := r.dial()
		fr := http2.NewFramer(&b, nil)
		p.ok(fr.WriteSettings())
		for id := uint32(1); id < 200; id += 2 {
			p.ok(fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: p.block(usual(echoPath)...), EndHeaders: true}))
			p.ok(fr.WriteData(id, true, message("x")))
		}
		p.raw(b.String())
		p.want(http2.FrameSettings)
		p.want(http2.FrameWindowUpdate)
		p.want(http2.FrameSettings)
		for id := uint32(1); id < 200; id += 2 {
			p.wantAnswer(id, "x")
		}
	})
	t.Run("one byte a write", func(t *testing.T) {
		var b bytes.Buffer
		p := r.hello()
		fr := http2.NewFramer(&b, nil)
		p.ok(fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block(usual(echoPath)...), EndHeaders: true}))
		p.ok(fr.WriteData(1, true, message("x")))
		for _, one := range b.Bytes() {
			p.raw(string([]byte{one}))
		}
		p.wantAnswer(1, "x")
	})
}

func TestFlowControl(t *testing.T) {
	r := run(t, unary.Options{})
	t.Run("a window of a few bytes", func(t *testing.T) {
		p := r.hello(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 4})
		p.ask(1, echoPath, "0123456789")
		if h := p.fields(1); h[":status"] != "200" {
			t.Fatal(h)
		}
		want := message("0123456789")
		take := func(n int) {
			t.Helper()
			if d := p.want(http2.FrameData).(*http2.DataFrame); !bytes.Equal(d.Data(), want[:n]) {
				t.Fatalf("%q, expected %q", d.Data(), want[:n])
			}
			want = want[n:]
		}
		take(4)
		p.ok(p.WriteWindowUpdate(1, 3))
		take(3)
		p.ok(p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 2})) // two less than nothing
		p.want(http2.FrameSettings)
		p.ok(p.WriteWindowUpdate(1, 3))
		take(1)
		p.ok(p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1000}))
		p.want(http2.FrameSettings)
		take(7)
		if h := p.fields(1); h["grpc-status"] != "0" {
			t.Error(h)
		}
	})
	t.Run("the window of the connection, in the order of the calls", func(t *testing.T) {
		p := r.hello(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
		p.ask(1, bigPath, "")
		p.ask(3, echoPath, "small")
		p.fields(1)
		got := 0
		for got < 65535 {
			got += len(p.want(http2.FrameData).(*http2.DataFrame).Data())
		}
		if got != 65535 {
			t.Fatalf("%d bytes over a window of 65535", got)
		}
		p.ok(p.WritePing(false, [8]byte{}))
		p.want(http2.FramePing) // and nothing else before it
		p.ok(p.WriteWindowUpdate(0, 1<<20))
		for got < len(bigAnswer)+5 {
			got += len(p.want(http2.FrameData).(*http2.DataFrame).Data())
		}
		p.fields(1)
		p.wantAnswer(3, "small")
	})
	t.Run("a waiting call is reset", func(t *testing.T) {
		p := r.hello(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		p.ask(1, echoPath, "x")
		p.ask(3, echoPath, "y")
		p.ok(p.WriteRSTStream(1, http2.ErrCodeCancel))
		p.ok(p.WriteWindowUpdate(3, 100))
		p.wantAnswer(3, "y")
	})
	t.Run("large frames, if the peer takes them", func(t *testing.T) {
		p := r.hello(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20}, http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 20})
		p.ok(p.WriteWindowUpdate(0, 1<<20))
		p.ask(1, bigPath, "")
		p.fields(1)
		if d := p.want(http2.FrameData).(*http2.DataFrame); len(d.Data()) != len(bigAnswer)+5 {
			t.Errorf("%d bytes", len(d.Data()))
		}
		p.fields(1)
	})
	t.Run("what nobody wants is given back, too", func(t *testing.T) {
		p := r.hello()
		p.headers(1, false, usual("/nobody/Knows")...)
		for range 200 {
			p.ok(p.WriteRawFrame(http2.FrameData, 0, 1, make([]byte, 16000)))
		}
		p.fields(1)
		p.wantReset(1, http2.ErrCodeNo)
		given := 0
		for given < 6*33*16_000 {
			given += int(p.want(http2.FrameWindowUpdate).(*http2.WindowUpdateFrame).Increment)
		}
		p.stillServes(3)
	})
}

// TestHeaderTable: a peer with a small table is not spoken to with a large one.
func TestHeaderTable(t *testing.T) {
	r := run(t, unary.Options{})
	for _, size := range []uint32{0, 100, 4095, 4096, 65536} {
		p := r.hello(http2.Setting{ID: http2.SettingHeaderTableSize, Val: size})
		p.decoder = hpack.NewDecoder(min(size, 4096), nil)
		for id := uint32(1); id < 9; id += 2 {
			p.stillServes(id)
		}
		p.ask(9, failPath, "")
		if got := p.wantFailure(9, "200", "14"); got != "cannot decide: 100 %25 %C3%BCbel" {
			t.Errorf("grpc-message %q", got)
		}
		p.stillServes(11)
		// Smaller while it runs.
		p.ok(p.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: 0}))
		p.want(http2.FrameSettings)
		p.decoder.SetAllowedMaxDynamicTableSize(0)
		p.stillServes(13)
		p.stillServes(15)
	}
}

func TestGreeting(t *testing.T) {
	r := run(t, unary.Options{ConnectionTimeout: 50 * time.Millisecond})
	t.Run("no SETTINGS first", func(t *testing.T) {
		p := r.dial()
		p.ok(p.WritePing(false, [8]byte{}))
		p.wantEnd(http2.ErrCodeProtocol)
	})
	t.Run("a peer that says nothing", func(t *testing.T) {
		was := r.count("handshake")
		conn := r.connect()
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("it was spoken to")
		}
		r.eventually("it is counted", func() bool { return r.count("handshake") == was+1 })
	})
	t.Run("another preface", func(t *testing.T) {
		was := r.count("handshake")
		conn := r.connect()
		if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nhost: mayi\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("it was spoken to")
		}
		r.eventually("it is counted", func() bool { return r.count("handshake") == was+1 })
	})
}
