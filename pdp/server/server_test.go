package server_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
	"github.com/mayi-authz/mayi/pdp/server"
)

// staff is a bundle in which alice may read, and nobody else anything.
func staff() files {
	return files{
		"directory.json": `{"users": {"alice": {"policies": ["read"]}}}`,
		"read.json":      `{"Version": "2012-10-17", "Statement": {"Sid": "Read", "Effect": "Allow", "Action": "docs:Read", "Resource": "*"}}`,
		"routes.json":    `{"routes": [{"path": "/docs/{id}", "methods": ["GET"], "action": "docs:Read", "resource": "docs/{id}"}], "default": "deny"}`,
	}
}

const aliceReads = `{"principal": "alice", "action": "docs:Read", "resource": "docs/1"}`

// ask asks over gRPC and returns the decision, or the error's code.
func (l *live) grpcDecide(principal string) string {
	r := &mayiv1.DecideRequest{Action: "docs:Read", Resource: &mayiv1.Resource{Id: "docs/1"}}
	if principal != "" {
		r.Principal = &mayiv1.Principal{Id: principal}
	}
	m, err := l.decide.Decide(context.Background(), r)
	if err != nil {
		return status.Code(err).String()
	}
	return m.GetReason()
}

// byHeader trusts x-user from 127.0.0.1.
func byHeader(o *server.Options) {
	o.Config.Authn.Sources = []config.Source{{Name: "proxy", Asserts: []string{"*"}, Header: &config.HeaderSource{Name: "x-user", TrustedPeers: []string{"127.0.0.1/32"}}}}
}

// get is a Check for a GET by a user.
func get(user, path string, more ...string) *authv3.CheckRequest {
	h := map[string]string{":method": "GET", ":path": path, ":authority": "docs.example"}
	if user != "" {
		h["x-user"] = user
	}
	for i := 0; i < len(more); i += 2 {
		h[more[i]] = more[i+1]
	}
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source:  &authv3.AttributeContext_Peer{Address: address("127.0.0.1")},
		Request: &authv3.AttributeContext_Request{Http: &authv3.AttributeContext_HttpRequest{Method: "GET", Path: path, Host: "docs.example", Headers: h}},
	}}
}

func TestEveryDoor(t *testing.T) {
	l := startLive(t, staff(), byHeader)
	if got := l.grpcDecide("alice"); got != "identity_policy" {
		t.Errorf("Decide over gRPC: %s", got)
	}
	if got := l.grpcDecide("bob"); got != "implicit_deny" {
		t.Errorf("Decide over gRPC for bob: %s", got)
	}
	status, body := l.post("/v1/decide", aliceReads)
	if status != 200 || !strings.Contains(body, `"decision":"Allow"`) {
		t.Errorf("Decide as JSON: %d %s", status, body)
	}
	ids := regexp.MustCompile(`"decision_id":"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"`)
	_, again := l.post("/v1/decide", aliceReads)
	if a, b := ids.FindStringSubmatch(body), ids.FindStringSubmatch(again); a == nil || b == nil || a[1] == b[1] {
		t.Errorf("expected two different UUIDv7, got %q and %q", a, b)
	}
	for user, want := range map[string]codes.Code{"alice": codes.OK, "bob": codes.PermissionDenied, "": codes.PermissionDenied} {
		resp, err := l.check.Check(t.Context(), get(user, "/docs/1"))
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.GetStatus().GetCode(); (got == 0) != (want == codes.OK) || (resp.GetOkResponse() != nil) != (want == codes.OK) {
			t.Errorf("Check of %q: code %d, want %v", user, got, want)
		}
		if id := resp.GetDynamicMetadata().GetFields()["decision_id"].GetStringValue(); len(id) != 36 || id[14] != '7' {
			t.Errorf("Check of %q: decision id %q", user, id)
		}
	}
	for _, service := range []string{"", "envoy.service.auth.v3.Authorization", "mayi.v1.DecisionService"} {
		h, err := l.health.Check(t.Context(), &healthpb.HealthCheckRequest{Service: service})
		if err != nil || h.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("health of %q: %v %v", service, h, err)
		}
	}
}

