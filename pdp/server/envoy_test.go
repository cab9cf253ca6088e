//go:build envoy

package server_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// world is Envoy with MayI beside it and an upstream behind it.
type world struct {
	mayi     *mayi
	envoy    *envoy
	upstream *upstream
	issuer   *issuer
}

func newWorld(t *testing.T, bundle string, edit func(hcm, listener, root tree)) *world {
	t.Helper()
	w := &world{upstream: newUpstream(t), issuer: newIssuer(t)}
	w.mayi = startMayI(t, bundle)
	w.mayi.ready()
	w.envoy = startEnvoy(t, envoySetup{mayiSocket: w.mayi.socket, upstream: w.upstream.addr(), jwks: w.issuer.file, edit: edit})
	return w
}

func (w *world) as(user string) [][2]string {
	return [][2]string{{"authorization", "Bearer " + w.issuer.token(user)}}
}

func TestEnvoyDecides(t *testing.T) {
	w := newWorld(t, copyBundle(t), nil)
	asJSON := [][2]string{{"content-type", "application/json"}}
	tests := []struct {
		name, user, method, target, body string
		header                           [][2]string
		status                           int
	}{
		{"allowed by the team's policy", "alice", "GET", "/documents/handbook/intro", "", nil, 200},
		{"allowed by a policy variable", "alice", "PUT", "/documents/home/alice/notes", "x", nil, 200},
		{"another's home", "alice", "PUT", "/documents/home/bob/notes", "x", nil, 403},
		{"explicit deny by a resource policy", "alice", "DELETE", "/documents/handbook/legal/contract", "", nil, 403},
		{"explicit deny binds the admin", "carol", "DELETE", "/documents/handbook/legal/contract", "", nil, 403},
		{"the admin may else", "carol", "DELETE", "/documents/handbook/intro", "", nil, 200},
		{"another team", "bob", "GET", "/documents/handbook/intro", "", nil, 403},
		{"small order by its body", "bob", "POST", "/orders/7", `{"total": 400}`, asJSON, 200},
		{"small order that does not say it is JSON", "bob", "POST", "/orders/7", `{"total": 400}`, nil, 403},
		{"order at the limit", "bob", "POST", "/orders/7", `{"total": 500.0}`, asJSON, 200},
		{"order above the limit", "bob", "POST", "/orders/7", `{"total": 500.01}`, asJSON, 403},
		{"order whose total is said twice", "bob", "POST", "/orders/7", `{"total": 400, "total": 900}`, asJSON, 403},
		{"order without a body", "bob", "POST", "/orders/7", "", nil, 403},
		{"body beyond what Envoy sends along", "bob", "POST", "/orders/7", `{"total": 400, "note": "` + strings.Repeat("x", 9000) + `"}`, asJSON, 403},
		{"refund from elsewhere", "bob", "POST", "/orders/7/refund", "", nil, 403},
		{"public page without a token", "", "GET", "/status", "", nil, 200},
		{"no token", "", "GET", "/documents/handbook/intro", "", nil, 401},
		{"a token of nobody", "", "GET", "/documents/handbook/intro", "", [][2]string{{"authorization", "Bearer x.y.z"}}, 401},
		{"no route", "carol", "GET", "/elsewhere", "", nil, 403},
		{"route with another method", "carol", "PATCH", "/orders/7", "", nil, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := slices.Clone(tt.header)
			if tt.user != "" {
				header = append(header, w.as(tt.user)...)
			}
			got := http1(t, w.envoy.addr, tt.method, tt.target, header, tt.body)
			if got.status != tt.status {
				t.Errorf("status %d, expected %d; body %q", got.status, tt.status, got.body)
			}
			if seen := w.upstream.take(); (len(seen) > 0) != (tt.status == 200) {
				t.Errorf("status %d and %d requests upstream", tt.status, len(seen))
			}
			if tt.status == 401 && got.header.Get("www-authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
		})
	}
	t.Run("a deny says why, as problem JSON", func(t *testing.T) {
		got := http1(t, w.envoy.addr, "DELETE", "/documents/handbook/legal/contract", append(w.as("alice"), [2]string{"accept", "application/json"}), "")
		var problem struct {
			Status int    `json:"status"`
			Title  string `json:"title"`
			Reason string `json:"reason"`
		}
		if err := json.Unmarshal([]byte(got.body), &problem); err != nil {
			t.Fatalf("body %q: %v", got.body, err)
		}
		if got.header.Get("content-type") != "application/problem+json" || problem.Status != 403 || problem.Reason != "explicit_deny" {
			t.Errorf("content-type %q, problem %+v", got.header.Get("content-type"), problem)
		}
	})
	t.Run("the access log reads the metadata", func(t *testing.T) {
		http1(t, w.envoy.addr, "GET", "/documents/handbook/intro?logged", w.as("alice"), "")
		var line struct{ Decision, Reason, Decision_id, Principal string }
		eventually(t, "the access log line", func() bool {
			for text := range strings.Lines(w.envoy.log.String()) {
				if strings.Contains(text, "?logged") && json.Unmarshal([]byte(text), &line) == nil {
					return true
				}
			}
			return false
		})
		if line.Decision != "Allow" || line.Reason != "identity_policy" || len(line.Decision_id) != 36 || line.Principal != "arn:mayi:iam::111122223333:user/alice" {
			t.Errorf("access log says %+v", line)
		}
	})
}

