package policytest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// goTests shows what no script can: what a door, a source of credentials or a
// store does before anything is decided. Each names a test of a folder.
var goTests = map[string]struct{ folder, test string }{
	"4.6": {"pdp", "TestRoot"},
	"6.3": {"pdp/door", "TestConnection"},
	"7.2": {"pdp/authn", "TestValidateReportsAll"},
	"7.3": {"pdp/authn", "TestCertificate"},
	"9.1": {"policystore", "TestLoadRefuses"},
	"9.2": {"policystore/source/directory", "TestTwoScansMustAgree"},

	"internal":         {"pdp/door", "TestReasons"},
	"deadline":         {"pdp/door", "TestReasons"},
	"jwks_unavailable": {"pdp/authn", "TestKeyFileContent"},
	"no_snapshot":      {"policystore", "TestNothingBeforeTheFirstSnapshot"},
	"root":             {"pdp", "TestRoot"},
	"shutting_down":    {"pdp", "TestUnavailable"},
	"overload":         {"pdp/door", "TestReasons"},
}

// TestGoTestsExist keeps the table above honest.
func TestGoTestsExist(t *testing.T) {
	for what, in := range goTests {
		files, err := filepath.Glob(filepath.Join("..", "..", in.folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(files, func(file string) bool {
			data, err := os.ReadFile(file)
			return err == nil && strings.Contains(string(data), "\nfunc "+in.test+"(t *testing.T)")
		})
		if !found {
			t.Errorf("%s is said to be shown by %s in %s, which has no such test", what, in.test, in.folder)
		}
	}
}

// ruleNumber finds the numbers of docs/decision-rules.md: bold, alone or before
// the rule's name.
var ruleNumber = regexp.MustCompile(`\*\*([0-9]+\.[0-9]+[a-z]?)\b`)

func TestEveryRuleIsShown(t *testing.T) {
	data, err := os.ReadFile("../../docs/decision-rules.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string]bool)
	for _, m := range ruleNumber.FindAllStringSubmatch(string(data), -1) {
		if documented[m[1]] {
			t.Errorf("rule %s stands twice", m[1])
		}
		documented[m[1]] = true
	}
	if len(documented) < 40 {
		t.Fatalf("found only %d rules; expected their numbers in bold", len(documented))
	}
	shown := make(map[string]bool)
	for _, s := range scripts(t) {
		if len(s.Rules) == 0 {
			t.Errorf("%s names no rules", s.Name)
		}
		if len(s.Comment) < 40 {
			t.Errorf("%s tells no story", s.Name)
		}
		for _, r := range s.Rules {
			if !documented[r] {
				t.Errorf("%s names rule %s, which docs/decision-rules.md does not have", s.Name, r)
			}
			shown[r] = true
		}
	}
	for _, r := range sortedKeys(documented) {
		_, byGo := goTests[r]
		if !shown[r] && !byGo {
			t.Errorf("rule %s of docs/decision-rules.md has no script", r)
		}
		if shown[r] && byGo {
			t.Errorf("rule %s has a script and need not stand in goTests", r)
		}
	}
}

func TestEveryReasonIsShown(t *testing.T) {
	shown := make(map[string]bool)
	for _, s := range scripts(t) {
		for _, c := range s.Cases {
			shown[c.Want.Reason] = true
		}
	}
	for _, r := range pdp.Reasons() {
		if _, byGo := goTests[r.String()]; !shown[r.String()] && !byGo {
			t.Errorf("reason %s has no script", r)
		}
	}
}

// TestEveryOperatorIsShown wants every form of every operator to be true, false
// and unknown in some case, as far as it can be.
func TestEveryOperatorIsShown(t *testing.T) {
	denied := make(map[string]map[string]bool) // by Sid: the reasons of cases about it
	for _, s := range scripts(t) {
		if !strings.HasPrefix(s.Name, "operators-") {
			continue
		}
		for _, c := range s.Cases {
			sid := strings.ReplaceAll(c.Action, ":", "")
			if denied[sid] == nil {
				denied[sid] = make(map[string]bool)
			}
			if c.Principal.ID == "guard" {
				denied[sid][c.Want.Reason] = true
			}
		}
	}
	for _, op := range conditions.Operators() {
		if !op.IfExists {
			continue // Null is shown in conditions.txtar
		}
		for _, qualifier := range []string{"", "ForAllValues", "ForAnyValue"} {
			for _, suffix := range []string{"", "IfExists"} {
				form := qualifier + op.Name + suffix
				for _, reason := range []pdp.Reason{pdp.ReasonIdentityPolicy, pdp.ReasonExplicitDeny, pdp.ReasonUnknownCondition} {
					if !denied[form][reason.String()] {
						t.Errorf("operator %s has no case that ends in %s", form, reason)
					}
				}
			}
		}
	}
}

// TestNullIsShown does the same for the one operator with two values.
func TestNullIsShown(t *testing.T) {
	forms := make(map[string]bool)
	for _, s := range scripts(t) {
		docs, err := s.Documents()
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			if doc.Policy == nil {
				continue
			}
			for _, statement := range doc.Policy.Statements {
				for _, clause := range statement.Conditions {
					forms[clause.Operator] = true
				}
			}
		}
	}
	for _, form := range []string{"Null", "ForAllValues:Null", "ForAnyValue:Null"} {
		if !forms[form] {
			t.Errorf("operator %s has no script", form)
		}
	}
}
