package pdp

import (
	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/conditions"
)

// A statement is a compiled Statement in 64 bytes, a line of the cache: its patterns
// are numbers of the corpus' that it is in.
type statement struct {
	from        *origin
	sid         string
	conditions  *conditions.Set // nil is always true
	actions     list            // of corpus.actions
	resources   list            // of corpus.resources
	principals  int32           // of corpus.principals, in a resource or trust policy; else 0
	index       int32           // in its policy
	line        int32
	effect      Effect
	notAction   bool
	notResource bool
	// document: it stands for the whole of a policy that decides by first match.
	document bool
}

// An origin is what the statements of a policy, or of one file of it, have in
// common.
type origin struct {
	policy, file string
	first        *firstMatch // of a policy that decides by first match; else nil
}

// ref returns the statement's name in a layer. Refs are made only when somebody
// asks a Decision for them: kept ready for every layer, they were the half of what a
// bundle weighed.
func (c *statement) ref(layer Layer) StatementRef {
	return StatementRef{
		Policy: c.from.policy, Sid: c.sid, Index: int(c.index), Effect: c.effect, Layer: layer,
		File: c.from.file, Line: int(c.line),
	}
}

// named is the statement of a ref that others have made.
func named(r *StatementRef) *statement {
	return &statement{
		from: &origin{policy: r.Policy, file: r.File},
		sid:  r.Sid, index: int32(r.Index), line: int32(r.Line), effect: r.Effect,
	}
}

// A resourcePattern is one pattern of Resource or NotResource.
type resourcePattern struct {
	arn.Pattern
	template *conditions.Template // nil unless the pattern has variables
}

// matchesAction reports whether the statement covers the action.
func (c *statement) matchesAction(of *corpus, action string) bool {
	for _, n := range of.numbers(&c.actions) {
		if of.actions[n].Match(action, nil) {
			return !c.notAction
		}
	}
	return c.notAction
}

// matchesResource says whether the statement covers the resource. A pattern with
// a variable that the request lacks matches nothing under Resource, and is unknown
// under NotResource: "none of these" must not hold because one of them cannot be
// read. A variable whose source is incomplete is unknown under both.
//
// A trust policy's statements have none: their resource is the role that is asked
// about.
func (c *statement) matchesResource(of *corpus, s *scratch) conditions.Tri {
	if c.resources.n == 0 {
		return conditions.True
	}
	unknown := false
	for _, n := range of.numbers(&c.resources) {
		p := &of.resources[n]
		if p.template != nil {
			fills, known := p.template.Resolve(s, s.fills)
			if s.fills = fills; known != conditions.True {
				unknown = unknown || c.notResource || known == conditions.Unknown
				continue
			}
		}
		if p.Match(s.resource, s.fills) {
			return conditions.Of(!c.notResource)
		}
	}
	if unknown {
		return conditions.Unknown
	}
	return conditions.Of(c.notResource)
}

// applies says whether the statement, whoever it is for, applies to the request
// whose action this is. The cheapest question comes first.
func (c *statement) applies(of *corpus, s *scratch) conditions.Tri {
	if !c.matchesAction(of, s.action) {
		return conditions.False
	}
	t := c.matchesResource(of, s)
	if t == conditions.False || c.conditions == nil {
		return t
	}
	return t.And(c.conditions.Eval(s))
}
