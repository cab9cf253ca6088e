package route_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/pdp/route"
)

var (
	strict  = route.Options{}
	merge   = route.Options{EmptySegments: route.MergeEmpty}
	opaque  = route.Options{EscapedSlashes: route.KeepEscapedSlash}
	remove  = route.Options{DotSegments: route.RemoveDots}
	lenient = route.Options{
		EmptySegments:  route.MergeEmpty,
		EscapedSlashes: route.KeepEscapedSlash,
		DotSegments:    route.RemoveDots,
		Semicolons:     route.KeepSemicolon,
		DoubleEscapes:  route.KeepDoubleEscape,
	}
	stripped = route.Options{Semicolons: route.StripParameters}
	kept     = route.Options{Semicolons: route.KeepSemicolon}
	twice    = route.Options{DoubleEscapes: route.KeepDoubleEscape}
	mergeDot = route.Options{EmptySegments: route.MergeEmpty, DotSegments: route.RemoveDots}
)

// paths is a corpus of what proxies let through. An empty text
// means that the path is refused.
var paths = []struct {
	name   string
	target string
	o      route.Options
	text   string
	segs   string // joined by "|"
}{
	{"root", "/", strict, "/", ""},
	{"plain", "/a/b", strict, "/a/b", "a|b"},
	{"trailing slash stays", "/a/", strict, "/a/", "a"},
	{"case stays", "/A", strict, "/A", "A"},
	{"query is cut off at the first ?", "/a?b?c", strict, "/a", "a"},
	{"slashes of the query are no segments", "/a?x//y/../z", strict, "/a", "a"},
	{"unreserved decoded", "/%61%7e", strict, "/a~", "a~"},
	{"pchar decoded", "/a%40b%3Ac", strict, "/a@b:c", "a@b:c"},
	{"others escaped, upper case", "/a%c3%a9|b\"", strict, "/a%C3%A9%7Cb%22", "aé|b\""},
	{"blank", "/a%20b", strict, "/a%20b", "a b"},
	{"escaped ? and # are characters", "/a%3fb%23", strict, "/a%3Fb%23", "a?b#"},
	{"escaped percent", "/100%25", strict, "/100%25", "100%"},
	{"escaped line feed", "/a%0ab", strict, "/a%0Ab", "a\nb"},
	{"asterisk is a character", "/a*b", strict, "/a*b", "a*b"},
	{"three dots are a name", "/.../a..b", strict, "/.../a..b", "...|a..b"},

	{"empty", "", strict, "", ""},
	{"query alone", "?a", strict, "", ""},
	{"relative", "a/b", strict, "", ""},
	{"absolute form", "http://h/a", strict, "", ""},
	{"asterisk with GET", "*", strict, "", ""},
	{"fragment", "/a#f", strict, "", ""},
	{"fragment in the query", "/a?b#f", strict, "", ""},
	{"blank raw", "/a b", strict, "", ""},
	{"control raw", "/a\nb", strict, "", ""},
	{"DEL raw", "/a\x7fb", strict, "", ""},
	{"byte over 0x7f raw", "/a\xffb", strict, "", ""},
	{"byte over 0x7f in the query", "/a?\xff", strict, "", ""},
	{"backslash", "/a\\b", lenient, "", ""},
	{"escape cut short", "/a%", strict, "", ""},
	{"escape cut short by one", "/a%4", strict, "", ""},
	{"no escape", "/a%zz", lenient, "", ""},
	{"NUL", "/a%00b", lenient, "", ""},
	{"overlong dot", "/%c0%ae%c0%ae/", lenient, "", ""},
	{"lone continuation byte", "/%80", lenient, "", ""},

	{"empty segment", "//a", strict, "", ""},
	{"empty segment, merged", "//a//b//", merge, "/a/b/", "a|b"},
	{"slashes alone, merged", "///", merge, "/", ""},

	{"dot", "/a/./b", strict, "", ""},
	{"dots", "/a/../b", strict, "", ""},
	{"dots at the end", "/a/..", strict, "", ""},
	{"dots escaped", "/a/%2e%2E/b", strict, "", ""},
	{"dots half escaped", "/a/.%2e/b", strict, "", ""},
	{"dots removed", "/a/../b/./c", remove, "/b/c", "b|c"},
	{"dots escaped, removed", "/a/%2E./b", remove, "/b", "b"},
	{"dots at the end, removed", "/a/b/..", remove, "/a/", "a"},
	{"dot at the end, removed", "/a/.", remove, "/a/", "a"},
	{"dots to the root", "/a/..", remove, "/", ""},
	{"dots over the root", "/..", remove, "", ""},
	{"dots over the root, later", "/a/../../b", remove, "", ""},
	{"dots after an empty segment", "/a//../b", mergeDot, "", ""},
	{"dots after an empty root", "//../b", mergeDot, "", ""},

	{"escaped slash", "/a%2fb", strict, "", ""},
	{"escaped slash, upper case", "/a%2Fb", strict, "", ""},
	{"escaped backslash", "/a%5cb", strict, "", ""},
	{"escaped slash, opaque", "/a%2fb", opaque, "/a%2Fb", "a%2Fb"},
	{"escaped backslash, opaque", "/a%5cb", opaque, "/a%5Cb", "a%5Cb"},
	{"dots between opaque slashes", "/a%2f..%2fb", lenient, "", ""},
	{"dots before an opaque slash", "/..%5cb", lenient, "", ""},

	{"double escape", "/%2541", strict, "", ""},
	{"double escape of an escape", "/%25%34%31", strict, "", ""},
	{"double escape, kept", "/%2541", twice, "/%2541", "%41"},
	{"double escaped slash is never kept", "/a%252Fb", lenient, "", ""},
	{"double escaped slash, lower case", "/a%252fb", lenient, "", ""},
	{"double escaped backslash", "/a%255Cb", lenient, "", ""},
	{"percent before an opaque slash", "/%25%2F", lenient, "/%25%2F", "%%2F"},

	{"parameter", "/a;x=1/b", strict, "", ""},
	{"parameter, escaped", "/a%3bx/b", strict, "", ""},
	{"parameter, kept", "/a;x=1/b", kept, "/a;x=1/b", "a;x=1|b"},
	{"parameter, stripped", "/a;x=1;y/b", stripped, "/a/b", "a|b"},
	{"parameter escaped, stripped", "/a%3Bx/b", stripped, "", ""},
	{"parameter after dots", "/..;/a", lenient, "", ""},
	{"parameter after escaped dots", "/%2e%2e;x/a", lenient, "", ""},
	{"parameter after dots, stripped", "/..;a=b/", stripped, "", ""},
	{"parameter of nothing", "/;x/a", kept, "", ""},

	{"too long", "/" + strings.Repeat("a", 16<<10), strict, "", ""},
	{"as long as may be", "/" + strings.Repeat("a", 16<<10-1), strict, "/" + strings.Repeat("a", 16<<10-1), strings.Repeat("a", 16<<10-1)},
	{"longer than the option", "/abc", route.Options{MaxTarget: 3}, "", ""},
}

