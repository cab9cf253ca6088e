package conditions_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/mayi-authz/mayi/conditions"
)

const (
	yes     = conditions.True
	no      = conditions.False
	unknown = conditions.Unknown
)

// what a request can say about key k
var (
	absent     = conditions.Absent()
	incomplete = conditions.Incomplete()
	object     = conditions.One(conditions.Unreadable())
)

func text(s string) conditions.Value                  { return conditions.Text(s) }
func list(s ...string) conditions.Value               { return conditions.Texts(s...) }
func number(literal string) conditions.Value          { return conditions.One(conditions.Number(literal)) }
func scalars(s ...conditions.Scalar) conditions.Value { return conditions.Many(s) }

func TestOperatorFamilies(t *testing.T) {
	tests := []struct {
		operator string
		policy   []string
		value    conditions.Value
		want     conditions.Tri
	}{
		// Strings.
		{"StringEquals", []string{"alice"}, text("alice"), yes},
		{"StringEquals", []string{"alice"}, text("Alice"), no},
		{"StringEquals", []string{"bob", "alice"}, text("alice"), yes},
		{"StringEquals", []string{"ali*"}, text("alice"), no},
		{"StringEquals", []string{"ali*"}, text("ali*"), yes},
		{"StringEquals", []string{"alice"}, text(""), no},
		{"StringEquals", []string{"alice"}, list("alice"), yes},
		{"StringEquals", []string{"alice"}, list("alice", "alice"), unknown},
		{"StringEquals", []string{"alice"}, object, unknown},
		{"StringEquals", []string{"alice"}, absent, no},
		{"StringEquals", []string{"1.5"}, number("1.50"), yes},
		{"StringEquals", []string{"1.50"}, number("1.50"), no},
		{"StringEquals", []string{"1000"}, number("1e3"), yes},
		{"StringEquals", []string{"0"}, number("-0.0"), yes},
		{"StringEquals", []string{"1"}, number("1e401"), unknown},
		{"StringEquals", []string{"true"}, scalars(conditions.Bool(true)), yes},
		{"StringEquals", []string{"True"}, scalars(conditions.Bool(true)), no},
		{"StringEquals", []string{"аlice"}, text("alice"), no}, // a Cyrillic а
		{"StringNotEquals", []string{"bob", "carol"}, text("alice"), yes},
		{"StringNotEquals", []string{"bob", "alice"}, text("alice"), no},
		{"StringNotEquals", []string{"bob"}, absent, yes},
		{"StringNotEquals", []string{"bob"}, text(""), yes},
		{"StringNotEquals", []string{"bob"}, object, unknown},
		{"StringNotEquals", []string{"bob"}, list("a", "b"), unknown},
		{"StringEqualsIgnoreCase", []string{"ALICE"}, text("aLiCe"), yes},
		{"StringEqualsIgnoreCase", []string{"K"}, text("\u212a"), no}, // the Kelvin sign
		{"StringEqualsIgnoreCase", []string{"É"}, text("é"), no},
		{"StringNotEqualsIgnoreCase", []string{"ALICE"}, text("alice"), no},
		{"StringNotEqualsIgnoreCase", []string{"ALICE"}, absent, yes},
		{"StringLike", []string{"ali*"}, text("alice"), yes},
		{"StringLike", []string{"alice*"}, text("alice"), yes},
		{"StringLike", []string{"ali?e"}, text("alice"), yes},
		{"StringLike", []string{"ali?"}, text("alice"), no},
		{"StringLike", []string{"ALI*"}, text("alice"), no},
		{"StringLike", []string{"arn:aws:iam::*:user/*"}, text("arn:aws:iam::1:x:user/a/b"), yes},
		{"StringLike", []string{".*"}, text("alice"), no},
		{"StringLike", []string{"a*c", "b*"}, text("bcd"), yes},
		{"StringLike", []string{"a*"}, text(""), no},
		{"StringLike", []string{"*"}, text(""), yes},
		{"StringLike", []string{"*"}, absent, no},
		{"StringLike", []string{"*"}, object, unknown},
		{"StringLike", []string{"1*"}, number("1e2"), yes},
		{"StringNotLike", []string{"a*", "b*"}, text("carol"), yes},
		{"StringNotLike", []string{"a*", "c*"}, text("carol"), no},
		{"StringNotLike", []string{"*"}, absent, yes},

		// Numbers.
		{"NumericEquals", []string{"300.0"}, text("300"), yes},
		{"NumericEquals", []string{"300"}, number("3e2"), yes},
		{"NumericEquals", []string{"12345678901234567890.1"}, number("12345678901234567890.10"), yes},
		{"NumericEquals", []string{"12345678901234567890.1"}, number("12345678901234567890.2"), no},
		{"NumericEquals", []string{"1"}, text("one"), unknown},
		{"NumericEquals", []string{"1"}, text(""), unknown},
		{"NumericEquals", []string{"1"}, scalars(conditions.Bool(true)), unknown},
		{"NumericEquals", []string{"1"}, absent, no},
		{"NumericNotEquals", []string{"1", "2"}, number("3"), yes},
		{"NumericNotEquals", []string{"1", "2"}, number("2"), no},
		{"NumericNotEquals", []string{"1"}, text("one"), unknown},
		{"NumericNotEquals", []string{"1"}, absent, yes},
		{"NumericLessThan", []string{"3600"}, number("300"), yes},
		{"NumericLessThan", []string{"300"}, number("300"), no},
		{"NumericLessThan", []string{"10", "1000"}, number("300"), yes},
		{"NumericLessThanEquals", []string{"300"}, number("300"), yes},
		{"NumericLessThanEquals", []string{"300"}, number("300.1"), no},
		{"NumericGreaterThan", []string{"-100"}, number("-99"), yes},
		{"NumericGreaterThan", []string{"300"}, number("300"), no},
		{"NumericGreaterThanEquals", []string{"300"}, number("300"), yes},
		{"NumericGreaterThanEquals", []string{"300"}, number("299"), no},

		// Dates.
		{"DateEquals", []string{"2020-01-01T00:00:00Z"}, number("1577836800"), yes},
		{"DateEquals", []string{"2020-01-01T01:00:00+01:00"}, text("2020"), yes},
		{"DateEquals", []string{"2020"}, text("soon"), unknown},
		{"DateNotEquals", []string{"2020"}, text("2021"), yes},
		{"DateNotEquals", []string{"2020"}, text("soon"), unknown},
		{"DateNotEquals", []string{"2020"}, absent, yes},
		{"DateLessThan", []string{"2020-01-02"}, text("2020-01-01T23:59:59.999Z"), yes},
		{"DateLessThan", []string{"2020-01-02"}, text("2020-01-02T00:00:00Z"), no},
		{"DateLessThan", []string{"2020-01-02"}, absent, no},
		{"DateLessThanEquals", []string{"2020-01-02"}, text("2020-01-02T00:00:00Z"), yes},
		{"DateGreaterThan", []string{"1970-01-01"}, number("-0.5"), no},
		{"DateGreaterThan", []string{"1970-01-01"}, number("0.5"), yes},
		{"DateGreaterThanEquals", []string{"0"}, text("1970-01-01"), yes},

		// Booleans.
		{"Bool", []string{"true"}, scalars(conditions.Bool(true)), yes},
		{"Bool", []string{"true"}, text("TRUE"), yes},
		{"Bool", []string{"false"}, text("true"), no},
		{"Bool", []string{"false"}, text("False"), yes},
		{"Bool", []string{"true"}, text("yes"), unknown},
		{"Bool", []string{"true"}, number("1"), unknown},
		{"Bool", []string{"false"}, absent, no},

		// ARNs.
		{"ArnEquals", []string{"arn:aws:iam::*:user/*"}, text("arn:aws:iam::1:user/alice"), yes},
		{"ArnLike", []string{"arn:aws:iam::*:role/*"}, text("arn:aws:iam::1:user/alice"), no},
		{"ArnLike", []string{"arn:aws:x:*:1:finance/*"}, text("arn:aws:x:r:9:store/abc:1:finance/a"), no},
		{"ArnLike", []string{"arn:aws:s3:::*"}, text("arn:aws:s3:::a:b/c"), yes},
		{"ArnLike", []string{"arn:aws:sqs:::*", "arn:aws:s3:::*"}, text("arn:aws:s3:::a"), yes},
		{"ArnNotLike", []string{"arn:aws:sqs:::*", "arn:aws:s3:::*"}, text("arn:aws:s3:::a"), no},
		{"ArnLike", []string{"arn:aws:s3:::*"}, text("arn:AWS:s3:::a"), no},
		{"ArnLike", []string{"arn:aws:s3:::*"}, text("alice"), no},
		{"ArnLike", []string{"arn:aws:s3:::*"}, text("arn:aws:s3"), no},
		{"ArnLike", []string{"arn:aws:s3:::*"}, number("5"), no},
		{"ArnLike", []string{"arn:aws:s3:::*"}, object, unknown},
		{"ArnLike", []string{"arn:aws:s3:::*"}, absent, no},
		{"ArnNotEquals", []string{"arn:aws:s3:::a"}, text("arn:aws:s3:::b"), yes},
		{"ArnNotLike", []string{"arn:aws:s3:::*"}, text("alice"), yes},
		{"ArnNotLike", []string{"arn:aws:s3:::*"}, object, unknown},
		{"ArnNotLike", []string{"arn:aws:s3:::*"}, absent, yes},

		// Null.
		{"Null", []string{"true"}, absent, yes},
		{"Null", []string{"true"}, scalars(), yes},
		{"Null", []string{"true"}, text(""), no},
		{"Null", []string{"true"}, object, no},
		{"Null", []string{"true"}, list("a", "b"), no},
		{"Null", []string{"true"}, incomplete, unknown},
		{"Null", []string{"false"}, absent, no},
		{"Null", []string{"false"}, text("x"), yes},
		{"Null", []string{"FALSE"}, object, yes},
		{"Null", []string{"false"}, incomplete, unknown},
		{"ForAllValues:Null", []string{"true"}, text("x"), yes},
		{"ForAllValues:Null", []string{"false"}, absent, yes},
		{"ForAnyValue:Null", []string{"true"}, absent, no},
		{"ForAnyValue:Null", []string{"false"}, text("x"), no},
	}
	for _, tt := range tests {
		if got := mustCompile(t, clause(tt.operator, "k", tt.policy...)).Eval(with("k", tt.value)); got != tt.want {
			t.Errorf("%s %q of %+v = %v, want %v", tt.operator, tt.policy, tt.value, got, tt.want)
		}
	}
}

