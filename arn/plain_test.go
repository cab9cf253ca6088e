package arn_test

import (
	"testing"

	"github.com/mayi-authz/mayi/arn"
)

// TestPlain: usual patterns take the short way, and nothing does that the long way
// would refuse or compile to something else. "$" is a hole.
func TestPlain(t *testing.T) {
	for pattern, want := range map[string]bool{
		"arn:aws:s3:::b":               true,
		"arn:aws:s3:::*":               true,
		"arn:aws:s3:::?":               true,
		"arn:aws:s3:::$/x":             true,
		"arn:aws:s3:eu:1:a b/*/c:d/?":  true,
		"arn:aws:s3:::":                false,
		"arn:aws::::b":                 false,
		"arn::s3:::b":                  false,
		"arn:aws:s3:*:1:b":             false,
		"arn:aws:s3:$:1:b":             false,
		"arn:aws:s3 :::b":              false,
		"arn:aws:s3:::b\t":             false,
		"arn:aws:s3:::*/\x7f":          false,
		"arn:aws:s3:::é":               false,
		"arn:aws:s3:::*é":              false,
		"arn:aws:s3\u00a0:::b":         false,
		"arn:wami:iam:1:wami:9:user/x": false,
		"arn:WaMi:iam:1:wami:9:user/x": false,
		"arn:aws:s3":                   false,
		"arn:*":                        false,
		"*":                            false,
		"$":                            false,
		"Arn:aws:s3:::b":               false,
		"x/arn:aws:s3:::b":             false,
	} {
		plainly, same := arn.Plain(withHoles(pattern))
		if plainly != want || !same {
			t.Errorf("%q: plain %v, want %v; the same %v", pattern, plainly, want, same)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, c := range patterns {
		f.Add(c.pattern)
	}
	f.Add("arn:aws:s3:::$/$*")
	f.Fuzz(func(t *testing.T, pattern string) {
		if _, same := arn.Plain(withHoles(pattern)); !same {
			t.Errorf("%q is something else by its fields", pattern)
		}
	})
}
