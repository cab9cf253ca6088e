package server

import (
	"runtime"
	"runtime/debug"
	gometrics "runtime/metrics"
	"sync"
	"time"
)

// gcRoom is how much may be allocated between two collections under load, where
// the heap itself is smaller than that.
const gcRoom = 32 << 20

// PaceGC lets the garbage collector run less often under load: a call leaves 10 KB
// behind, mostly grpc's, so that with a bundle of 8 MB the default collects every
// 800 calls, marks the bundle and shrinks every stack, which was a fifth of a
// call's CPU (71 µs instead of 57). When collections come more often than once a second,
// they are put off until gcRoom was allocated; when there is no load, everything is
// as by default. It does nothing if the operator set GOGC. A memory limit still
// holds. The caller calls stop in the end.
func PaceGC(getenv func(string) string) (stop func()) {
	if getenv("GOGC") != "" {
		return func() {}
	}
	p := &pacer{percent: 100, last: time.Now()}
	p.arm()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stopped = true
		debug.SetGCPercent(100)
	}
}

type pacer struct {
	mu      sync.Mutex
	percent int
	last    time.Time
	stopped bool
}

// arm has collected called after the next collection.
func (p *pacer) arm() {
	sentinel := new([64]byte) // on its own: tiny objects share their fate
	runtime.AddCleanup(sentinel, (*pacer).collected, p)
}

func (p *pacer) collected() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return
	}
	live := []gometrics.Sample{{Name: "/gc/heap/live:bytes"}}
	gometrics.Read(live)
	now := time.Now()
	if next := nextPercent(p.percent, now.Sub(p.last), live[0].Value.Uint64()); next != p.percent {
		p.percent = next
		debug.SetGCPercent(next)
	}
	p.last = now
	p.arm()
}

// nextPercent is what GOGC should be after a collection that came some time after
// the one before and left some bytes alive.
func nextPercent(percent int, since time.Duration, live uint64) int {
	most := max(100, int(100*gcRoom/max(live, 1<<20)))
	switch {
	case since < time.Second:
		return min(2*percent, most)
	case since > 10*time.Second:
		return 100
	}
	return min(percent, most)
}
