package compare_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/bench/compare"
	"github.com/mayi-authz/mayi/bench/peer"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// A fake answers as wanted, unless it is wrong.
type fake struct {
	requests []workload.Request
	wrong    bool
}

func (f *fake) Prepare(requests []workload.Request) error {
	f.requests = requests
	return nil
}

func (f *fake) Decide(i int) bool { return (f.requests[i].Want == pdp.Allow) != f.wrong }

func options(peers ...peer.Peer) compare.Options {
	return compare.Options{Workloads: []string{"W1"}, Peers: peers, Rounds: 3, Batch: time.Millisecond, Check: time.Millisecond, Progress: io.Discard}
}

func loads(e peer.Engine, err error) func(*workload.Workload) (peer.Engine, error) {
	return func(*workload.Workload) (peer.Engine, error) { return e, err }
}

func TestRunRecordsEveryRound(t *testing.T) {
	runs, err := compare.Run(options(
		peer.Peer{Name: "mayi", Load: loads(&fake{}, nil)},
		peer.Peer{Name: "other", Load: loads(&fake{}, nil), Linear: true},
		peer.Peer{Name: "mute", Load: loads(nil, &peer.Cannot{Why: "no words for it"})},
		peer.Peer{Name: "small", Load: loads(&fake{}, nil), Most: 10, Why: "too slow"},
	))
	if err != nil {
		t.Fatal(err)
	}
	w := &runs[0]
	if w.Name != "W1" || w.Statements != 30 || w.Principals != 10 || w.Bundle == 0 {
		t.Errorf("workload %+v", w)
	}
	for _, name := range []string{"mayi", "other"} {
		e := w.Of(name)
		if len(e.NS) != 3 || len(e.CPU) != 3 || len(e.Bytes) != 3 || len(e.Allocs) != 3 || e.Checked < 8 || e.Ops < 1 || e.LeftOut != "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if n := len(w.Of("mayi").Load); n != 3 {
		t.Errorf("%d loads of mayi, want one a round", n)
	}
	if n := len(w.Of("other").Load); n != 1 {
		t.Errorf("%d loads of the other, want one", n)
	}
	if got := w.Of("mute"); got.LeftOut != "no words for it" || got.NS != nil {
		t.Errorf("mute: %+v", got)
	}
	if got := w.Of("small"); got.LeftOut != "too slow" || got.NS != nil {
		t.Errorf("small: %+v", got)
	}
}

func TestSlowEnginesAreLeftOutWhenTimeIsOver(t *testing.T) {
	o := options(peer.Peer{Name: "mayi", Load: loads(&fake{}, nil)}, peer.Peer{Name: "slow", Load: loads(&fake{}, nil), Linear: true})
	o.Limit = 1 // nanosecond
	runs, err := compare.Run(o)
	if err != nil {
		t.Fatal(err)
	}
	if got := runs[0].Of("slow"); got.LeftOut != "the time of the run was over" || got.NS != nil {
		t.Errorf("slow: %+v", got)
	}
	if got := runs[0].Of("mayi"); got.LeftOut != "" || len(got.NS) != 3 {
		t.Errorf("mayi: %+v", got)
	}
}

func TestAWrongDecisionIsNotTimed(t *testing.T) {
	_, err := compare.Run(options(peer.Peer{Name: "other", Load: loads(&fake{wrong: true}, nil)}))
	if err == nil || !strings.Contains(err.Error(), "W1: other: request") {
		t.Errorf("got %v, want an error that names workload, engine and request", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := compare.Run(compare.Options{})
	for _, want := range []string{"nothing to compare", "0 rounds", "must take some time"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
