package pdp_test

import (
	"sync"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

func TestZeroDecisionDenies(t *testing.T) {
	var d pdp.Decision
	if d.Allowed() || d.Effect.String() != "Deny" || d.Reason.Class() != pdp.ClassError || d.Total() != 0 || len(d.Determining(nil)) != 0 {
		t.Errorf("zero decision %+v", d)
	}
}

// Every reason has a name of its own and a class, and numbers that are no reason
// are errors, never an Allow.
func TestReasons(t *testing.T) {
	names := map[string]bool{}
	classes := map[pdp.Class]int{}
	for _, r := range pdp.Reasons() {
		if r.String() == "" || names[r.String()] {
			t.Errorf("reason %d is called %q", r, r)
		}
		names[r.String()] = true
		classes[r.Class()]++
	}
	if len(classes) != 6 || classes[pdp.ClassAllow] != 6 {
		t.Errorf("reasons by class: %v", classes)
	}
	if r := pdp.Reason(255); r.String() != "internal" || r.Class() != pdp.ClassError {
		t.Errorf("reason 255 is %s of class %d", r, r.Class())
	}
}

func TestUnavailable(t *testing.T) {
	v := pdp.Unavailable(pdp.ReasonShuttingDown)
	d := v.Decide(ask(alice, "a:b", "r"))
	if d.Allowed() || d.Reason != pdp.ReasonShuttingDown || v.Routes() != nil || v.Needs("aws:") || v.Revision() != "" {
		t.Errorf("unavailable: %+v", d)
	}
}

func TestDecisionID(t *testing.T) {
	id := pdp.ID{0x01, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x73, 0x45, 0x86, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34}
	if got := id.String(); got != "019abcde-f012-7345-8678-9abcdef01234" {
		t.Errorf("id %s", got)
	}
	if got := (pdp.ID{}).String(); got != "" {
		t.Errorf("zero id %q", got)
	}
}

func TestWithDetermining(t *testing.T) {
	refs := make([]pdp.StatementRef, 10)
	for i := range refs {
		refs[i] = pdp.StatementRef{Policy: "p", Index: i}
	}
	d := pdp.Denied(pdp.ReasonExplicitDeny, "").WithDetermining(refs)
	if d.Total() != 10 || len(d.Determining(nil)) != pdp.MaxDetermining || d.Determining(nil)[7] != refs[7] {
		t.Errorf("total %d, kept %d", d.Total(), len(d.Determining(nil)))
	}
	if d = d.WithDetermining(refs[:1]); d.Total() != 1 || d.Determining(nil)[0] != refs[0] {
		t.Errorf("replaced: total %d", d.Total())
	}
}

// One engine answers many at once as it answers one after the other.
func TestDecideConcurrently(t *testing.T) {
	e, requests := workload(t)
	want := map[string]string{}
	for name, r := range requests {
		want[name] = says(e.Decide(r))
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				for name, r := range requests {
					if got := says(e.Decide(r)); got != want[name] {
						t.Errorf("got %q, want %q", got, want[name])
						return
					}
				}
			}
		})
	}
	wait.Wait()
}
