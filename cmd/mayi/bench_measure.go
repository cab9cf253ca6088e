package main

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// measurement is the result of "mayi bench".
type measurement struct {
	Name     string // of the bundle or workload
	Revision string
	Counts   *counts
	Load     time.Duration // of the bundle

	Requests       int
	Answers        []answers // of one round of the requests
	Mallocs, Bytes uint64    // likewise

	Workers   int
	Decisions uint64        // of the first half
	Took      time.Duration // likewise
	Clock     time.Duration // what reading it costs
	Latencies histogram     // the second half, less Clock
}

// answers counts those of one kind in one round of the requests.
type answers struct {
	Decision string  `json:"decision"`
	Reason   string  `json:"reason"`
	Requests int     `json:"requests"`
	Share    float64 `json:"share"`
}

// measure asks all requests once, to warm up and to count the answers, once more to
// count allocations, and then round and round: half of the time for the rate, half
// for the latencies.
func (b *bencher) measure() *measurement {
	m := &measurement{
		Name: cmp.Or(b.workload, b.bundle), Revision: b.engine.Revision(), Counts: countsOf(b.engine.Counts()), Load: b.load,
		Requests: len(b.asked), Workers: b.workers,
	}
	runtime.GC() // now, for it empties the engine's pool
	m.Answers = b.answers()
	m.Mallocs, m.Bytes = b.allocations()

	began := time.Now()
	decisions := make([]uint64, b.workers)
	b.each(func(worker int) { decisions[worker] = b.untimed(worker, began) })
	m.Took = time.Since(began)
	for _, n := range decisions {
		m.Decisions += n
	}

	m.Clock = clockCost()
	latencies := make([]histogram, b.workers)
	began = time.Now()
	b.each(func(worker int) { b.timed(worker, began, m.Clock, &latencies[worker]) })
	for i := range latencies {
		m.Latencies.merge(&latencies[i])
	}
	return m
}

// answers asks every request once.
func (b *bencher) answers() []answers {
	type kind struct {
		effect pdp.Effect
		reason pdp.Reason
	}
	n := make(map[kind]int)
	for _, r := range b.asked {
		d := b.engine.Decide(r)
		n[kind{d.Effect, d.Reason}]++
	}
	var list []answers
	for k, requests := range n {
		list = append(list, answers{k.effect.String(), k.reason.String(), requests, float64(requests) / float64(len(b.asked))})
	}
	slices.SortFunc(list, func(x, y answers) int {
		return cmp.Or(cmp.Compare(y.Requests, x.Requests), cmp.Compare(x.Decision, y.Decision), cmp.Compare(x.Reason, y.Reason))
	})
	return list
}

// allocations counts what one round of the requests allocates.
func (b *bencher) allocations() (mallocs, bytes uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, r := range b.asked {
		b.engine.Decide(r)
	}
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
}

// each runs do for every worker at the same time.
func (b *bencher) each(do func(worker int)) {
	var wait sync.WaitGroup
	for worker := range b.workers {
		wait.Go(func() { do(worker) })
	}
	wait.Wait()
}

// first is where a worker begins, so that no two ask the same at the same time.
func (b *bencher) first(worker int) int { return worker * len(b.asked) / b.workers }

// batch is how many decisions are made between two looks at the clock, which so
// cost less than a thousandth.
const batch = 256

// untimed asks until half of the time is over and returns how many decisions that
// were.
func (b *bencher) untimed(worker int, began time.Time) (decisions uint64) {
	for i := b.first(worker); time.Since(began) < b.duration/2; decisions += batch {
		for range batch {
			b.engine.Decide(b.asked[i])
			if i++; i == len(b.asked) {
				i = 0
			}
		}
	}
	return decisions
}

// timed is untimed with a look at the clock before and after each decision.
func (b *bencher) timed(worker int, began time.Time, clock time.Duration, h *histogram) {
	last := time.Since(began)
	for i := b.first(worker); last < b.duration/2 || h.total == 0; {
		b.engine.Decide(b.asked[i])
		now := time.Since(began)
		h.add(now - last - clock)
		if i++; i == len(b.asked) {
			i = 0
		}
		last = time.Since(began) // what the histogram took is nobody's
	}
}

// clockCost returns what two looks at the clock in a row differ by: the least of
// some averages, for whatever else happens only adds to it.
func clockCost() time.Duration {
	const rounds, looks = 50, 1000
	least := time.Hour
	began := time.Now()
	for range rounds {
		start := time.Since(began)
		var end time.Duration
		for range looks {
			end = time.Since(began)
		}
		least = min(least, (end-start)/looks)
	}
	return least
}
