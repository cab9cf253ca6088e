package route_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/route"
)

// expand finds and fills the one route of a table.
func expand(t testing.TB, doc string, h *route.HTTP, principal string) (route.Target, error) {
	t.Helper()
	found, err := mustCompile(t, `{"routes": [`+doc+`]}`).Find(h)
	if err != nil {
		t.Fatal(err)
	}
	return found.Expand(h, route.Caller{ID: principal, Tenant: "5/7"})
}

func withHeaders(h *route.HTTP, list ...string) *route.HTTP {
	h.Header = func(name string) []string {
		var values []string
		for i := 0; i < len(list); i += 2 {
			if list[i] == name {
				values = append(values, list[i+1])
			}
		}
		return values
	}
	return h
}

func TestExpand(t *testing.T) {
	for _, tt := range []struct {
		name, route, line string
		want              route.Target
	}{
		{"names", `{"path": "/t/{team}/d/{doc}", "action": "docs:Read", "resource": "arn:app:docs::{team}:doc/{doc}"}`, "GET h/t/red/d/7",
			route.Target{Action: "docs:Read", Resource: "arn:app:docs::red:doc/7"}},
		{"decoded", `{"path": "/d/{doc}", "action": "a", "resource": "doc/{doc}"}`, "GET h/d/a%20b%C3%A9",
			route.Target{Action: "a", Resource: "doc/a bé"}},
		{"case is kept", `{"path": "/D/{doc}", "ignore_case": true, "action": "a", "resource": "doc/{doc}"}`, "GET h/d/AbC",
			route.Target{Action: "a", Resource: "doc/AbC"}},
		{"rest", `{"path": "/f/**", "action": "a", "resource": "arn:app:f:::file/{**}"}`, "GET h/f/a/b",
			route.Target{Action: "a", Resource: "arn:app:f:::file/a/b"}},
		{"rest with its slash", `{"path": "/f/**", "action": "a", "resource": "file/{**}"}`, "GET h/f/a/",
			route.Target{Action: "a", Resource: "file/a/"}},
		{"path", `{"path": "/f/**", "action": "a", "resource": "arn:app:f:::site{path}"}`, "GET h/f/a%20b/",
			route.Target{Action: "a", Resource: "arn:app:f:::site/f/a%20b/"}},
		{"all of a request", `{"host": "*.example.com", "path": "/x", "action": "{method}", "resource": "{host}/{query.id}/{header.X-Team}/{principal}"}`,
			"PUT a.example.com/x?id=7&other=1", route.Target{Action: "PUT", Resource: "a.example.com/7/red/alice"}},
		{"gRPC", `{"grpc": "pkg.Docs/*", "action": "docs:{rpc}", "resource": "arn:app:grpc:::{service}/{rpc}"}`, "POST h/pkg.Docs/Get",
			route.Target{Action: "docs:Get", Resource: "arn:app:grpc:::pkg.Docs/Get"}},
		{"literal braces and dollars", `{"path": "/x", "action": "a", "resource": "{{x}}/$1/${{y}}/*"}`, "GET h/x",
			route.Target{Action: "a", Resource: "{x}/$1/${y}/*"}},
		{"permission alone", `{"path": "/{n}", "permission": "docs.{n}|admin", "resource": "x"}`, "GET h/read",
			route.Target{Permission: "docs.read|admin", Resource: "x"}},
		{"self", `{"path": "/me", "permission": "self", "action": "a"}`, "GET h/me",
			route.Target{Permission: "self", Action: "a", Resource: "arn:mayi:http:::h/me"}},
		{"nothing but a path", `{"path": "/x"}`, "GET h/x",
			route.Target{Action: "http:GET", Resource: "arn:mayi:http:::h/x"}},
		{"context", `{"path": "/{n}/**", "action": "a", "context": {"app:n": "{n}", "App:Many": ["{method}", "x{**}", ""]}}`, "GET h/a/b/c",
			route.Target{Action: "a", Resource: "arn:mayi:http:::h/a/b/c", Context: []route.KeyValues{
				{Key: "app:n", Values: []string{"a"}}, {Key: "App:Many", Values: []string{"GET", "xb/c", ""}},
			}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := withHeaders(request(t, tt.line), "x-team", "red")
			got, err := expand(t, tt.route, h, "alice")
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// A context value that is the principal and nothing else is no part of a name: it
// may be any id. Beside other text, and in names, it is held as tight as ever.
func TestExpandPrincipalInContext(t *testing.T) {
	const alone = `{"path": "/x", "action": "a", "resource": "x", "context": {"app:owner": ["{principal}", "o"]}}`
	for _, id := range []string{"alice", "arn:aws:iam::111122223333:user/team/alice", "spiffe://acme/ns/web/sa/alice", "a*?"} {
		got, err := expand(t, alone, request(t, "GET h/x"), id)
		want := route.Target{Action: "a", Resource: "x", Context: []route.KeyValues{{Key: "app:owner", Values: []string{id, "o"}}}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", id, got, err)
		}
	}
	for doc, id := range map[string]string{
		alone: "a\x00b",
		`{"path": "/x", "action": "a", "resource": "x", "context": {"app:owner": "of {principal}"}}`: "arn:aws:iam::111122223333:user/alice",
		`{"path": "/x", "action": "a", "resource": "{principal}"}`:                                   "arn:aws:iam::111122223333:user/alice",
		`{"path": "/x", "action": "{principal}", "resource": "x"}`:                                   "a*",
		`{"path": "/x", "action": "a", "resource": "x", "context": {"k": "{query.id}"}}`:             "alice",
	} {
		var bad *route.Malformed
		if got, err := expand(t, doc, request(t, "GET h/x?id=a:b"), id); !errors.As(err, &bad) {
			t.Errorf("%s for %q: got %+v, %v", doc, id, got, err)
		}
	}
}

// Nobody in particular has no {principal}; that is no fault of the request's form.
func TestExpandForNobody(t *testing.T) {
	h := request(t, "GET h/x")
	for _, doc := range []string{
		`{"path": "/x", "action": "a", "resource": "x/{principal}"}`,
		`{"path": "/x", "action": "a", "resource": "x", "tenant": "{tenant}"}`,
		`{"path": "/x", "action": "a", "resource": "x", "context": {"owner": ["o", "{principal}"]}}`,
	} {
		if got, err := expand(t, doc, h, ""); !errors.Is(err, route.ErrNoPrincipal) || !reflect.DeepEqual(got, route.Target{}) {
			t.Errorf("%s: got %+v, %v", doc, got, err)
		}
	}
}

// TestExpandRefuses holds every way in which a value could be more than a part of
// a name.
func TestExpandRefuses(t *testing.T) {
	const (
		name  = `{"path": "/{n}", "action": "a", "resource": "arn:app:s:::x/{n}"}`
		query = `{"path": "/x", "action": "a", "resource": "x/{query.id}"}`
		head  = `{"path": "/x", "action": "a", "resource": "x/{header.x-id}"}`
		who   = `{"path": "/x", "action": "a", "resource": "x/{principal}"}`
		perm  = `{"path": "/{n}", "permission": "{n}", "resource": "x"}`
	)
	lenient := route.Options{EscapedSlashes: route.KeepEscapedSlash, DoubleEscapes: route.KeepDoubleEscape}
	for _, tt := range []struct {
		name, route, line string
		headers           []string
		principal         string
		want              string
	}{
		{"colon", name, "GET h/a:b", nil, "", "holds one of"},
		{"asterisk", name, "GET h/*", nil, "", "holds one of"},
		{"asterisk, escaped", name, "GET h/a%2A", nil, "", "holds one of"},
		{"question mark", name, "GET h/%3F", nil, "", "holds one of"},
		{"control", name, "GET h/a%0Ab", nil, "", "control"},
		{"control of Unicode", name, "GET h/a%C2%85", nil, "", "control"},
		{"colon in the path", `{"path": "/**", "action": "a", "resource": "x{path}"}`, "GET h/a:b", nil, "", "holds one of"},
		{"colon in the rest", `{"path": "/**", "action": "a", "resource": "x/{**}"}`, "GET h/a/b:c", nil, "", "holds one of"},
		{"rest empty", `{"path": "/a/**", "action": "a", "resource": "x/{**}"}`, "GET h/a/", nil, "", "absent or empty"},
		{"host absent", `{"path": "/x", "action": "a", "resource": "{host}"}`, "GET /x", nil, "", "absent or empty"},
		{"host with colons", `{"path": "/x", "action": "a", "resource": "{host}"}`, "GET [::1]/x", nil, "", "holds one of"},
		{"method with an asterisk", `{"path": "/x", "action": "{method}"}`, "A* h/x", nil, "", "holds one of"},
		{"method with a bar", `{"path": "/x", "action": "x{method}"}`, "A|B h/x", nil, "", "|"},

		{"query absent", query, "GET h/x", nil, "", "absent or empty"},
		{"query empty", query, "GET h/x?id=", nil, "", "absent or empty"},
		{"query twice", query, "GET h/x?id=1&id=1", nil, "", "several values"},
		{"query in another case", query, "GET h/x?ID=1", nil, "", "several values or spellings"},
		{"query unreadable elsewhere", query, "GET h/x?id=1&a=%zz", nil, "", "cannot be read"},
		{"query with a slash", query, "GET h/x?id=a/b", nil, "", "holds /"},
		{"query dots", query, "GET h/x?id=..", nil, "", `".."`},
		{"query dot", query, "GET h/x?id=.", nil, "", `".."`},

		{"header absent", head, "GET h/x", []string{}, "", "absent or empty"},
		{"header twice", head, "GET h/x", []string{"x-id", "1", "x-id", "1"}, "", "several values"},
		{"header joined", head, "GET h/x", []string{"x-id", "1,2"}, "", "several values"},
		{"header not UTF-8", head, "GET h/x", []string{"x-id", "\xff"}, "", "UTF-8"},
		{"header with a tab", head, "GET h/x", []string{"x-id", "a\tb"}, "", "control"},
		{"no headers at all", head, "GET h/x", nil, "", "absent or empty"},

		{"principal an ARN", who, "GET h/x", nil, "arn:aws:iam::123456789012:user/a", "holds one of"},
		{"principal with a slash", who, "GET h/x", nil, "a/b", "holds /"},

		{"permission with a bar", perm, "GET h/a%7Cb", nil, "", "|"},
		{"permission becomes self", perm, "GET h/self", nil, "", "self"},
		{"permission becomes self in part", `{"path": "/{n}", "permission": "a|se{n}", "resource": "x"}`, "GET h/lf", nil, "", "self"},
		{"action with a blank", `{"path": "/{n}", "action": "a:{n}"}`, "GET h/a%20b", nil, "", "blank"},
		{"resource becomes an ARN", `{"path": "/{n}", "action": "a", "resource": "{n}:x:s:::y"}`, "GET h/ARN", nil, "", "an ARN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := request(t, tt.line)
			if tt.headers != nil {
				withHeaders(h, tt.headers...)
			}
			got, err := expand(t, tt.route, h, tt.principal)
			var m *route.Malformed
			if !errors.As(err, &m) || m.What != "variable" || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, %v", got, err)
			}
			if !reflect.DeepEqual(got, route.Target{}) {
				t.Errorf("an error with %+v", got)
			}
		})
	}
	// An escaped separator that the options keep is no separator in a name either.
	h, err := route.Canonical("GET", "h", "/a%2fb", lenient)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := expand(t, name, &h, ""); err != nil || got.Resource != "arn:app:s:::x/a%2Fb" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestExpandTenant holds whose the resource is, and where {tenant} may hold "/".
func TestExpandTenant(t *testing.T) {
	who := route.Caller{ID: "alice", Tenant: "5/7"}
	for _, tt := range []struct {
		name, route, line string
		who               route.Caller
		want              route.Target
		err               string // not empty: malformed, and why
	}{
		{"literal", `{"path": "/x", "action": "a", "resource": "r", "tenant": "5/7"}`, "GET h/x", who,
			route.Target{Action: "a", Resource: "r", Tenant: "5/7"}, ""},
		{"shared", `{"path": "/x", "action": "a", "resource": "r", "tenant": "shared"}`, "GET h/x", who,
			route.Target{Action: "a", Resource: "r", Tenant: route.Shared}, ""},
		{"of the path", `{"path": "/t/{t}/x", "action": "a", "resource": "r", "tenant": "5/{t}"}`, "GET h/t/8/x", who,
			route.Target{Action: "a", Resource: "r", Tenant: "5/8"}, ""},
		{"of a header", `{"path": "/x", "action": "a", "resource": "r", "tenant": "{header.x-tenant}"}`, "GET h/x", who,
			route.Target{Action: "a", Resource: "r", Tenant: "acme"}, ""},
		{"the principal's", `{"path": "/x", "action": "a", "resource": "r", "tenant": "{tenant}"}`, "GET h/x", who,
			route.Target{Action: "a", Resource: "r", Tenant: "5/7"}, ""},
		{"below the principal's", `{"path": "/t/{t}", "action": "a", "resource": "r", "tenant": "{tenant}/{t}"}`, "GET h/t/8", who,
			route.Target{Action: "a", Resource: "r", Tenant: "5/7/8"}, ""},
		{"in a field of an ARN", `{"path": "/{n}", "action": "a", "resource": "arn:wami:s:{tenant}:wami:i:x/{n}"}`, "GET h/1", who,
			route.Target{Action: "a", Resource: "arn:wami:s:5/7:wami:i:x/1"}, ""},
		{"in a name", `{"path": "/{n}", "action": "a", "resource": "x/{tenant}/{n}"}`, "GET h/1", route.Caller{ID: "alice", Tenant: "acme"},
			route.Target{Action: "a", Resource: "x/acme/1"}, ""},
		{"in the context", `{"path": "/x", "action": "a", "resource": "r", "context": {"app:t": "{tenant}"}}`, "GET h/x", who,
			route.Target{Action: "a", Resource: "r", Context: []route.KeyValues{{Key: "app:t", Values: []string{"5/7"}}}}, ""},

		{"a value that makes it shared", `{"path": "/t/{t}", "action": "a", "resource": "r", "tenant": "{t}"}`, "GET h/t/shared", who, route.Target{}, `makes the tenant "shared"`},
		{"a part of a value that makes it shared", `{"path": "/t/{t}", "action": "a", "resource": "r", "tenant": "sha{t}"}`, "GET h/t/red", who, route.Target{}, `makes the tenant "shared"`},
		{"a principal's that is called shared", `{"path": "/x", "action": "a", "resource": "r", "tenant": "{tenant}"}`, "GET h/x", route.Caller{ID: "a", Tenant: "shared"}, route.Target{}, `makes the tenant "shared"`},
		{"a header with a slash", `{"path": "/x", "action": "a", "resource": "r", "tenant": "{header.x-path}"}`, "GET h/x", who, route.Target{}, "holds /"},
		{"no header", `{"path": "/x", "action": "a", "resource": "r", "tenant": "{header.x-none}"}`, "GET h/x", who, route.Target{}, "absent or empty"},
		{"a query of two", `{"path": "/x", "action": "a", "resource": "r", "tenant": "{query.t}"}`, "GET h/x?t=1&t=2", who, route.Target{}, "several values"},
		{"nobody's", `{"path": "/x", "action": "a", "resource": "r", "tenant": "{tenant}"}`, "GET h/x", route.Caller{ID: "alice"}, route.Target{}, "absent or empty"},
		{"a slash in the last field", `{"path": "/x", "action": "a", "resource": "arn:wami:s:{tenant}:wami:i:{tenant}/x"}`, "GET h/x", who, route.Target{}, "{tenant} holds /"},
		{"a slash in a field with more", `{"path": "/x", "action": "a", "resource": "arn:app:s:r-{tenant}:1:x/y"}`, "GET h/x", who, route.Target{}, "{tenant} holds /"},
		{"a slash in a name", `{"path": "/x", "action": "a", "resource": "x/{tenant}"}`, "GET h/x", who, route.Target{}, "{tenant} holds /"},
		{"a slash in a longer value", `{"path": "/x", "action": "a", "resource": "r", "context": {"app:t": "t-{tenant}"}}`, "GET h/x", who, route.Target{}, "{tenant} holds /"},
		{"a colon", `{"path": "/x", "action": "a", "resource": "arn:wami:s:{tenant}:wami:i:x/y"}`, "GET h/x", route.Caller{ID: "a", Tenant: "5:6"}, route.Target{}, "holds one of"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := withHeaders(request(t, tt.line), "x-tenant", "acme", "x-path", "5/7")
			found, err := mustCompile(t, `{"routes": [`+tt.route+`]}`).Find(h)
			if err != nil {
				t.Fatal(err)
			}
			got, err := found.Expand(h, tt.who)
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v", got)
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v; expected %q", err, tt.err)
			}
		})
	}
}

func TestPublic(t *testing.T) {
	table := mustCompile(t, `{"routes": [{"path": "/a", "public": true}, {"path": "/b"}]}`)
	for line, want := range map[string]bool{"GET h/a": true, "GET h/b": false, "GET h/c": false} {
		if found, err := table.Find(request(t, line)); err != nil || found.Public() != want {
			t.Errorf("%s: %t, %v", line, found.Public(), err)
		}
	}
}
