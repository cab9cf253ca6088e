package policystore_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/policystore"
	"github.com/mayi-authz/mayi/policystore/source"
)

var (
	one    = map[string]string{"a.json": allowing("one")}
	two    = map[string]string{"a.json": allowing("two"), "b.json": allowing("three")}
	broken = map[string]string{"a.json": allowing("two"), "deny.json": `{"Statement": {
  "Effect": "Denied", "Principal": "*", "Action": "*", "Resource": "*"}}`}
)

func TestNothingBeforeTheFirstSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &scripted{err: errGone}, policystore.Options{})
		d := r.Current().Decide(&pdp.Request{Principal: pdp.Principal{ID: "x"}, Action: "a", Resource: pdp.Resource{ID: "r"}, Time: time.Now()})
		if d.Allowed() || d.Reason != pdp.ReasonNoSnapshot || r.Ready() {
			t.Errorf("decision %v for %v, ready %v", d.Effect, d.Reason, r.Ready())
		}
		if st := r.Status(); st.Ready || st.Revision != "" || st.ProblemCount != 1 || st.Problems[0].Reason != errGone.Error() {
			t.Errorf("status is %+v", st)
		}
		r.wantMetric(t, 0, "mayi_snapshot_ready")
		r.wantMetric(t, 0, "mayi_reload_last_successful")
		if _, ok := r.metric(t, "mayi_snapshot_age_seconds"); ok {
			t.Error("no snapshot has an age")
		}
		r.change(one, nil)
		if !r.Ready() || !allows(r.Current(), "one") {
			t.Error("the first good snapshot is not served")
		}
	})
}

func TestASnapshotIsReplacedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &scripted{files: one}, policystore.Options{})
		old := r.Current()
		if !allows(old, "one") || old.Revision() != revisionOf(t, one) {
			t.Fatalf("revision %s does not serve", old.Revision())
		}
		r.change(two, nil)
		now := r.Current()
		if allows(now, "one") || !allows(now, "two") || !allows(now, "three") || now.Revision() != revisionOf(t, two) {
			t.Error("the second snapshot does not serve")
		}
		if !allows(old, "one") || allows(old, "two") {
			t.Error("a view that was taken before changed")
		}
	})
}

func TestLastGoodServesOn(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		err   error
		want  policystore.Problem
	}{
		{"misspelt effect", broken, nil, policystore.Problem{File: "deny.json", Line: 2, Pointer: "/Statement/Effect"}},
		{"source gone", nil, errGone, policystore.Problem{Reason: errGone.Error()}},
		{"misspelt name", map[string]string{"a.json": allowing("two"), "deny.jsno": "{}"}, nil, policystore.Problem{File: "deny.jsno", Rule: source.RuleName}},
		{"no policy left", map[string]string{}, nil, policystore.Problem{}},
		{"no JSON", map[string]string{"a.json": "{"}, nil, policystore.Problem{File: "a.json", Line: 1, Column: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, &scripted{files: one}, policystore.Options{})
				r.change(c.files, c.err)
				if !allows(r.Current(), "one") || r.Current().Revision() != revisionOf(t, one) {
					t.Error("the last good snapshot is not served")
				}
				st := r.Status()
				if !st.Ready || st.Revision != revisionOf(t, one) || st.LastResult != policystore.ResultFailure || st.Failures != 1 {
					t.Errorf("status is %+v", st)
				}
				if st.ProblemCount == 0 {
					t.Fatal("status names no problem")
				}
				p := st.Problems[0]
				if p.File != c.want.File || c.want.Line != 0 && p.Line != c.want.Line || c.want.Pointer != "" && p.Pointer != c.want.Pointer ||
					c.want.Rule != "" && p.Rule != c.want.Rule || c.want.Reason != "" && p.Reason != c.want.Reason || p.Reason == "" {
					t.Errorf("problem is %+v, want %+v", p, c.want)
				}
				r.wantMetric(t, 1, "mayi_reload_total", "result=failure")
				r.wantMetric(t, 0, "mayi_reload_last_successful")
				r.wantMetric(t, 1, "mayi_snapshot_info", "revision="+revisionOf(t, one))

				// It stays bad for an hour of looks, and is logged once.
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := r.logged("policies refused"); n != 1 {
					t.Errorf("the failure is logged %d times:\n%s", n, r.log)
				}
				if r.logged("policy problem", `file="`+c.want.File+`"`)+r.logged("policy problem", "file="+c.want.File) == 0 {
					t.Errorf("the log does not name the file:\n%s", r.log)
				}
				if age, _ := r.metric(t, "mayi_snapshot_age_seconds"); age < 3600 {
					t.Errorf("age is %v s after an hour of trouble", age)
				}

				// What is served comes back: nothing to compile, and all is well.
				r.change(one, nil)
				if st := r.Status(); st.ProblemCount != 0 || st.LastResult != policystore.ResultUnchanged || st.RefusedRevision != "" {
					t.Errorf("status is %+v", st)
				}
				if r.logged("good again") != 1 {
					t.Errorf("recovery is not logged:\n%s", r.log)
				}
				r.wantMetric(t, 1, "mayi_reload_last_successful")
				r.wantMetric(t, 0, "mayi_snapshot_age_seconds")

				// A failure after that is a new one.
				r.change(c.files, c.err)
				if n := r.logged("policies refused"); n != 2 {
					t.Errorf("the failures are logged %d times, want 2", n)
				}
				r.change(two, nil)
				if !allows(r.Current(), "two") || r.Status().ProblemCount != 0 {
					t.Error("the next good snapshot is not served")
				}
			})
		})
	}
}

func TestEveryProblemIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &scripted{files: map[string]string{
			"a.json": `{"Statement": {"Effect": "Perhaps"}}`,
			"b.json": `nonsense`,
			"c.json": `{"unknown": 1}`,
		}}, policystore.Options{})
		st := r.Status()
		seen := map[string]bool{}
		for _, p := range st.Problems {
			seen[p.File] = true
		}
		if !seen["a.json"] || !seen["b.json"] || !seen["c.json"] || st.ProblemCount != len(st.Problems) {
			t.Errorf("%d problems: %+v", st.ProblemCount, st.Problems)
		}
		if st.RefusedRevision == "" {
			t.Error("status does not say what was refused")
		}
	})
}

func TestProblemsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := map[string]string{}
		for i := range 500 {
			files[strings.Repeat("x", i+1)+".json"] = "nonsense"
		}
		r := newRig(t, &scripted{files: files}, policystore.Options{})
		if st := r.Status(); st.ProblemCount != 500 || len(st.Problems) != 100 {
			t.Errorf("%d problems, %d shown", st.ProblemCount, len(st.Problems))
		}
		if n := r.logged("policy problem"); n != 20 {
			t.Errorf("%d problems logged", n)
		}
	})
}

func TestUnchangedCompilesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var compiled atomic.Int32
		var o policystore.Options
		o.HookForTest(func(*source.Bundle) { compiled.Add(1) })
		r := newRig(t, &scripted{files: one}, o)
		first := r.Current()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if compiled.Load() != 1 || r.Current() != first {
			t.Errorf("compiled %d times", compiled.Load())
		}
		st := r.Status()
		if st.Attempts < 30 || time.Since(st.ConfirmedAt) > 17*time.Second || !st.LoadedAt.Before(st.ConfirmedAt) {
			t.Errorf("status is %+v", st)
		}
		r.wantMetric(t, 1, "mayi_reload_total", "result=success")
		r.wantMetric(t, float64(st.Attempts-1), "mayi_reload_total", "result=unchanged")
		r.wantMetric(t, 1, "mayi_reload_duration_seconds")

		// What was refused is not compiled again either, until somebody asks.
		r.change(broken, nil)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if compiled.Load() != 2 {
			t.Errorf("compiled %d times", compiled.Load())
		}
		r.Reload()
		synctest.Wait()
		if compiled.Load() != 3 || r.Status().ProblemCount == 0 {
			t.Errorf("compiled %d times", compiled.Load())
		}
	})
}

func TestPanicsAreFailures(t *testing.T) {
	t.Run("compile", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var o policystore.Options
			o.HookForTest(func(b *source.Bundle) {
				if len(b.Files) == 2 {
					panic("a bug")
				}
			})
			r := newRig(t, &scripted{files: one}, o)
			r.change(two, nil)
			if !allows(r.Current(), "one") {
				t.Error("the last good snapshot is not served")
			}
			st := r.Status()
			if st.LastResult != policystore.ResultFailure || st.ProblemCount != 1 || st.Problems[0].Reason != "loading policies panicked: a bug" {
				t.Errorf("status is %+v", st)
			}
			if r.logged("policy panic", "stack=", "store_test.go") != 1 {
				t.Errorf("the stack is not logged:\n%s", r.log)
			}
			r.change(map[string]string{"z.json": allowing("z")}, nil)
			if !allows(r.Current(), "z") {
				t.Error("the store did not survive")
			}
		})
	})
	t.Run("fetch", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			src := &scripted{files: one}
			r := newRig(t, src, policystore.Options{})
			src.do(func() { src.panics = errors.New("another bug") })
			r.change(two, nil)
			if st := r.Status(); !allows(r.Current(), "one") || st.Failures != 1 {
				t.Errorf("status is %+v", st)
			}
			src.do(func() { src.panics = nil })
			r.change(two, nil)
			if !allows(r.Current(), "two") {
				t.Error("the store did not survive")
			}
		})
	})
	t.Run("watch", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, &scripted{files: one, watch: func(context.Context, func(source.Notice)) error { panic("a third") }}, policystore.Options{})
			if st := r.Status(); !st.Ready || st.Watch != "poll" || st.WatchLost != 1 {
				t.Errorf("status is %+v", st)
			}
		})
	})
}

