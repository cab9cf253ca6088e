package policystore

import (
	"crypto/sha256"

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

// A Chain compiles one bundle after the other as a Store does, of which each may take
// from the one before.
type Chain struct {
	loader loader
	engine *pdp.Engine
}

// Load returns the engine of some files, and goes on from it if they are good.
func (c *Chain) Load(files map[string][]byte) (*pdp.Engine, error) {
	b, err := source.FromFiles(files, source.Limits{})
	if err != nil {
		return nil, err
	}
	e, err := c.loader.compile(b, c.engine)
	if err == nil {
		c.engine = e
	}
	return e, err
}

// Known returns how many documents the next Load of some files would take.
func (c *Chain) Known(files map[string][]byte) int {
	n := 0
	for path, data := range files {
		if before, ok := c.loader.sums[path]; ok && before == sha256.Sum256(data) && c.engine.Unchanged(path) != nil {
			n++
		}
	}
	return n
}
