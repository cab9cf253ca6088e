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
			docs, err := s.Documents()
			if err != nil {
				t.Fatal(err)
			}
			engine, err := load(docs, nil)
			if err != nil {
				t.Fatal(err)
			}
			reference := policytest.Decide(policytest.NewReference(docs, "r1").Decide)
			http := throughDoor(t, engine)
			if *update {
				rewrite(t, s, reference, http)
				return
			}
			for name, d := range map[string]policytest.Decider{"reference": reference, "engine": policytest.Decide(engine.Decide), "door": http} {
				if _, err := s.Run(d); err != nil {
					t.Errorf("%s:\n%v", name, err)
				}
			}
			for _, r := range s.Refused {
				_, err := load(r.Documents())
				for _, line := range r.Diff(err) {
					t.Errorf("refused/%s: %s", r.Name, line)
				}
			}
			for _, c := range s.Cases {
				if !c.Want.Said() {
					t.Errorf("%s has no answer; run with -update", c.Place())
				}
			}
		})
	}
}

// rewrite writes the answers of the first decider that can be asked.
func rewrite(t *testing.T, s *policytest.Script, deciders ...policytest.Decider) {
	t.Helper()
	data := s.Rewrite(func(c *policytest.Case) policytest.Answer {
		for _, d := range deciders {
			a, err := d.Answer(c)
			if err == nil {
				return a
			}
			if !errors.Is(err, policytest.ErrUnsayable) {
				t.Errorf("%s: %v", c.Place(), err)
			}
		}
		return policytest.Answer{}
	}, func(r *policytest.Refused) error {
		_, err := load(r.Documents())
		return err
	})
	if err := os.WriteFile(filepath.Join(scriptsDir, s.Name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}
