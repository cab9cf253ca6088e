package route_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/route"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func decode(t testing.TB, text string) (*route.Document, []*strictjson.Error) {
	t.Helper()
	root, err := strictjson.Parse("routes.json", []byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return route.Decode(root)
}

func TestDecode(t *testing.T) {
	doc, problems := decode(t, `{
  "default": "deny",
  "routes": [
    {"host": "*.example.com", "path": "/docs/{id}", "methods": ["GET", "PUT"], "action": "docs:Read",
     "resource": "arn:app:docs:::doc/{id}", "permission": "docs.read", "context": {"app:id": "{id}", "app:list": ["a", ""]},
     "public": true, "upgrade": true, "trailing_slash": "optional", "ignore_case": true},
    {"grpc": "pkg.Docs/*", "action": "docs:{rpc}"}
  ]
}`)
	if len(problems) > 0 {
		t.Fatal(strictjson.Join(problems))
	}
	for i, want := range []string{"routes.json:4:5 /routes/0", "routes.json:7:5 /routes/1"} {
		if got := doc.Routes[i].Place.String(); got != want {
			t.Errorf("place %q, want %q", got, want)
		}
		doc.Routes[i].Place = strictjson.Place{}
	}
	want := []route.Route{{
		Host: "*.example.com", Path: "/docs/{id}", Methods: []string{"GET", "PUT"}, Action: "docs:Read",
		Resource: "arn:app:docs:::doc/{id}", Permission: "docs.read",
		Context: []route.KeyValues{{Key: "app:id", Values: []string{"{id}"}}, {Key: "app:list", Values: []string{"a", ""}}},
		Public:  true, Upgrade: true, TrailingSlash: "optional", IgnoreCase: true,
	}, {GRPC: "pkg.Docs/*", Action: "docs:{rpc}"}}
	if !doc.DefaultDeny || !reflect.DeepEqual(doc.Routes, want) {
		t.Errorf("got %+v", doc)
	}
}

