package unary_test

import (
	"bytes"
	"io"
	"testing"

	"golang.org/x/net/http2"

	"github.com/mayi-authz/mayi/pdp/server/unary"
)

// TestCallsAllocateNothing: once a connection runs, a call costs no memory. The
// client allocates nothing either: it writes the same bytes but for the stream's
// number, and reads without a look.
func TestCallsAllocateNothing(t *testing.T) {
	r := run(t, unary.Options{})
	p := r.hello()
	p.stillServes(1)
	ask := oneCall(p)
	if n := testing.AllocsPerRun(2000, ask); n >= 0.5 { // the watch turns meanwhile
		t.Errorf("%v allocations a call", n)
	}
}

// BenchmarkCall is a call and its answer over a unix socket, one after the other.
func BenchmarkCall(b *testing.B) {
	r := run(b, unary.Options{})
	p := r.hello()
	p.ok(p.WriteWindowUpdate(0, 1<<30))
	p.stillServes(1)
	ask := oneCall(p)
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}

// oneCall returns a function that asks and waits for the answer.
func oneCall(p *peer) func() {
	var out bytes.Buffer
	fr := http2.NewFramer(&out, nil)
	p.ok(fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: indexable(p), EndHeaders: true}))
	data := out.Len()
	p.ok(fr.WriteData(1, true, message("x")))
	request := out.Bytes()
	answer := make([]byte, 64)
	id := uint32(101)
	// The first of them fills the server's table.
	p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: p.block(usual(echoPath)...), EndHeaders: true}))
	p.ok(p.WriteData(id, true, message("x")))
	p.wantAnswer(id, "x")
	return func() {
		id += 2
		for _, at := range []int{5, data + 5} {
			request[at], request[at+1], request[at+2], request[at+3] = byte(id>>24), byte(id>>16), byte(id>>8), byte(id)
		}
		if _, err := p.Conn.Write(request); err != nil {
			p.t.Fatal(err)
		}
		for ended := false; !ended; {
			if _, err := io.ReadFull(p.Conn, answer[:9]); err != nil {
				p.t.Fatal(err)
			}
			ended = answer[3] == byte(http2.FrameHeaders) && answer[4]&byte(http2.FlagHeadersEndStream) != 0
			if _, err := io.ReadFull(p.Conn, answer[:answer[2]]); err != nil {
				p.t.Fatal(err)
			}
		}
		if answer[0]&0x80 == 0 {
			p.t.Fatalf("trailers that are not indexed: %q", answer)
		}
	}
}

// indexable is the block of a usual call whose fields the server knows already.
func indexable(p *peer) []byte {
	p.block(usual(echoPath)...)
	return p.block(usual(echoPath)...)
}
