package load

import (
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/bench/load/generator"
)

func TestBetween(t *testing.T) {
	const page = "a\n<!-- begin:x -->\nold\n<!-- end:x -->\nb\n<!-- begin:y -->\n<!-- end:y -->\n"
	got, err := between(page, "x", "new\n")
	if want := "a\n<!-- begin:x -->\nnew\n<!-- end:x -->\nb\n<!-- begin:y -->\n<!-- end:y -->\n"; err != nil || got != want {
		t.Errorf("%q %v", got, err)
	}
	if again, _ := between(got, "x", "new\n"); again != got {
		t.Errorf("a second time: %q", again)
	}
	if _, err := between(page, "z", ""); err == nil {
		t.Error("a marker that is not there")
	}
}

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		of   []float64
		want spread
	}{{nil, spread{}}, {[]float64{3}, spread{3, 3, 3}}, {[]float64{9, 1, 2}, spread{2, 1, 9}}, {[]float64{4, 1, 2, 9}, spread{3, 1, 9}}} {
		if got := spreadOf(test.of); got != test.want {
			t.Errorf("%v: %v, expected %v", test.of, got, test.want)
		}
	}
}

// A ratio is of two runs of one round, whatever the rounds have in common.
func TestRatio(t *testing.T) {
	run := func(round int, server string, calls int64) Run {
		return Run{Round: round, Server: server, Transport: "unix", Load: "closed 1", Result: generator.Result{
			Calls: calls, For: time.Second, CPU: []time.Duration{time.Duration(calls) * 20 * time.Microsecond},
		}}
	}
	r := &Report{Runs: []Run{run(1, stockName, 100), run(1, "MayI (grpc-go), W2", 200), run(2, "MayI (grpc-go), W2", 30), run(2, stockName, 10)}}
	c := cell{"MayI (grpc-go), W2", "unix", "closed 1"}
	if got := r.ratio(c, cell{stockName, "unix", "closed 1"}, perSecond); got != (spread{2.5, 2, 3}) {
		t.Error(got)
	}
	if got := r.over(c, perCall); got != (spread{20, 20, 20}) {
		t.Error(got)
	}
	page := checkTable(r)
	for _, want := range []string{"| MayI (grpc-go), W2 | 115 (30–200) | 2.50 (2.00–3.00) | 20.0 (20.0–20.0) | 1.00 (1.00–1.00) |", "Of MayI's 230 answers", "0 were wrong"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}
