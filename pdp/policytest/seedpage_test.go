package policytest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The pages about the systems that MayI's rules come from.
const (
	seedPage      = "../../docs/seed-vectors.md"
	deviationPage = "../../docs/deviations.md"
)

// A seedSystem is one table of facts: what a system answers to numbered questions.
type seedSystem struct {
	prefix string // of its rows; the number follows
	rows   int
	title  string
}

// seedSystems are the tables; prefixes stand so that no row begins with an earlier one.
var seedSystems = []seedSystem{
	{"W-ARN-", 35, "WAMI: names"},
	{"WC", 24, "WAMI: conditions"},
	{"W", 43, "WAMI: policies"},
	{"A-", 24, "allow-me"},
	{"R", 35, "riam"},
	{"K", 35, "kernel-contrib/iam"},
}

// notAsked are the rows without any test, with the reason.
var notAsked = map[string]string{
	"R32": "it tests how riam writes a policy back, and MayI writes none; that one text and a list of one mean the same is shown by `TestRiam`",
}

// The counts stand between these lines of the page; the rest is written by hand.
const (
	countsBegin = "<!-- Made by \"make generate\" from the tests; do not edit up to the end mark. -->\n"
	countsEnd   = "<!-- end -->\n"
)

// TestSeedPageIsCurrent compares the counts of docs/seed-vectors.md with the tables
// in the tests, or writes them with -update. A row that no table has is an error.
func TestSeedPageIsCurrent(t *testing.T) {
	data, err := os.ReadFile(seedPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), countsBegin)
	_, after, closed := strings.Cut(rest, countsEnd)
	if !ok || !closed {
		t.Fatalf("%s has no marks for the counts", seedPage)
	}
	want := before + countsBegin + "\n" + seedCounts(t, readSeedRows(t)) + "\n" + countsEnd + after
	if *update {
		if err := os.WriteFile(seedPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(data) {
		t.Errorf("%s is not current: run make generate", seedPage)
	}
}

// seedCounts writes the counts of every system, and why rows do not apply.
func seedCounts(t *testing.T, rows map[string]seedFact) string {
	var table, deviating, reasons strings.Builder
	table.WriteString("| table | rows | green | deviation | not applicable | missing |\n|---|---|---|---|---|---|\n")
	var sum [5]int
	left := len(rows)
	for _, s := range seedSystems {
		count := [5]int{s.rows}
		var deviations []string
		for n := 1; n <= s.rows; n++ {
			name := fmt.Sprint(s.prefix, n)
			fact, ok := rows[name]
			switch {
			case !ok:
				count[4]++
				t.Errorf("%s has no test", name)
				continue
			case fact.status == "green":
				count[1]++
			case fact.status == "deviation":
				count[2]++
				deviations = append(deviations, name)
			case fact.status == "notApplicable":
				count[3]++
				fmt.Fprintf(&reasons, "- %s: %s.\n", name, fact.reason)
			default:
				t.Errorf("%s has the status %q", name, fact.status)
			}
			left--
		}
		for i := range sum {
			sum[i] += count[i]
		}
		fmt.Fprintf(&table, "| %s (%s1 to %[2]s%d) | %d | %d | %d | %d | %d |\n", s.title, s.prefix, s.rows, count[0], count[1], count[2], count[3], count[4])
		if len(deviations) > 0 {
			fmt.Fprintf(&deviating, "- %s: %s\n", s.title, strings.Join(deviations, ", "))
		}
	}
	if left != 0 {
		t.Errorf("%d rows of the tests are in no system", left)
	}
	fmt.Fprintf(&table, "| **all** | %d | %d | %d | %d | %d |\n", sum[0], sum[1], sum[2], sum[3], sum[4])
	return table.String() + "\nDeviations; what MayI does there and why stands in [deviations](deviations.md):\n\n" + deviating.String() +
		"\nNot applicable:\n\n" + reasons.String()
}

// TestDeviationsAreListed: every row that deviates stands in docs/deviations.md, no
// row stands there that no table has, and the tests named there exist.
func TestDeviationsAreListed(t *testing.T) {
	data, err := os.ReadFile(deviationPage)
	if err != nil {
		t.Fatal(err)
	}
	rows, tests := readSeedRows(t), readTestNames(t)
	listed := make(map[string]bool)
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) < 2 || strings.HasPrefix(line, "| row") {
			continue
		}
		if len(cells) != 5 {
			t.Errorf("a line of %d cells, want 5: %s", len(cells), line)
			continue
		}
		for _, name := range rowNumber.FindAllString(cells[0], -1) {
			listed[name] = true
			if _, ok := rows[name]; !ok {
				t.Errorf("%s is listed and stands in no table", name)
			}
		}
		named := regexp.MustCompile("`(Test[^`]+)`").FindAllStringSubmatch(cells[4], -1)
		if len(named) == 0 {
			t.Errorf("no test is named: %s", line)
		}
		for _, m := range named {
			if !tests.has(m[1]) {
				t.Errorf("there is no test %s: %s", m[1], line)
			}
		}
	}
	for name, fact := range rows {
		if fact.status == "deviation" && !listed[name] {
			t.Errorf("%s deviates and is not listed in %s", name, deviationPage)
		}
	}
}

// testNames are the test functions of the repository, with the text of their files.
type testNames map[string][]string

func readTestNames(t *testing.T) testNames {
	t.Helper()
	names := make(testNames)
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(data), -1) {
			names[m[1]] = append(names[m[1]], string(data))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// has reports whether the test is there: Test, or Test/subtest, whose name stands as
// a text in the same file.
func (n testNames) has(name string) bool {
	function, subtest, _ := strings.Cut(name, "/")
	for _, file := range n[function] {
		if subtest == "" || strings.Contains(file, `"`+subtest+`"`) {
			return true
		}
	}
	return false
}

// TestSeedPagesNameRules: the rules that both pages name stand in
// docs/decision-rules.md.
func TestSeedPagesNameRules(t *testing.T) {
	rules, err := os.ReadFile("../../docs/decision-rules.md")
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, m := range ruleNumber.FindAllStringSubmatch(string(rules), -1) {
		known[m[1]] = true
	}
	version := regexp.MustCompile(`until [0-9.]+`)
	number := regexp.MustCompile(`\b[1-9]\.[0-9]+[a-z]?\b`)
	for _, page := range []string{seedPage, deviationPage} {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range number.FindAllString(version.ReplaceAllString(string(data), ""), -1) {
			if !known[rule] {
				t.Errorf("%s names rule %s, which there is not", page, rule)
			}
		}
	}
}
