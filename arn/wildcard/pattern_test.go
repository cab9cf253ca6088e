package wildcard_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

func lit(s string) wildcard.Token { return wildcard.Token{Text: s} }
func hole(i int) wildcard.Token   { return wildcard.Token{Kind: wildcard.Hole, Hole: i} }

var (
	star     = wildcard.Token{Kind: wildcard.Any}
	question = wildcard.Token{Kind: wildcard.One}
)

// cases is what the matcher promises. Fuzzing starts from it and the benchmarks
// use it too.
var cases = []struct {
	name    string
	pattern string
	shape   string
	match   []string
	miss    []string
}{
	{"empty", "", "exact", []string{""}, []string{"a", "*"}},
	{"literal", "abc", "exact", []string{"abc"}, []string{"", "ab", "abcd", "Abc", "xbc"}},
	{"star alone", "*", "anything", []string{"", "a", "é", "a:b/c", "\xff"}, nil},
	{"stars alone", "***", "anything", []string{"", "a"}, nil},
	{"prefix", "ab*", "prefix", []string{"ab", "abc", "ab*"}, []string{"", "a", "xab"}},
	{"prefix with many stars", "ab**", "prefix", []string{"ab", "abc"}, []string{"a"}},
	{"suffix", "*ab", "suffix", []string{"ab", "cab", "*ab", "abab"}, []string{"", "b", "abx"}},
	{"contains", "*ab*", "contains", []string{"ab", "xab", "abx", "aab"}, []string{"", "a", "axb"}},
	{"prefix and suffix", "ab*cd", "affixes", []string{"abcd", "abxcd", "abcdcd"}, []string{"abd", "abc", "acd", "xabcd"}},
	{"prefix and suffix may not overlap", "aba*aba", "affixes", []string{"abaaba", "abaxaba"}, []string{"aba", "ababa"}},
	{"question mark", "?", "fixed", []string{"a", "é", "€", "😀", "\xff", "?", "*"}, []string{"", "ab", "\xff\xff"}},
	{"question mark inside", "a?c", "fixed", []string{"abc", "a?c", "aéc"}, []string{"ac", "abbc"}},
	{"at least two characters", "??*", "general", []string{"ab", "é€", "abc", "\xffa"}, []string{"", "a", "€", "😀"}},
	{"star then question marks", "*??", "general", []string{"ab", "é€", "abc"}, []string{"", "a", "€", "😀"}},
	{"question marks between stars", "*?*?*", "general", []string{"ab", "abc"}, []string{"", "a", "😀"}},
	{"three parts", "a*b*c", "general", []string{"abc", "axbxc", "abbc", "abcbc"}, []string{"ac", "acb", "abcx"}},
	{"parts in order", "*b*a*", "general", []string{"ba", "xbxax"}, []string{"ab", "a", "b"}},
	{"parts may not overlap", "*aba*aba*", "general", []string{"abaaba"}, []string{"ababa"}},
	{"parts and ends may not overlap", "ab*b*bc", "general", []string{"abbbc"}, []string{"abbc", "abc"}},
	{"tail takes the last", "*ab?d", "general", []string{"abxd", "abxdabyd"}, []string{"abxdx"}},
	{"second try of a part", "*a?c*", "general", []string{"aabcc", "abdabc"}, []string{"abd", "ac"}},
	{"newlines and blanks are characters", "a?b*", "general", []string{"a\nb", "a b\n\n"}, nil},
	{"brackets and backslashes are literals", `[a]\*`, "prefix", []string{`[a]\`, `[a]\x`}, []string{`[a]*`, "a*"}},
	{"a character is not its pieces", "*\xa9", "suffix", []string{"\xa9", "a\xa9", "\xc3\xa9\xa9"}, []string{"é"}},
	{"nor its first byte", "\xc3*", "prefix", []string{"\xc3", "\xc3a"}, []string{"é"}},
	{"nor what is inside of it", "*\x82*", "contains", []string{"\x82", "a\x82"}, []string{"€"}},
	{"nor both ends of it", "\xe2*\xac", "affixes", []string{"\xe2\xac", "\xe2a\xac"}, []string{"€"}},
	{"composed is not decomposed", "é", "exact", []string{"\u00e9"}, []string{"e\u0301"}},
}

func TestMatch(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tokens := wildcard.Tokens(c.pattern)
			p := wildcard.Compile(tokens)
			if got := p.ShapeForTest(); got != c.shape {
				t.Errorf("pattern %q has the shape %s, want %s", c.pattern, got, c.shape)
			}
			check := func(texts []string, want bool) {
				for _, text := range texts {
					if got := p.Match(text, nil); got != want {
						t.Errorf("pattern %q, text %q: got %v, want %v", c.pattern, text, got, want)
					}
					if got := naive(tokens, false, text, nil); got != want {
						t.Errorf("pattern %q, text %q: the twin says %v, want %v", c.pattern, text, got, want)
					}
				}
			}
			check(c.match, true)
			check(c.miss, false)
		})
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"s3:GetObject", "S3:getobject", true},
		{"s3:Get*", "S3:GETOBJECT", true},
		{"*OBJECT", "s3:GetObject", true},
		{"*:get*", "S3:GetObject", true},
		{"s3:*Object", "S3:GETobject", true},
		{"S?:G*T?B*", "s3:getobject", true},
		{"s3:Get*", "s3:Put", false},
		{"[", "{", false}, // what differs by the same bit but is no letter
		{"@", "`", false},
		{"k", "\u212a", false}, // the Kelvin sign folds to k in Unicode only
		{"é", "É", false},
	} {
		p := wildcard.CompileFold(wildcard.Tokens(c.pattern))
		if got := p.Match(c.text, nil); got != c.want {
			t.Errorf("pattern %q, text %q: got %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

func TestHoles(t *testing.T) {
	for _, c := range []struct {
		name   string
		tokens []wildcard.Token
		fills  []string
		shape  string
		match  []string
		miss   []string
	}{
		{"alone", []wildcard.Token{hole(0)}, []string{"bob"}, "fixed", []string{"bob"}, []string{"", "bo", "bobb"}},
		{"a star in a fill is a star", []wildcard.Token{lit("home/"), hole(0), lit("/"), star}, []string{"*"}, "general",
			[]string{"home/*/x"}, []string{"home/bob/x"}},
		{"a question mark in a fill too", []wildcard.Token{hole(0)}, []string{"b?b"}, "fixed", []string{"b?b"}, []string{"bob"}},
		{"order of numbers", []wildcard.Token{hole(1), lit("-"), hole(0)}, []string{"a", "b"}, "fixed", []string{"b-a"}, []string{"a-b"}},
		{"twice", []wildcard.Token{hole(0), star, hole(0)}, []string{"ab"}, "general", []string{"abab", "abxab"}, []string{"ab", "abxa"}},
		{"in the middle", []wildcard.Token{star, hole(0), star, lit("c"), star}, []string{"b"}, "general", []string{"bc", "abxc"}, []string{"cb", "b"}},
		{"empty", []wildcard.Token{lit("a"), hole(0), star, hole(0), star, hole(0), lit("b")}, []string{""}, "general", []string{"ab", "axb"}, []string{"a", "b"}},
		{"empty before a question mark", []wildcard.Token{star, hole(0), question, lit("b")}, []string{""}, "general", []string{"ab", "€b"}, []string{"b"}},
		{"missing", []wildcard.Token{star, hole(1)}, []string{"a"}, "general", nil, []string{"", "a"}},
		{"no fills at all", []wildcard.Token{hole(0)}, nil, "fixed", nil, []string{""}},
		{"negative", []wildcard.Token{hole(-1)}, []string{"a"}, "fixed", nil, []string{"", "a"}},
		{"neighbours may make up a character", []wildcard.Token{hole(0), hole(1), star}, []string{"\xc3", "\xa9"}, "general", []string{"é", "éa"}, []string{"\xc3"}},
		{"a literal star is no wildcard", []wildcard.Token{lit("a*"), star}, nil, "prefix", []string{"a*", "a*b"}, []string{"ab"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := wildcard.Compile(c.tokens)
			if got := p.ShapeForTest(); got != c.shape {
				t.Errorf("shape %s, want %s", got, c.shape)
			}
			for _, text := range c.match {
				if !p.Match(text, c.fills) {
					t.Errorf("no match of %q", text)
				}
			}
			for _, text := range c.miss {
				if p.Match(text, c.fills) {
					t.Errorf("match of %q", text)
				}
			}
		})
	}
}

func TestFoldOfHoles(t *testing.T) {
	p := wildcard.CompileFold([]wildcard.Token{lit("App:"), hole(0), star})
	if !p.Match("aPP:rEAD-x", []string{"ReAd"}) {
		t.Error("a fill is not folded")
	}
}

func TestZeroPatternMatchesNothing(t *testing.T) {
	var p wildcard.Pattern
	for _, text := range []string{"", "a", "*"} {
		if p.Match(text, nil) {
			t.Errorf("match of %q", text)
		}
	}
}

func TestNeighbouringLiteralsAreOne(t *testing.T) {
	p := wildcard.Compile([]wildcard.Token{lit("a"), lit(""), lit("b"), star, lit("")})
	if got := p.ShapeForTest(); got != "prefix" {
		t.Errorf("shape %s, want prefix", got)
	}
	if !p.Match("abc", nil) || p.Match("a", nil) {
		t.Error("a pattern in pieces matches differently")
	}
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		text string
		want []wildcard.Token
	}{
		{"", nil},
		{"abc", []wildcard.Token{lit("abc")}},
		{"*", []wildcard.Token{star}},
		{"a**?b", []wildcard.Token{lit("a"), star, star, question, lit("b")}},
		{`\*é?`, []wildcard.Token{lit(`\`), star, lit("é"), question}},
	} {
		if got := wildcard.Tokens(c.text); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("Tokens(%q) = %v, want %v", c.text, got, c.want)
		}
	}
}

// TestHostile holds patterns with which a matcher that backtracks would not be
// done before the test binary's own limit: the answers count, not the time.
func TestHostile(t *testing.T) {
	long := strings.Repeat("a", 200_000)
	for _, c := range []struct {
		name    string
		pattern string
		text    string
		want    bool
	}{
		{"stars then a miss", "*********x", long, false},
		{"stars then a hit", "*********a", long, true},
		{"many parts, all there", strings.Repeat("*a", 60) + "*", long, true},
		{"many parts, last missing", strings.Repeat("*a", 60) + "*b*", long, false},
		{"many parts and a tail", strings.Repeat("a*", 60) + "b", long, false},
		{"part with question marks", "*" + strings.Repeat("a?", 30) + "b*", long, false},
		{"question marks and stars", strings.Repeat("*?", 1000) + "b", long, false},
		{"question marks, as many as text", strings.Repeat("?", len(long)) + "*", long, true},
		{"question marks, one too many", strings.Repeat("?", len(long)+1) + "*", long, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tokens := wildcard.Tokens(c.pattern)
			if got := wildcard.Compile(tokens).Match(c.text, nil); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if got := wildcard.CompileFold(tokens).Match(c.text, nil); got != c.want {
				t.Errorf("folding: got %v, want %v", got, c.want)
			}
		})
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	text := "arn:aws:s3:::Bucket/home/bob/é€/file"
	fills := []string{"bob"}
	patterns := map[string][]wildcard.Token{
		"holes": {lit("arn:aws:s3:::"), star, lit("/home/"), hole(0), lit("/"), question, star},
	}
	for _, s := range []string{text, "*", "arn:aws:s3:::*", "*/file", "*home*", "arn:*/file", "arn:aws:s?:::*o?e*/*/*?file"} {
		patterns[s] = wildcard.Tokens(s)
	}
	for name, tokens := range patterns {
		for _, p := range []wildcard.Pattern{wildcard.Compile(tokens), wildcard.CompileFold(tokens)} {
			if !p.Match(text, fills) {
				t.Errorf("%s: no match", name)
			}
			if n := testing.AllocsPerRun(100, func() { p.Match(text, fills) }); n != 0 {
				t.Errorf("%s: %v allocations", name, n)
			}
		}
	}
}
