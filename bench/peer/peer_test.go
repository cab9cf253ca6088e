package peer_test

import (
	"errors"
	"testing"

	"github.com/mayi-authz/mayi/bench/peer"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// sample is how many requests of a workload a test asks; cmd/compare asks more, of
// all sizes, before it times anything. Engines that read every statement are asked
// less where there are thousands.
func sample(engine string, w *workload.Workload) int {
	switch engine {
	case "mayi", "floor", "minio", "cedar-own":
		return 2000
	}
	if peer.Statements(&w.Model) > 1000 {
		return 20
	}
	return 200
}

// unspoken are the workloads that an engine may leave out: all others it must answer.
var unspoken = map[string][]string{
	"minio": {"W6"}, "cedar": {"W6"}, "cedar-own": {"W5", "W6"}, "opa-rules": {"W6"}, "opa-data": {"W6"}, "cel-go": {"W6"}, "casbin": {"W6"},
}

func TestDecisionsAreTheSame(t *testing.T) {
	for _, name := range []string{"W1", "W2", "W4/100", "W4/prefix/100", "W4/inner/100", "W5", "W6", "W7/100"} {
		w, err := workload.Make(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range peer.All {
			t.Run(name+"/"+p.Name, func(t *testing.T) { same(t, w, p, mayLeaveOut(p.Name, name)) })
		}
	}
}

func mayLeaveOut(engine, name string) bool {
	for _, u := range unspoken[engine] {
		if u == name {
			return true
		}
	}
	return false
}

func same(t *testing.T, w *workload.Workload, p peer.Peer, mayLeaveOut bool) {
	e, err := p.Load(w)
	var c *peer.Cannot
	if errors.As(err, &c) && mayLeaveOut {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if mayLeaveOut {
		t.Fatalf("speaks %s after all: the list of the test is old", w.Name)
	}
	n := sample(p.Name, w)
	requests := make([]workload.Request, 0, n)
	for i := range n {
		requests = append(requests, w.Requests[i*len(w.Requests)/n])
	}
	if err := e.Prepare(requests); err != nil {
		t.Fatal(err)
	}
	for i := range requests {
		if got, want := e.Decide(i), requests[i].Want == pdp.Allow; got != want {
			r := &requests[i]
			t.Fatalf("request %d: %s %s %s: allowed is %v, want %v", i, r.Principal.ID, r.Action, r.Resource.ID, got, want)
		}
	}
}