func TestPollingPeriods(t *testing.T) {
	lost := source.Notice{Mode: source.ModePoll, Lost: syscall.EMFILE}
	synctest.Test(t, func(t *testing.T) {
		src := &scripted{files: one}
		r := newRig(t, src, policystore.Options{})
		looks := func(d time.Duration) int {
			before := src.looks()
			time.Sleep(d)
			synctest.Wait()
			return src.looks() - before
		}
		if n := looks(150 * time.Second); n < 9 || n > 11 {
			t.Errorf("%d looks in 150 s with events, want about 10", n)
		}
		src.notices <- lost
		if n := looks(20 * time.Second); n < 9 || n > 12 {
			t.Errorf("%d looks in 20 s without events, want about 10", n)
		}
		src.notices <- lost
		synctest.Wait()
		if st := r.Status(); st.Watch != "poll" || st.WatchLost != 2 {
			t.Errorf("status is %+v", st)
		}
		r.wantMetric(t, 2, "mayi_watch_lost_total")
		r.wantMetric(t, 0, "mayi_watch_events")
		if n := r.logged("cannot be watched", "too many open files"); n != 1 {
			t.Errorf("the loss is logged %d times", n)
		}
		src.notices <- source.Notice{Mode: source.ModeEvents}
		synctest.Wait()
		if n := looks(150 * time.Second); n < 9 || n > 11 {
			t.Errorf("%d looks in 150 s with events again, want about 10", n)
		}
		r.wantMetric(t, 1, "mayi_watch_events")
	})
}

func TestASourceThatCannotBeWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &scripted{files: one, watch: func(context.Context, func(source.Notice)) error { return errGone }}
		r := newRig(t, src, policystore.Options{FallbackPoll: time.Second})
		src.set(two, nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !allows(r.Current(), "two") {
			t.Error("polling did not find the change")
		}
	})
}

// Notices while a look is under way make one more look, not one each.
func TestLooksCoalesce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &scripted{files: one, slow: time.Second}
		r := newRig(t, src, policystore.Options{})
		for range 100 {
			src.notices <- source.Notice{Mode: source.ModeEvents}
			r.Reload()
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := src.looks(); n != 2 {
			t.Errorf("%d looks, want 2", n)
		}
	})
}

func TestStoppingIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &scripted{files: one}
		r := newRig(t, src, policystore.Options{})
		src.do(func() { src.slow = time.Hour })
		r.change(two, nil)
		r.stop() // in the middle of a look
		if st := r.Status(); st.Failures != 0 || st.ProblemCount != 0 {
			t.Errorf("status is %+v", st)
		}
		if !allows(r.Current(), "one") {
			t.Error("the last snapshot must serve while requests drain")
		}
		r.Reload() // harmless
	})
}

func TestOpen(t *testing.T) {
	_, err := policystore.Open(policystore.Options{Poll: -1, FallbackPoll: -1})
	for _, part := range []string{"source", "poll is", "fallback poll"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not speak of %s", err, part)
		}
	}
	registry := prometheus.NewRegistry()
	o := policystore.Options{Source: &scripted{}, Registerer: registry}
	_, err = policystore.Open(o)
	must(t, err)
	if _, err := policystore.Open(o); err == nil {
		t.Error("two stores share one registry")
	}
}

func TestStatusAsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &scripted{files: two}, policystore.Options{})
		data, err := json.Marshal(r.Status())
		must(t, err)
		var got map[string]any
		must(t, json.Unmarshal(data, &got))
		counts, _ := got["counts"].(map[string]any)
		if got["source"] != "scripted" || got["ready"] != true || got["revision"] != revisionOf(t, two) || got["watch"] != "events" ||
			got["loaded_at"] != "2000-01-01T00:00:00Z" || got["last_result"] == "" || counts["policies"] != 2.0 || counts["statements"] != 2.0 || counts["documents"] != 2.0 {
			t.Errorf("status is %s", data)
		}
		if _, there := got["problems"]; there {
			t.Error("problems are shown although there are none")
		}
	})
}
