package route_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/route"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// compile builds a table of documents given as JSON.
func compile(t testing.TB, docs ...string) (*route.Table, error) {
	t.Helper()
	var decoded []*route.Document
	for i, text := range docs {
		root, err := strictjson.Parse(fmt.Sprintf("doc%d.json", i), []byte(text), strictjson.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		d, problems := route.Decode(root)
		if len(problems) > 0 {
			return nil, strictjson.Join(problems)
		}
		decoded = append(decoded, d)
	}
	table, problems := route.Compile(decoded)
	return table, strictjson.Join(problems)
}

func mustCompile(t testing.TB, docs ...string) *route.Table {
	t.Helper()
	table, err := compile(t, docs...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// request makes a request of "METHOD host/path", "METHOD host" for CONNECT.
func request(t testing.TB, line string) *route.HTTP {
	t.Helper()
	method, target, _ := strings.Cut(line, " ")
	authority, path, hasPath := strings.Cut(target, "/")
	if hasPath {
		path = "/" + path
	}
	if authority == "*" {
		authority, path = "", "*"
	}
	h, err := route.Canonical(method, authority, path, route.Options{})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return &h
}

// ask returns the action that a request gets, or "no_route", or the error.
func ask(t testing.TB, table *route.Table, h *route.HTTP) string {
	t.Helper()
	found, err := table.Find(h)
	if errors.Is(err, route.ErrNoRoute) {
		return "no_route"
	}
	if err != nil {
		return err.Error()
	}
	target, err := found.Expand(h, route.Caller{ID: "alice"})
	if err != nil {
		return err.Error()
	}
	return target.Action
}

func TestFind(t *testing.T) {
	for _, tt := range []struct {
		name   string
		routes string // of actions
		want   map[string]string
	}{
		{"the more specific path wins", `
			{"path": "/a/**", "action": "rest"},
			{"path": "/a/*", "action": "one"},
			{"path": "/a/b", "action": "literal"},
			{"path": "/a/b/{c}/d", "action": "deep"}`,
			map[string]string{
				"GET h/a/b": "literal", "GET h/a/c": "one", "GET h/a/": "rest", "GET h/a/b/c": "rest",
				"GET h/a/b/c/d": "deep", "GET h/a/b/c/e": "rest", "GET h/a/b/": "rest", "GET h/a": "http:GET",
			}},
		{"a literal branch that leads nowhere is left again", `
			{"path": "/a/b/z", "action": "1"},
			{"path": "/a/{x}/c", "action": "2"}`,
			map[string]string{"GET h/a/b/c": "2", "GET h/a/b/z": "1", "GET h/a/b/y": "http:GET"}},
		{"hosts", `
			{"host": "api.example.com", "path": "/**", "action": "exact"},
			{"host": "*.example.com", "path": "/**", "action": "wild"},
			{"host": "*.b.example.com", "path": "/**", "action": "wilder"},
			{"path": "/**", "action": "any"}`,
			map[string]string{
				"GET api.example.com/a": "exact", "GET API.EXAMPLE.COM.:80/a": "exact", "GET x.example.com/a": "wild",
				"GET y.x.example.com/a": "wild", "GET x.b.example.com/": "wilder", "GET b.example.com/": "wild",
				"GET example.com/": "any", "GET badexample.com/": "any", "GET /a": "any", "GET 10.0.0.1/": "any",
			}},
		{"methods", `
			{"path": "/a", "methods": ["GET", "HEAD"], "action": "read"},
			{"path": "/a", "methods": ["GET"], "action": "get"},
			{"path": "/a", "action": "other"},
			{"path": "/b", "methods": ["GET"], "action": "b"}`,
			map[string]string{
				"GET h/a": "get", "HEAD h/a": "read", "PUT h/a": "other", "GET h/b": "b",
				"HEAD h/b": "no_route", "POST h/b": "no_route", "POST h/c": "http:POST",
			}},
		{"another method does not fall through", `
			{"path": "/a/b", "methods": ["GET"], "action": "1"},
			{"path": "/a/*", "methods": ["GET", "PUT"], "action": "2"},
			{"path": "/**", "action": "3"}`,
			map[string]string{"GET h/a/b": "1", "PUT h/a/b": "no_route", "PUT h/a/c": "2", "POST h/a/c": "no_route", "POST h/c": "3"}},
		{"nor does it to a wider host", `
			{"host": "h", "path": "/a", "methods": ["GET"], "action": "1"},
			{"path": "/a", "action": "2"}`,
			map[string]string{"GET h/a": "1", "PUT h/a": "no_route", "PUT i/a": "2"}},
		{"paths that cross stand side by side under different methods", `
			{"path": "/a/{x}", "methods": ["GET"], "action": "1"},
			{"path": "/{y}/b", "methods": ["POST"], "action": "2"}`,
			map[string]string{"GET h/a/b": "1", "POST h/a/b": "2", "PUT h/a/b": "no_route", "POST h/a/c": "no_route", "POST h/c/b": "2"}},
		{"trailing slash", `
			{"path": "/exact", "action": "1"},
			{"path": "/slash/", "action": "2"},
			{"path": "/both", "trailing_slash": "optional", "action": "3"},
			{"path": "/both2/", "trailing_slash": "optional", "action": "4"},
			{"path": "/rest/**", "trailing_slash": "optional", "action": "5"},
			{"path": "/", "trailing_slash": "optional", "action": "6"},
			{"path": "/one/{x}", "trailing_slash": "exact", "action": "7"}`,
			map[string]string{
				"GET h/exact": "1", "GET h/exact/": "http:GET", "GET h/slash": "http:GET", "GET h/slash/": "2",
				"GET h/both": "3", "GET h/both/": "3", "GET h/both2": "4", "GET h/both2/": "4",
				"GET h/rest": "5", "GET h/rest/": "5", "GET h/rest/a": "5", "GET h/": "6",
				"GET h/one/a": "7", "GET h/one/a/": "http:GET", "GET h/one/": "http:GET",
			}},
		{"case", `
			{"path": "/Docs/1", "ignore_case": true, "action": "1"},
			{"path": "/docs/{x}", "ignore_case": true, "action": "2"},
			{"path": "/docs/1", "action": "3"}`,
			map[string]string{
				"GET h/DOCS/1": "1", "GET h/docs/1": "3", "GET h/Docs/1": "1", "GET h/dOcs/X": "2", "GET h/%44ocs/2": "2",
			}},
		{"templates are read like paths", `
			{"path": "/a%20b", "action": "1"},
			{"path": "/%2A/x", "action": "2"},
			{"path": "/%7Bname%7D", "action": "3"},
			{"path": "/é", "action": "4"},
			{"path": "/100%25", "action": "5"}`,
			map[string]string{
				"GET h/a%20b": "1", "GET h/*/x": "2", "GET h/a/x": "http:GET", "GET h/{name}": "3",
				"GET h/%C3%A9": "4", "GET h/100%25": "5", "GET h/%61%20b": "1",
			}},
		{"gRPC", `
			{"grpc": "pkg.Docs/Get", "action": "get"},
			{"grpc": "pkg.Docs/*", "action": "docs"},
			{"grpc": "pkg.Web/Get", "methods": ["GET", "POST"], "action": "web"}`,
			map[string]string{
				"POST h/pkg.Docs/Get": "get", "POST h/pkg.Docs/List": "docs", "POST h/pkg.Other/Get": "http:POST",
				"POST h/pkg.Docs/Get?x": "query: gRPC requests have none", "GET h/pkg.Docs/Get": "no_route",
				"POST h/pkg.Docs/": "http:POST", "POST h/pkg.Docs/Get/": "http:POST", "GET h/pkg.Web/Get?x": "web",
			}},
		{"CONNECT and OPTIONS *", `
			{"host": "db", "methods": ["CONNECT"], "upgrade": true, "action": "tunnel"},
			{"path": "*", "methods": ["OPTIONS"], "action": "ping"},
			{"path": "/**", "upgrade": true, "action": "any"}`,
			map[string]string{
				"CONNECT db:1": "tunnel", "CONNECT other:1": "no_route", "OPTIONS *": "ping", "OPTIONS h/": "any",
			}},
		{"no action", `{"path": "/a", "public": true}`, map[string]string{"GET h/a": "http:GET"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := mustCompile(t, `{"routes": [`+tt.routes+`]}`)
			for line, want := range tt.want {
				if got := ask(t, table, request(t, line)); got != want {
					t.Errorf("%s: got %q, want %q", line, got, want)
				}
			}
		})
	}
}

func TestDefaultMapping(t *testing.T) {
	empty := mustCompile(t, `{"routes": []}`)
	for _, table := range []*route.Table{nil, empty} {
		for _, tt := range []struct{ line, action, resource string }{
			{"GET API.example.com:80/a/b/?q=1", "http:GET", "arn:mayi:http:::api.example.com/a/b/"},
			{"POST h/pkg.Docs/Get", "http:POST", "arn:mayi:http:::h/pkg.Docs/Get"},
			{"PURGE h/*", "http:PURGE", "arn:mayi:http:::h/*"},
			{"GET h/a%3Fb%20c", "http:GET", "arn:mayi:http:::h/a%3Fb%20c"},
			{"GET [::1]:80/", "http:GET", "arn:mayi:http:::[::1]/"},
			{"GET /", "http:GET", "arn:mayi:http:::/"},
			{"OPTIONS *", "http:OPTIONS", "arn:mayi:http:::*"},
		} {
			h := request(t, tt.line)
			found, err := table.Find(h)
			if err != nil || found.Public() {
				t.Fatalf("%s: public %t, %v", tt.line, found.Public(), err)
			}
			got, err := found.Expand(h, route.Caller{})
			if want := (route.Target{Action: tt.action, Resource: tt.resource}); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %+v, %v", tt.line, got, err)
			}
		}
	}
}

func TestDefaultMappingOff(t *testing.T) {
	table := mustCompile(t, `{"routes": [{"path": "/a", "action": "a"}]}`, `{"routes": [], "default": "deny"}`)
	if got := ask(t, table, request(t, "GET h/a")); got != "a" {
		t.Errorf("got %q", got)
	}
	if got := ask(t, table, request(t, "GET h/b")); got != "no_route" {
		t.Errorf("got %q", got)
	}
}

func TestTunnels(t *testing.T) {
	table := mustCompile(t, `{"routes": [
		{"path": "/ws", "upgrade": true, "action": "ws"},
		{"path": "/plain", "action": "plain"},
		{"methods": ["CONNECT"], "upgrade": true}]}`)
	for _, tt := range []struct {
		line   string
		tunnel bool
		want   string
	}{
		{"GET h/ws", true, "ws"},
		{"GET h/ws", false, "ws"},
		{"GET h/plain", true, "no_route"},
		{"GET h/plain", false, "plain"},
		{"GET h/other", true, "no_route"},
	} {
		h := request(t, tt.line)
		h.Tunnel = tt.tunnel
		if got := ask(t, table, h); got != tt.want {
			t.Errorf("%s, tunnel %t: got %q, want %q", tt.line, tt.tunnel, got, tt.want)
		}
	}
	h := request(t, "CONNECT db:5432")
	h.Tunnel = false // a door that forgot to say so
	if got := ask(t, nil, h); got != "no_route" {
		t.Errorf("CONNECT without routes: got %q", got)
	}
	found, err := table.Find(h)
	if err != nil {
		t.Fatal(err)
	}
	got, err := found.Expand(h, route.Caller{})
	if err != nil || got.Action != "http:CONNECT" || got.Resource != "arn:mayi:http:::db:5432" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestFindOfNothing(t *testing.T) {
	var m *route.Malformed
	if _, err := (*route.Table)(nil).Find(&route.HTTP{}); !errors.As(err, &m) {
		t.Errorf("got %v", err)
	}
}

func TestConflicts(t *testing.T) {
	for _, tt := range []struct {
		name, a, b string
		conflict   bool
	}{
		{"the same", `"path": "/a"`, `"path": "/a"`, true},
		{"the same, written otherwise", `"path": "/a"`, `"path": "/%61"`, true},
		{"the same but for names", `"path": "/{a}"`, `"path": "/{b}"`, true},
		{"name and asterisk", `"path": "/{a}"`, `"path": "/*"`, true},
		{"same methods in another order", `"path": "/a", "methods": ["A", "B"]`, `"path": "/a", "methods": ["B", "A"]`, true},
		{"methods that cross", `"path": "/a", "methods": ["A", "B"]`, `"path": "/a", "methods": ["B", "C"]`, true},
		{"methods apart", `"path": "/a", "methods": ["A"]`, `"path": "/a", "methods": ["B"]`, false},
		{"fewer methods", `"path": "/a", "methods": ["A"]`, `"path": "/a"`, false},
		{"paths that cross", `"path": "/a/*"`, `"path": "/*/b"`, true},
		{"paths that cross, methods apart", `"path": "/a/*", "methods": ["A"]`, `"path": "/*/b", "methods": ["B"]`, false},
		{"narrower path with more methods", `"path": "/a"`, `"path": "/*", "methods": ["A"]`, true},
		{"narrower path, wider host", `"path": "/a"`, `"host": "h", "path": "/*"`, true},
		{"narrower path, wider host, methods apart", `"path": "/a", "methods": ["A"]`, `"host": "h", "path": "/*", "methods": ["B"]`, false},
		{"narrower host with more methods", `"host": "h", "path": "/a"`, `"path": "/a", "methods": ["A"]`, true},
		{"narrower in both", `"host": "h", "path": "/a"`, `"path": "/*"`, false},
		{"hosts apart", `"host": "h", "path": "/a"`, `"host": "i", "path": "/a"`, false},
		{"same host, other case", `"host": "h", "path": "/a"`, `"host": "H.", "path": "/a"`, true},
		{"suffix and host below", `"host": "*.h", "path": "/a"`, `"host": "a.h", "path": "/*"`, true},
		{"suffix and host itself", `"host": "*.h", "path": "/a"`, `"host": "h", "path": "/*"`, false},
		{"suffix and label that ends alike", `"host": "*.h", "path": "/a"`, `"host": "xh", "path": "/*"`, false},
		{"suffixes", `"host": "*.h", "path": "/a"`, `"host": "*.a.h", "path": "/*"`, true},
		{"slash apart", `"path": "/a"`, `"path": "/a/"`, false},
		{"optional slash", `"path": "/a", "trailing_slash": "optional"`, `"path": "/a/"`, true},
		{"optional slash and rest", `"path": "/a", "trailing_slash": "optional"`, `"path": "/a/**"`, false},
		{"rest with optional slash", `"path": "/a"`, `"path": "/a/**", "trailing_slash": "optional"`, true},
		{"rest and rest", `"path": "/a/**"`, `"path": "/**"`, false},
		{"rests that cross", `"path": "/a/**"`, `"path": "/*/b/**"`, true},
		{"case", `"path": "/a", "ignore_case": true`, `"path": "/A"`, false},
		{"case and case", `"path": "/a", "ignore_case": true`, `"path": "/A", "ignore_case": true`, true},
		{"case without letters", `"path": "/1", "ignore_case": true`, `"path": "/1"`, true},
		{"case that crosses", `"path": "/a/*", "ignore_case": true`, `"path": "/*/B"`, true},
		{"gRPC and path", `"grpc": "a.B/C"`, `"path": "/a.B/C", "methods": ["POST"]`, true},
		{"gRPC and wider path", `"grpc": "a.B/C"`, `"path": "/a.B/*"`, false},
		{"gRPC and method apart", `"grpc": "a.B/C"`, `"path": "/a.B/C", "methods": ["GET"]`, false},
		{"gRPC service and path that cross", `"grpc": "a.B/*"`, `"path": "/*/C"`, true},
		{"CONNECT and everything", `"methods": ["CONNECT"], "upgrade": true`, `"path": "/**"`, false},
		{"CONNECT twice", `"methods": ["CONNECT"], "upgrade": true`, `"methods": ["CONNECT"], "upgrade": true`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, docs := range [][]string{
				{`{"routes": [{` + tt.a + `}, {` + tt.b + `}]}`},
				{`{"routes": [{` + tt.b + `}]}`, `{"routes": [{` + tt.a + `}]}`},
			} {
				_, err := compile(t, docs...)
				if (err != nil) != tt.conflict {
					t.Fatalf("got %v", err)
				}
				if err != nil && (strings.Count(err.Error(), ".json:1:") != 2 || !strings.Contains(err.Error(), "/routes/0")) {
					t.Errorf("%v does not name both places", err)
				}
			}
		})
	}
}

func TestConflictsAreBounded(t *testing.T) {
	_, err := compile(t, `{"routes": [`+strings.TrimSuffix(strings.Repeat(`{"path": "/a"},`, 300), ",")+`]}`)
	if err == nil || len(strings.Split(err.Error(), "\n")) != 100 {
		t.Error("want 100 problems")
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	table := mustCompile(t, `{"routes": [
		{"host": "*.example.com", "path": "/a/{x}/c", "methods": ["GET"], "action": "1"},
		{"host": "*.example.com", "path": "/a/b/**", "methods": ["PUT"], "action": "2"}]}`)
	h := request(t, "GET api.example.com/a/b/c")
	if n := testing.AllocsPerRun(100, func() {
		if _, err := table.Find(h); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
