package conditions_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/conditions"
)

// Values that a policy may hold, by type: few, so that requests often meet them.
var policyValues = map[conditions.ValueType][]string{
	conditions.TypeString: {"a", "A", "ab", "a*", "?b", "*", "${u}", "x${u}*", "${u}${v}", "${m, 'ab'}", "${gone}", "${cut}", "${o}", "${*}", "a${?}", "1.5", "true", "é", "?"},
	conditions.TypeNumber: {"0", "-1", "1.50", "1.5", "15e-1", "12345678901234567890.1", "1e400"},
	conditions.TypeDate:   {"2020", "2020-01-01", "1577836800", "2020-01-01T00:00:00.5Z", "0", "2019-12-31T23:00:00-01:00"},
	conditions.TypeBool:   {"true", "False"},
	conditions.TypeBinary: {"AAAA", "aGVsbG8=", "QQ=="},
	conditions.TypeIP:     {"10.0.0.0/8", "10.0.0.1", "2001:db8::/32", "::ffff:10.0.0.0/104", "0.0.0.0/0"},
	conditions.TypeARN: {"arn:aws:s3:::a", "arn:aws:s3:::*", "arn:*:s3::?:a*", "arn:aws:s3:::${u}", "${arn}", "arn:aws:${u}:::a", "arn:${gone, 'aws'}:s3:::a",
		"arn:aws:s3:::${cut}", "arn:aws:s3:::${*}", "arn:aws:s3:::${c}"},
	conditions.TypePresence: {"true", "false"},
	conditions.TypePattern:  {"a", "a|ab", "(?i)AB", "[0-9.]+", "()", "x.*", `\Qa`, "^a$", "(?s).*"},
	conditions.TypeVersion:  {"1.2.3", "v1.10.0", "1.2.3-rc.1", "1.2.3-rc.1.0+b", "0.0.99999999999999999999"},
	conditions.TypeJSONPath: {"$ == 1.5", "$.a == 'x'", "$.a=1.50", "$..a == true", "$.l[-1]==2", "$.l[::2] == 1", "$['a','l'][*] == null", "$.l[2:0:-1] == 2"},
	conditions.TypeDistance: {"52.5,13.4,50", "0,180,300", "90,0,1"},
	conditions.TypeRegion:   {"47,5,55,15", "-20,170,-10,-170", "-90,-180,90,180", "square", "fiji", "ell", "wedge"},
	conditions.TypeDigest:   {"sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", "sha256:" + strings.ToUpper("fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603")},
}

// Values that a request may hold, readable by some operators and not by others.
var requestValues = []conditions.Scalar{
	conditions.String("a"), conditions.String("AB"), conditions.String("ab"), conditions.String("*"), conditions.String("xa*"), conditions.String("xab"), conditions.String(""), conditions.String("É"),
	conditions.String("1.5"), conditions.Number("1.50"), conditions.Number("150e-2"), conditions.Number("-0"), conditions.Number("1e401"), conditions.Number("12345678901234567890.10"),
	conditions.Bool(true), conditions.Bool(false), conditions.String("TRUE"),
	conditions.String("2020-01-01T00:00:00Z"), conditions.Number("1577836800.5"), conditions.String("2020"), conditions.Number("2020"),
	conditions.String("10.1.2.3"), conditions.String("::ffff:10.0.0.1"), conditions.String("2001:db8::1%0"), conditions.String("10.0.0.1:80"),
	conditions.String("AAAA"), conditions.String("aGVsbG8="), conditions.String("QR=="),
	conditions.String("arn:aws:s3:::a"), conditions.String("arn:aws:s3:::*"), conditions.String("arn:aws:s3::1:a:b"), conditions.String("arn:aws:s3"),
	conditions.String("1.2.3"), conditions.String("v1.2.3+x"), conditions.String("1.2.3-rc.1"), conditions.String("1.2.3-rc.1.a"), conditions.String("1.2"), conditions.String("0.0.100000000000000000000"),
	conditions.String(`{"a":"x","l":[1,null,2.0]}`), conditions.String(`{"a":1.5,"l":[{"a":true},1,2]}`), conditions.String(`{"a":1,"a":2}`), conditions.String(`[1`),
	conditions.String("52.52,13.405"), conditions.String("0,-179"), conditions.String("0,180"), conditions.String("-15,-180"), conditions.String("5,5"), conditions.String("4,4"), conditions.String("91,0"),
	conditions.Unreadable(),
}

func genValue() *rapid.Generator[conditions.Value] {
	return rapid.Custom(func(t *rapid.T) conditions.Value {
		scalar := rapid.SampledFrom(requestValues)
		switch rapid.IntRange(0, 9).Draw(t, "shape") {
		case 0:
			return conditions.Absent()
		case 1:
			return conditions.Incomplete()
		case 2, 3:
			return conditions.Many(rapid.SliceOfN(scalar, 0, 4).Draw(t, "list"))
		}
		return conditions.One(scalar.Draw(t, "scalar"))
	})
}

