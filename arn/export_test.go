package arn

import (
	"reflect"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

// Plain reports whether a pattern is compiled without looking at its fields, and
// whether looking at them comes to the same.
func Plain(tokens []wildcard.Token) (plainly, same bool) {
	if len(tokens) == 0 || !plain(tokens) {
		return false, true
	}
	fast, _ := CompilePattern(tokens)
	slow, err := compileFields(tokens)
	return true, err == nil && reflect.DeepEqual(fast, slow)
}
