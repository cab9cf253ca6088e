package policystore

import (
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/policystore/source"
)

// HookForTest calls before ahead of each compilation.
func (o *Options) HookForTest(before func(*source.Bundle)) {
	o.compile = func(b *source.Bundle, previous *pdp.Engine) (*pdp.Engine, error) {
		before(b)
		return compile(b, "", previous)
	}
}
