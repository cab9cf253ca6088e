package conditions_test

import (
	"slices"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "abc": "abc", "AWS:SourceIp": "aws:sourceip", "aws:ResourceTag/Team": "aws:resourcetag/team",
		"É": "É", "\u212a": "\u212a", "ÉA": "Éa", "a\xffB": "a\xffb",
	} {
		if got := conditions.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestContext(t *testing.T) {
	var c conditions.Context
	if !c.Add("aws:ResourceTag/Team", conditions.Text("a")) {
		t.Error("the first Add is refused")
	}
	if c.Add("AWS:resourcetag/team", conditions.Text("b")) {
		t.Error("another spelling of a key is added")
	}
	if got := c.Value("aws:resourcetag/team"); got.Len() != 1 || got.At(0).Text() != "a" {
		t.Errorf("the refused Add changed the value to %+v", got)
	}
	c.Set("K", conditions.Text("1"))
	c.Set("k", conditions.Text("2"))
	if got := c.Value("k").At(0).Text(); got != "2" {
		t.Errorf("Set again = %q", got)
	}
	if got := c.Names(); !slices.Equal(got, []string{"aws:resourcetag/team", "k"}) {
		t.Errorf("Names = %v", got)
	}
	if !c.Value("gone").IsAbsent() {
		t.Error("a key that is not there is not absent")
	}
	var none *conditions.Context
	if !none.Value("k").IsAbsent() || none.Names() != nil {
		t.Error("the nil Context is not empty")
	}
}

func TestContextIncomplete(t *testing.T) {
	c := with("http:body/read", conditions.Text("x"), "other", conditions.Text("y"))
	c.MarkIncomplete("HTTP:body/")
	for key, want := range map[string]conditions.Tri{"http:body/read": yes, "http:body/cut": unknown, "http:bod": no, "other": no} {
		if got := mustCompile(t, clause("StringEquals", key, "x")).Eval(c); got != want {
			t.Errorf("%s is x: %v, want %v", key, got, want)
		}
	}
	if got := mustCompile(t, clause("StringEqualsIfExists", "http:body/cut", "x")).Eval(c); got != unknown {
		t.Errorf("IfExists mends an incomplete source: %v", got)
	}
}

func TestValue(t *testing.T) {
	tests := []struct {
		name       string
		v          conditions.Value
		absent     bool
		incomplete bool
		kinds      []conditions.ScalarKind
	}{
		{"zero", conditions.Value{}, true, false, nil},
		{"no texts", conditions.Texts(), true, false, nil},
		{"empty list", conditions.Many([]conditions.Scalar{}), true, false, nil},
		{"incomplete", conditions.Incomplete(), false, true, nil},
		{"zero scalar", conditions.One(conditions.Scalar{}), false, false, []conditions.ScalarKind{conditions.KindUnreadable}},
		{"empty string", conditions.Text(""), false, false, []conditions.ScalarKind{conditions.KindString}},
		{"list", scalars(conditions.Number("1"), conditions.Bool(false)), false, false, []conditions.ScalarKind{conditions.KindNumber, conditions.KindBool}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.v.IsAbsent() != tt.absent || tt.v.IsIncomplete() != tt.incomplete || tt.v.Len() != len(tt.kinds) {
				t.Errorf("absent %v, incomplete %v, %d values", tt.v.IsAbsent(), tt.v.IsIncomplete(), tt.v.Len())
			}
			for i, kind := range tt.kinds {
				if got := tt.v.At(i).Kind(); got != kind {
					t.Errorf("value %d has kind %v, want %v", i, got, kind)
				}
			}
		})
	}
}

func TestValueTypeNames(t *testing.T) {
	seen := map[string]bool{}
	for _, op := range conditions.Operators() {
		seen[op.Type.String()] = true
	}
	if len(seen) != 14 || seen[""] {
		t.Errorf("names of types: %v", seen)
	}
}