// TestDecodeRefuses holds each mistake a route can have; at says where it stands
// below /routes/0.
func TestDecodeRefuses(t *testing.T) {
	const ctl = `"` + "\\u0001" + `"`
	for _, tt := range []struct{ name, route, at, want string }{
		{"no object", `1`, "", "expected a route"},
		{"unknown field", `{"path": "/a", "pathh": "/b"}`, "/pathh", `unknown field "pathh"`},
		{"field in another case", `{"Path": "/a"}`, "/Path", `unknown field "Path"`},
		{"tenant empty", `{"path": "/a", "tenant": ""}`, "/tenant", "not empty"},
		{"tenant a list", `{"path": "/a", "tenant": ["t"]}`, "/tenant", "expected a string"},
		{"tenant with a wildcard", `{"path": "/a", "tenant": "5/*"}`, "/tenant", "holds one of"},
		{"tenant of the path", `{"path": "/a/**", "tenant": "{**}"}`, "/tenant", "stands only in resource and context"},
		{"tenant of an unknown variable", `{"path": "/a", "tenant": "{b}"}`, "/tenant", "unknown variable {b}"},
		{"tenant of a credential", `{"path": "/a", "tenant": "{header.authorization}"}`, "/tenant", "a credential has no place"},
		{"no path", `{"action": "a"}`, "", "neither path nor grpc"},
		{"path and grpc", `{"path": "/a", "grpc": "a/b"}`, "/grpc", "expected one"},
		{"path a number", `{"path": 1}`, "/path", "expected a string"},
		{"path empty", `{"path": ""}`, "/path", "expected a string that is not empty"},
		{"path relative", `{"path": "a"}`, "/path", "does not begin with /"},
		{"path with an empty segment", `{"path": "/a//b"}`, "/path", "which no request's path holds"},
		{"path with dots", `{"path": "/a/../b"}`, "/path", "which no request's path holds"},
		{"path with escaped dots", `{"path": "/%2e%2e"}`, "/path", "which no request's path holds"},
		{"path with a query", `{"path": "/a?b"}`, "/path", "%3F"},
		{"path with a fragment", `{"path": "/a#b"}`, "/path", "%23"},
		{"path with a backslash", `{"path": "/a\\b"}`, "/path", `"\"`},
		{"path with a broken escape", `{"path": "/a%"}`, "/path", "hexadecimal"},
		{"path with a double escape of a slash", `{"path": "/a%252Fb"}`, "/path", "escaped twice"},
		{"path not UTF-8", `{"path": "/%ff"}`, "/path", "not UTF-8"},
		{"path with a control character", `{"path": "/%01"}`, "/path", "control"},
		{"wildcard within a segment", `{"path": "/a*"}`, "/path", "expected a literal, {name}, *"},
		{"name within a segment", `{"path": "/a{b}"}`, "/path", "expected a literal, {name}, *"},
		{"name that is none", `{"path": "/{a-b}"}`, "/path", "expected a literal"},
		{"name that begins with a digit", `{"path": "/{1}"}`, "/path", "expected a literal"},
		{"no name", `{"path": "/{}"}`, "/path", "expected a literal"},
		{"name twice", `{"path": "/{a}/{a}"}`, "/path", "stands twice"},
		{"name of a variable", `{"path": "/{host}"}`, "/path", "choose another"},
		{"name of the tenant", `{"path": "/{tenant}"}`, "/path", "choose another"},
		{"rest before the end", `{"path": "/**/a"}`, "/path", "** stands before the end"},
		{"rest and slash", `{"path": "/**/"}`, "/path", "** stands before the end"},
		{"asterisk for GET", `{"path": "*", "methods": ["GET"]}`, "/path", "/**"},
		{"asterisk for all", `{"path": "*"}`, "/path", "/**"},
		{"grpc with a slash before", `{"grpc": "/a.B/C"}`, "/grpc", "expected package.Service/Method"},
		{"grpc without a method", `{"grpc": "a.B"}`, "/grpc", "expected package.Service/Method"},
		{"grpc of all services", `{"grpc": "*/*"}`, "/grpc", "expected package.Service/Method"},
		{"grpc with an empty label", `{"grpc": "a..B/C"}`, "/grpc", "expected package.Service/Method"},
		{"grpc, case", `{"grpc": "a.B/C", "ignore_case": true}`, "/grpc", "match exactly"},
		{"grpc, slash", `{"grpc": "a.B/C", "trailing_slash": "optional"}`, "/grpc", "match exactly"},
		{"host with a port", `{"path": "/a", "host": "h:80"}`, "/host", "names no port"},
		{"host asterisk", `{"path": "/a", "host": "*"}`, "/host", "no host at all"},
		{"host with a wildcard inside", `{"path": "/a", "host": "a.*.b"}`, "/host", `holds "*"`},
		{"host with two wildcards", `{"path": "/a", "host": "*.*.b"}`, "/host", `holds "*"`},
		{"host with half a wildcard", `{"path": "/a", "host": "*a.b"}`, "/host", `holds "*"`},
		{"host wildcard of an address", `{"path": "/a", "host": "*.10.0.0.1"}`, "/host", "before an address"},
		{"host wildcard of an IPv6 address", `{"path": "/a", "host": "*.[::1]"}`, "/host", "before an address"},
		{"host not ASCII", `{"path": "/a", "host": "bücher.example"}`, "/host", "letters, digits"},
		{"methods no list", `{"path": "/a", "methods": "GET"}`, "/methods", "expected a list"},
		{"methods empty", `{"path": "/a", "methods": []}`, "/methods", "not empty"},
		{"method a number", `{"path": "/a", "methods": [1]}`, "/methods/0", "methods[0], expected a string"},
		{"method in lower case", `{"path": "/a", "methods": ["get"]}`, "/methods", "upper-case token"},
		{"method twice", `{"path": "/a", "methods": ["GET", "GET"]}`, "/methods", "stands twice"},
		{"CONNECT with a path", `{"path": "/a", "methods": ["CONNECT"], "upgrade": true}`, "/methods", "CONNECT, expected it as the only method"},
		{"CONNECT without upgrade", `{"methods": ["CONNECT"]}`, "/methods", "CONNECT, expected it as the only method"},
		{"CONNECT and another", `{"methods": ["CONNECT", "GET"], "upgrade": true}`, "/methods", "CONNECT, expected it as the only method"},
		{"public a text", `{"path": "/a", "public": "true"}`, "/public", "expected true or false"},
		{"upgrade null", `{"path": "/a", "upgrade": null}`, "/upgrade", "expected true or false"},
		{"trailing slash", `{"path": "/a", "trailing_slash": "maybe"}`, "/trailing_slash", `expected "exact" or "optional"`},
		{"ignore case", `{"path": "/a", "ignore_case": 1}`, "/ignore_case", "expected true or false"},

		{"action empty", `{"path": "/a", "action": ""}`, "/action", "not empty"},
		{"action with a wildcard", `{"path": "/a", "action": "a:*"}`, "/action", "which no request's action may"},
		{"action with alternatives", `{"path": "/a", "action": "a|b"}`, "/action", "which no request's action may"},
		{"action with a control character", `{"path": "/a", "action": ` + ctl + `}`, "/action", "control"},
		{"action of the path", `{"path": "/a", "action": "a{path}"}`, "/action", "stands only in resource and context"},
		{"unknown variable", `{"path": "/a", "action": "{nme}"}`, "/action", "unknown variable {nme}"},
		{"variable without a name", `{"path": "/a", "action": "{}"}`, "/action", "unknown variable {}"},
		{"variable of no query", `{"path": "/a", "action": "{query.}"}`, "/action", "unknown variable"},
		{"variable in another case", `{"path": "/a", "action": "{Method}"}`, "/action", "unknown variable"},
		{"service of a path", `{"path": "/a", "action": "{service}"}`, "/action", "only in routes with grpc"},
		{"rest of a path without it", `{"path": "/a/*", "resource": "{**}"}`, "/resource", "whose path ends in **"},
		{"header of no name", `{"path": "/a", "action": "{header.a b}"}`, "/action", "no header has that name"},
		{"header with a token", `{"path": "/a", "action": "{header.Authorization}"}`, "/action", "a credential has no place"},
		{"header with a session", `{"path": "/a", "action": "{header.cookie}"}`, "/action", "a credential has no place"},
		{"header of our own", `{"path": "/a", "action": "{header.x_mayi-principal}"}`, "/action", "never its input"},
		{"policy variable", `{"path": "/a", "resource": "x/${aws:username}"}`, "/resource", "policy variables do not stand in routes"},
		{"brace open", `{"path": "/a", "resource": "x/{id"}`, "/resource", "does not close it"},
		{"brace closed", `{"path": "/a", "resource": "x/id}"}`, "/resource", "did not open"},
		{"resource short of an ARN", `{"path": "/a", "resource": "arn:app:x"}`, "/resource", "fewer than six fields"},
		{"resource no ARN", `{"path": "/a", "resource": "arn:app::::x"}`, "/resource", "service is empty"},
		{"resource ARN in upper case", `{"path": "/{n}", "resource": "ARN:app:s:::{n}"}`, "/resource", "partition without variables"},
		{"partition from the request", `{"path": "/{n}", "resource": "arn:{n}:s:::x"}`, "/resource", "partition without variables"},
		{"path before the end of a resource", `{"path": "/a", "resource": "arn:app:s:::x{path}/y"}`, "/resource", "stands only at the end"},
		{"path before field 6", `{"path": "/a", "resource": "arn:app:s::{path}"}`, "/resource", "fewer than six fields"},
		{"rest before the end of a resource", `{"path": "/**", "resource": "x/{**}/y"}`, "/resource", "stands only at the end"},
		{"permission empty alternative", `{"path": "/a", "permission": "a|"}`, "/permission", "empty alternative"},
		{"permission self and more", `{"path": "/a", "permission": "self|a"}`, "/permission", `expected "self" alone`},
		{"permission with a wildcard", `{"path": "/a", "permission": "a.*"}`, "/permission", "holds one of"},
		{"context a list", `{"path": "/a", "context": []}`, "/context", "expected an object"},
		{"context value a number", `{"path": "/a", "context": {"k": 1}}`, "/context/k", "expected a string"},
		{"context value in a list", `{"path": "/a", "context": {"k": ["a", null]}}`, "/context/k/1", "expected a string"},
		{"context without values", `{"path": "/a", "context": {"k": []}}`, "/context", "has no values"},
		{"context key empty", `{"path": "/a", "context": {"": "a"}}`, "/context", "is empty"},
		{"context key twice but for case", `{"path": "/a", "context": {"app:A": "a", "app:a": "b"}}`, "/context", "stands twice"},
		{"context key of the engine", `{"path": "/a", "context": {"AWS:PrincipalArn": "a"}}`, "/context", "MayI itself sets"},
		{"context key of the door", `{"path": "/a", "context": {"http:header/x": "a"}}`, "/context", "MayI itself sets"},
		{"context key of the proxy", `{"path": "/a", "context": {"envoy:ext/x": "a"}}`, "/context", "MayI itself sets"},
		{"context with an unknown variable", `{"path": "/a", "context": {"k": "{x}"}}`, "/context", "unknown variable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, problems := decode(t, `{"routes": [`+tt.route+`]}`)
			if doc != nil || len(problems) != 1 {
				t.Fatalf("got %+v, %d problems: %v", doc, len(problems), strictjson.Join(problems))
			}
			p := problems[0]
			if p.Place.Pointer != "/routes/0"+tt.at || p.Place.Line != 1 || !strings.Contains(p.Reason, tt.want) {
				t.Errorf("got %v, want %q at /routes/0%s", p, tt.want, tt.at)
			}
		})
	}
}