// Health answers for the directory's service where it is mounted, and does not know
// it where it is not.
func TestHealthOfDirectory(t *testing.T) {
	for mounted, want := range map[bool]codes.Code{true: codes.OK, false: codes.NotFound} {
		l := startLive(t, staff(), func(o *server.Options) { o.Config.Decide.Directory = mounted })
		_, err := l.health.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "mayi.v1.DirectoryService"})
		if status.Code(err) != want {
			t.Errorf("mounted %v: %v, want %v", mounted, err, want)
		}
	}
}

func TestAdmin(t *testing.T) {
	l := startLive(t, staff(), func(o *server.Options) {
		byHeader(o)
		o.Config.Authn.Sources = append(o.Config.Authn.Sources, config.Source{Name: "tokens", Asserts: []string{"*"}, Shared: true,
			JWT: &config.JWTSource{JWKSFile: "/no/such/jwks.json", Issuer: "https://issuer.test", Audiences: []string{"mayi"}}})
		o.Config.Authn.Sources[0].Shared = true
	})
	tests := []struct {
		path   string
		status int
		want   string
	}{
		{"/livez", 200, "ok\n"},
		{"/readyz", 200, "ok\n"},
		{"/readyz?verbose", 200, "[+] snapshot: ok\n[+] serving: ok\nok\n"},
		{"/v1/status", 200, `"ready":true`},
		{"/v1/status", 200, `"dry_run":false`},
		{"/v1/status", 200, `"policies":1`},
		{"/v1/status", 200, `"credentials":[{"name":"proxy","keys":0},{"name":"tokens","keys":0,"problem":`},
		{"/v1/status", 200, `/no/such/jwks.json`},
		{"/", 404, ""},
		{"/debug/pprof/", 404, ""},
		{"/v1/decide", 404, ""},
	}
	for _, tt := range tests {
		if status, body := l.get(tt.path); status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: got %d %s, want %d %s", tt.path, status, body, tt.status, tt.want)
		}
	}
	if status, _ := l.post("/metrics", ""); status != 404 {
		t.Errorf("the HTTP listener answers /metrics with %d", status)
	}
}

// TestNotReady starts without policies: nothing is served, and all probes say so,
// until there are some.
func TestNotReady(t *testing.T) {
	l := startLive(t, nil, byHeader)
	if status, body := l.get("/readyz?verbose"); status != 503 || !strings.Contains(body, "[-] snapshot: there is no good snapshot yet") {
		t.Errorf("/readyz: %d %s", status, body)
	}
	if status, _ := l.get("/livez"); status != 200 {
		t.Errorf("/livez: %d", status)
	}
	if got := l.grpcDecide("alice"); got != "Unavailable" {
		t.Errorf("Decide over gRPC: %s", got)
	}
	if status, body := l.post("/v1/decide", aliceReads); status != 503 || !strings.Contains(body, `"reason":"no_snapshot"`) {
		t.Errorf("Decide as JSON: %d %s", status, body)
	}
	if _, err := l.check.Check(t.Context(), get("alice", "/docs/1")); status.Code(err) != codes.Unavailable {
		t.Errorf("Check: %v", err)
	}
	watch, err := l.health.Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []healthpb.HealthCheckResponse_ServingStatus{healthpb.HealthCheckResponse_NOT_SERVING, healthpb.HealthCheckResponse_SERVING} {
		h, err := watch.Recv()
		if err != nil || h.GetStatus() != want {
			t.Fatalf("health: %v %v, want %v", h, err, want)
		}
		if want == healthpb.HealthCheckResponse_NOT_SERVING {
			staff().write(t, l.bundle)
		}
	}
	if got := l.grpcDecide("alice"); got != "identity_policy" {
		t.Errorf("Decide over gRPC with policies: %s", got)
	}
}

