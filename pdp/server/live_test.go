package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
	"github.com/mayi-authz/mayi/pdp/server"
)

// live is a server that runs on unix sockets, and clients of it.
type live struct {
	t      testing.TB
	bundle string
	logs   *logs
	run    chan error
	cancel context.CancelFunc

	conn   *grpc.ClientConn
	decide mayiv1.DecisionServiceClient
	check  authv3.AuthorizationClient
	health healthpb.HealthClient
	http   http.Client
	admin  http.Client
}

// logs is a buffer that many may write to.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// files is a bundle by path.
type files map[string]string

func (f files) write(t testing.TB, dir string) {
	t.Helper()
	for name, text := range f {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// folder returns a folder whose name is short enough for sockets in it.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mayi")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// startLive runs a server with a bundle; change edits its options first. If there
// is a bundle, it waits until the server is ready.
func startLive(t testing.TB, bundle files, change func(*server.Options)) *live {
	t.Helper()
	dir := folder(t)
	l := &live{t: t, bundle: filepath.Join(dir, "policies"), logs: new(logs), run: make(chan error, 1)}
	bundle.write(t, l.bundle)
	c := config.Default()
	c.Bundle.Path = l.bundle
	c.GRPC.Listen = "unix:" + filepath.Join(dir, "grpc")
	c.HTTP.Listen = "unix:" + filepath.Join(dir, "http")
	c.Admin.Listen = "unix:" + filepath.Join(dir, "admin")
	c.Shutdown.Delay = 0
	o := server.Options{Config: c, Version: "test", Logger: slog.New(slog.NewJSONHandler(l.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&o)
	}
	s, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	go func() { l.run <- s.Run(ctx) }()
	l.connect(s.Addrs())
	t.Cleanup(l.stop)
	if bundle != nil {
		l.eventually("ready", func() bool { status, _ := l.get("/readyz"); return status == http.StatusOK })
	}
	return l
}

func (l *live) connect(a server.Addrs) {
	conn, err := grpc.NewClient("unix:"+a.GRPC.String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		l.t.Fatal(err)
	}
	l.conn = conn
	l.decide, l.check, l.health = mayiv1.NewDecisionServiceClient(conn), authv3.NewAuthorizationClient(conn), healthpb.NewHealthClient(conn)
	over := func(a net.Addr) http.Client {
		return http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, a.Network(), a.String())
		}}}
	}
	l.http, l.admin = over(a.HTTP), over(a.Admin)
}

// stop ends the server in order, once.
func (l *live) stop() {
	if l.cancel == nil {
		return
	}
	l.cancel()
	l.cancel = nil
	select {
	case err := <-l.run:
		if err != nil {
			l.t.Errorf("Run: %v", err)
		}
	case <-time.After(30 * time.Second):
		l.t.Error("the server does not stop")
	}
	if err := l.conn.Close(); err != nil {
		l.t.Error(err)
	}
	l.http.CloseIdleConnections()
	l.admin.CloseIdleConnections()
	if l.t.Failed() {
		l.t.Log(l.logs)
	}
}

// eventually waits for what a slow machine may take long to do.
func (l *live) eventually(what string, is func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	l.t.Fatalf("never: %s\n%s", what, l.logs)
}

// get asks the admin listener; status 0 is no answer.
func (l *live) get(path string) (status int, body string) {
	return l.answer(l.admin.Get("http://mayi" + path))
}

// post asks the Decide API as JSON.
func (l *live) post(path, body string) (status int, answer string) {
	return l.answer(l.http.Post("http://mayi"+path, "application/json", strings.NewReader(body)))
}

func (l *live) answer(w *http.Response, err error) (int, string) {
	if err != nil {
		return 0, err.Error()
	}
	defer w.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(w.Body)
	if err != nil {
		return 0, err.Error()
	}
	return w.StatusCode, string(body)
}
