package generator_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/bench/load/generator"
)

const method = "/envoy.service.auth.v3.Authorization/Check"

// authorizer allows by the path: /allow, /deny, /fail, /big.
type authorizer struct{ calls atomic.Int64 }

func (a *authorizer) Check(_ context.Context, r *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	a.calls.Add(1)
	switch r.GetAttributes().GetRequest().GetHttp().GetPath() {
	case "/deny":
		return &authv3.CheckResponse{Status: &status.Status{Code: 7}}, nil
	case "/fail":
		return nil, grpcstatus.Error(codes.Unavailable, "cannot decide")
	case "/bare":
		return &authv3.CheckResponse{}, nil
	case "/big":
		return &authv3.CheckResponse{Status: &status.Status{Message: strings.Repeat("x", 40_000)}}, nil
	}
	return &authv3.CheckResponse{Status: &status.Status{Code: 0}}, nil
}

// serve starts a stock server over a unix socket and TCP.
func serve(t *testing.T) (a *authorizer, addresses map[string]string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "gen")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	a = &authorizer{}
	authv3.RegisterAuthorizationServer(s, a)
	addresses = map[string]string{"unix": dir + "/s", "tcp": "127.0.0.1:0"}
	for network, address := range addresses {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		addresses[network] = l.Addr().String()
		go s.Serve(l)
	}
	t.Cleanup(func() { s.Stop(); os.RemoveAll(dir) })
	return a, addresses
}

func check(t *testing.T, path string, want bool) generator.Request {
	t.Helper()
	body, err := proto.Marshal(&authv3.CheckRequest{Attributes: &authv3.AttributeContext{Request: &authv3.AttributeContext_Request{
		Http: &authv3.AttributeContext_HttpRequest{Path: path, Body: strings.Repeat("b", 900)},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return generator.Request{Body: body, Want: want}
}

func file(t *testing.T, requests ...generator.Request) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "requests")
	if err := generator.WriteRequests(name, requests); err != nil {
		t.Fatal(err)
	}
	return name
}

func run(t *testing.T, spec generator.Spec) *generator.Result {
	t.Helper()
	r, err := generator.Run(&spec)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGRPC(t *testing.T) {
	_, addresses := serve(t)
	requests := file(t, check(t, "/allow", true), check(t, "/deny", false), check(t, "/big", true))
	for network, address := range addresses {
		for _, load := range []struct {
			conns, inFlight int
			rate            float64
		}{{1, 1, 0}, {1, 32, 0}, {2, 256, 0}, {2, 64, 500}} {
			t.Run(fmt.Sprint(network, load), func(t *testing.T) {
				r := run(t, generator.Spec{
					Protocol: "grpc", Network: network, Address: address, Method: method, Requests: requests, Compare: true,
					Conns: load.conns, InFlight: load.inFlight, Rate: load.rate, Warm: 20 * time.Millisecond, For: 200 * time.Millisecond, PIDs: []int{os.Getpid()},
				})
				if r.Calls == 0 || r.Failed != 0 || r.Wrong != 0 || r.Allowed == 0 || r.Allowed == r.Calls || len(r.CPU) != 1 {
					t.Errorf("%+v", r)
				}
				if r.P50 <= 0 || r.P50 > r.P99 || r.P99 > r.Max {
					t.Errorf("p50 %v, p99 %v, max %v", r.P50, r.P99, r.Max)
				}
			})
		}
	}
}

// Once asks each request once, and says which was answered otherwise.
func TestOnce(t *testing.T) {
	a, addresses := serve(t)
	for _, test := range []struct {
		name          string
		requests      []generator.Request
		failed, wrong int64
		first         string
	}{
		{"as wanted", []generator.Request{check(t, "/allow", true), check(t, "/deny", false)}, 0, 0, ""},
		{"an allow too many", []generator.Request{check(t, "/deny", false), check(t, "/allow", false)}, 0, 1, "request 1: allowed is true, expected false"},
		{"a deny too many", []generator.Request{check(t, "/deny", true)}, 0, 1, "request 0: allowed is false, expected true"},
		{"an RPC error", []generator.Request{check(t, "/fail", false), check(t, "/allow", true)}, 1, 0, "request 0: HTTP status 200, gRPC status 14"},
		{"no status", []generator.Request{check(t, "/bare", true)}, 1, 0, "request 0: no CheckResponse with a status"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a.calls.Store(0)
			r := run(t, generator.Spec{
				Protocol: "grpc", Network: "unix", Address: addresses["unix"], Method: method, Requests: file(t, test.requests...),
				Conns: 1, InFlight: 1, Once: true, Compare: true,
			})
			if r.Failed != test.failed || r.Wrong != test.wrong || r.First != test.first || a.calls.Load() != int64(len(test.requests)) {
				t.Errorf("%+v after %d calls", r, a.calls.Load())
			}
		})
	}
}

// A method that the server does not have ends without a message.
func TestUnknownMethod(t *testing.T) {
	_, addresses := serve(t)
	r := run(t, generator.Spec{
		Protocol: "grpc", Network: "tcp", Address: addresses["tcp"], Method: "/none/None", Requests: file(t, check(t, "/allow", true)),
		Conns: 1, InFlight: 1, Once: true,
	})
	if r.Failed != 1 || r.First != "request 0: HTTP status 200, gRPC status 12" {
		t.Errorf("%+v", r)
	}
}

func TestHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/deny" {
			w.WriteHeader(403)
		}
		if r.URL.Path == "/fail" {
			w.WriteHeader(503)
		}
		w.Write(bytes.Repeat([]byte("y"), 100))
	})}
	go s.Serve(lowerCase{l})
	t.Cleanup(func() { s.Close() })
	get := func(path string, want bool) generator.Request {
		return generator.Request{Body: []byte("GET " + path + " HTTP/1.1\r\nhost: a\r\n\r\n"), Want: want}
	}
	spec := generator.Spec{Protocol: "http", Network: "tcp", Address: l.Addr().String(), Conns: 4, InFlight: 4, For: 100 * time.Millisecond, Compare: true}
	spec.Requests = file(t, get("/", true), get("/deny", false))
	if r := run(t, spec); r.Calls == 0 || r.Failed != 0 || r.Wrong != 0 {
		t.Errorf("%+v", r)
	}
	spec.Once, spec.Requests = true, file(t, get("/deny", true), get("/fail", true))
	if r := run(t, spec); r.Failed != 1 || r.Wrong != 1 {
		t.Errorf("%+v", r)
	}
}

// lowerCase lets net/http spell header names as Envoy does.
type lowerCase struct{ net.Listener }

type lowerConn struct{ net.Conn }

func (l lowerCase) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return lowerConn{c}, err
}

func (c lowerConn) Write(p []byte) (int, error) {
	_, err := c.Conn.Write(bytes.Replace(p, []byte("Content-Length"), []byte("content-length"), 1))
	return len(p), err
}

// Load goes to this machine only.
func TestElsewhere(t *testing.T) {
	_, err := generator.Run(&generator.Spec{Protocol: "grpc", Network: "tcp", Address: "192.0.2.1:80", Requests: file(t, check(t, "/", true)), Conns: 1})
	if err == nil || !strings.Contains(err.Error(), "not this machine's own") {
		t.Error(err)
	}
}