func TestDecodeRefusesDocuments(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`[]`, "expected an object"},
		{`{}`, `expected a member "routes"`},
		{`{"routes": {}}`, "expected a list"},
		{`{"routes": [], "default": "allow"}`, `expected "deny"`},
		{`{"routes": [], "default": true}`, "expected a string"},
		{`{"routes": [], "version": 1}`, `unknown field "version"`},
	} {
		doc, problems := decode(t, tt.text)
		if doc != nil || len(problems) != 1 || !strings.Contains(problems[0].Reason, tt.want) {
			t.Errorf("%s: got %+v, %v", tt.text, doc, strictjson.Join(problems))
		}
	}
}

// TestAllProblems finds everything that is wrong, in one go and in order.
func TestAllProblems(t *testing.T) {
	_, problems := decode(t, `{"routes": [
{"path": "a", "action": "{x}", "host": "*"},
{"grpc": "a", "methods": ["get"]},
{"path": "/a", "tenant": 1, "foo": 1}],
"x": 1}`)
	if len(problems) != 8 {
		t.Errorf("%d problems: %v", len(problems), strictjson.Join(problems))
	}
}

// TestCompileByHand gives Compile routes that Decode has not seen.
func TestCompileByHand(t *testing.T) {
	_, problems := route.Compile([]*route.Document{{Routes: []route.Route{
		{Path: "bad"}, {Path: "/a"}, {Path: "/a"}, {Path: "/b", Resource: "{c}"},
	}}})
	if len(problems) != 3 {
		t.Errorf("got %v", strictjson.Join(problems))
	}
	if table, problems := route.Compile(nil); table == nil || problems != nil {
		t.Errorf("no documents: %v, %v", table, problems)
	}
}