func genClause(op conditions.OperatorInfo) *rapid.Generator[conditions.Clause] {
	return rapid.Custom(func(t *rapid.T) conditions.Clause {
		name := rapid.SampledFrom([]string{"", "ForAllValues:", "ForAnyValue:"}).Draw(t, "qualifier") + op.Name
		if op.IfExists && rapid.Bool().Draw(t, "exists") {
			name += "IfExists"
		}
		most := 4
		if op.Type == conditions.TypeBool || op.Type == conditions.TypePresence {
			most = 1
		}
		values := rapid.SliceOfN(rapid.SampledFrom(policyValues[op.Type]), 1, most).Draw(t, "values")
		c := clause(name, rapid.SampledFrom([]string{"k", "K2"}).Draw(t, "key"), values...)
		if op.Type == conditions.TypeString && rapid.IntRange(0, 9).Draw(t, "typed") == 0 {
			return typed(conditions.KindNumber, name, c.Key, "1.50", "15e-1")
		}
		return c
	})
}

func genClauses() *rapid.Generator[[]conditions.Clause] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) conditions.Clause {
		return genClause(rapid.SampledFrom(conditions.Operators()).Draw(t, "operator")).Draw(t, "clause")
	}), 1, 4)
}

func genContext() *rapid.Generator[*conditions.Context] {
	return rapid.Custom(func(t *rapid.T) *conditions.Context {
		return with(
			"k", genValue().Draw(t, "k"), "k2", genValue().Draw(t, "k2"),
			"u", conditions.One(rapid.SampledFrom(requestValues).Draw(t, "u")), "v", genValue().Draw(t, "v"),
			"m", conditions.Texts("a", "b"), "cut", conditions.Incomplete(), "o", conditions.One(conditions.Unreadable()),
			"arn", conditions.Text("arn:aws:s3:::*"), "c", conditions.Text("1:a"),
		)
	})
}

func TestAgreesWithTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clauses, src := genClauses().Draw(t, "clauses"), genContext().Draw(t, "context")
		if got, want := mustCompile(t, clauses...).Eval(src), naiveEval(clauses, src); got != want {
			t.Fatalf("%+v of %+v = %v, want %v", clauses, src, got, want)
		}
	})
}

// TestEveryPairAgreesWithTwin is the small world, whole: every operator with
// every qualifier and suffix, every policy value, every request value alone and
// beside another.
func TestEveryPairAgreesWithTwin(t *testing.T) {
	var values []conditions.Value
	for _, s := range requestValues {
		values = append(values, conditions.One(s), conditions.Many([]conditions.Scalar{s}),
			conditions.Many([]conditions.Scalar{s, conditions.String("a")}), conditions.Many([]conditions.Scalar{conditions.Unreadable(), s}))
	}
	values = append(values, conditions.Absent(), conditions.Incomplete())
	cases := 0
	for _, op := range conditions.Operators() {
		for _, q := range []string{"", "ForAllValues:", "ForAnyValue:"} {
			for _, suffix := range []string{"", "IfExists"} {
				if suffix != "" && !op.IfExists {
					continue
				}
				for _, policy := range policyValues[op.Type] {
					c := clause(q+op.Name+suffix, "k", policy)
					s := mustCompile(t, c)
					for _, v := range values {
						src := with("k", v, "u", conditions.Text("a"), "v", conditions.Text("b"), "m", conditions.Texts("a", "b"), "cut", conditions.Incomplete(),
							"o", conditions.One(conditions.Unreadable()), "arn", conditions.Text("arn:aws:s3:::a"), "c", conditions.Text("1:a"))
						if got, want := s.Eval(src), naiveEval([]conditions.Clause{c}, src); got != want {
							t.Errorf("%s %s of %+v = %v, want %v", c.Operator, policy, v, got, want)
						}
						cases++
					}
				}
			}
		}
	}
	if cases < 100_000 {
		t.Errorf("only %d cases", cases)
	}
}

// TestPairsOfValuesAgreeWithTwin is the other small world: every two policy values
// side by side, in both orders.
func TestPairsOfValuesAgreeWithTwin(t *testing.T) {
	for _, op := range conditions.Operators() {
		if op.Type == conditions.TypeBool || op.Type == conditions.TypePresence {
			continue // take one value
		}
		for _, a := range policyValues[op.Type] {
			for _, b := range policyValues[op.Type] {
				c := clause(op.Name, "k", a, b)
				s := mustCompile(t, c)
				for _, v := range requestValues {
					src := with("k", conditions.One(v), "u", conditions.Text("a"), "v", conditions.Text("b"), "m", conditions.Texts("a", "b"), "cut", conditions.Incomplete(),
						"o", conditions.One(conditions.Unreadable()), "arn", conditions.Text("arn:aws:s3:::a"), "c", conditions.Text("1:a"))
					if got, want := s.Eval(src), naiveEval([]conditions.Clause{c}, src); got != want {
						t.Errorf("%s %s, %s of %+v = %v, want %v", op.Name, a, b, v, got, want)
					}
				}
			}
		}
	}
}

