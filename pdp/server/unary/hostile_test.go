package unary_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/mayi-authz/mayi/pdp/server/unary"
)

// flood writes frames until the server has had enough, or there are no more.
func (p *peer) flood(frames int, write func(i int, fr *http2.Framer)) {
	p.t.Helper()
	var b bytes.Buffer
	fr := http2.NewFramer(&b, nil)
	fr.AllowIllegalWrites = true
	for i := range frames {
		write(i, fr)
	}
	// An error says that the server closed, which is what is waited for.
	go p.Write(b.Bytes()) //nolint:errcheck // as said
}

// TestFloods: work for nothing ends the connection, at bounded cost.
func TestFloods(t *testing.T) {
	tests := []struct {
		name  string
		write func(i int, fr *http2.Framer)
		want  http2.ErrCode
	}{
		{"settings", func(_ int, fr *http2.Framer) {
			fr.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 5}) //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"pings", func(i int, fr *http2.Framer) {
			fr.WritePing(false, [8]byte{byte(i)}) //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"answers to no ping", func(i int, fr *http2.Framer) {
			fr.WritePing(true, [8]byte{byte(i)}) //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"priorities", func(i int, fr *http2.Framer) {
			fr.WritePriority(uint32(2*i+1), http2.PriorityParam{Weight: 3}) //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"frames that nobody knows", func(_ int, fr *http2.Framer) {
			fr.WriteRawFrame(0x77, 0, 0, nil) //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"window updates", func(_ int, fr *http2.Framer) {
			fr.WriteWindowUpdate(0, 1) //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"empty data", func(i int, fr *http2.Framer) {
			if i == 0 {
				fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: usualBlock(echoPath)}) //nolint:errcheck // into memory
			}
			fr.WriteData(1, false, nil) //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"rapid reset (CVE-2023-44487)", func(i int, fr *http2.Framer) {
			id := uint32(2*i + 1)
			fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, BlockFragment: usualBlock(echoPath)}) //nolint:errcheck // into memory
			fr.WriteRSTStream(id, http2.ErrCodeCancel)                                                                    //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"continuations (CVE-2024-27316)", func(i int, fr *http2.Framer) {
			if i == 0 {
				fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: usualBlock(echoPath)}) //nolint:errcheck // into memory
			}
			fr.WriteContinuation(1, false, nil) //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"continuations full of headers", func(i int, fr *http2.Framer) {
			block := bytes.Repeat([]byte("\x00\x01x\x01y"), 3000)
			if i == 0 {
				fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block}) //nolint:errcheck // into memory
			}
			fr.WriteContinuation(1, false, block) //nolint:errcheck // into memory
		}, http2.ErrCodeEnhanceYourCalm},
		{"a header that does not end", func(i int, fr *http2.Framer) {
			if i == 0 { // its value is a gigabyte long
				fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte("\x00\x01x\x7f\x81\xff\xff\xff\x03")}) //nolint:errcheck // into memory
			}
			fr.WriteContinuation(1, false, make([]byte, 16000)) //nolint:errcheck // into memory
		}, http2.ErrCodeCompression},
	}
	r := run(t, unary.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := r.hello()
			p.t = t
			before := runtime.NumGoroutine()
			p.flood(10_100, tt.write)
			p.wantEnd(tt.want)
			if n := runtime.NumGoroutine(); n > before+5 {
				t.Errorf("%d goroutines, %d before", n, before)
			}
		})
	}
	if n := r.count("flood"); n != len(tests)-1 {
		t.Errorf("%d counted", n)
	}
}

// usualBlock is the header block of a usual call that needs no table.
func usualBlock(path string) []byte {
	b := []byte("\x83\x86\x04" + string(rune(len(path))) + path) // POST, http, :path
	return append(b, "\x01\x04mayi\x0f\x10\x10application/grpc"...)
}

// TestCallsBetween: many frames that bring nothing are fine with calls between them.
func TestCallsBetween(t *testing.T) {
	r := run(t, unary.Options{})
	p := r.hello()
	id := uint32(1)
	for range 12 {
		for range 1000 {
			p.ok(p.WritePriority(1, http2.PriorityParam{}))
		}
		for range 2 {
			p.ok(p.WritePing(false, [8]byte{}))
			p.want(http2.FramePing)
		}
		p.stillServes(id)
		id += 2
	}
}

// TestMaxStreams: calls beyond the limit are refused before anything is done.
func TestMaxStreams(t *testing.T) {
	r := run(t, unary.Options{MaxStreams: 3})
	p := r.hello()
	for id := uint32(1); id <= 5; id += 2 {
		p.headers(id, false, usual(echoPath)...)
	}
	p.headers(7, false, usual(echoPath)...)
	p.wantReset(7, http2.ErrCodeRefusedStream)
	p.ok(p.WriteRSTStream(1, http2.ErrCodeCancel))
	p.stillServes(9)
	for id := uint32(3); id <= 5; id += 2 {
		p.ok(p.WriteData(id, true, message("x")))
		p.wantAnswer(id, "x")
	}
	if r.count("refused") != 1 {
		t.Error("not counted")
	}
}