func TestHotReload(t *testing.T) {
	l := startLive(t, staff(), nil)
	if got := l.grpcDecide("alice"); got != "identity_policy" {
		t.Fatal(got)
	}
	_, before := l.get("/v1/status")
	files{"read.json": `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}`}.write(t, l.bundle)
	l.eventually("the changed policy denies", func() bool { return l.grpcDecide("alice") == "explicit_deny" })

	files{"read.json": `{"Version": "2012-10-17", "Statement": {"Effect": "Allow"}}`}.write(t, l.bundle)
	l.eventually("the broken policy is told of", func() bool {
		_, body := l.get("/v1/status")
		return strings.Contains(body, `"file":"read.json","line":1`) && strings.Contains(body, `"last_result":"failure"`)
	})
	if got := l.grpcDecide("alice"); got != "explicit_deny" {
		t.Errorf("a broken bundle replaced a good one: %s", got)
	}
	if status, _ := l.get("/readyz"); status != 200 {
		t.Errorf("a broken bundle made the server unready: %d", status)
	}
	staff().write(t, l.bundle)
	l.eventually("the good policy is back", func() bool { return l.grpcDecide("alice") == "identity_policy" })
	revision := regexp.MustCompile(`"revision":"[0-9a-f]{64}"`)
	_, after := l.get("/v1/status")
	if a, b := revision.FindString(before), revision.FindString(after); a == "" || a != b {
		t.Errorf("the same bundle has the revisions %s and %s", a, b)
	}
}

// TestDrain stops a server with a call in flight: it is not ready at once, the
// call gets its answer, and new calls are refused.
func TestDrain(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var hold atomic.Bool
	held, release := make(chan struct{}, 1), make(chan struct{})
	l := startLive(t, staff(), func(o *server.Options) {
		o.Now = func() time.Time {
			if hold.CompareAndSwap(true, false) {
				held <- struct{}{}
				<-release
			}
			return time.Now()
		}
	})
	hold.Store(true)
	answered := make(chan string, 1)
	go func() { answered <- l.grpcDecide("alice") }()
	<-held
	l.cancel()
	l.eventually("not ready", func() bool {
		status, body := l.get("/readyz?verbose")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "[-] serving: shutting down")
	})
	if status, body := l.get("/v1/status"); status != 200 || !strings.Contains(body, `"draining":true`) {
		t.Errorf("status while draining: %d %s", status, body)
	}
	l.eventually("no new calls", func() bool { status, _ := l.post("/v1/decide", aliceReads); return status == 0 })
	close(release)
	if got := <-answered; got != "identity_policy" {
		t.Errorf("the call in flight got %s", got)
	}
	l.stop()
	if log := l.logs.String(); !strings.Contains(log, `"msg":"stopped"`) || strings.Contains(log, "cutting them off") {
		t.Error("the stop was not an orderly one")
	}
}

// TestDelay shows that for the delay everything is still served.
func TestDelay(t *testing.T) {
	l := startLive(t, staff(), func(o *server.Options) { o.Config.Shutdown.Delay = 300 * time.Millisecond })
	l.cancel()
	l.eventually("not ready", func() bool { status, _ := l.get("/readyz"); return status == 503 })
	h, err := l.health.Check(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil || h.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Errorf("health while draining: %v %v", h, err)
	}
	if got := l.grpcDecide("alice"); got != "identity_policy" {
		t.Errorf("Decide while draining: %s", got)
	}
}

// TestGrace stops a server with a call that does not end.
func TestGrace(t *testing.T) {
	var hold atomic.Bool
	held, release := make(chan struct{}, 1), make(chan struct{})
	defer close(release)
	l := startLive(t, staff(), func(o *server.Options) {
		o.Config.Shutdown.Grace = 10 * time.Millisecond
		o.Now = func() time.Time {
			if hold.CompareAndSwap(true, false) {
				held <- struct{}{}
				<-release
			}
			return time.Now()
		}
	})
	hold.Store(true)
	answered := make(chan string, 1)
	go func() { answered <- l.grpcDecide("alice") }()
	<-held
	l.stop()
	if got := <-answered; got != "Unavailable" {
		t.Errorf("the call that was cut off got %s", got)
	}
	if !strings.Contains(l.logs.String(), "cutting them off") {
		t.Error("nothing says that calls were cut off")
	}
}