// positive returns the twin of a negated operator.
func positive(name string) string { return strings.Replace(name, "Not", "", 1) }

func TestNegatedIsNotOfPositive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		op := rapid.SampledFrom(conditions.Operators()).Filter(func(op conditions.OperatorInfo) bool { return op.Negated }).Draw(t, "operator")
		c := clause(op.Name, "k", rapid.SliceOfN(rapid.SampledFrom(policyValues[op.Type]), 1, 4).Draw(t, "values")...)
		src := genContext().Draw(t, "context")
		twin := c
		twin.Operator = positive(op.Name)
		got, want := mustCompile(t, c).Eval(src), mustCompile(t, twin).Eval(src).Not()
		if got != want {
			t.Fatalf("%s of %+v = %v, %s is %v", c.Operator, src.Value("k"), got, twin.Operator, want.Not())
		}
	})
}

func TestIfExistsMendsOnlyAbsence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		op := rapid.SampledFrom(conditions.Operators()).Filter(func(op conditions.OperatorInfo) bool { return op.IfExists }).Draw(t, "operator")
		c := genClause(op).Draw(t, "clause")
		c.Operator = strings.TrimSuffix(c.Operator, "IfExists")
		src := genContext().Draw(t, "context")
		plain := mustCompile(t, c).Eval(src)
		c.Operator += "IfExists"
		exists := mustCompile(t, c).Eval(src)
		if absent := src.Value(conditions.Fold(c.Key)).IsAbsent(); plain != exists && (!absent || exists != conditions.True) {
			t.Fatalf("%s of %+v is %v without the suffix, %v with it", c.Operator, src.Value(conditions.Fold(c.Key)), plain, exists)
		}
	})
}

func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clauses, src := genClauses().Draw(t, "clauses"), genContext().Draw(t, "context")
		want := mustCompile(t, clauses...).Eval(src)
		shuffled := rapid.Permutation(clauses).Draw(t, "shuffled")
		for i := range shuffled {
			shuffled[i].Values = rapid.Permutation(shuffled[i].Values).Draw(t, "values")
		}
		if got := mustCompile(t, shuffled...).Eval(src); got != want {
			t.Fatalf("%v in one order, %v in another: %+v", want, got, clauses)
		}
		for _, key := range []string{"k", "k2"} {
			if v := src.Value(key); v.Len() > 1 {
				list := make([]conditions.Scalar, v.Len())
				for i := range list {
					list[i] = v.At(len(list) - 1 - i)
				}
				src.Set(key, conditions.Many(list))
			}
		}
		if got := mustCompile(t, clauses...).Eval(src); got != want {
			t.Fatalf("%v with the request's lists in one order, %v in another", want, got)
		}
	})
}

// TestUnknownIsSound is what unknown is for: if a key cannot be known, whatever it
// may turn out to be, the result was said to be that or unknown.
func TestUnknownIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clauses, src := genClauses().Draw(t, "clauses"), genContext().Draw(t, "context")
		key := rapid.SampledFrom([]string{"k", "k2", "u", "v", "cut"}).Draw(t, "key")
		s := mustCompile(t, clauses...)
		src.Set(key, conditions.Incomplete())
		said := s.Eval(src)
		src.Set(key, genValue().Draw(t, "revealed"))
		if is := s.Eval(src); said != conditions.Unknown && is != said {
			t.Fatalf("%s was unknown and the result %v; then it was %+v and the result %v: %+v", key, said, src.Value(key), is, clauses)
		}
	})
}

func TestTri(t *testing.T) {
	all := []conditions.Tri{conditions.False, conditions.True, conditions.Unknown}
	for _, a := range all {
		if a.Not().Not() != a {
			t.Errorf("not not %v = %v", a, a.Not().Not())
		}
		for _, b := range all {
			if a.And(b) != b.And(a) || a.Or(b) != b.Or(a) {
				t.Errorf("order matters for %v and %v", a, b)
			}
			if a.And(b).Not() != a.Not().Or(b.Not()) {
				t.Errorf("de Morgan fails for %v and %v", a, b)
			}
		}
	}
	if conditions.False.And(conditions.Unknown) != conditions.False || conditions.True.Or(conditions.Unknown) != conditions.True ||
		conditions.True.And(conditions.Unknown) != conditions.Unknown || conditions.False.Or(conditions.Unknown) != conditions.Unknown {
		t.Error("false wins AND, true wins OR, else unknown")
	}
}