func TestEnvoyForgedIdentityHeaders(t *testing.T) {
	// The worst case: an Envoy that lets underscores through.
	w := newWorld(t, copyBundle(t), func(hcm, _, _ tree) {
		hcm["common_http_protocol_options"].(tree)["headers_with_underscores_action"] = "ALLOW"
	})
	spellings := []string{
		"x-mayi-principal", "X-Mayi-Principal", "X-MAYI-PRINCIPAL", "x_mayi_principal", "x-mayi_principal", "x_mayi-principal", "X_Mayi-Principal",
		"x-mayi-decision-id", "x_mayi_decision_id", "x-mayi_decision-id", "x-mayi-tenant", "x_mayi_tenant", "X-MAYI_tenant",
	}
	forge := [][2]string{}
	for _, s := range spellings {
		forge = append(forge, [2]string{s, "forged"}, [2]string{s, "forged-twice"})
	}
	for name, tt := range map[string]struct {
		header    [][2]string
		target    string
		principal []string
	}{
		"of a user":    {w.as("alice"), "/documents/handbook/intro", []string{"arn:mayi:iam::111122223333:user/alice"}},
		"of anonymous": {nil, "/status", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w.upstream.take()
			if got := http1(t, w.envoy.addr, "GET", tt.target, append(slices.Clone(forge), tt.header...), ""); got.status != 200 {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			seen := w.upstream.take()
			if len(seen) != 1 {
				t.Fatalf("%d requests upstream", len(seen))
			}
			if got := seen[0].values("x-mayi-principal"); !slices.Equal(got, tt.principal) {
				t.Errorf("x-mayi-principal %q, expected %q", got, tt.principal)
			}
			for _, h := range seen[0].header {
				if strings.Contains(h[1], "forged") {
					t.Errorf("the forged %s: %s reached the upstream", h[0], h[1])
				}
			}
		})
	}
}