// TestBufferedBytes: messages that come in part take no more than their bound, all
// of a connection's together.
func TestBufferedBytes(t *testing.T) {
	r := run(t, unary.Options{MaxMessageBytes: 10_000})
	p := r.hello()
	part := message(strings.Repeat("x", 10_000))[:9_000]
	for i := range uint32(20) {
		p.headers(2*i+1, false, usual(echoPath)...)
		p.ok(p.WriteData(2*i+1, false, part))
	}
	for i := uint32(17); i < 20; i++ { // 17 fit
		p.wantFailure(2*i+1, "200", "8")
		p.wantReset(2*i+1, http2.ErrCodeNo)
	}
	for i := range uint32(17) {
		p.ok(p.WriteRSTStream(2*i+1, http2.ErrCodeCancel))
	}
	p.stillServes(101)
}

// TestWaitingAnswers: a peer that gives no window is given no more calls.
func TestWaitingAnswers(t *testing.T) {
	r := run(t, unary.Options{})
	p := r.hello(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	const fit = 42 // answers of 100 kB in 4 MiB, and one beyond
	for i := range uint32(fit) {
		p.ask(2*i+1, bigPath, "")
	}
	p.ask(2*fit+1, bigPath, "")
	p.wantReset(2*fit+1, http2.ErrCodeRefusedStream)
	p.ok(p.WriteWindowUpdate(0, 1<<30))
	p.ok(p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20}))
	p.want(http2.FrameSettings)
	for i := range uint32(fit) {
		p.wantAnswer(2*i+1, string(bigAnswer))
	}
}

// TestDeadlines: nobody is waited for for ever.
func TestDeadlines(t *testing.T) {
	short := 40 * time.Millisecond
	closed := func(t *testing.T, p *peer) {
		t.Helper()
		for {
			if _, err := p.ReadFrame(); err != nil {
				return // or the peer's own deadline fails the test, as it counts nothing
			}
		}
	}
	t.Run("half a frame", func(t *testing.T) {
		r := run(t, unary.Options{ReadTimeout: short})
		p := r.hello()
		p.raw("\x00\x00\x08\x06")
		closed(t, p)
		if r.count("late") != 1 {
			t.Error("not counted")
		}
	})
	t.Run("half a header block", func(t *testing.T) {
		r := run(t, unary.Options{ReadTimeout: short})
		p := r.hello()
		p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte("\x83")}))
		closed(t, p)
		if r.count("late") != 1 {
			t.Error("not counted")
		}
	})
	t.Run("half a message", func(t *testing.T) {
		r := run(t, unary.Options{ReadTimeout: short})
		p := r.hello()
		p.headers(1, false, usual(echoPath)...)
		p.wantReset(1, http2.ErrCodeCancel)
		p.stillServes(3)
		if r.count("late") != 1 {
			t.Error("not counted")
		}
	})
	t.Run("an answer without a window", func(t *testing.T) {
		r := run(t, unary.Options{ReadTimeout: short})
		p := r.hello(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		p.ask(1, echoPath, "x")
		p.wantReset(1, http2.ErrCodeCancel)
	})
	t.Run("a peer that does not read", func(t *testing.T) {
		r := run(t, unary.Options{WriteTimeout: short})
		p := r.hello(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
		p.ok(p.WriteWindowUpdate(0, 1<<30))
		p.flood(100, func(i int, fr *http2.Framer) {
			id := uint32(2*i + 1)
			fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, BlockFragment: usualBlock(bigPath)}) //nolint:errcheck // into memory
			fr.WriteData(id, true, message(""))                                                                          //nolint:errcheck // into memory
		})
		r.eventually("it is cut", func() bool { return r.count("late") == 1 })
	})
	t.Run("nothing to do", func(t *testing.T) {
		r := run(t, unary.Options{IdleTimeout: short})
		p := r.hello()
		if f := p.want(http2.FrameGoAway).(*http2.GoAwayFrame); f.LastStreamID != 1<<31-1 || f.ErrCode != http2.ErrCodeNo {
			t.Errorf("%+v", f)
		}
	})
}

// TestGoAway: a connection ends in two steps, and no call that was sent in time is
// lost.
func TestGoAway(t *testing.T) {
	r := run(t, unary.Options{})
	p := r.hello()
	p.headers(1, false, usual(echoPath)...)
	p.ok(p.WritePing(false, [8]byte{9}))
	p.want(http2.FramePing)
	done := make(chan error, 1)
	go func() { done <- r.Shutdown(t.Context()) }()
	if f := p.want(http2.FrameGoAway).(*http2.GoAwayFrame); f.LastStreamID != 1<<31-1 || f.ErrCode != http2.ErrCodeNo {
		t.Errorf("%+v", f)
	}
	ping := p.want(http2.FramePing).(*http2.PingFrame)
	p.stillServes(3) // crossed the first one
	p.ok(p.WritePing(true, ping.Data))
	if f := p.want(http2.FrameGoAway).(*http2.GoAwayFrame); f.LastStreamID != 3 || f.ErrCode != http2.ErrCodeNo {
		t.Errorf("%+v", f)
	}
	p.ask(5, echoPath, "too late")
	p.ok(p.WriteWindowUpdate(5, 10))
	p.ok(p.WriteRSTStream(5, http2.ErrCodeCancel)) // it has not seen yet that nobody listens
	p.ok(p.WriteData(1, true, message("in time")))
	p.wantAnswer(1, "in time")
	if _, err := p.ReadFrame(); err == nil {
		t.Error("it goes on")
	}
	p.Close() //nolint:errcheck // as said
	if err := <-done; err != nil {
		t.Error(err)
	}
}