// TestQualifiers is rule 2.4, of sets: every row with and without IfExists, which
// changes nothing but the plain operator on an absent key.
func TestQualifiers(t *testing.T) {
	cut := conditions.Unreadable()
	s := conditions.String
	tests := []struct {
		name            string
		value           conditions.Value
		plain, all, any conditions.Tri // of Equals a, b
		not, allNot     conditions.Tri // of NotEquals a, b
		anyNot          conditions.Tri
	}{
		{"absent", absent, no, yes, no, yes, yes, no},
		{"empty list", scalars(), no, yes, no, yes, yes, no},
		{"incomplete", incomplete, unknown, unknown, unknown, unknown, unknown, unknown},
		{"hit", text("a"), yes, yes, yes, no, no, no},
		{"miss", text("c"), no, no, no, yes, yes, yes},
		{"empty string", text(""), no, no, no, yes, yes, yes},
		{"list of a hit", list("b"), yes, yes, yes, no, no, no},
		{"hits", list("a", "b"), unknown, yes, yes, unknown, no, no},
		{"hit and miss", list("a", "c"), unknown, no, yes, unknown, no, yes},
		{"misses", list("c", "d"), unknown, no, no, unknown, yes, yes},
		{"unreadable", scalars(cut), unknown, unknown, unknown, unknown, unknown, unknown},
		{"hit and unreadable", scalars(s("a"), cut), unknown, unknown, yes, unknown, no, unknown},
		{"unreadable and miss", scalars(cut, s("c")), unknown, no, unknown, unknown, unknown, yes},
		{"all three", scalars(cut, s("c"), s("a")), unknown, no, yes, unknown, no, yes},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for operator, want := range map[string]conditions.Tri{
				"StringEquals": tt.plain, "ForAllValues:StringEquals": tt.all, "ForAnyValue:StringEquals": tt.any,
				"StringNotEquals": tt.not, "ForAllValues:StringNotEquals": tt.allNot, "ForAnyValue:StringNotEquals": tt.anyNot,
			} {
				src := with("k", tt.value)
				if got := mustCompile(t, clause(operator, "k", "a", "b")).Eval(src); got != want {
					t.Errorf("%s = %v, want %v", operator, got, want)
				}
				if tt.value.IsAbsent() && (operator == "StringEquals" || operator == "StringNotEquals") {
					want = yes
				}
				if got := mustCompile(t, clause(operator+"IfExists", "k", "a", "b")).Eval(src); got != want {
					t.Errorf("%sIfExists = %v, want %v", operator, got, want)
				}
			}
		})
	}
}

