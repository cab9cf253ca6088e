package conditions_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func TestCompileRefuses(t *testing.T) {
	one := func(c conditions.Clause) []conditions.Clause { return []conditions.Clause{c} }
	str, num, boolean := conditions.KindString, conditions.KindNumber, conditions.KindBool
	tests := []struct {
		name, rule string
		clauses    []conditions.Clause
	}{
		{"unknown operator", "Invalid condition operator", one(clause("StringIs", "k", "v"))},
		{"operator in another case", "Invalid condition operator", one(clause("stringEquals", "k", "v"))},
		{"qualifier in another case", "Invalid condition operator", one(clause("forAllValues:StringEquals", "k", "v"))},
		{"suffix in another case", "Invalid condition operator", one(clause("StringEqualsIfexists", "k", "v"))},
		{"no operator", "Invalid condition operator", one(clause("", "k", "v"))},
		{"only a qualifier", "Invalid condition operator", one(clause("ForAllValues:", "k", "v"))},
		{"only a suffix", "Invalid condition operator", one(clause("IfExists", "k", "v"))},
		{"two qualifiers", "Invalid condition operator", one(clause("ForAnyValue:ForAllValues:StringEquals", "k", "v"))},
		{"two suffixes", "Invalid condition operator", one(clause("StringEqualsIfExistsIfExists", "k", "v"))},
		{"riam's prefix", "Invalid condition operator", one(clause("IfExists:StringEquals", "k", "v"))},
		{"Null with IfExists", "Null with if exists", one(clause("NullIfExists", "k", "true"))},
		{"Null with IfExists and a qualifier", "Null with if exists", one(clause("ForAnyValue:NullIfExists", "k", "true"))},

		{"many-valued key without qualifier", "Missing qualifier", one(clause("StringEquals", "aws:TagKeys", "v"))},
		{"in another case", "Missing qualifier", one(clause("StringNotLikeIfExists", "AWS:calledvia", "v"))},
		{"two spellings", "Duplicate keys with different case", []conditions.Clause{clause("StringEquals", "aws:ResourceTag/Team", "a"), clause("StringEquals", "aws:ResourceTag/team", "a")}},
		{"empty key", "Invalid condition key format", one(clause("StringEquals", "", "v"))},
		{"no service before the colon", "Invalid condition key format", one(clause("StringEquals", ":k", "v"))},
		{"no key after the colon", "Invalid condition key format", one(clause("StringEquals", "aws:", "v"))},
		{"blank around the key", "Invalid condition key format", one(clause("StringEquals", "aws:username ", "v"))},
		{"control character in the key", "Invalid condition key format", one(clause("StringEquals", "aws:user\nname", "v"))},
		{"variable in the key", "Variable unsupported in element", one(clause("StringEquals", "aws:PrincipalTag/${aws:username}", "v"))},
		{"family without tag", "Missing tag key in condition", one(clause("StringEquals", "aws:PrincipalTag", "v"))},
		{"family with a slash", "Missing tag key in condition", one(clause("StringEquals", "aws:requesttag/", "v"))},
		{"another service's family", "Missing tag key in condition", one(clause("StringEquals", "s3:ExistingObjectTag/", "v"))},

		{"no values", "Empty array condition", one(clause("StringEquals", "k"))},
		{"no values for Null", "Empty array condition", one(clause("Null", "k"))},
		{"empty value", "Empty string condition", one(clause("StringEquals", "k", "a", ""))},
		{"empty value of another type", "Empty string condition", one(clause("NumericEquals", "k", ""))},
		{"mixed types", "Invalid condition data type", one(conditions.Clause{Operator: "StringEquals", Key: "k", Values: []conditions.Literal{{Kind: str, Text: "1"}, {Kind: num, Text: "2"}, {Kind: boolean, Text: "true"}}})},
		{"neither string nor number nor boolean", "Data type mismatch", one(typed(conditions.KindUnreadable, "StringEquals", "k", ""))},
		{"two booleans", "Invalid condition multiple Boolean", one(clause("Bool", "k", "true", "false"))},
		{"two booleans of a set", "Invalid condition multiple Boolean", one(typed(boolean, "ForAnyValue:Bool", "k", "true", "true"))},
		{"two booleans of Null", "Invalid condition multiple Boolean", one(clause("Null", "k", "true", "false"))},

		{"no boolean", "Type mismatch Boolean", one(clause("Bool", "k", "yes"))},
		{"number as boolean", "Type mismatch Boolean", one(typed(num, "Bool", "k", "1"))},
		{"no boolean for Null", "Type mismatch Boolean", one(clause("Null", "k", "null"))},
		{"long s is no s", "Type mismatch Boolean", one(clause("Bool", "k", "fal\u017fe"))},
		{"no number", "Type mismatch number", one(clause("NumericEquals", "k", "ten"))},
		{"boolean as number", "Type mismatch number", one(typed(boolean, "NumericEquals", "k", "true"))},
		{"number out of bounds", "Type mismatch number", one(typed(num, "NumericLessThan", "k", "1e401"))},
		{"number out of bounds as string", "Type mismatch number", one(typed(num, "StringEquals", "k", "1e401"))},
		{"no date", "Type mismatch date", one(clause("DateLessThan", "k", "2019/07/22"))},
		{"boolean as date", "Type mismatch date", one(typed(boolean, "DateLessThan", "k", "true"))},
		{"no network", "Type mismatch IP range", one(clause("NotIpAddress", "k", "10.0.0.0/33"))},
		{"number as network", "Type mismatch IP range", one(typed(num, "IpAddress", "k", "10.5"))},
		{"no ARN", "Type mismatch ARN", one(clause("ArnLike", "k", "*"))},
		{"five components", "Type mismatch ARN", one(clause("ArnEquals", "k", "arn:aws:iam::1"))},
		{"number as ARN", "Type mismatch ARN", one(typed(num, "ArnEquals", "k", "5"))},

		{"variable under Numeric", "Invalid variable for operator", one(clause("NumericEquals", "k", "${n}"))},
		{"variable under Date", "Invalid variable for operator", one(clause("DateEquals", "k", "${aws:CurrentTime}"))},
		{"variable under Bool", "Invalid variable for operator", one(clause("Bool", "k", "${b}"))},
		{"variable under Null", "Invalid variable for operator", one(clause("Null", "k", "${b}"))},
		{"variable under Binary", "Invalid variable for operator", one(clause("BinaryEquals", "k", "${b}"))},
		{"variable under IP", "Invalid variable for operator", one(clause("IpAddress", "k", "${ip}/24"))},
		{"broken variable", "Missing brace in variable", one(clause("StringLike", "k", "a", "${b"))},
		{"empty variable", "Empty variable", one(clause("ArnLike", "k", "arn:aws:iam::${}:user/x"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantProblem(t, tt.rule, tt.clauses...) })
	}
}

func TestCompileAccepts(t *testing.T) {
	tests := []struct {
		name string
		c    conditions.Clause
	}{
		{"key that AWS does not know", clause("StringEquals", "aws:NoSuchKey", "v")},
		{"key without service", clause("StringEquals", "color", "v")},
		{"key with blanks and colons", clause("StringEquals", "jwt:https://example.com/a claim", "v")},
		{"tag key with a slash", clause("StringEquals", "aws:ResourceTag/a/b", "v")},
		{"tag key in another alphabet", clause("StringEquals", "aws:ResourceTag/Команда", "v")},
		{"header called tag", clause("StringEquals", "http:header/tag/", "v")},
		{"many-valued key under Null", clause("Null", "aws:TagKeys", "true")},
		{"many-valued key with qualifier", clause("ForAllValues:StringEquals", "aws:TagKeys", "v")},
		{"single-valued key with qualifier", clause("ForAnyValue:StringEquals", "aws:username", "v")},
		{"key under an operator of another type", clause("StringEquals", "aws:CurrentTime", "v")},
		{"Null with qualifier", clause("ForAllValues:Null", "k", "true")},
		{"number under a string operator", typed(conditions.KindNumber, "StringEquals", "k", "5")},
		{"boolean under a string operator", typed(conditions.KindBool, "StringEquals", "k", "true")},
		{"number as date", typed(conditions.KindNumber, "DateEquals", "k", "1577836800")},
		{"boolean in capitals", clause("Bool", "k", "TRUE")},
		{"wildcard without Like", clause("StringEquals", "k", "a*")},
		{"ARN of another partition", clause("ArnLike", "k", "arn:wami:iam:1:wami:2:user/*")},
		{"variable for a whole ARN", clause("ArnEquals", "k", "${aws:PrincipalArn}")},
		{"variable in any component", clause("ArnEquals", "k", "arn:${p}:s3:${r, 'x'}:${a}:${b}")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { mustCompile(t, tt.c) })
	}
	for _, pair := range [][2]string{{"StringEquals", "StringLike"}, {"StringEquals", "StringEqualsIfExists"}, {"StringEquals", "ForAnyValue:StringEquals"}} {
		mustCompile(t, clause(pair[0], "Team", "a"), clause(pair[1], "team", "a"))
	}
}

func TestVersionWithoutVariables(t *testing.T) {
	_, problems := conditions.Compile([]conditions.Clause{
		clause("StringEquals", "k", "${aws:username}", "a"), clause("ArnLike", "k", "arn:aws:s3:::${*}"),
	}, false)
	if len(problems) != 2 || problems[0].Rule != "Variable unsupported in version" || problems[1].Rule != "Variable unsupported in version" {
		t.Errorf("got %v", problems)
	}
	if _, problems := conditions.Compile([]conditions.Clause{clause("StringLike", "k", "$5*")}, false); len(problems) > 0 {
		t.Errorf("no variable: %v", problems)
	}
}

// TestProblemsAllAtOnce checks that every problem is reported, each where it is.
func TestProblemsAllAtOnce(t *testing.T) {
	at := func(line int) strictjson.Place { return strictjson.Place{File: "p.json", Line: line, Column: 1} }
	lit := func(line int, text string) conditions.Literal {
		return conditions.Literal{Kind: conditions.KindString, Text: text, Place: at(line)}
	}
	_, problems := conditions.Compile([]conditions.Clause{
		{Operator: "numericEquals", OperatorPlace: at(1), Key: "aws:", KeyPlace: at(2), Values: []conditions.Literal{lit(3, "x")}},
		{Operator: "NumericEquals", OperatorPlace: at(4), Key: "n", KeyPlace: at(5), Values: []conditions.Literal{lit(6, "x"), lit(7, "7"), lit(8, ""), lit(9, "${n}")}},
		{Operator: "NumericEquals", OperatorPlace: at(4), Key: "N", KeyPlace: at(10), Values: []conditions.Literal{lit(11, "1")}},
		{Operator: "StringEquals", OperatorPlace: at(12), Key: "aws:TagKeys", KeyPlace: at(13), Values: []conditions.Literal{lit(14, "${"), lit(15, "ok"), lit(16, "${}")}},
	}, true)
	got := make([]string, 0, len(problems))
	for _, line := range strings.Split(strictjson.Join(problems).Error(), "\n") {
		fields := strings.SplitN(line, ": ", 3)
		got = append(got, fields[0]+" "+fields[1])
	}
	want := []string{
		"p.json:1:1 Invalid condition operator", "p.json:2:1 Invalid condition key format",
		"p.json:6:1 Type mismatch number", "p.json:8:1 Empty string condition", "p.json:9:1 Invalid variable for operator",
		"p.json:10:1 Duplicate keys with different case", "p.json:13:1 Missing qualifier",
		"p.json:14:1 Missing brace in variable", "p.json:16:1 Empty variable",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSuggestsSpelling(t *testing.T) {
	p := wantProblem(t, "Invalid condition operator", clause("forallvalues:stringequalsifexists", "k", "v"))
	if want := "did you mean ForAllValues:StringEqualsIfExists?"; !strings.HasSuffix(p.Reason, want) {
		t.Errorf("%q does not end in %q", p.Reason, want)
	}
}

func TestOperators(t *testing.T) {
	list := conditions.Operators()
	if len(list) != 27+9 {
		t.Errorf("%d operators, IAM has 27 and there are 9 more", len(list))
	}
	sample := map[conditions.ValueType]string{
		conditions.TypeString: "s", conditions.TypeNumber: "1", conditions.TypeDate: "2020-01-01", conditions.TypeBool: "true",
		conditions.TypeBinary: "AAAA", conditions.TypeIP: "10.0.0.1", conditions.TypeARN: "arn:aws:s3:::b", conditions.TypePresence: "true",
		conditions.TypePattern: "a+", conditions.TypeVersion: "1.2.3", conditions.TypeJSONPath: "$.a == 1", conditions.TypeDistance: "0,0,1",
		conditions.TypeRegion: "0,0,1,1", conditions.TypeDigest: "sha256:" + strings.Repeat("0f", 32),
	}
	for i, op := range list {
		if op.Extension != (i >= 27) || op.Extension != (op.Type > conditions.TypePresence) {
			t.Errorf("%s: extension = %v", op.Name, op.Extension)
		}
		if negated := strings.Contains(op.Name, "Not"); negated != op.Negated {
			t.Errorf("%s: negated = %v", op.Name, op.Negated)
		}
		if op.Wildcards != (strings.HasSuffix(op.Name, "Like") || op.Type == conditions.TypeARN) {
			t.Errorf("%s: wildcards = %v", op.Name, op.Wildcards)
		}
		if op.Variables != (op.Type == conditions.TypeString || op.Type == conditions.TypeARN) {
			t.Errorf("%s: variables = %v", op.Name, op.Variables)
		}
		for _, q := range []string{"", "ForAllValues:", "ForAnyValue:"} {
			mustCompile(t, clause(q+op.Name, "k", sample[op.Type]))
			c := clause(q+op.Name+"IfExists", "k", sample[op.Type])
			if op.IfExists {
				mustCompile(t, c)
			} else {
				wantProblem(t, "Null with if exists", c)
			}
		}
	}
}

func TestKnownKeys(t *testing.T) {
	seen := map[string]bool{}
	many := 0
	for _, k := range conditions.KnownKeys() {
		folded := conditions.Fold(k.Name)
		if seen[folded] {
			t.Errorf("%s is there twice", k.Name)
		}
		seen[folded] = true
		if !k.Multivalued {
			continue
		}
		many++
		wantProblem(t, "Missing qualifier", clause("StringEquals", strings.ToUpper(k.Name), "v"))
		mustCompile(t, clause("ForAnyValue:StringEquals", k.Name, "v"))
	}
	if many != 10 {
		t.Errorf("%d keys have many values, IAM lists 7 and WAMI 3", many)
	}
	list := conditions.KnownKeys()
	list[0].Name = "changed"
	if conditions.KnownKeys()[0].Name == "changed" {
		t.Error("the table can be changed from outside")
	}
}

func TestKeys(t *testing.T) {
	s := mustCompile(t,
		clause("StringLike", "aws:ResourceTag/Team", "${aws:PrincipalTag/Team}", "${Z, 'd'}-${aws:username}"),
		clause("Null", "aws:Username", "false"), clause("ArnLike", "a", "arn:aws:s3:::${B}"))
	want := []string{"a", "aws:principaltag/team", "aws:resourcetag/team", "aws:username", "b", "z"}
	if got := s.Keys(); !reflect.DeepEqual(got, want) {
		t.Errorf("Keys = %v, want %v", got, want)
	}
	if got := (*conditions.Set)(nil).Keys(); got != nil {
		t.Errorf("Keys of nil = %v", got)
	}
}

func TestEmptyBlock(t *testing.T) {
	s, problems := conditions.Compile(nil, true)
	if len(problems) > 0 || s.Eval(with()) != conditions.True {
		t.Errorf("the empty block is %v, %v", s.Eval(with()), problems)
	}
}

func TestCheapestFirst(t *testing.T) {
	s := mustCompile(t, clause("ArnLike", "arn", "arn:aws:s3:::*"), clause("StringEquals", "variable", "${x}"),
		clause("IpAddress", "ip", "10.0.0.0/8"), clause("StringLike", "like", "*a*b*"), clause("Null", "null", "false"), clause("StringEquals", "text", "a"))
	want := []string{"null", "text", "ip", "like", "arn", "variable"}
	if got := conditions.EvaluationOrder(s); !slices.Equal(got, want) {
		t.Errorf("evaluated in order %v, want %v", got, want)
	}
}

func TestTextShape(t *testing.T) {
	for n, shape := range map[int]string{1: "slice", 11: "slice", 12: "map", 500: "map"} {
		values := make([]string, n)
		for i := range values {
			values[i] = strings.Repeat("x", i+1)
		}
		s := mustCompile(t, clause("StringEquals", "k", values...))
		if got := conditions.MatcherShape(s); got != shape {
			t.Errorf("%d texts: %s, want %s", n, got, shape)
		}
		for i, v := range append(values, strings.Repeat("x", n+1)) {
			if got := s.Eval(with("k", conditions.Text(v))); got != conditions.Of(i < n) {
				t.Errorf("%d texts: value %d is %v", n, i, got)
			}
		}
	}
}
