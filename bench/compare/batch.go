package compare

import (
	"runtime"
	"syscall"
	"time"
)

// batch times one batch of decisions as a whole; what others left behind is
// collected before, and a tenth as many decisions fill pools and caches again.
func (c *contender) batch() {
	runtime.GC()
	for i := range c.result.Ops / 10 {
		c.engine.Decide(i * 7 % len(c.requests))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := processCPU(), time.Now()
	e, i, allowed, requests := c.engine, c.next, 0, len(c.requests)
	for range c.result.Ops {
		if e.Decide(i) {
			allowed++
		}
		if i++; i == requests {
			i = 0
		}
	}
	took := time.Since(start)
	used := processCPU() - cpu
	runtime.ReadMemStats(&after)
	c.next = i
	runtime.KeepAlive(allowed)
	n, r := float64(c.result.Ops), &c.result
	r.NS = append(r.NS, float64(took.Nanoseconds())/n)
	r.CPU = append(r.CPU, float64(used.Nanoseconds())/n)
	r.Bytes = append(r.Bytes, float64(after.TotalAlloc-before.TotalAlloc)/n)
	r.Allocs = append(r.Allocs, float64(after.Mallocs-before.Mallocs)/n)
}

// processCPU is the processor time of the process so far, 0 where that cannot be told.
func processCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
