package policytest_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

// -update writes what the reference evaluator says into the scripts. Look at the
// difference before committing it: the scripts are the specification.
var update = flag.Bool("update", false, "rewrite the expectations of the scripts from the reference evaluator")

const scriptsDir = "testdata/scripts"

func scripts(t *testing.T) []*policytest.Script {
	t.Helper()
	all, err := policytest.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no scripts are built in")
	}
	return all
}

// load compiles a bundle as a store does: everything must decode before anything
// is compiled.
func load(docs []*pdp.Document, err error) (*pdp.Engine, error) {
	if err != nil {
		return nil, err
	}
	return pdp.Compile(docs, pdp.Options{Revision: "r1"}, nil)
}

func TestScripts(t *testing.T) {
	for _, s := range scripts(t) {
		t.Run(s.Name, func(t *testing.T) {
			engine, err := load(s.Documents())
			if err != nil {
				t.Fatal(err)
			}
			docs, err := s.Documents()
			if err != nil {
				t.Fatal(err)
			}
			reference := policytest.NewReference(docs, "r1")
			if *update {
				rewrite(t, s, reference)
				return
			}
			ran := 0
			for name, d := range map[string]policytest.Decider{
				"reference": policytest.Decide(reference.Decide),
				"engine":    policytest.Decide(engine.Decide),
			} {
				result, err := s.Run(d)
				if err != nil {
					t.Errorf("%s:\n%v", name, err)
				}
				ran += result.Ran
			}
			for _, r := range s.Refused {
				_, err := load(r.Documents())
				for _, line := range r.Diff(err) {
					t.Errorf("refused/%s: %s", r.Name, line)
				}
				ran++
			}
			t.Logf("%d answers", ran)
		})
	}
}

func rewrite(t *testing.T, s *policytest.Script, reference *policytest.Reference) {
	t.Helper()
	d := policytest.Decide(reference.Decide)
	data := s.Rewrite(func(c *policytest.Case) policytest.Answer {
		a, err := d.Answer(c)
		if err != nil && !errors.Is(err, policytest.ErrUnsayable) {
			t.Errorf("%s: %v", c.Place(), err)
		}
		return a
	}, func(r *policytest.Refused) error {
		_, err := load(r.Documents())
		return err
	})
	if err := os.WriteFile(filepath.Join(scriptsDir, s.Name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}
