package workload_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
	"github.com/mayi-authz/mayi/policystore"
)

func build(t testing.TB, name string) *workload.Workload {
	t.Helper()
	w, err := workload.Make(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func load(t testing.TB, w *workload.Workload) *pdp.Engine {
	t.Helper()
	e, err := policystore.LoadFiles(w.Files)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestWorkloads holds every workload to what it says of itself.
func TestWorkloads(t *testing.T) {
	for _, name := range workload.All() {
		t.Run(name, func(t *testing.T) {
			w := build(t, name)
			t.Run("is as wide as production", func(t *testing.T) { wide(t, w) })
			e := load(t, w)
			t.Run("engine", func(t *testing.T) {
				agree(t, w, 1, func(r *pdp.Request) pdp.Effect { return e.Decide(r).Effect })
			})
			n := e.Counts().Statements
			t.Run("naive", func(t *testing.T) { agree(t, w, step(w, n/8), w.Naive()) })
			if strings.HasSuffix(name, "/100000") {
				return // the reference takes long, and has seen a tenth of the very same
			}
			t.Run("reference", func(t *testing.T) {
				ref := policytest.NewReference(documents(t, w), "")
				agree(t, w, step(w, 200+5*n), func(r *pdp.Request) pdp.Effect { return ref.Decide(r).Effect })
			})
		})
	}
}

// step is the distance of requests to ask, so that asking takes about as long for
// each workload if one request costs this much.
func step(w *workload.Workload, cost int) int {
	const budget = 500_000
	asked := max(5, budget/max(cost, 1))
	return max(1, len(w.Requests)/asked)
}

// agree holds every nth answer of an evaluator against Want.
func agree(t *testing.T, w *workload.Workload, nth int, decide func(*pdp.Request) pdp.Effect) {
	t.Helper()
	wrong := 0
	for i := 0; i < len(w.Requests) && wrong < 10; i += nth {
		r := &w.Requests[i]
		if got := decide(&r.Request); got != r.Want {
			wrong++
			t.Errorf("request %d: %s %s %s: %v; expected %v", i, r.Principal.ID, r.Action, r.Resource.ID, got, r.Want)
		}
	}
}

func documents(t *testing.T, w *workload.Workload) []*pdp.Document {
	t.Helper()
	var docs []*pdp.Document
	for name, data := range w.Files {
		doc, problems := pdp.Decode(name, data)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		docs = append(docs, doc)
	}
	return docs
}

// wide checks the mix of answers, and that requests reach over the whole bundle.
func wide(t *testing.T, w *workload.Workload) {
	allowed, who, what := 0, map[string]bool{}, map[string]bool{}
	for i := range w.Requests {
		r := &w.Requests[i]
		who[r.Principal.ID], what[r.Action+" "+r.Resource.ID] = true, true
		if r.Want == pdp.Allow {
			allowed++
		}
	}
	if share := 100 * allowed / len(w.Requests); share < 65 || share > 75 {
		t.Errorf("%d %% of the requests are allowed; expected about 70", share)
	}
	if n := len(w.Model.Principals); len(who) < n-n/20 {
		t.Errorf("requests are of %d principals; there are %d", len(who), n)
	}
	if len(what) < len(w.Requests)/3 {
		t.Errorf("only %d of %d requests differ", len(what), len(w.Requests))
	}
}

// TestSameSeedSameBytes pins what is measured: numbers of different days can be
// compared only while these stay.
func TestSameSeedSameBytes(t *testing.T) {
	for name, want := range map[string]string{
		"W1":           "bc86acaad7233804",
		"W2":           "913e714e3d49d1ff",
		"W4/20":        "9557e5e5fdb48982",
		"W4/prefix/20": "f747ec2fc78f01cc",
		"W4/inner/20":  "28596e029be41381",
		"W5":           "1c21e9707bec5ef8",
		"W6":           "dea12e6bf5cc5610",
		"W7/100":       "f172b0905e2556a5",
	} {
		if got := digest(build(t, name)); got != want {
			t.Errorf("%s: %s; expected %s", name, got, want)
		}
	}
}

// digest is over everything that an evaluator is given.
func digest(w *workload.Workload) string {
	h := sha256.New()
	var names []string
	for name := range w.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(h, "%s\n%s\n", name, w.Files[name])
	}
	for i := range w.Requests {
		r := &w.Requests[i]
		fmt.Fprintf(h, "%s %s %s %s %s\n", r.Principal.ID, r.Action, r.Resource.ID, r.Permission, r.Want)
		if r.Session != nil {
			fmt.Fprintln(h, r.Session.ID, r.Session.Policies[0].Name.Text)
		}
		for _, key := range r.Context.Names() {
			fmt.Fprintf(h, "%s=%s\n", key, r.Context.Value(key).At(0).Text())
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func TestMakeRefuses(t *testing.T) {
	for _, name := range []string{"", "W9", "W4", "W4/", "W4/0", "W4/15", "W4/-10", "W4/inner/x", "W4/10000000", "W1/10"} {
		if w, err := workload.Make(name); err == nil || w != nil || !strings.Contains(err.Error(), "workload") {
			t.Errorf("Make(%q): %v, %v; expected an error", name, w, err)
		}
	}
}
