package conditions_test

import (
	"reflect"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
)

// FuzzCompile checks that no clause makes Compile panic, that what compiles
// evaluates, as the slow twin does and the same way twice, and that what does not
// compile is never true.
func FuzzCompile(f *testing.F) {
	for _, op := range conditions.Operators() {
		for _, v := range policyValues[op.Type] {
			f.Add(op.Name, "k", v, v, uint8(1), "a", true)
			f.Add("ForAnyValue:"+op.Name+"IfExists", "aws:TagKeys", v, "x", uint8(2), "1.5", false)
		}
	}
	f.Add("StringLike", "K", "${k}*", "${k, 'x'}", uint8(1), "*", true)
	f.Fuzz(func(t *testing.T, operator, key, a, b string, kind uint8, request string, many bool) {
		c := typed(conditions.ScalarKind(kind%4), operator, key, a)
		if many {
			c.Values = append(c.Values, conditions.Literal{Kind: conditions.ScalarKind(kind / 4 % 4), Text: b})
		}
		other := clause("StringNotEqualsIfExists", key, "x")
		clauses := []conditions.Clause{c, other}
		s, problems := conditions.Compile(clauses, true)
		again, problemsAgain := conditions.Compile(clauses, true)
		if !reflect.DeepEqual(problems, problemsAgain) || !reflect.DeepEqual(s.Keys(), again.Keys()) {
			t.Fatalf("compiled twice: %v and %v", problems, problemsAgain)
		}
		scalar := []conditions.Scalar{conditions.Unreadable(), conditions.String(request), conditions.Number(request), conditions.Bool(many)}[kind/16%4]
		for _, v := range []conditions.Value{
			conditions.Absent(), conditions.Incomplete(), conditions.One(scalar), conditions.Many([]conditions.Scalar{scalar, conditions.String(a)}),
		} {
			src := with("u", conditions.Text(request), key, v)
			got := s.Eval(src)
			switch {
			case got != again.Eval(src):
				t.Fatalf("%+v is %v and %v", clauses, got, again.Eval(src))
			case len(problems) > 0 && got != conditions.Unknown:
				t.Fatalf("refused and %v: %v", got, problems)
			case len(problems) == 0 && len(a)+len(b)+len(request) < 40 && utf8Valid(a, b, request) && got != naiveEval(clauses, src):
				t.Fatalf("%+v of %+v = %v, want %v", clauses, v, got, naiveEval(clauses, src))
			}
		}
	})
}