func TestEnvoyRBACDemandsTheMetadata(t *testing.T) {
	t.Run("ext_authz taken out", func(t *testing.T) {
		w := newWorld(t, copyBundle(t), func(hcm, _, _ tree) { removeFilter(hcm, "envoy.filters.http.ext_authz") })
		if got := http1(t, w.envoy.addr, "GET", "/status", nil, ""); got.status != 403 {
			t.Errorf("status %d without MayI's word", got.status)
		}
	})
	t.Run("failure_mode_allow and MayI stopped", func(t *testing.T) {
		w := newWorld(t, copyBundle(t), func(hcm, _, _ tree) {
			httpFilter(t, hcm, "envoy.filters.http.ext_authz")["failure_mode_allow"] = true
		})
		if got := http1(t, w.envoy.addr, "GET", "/status", nil, ""); got.status != 200 {
			t.Errorf("status %d while MayI runs", got.status)
		}
		w.mayi.stop()
		if got := http1(t, w.envoy.addr, "GET", "/status", nil, ""); got.status != 403 {
			t.Errorf("status %d after MayI stopped: failure_mode_allow opened the door", got.status)
		}
	})
}

func TestEnvoyMutualTLS(t *testing.T) {
	pki := newPKI(t)
	w := newWorld(t, copyBundle(t), func(_, listener, _ tree) {
		chain := listener["filter_chains"].([]any)[0].(tree)
		chain["transport_socket"] = tree{
			"name": "envoy.transport_sockets.tls",
			"typed_config": tree{
				"@type":                      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
				"require_client_certificate": true,
				"common_tls_context": tree{
					"tls_certificates":   []any{tree{"certificate_chain": tree{"filename": pki.serverCert}, "private_key": tree{"filename": pki.serverKey}}},
					"validation_context": tree{"trusted_ca": tree{"filename": pki.ca}},
				},
			},
		}
	})
	for name, tt := range map[string]struct {
		cert   tls.Certificate
		status int
	}{
		"the service that the policy names": {pki.client(t, "spiffe://shop.example/ns/checkout/sa/checkout"), 200},
		"another service":                   {pki.client(t, "spiffe://shop.example/ns/search/sa/search"), 403},
		"another trust domain":              {pki.client(t, "spiffe://evil.example/ns/checkout/sa/checkout"), 401},
		"two URI names":                     {pki.client(t, "spiffe://shop.example/ns/checkout/sa/checkout", "spiffe://shop.example/ns/admin/sa/admin"), 401},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := &tls.Config{RootCAs: pki.pool, ServerName: "shop.example", Certificates: []tls.Certificate{tt.cert}}
			got := https1(t, w.envoy.addr, cfg, "POST", "/orders/7", nil)
			if got.status != tt.status {
				t.Errorf("status %d, expected %d: %s", got.status, tt.status, got.body)
			}
		})
	}
}

func TestEnvoyGRPCUpstream(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, health.NewServer())
	go server.Serve(l)
	t.Cleanup(server.Stop)

	bundle := writeBundle(t, map[string]string{
		"routes.json":    `{"default": "deny", "routes": [{"grpc": "grpc.health.v1.Health/Check", "action": "health:Check", "resource": "arn:mayi:health::111122223333:all"}]}`,
		"directory.json": `{"users": {"arn:mayi:iam::111122223333:user/alice": {"aliases": ["login:alice"], "policies": ["check"]}, "bob": {"aliases": ["login:bob"]}}}`,
		"check.json":     `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "health:Check", "Resource": "*"}}`,
	})
	issuer := newIssuer(t)
	m := startMayI(t, bundle)
	m.ready()
	e := startEnvoy(t, envoySetup{mayiSocket: m.socket, upstream: l.Addr().String(), jwks: issuer.file})
	conn, err := grpc.NewClient(e.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	client := healthpb.NewHealthClient(conn)
	for user, want := range map[string]codes.Code{"alice": codes.OK, "bob": codes.PermissionDenied, "": codes.Unauthenticated} {
		t.Run("as "+user, func(t *testing.T) {
			ctx := t.Context()
			if user != "" {
				ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+issuer.token(user))
			}
			_, err := client.Check(ctx, &healthpb.HealthCheckRequest{})
			if status.Code(err) != want {
				t.Errorf("%v, expected %v", err, want)
			}
		})
	}
	t.Run("another method of the service", func(t *testing.T) {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+issuer.token("alice"))
		_, err := client.List(ctx, &healthpb.HealthListRequest{})
		if status.Code(err) != codes.PermissionDenied {
			t.Errorf("%v", err)
		}
	})
}

