package compare

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/mayi-authz/mayi/bench/peer"
	"github.com/mayi-authz/mayi/bench/result"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// Options say how much is measured.
type Options struct {
	Workloads []string // names, in this order
	Peers     []peer.Peer
	Rounds    int           // batches of each engine, and loads of the first
	Batch     time.Duration // how long a batch takes; a slower decision is a batch of its own
	Check     time.Duration // how long checking an engine's decisions takes at most
	// Most is how many statements engines that read all of them are given at most; 0
	// is what each peer says of itself.
	Most int
	// Limit is after how long engines that read every statement are left out of what
	// is still to come; 0 is never. It keeps a run bounded on a machine that is busy.
	Limit    time.Duration
	Progress io.Writer

	began time.Time
}

// Validate reports everything that is wrong.
func (o *Options) Validate() error {
	var errs []error
	if len(o.Workloads) == 0 || len(o.Peers) == 0 {
		errs = append(errs, errors.New("nothing to compare: no workloads or no engines"))
	}
	if o.Rounds < 1 {
		errs = append(errs, fmt.Errorf("%d rounds: expected at least 1", o.Rounds))
	}
	if o.Batch <= 0 || o.Check <= 0 {
		errs = append(errs, errors.New("a batch and a check must take some time"))
	}
	return errors.Join(errs...)
}

// Run measures all workloads, one after the other.
func Run(o Options) ([]result.Workload, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o.began = time.Now()
	var runs []result.Workload
	for i, name := range o.Workloads {
		start := time.Now()
		fmt.Fprintf(o.Progress, "%2d/%d %-16s", i+1, len(o.Workloads), name)
		w, err := workload.Make(name)
		if err != nil {
			return nil, err
		}
		run, err := o.workload(w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		runs = append(runs, run)
		fmt.Fprintf(o.Progress, "  %.0f s\n", time.Since(start).Seconds())
	}
	return runs, nil
}

// A contender is an engine on one workload.
type contender struct {
	engine   peer.Engine // nil: left out
	requests []workload.Request
	next     int // the request that comes next
	result   result.Engine
}

// few is how many requests an engine gets that reads every statement: its own form
// of all of them would only fill the memory that the others are measured in.
const few = 2_000

func spread(requests []workload.Request, n int) []workload.Request {
	if len(requests) <= n {
		return requests
	}
	list := make([]workload.Request, n)
	for i := range list {
		list[i] = requests[i*len(requests)/n]
	}
	return list
}

func (o *Options) workload(w *workload.Workload) (result.Workload, error) {
	run := result.Workload{Name: w.Name, About: w.About, Principals: len(w.Model.Principals), Statements: peer.Statements(&w.Model), Requests: len(w.Requests)}
	for _, data := range w.Files {
		run.Bundle += int64(len(data))
	}
	contenders := make([]*contender, len(o.Peers))
	for i := range o.Peers {
		c, err := o.contender(w, &o.Peers[i], run.Statements)
		if err != nil {
			return run, fmt.Errorf("%s: %w", o.Peers[i].Name, err)
		}
		contenders[i] = c
		fmt.Fprintf(o.Progress, " %s", mark(c, o.Peers[i].Name))
	}
	for round := range o.Rounds {
		// Nobody is always the one after the same other.
		turn := slices.Concat(contenders[round%len(contenders):], contenders[:round%len(contenders)])
		for _, c := range turn {
			if c.engine != nil {
				c.batch()
			}
		}
		fmt.Fprint(o.Progress, ".")
	}
	for _, c := range contenders {
		run.Engines = append(run.Engines, c.result)
	}
	return run, nil
}

func mark(c *contender, name string) string {
	if c.engine == nil {
		return "(" + name + ")"
	}
	return name
}

// contender loads an engine and checks its decisions.
func (o *Options) contender(w *workload.Workload, p *peer.Peer, statements int) (*contender, error) {
	c := &contender{result: result.Engine{Name: p.Name}}
	most, why := p.Most, p.Why
	if o.Most > 0 && p.Linear && (most == 0 || most > o.Most) {
		most, why = o.Most, "left out of a quick run"
	}
	if o.Limit > 0 && p.Linear && time.Since(o.began) > o.Limit {
		most, why = 1, "the time of the run was over"
	}
	if most > 0 && statements > most {
		c.result.LeftOut = why
		return c, nil
	}
	loads := 1
	if p.Name == peer.MayI.Name {
		loads = o.Rounds
	}
	for range loads {
		c.engine = nil // the one before is not part of what the next one takes
		e, took, used, heap, err := load(w, p)
		var cannot *peer.Cannot
		if errors.As(err, &cannot) {
			c.result.LeftOut = cannot.Why
			return c, nil
		}
		if err != nil {
			return nil, err
		}
		c.engine, c.result.Heap = e, heap
		c.result.Load = append(c.result.Load, took.Seconds())
		c.result.LoadCPU = append(c.result.LoadCPU, used.Seconds())
	}
	if c.requests = w.Requests; p.Linear {
		c.requests = spread(w.Requests, few)
	}
	if err := c.engine.Prepare(c.requests); err != nil {
		return nil, err
	}
	took, err := o.check(c)
	if err != nil {
		return nil, err
	}
	c.result.Ops = max(1, int(o.Batch/max(took, 1)))
	return c, nil
}

// load takes a copy of the workload in, so that what the engine keeps of its strings
// is its own.
func load(w *workload.Workload, p *peer.Peer) (e peer.Engine, took, used time.Duration, heap int64, err error) {
	before := heapAlloc()
	own := clone(w)
	runtime.GC()
	cpu, start := processCPU(), time.Now()
	e, err = p.Load(own)
	took, used = time.Since(start), processCPU()-cpu
	own = nil
	return e, took, used, heapAlloc() - before, err
}

func heapAlloc() int64 {
	runtime.GC()
	runtime.GC() // what pools held goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// check asks as many requests as time allows, spread over all, and returns how long
// one took at last. A wrong answer is an error: what decides otherwise is not
// compared.
func (o *Options) check(c *contender) (each time.Duration, err error) {
	const stride, least = 7919, 8 // a prime: no request is asked twice
	start, n := time.Now(), 0
	half, halfway := start, 0
	for ; n < len(c.requests); n++ {
		i := n * stride % len(c.requests)
		if got, want := c.engine.Decide(i), c.requests[i].Want == pdp.Allow; got != want {
			r := &c.requests[i]
			return 0, fmt.Errorf("request %d (%s %s %s) is allowed: %v, wanted %v", i, r.Principal.ID, r.Action, r.Resource.ID, got, want)
		}
		spent := time.Since(start)
		if halfway == 0 && spent > o.Check/2 {
			half, halfway = time.Now(), n+1 // what is only slow at first is over
		}
		if spent > 10*o.Check || spent > o.Check && n >= least {
			n++
			break
		}
	}
	c.result.Checked = n
	if n == halfway {
		half, halfway = start, 0
	}
	return time.Since(half) / time.Duration(n-halfway), nil
}
