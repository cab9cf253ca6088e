package arn_test

import (
	"strings"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

// naivePattern is the slow twin of Pattern.Match for patterns without holes,
// written along the text of the rules.
func naivePattern(pattern, name string) bool {
	if !strings.HasPrefix(pattern, "arn:") {
		return glob(pattern, name)
	}
	want := strings.SplitN(pattern, ":", 6)
	if len(want) < 6 {
		partition := want[1]
		if i := strings.IndexAny(partition, "*?"); i >= 0 {
			partition = partition[:i]
		}
		below := strings.HasPrefix(partition, "aws") && glob(pattern+":*", name)
		return glob(pattern, name) || below
	}
	got := strings.SplitN(name, ":", 6)
	if len(got) < 6 {
		return false
	}
	for i := range want {
		if !glob(want[i], got[i]) {
			return false
		}
	}
	return true
}

// naiveComponents is the slow twin of Components.Match without holes.
func naiveComponents(pattern, value string) (matched, isARN bool) {
	got := strings.SplitN(value, ":", 6)
	if len(got) < 6 || got[0] != "arn" {
		return false, false
	}
	for i, want := range strings.SplitN(pattern, ":", 6) {
		if !glob(want, got[i]) {
			return false, true
		}
	}
	return true, true
}

// glob needs no twin here: wildcard has its own.
func glob(pattern, text string) bool {
	return wildcard.Compile(wildcard.Tokens(pattern)).Match(text, nil)
}
