package conditions_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/theory/jsonpath"

	"github.com/mayi-authz/mayi/conditions"
)

// FuzzSemver compares precedence with the slow twin, both ways round.
func FuzzSemver(f *testing.F) {
	for _, v := range []string{"1.2.3", "v1.0.0-rc.1+b", "1.0.0--", "1.0.0-0a.01", "1.0.0-a.b.c", "0.0.99999999999999999999", "1.0", ""} {
		f.Add(v, "1.0.0-alpha.1")
		f.Add("1.0.0-alpha.beta", v)
	}
	f.Fuzz(func(t *testing.T, policy, request string) {
		if _, ok := naiveCompareVersions(policy, "1.0.0"); !ok {
			if _, problems := conditions.Compile([]conditions.Clause{clause("SemanticVersionEquals", "k", policy)}, true); len(problems) == 0 {
				t.Fatalf("%q is no version and compiles", policy)
			}
			return
		}
		for _, operator := range []string{"SemanticVersionEquals", "SemanticVersionLessThan", "SemanticVersionGreaterThan"} {
			c := clause(operator, "k", policy)
			if got, want := mustCompile(t, c).Eval(with("k", text(request))), naiveClause(c, with("k", text(request))); got != want {
				t.Fatalf("%s %q of %q = %v, want %v", operator, policy, request, got, want)
			}
		}
	})
}

// FuzzRegex: a pattern is refused or stands for the whole text, whatever it holds.
func FuzzRegex(f *testing.F) {
	for _, p := range []string{"a|b", "a)|(?:b", `\Qa`, `\Qa\E`, "(?i)x", "(?U)a*", "(?m)^$", "[^a]*", "a{2,3}", `\pL+`, "(?s).*", "$^", `\z|a`, `\b`, "(?-s:.)"} {
		f.Add(p, "a")
		f.Add(p, "x\na)|(?:b")
	}
	f.Fuzz(func(t *testing.T, pattern, request string) {
		c := clause("RegexMatch", "k", pattern)
		s, problems := conditions.Compile([]conditions.Clause{c}, true)
		got := s.Eval(with("k", text(request)))
		switch {
		case len(pattern) > 1024 && len(problems) == 0:
			t.Fatalf("a pattern of %d bytes compiles", len(pattern))
		case len(problems) > 0 && got != unknown, len(request) > 4096 && got != unknown, !utf8.ValidString(request) && got != unknown:
			t.Fatalf("%q of %q = %v", pattern, request, got)
		case len(problems) == 0 && len(request) <= 4096 && got != naiveClause(c, with("k", text(request))):
			t.Fatalf("%q of %q = %v", pattern, request, got)
		}
	})
}

// FuzzGeo: what can be read is true or false, the same on both sides of the
// antimeridian, and a place is in the box of itself.
func FuzzGeo(f *testing.F) {
	for _, s := range []string{"0,0", "90,180", "-90,-180", "1e1,2.50", "0,0,1", "91,0", "1,,2", "0x1,1", "1_0,0", " 1,1", "-0,-0", "1e-400,0", "1e400,0"} {
		f.Add(s, "0,180,100")
		f.Add(s, "-20,176,-12,-178")
	}
	f.Fuzz(func(t *testing.T, request, policy string) {
		n, ok := naiveNumbers(request, 2)
		readable := ok && -90 <= n[0] && n[0] <= 90 && -180 <= n[1] && n[1] <= 180
		for _, operator := range []string{"GeoDistance", "GeoWithinRegion"} {
			s, problems := conditions.Compile([]conditions.Clause{clause(operator, "k", policy)}, true)
			got := s.Eval(with("k", text(request)))
			if want := readable && len(problems) == 0; want != (got != unknown) {
				t.Fatalf("%s %q of %q = %v", operator, policy, request, got)
			}
			if ok && (n[1] == 180 || n[1] == -180) && readable {
				latitude, _, _ := strings.Cut(request, ",")
				if a, b := s.Eval(with("k", text(latitude+",180"))), s.Eval(with("k", text(latitude+",-180"))); a != b {
					t.Fatalf("%s %q: %v at 180 and %v at -180", operator, policy, a, b)
				}
			}
		}
		if readable {
			box := mustCompile(t, clause("GeoWithinRegion", "k", request+","+request))
			if got := box.Eval(with("k", text(request))); got != yes {
				t.Fatalf("%q in itself = %v", request, got)
			}
		}
	})
}

// FuzzJSONPath compares which paths can be read and what they select with another
// implementation of RFC 9535, which has filters too.
func FuzzJSONPath(f *testing.F) {
	for _, p := range []string{"$", "$.a", "$..*", "$['a','b']", `$["\u00e4"]`, "$[0:2:-1]", "$[ 1 ]", "$ .a", "$.a ", "$[?@.a]", "$.ä", "$..[0]", "$[::]", `$['\'']`} {
		f.Add(p, `{"a":[1,{"b":1}],"b":2,"ä":1}`)
		f.Add(p, `[1,2,[3]]`)
	}
	f.Fuzz(func(t *testing.T, path, document string) {
		if strings.ContainsAny(path, "?=") || len(path)+len(document) > 200 || !utf8.ValidString(path) {
			return // a filter, or another end of the path
		}
		s, problems := conditions.Compile([]conditions.Clause{clause("JsonPathEquals", "k", path+"==1")}, true)
		p, err := jsonpath.Parse(strings.TrimRight(path, " \t\r\n"))
		lenient := err == nil && strings.Contains(path, ":") // it takes [:::] and [:0 0] for slices
		if (err == nil) != (len(problems) == 0) && !lenient {
			t.Fatalf("%q: %v, the other says %v", path, problems, err)
		}
		if err != nil || len(problems) > 0 || !jsontext.Value(document).IsValid() {
			return
		}
		want := conditions.False
		for _, node := range p.Select(naiveTree(document)) {
			want = want.Or(naiveNodeEquals(node, "1"))
		}
		if got := s.Eval(with("k", text(document))); got != want && got != unknown {
			t.Fatalf("%q of %s = %v, want %v", path, document, got, want)
		}
	})
}
