package extauthz_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
	"github.com/mayi-authz/mayi/pdp/route"
)

// The path shapes that have fooled others. What is judged must be what is
// forwarded, so the strict door denies each that two programs read in two ways.
func TestPathCorpus(t *testing.T) {
	lenient := route.Options{EmptySegments: route.MergeEmpty, EscapedSlashes: route.KeepEscapedSlash, DotSegments: route.RemoveDots,
		Semicolons: route.KeepSemicolon, DoubleEscapes: route.KeepDoubleEscape}
	const bad, no, yes = "code 3", "code 7", "code 0"
	for _, test := range []struct{ path, strict, lenient string }{
		{"/a", yes, yes},
		{"/a?b?c", yes, yes},
		{"/a/?x=//y", yes, yes},
		{"/A/b%20c/%C3%A9", yes, yes},
		{"/admin", no, no},
		{"/%61dmin", no, no},
		{"//admin", bad, no},
		{"//admin/x", bad, no},
		{"/a/../admin", bad, no},
		{"/a/./../admin", bad, no},
		{"/%2e%2e/admin", bad, bad},
		{"/a/%2E%2e/admin", bad, no},
		{"/..;/admin", bad, bad},
		{"/a/..;/admin", bad, bad},
		{"/a%2fb", bad, yes},
		{"/a%2F..%2fadmin", bad, bad},
		{"/a%5cb", bad, yes},
		{"/a\\b", bad, bad},
		{"/%252e%252e/admin", bad, yes},
		{"/a;x=1/b", bad, yes},
		{"/a%00b", bad, bad},
		{"/a%zz", bad, bad},
		{"/a%", bad, bad},
		{"/#f", bad, bad},
		{"/a#/../admin", bad, bad},
		{"http://shop.example/a", bad, bad},
		{"a", bad, bad},
		{"", bad, bad},
		{"/a b", bad, bad},
		{"/a\x7fb", bad, bad},
		{"/caf\u00e9", bad, bad},
		{"/" + strings.Repeat("a", 20<<10), bad, bad},
	} {
		for options, want := range map[string]string{"strict": test.strict, "lenient": test.lenient} {
			o := door.Options{}
			if options == "lenient" {
				o.Paths = lenient
			}
			s := newServer(t, extauthz.Options{Provider: provider{compile(t, shop)}}, o)
			facts := factsOf(s.Check(t.Context(), asAlice(httpRequest("GET", test.path))))
			if !slices.Contains(facts, want) {
				t.Errorf("%s %.40q: want %s, have %v", options, test.path, want, facts[:3])
			}
			raw := factsOf(s.Check(t.Context(), asAlice(rawRequest("GET", test.path))))
			if !slices.Equal(facts, raw) {
				t.Errorf("%s %.40q: the raw encoding answers %v, the map %v", options, test.path, raw, facts)
			}
		}
	}
}

// What Envoy could not pass on as text is "!" in the typed path and itself in the
// raw copy. Only the raw encoding can tell them apart, and does.
func TestSubstitutedBytes(t *testing.T) {
	s := newServer(t, extauthz.Options{Provider: provider{compile(t, shop)}}, door.Options{})
	for raw, want := range map[string]string{"/a!": "code 0", "/a\xff": "code 3", "/a\x80": "code 3"} {
		req := asAlice(rawRequest("GET", "/a!"))
		for _, h := range req.Attributes.Request.Http.HeaderMap.Headers {
			if h.Key == ":path" {
				h.RawValue = []byte(raw)
			}
		}
		if facts := factsOf(s.Check(t.Context(), req)); !slices.Contains(facts, want) {
			t.Errorf("%q: want %s, have %v", raw, want, facts)
		}
	}
}
