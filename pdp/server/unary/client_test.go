package unary_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/mayi-authz/mayi/pdp/server/unary"
)

// bytesCodec passes bytes on as they are.
type bytesCodec struct{}

func (bytesCodec) Name() string { return "proto" }
func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}
func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

// client is a stock grpc-go client.
func (r *running) client(more ...grpc.DialOption) *grpc.ClientConn {
	r.t.Helper()
	conn, err := grpc.NewClient("unix:"+r.address, append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(bytesCodec{}), grpc.MaxCallRecvMsgSize(64<<20)),
	}, more...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() }) //nolint:errcheck // the test is over
	return conn
}

func invoke(ctx context.Context, conn *grpc.ClientConn, path string, in []byte) (out []byte, err error) {
	err = conn.Invoke(ctx, path, &in, &out)
	return out, err
}

func TestStockClient(t *testing.T) {
	conn := run(t, unary.Options{}).client()
	for _, size := range []int{0, 1, 100, 16 << 10, 65 << 10, 1 << 20, 4 << 20} {
		in := bytes.Repeat([]byte("m"), size)
		out, err := invoke(t.Context(), conn, echoPath, in)
		if err != nil || !bytes.Equal(in, out) {
			t.Errorf("%d bytes: got %d, %v", size, len(out), err)
		}
	}
	tests := []struct {
		path    string
		in      []byte
		code    codes.Code
		message string
	}{
		{failPath, nil, codes.Unavailable, "cannot decide: 100 % übel"},
		{panicPath, nil, codes.Internal, "internal"},
		{"/test.Echo/Nothing", nil, codes.Unimplemented, "unknown method /test.Echo/Nothing"},
		{echoPath, make([]byte, 4<<20+1), codes.ResourceExhausted, "grpc: received message larger than max (4194305 vs. 4194304)"},
	}
	for _, tt := range tests {
		_, err := invoke(t.Context(), conn, tt.path, tt.in)
		if s := status.Convert(err); s.Code() != tt.code || s.Message() != tt.message {
			t.Errorf("%s: got %v", tt.path, err)
		}
	}
	if out, err := invoke(t.Context(), conn, echoPath, []byte("after all that")); err != nil || string(out) != "after all that" {
		t.Errorf("%q %v", out, err)
	}
}

func TestManyInFlight(t *testing.T) {
	r := run(t, unary.Options{MaxStreams: 100})
	for range 3 {
		conn := r.client()
		var group sync.WaitGroup
		for i := range 500 {
			group.Go(func() {
				in := bytes.Repeat([]byte{byte(i)}, i*50) // longer and longer: some come in several frames
				if out, err := invoke(t.Context(), conn, echoPath, in); err != nil || !bytes.Equal(in, out) {
					t.Errorf("%d: %d bytes, %v", i, len(out), err)
				}
			})
		}
		group.Wait()
	}
}

func TestDeadline(t *testing.T) {
	conn := run(t, unary.Options{}).client()
	if out, err := invoke(t.Context(), conn, latePath, nil); err != nil || string(out) != "none" {
		t.Errorf("%q %v", out, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Hour)
	defer cancel()
	if out, err := invoke(ctx, conn, latePath, nil); err != nil || string(out) != "3h0m0s" {
		t.Errorf("%q %v", out, err)
	}
}

func TestCancel(t *testing.T) {
	conn := run(t, unary.Options{}).client()
	for range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		in := make([]byte, 200_000)
		if _, err := invoke(ctx, conn, echoPath, in); err != nil && status.Code(err) != codes.Canceled {
			t.Fatal(err)
		}
		cancel()
	}
	if _, err := invoke(t.Context(), conn, echoPath, nil); err != nil {
		t.Fatal(err)
	}
}

func TestPanicIsTold(t *testing.T) {
	r := run(t, unary.Options{})
	if _, err := invoke(t.Context(), r.client(), panicPath, nil); status.Code(err) != codes.Internal {
		t.Fatal(err)
	}
	if len(r.panics) != 1 || r.panics[0] != "planted" {
		t.Errorf("told of %v", r.panics)
	}
}

// A panic outside of any handler, here of what counts the refusals, ends its
// connection and nothing else.
func TestFaultEndsOneConnection(t *testing.T) {
	r := run(t, unary.Options{Rejected: func(reason string) { panic("planted: " + reason) }})
	other := r.client()
	if _, err := invoke(t.Context(), other, echoPath, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := invoke(t.Context(), r.client(grpc.WithDisableRetry()), "/test.Echo/Nothing", nil); status.Code(err) != codes.Unavailable {
		t.Errorf("%v; want the connection's end", err)
	}
	if _, err := invoke(t.Context(), other, echoPath, nil); err != nil {
		t.Error(err)
	}
	r.eventually("the panic is told of", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.panics) > 0 && r.panics[0] == "planted: unimplemented"
	})
}

func TestShutdownLosesNoCall(t *testing.T) {
	r := run(t, unary.Options{})
	conn := r.client(grpc.WithDisableRetry())
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	answered := make(chan struct{}, 1_000_000)
	for range 8 {
		group.Go(func() {
			for ctx.Err() == nil {
				_, err := invoke(t.Context(), conn, echoPath, []byte("x"))
				if err == nil {
					answered <- struct{}{}
					continue
				}
				// Nobody listens any more: that is no lost call.
				if s := status.Convert(err); s.Code() != codes.Unavailable || !strings.Contains(s.Message(), "dial") {
					t.Errorf("a call was lost: %v", err)
				}
				return
			}
		})
	}
	for range 1000 {
		<-answered
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	group.Wait()
	cancel()
}

func TestShutdownCuts(t *testing.T) {
	r := run(t, unary.Options{})
	p := r.hello()
	p.headers(1, false, usual(echoPath)...) // and never goes on
	p.ok(p.WritePing(false, [8]byte{}))
	p.want(7 - 1) // PING: the headers were read
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestMaxConnectionAge(t *testing.T) {
	r := run(t, unary.Options{MaxConnectionAge: 30 * time.Millisecond})
	conn := r.client()
	for ends := time.Now().Add(500 * time.Millisecond); time.Now().Before(ends); {
		if _, err := invoke(t.Context(), conn, echoPath, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
}
