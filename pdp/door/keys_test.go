package door_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// trees is Metadata from JSON.
type trees map[string]string

func (m trees) Namespaces() []string {
	names := []string{}
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func (m trees) Namespace(name string) *strictjson.Node {
	text, ok := m[name]
	if !ok {
		return nil
	}
	n, err := strictjson.Parse("", []byte(text), strictjson.Limits{})
	if err != nil {
		panic(err)
	}
	return n
}

func with(r *door.Request, change func(*door.Request)) *door.Request {
	change(r)
	return r
}

func TestKeys(t *testing.T) {
	bytes := func(n int) string { return strings.Repeat("x", n) }
	for _, test := range []struct {
		name    string
		options door.Options
		request *door.Request
		want    map[string]string
	}{
		{"what is always there", door.Options{}, get("/a/b?x=1"), map[string]string{
			"http:method": "GET", "http:path": "/a/b", "http:host": "shop.example", "http:scheme": "https",
			"aws:SourceIp": "192.0.2.7", "aws:SecureTransport": "false",
			"aws:UserAgent": "-", "aws:Referer": "-", "aws:TLSServerName": "-", "grpc:service": "-",
		}},
		{"user agent and referer keep their commas", door.Options{}, get("/", "user-agent", "Mozilla (KHTML, like Gecko)", "referer", "https://a/?q=1,2"), map[string]string{
			"aws:UserAgent": "Mozilla (KHTML, like Gecko)", "aws:Referer": "https://a/?q=1,2",
			"http:header/user-agent": "Mozilla (KHTML, like Gecko)", "http:header/referer": "https://a/?q=1,2",
		}},
		{"headers", door.Options{}, get("/", "X-Team", "red", "x-list", "a, b ,c", "x-twice", "1", "x-twice", "2",
			"x-empty", "", "x-gap", "a,,b", "date", "Mon, 02 Jan 2006 15:04:05 GMT", "cookie", "a=1", "cookie", "b=2", "x-raw", "\xff"), map[string]string{
			"http:header/x-team": "red", "http:header/X-Team": "red", "http:header/x-list": "[a|b|c]", "http:header/x-twice": "[1|2]",
			"http:header/x-empty": "", "http:header/x-gap": "[a|!|b]", "http:header/date": "Mon, 02 Jan 2006 15:04:05 GMT",
			"http:header/cookie": "a=1,b=2", "http:header/x-raw": "!", "http:header/none": "-",
		}},
		{"a raw credential is there and cannot be read", door.Options{}, get("/", "authorization", "Bearer abc"), map[string]string{
			"http:header/authorization": "!", "http:header/proxy-authorization": "-",
		}},
		{"a client cannot set another key", door.Options{}, get("/?aws:SourceIp=1", "aws:sourceip", "10.0.0.1", "x-forwarded-for", "10.0.0.1"), map[string]string{
			"aws:SourceIp": "192.0.2.7", "http:query/aws:sourceip": "1", "http:header/aws:sourceip": "10.0.0.1",
		}},
		{"query", door.Options{}, get("/?a=1&b=2&b=3&c&d=&e=%C3%A9&f=x%2Cy"), map[string]string{
			"http:query/a": "1", "http:query/b": "[2|3]", "http:query/c": "", "http:query/d": "", "http:query/e": "é",
			"http:query/f": "x,y", "http:query/g": "-",
		}},
		{"query names that fold to one", door.Options{}, get("/?id=1&ID=2&x=3"), map[string]string{
			"http:query/id": "?", "http:query/Id": "?", "http:query/x": "3",
		}},
		{"a query that does not decode", door.Options{}, get("/?a=1&b=%zz"), map[string]string{
			"http:query/a": "?", "http:query/b": "?", "http:query/none": "?", "http:header/none": "-",
		}},
		{"TLS by certificate", door.Options{}, with(get("/"), func(r *door.Request) { r.Certificate = "pem" }), map[string]string{"aws:SecureTransport": "true"}},
		{"TLS by the peer's name", door.Options{}, with(get("/"), func(r *door.Request) { r.PeerPrincipal = "CN=x" }), map[string]string{"aws:SecureTransport": "true"}},
		{"TLS by the proxy's name", door.Options{}, with(get("/"), func(r *door.Request) { r.LocalPrincipal = "spiffe://a/b" }), map[string]string{"aws:SecureTransport": "true"}},
		{"TLS by configuration", door.Options{AlwaysTLS: true}, get("/"), map[string]string{"aws:SecureTransport": "true"}},
		{"scheme and SNI prove nothing", door.Options{}, with(get("/"), func(r *door.Request) { r.SNI = "Shop.Example" }), map[string]string{
			"aws:SecureTransport": "false", "aws:TLSServerName": "shop.example",
		}},
		{"a unix socket has no address", door.Options{}, with(get("/"), func(r *door.Request) { r.Peer = netip.AddrPort{} }), map[string]string{"aws:SourceIp": "?"}},
		{"the client behind one hop", door.Options{Client: authn.Forwarding{TrustedHops: 1}}, get("/", "x-forwarded-for", "10.9.9.9, 198.51.100.4"), map[string]string{"aws:SourceIp": "198.51.100.4"}},
		{"the client behind trusted proxies", door.Options{Client: authn.Forwarding{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}},
			get("/", "x-forwarded-for", "10.9.9.9", "x-forwarded-for", "198.51.100.4,192.0.2.9"), map[string]string{"aws:SourceIp": "198.51.100.4"}},
		{"X-Forwarded-For that cannot be read", door.Options{Client: authn.Forwarding{TrustedHops: 1}}, get("/", "x-forwarded-for", "unknown"), map[string]string{"aws:SourceIp": "?"}},
		{"X-Forwarded-For that is missing", door.Options{Client: authn.Forwarding{TrustedHops: 1}}, get("/"), map[string]string{"aws:SourceIp": "?"}},
		{"a mapped address is IPv4", door.Options{}, with(get("/"), func(r *door.Request) { r.Peer = netip.MustParseAddrPort("[::ffff:192.0.2.1]:1") }), map[string]string{"aws:SourceIp": "192.0.2.1"}},
		{"gRPC", door.Options{}, get("/shop.v1.Orders/List", "content-type", "application/grpc+proto"), map[string]string{
			"grpc:service": "shop.v1.Orders", "grpc:method": "List",
		}},
		{"gRPC on a path that is none", door.Options{}, get("/a/b/c", "content-type", "Application/GRPC-web"), map[string]string{
			"grpc:service": "?", "grpc:method": "?",
		}},
		{"WAMI's names", door.Options{}, get("/a?b=c", "origin", "https://a", "content-type", "text/plain", "accept", "a/b, c/d", "x-request-id", "r-1",
			"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), map[string]string{
			"wami:RequestMethod": "GET", "wami:RequestPath": "/a", "wami:RequestProtocol": "HTTP/2", "wami:Host": "shop.example", "wami:RequestId": "r-1",
			"wami:TraceId": "0af7651916cd43dd8448eb211c80319c", "wami:Origin": "https://a", "wami:ContentType": "text/plain", "wami:AcceptHeader": "[a/b|c/d]",
		}},
		{"extensions", door.Options{}, with(get("/"), func(r *door.Request) {
			r.Extensions = map[string]string{"tier": "gold", "Env": "prod", "x": "1", "X": "2"}
		}), map[string]string{
			"envoy:ext/tier": "gold", "envoy:ext/env": "prod", "envoy:ext/x": "?", "envoy:ext/y": "-",
		}},
		{"metadata", door.Options{}, with(get("/"), func(r *door.Request) {
			r.Metadata = trees{"a.b": `{"n": 1.50, "s": "x", "t": true, "l": [1, "a", null, {}], "o": {"p/q": "deep", "e": []}, "z": null, "K": 1, "k": 2}`, "both": `{"v": 1, "w": 1}`}
			r.RouteMetadata = trees{"route": `{"owner": "team"}`, "both": `{"v": 2, "u": 3}`}
		}), map[string]string{
			"envoy:metadata/a.b/n": "#1.50", "envoy:metadata/a.b/s": "x", "envoy:metadata/a.b/t": "true", "envoy:metadata/a.b/l": "[#1|a|!|!]",
			"envoy:metadata/a.b/l/1": "a", "envoy:metadata/a.b/o": "!", "envoy:metadata/a.b/o/p~1q": "deep", "envoy:metadata/a.b/o/e": "-",
			"envoy:metadata/a.b/z": "-", "envoy:metadata/a.b/k": "?", "envoy:metadata/a.b/k/below": "?", "envoy:metadata/a.b/kk": "-",
			"envoy:metadata/route/owner": "team", "envoy:metadata/both/v": "?", "envoy:metadata/both/w": "#1", "envoy:metadata/both/u": "#3",
		}},
		{"credentials that say the same key twice", door.Options{Authenticator: who{result: authn.Result{
			Principal: pdp.Principal{ID: "a"}, Keys: []authn.Key{{Name: "jwt:x", Value: conditions.Text("1")}, {Name: "JWT:X", Value: conditions.Text("2")}},
		}}}, get("/"), map[string]string{"jwt:x": "?"}},
		{"a body", door.Options{}, body(`{"a": {"b": [1, {"c": "d"}]}, "n": 12345678901234567890.1, "nil": null, "": "empty", "x~y/z": true}`, "content-type", "application/json; charset=UTF-8"), map[string]string{
			"http:body/a": "!", "http:body/a/b": "[#1|!]", "http:body/a/b/0": "#1", "http:body/a/b/1/c": "d", "http:body/n": "#12345678901234567890.1",
			"http:body/nil": "-", "http:body/": "empty", "http:body/x~0y~1z": "true", "http:body/none": "-",
		}},
		{"body names that fold to one", door.Options{}, body(`{"role": "user", "Role": {"x": "admin"}, "y": 1}`, "content-type", "application/json"), map[string]string{
			"http:body/role": "?", "http:body/ROLE/x": "?", "http:body/role/anything": "?", "http:body/y": "#1", "http:body/roles": "-",
		}},
		{"a body that is a list", door.Options{}, body(`["a", "b"]`, "content-type", "application/merge-patch+json"), map[string]string{"http:body/0": "a", "http:body/1": "b", "http:body/2": "-"}},
		{"a body deeper than is read", door.Options{}, body(strings.Repeat("[", 65)+strings.Repeat("]", 65), "content-type", "application/json"), map[string]string{"http:body/0": "?", "http:body/x": "?"}},
		{"an empty body", door.Options{MaxRequestBytes: 9}, body(""), map[string]string{"http:body/a": "-"}},
		{"a body of another type", door.Options{}, body(`{"a":1}`, "content-type", "text/plain"), map[string]string{"http:body/a": "?"}},
		{"a body of no type", door.Options{}, body(`{"a":1}`), map[string]string{"http:body/a": "?"}},
		{"a body of two types", door.Options{}, body(`{"a":1}`, "content-type", "application/json", "content-type", "text/plain"), map[string]string{"http:body/a": "?"}},
		{"a body of two types in one line", door.Options{}, body(`{"a":1}`, "content-type", "application/json,text/plain"), map[string]string{"http:body/a": "?"}},
		{"a body in another charset", door.Options{}, body(`{"a":1}`, "content-type", "application/json;charset=utf-16"), map[string]string{"http:body/a": "?"}},
		{"a compressed body", door.Options{}, body(`{"a":1}`, "content-type", "application/json", "content-encoding", "gzip"), map[string]string{"http:body/a": "?"}},
		{"a body with duplicate names", door.Options{}, body(`{"a":1,"a":2}`, "content-type", "application/json"), map[string]string{"http:body/a": "?"}},
		{"two documents", door.Options{}, body(`{"a":1} {"a":2}`, "content-type", "application/json"), map[string]string{"http:body/a": "?"}},
		{"a body that is not UTF-8", door.Options{}, body("{\"a\":\"\xff\"}", "content-type", "application/json"), map[string]string{"http:body/a": "?"}},
		{"a big body", door.Options{}, body(`{"a":"`+bytes(2<<20)+`"}`, "content-type", "application/json"), map[string]string{"http:body/a": bytes(2 << 20)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := &view{}
			newDoor(t, test.options).Decide(t.Context(), v, test.request, noon)
			q := v.last(t)
			if q.Malformed != "" {
				t.Fatal(q.Malformed)
			}
			for key, want := range test.want {
				if got := show(q.Context.Value(conditions.Fold(key))); got != want {
					t.Errorf("%s is %.80s, want %.80s", key, got, want)
				}
			}
			for _, name := range q.Context.Names() {
				if pdp.ReservedKey(name) {
					t.Errorf("sets the engine's own key %s", name)
				}
			}
		})
	}
}

// body is a POST whose body the proxy passed on whole.
func body(data string, headers ...string) *door.Request {
	r := get("/", headers...)
	r.Method = "POST"
	r.Body = door.Body{Data: []byte(data), Flag: door.BodyWhole}
	r.Headers.Add("content-length", itoa(len(data)))
	return r
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// Whether a body is known to be whole, absent, or neither.
func TestBodyCompleteness(t *testing.T) {
	const json = `{"a":"here"}` // 12 bytes
	for _, test := range []struct {
		name    string
		flag    door.BodyFlag
		data    string
		mirror  int
		headers []string
		want    string
	}{
		{"whole, length stated", door.BodyWhole, json, 0, []string{"content-length", "12"}, "here"},
		{"whole, length stated wrongly", door.BodyWhole, json, 0, []string{"content-length", "13"}, "?"},
		{"whole, length stated twice", door.BodyWhole, json, 0, []string{"content-length", "12", "content-length", "12"}, "?"},
		{"whole, length not stated", door.BodyWhole, json, 0, nil, "?"},
		{"whole, shorter than the mirror", door.BodyWhole, json, 13, nil, "here"},
		{"whole, as long as the mirror", door.BodyWhole, json, 12, nil, "?"},
		{"whole and empty below the mirror", door.BodyWhole, "", 1, nil, "-"},
		{"whole and empty without mirror", door.BodyWhole, "", 0, nil, "?"},
		{"cut", door.BodyCut, json, 1000, []string{"content-length", "12"}, "?"},
		{"cut before the first byte", door.BodyCut, "", 1000, nil, "?"},
		{"unsaid, length 0", door.BodyUnsaid, "", 0, []string{"content-length", "0"}, "-"},
		{"unsaid, nothing stated", door.BodyUnsaid, "", 0, nil, "?"},
		{"unsaid, nothing stated, by a proxy that passes bodies on", door.BodyUnsaid, "", 1, nil, "-"},
		{"unsaid, length 5", door.BodyUnsaid, "", 0, []string{"content-length", "5"}, "?"},
		{"unsaid, chunked", door.BodyUnsaid, "", 0, []string{"transfer-encoding", "chunked"}, "?"},
		{"unsaid, length 0 and chunked", door.BodyUnsaid, "", 0, []string{"content-length", "0", "transfer-encoding", "chunked"}, "?"},
		{"unsaid, upgrade", door.BodyUnsaid, "", 0, []string{"upgrade", "websocket"}, "?"},
		{"unsaid, and yet there is one", door.BodyUnsaid, json, 1000, nil, "?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := get("/", append(test.headers, "content-type", "application/json")...)
			r.Body = door.Body{Data: []byte(test.data), Flag: test.flag}
			v := &view{routes: routes(t, `{"routes": [{"path": "/", "action": "a:B", "resource": "r", "upgrade": true}]}`)}
			newDoor(t, door.Options{MaxRequestBytes: test.mirror}).Decide(t.Context(), v, r, noon)
			if got := show(v.last(t).Context.Value("http:body/a")); got != test.want {
				t.Errorf("http:body/a is %s, want %s", got, test.want)
			}
		})
	}
}

// HTTP/1 says in its headers that a body follows; HTTP/2 and 3 need not. A proxy
// that passes no bodies on must not make a policy on bodies blind.
func TestBodyWithoutLength(t *testing.T) {
	for protocol, want := range map[string]string{"HTTP/1.0": "-", "HTTP/1.1": "-", "HTTP/2": "?", "HTTP/3": "?", "": "?"} {
		r := get("/", "content-type", "application/json")
		r.Method, r.Protocol = "POST", protocol
		v := &view{}
		newDoor(t, door.Options{}).Decide(t.Context(), v, r, noon)
		if got := show(v.last(t).Context.Value("http:body/a")); got != want {
			t.Errorf("%q: http:body/a is %s, want %s", protocol, got, want)
		}
	}
}

// Headers by which MayI itself speaks are nobody's to send. They are there, and
// nothing to decide by.
func TestForgedIdentityHeadersDecideNothing(t *testing.T) {
	r := get("/", "x-mayi-principal", "root", "x_mayi_principal", "root", "x-mayi-tenants", "1", "x-user", "root")
	for _, test := range []struct {
		identity   door.IdentityHeaders
		mine, user string
	}{
		{door.IdentityHeaders{}, "!", "root"},
		{door.IdentityHeaders{Principal: "x-user"}, "root", "!"},
	} {
		v := &view{}
		newDoor(t, door.Options{Identity: test.identity}).Decide(t.Context(), v, r, noon)
		c := v.last(t).Context
		for key, want := range map[string]string{"x-mayi-principal": test.mine, "x_mayi_principal": test.mine, "x-user": test.user, "x-mayi-tenants": "1"} {
			if got := show(c.Value("http:header/" + key)); got != want {
				t.Errorf("%s is %s, want %s", key, got, want)
			}
		}
	}
}

// What no policy asks for is not derived.
func TestOnlyWhatIsNeeded(t *testing.T) {
	r := body(`{"a": {"b": 1, "c": 2}, "d": {"e": 3}}`, "content-type", "application/json", "x-a", "1")
	r.Target = "/?q=1"
	r.Extensions = map[string]string{"k": "v"}
	r.Metadata = trees{"ns": `{"a": 1, "b": {"c": 2}}`}
	for _, test := range []struct {
		needs []string
		want  []string
	}{
		{nil, nil},
		{[]string{"http:header/x-a"}, []string{"http:header/content-length", "http:header/content-type", "http:header/x-a"}},
		{[]string{"http:query/zzz"}, []string{"http:query/q"}},
		{[]string{"envoy:ext/k"}, []string{"envoy:ext/k"}},
		{[]string{"envoy:metadata/ns/b/c"}, []string{"envoy:metadata/ns/b", "envoy:metadata/ns/b/c"}},
		{[]string{"http:body/a/b"}, []string{"http:body/a", "http:body/a/b"}},
		{[]string{"http:body/d"}, []string{"http:body/d"}},
	} {
		v := &view{needs: needing(test.needs...)}
		newDoor(t, door.Options{}).Decide(t.Context(), v, r, noon)
		var got []string
		for _, name := range v.last(t).Context.Names() {
			for _, prefix := range []string{"http:header/", "http:query/", "http:body/", "envoy:"} {
				if strings.HasPrefix(name, prefix) {
					got = append(got, name)
				}
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("needing %v: derived %v, want %v", test.needs, got, test.want)
		}
	}
}

// A tree that nests deeper than keys are made is incomplete below, not absent.
func TestDeepMetadata(t *testing.T) {
	r := get("/")
	r.Metadata = deep{}
	v := &view{}
	newDoor(t, door.Options{}).Decide(t.Context(), v, r, noon)
	key := func(levels int) string {
		return "envoy:metadata/ns" + strings.Repeat("/d", levels)
	}
	for levels, want := range map[int]string{1: "!", 64: "!", 65: "?", 66: "?", 300: "?"} {
		if got := show(v.last(t).Context.Value(key(levels))); got != want {
			t.Errorf("level %d is %s, want %s", levels, got, want)
		}
	}
	if got := show(v.last(t).Context.Value("envoy:metadata/ns/nan")); got != "!" {
		t.Errorf("NaN is %s", got)
	}
	if got := show(v.last(t).Context.Value("envoy:metadata/ns/nan/below")); got != "?" {
		t.Errorf("below NaN is %s", got)
	}
}

type deep struct{}

func (deep) Namespaces() []string { return []string{"ns"} }
func (deep) Namespace(string) *strictjson.Node {
	n := &strictjson.Node{Kind: strictjson.String, Text: "bottom"}
	for range 200 {
		n = &strictjson.Node{Kind: strictjson.Object, Members: []strictjson.Member{{Name: "d", Value: n}}}
	}
	n.Members = append(n.Members, strictjson.Member{Name: "nan", Value: &strictjson.Node{}})
	return n
}