// TestStopWithWatcher shows that a health watcher does not hold up the stop.
func TestStopWithWatcher(t *testing.T) {
	l := startLive(t, staff(), func(o *server.Options) { o.Config.Shutdown.Grace = time.Minute })
	watch, err := l.health.Watch(context.Background(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Recv(); err != nil {
		t.Fatal(err)
	}
	l.stop()
}

func TestNewReportsEverything(t *testing.T) {
	c := config.Default()
	c.Bundle.Path = "policies"
	c.Authn.ClientAddress.TrustedProxies = []string{"10.0.0.0/8", "office"}
	c.Authn.Sources = []config.Source{
		{Name: "a b", JWT: &config.JWTSource{}},
		{Name: "proxy", Asserts: []string{"*"}, Header: &config.HeaderSource{Name: "x-user", TrustedPeers: []string{"10.0.0.1/8"}}},
	}
	c.ExtAuthz.RemoveHeaders = []string{"Host"}
	_, err := server.New(server.Options{Config: c})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`authn.client_address.trusted_proxies[1]: "office", expected an address or a network like 10.0.0.0/8`,
		`authn: source "a b": name "a b", expected letters`,
		`authn: source "a b": jwt: no audiences`,
		`authn: source "proxy": header: trusted peers: network 10.0.0.1/8, expected 10.0.0.0/8`,
		`ext_authz: remove headers: "Host"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got\n%v\nwant %s", err, want)
		}
	}
	if _, err := server.New(server.Options{Config: config.Default()}); err == nil || err.Error() != "bundle.path: required" {
		t.Errorf("no bundle: %v", err)
	}
}

// TestNewClosesWhatItOpened fails on the last listener and tries again.
func TestNewClosesWhatItOpened(t *testing.T) {
	dir := folder(t)
	c := config.Default()
	c.Bundle.Path = dir
	c.GRPC.Listen, c.HTTP.Listen = "unix:"+filepath.Join(dir, "g"), "unix:"+filepath.Join(dir, "h")
	c.Admin.Listen = "unix:" + filepath.Join(dir, "no", "folder")
	for range 2 {
		if _, err := server.New(server.Options{Config: c}); err == nil || !strings.HasPrefix(err.Error(), "admin.listen: ") {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("sockets are left: %v %v", entries, err)
	}
	c.Admin.Listen = ""
	s, err := server.New(server.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.Addrs(); a.Admin != nil || a.GRPC.String() != filepath.Join(dir, "g") {
		t.Errorf("addresses %+v", a)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestDryRun(t *testing.T) {
	l := startLive(t, staff(), func(o *server.Options) { byHeader(o); o.Config.ExtAuthz.DryRun = true })
	resp, err := l.check.Check(t.Context(), get("bob", "/docs/1"))
	if err != nil || resp.GetOkResponse() == nil {
		t.Fatal(resp, err)
	}
	if got := resp.GetDynamicMetadata().GetFields()["would"].GetStringValue(); got != "Deny" {
		t.Errorf("would %q", got)
	}
	if got := l.grpcDecide("bob"); got != "implicit_deny" {
		t.Errorf("Decide knows no dry run: %s", got)
	}
	_, status := l.get("/v1/status")
	_, metrics := l.get("/metrics")
	if !strings.Contains(status, `"dry_run":true`) || !strings.Contains(metrics, "\nmayi_dry_run 1\n") {
		t.Error("status and metrics do not say that this is a dry run")
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "mayi")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is temporary
	c := config.Default()
	c.Bundle.Path = dir
	c.GRPC.Listen, c.HTTP.Listen, c.Admin.Listen = "127.0.0.1:0", "", ""
	s, err := server.New(server.Options{Config: c})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	fmt.Println(s.Run(ctx), s.Ready())
	// Output: <nil> false
}
