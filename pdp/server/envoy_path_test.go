//go:build envoy

package server_test

import (
	"context"
	"net"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// eavesdropper stands between Envoy and MayI and notes what was asked.
type eavesdropper struct {
	authv3.UnimplementedAuthorizationServer
	mayi   authv3.AuthorizationClient
	socket string
	mu     sync.Mutex
	asked  []*authv3.CheckRequest
}

func eavesdrop(t *testing.T, mayiSocket string) *eavesdropper {
	t.Helper()
	conn, err := grpc.NewClient("unix:"+mayiSocket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	e := &eavesdropper{mayi: authv3.NewAuthorizationClient(conn), socket: filepath.Join(shortTempDir(t), "ear.sock")}
	l, err := net.Listen("unix", e.socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	authv3.RegisterAuthorizationServer(server, e)
	go server.Serve(l)
	t.Cleanup(server.Stop)
	return e
}

func (e *eavesdropper) Check(ctx context.Context, r *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	e.mu.Lock()
	e.asked = append(e.asked, r)
	e.mu.Unlock()
	return e.mayi.Check(ctx, r)
}

func (e *eavesdropper) take() []*authv3.CheckRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	asked := e.asked
	e.asked = nil
	return asked
}

// The path shapes on which proxies, decision points and upstreams have disagreed.
// Each stands below /public or tries to get from there to /admin.
var pathShapes = []string{
	"/public/a", "/public/", "/public", "/", "//public/a", "/public//a", "/public/./a", "/public/../admin", "/public/%2e%2e/admin",
	"/public/%2E%2e/admin", "/public/.%2e/admin", "/public/..;/admin", "/public/..;x=1/admin", "/public;/../admin", "/public/a;x=1/b", "/public/;/a",
	"/public/a%2fb", "/public/a%2Fb", "/public/%2e%2e%2fadmin", "/public/..%2Fadmin", "/public%2f..%2fadmin", "/public/a%5cb", "/public/..%5cadmin",
	`/public/..\admin`, `/public\..\admin`, "/public/%252e%252e/admin", "/public/a%252fb", "/public/a%25b", "/public/a?b?c", "/public/a?x=/../admin",
	"/public/a?x=%2e%2e", "/public/a%3fb", "/public/a%23b", "/public/a#b", "/public/%00a", "/public/a%00", "/public/a%0d%0ab", "/public/%zz", "/public/a%", "/public/a%4",
	"/public/%61", "/public/%7euser", "/public/~user", "/PUBLIC/a", "/Public/../admin", "/public/a|b", `/public/a"b`, "/public/a<b", "/public/a b", "/public/a+b",
	"/public/%c0%ae%c0%ae/admin", "/public/%e2%80%ae", "/public/\xff", "/public/\xc3\xa9", "/public/%c3%a9", "/public/!", "/public/a*b", "/public/*", "/public/?", "/public/${x}", "/public/{x}",
	"/public/...", "/public/....//admin", "/public/. /admin", "/public/%2e/admin", "/admin", "/admin/../public/a", "/admin%2f..%2fpublic/a", "admin", "", "*",
	"http://shop.example/public/a", "http://other.example/admin", "//other.example/public/a", "/public/" + strings.Repeat("a", 20000), "/public/" + strings.Repeat("a/", 3000),
}

func TestEnvoyPathShapes(t *testing.T) {
	bundle := writeBundle(t, map[string]string{
		"public.json": `{"Version": "2012-10-17", "Statement": {"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": "http:GET", "Resource": "arn:mayi:http:::shop.example/public/*"}}`,
		"routes.json": `{"routes": []}`,
	})
	settings := map[string]func(hcm, listener, root tree){
		"as deployed": nil,
		"nothing normalised": func(hcm, _, _ tree) {
			for _, k := range []string{"normalize_path", "merge_slashes", "path_with_escaped_slashes_action", "strip_any_host_port", "strip_trailing_host_dot"} {
				delete(hcm, k)
			}
		},
		"normalised only": func(hcm, _, _ tree) {
			delete(hcm, "merge_slashes")
			delete(hcm, "path_with_escaped_slashes_action")
		},
		"unescaped and forwarded": func(hcm, _, _ tree) { hcm["path_with_escaped_slashes_action"] = "UNESCAPE_AND_FORWARD" },
		"joined headers": func(hcm, _, _ tree) {
			httpFilter(t, hcm, "envoy.filters.http.ext_authz")["encode_raw_headers"] = false
		},
	}
	for name, edit := range settings {
		t.Run(name, func(t *testing.T) {
			m := startMayI(t, bundle)
			m.ready()
			ear, up, issuer := eavesdrop(t, m.socket), newUpstream(t), newIssuer(t)
			e := startEnvoy(t, envoySetup{mayiSocket: ear.socket, upstream: up.addr(), jwks: issuer.file, edit: edit})
			forwarded, denied := 0, 0
			for _, shape := range pathShapes {
				for _, proto := range []string{"HTTP/1", "HTTP/2"} {
					var got answer
					if proto == "HTTP/1" {
						got = http1(t, e.addr, "GET", shape, nil, "")
					} else {
						got = http2raw(t, e.addr, "GET", shape, nil)
					}
					asked, seen := ear.take(), up.take()
					switch {
					case len(seen) == 0 && got.status == 200:
						t.Errorf("%s %.60q: 200 without the upstream", proto, shape)
					case len(seen) == 0:
						denied++
					default:
						forwarded++
						checkForwarded(t, proto+" "+shape, asked, seen)
					}
				}
			}
			if forwarded < 10 || denied < 40 {
				t.Errorf("%d forwarded, %d denied: the shapes do not try both", forwarded, denied)
			}
			t.Logf("NOTE: path shapes, %s: %d forwarded as judged, %d denied", name, forwarded, denied)
		})
	}
}

// checkForwarded demands that the upstream got exactly what MayI judged, and that
// no way to read it leads out of /public.
func checkForwarded(t *testing.T, what string, asked []*authv3.CheckRequest, seen []received) {
	t.Helper()
	if len(asked) != 1 || len(seen) != 1 {
		t.Errorf("%.80q: %d checks, %d requests upstream", what, len(asked), len(seen))
		return
	}
	judged, target := asked[0].GetAttributes().GetRequest().GetHttp().GetPath(), seen[0].target
	if judged != target {
		t.Errorf("%.80q: judged %.80q, forwarded %.80q", what, judged, target)
	}
	if seen[0].host != "shop.example" {
		t.Errorf("%.80q: forwarded to host %q", what, seen[0].host)
	}
	p, _, _ := strings.Cut(target, "?")
	for depth := range 3 { // once as it is, once and twice decoded
		for _, reading := range []string{p, strings.ReplaceAll(p, `\`, "/"), stripParams(p)} {
			if clean := path.Clean("/" + reading); clean != "/public" && !strings.HasPrefix(clean, "/public/") {
				t.Errorf("%.80q: forwarded %.80q, which can be read as %.80q (decoded %d times)", what, target, clean, depth)
			}
		}
		decoded, err := url.PathUnescape(p)
		if err != nil || decoded == p {
			break
		}
		p = decoded
	}
}

// stripParams reads a path as a servlet container does.
func stripParams(p string) string {
	segments := strings.Split(p, "/")
	for i, s := range segments {
		segments[i], _, _ = strings.Cut(s, ";")
	}
	return strings.Join(segments, "/")
}
