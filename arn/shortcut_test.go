package arn_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn"
)

func TestShortcut(t *testing.T) {
	for s, want := range map[string]bool{
		"arn:aws:s3:::bucket/key":                          true,
		"arn:aws:s3:::b":                                   true,
		"arn:aws:iam::123456789012:user/a b":               true,
		"arn:aws:sns:eu-west-1:123456789012:topic:x":       true,
		"arn:aws:s3:::" + strings.Repeat("long name/", 50): true,
		"arn:aws:s3:::":                                    false,
		"arn:aws:s3::bucket":                               false,
		"arn::s3:::bucket":                                 false,
		"arn:aws::::bucket":                                false,
		"arn:aws:s 3:::bucket":                             false,
		"ARN:aws:s3:::bucket":                              false,
		"arn:aws:s3:::bucket/\x7f":                         false,
		"arn:aws:s3:::bucket/12345678\x1f":                 false,
		"arn:aws:s3:::bucket/12345678\x7f":                 false,
		"arn:aws:s3:::bucket/12\x7f45678":                  false,
		"arn:aws:s3:::büro":                                false,
		"arn:wami:docs:12:wami:prod:doc/7":                 false,
		"arn:Wami:docs:12:wami:prod:doc/7":                 false,
		"arn:":                                             false, "arn": false, "": false,
	} {
		if got := arn.TakesShortcut(s); got != want {
			t.Errorf("%q takes the shortcut: %v, want %v", s, got, want)
		}
		sameParse(t, s)
	}
}

// sameParse checks that the shortcut changes nothing.
func sameParse(t *testing.T, s string) {
	t.Helper()
	want, wantErr := arn.ParseSlowly(s)
	got, err := arn.Parse(s)
	if got != want || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Errorf("Parse(%q) is %+v, %v; want %+v, %v", s, got, err, want, wantErr)
	}
}

func FuzzShortcut(f *testing.F) {
	for _, s := range []string{"arn:aws:s3:::bucket/key", "arn:wami:docs:12:wami:prod:doc/7", "arn:WAMI:docs:12:wami:prod:doc/7", "arn:aws:s3:::bucket/1234567\x7f",
		"arn:aws:s3:::bucket/\x1f12345678", "arn:aws:s3:::bu\xff", "arn:aws:s3: ::b", "arn:a:b:c:d:e:f:g:h:i:j"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { sameParse(t, s) })
}
