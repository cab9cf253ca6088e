package arn_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/arn/wildcard"
)

const alice = "arn:wami:iam:12345678:wami:999:user/alice"

// patterns is what Resource patterns promise, by example (rule 3.1).
var patterns = []struct {
	name    string
	pattern string
	match   []string
	miss    []string
}{
	{"everything", "*", []string{"", "x", "arn:aws:s3:::b", "spiffe://acme/x"}, nil},
	{"a whole name", "arn:aws:s3:::bucket/key", []string{"arn:aws:s3:::bucket/key"}, []string{"arn:aws:s3:::bucket/Key", "arn:aws:s3:::bucket/key/x", "arn:aws:s3:::bucket"}},
	{"the rest is one glob", "arn:aws:s3:::b/*/x", []string{"arn:aws:s3:::b/a/x", "arn:aws:s3:::b/a/b:c/x", "arn:aws:s3:::b//x"}, []string{"arn:aws:s3:::b/x"}},
	{"the rest may begin with a wildcard", "arn:aws:s3:::*", []string{"arn:aws:s3:::b", "arn:aws:s3:::b:c"}, []string{"arn:aws:s3::1:b", "arn:aws:s3:eu::b", "arn:aws:s3::"}},
	{"colons of the rest", "arn:aws:sns:eu:1:t:*", []string{"arn:aws:sns:eu:1:t:s", "arn:aws:sns:eu:1:t:s:u"}, []string{"arn:aws:sns:eu:1:t", "arn:aws:sns:eu:1:tt:s"}},
	{"a field is not crossed", "arn:aws:s3:*:1:b/*", []string{"arn:aws:s3:eu:1:b/x"}, []string{"arn:aws:s3:::1:b/x", "arn:aws:s3:eu:2:1:b/x"}},
	{"a short one crosses colons", "arn:aws:s3:*:b/*", []string{"arn:aws:s3:::b/x", "arn:aws:s3:eu:1:b/x"}, []string{"arn:aws:s3:b/x"}},
	{"fields one by one", "arn:*:s?:*:1*:*/x", []string{"arn:aws:s3::1:b/x", "arn:z:sx:eu:12:/x"}, []string{"arn:aws:s3::2:b/x", "arn:aws:sts::1:b/x", "arn:aws:s3:1:b/x"}},
	{"a last star of a field stays in it", "arn:aws:ec2:us-*:1:instance/*", []string{"arn:aws:ec2:us-east-1:1:instance/i"}, []string{"arn:aws:ec2:us-east-1:2:1:instance/i", "arn:aws:ec2:eu:1:instance/i"}},
	{"the account is not forged by the rest", "arn:aws:x:*:1:finance/*", []string{"arn:aws:x:r:1:finance/a"}, []string{"arn:aws:x:r:9:store/abc:1:finance/a"}},
	{"a name's own wildcards are text", "arn:aws:s3:::b/?", []string{"arn:aws:s3:::b/*", "arn:aws:s3:::b/é"}, []string{"arn:aws:s3:::b/**", "arn:aws:s3:::?/x"}},
	{"name with stars in its fields", "arn:aws:s3::1:b", nil, []string{"arn:*:s3::1:b", "arn:aws:s3::*:b"}},
	{"all wildcards", "arn:*:*:*:*:*", []string{"arn:aws:s3:::b", alice, "arn:a:b:c:d:e:f"}, []string{"arn:aws:s3::b", "x"}},
	{"short, of aws", "arn:aws:sqs", []string{"arn:aws:sqs", "arn:aws:sqs:eu:1:q", "arn:aws:sqs:::q"}, []string{"arn:aws:sqsx:eu:1:q", "arn:aws:sns:eu:1:t"}},
	{"short, of another aws", "arn:aws-cn:s3::1", []string{"arn:aws-cn:s3::1:b"}, []string{"arn:aws:s3::1:b", "arn:aws-cn:s3::12:b"}},
	{"short, of an aws with a wildcard", "arn:aws*:s3", []string{"arn:aws:s3:::b", "arn:aws-cn:s3:::b", "arn:aws:x:s3:::"}, []string{"arn:gcp:s3:::b"}},
	{"short, of any partition", "arn:*:s3", []string{"arn:aws:s3", "arn:aws:iam::s3"}, []string{"arn:aws:s3:::b"}},
	{"short, of no aws", "arn:mayi:http", []string{"arn:mayi:http"}, []string{"arn:mayi:http:::h/p"}},
	{"short and ending in a star", "arn:mayi:*", []string{"arn:mayi:http:::h/p"}, []string{"arn:aws:s3:::b"}},
	{"partition only", "arn:aws", []string{"arn:aws:s3:::b", "arn:aws"}, []string{"arn:aws-cn:s3:::b"}},
	{"short partition cut by a star", "arn:aw*", []string{"arn:aws:s3:::b", "arn:aw"}, []string{"arn:a"}},
	{"W11", "arn:wami:iam:*:user/*", []string{alice}, nil},
	{"W12", "arn:wami:iam:*:wami:*:user/al*", []string{alice}, []string{"arn:wami:iam:12345678:wami:999:user/bob"}},
	{"W13", "arn:*:role/*", nil, []string{alice}},
	{"W13, long", "arn:wami:iam:12345678:wami:999:role/*", []string{"arn:wami:iam:12345678:wami:999:role/r"}, []string{alice}},
	{"a tenant's descendants", "arn:wami:iam:1/*:wami:*:*", []string{"arn:wami:iam:1/2:wami:9:user/a", "arn:wami:iam:1/2/3:wami:9:aws:22:eu:user/a"}, []string{"arn:wami:iam:1:wami:9:user/a", "arn:wami:iam:12:wami:9:user/a"}},
	{"no ARN", "spiffe://acme/ns/*/sa/api", []string{"spiffe://acme/ns/web/sa/api", "spiffe://acme/ns/a/b:c/sa/api"}, []string{"spiffe://acme/ns/sa/api"}},
	{"no ARN, with colons", "a:b:c:d:e:f*", []string{"a:b:c:d:e:f:g"}, []string{"arn:b:c:d:e:f"}},
	{"begins with a wildcard", "*:aws:s3:::b", []string{"arn:aws:s3:::b", "x:y:aws:s3:::b"}, []string{"arn:aws:s3:::c"}},
	{"arn without its colon", "arn*", []string{"arn:aws:s3:::b", "arnold"}, []string{"spiffe://x"}},
	{"blanks in the rest", "arn:aws:s3:::b/my file", []string{"arn:aws:s3:::b/my file"}, nil},
}