func TestVariablesInValues(t *testing.T) {
	src := with(
		"k", text("al*ce"), "name", text("al*ce"), "other", text("alXce"), "upper", text("AL*CE"), "many", list("al*ce", "b"), "cut", incomplete, "object", object,
		"arn", text("arn:aws:s3:::b/al*ce"), "whole", text("arn:aws:s3:::b/al*ce"), "colon", text("s3:::b/al*ce"), "star", text("*"),
	)
	tests := []struct {
		operator, key, value string
		want                 conditions.Tri
	}{
		{"StringEquals", "k", "${name}", yes},
		{"StringEquals", "k", "${NAME}", yes},
		{"StringEquals", "k", "a${*}", no},
		{"StringEquals", "other", "al*${gone, 'ce'}", no}, // no Like, no wildcard
		{"StringEquals", "k", "al${*}ce", yes},
		{"StringEquals", "k", "${other}", no},
		{"StringEquals", "k", "${gone}", no},
		{"StringEquals", "k", "${gone, 'al*ce'}", yes},
		{"StringEquals", "k", "${many}", no},
		{"StringEquals", "k", "${many, 'al*ce'}", yes},
		{"StringEquals", "k", "${cut}", unknown},
		{"StringEquals", "k", "${cut, 'al*ce'}", unknown},
		{"StringEquals", "k", "${object}", unknown},
		{"StringEquals", "gone", "${cut}", no},
		{"StringNotEquals", "k", "${gone}", yes},
		{"StringNotEquals", "k", "${many}", yes},
		{"StringNotEquals", "k", "${cut}", unknown},
		{"StringNotEquals", "k", "${name}", no},
		{"StringEqualsIfExists", "k", "${cut}", unknown},
		{"StringEqualsIfExists", "gone", "${cut}", yes},
		{"StringEqualsIgnoreCase", "k", "${upper}", yes},
		{"StringEqualsIgnoreCase", "upper", "${name}", yes},
		{"StringLike", "k", "${name}", yes},
		{"StringLike", "other", "${name}", no}, // the star in the name is a star
		{"StringLike", "other", "al*${gone, 'ce'}", yes},
		{"StringLike", "k", "al${*}c?", yes},
		{"StringLike", "other", "al${*}c?", no},
		{"StringLike", "k", "*${gone}", no},
		{"StringLike", "k", "${cut}*", unknown},
		{"StringNotLike", "other", "${star}", yes},
		{"StringNotLike", "k", "${gone}*", yes},
		{"ArnLike", "arn", "arn:aws:s3:::*/${name}", yes},
		{"ArnLike", "arn", "arn:aws:s3:::b/${other}", no},
		{"ArnLike", "arn", "arn:aws:${gone, 's3'}:::*", yes},
		{"ArnLike", "arn", "arn:aws:${star}:::*", no},
		{"ArnLike", "arn", "arn:aws:${colon}", no}, // fewer than six components are refused below
		{"ArnEquals", "arn", "${whole}", yes},
		{"ArnEquals", "k", "${name}", no}, // equal, and no ARN
		{"ArnLike", "arn", "arn:aws:s3:::${gone}", no},
		{"ArnNotLike", "arn", "arn:aws:s3:::${gone}", yes},
		{"ArnNotLike", "arn", "arn:aws:s3:::${cut}", unknown},
		{"ForAnyValue:StringEquals", "many", "${name}", yes},
		{"ForAllValues:StringEquals", "many", "${name}", no},
		{"ForAllValues:StringEquals", "many", "${cut}", unknown},
		{"ForAllValues:StringEquals", "gone", "${cut}", yes},
	}
	for _, tt := range tests {
		c := clause(tt.operator, tt.key, tt.value)
		if tt.value == "arn:aws:${colon}" {
			wantProblem(t, "Type mismatch ARN", c)
			continue
		}
		if got := mustCompile(t, c).Eval(src); got != tt.want {
			t.Errorf("%s %s %s = %v, want %v", tt.operator, tt.key, tt.value, got, tt.want)
		}
	}
	// A known hit beside a value whose variable is incomplete is a hit; a known miss is not a miss.
	if got := mustCompile(t, clause("StringEquals", "k", "${cut}", "al*ce")).Eval(src); got != yes {
		t.Errorf("a hit beside an incomplete variable = %v", got)
	}
	if got := mustCompile(t, clause("StringEquals", "k", "${cut}", "${gone}")).Eval(src); got != unknown {
		t.Errorf("an incomplete variable beside a missing one = %v", got)
	}
	if got := mustCompile(t, clause("StringNotEquals", "k", "${cut}", "bob")).Eval(src); got != unknown {
		t.Errorf("a miss beside an incomplete variable = %v", got)
	}
}

