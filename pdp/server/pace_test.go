package server

import (
	"runtime"
	gometrics "runtime/metrics"
	"testing"
	"time"
)

func TestNextPercent(t *testing.T) {
	const mb = 1 << 20
	for _, test := range []struct {
		name    string
		percent int
		since   time.Duration
		live    uint64
		want    int
	}{
		{"busy", 100, 100 * time.Millisecond, 4 * mb, 200},
		{"busy, for longer", 400, 100 * time.Millisecond, 4 * mb, 800},
		{"no more than the room", 800, 100 * time.Millisecond, 4 * mb, 800},
		{"a large heap has as much room by itself", 100, time.Millisecond, 64 * mb, 100},
		{"a heap that grew", 800, 2 * time.Second, 16 * mb, 200},
		{"neither", 800, 2 * time.Second, 4 * mb, 800},
		{"idle", 800, time.Minute, 4 * mb, 100},
		{"hardly anything", 100, 0, 0, 200},
	} {
		if got := nextPercent(test.percent, test.since, test.live); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

func gogc() uint64 {
	s := []gometrics.Sample{{Name: "/gc/gogc:percent"}}
	gometrics.Read(s)
	return s[0].Value.Uint64()
}

// Collections one after the other are put off, until the pacer is stopped.
func TestPaceGC(t *testing.T) {
	before := gogc()
	PaceGC(func(string) string { return "100" })()
	if gogc() != before {
		t.Fatal("changes what the operator set")
	}
	stop := PaceGC(func(string) string { return "" })
	for deadline := time.Now().Add(20 * time.Second); gogc() <= 100; runtime.Gosched() {
		runtime.GC()
		if time.Now().After(deadline) {
			t.Fatal("collections are as often as before")
		}
	}
	if stop(); gogc() != 100 {
		t.Errorf("GOGC is %d after the end", gogc())
	}
}
