package wildcard_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

// words returns every text of up to max letters of an alphabet.
func words(alphabet []string, max int) []string {
	all := []string{""}
	for from := 0; max > 0; max-- {
		to := len(all)
		for _, word := range all[from:to] {
			for _, letter := range alphabet {
				all = append(all, word+letter)
			}
		}
		from = to
	}
	return all
}

// agree compares the matcher with its twin, folding and not.
func agree(t *testing.T, tokens []wildcard.Token, text string, fills []string) {
	t.Helper()
	for _, fold := range []bool{false, true} {
		p := wildcard.Compile(tokens)
		if fold {
			p = wildcard.CompileFold(tokens)
		}
		if got, want := p.Match(text, fills), naive(tokens, fold, text, fills); got != want {
			t.Fatalf("tokens %+v (%s, fold %v), text %q, fills %q: got %v, the twin says %v",
				tokens, p.ShapeForTest(), fold, text, fills, got, want)
		}
	}
}

// TestSmallWorlds compares the two on everything there is in small worlds.
func TestSmallWorlds(t *testing.T) {
	for _, world := range []struct {
		name        string
		pattern     []string // "$" is hole 0
		patternSize int
		text        []string
		textSize    int
		fills       []string
	}{
		{"two letters", []string{"a", "b", "*", "?"}, 5, []string{"a", "b"}, 5, nil},
		{"letter case", []string{"a", "A", "*", "?"}, 4, []string{"a", "A", "["}, 4, nil},
		{"broken characters", []string{"\xc3", "\xa9", "*", "?"}, 4, []string{"\xc3", "\xa9", "a"}, 4, nil},
		{"long characters", []string{"€", "\xac", "*", "?"}, 4, []string{"€", "\xe2", "\x82", "\xac"}, 4, nil},
		{"a hole", []string{"$", "a", "*", "?"}, 4, []string{"a", "*"}, 4, []string{"", "a", "*", "a*"}},
		{"a broken hole", []string{"$", "a", "*", "?"}, 4, []string{"\xc3", "\xa9", "a"}, 3, []string{"\xc3", "\xa9", "é"}},
	} {
		t.Run(world.name, func(t *testing.T) {
			texts := words(world.text, world.textSize)
			fills := world.fills
			if fills == nil {
				fills = []string{""}
			}
			for _, pattern := range words(world.pattern, world.patternSize) {
				tokens := withHoles(pattern)
				for _, fill := range fills {
					for _, text := range texts {
						agree(t, tokens, text, []string{fill})
					}
				}
			}
		})
	}
}

// withHoles splits a pattern in which "$" stands for hole 0 and "%" for hole 1.
func withHoles(pattern string) []wildcard.Token {
	var tokens []wildcard.Token
	for {
		i := strings.IndexAny(pattern, "$%")
		if i < 0 {
			return append(tokens, wildcard.Tokens(pattern)...)
		}
		tokens = append(tokens, wildcard.Tokens(pattern[:i])...)
		tokens = append(tokens, hole(strings.IndexByte("$%", pattern[i])))
		pattern = pattern[i+1:]
	}
}

// FuzzMatch: the matcher agrees with its twin, and a text matches the pattern
// that is itself.
func FuzzMatch(f *testing.F) {
	for _, c := range cases {
		for _, text := range append(c.match, c.miss...) {
			f.Add(c.pattern, text, "a", "")
		}
	}
	f.Add("home/$/*", "home/*/x", "*", "")
	f.Add("*%?$*", "é€x", "x", "\xc3")
	f.Fuzz(func(t *testing.T, pattern, text, fill0, fill1 string) {
		if len(pattern) > 12 || len(text) > 24 {
			return // the twin needs exponential time
		}
		agree(t, withHoles(pattern), text, []string{fill0, fill1})
		if !wildcard.Compile([]wildcard.Token{lit(text)}).Match(text, nil) {
			t.Fatalf("%q does not match itself", text)
		}
		if !wildcard.Compile([]wildcard.Token{hole(0)}).Match(text, []string{text}) {
			t.Fatalf("%q does not fill a hole", text)
		}
	})
}

// FuzzTokens: tokens put together again are the pattern.
func FuzzTokens(f *testing.F) {
	for _, c := range cases {
		f.Add(c.pattern)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		var b strings.Builder
		for _, token := range wildcard.Tokens(pattern) {
			switch token.Kind {
			case wildcard.Any:
				b.WriteByte('*')
			case wildcard.One:
				b.WriteByte('?')
			case wildcard.Literal:
				if token.Text == "" || strings.ContainsAny(token.Text, "*?") {
					t.Fatalf("%q: literal %q", pattern, token.Text)
				}
				b.WriteString(token.Text)
			default:
				t.Fatalf("%q: token %+v", pattern, token)
			}
		}
		if b.String() != pattern {
			t.Fatalf("%q became %q", pattern, b.String())
		}
	})
}