func TestBlocks(t *testing.T) {
	src := with("aws:SourceIp", text("10.1.2.3"), "aws:MultiFactorAuthPresent", text("true"), "cut", incomplete)
	inside := clause("IpAddress", "AWS:sourceIP", "10.0.0.0/8")
	outside := clause("NotIpAddress", "aws:SourceIp", "10.0.0.0/8")
	mfa := clause("Bool", "aws:MultiFactorAuthPresent", "true")
	dark := clause("StringEquals", "cut", "x")
	tests := []struct {
		name    string
		clauses []conditions.Clause
		want    conditions.Tri
	}{
		{"all true", []conditions.Clause{inside, mfa}, yes},
		{"one false", []conditions.Clause{inside, outside, mfa}, no},
		{"one unknown", []conditions.Clause{inside, dark, mfa}, unknown},
		{"false beats unknown", []conditions.Clause{dark, outside}, no},
		{"false beats unknown in any order", []conditions.Clause{outside, dark}, no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mustCompile(t, tt.clauses...).Eval(src); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestDocListsEveryOperator keeps the package comment honest.
func TestDocListsEveryOperator(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.FieldsFunc(string(doc), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, op := range conditions.Operators() {
		if !slices.Contains(words, op.Name) {
			t.Errorf("%s is not in the package comment", op.Name)
		}
	}
}