// Patterns of WAMI names that could match one after all are not refused.
func TestPatternTakesWAMI(t *testing.T) {
	const cloud, native = "arn:wami:iam:1:wami:9:aws:22:global:user/x", "arn:wami:iam:1/2:wami:9:user/x"
	for pattern, name := range map[string]string{
		"arn:wami:iam:1:wami:9:aws:22:global:user/*": cloud,
		"arn:wami:iam:1:wami:9:aws:*:user/x":         cloud,
		"arn:wami:iam:1:wami:9:aws:22?global:user/x": cloud,
		"arn:wami:iam:?:w*:9:aws:*/x":                cloud,
		"arn:wa?i:iam:1/2:wami:9:user/x":             native,
		"arn:wami:iam:1/*:wami:*:user/x":             native,
		"arn:wami:iam:1/2:wami:9:*":                  native,
		"arn:wami:iam:1/2:*":                         native,
		"arn:wami:*:1*":                              native,
		"arn:wami:app:1:wami:9/8:a:b/c:d/e":          "arn:wami:app:1:wami:9/8:a:b/c:d/e",
	} {
		if _, err := arn.Parse(name); err != nil {
			t.Fatal(err)
		}
		if p, err := arn.ParsePattern(pattern); err != nil || !p.Match(name, nil) {
			t.Errorf("pattern %q, name %q: no match, error %v", pattern, name, err)
		}
	}
}

func TestPattern(t *testing.T) {
	for _, c := range patterns {
		t.Run(c.name, func(t *testing.T) {
			p, err := arn.ParsePattern(c.pattern)
			if err != nil {
				t.Fatal(err)
			}
			check := func(names []string, want bool) {
				for _, name := range names {
					if got := p.Match(name, nil); got != want {
						t.Errorf("pattern %q, name %q: got %v, want %v", c.pattern, name, got, want)
					}
					if got := naivePattern(c.pattern, name); got != want {
						t.Errorf("pattern %q, name %q: the twin says %v, want %v", c.pattern, name, got, want)
					}
				}
			}
			check(c.match, true)
			check(c.miss, false)
			if got, want := p.Everything(), c.pattern == "*"; got != want {
				t.Errorf("Everything() = %v, want %v", got, want)
			}
		})
	}
}

