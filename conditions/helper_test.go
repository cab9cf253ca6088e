package conditions_test

import (
	"strings"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// tester is what *testing.T, *testing.F and *rapid.T have in common here.
type tester interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

// clause makes a clause over string values.
func clause(operator, key string, values ...string) conditions.Clause {
	c := conditions.Clause{Operator: operator, Key: key}
	for _, v := range values {
		c.Values = append(c.Values, conditions.Literal{Kind: conditions.KindString, Text: v})
	}
	return c
}

// typed makes a clause over values of one JSON type.
func typed(kind conditions.ScalarKind, operator, key string, values ...string) conditions.Clause {
	c := clause(operator, key, values...)
	for i := range c.Values {
		c.Values[i].Kind = kind
	}
	return c
}

// world is an environment with a region of every shape.
var world = &conditions.Environment{Regions: map[string]conditions.Area{
	"square":  {Box: &conditions.Box{South: 0, West: 0, North: 10, East: 10}},
	"fiji":    {Box: &conditions.Box{South: -20, West: 176, North: -12, East: -178}},
	"ell":     {Polygon: []conditions.Point{{0, 0}, {0, 8}, {4, 8}, {4, 4}, {8, 4}, {8, 0}}}, // an L, lying
	"wedge":   {Polygon: []conditions.Point{{0, 160}, {10, 180}, {-10, 180}}},
	"nowhere": {},
	"a line":  {Polygon: []conditions.Point{{0, 0}, {1, 1}}},
}}

func mustCompile(t tester, clauses ...conditions.Clause) *conditions.Set {
	t.Helper()
	s, problems := conditions.CompileIn(world, clauses, true)
	if len(problems) > 0 {
		t.Fatalf("Compile: %v", strictjson.Join(problems))
	}
	return s
}

// wantProblem checks that the clauses have exactly one problem, of this rule, and
// that what is returned beside it is not true.
func wantProblem(t tester, rule string, clauses ...conditions.Clause) *strictjson.Error {
	t.Helper()
	s, problems := conditions.CompileIn(world, clauses, true)
	if len(problems) != 1 || problems[0].Rule != rule {
		t.Errorf("Compile(%+v) = %v, want one problem %q", clauses, problems, rule)
		return &strictjson.Error{}
	}
	if got := s.Eval(with()); got != conditions.Unknown {
		t.Errorf("a refused set is %v, want unknown", got)
	}
	if p := problems[0]; p.Reason == "" || strings.HasSuffix(p.Reason, ".") {
		t.Errorf("%q is no good reason", p.Reason)
	}
	return problems[0]
}

// with makes a context from keys and values in turn.
func with(pairs ...any) *conditions.Context {
	c := &conditions.Context{}
	for i := 0; i < len(pairs); i += 2 {
		c.Set(pairs[i].(string), pairs[i+1].(conditions.Value))
	}
	return c
}

func utf8Valid(texts ...string) bool {
	for _, s := range texts {
		if !utf8.ValidString(s) {
			return false
		}
	}
	return true
}