func TestCanonicalPath(t *testing.T) {
	for _, tt := range paths {
		t.Run(tt.name, func(t *testing.T) {
			h, err := route.Canonical("GET", "h", tt.target, tt.o)
			if tt.text == "" {
				var m *route.Malformed
				if !errors.As(err, &m) || m.What != "path" {
					t.Fatalf("got %+v, %v, want a malformed path", h.Path, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			raw, _, _ := strings.Cut(tt.target, "?")
			if got := strings.Join(h.Path.Segments, "|"); h.Path.Text != tt.text || got != tt.segs || h.Path.Raw != raw {
				t.Errorf("text %q, segments %q, raw %q", h.Path.Text, got, h.Path.Raw)
			}
			if want := len(tt.text) > 1 && strings.HasSuffix(tt.text, "/"); h.Path.Trailing != want {
				t.Errorf("trailing %t, want %t", h.Path.Trailing, want)
			}
		})
	}
}

func TestCanonicalHost(t *testing.T) {
	for _, tt := range []struct{ authority, host, port string }{
		{"", "", ""},
		{"api.example.com", "api.example.com", ""},
		{"API.Example.COM.:80", "api.example.com", "80"},
		{"localhost:65535", "localhost", "65535"},
		{"my_service", "my_service", ""},
		{"xn--bcher-kva.example", "xn--bcher-kva.example", ""},
		{"10.0.0.1:8080", "10.0.0.1", "8080"},
		{"[2001:DB8::0001]:443", "[2001:db8::1]", "443"},
		{"[::1]", "[::1]", ""},
	} {
		h, err := route.Canonical("GET", tt.authority, "/", strict)
		if err != nil || h.Host != tt.host || h.Port != tt.port {
			t.Errorf("%q: got %q %q, %v; want %q %q", tt.authority, h.Host, h.Port, err, tt.host, tt.port)
		}
	}
	for _, authority := range []string{
		".", "..", ":80", "h:", "h:80:80", "h:0", "h:080", "h:65536", "h:+8", "h:8a",
		"a,b", "user@h", "h/a", "h?a", "h b", "h\t", "h\x00", "a..b", ".a", "a.b..",
		"*", "*.example.com", "a%20b", "bücher.example", "h\xff", "[::1", "[::1]x", "[::1]:",
		"[1.2.3.4]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[]", "::1", "127.1", "0x7f.0.0.1",
		"2130706433", "0x7f000001", "1.2.3.4.5", "010.0.0.1", "256.0.0.1", "h.0x", "a.1",
		strings.Repeat("a", 64) + ".b", strings.Repeat("a.", 127) + "aa",
	} {
		_, err := route.Canonical("GET", authority, "/", strict)
		var m *route.Malformed
		if !errors.As(err, &m) || m.What != "host" {
			t.Errorf("%q: got %v, want a malformed host", authority, err)
		}
	}
}

func TestCanonicalMethod(t *testing.T) {
	for _, method := range []string{"GET", "M-SEARCH", "VERSION-CONTROL", "X!"} {
		if h, err := route.Canonical(method, "h", "/", strict); err != nil || h.Method != method {
			t.Errorf("%q: got %q, %v", method, h.Method, err)
		}
	}
	for _, method := range []string{"", "get", "Get", "GE T", "GET\n", "GÉT", "G(T", strings.Repeat("A", 65)} {
		_, err := route.Canonical(method, "h", "/", strict)
		var m *route.Malformed
		if !errors.As(err, &m) || m.What != "method" {
			t.Errorf("%q: got %v, want a malformed method", method, err)
		}
	}
}

func TestCanonicalPathless(t *testing.T) {
	for _, tt := range []struct {
		name, method, authority, target string
		ok                              bool
	}{
		{"connect", "CONNECT", "db.internal:5432", "", true},
		{"connect with a path", "CONNECT", "h:1", "/a", false},
		{"connect without a port", "CONNECT", "h", "", false},
		{"connect without a host", "CONNECT", "", "", false},
		{"options of the server", "OPTIONS", "h", "*", true},
		{"options with a query", "OPTIONS", "h", "*?a", false},
		{"options without a path", "OPTIONS", "h", "", false},
		{"get of the server", "GET", "h", "*", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := route.Canonical(tt.method, tt.authority, tt.target, strict)
			if (err == nil) != tt.ok {
				t.Fatalf("got %v", err)
			}
			if err == nil && (h.Path.Text != tt.target || h.Path.Segments != nil || h.Tunnel != (tt.method == "CONNECT")) {
				t.Errorf("got %+v", h)
			}
		})
	}
}

func TestCanonicalQuery(t *testing.T) {
	pairs := func(list ...string) []route.Pair {
		var p []route.Pair
		for i := 0; i < len(list); i += 2 {
			p = append(p, route.Pair{Name: list[i], Value: list[i+1]})
		}
		return p
	}
	for _, tt := range []struct {
		name, raw string
		want      []route.Pair
		valid     bool
	}{
		{"none", "", nil, true},
		{"pairs in order", "b=2&a=1&b=3", pairs("b", "2", "a", "1", "b", "3"), true},
		{"decoded", "a%20b=c+d%2B", pairs("a b", "c d+"), true},
		{"no value", "a&b=", pairs("a", "", "b", ""), true},
		{"no name", "=x", pairs("", "x"), true},
		{"empty pairs", "&a=1&&", pairs("a", "1"), true},
		{"second =", "a=b=c", pairs("a", "b=c"), true},
		{"bad escape", "a=%zz&b=1", pairs("b", "1"), false},
		{"bad escape in the name", "%a=1&b=1", pairs("b", "1"), false},
		{"semicolon", "a=1;b=2&c=3", pairs("c", "3"), false},
		{"semicolon, escaped", "a=1%3Bb", pairs("a", "1;b"), true},
		{"not UTF-8", "a=%ff&b=1", pairs("b", "1"), false},
		{"question marks", "a?b=c?", pairs("a?b", "c?"), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := route.Canonical("GET", "h", "/?"+tt.raw, strict)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(h.Query, route.Query{Raw: tt.raw, Pairs: tt.want, Valid: tt.valid}) {
				t.Errorf("got %+v", h.Query)
			}
		})
	}
}

func TestOptionsValidate(t *testing.T) {
	if err := lenient.Validate(); err != nil {
		t.Error(err)
	}
	err := route.Options{EmptySegments: 9, EscapedSlashes: 9, DotSegments: 9, Semicolons: 9, DoubleEscapes: 9, MaxTarget: -1}.Validate()
	if err == nil || len(strings.Split(err.Error(), "\n")) != 6 {
		t.Errorf("got %v, want six problems", err)
	}
}

// options makes every combination of options from one number.
func options(n uint8) route.Options {
	return route.Options{
		EmptySegments:  route.EmptySegments(n & 1),
		EscapedSlashes: route.EscapedSlashes(n >> 1 & 1),
		DotSegments:    route.DotSegments(n >> 2 & 1),
		DoubleEscapes:  route.DoubleEscapes(n >> 3 & 1),
		Semicolons:     route.Semicolons(n >> 4 % 3),
	}
}

// FuzzCanonical checks what everything else relies on: a path that is accepted has
// one spelling, which is accepted again and says the same; no segment is one that
// a reader could take for something else; and no escape became a separator.
func FuzzCanonical(f *testing.F) {
	for i, p := range paths {
		f.Add("h", p.target, uint8(i))
		f.Add("h", p.target, uint8(0))
	}
	f.Add("API.Example.com.:80", "/a?b=c", uint8(31))
	f.Fuzz(func(t *testing.T, authority, target string, n uint8) {
		o := options(n)
		h, err := route.Canonical("GET", authority, target, o)
		if err != nil {
			var m *route.Malformed
			if !errors.As(err, &m) || m.Reason == "" {
				t.Fatalf("error %v is no Malformed", err)
			}
			return
		}
		checkPath(t, h.Path, target, o)
		if h.Host != strings.ToLower(h.Host) || strings.HasSuffix(h.Host, ".") {
			t.Errorf("host %q", h.Host)
		}
		again, err := route.Canonical("GET", h.Host, h.Path.Text, o)
		if err != nil {
			t.Fatalf("%q was accepted as %q %q, which is refused: %v", target, h.Host, h.Path.Text, err)
		}
		if again.Host != h.Host || again.Path.Text != h.Path.Text || again.Path.Trailing != h.Path.Trailing ||
			strings.Join(again.Path.Segments, "/") != strings.Join(h.Path.Segments, "/") {
			t.Errorf("%+v became %+v", h.Path, again.Path)
		}
		for _, p := range h.Query.Pairs {
			if !utf8.ValidString(p.Name) || !utf8.ValidString(p.Value) {
				t.Errorf("pair %q is not UTF-8", p)
			}
		}
	})
}

func checkPath(t *testing.T, p route.Path, target string, o route.Options) {
	t.Helper()
	raw, _, _ := strings.Cut(target, "?")
	var written strings.Builder
	for _, s := range p.Segments {
		if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "/\\\x00") || !utf8.ValidString(s) {
			t.Errorf("%q has the segment %q", raw, s)
		}
		if o.Semicolons != route.KeepSemicolon && strings.Contains(s, ";") {
			t.Errorf("%q has the segment %q", raw, s)
		}
		written.WriteString("/" + spell(s))
	}
	if p.Trailing || len(p.Segments) == 0 {
		written.WriteByte('/')
	}
	if written.String() != p.Text {
		t.Errorf("segments %q are %q, text is %q", p.Segments, written.String(), p.Text)
	}
	if len(p.Segments) > strings.Count(raw, "/") {
		t.Errorf("%q has %d segments", raw, len(p.Segments))
	}
	for i := 0; i < len(p.Text); i++ {
		if c := p.Text[i]; c < 0x21 || c >= 0x7f || strings.IndexByte("?#\\", c) >= 0 {
			t.Errorf("text %q holds %q", p.Text, c)
		}
	}
}

// spell escapes a segment byte by byte, in the most naive way.
func spell(s string) string {
	s = strings.ReplaceAll(s, "%", "%25")
	s = strings.ReplaceAll(s, "%252F", "%2F")
	s = strings.ReplaceAll(s, "%255C", "%5C")
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		const pchar = "%-._~!$&'()*+,;=:@0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		if strings.IndexByte(pchar, s[i]) >= 0 {
			b.WriteByte(s[i])
		} else {
			b.WriteString("%" + string("0123456789ABCDEF"[s[i]>>4]) + string("0123456789ABCDEF"[s[i]&15]))
		}
	}
	return b.String()
}
