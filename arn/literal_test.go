package arn_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/arn/wildcard"
)

func TestLiterals(t *testing.T) {
	for _, test := range []struct {
		pattern, head string
		whole         bool
		literals      string // joined by blanks
	}{
		{"*", "", true, ""},
		{"", "", false, ""},
		{"x", "x", true, "x"},
		{"doc/*", "doc/", true, "doc/"},
		{"doc/**", "doc/", true, "doc/"},
		{"*/x", "", false, "/x"},
		{"*/x/*", "", false, "/x/"},
		{"a*z", "a", false, "a z"},
		{"a?", "a", false, "a"},
		{"?a", "", false, "a"},
		{"a*b?c*d", "a", false, "a b c d"},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/", true, "arn:aws:s3:::b/"},
		{"arn:aws:s3", "arn:aws:s3", true, "arn:aws:s3"},
		{"arn:aws:s?s:e*", "arn:aws:s", false, "arn:aws:s s:e"},
		{"arn:aws:s3:*:1:b/*", "arn:aws:s3:", false, "aws s3 1 b/"},
		{"arn:*:*:*:*:*x*", "arn:", false, "x"},
		{"arn:aws:s3:e*t::b*c", "arn:aws:s3:e", false, "aws s3 e t  b c"},
	} {
		p, err := arn.ParsePattern(test.pattern)
		if err != nil && test.pattern != "" {
			t.Fatal(err)
		}
		var literals []string
		p.Literals(func(s string) { literals = append(literals, s) })
		if p.Head() != test.head || p.Whole() != test.whole || strings.Join(literals, " ") != test.literals {
			t.Errorf("%s: head %q, whole %v, literals %q", test.pattern, p.Head(), p.Whole(), literals)
		}
	}
	if hole, err := arn.CompilePattern([]wildcard.Token{{Text: "home/"}, {Kind: wildcard.Hole}, {Text: "/x"}, {Kind: wildcard.Any}}); err != nil || hole.Head() != "home/" || hole.Whole() {
		t.Errorf("with a hole: head %q, whole %v, %v", hole.Head(), hole.Whole(), err)
	}
}

// FuzzLiterals: what a pattern matches begins with its head and contains its
// literals; and of a whole pattern nothing else is asked but an end.
func FuzzLiterals(f *testing.F) {
	for _, s := range [][2]string{
		{"arn:aws:s3:*:*:b/*x*", "arn:aws:s3:e:1:b/yx"}, {"*/tenant-1/*", "a/tenant-1/"}, {"arn:aws:s3", "arn:aws:s3:::b"},
		{"a?ä*", "aéäb"}, {"\u212a*", "\u212ax"}, {"doc/*", "doc/"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p, err := arn.ParsePattern(pattern)
		if err != nil {
			return
		}
		if p.Whole() && text == p.Head() && !p.Match(text, nil) {
			t.Errorf("%q is whole and does not match its head %q", pattern, text)
		}
		if !p.Match(text, nil) {
			return
		}
		if !strings.HasPrefix(text, p.Head()) {
			t.Errorf("%q matches %q, which does not begin with %q", pattern, text, p.Head())
		}
		p.Literals(func(s string) {
			if !strings.Contains(text, s) {
				t.Errorf("%q matches %q, which does not contain %q", pattern, text, s)
			}
		})
	})
}