func TestEnvoyReloadUnderTraffic(t *testing.T) {
	bundle := copyBundle(t)
	w := newWorld(t, bundle, nil)
	policy, err := os.ReadFile(filepath.Join(bundle, "documents-team.json"))
	if err != nil {
		t.Fatal(err)
	}
	open, shut := string(policy), strings.ReplaceAll(string(policy), `"Allow"`, `"Deny"`)
	header := w.as("alice")
	ask := func() int { return http1(t, w.envoy.addr, "GET", "/documents/handbook/intro", header, "").status }

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var asked atomic.Int64
	var failures sync.Map // by status
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for ctx.Err() == nil {
				asked.Add(1)
				if s := ask(); s != 200 && s != 403 && ctx.Err() == nil {
					n, _ := failures.LoadOrStore(s, new(atomic.Int64))
					n.(*atomic.Int64).Add(1)
				}
			}
		})
	}
	for i := range 10 {
		text, want := shut, 403
		if i%2 == 1 {
			text, want = open, 200
		}
		replaceFile(t, bundle, "documents-team.json", text)
		eventually(t, fmt.Sprintf("change %d decides", i), func() bool { return ask() == want })
	}
	replaceFile(t, bundle, "documents-team.json", open[:len(open)/2])
	eventually(t, "the broken bundle is reported", func() bool {
		return strings.Contains(w.mayi.log.String(), "documents-team.json")
	})
	if got := ask(); got != 200 {
		t.Errorf("status %d under a broken bundle; the last good one must decide", got)
	}
	cancel()
	clients.Wait()
	failed := int64(0)
	failures.Range(func(s, n any) bool {
		failed += n.(*atomic.Int64).Load()
		t.Errorf("%d of %d requests answered %d under reload", n.(*atomic.Int64).Load(), asked.Load(), s)
		return true
	})
	t.Logf("NOTE: Envoy: %d requests under 10 reloads, %d failed", asked.Load(), failed)
}

func TestEnvoyWithoutMayI(t *testing.T) {
	w := newWorld(t, copyBundle(t), nil)
	if got := http1(t, w.envoy.addr, "GET", "/status", nil, ""); got.status != 200 {
		t.Fatalf("status %d while MayI runs", got.status)
	}
	w.mayi.stop()
	if got := http1(t, w.envoy.addr, "GET", "/status", nil, ""); got.status != http.StatusServiceUnavailable {
		t.Errorf("status %d after MayI stopped, expected status_on_error 503", got.status)
	}
	w.mayi.start()
	w.mayi.ready()
	eventually(t, "requests pass again", func() bool {
		return http1(t, w.envoy.addr, "GET", "/status", nil, "").status == 200
	})
}

func TestEnvoyWithoutBundle(t *testing.T) {
	bundle := filepath.Join(t.TempDir(), "policies")
	if err := os.Mkdir(bundle, 0o700); err != nil {
		t.Fatal(err)
	}
	m := startMayI(t, bundle)
	u, issuer := newUpstream(t), newIssuer(t)
	e := startEnvoy(t, envoySetup{mayiSocket: m.socket, upstream: u.addr(), jwks: issuer.file})
	if got := http1(t, e.addr, "GET", "/status", nil, ""); got.status != http.StatusServiceUnavailable {
		t.Errorf("status %d without a bundle", got.status)
	}
	if got := m.get("/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("/readyz %d without a bundle", got)
	}
	if seen := u.take(); len(seen) != 0 {
		t.Errorf("%d requests upstream", len(seen))
	}
	if err := os.CopyFS(bundle, os.DirFS("../../deploy/policies")); err != nil {
		t.Fatal(err)
	}
	m.ready()
	eventually(t, "requests pass once there is a bundle", func() bool {
		return http1(t, e.addr, "GET", "/status", nil, "").status == 200
	})
}
