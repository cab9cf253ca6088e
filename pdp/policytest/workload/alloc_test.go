package workload_test

import (
	"runtime/debug"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// TestDecideAllocatesNothing goes round the requests of every workload: allows and
// denies, conditions and variables, sessions, tenants.
func TestDecideAllocatesNothing(t *testing.T) {
	if raced {
		t.Log("not counted: under the race detector sync.Pool drops things on purpose")
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties pools
	for _, name := range workload.All() {
		t.Run(name, func(t *testing.T) {
			w := build(t, name)
			if n := allocations(load(t, w), w); n != 0 {
				t.Errorf("%v allocations in %d decisions; expected none", n, len(w.Requests))
			}
			debug.FreeOSMemory() // of the bundle, before the next one
		})
	}
}

// allocations counts those of a whole round, for an average would hide few. The
// least of some rounds is meant: the test's own surroundings allocate now and then.
func allocations(e *pdp.Engine, w *workload.Workload) float64 {
	least := -1.0
	for range 3 {
		n := testing.AllocsPerRun(1, func() {
			for i := range w.Requests {
				e.Decide(&w.Requests[i].Request)
			}
		})
		if least < 0 || n < least {
			least = n
		}
		if n == 0 {
			break
		}
	}
	return least
}