func TestPatternRefuses(t *testing.T) {
	const variable = "; expected it only after the fifth colon, or in the tenant field of a WAMI name"
	for _, c := range []struct{ pattern, want string }{
		{"", "the pattern is empty"},
		{"ARN:aws:s3:::b", `"arn:" is written in lower case; the pattern could match no name`},
		{"Arn:*", `"arn:" is written in lower case; the pattern could match no name`},
		{"arn::s3:::b", "the partition is empty; the pattern could match no name"},
		{"arn:aws::::b", "the service is empty; the pattern could match no name"},
		{"arn:aws:s3:::", "the resource is empty; the pattern could match no name"},
		{"arn:aws:s3 :::b", "blank in field 3; the pattern could match no name"},
		{"arn:aws:*: x:1:b", "blank in field 4; the pattern could match no name"},
		{"arn:aws:s3:::b\n*", "control character in field 6; the pattern could match no name"},
		{"arn:WAMI:iam:1:wami:9:user/x", `the partition wami is written in lower case; the pattern could match no name`},
		{"arn:wami:iam:012:wami:9:user/*", `tenant path segment "012" has a leading zero; the pattern could match no name`},
		{"arn:wami:iam:acme:wami:9:user/*", `tenant path segment "acme" is not a number from 0 to 18446744073709551615; the pattern could match no name`},
		{"arn:wami:tenant::acme/*", `tenant path segment "" is not a number from 0 to 18446744073709551615; the pattern could match no name`},
		{"arn:wami:iam:acme:*", `tenant path segment "acme" is not a number from 0 to 18446744073709551615; the pattern could match no name`},
		{"arn:wami:iam:1:WAMI:9:user/*", `the fifth field of a WAMI name must be "wami"; the pattern could match no name`},
		{"arn:wami:iam:*:wami:9:aws:22:user/*", "an account without a region is an older spelling; expected account:global:type/id"},
		{"arn:wami:iam:$:wami:9:aws:22:user/$", "an account without a region is an older spelling; expected account:global:type/id"},
		{"arn:aws:s3::$:b", "a variable stands in field 5 of an ARN pattern" + variable},
		{"arn:$:s3:::b", "a variable stands in field 2 of an ARN pattern" + variable},
		{"arn:aws:iam:$:b:c", "a variable stands in field 4 of an ARN pattern" + variable},
		{"arn:*:iam:$:wami:9:user/x", "a variable stands in field 4 of an ARN pattern" + variable},
		{"arn:wami:iam:1:$:9:user/x", "a variable stands in field 5 of an ARN pattern" + variable},
		{"arn:wami:iam:$:user/x", "a variable stands in field 4 of an ARN pattern" + variable},
		{"arn:aws:s3:$", "a variable stands in field 4 of an ARN pattern" + variable},
		{"arn:$", "a variable stands in field 2 of an ARN pattern" + variable},
	} {
		p, err := arn.CompilePattern(withHoles(c.pattern))
		if err == nil || err.Error() != c.want {
			t.Errorf("pattern %q: got the error %v, want %s", c.pattern, err, c.want)
		}
		if p.Match("arn:aws:s3:::b", []string{"x"}) {
			t.Errorf("pattern %q: what comes with an error matches", c.pattern)
		}
	}
}

// withHoles splits a pattern in which every "$" stands for the next hole.
func withHoles(pattern string) []wildcard.Token {
	var tokens []wildcard.Token
	for i, part := range strings.Split(pattern, "$") {
		if i > 0 {
			tokens = append(tokens, wildcard.Token{Kind: wildcard.Hole, Hole: i - 1})
		}
		tokens = append(tokens, wildcard.Tokens(part)...)
	}
	return tokens
}

