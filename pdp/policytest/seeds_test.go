package policytest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A seedStatus says what became of a row of the seed systems' fact tables.
type seedStatus string

const (
	green         seedStatus = "green"
	deviation     seedStatus = "deviation"      // MayI answers otherwise; the test pins how
	notApplicable seedStatus = "not applicable" // MayI has nothing that the row asks
)

// A seedRow is one row. Every literal of it begins on a line of its own with row,
// status and reason, so that they can be counted without running anything.
type seedRow struct {
	row    string
	status seedStatus
	reason string // what MayI does otherwise and why; "" for green
	test   func(*testing.T)
}

// runSeedRows runs every row as a subtest of its number; want is how many there are.
func runSeedRows(t *testing.T, rows []seedRow, want int) {
	t.Helper()
	seen := make(map[string]bool)
	for _, r := range rows {
		if seen[r.row] {
			t.Errorf("%s stands twice", r.row)
		}
		seen[r.row] = true
		if (r.status == green) != (r.reason == "") || (r.status == notApplicable) != (r.test == nil) {
			t.Errorf("%s is %s, with the reason %q and test: %v", r.row, r.status, r.reason, r.test != nil)
		}
		if r.test != nil {
			t.Run(r.row, r.test)
		}
	}
	if len(seen) != want {
		t.Errorf("%d rows, want %d", len(seen), want)
	}
}

// A bundle is documents by the names of their files.
type bundle map[string]string

// load decodes and compiles the bundle, for the engine and for the reference.
func (b bundle) load(opts pdp.Options) ([]*pdp.Document, *pdp.Engine, error) {
	var docs []*pdp.Document
	var problems []*strictjson.Error
	for _, file := range slices.Sorted(maps.Keys(b)) {
		doc, found := pdp.Decode(file, []byte(b[file]))
		problems = append(problems, found...)
		docs = append(docs, doc)
	}
	if err := strictjson.Join(problems); err != nil {
		return nil, nil, err
	}
	engine, err := pdp.Compile(docs, opts, nil)
	return docs, engine, err
}

// decides asks engine and reference the cases, each a line of a script's cases.
func decides(b bundle, lines ...string) func(*testing.T) { return decidesIn(nil, b, lines...) }

// decidesIn asks the cases through a session of the principal.
func decidesIn(session *pdp.Session, b bundle, lines ...string) func(*testing.T) {
	return func(t *testing.T) {
		docs, engine, err := b.load(pdp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		reference := policytest.NewReference(docs, "")
		for _, line := range lines {
			c, err := policytest.ParseCase(line)
			if err != nil {
				t.Fatal(err)
			}
			for name, decide := range map[string]func(*pdp.Request) pdp.Decision{"engine": engine.Decide, "reference": reference.Decide} {
				r := c.Request()
				if session != nil {
					r.Session = session
				}
				if diff := c.Want.Diff(policytest.AnswerOf(decide(r))); diff != nil {
					t.Errorf("%s: %s\n\t%s", name, line, strings.Join(diff, "\n\t"))
				}
			}
		}
	}
}

// refuses loads the bundle, which must fail with a problem in the file that says why.
func refuses(b bundle, file, why string) func(*testing.T) {
	return func(t *testing.T) {
		_, _, err := b.load(pdp.Options{})
		if err == nil {
			t.Fatal("the bundle loads")
		}
		for problem := range strings.SplitSeq(err.Error(), "\n") {
			if strings.HasPrefix(problem, file+":") && strings.Contains(problem, why) {
				return
			}
		}
		t.Errorf("no problem in %s says %q:\n%v", file, why, err)
	}
}

// all runs several tests as one row.
func all(tests ...func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) {
		for _, test := range tests {
			test(t)
		}
	}
}
