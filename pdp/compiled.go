package pdp

import (
	"slices"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A finished policy is one that Decode has compiled to see whether it can be. Compile
// takes that instead of compiling it again, as long as the document says what it said
// then: documents are made by hand, and changed.
type finished struct {
	compiledPolicy
	version    string
	dialect    Dialect
	texts      []string // of all patterns, in order
	conditions []conditions.Clause
}

// finish compiles a policy that has just been decoded.
func (p *Policy) finish() []*strictjson.Error {
	f := &finished{version: p.Version, dialect: p.Dialect}
	var regions *conditions.Environment
	n := 0
	for i := range p.Statements {
		s := &p.Statements[i]
		actions, resources := s.texts()
		n += len(actions) + len(resources)
		regions = referredRegions(regions, s.Conditions)
	}
	f.texts = make([]string, 0, n)
	for i := range p.Statements {
		s := &p.Statements[i]
		actions, resources := s.texts()
		for _, t := range actions {
			f.texts = append(f.texts, t.Text)
		}
		for _, t := range resources {
			f.texts = append(f.texts, t.Text)
		}
		for _, clause := range s.Conditions {
			clause.Values = slices.Clone(clause.Values)
			f.conditions = append(f.conditions, clause)
		}
	}
	var problems []*strictjson.Error
	f.compiledPolicy, problems = compilePolicy(regions, p)
	if len(problems) == 0 && regions == nil { // which regions there are, only the whole bundle tells
		p.finished = f
	}
	return problems
}

// compiled returns what the statements of a policy come to.
func (c *compiler) compiled(p *Policy) (*compiledPolicy, []*strictjson.Error) {
	if p.finished != nil && p.finished.fits(p) {
		return &p.finished.compiledPolicy, nil
	}
	compiled, problems := compilePolicy(c.environment, p)
	return &compiled, problems
}

// fits reports whether the policy still says what was compiled. Texts that nobody
// has changed are the same pieces of memory, so that this costs 7 ms for 100,000
// statements, which take 80 ms to compile.
func (f *finished) fits(p *Policy) bool {
	if p.Version != f.version || p.Dialect != f.dialect || len(p.Statements) != len(f.statements) {
		return false
	}
	texts, clauses := f.texts, f.conditions
	for i := range p.Statements {
		s, c := &p.Statements[i], &f.statements[i]
		actions, resources := s.texts()
		if c.notAction != (len(s.NotActions) > 0) || c.notResource != (len(s.NotResources) > 0) ||
			len(c.actions) != len(actions) || len(c.resources) != len(resources) || len(clauses) < len(s.Conditions) {
			return false
		}
		n := len(actions)
		if !sameTexts(texts[:n], actions) || !sameTexts(texts[n:n+len(resources)], resources) ||
			!slices.EqualFunc(clauses[:len(s.Conditions)], s.Conditions, sameClause) {
			return false
		}
		texts, clauses = texts[n+len(resources):], clauses[len(s.Conditions):]
		if (c.conditions == nil) != (len(s.Conditions) == 0) {
			return false
		}
	}
	return true
}

func sameTexts(texts []string, of []Text) bool {
	for i := range of {
		if of[i].Text != texts[i] {
			return false
		}
	}
	return true
}

// sameClause compares all but where something stands, which no compiled condition
// knows, apart from whose operator a key belongs to.
func sameClause(a, b conditions.Clause) bool {
	return a.Operator == b.Operator && a.Key == b.Key && a.Block == b.Block && a.AbsentIsUnknown == b.AbsentIsUnknown &&
		a.OperatorPlace == b.OperatorPlace &&
		slices.EqualFunc(a.Values, b.Values, func(v, w conditions.Literal) bool { return v.Kind == w.Kind && v.Text == w.Text })
}