func TestPatternHoles(t *testing.T) {
	for _, c := range []struct {
		name    string
		pattern string
		fills   []string
		text    string
		want    bool
	}{
		{"a home", "arn:aws:s3:::b/home/$/*", []string{"bob"}, "arn:aws:s3:::b/home/bob/x", true},
		{"another home", "arn:aws:s3:::b/home/$/*", []string{"bob"}, "arn:aws:s3:::b/home/eve/x", false},
		{"a star is text", "arn:aws:s3:::b/home/$/*", []string{"*"}, "arn:aws:s3:::b/home/eve/x", false},
		{"two", "arn:aws:s3:::$/$", []string{"b", "k"}, "arn:aws:s3:::b/k", true},
		{"the whole rest", "arn:aws:s3:::$", []string{"b:c"}, "arn:aws:s3:::b:c", true},
		{"behind wildcards", "arn:*:s3:*:*:$", []string{"b"}, "arn:aws:s3:eu:1:b", true},
		{"W19", "arn:wami:iam:$:wami:*:user/*", []string{"12345678"}, alice, true},
		{"W19, another tenant", "arn:wami:iam:$:wami:*:user/*", []string{"99999999"}, alice, false},
		{"a tenant path", "arn:wami:iam:$/*:wami:*:user/*", []string{"1/2"}, "arn:wami:iam:1/2/3:wami:9:user/a", true},
		{"a tenant makes no field", "arn:wami:iam:$:wami:9:user/a", []string{"1:wami:9"}, "arn:wami:iam:1:wami:9:wami:9:user/a", false},
		{"a tenant's star is text", "arn:wami:iam:$:wami:9:user/a", []string{"*"}, "arn:wami:iam:1:wami:9:user/a", false},
		{"no ARN", "spiffe://$/x", []string{"acme"}, "spiffe://acme/x", true},
		{"alone", "$", []string{"arn:aws:s3:::b"}, "arn:aws:s3:::b", true},
		{"alone, a star", "$", []string{"*"}, "arn:aws:s3:::b", false},
		{"missing", "arn:aws:s3:::$", nil, "arn:aws:s3:::", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := arn.CompilePattern(withHoles(c.pattern))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Match(c.text, c.fills); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestEscapedStarInPattern(t *testing.T) {
	p, err := arn.CompilePattern([]wildcard.Token{{Text: "*"}})
	if err != nil {
		t.Fatal(err)
	}
	if p.Everything() || p.Match("x", nil) || !p.Match("*", nil) {
		t.Error("an escaped star is a wildcard")
	}
}

func TestZeroPattern(t *testing.T) {
	var p arn.Pattern
	if p.Match("", nil) || p.Match("arn:aws:s3:::b", nil) || p.Everything() {
		t.Error("the zero Pattern matches something")
	}
}

// components is what the values of ARN operators promise.
var components = []struct {
	name    string
	pattern string
	match   []string
	miss    []string
}{
	{"exact", "arn:aws:s3:::b", []string{"arn:aws:s3:::b"}, []string{"arn:aws:s3:::B", "arn:aws:s3:::b:c", "arn:aws:s3:::"}},
	{"WC13", "arn:aws:iam::*:user/*", []string{"arn:aws:iam::1:user/a"}, []string{"arn:aws:iam::1:role/a"}},
	{"no component is crossed", "arn:aws:x:*:1:finance/*", []string{"arn:aws:x:r:1:finance/a:b"}, []string{"arn:aws:x:r:9:store/abc:1:finance/a"}},
	{"every component", "arn:*:*:*:*:*", []string{"arn:aws:s3:::b", "arn:a:b:c:d:", "arn:wami:iam:1:wami:9:user/a"}, nil},
	{"an empty component", "arn:aws:s3:::", []string{"arn:aws:s3:::"}, []string{"arn:aws:s3:::b"}},
}

func TestComponents(t *testing.T) {
	for _, c := range components {
		t.Run(c.name, func(t *testing.T) {
			p, err := arn.CompileComponents(wildcard.Tokens(c.pattern))
			if err != nil {
				t.Fatal(err)
			}
			check := func(values []string, want bool) {
				for _, value := range values {
					if got, isARN := p.Match(value, nil); got != want || !isARN {
						t.Errorf("value %q: got %v, ARN %v, want %v, true", value, got, isARN, want)
					}
				}
			}
			check(c.match, true)
			check(c.miss, false)
			for _, value := range []string{"", "x", "arn", "arn:aws", "arn:aws:s3::b", "ARN:aws:s3:::b", "xarn:aws:s3:::b", "a:b:c:d:e:f"} {
				if matched, isARN := p.Match(value, nil); matched || isARN {
					t.Errorf("value %q: got %v, ARN %v, want no ARN", value, matched, isARN)
				}
			}
		})
	}
}

func TestComponentsHoles(t *testing.T) {
	const six = "arn:aws:s3::1:b"
	for _, c := range []struct {
		pattern string
		fills   []string
		want    bool
	}{
		{"arn:aws:s3::$:b", []string{"1"}, true},
		{"arn:aws:s3::$:b", []string{"*"}, false},
		{"arn:aws:$:b", nil, false},
		{"arn:$:$::$:$", []string{"aws", "s3", "1", "b"}, true},
		{"arn:aws:$::1:b", []string{"s3::1"}, false},
		{"$", []string{six}, true},
		{"$", []string{"arn:aws:s3::*:b"}, false},
		{"$", nil, false},
	} {
		p, err := arn.CompileComponents(withHoles(c.pattern))
		if wantErr := c.pattern == "arn:aws:$:b"; wantErr != (err != nil) {
			t.Errorf("pattern %q: error %v", c.pattern, err)
		}
		if got, _ := p.Match(six, c.fills); got != c.want {
			t.Errorf("pattern %q, fills %q: got %v, want %v", c.pattern, c.fills, got, c.want)
		}
	}
}

func TestComponentsRefuses(t *testing.T) {
	const six = "expected the six components of an ARN, arn:partition:service:region:account:resource, got "
	const begin = `expected an ARN, which begins with "arn:"`
	for _, c := range []struct{ pattern, want string }{
		{"", six + "1"},
		{"*", six + "1"},
		{"x", six + "1"},
		{"$x", six + "1"},
		{"arn:aws:s3::b", six + "5"},
		{"ARN:aws:s3:::b", begin},
		{"*:aws:s3:::b", begin},
		{"a?n:aws:s3:::b", begin},
		{"$:aws:s3:::b", begin},
		{":aws:s3:::b", begin},
	} {
		p, err := arn.CompileComponents(withHoles(c.pattern))
		if err == nil || err.Error() != c.want {
			t.Errorf("pattern %q: got the error %v, want %s", c.pattern, err, c.want)
		}
		if matched, _ := p.Match("arn:aws:s3:::b", []string{"arn"}); matched {
			t.Errorf("pattern %q: what comes with an error matches", c.pattern)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	const name = "arn:aws:s3:eu:1:bucket/home/bob/x"
	fills := []string{"bob"}
	for _, s := range []string{"*", name, "arn:aws:s3:eu:1:bucket/*", "arn:aws:s3", "arn:*:s3:*:*:*/home/*", "arn:aws:*:eu:1:*/home/$/?"} {
		p, err := arn.CompilePattern(withHoles(s))
		if err != nil {
			t.Fatal(err)
		}
		if !p.Match(name, fills) {
			t.Errorf("%s: no match", s)
		}
		if n := testing.AllocsPerRun(100, func() { p.Match(name, fills) }); n != 0 {
			t.Errorf("%s: %v allocations", s, n)
		}
	}
	c, err := arn.CompileComponents(withHoles("arn:aws:s3:*:*:*/$/*"))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { c.Match(name, fills) }); n != 0 {
		t.Errorf("components: %v allocations", n)
	}
}

// FuzzPattern: patterns and components agree with their twins, never match across
// a colon, and what a pattern matches as text its literal twin does.
func FuzzPattern(f *testing.F) {
	for _, c := range patterns {
		for _, name := range append(c.match, c.miss...) {
			f.Add(c.pattern, name)
		}
	}
	for _, c := range components {
		for _, name := range append(c.match, c.miss...) {
			f.Add(c.pattern, name)
		}
	}
	f.Add("arn:wami:iam:1:wami:9:aws:22:user/*", "arn:wami:iam:1:wami:9:aws:22:global:user/x")
	f.Add("arn:wami:iam:01:wami:9:user/*", "arn:wami:iam:1:wami:9:user/x")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		tokens := wildcard.Tokens(pattern)
		if p, err := arn.CompilePattern(tokens); err == nil {
			if got, want := p.Match(name, nil), naivePattern(pattern, name); got != want {
				t.Fatalf("pattern %q, name %q: got %v, the twin says %v", pattern, name, got, want)
			}
		} else if a, parseErr := arn.Parse(name); parseErr == nil && naivePattern(pattern, a.String()) {
			t.Fatalf("pattern %q is refused (%v) and matches the name %q", pattern, err, name)
		}
		if c, err := arn.CompileComponents(tokens); err == nil {
			got, isARN := c.Match(name, nil)
			want, wantARN := naiveComponents(pattern, name)
			if got != want || isARN != wantARN {
				t.Fatalf("components %q, value %q: got %v, %v, the twin says %v, %v", pattern, name, got, isARN, want, wantARN)
			}
		}
		p, err := arn.CompilePattern([]wildcard.Token{{Kind: wildcard.Hole}})
		if err != nil || !p.Match(name, []string{name}) || p.Match(name+"x", []string{name}) {
			t.Fatalf("a variable filled with %q is something else", name)
		}
	})
}
