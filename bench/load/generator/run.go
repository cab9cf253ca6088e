package generator

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

// drain is how long calls in flight may take after the window.
const drain = 3 * time.Second

// A call is one request on its way.
type call struct {
	due     time.Time
	request int // its number
	want    bool
}

// An answer is how a call ended.
type answer struct {
	allowed bool
	failed  string // "" is a real answer
	bytes   int
	at      time.Time
}

// A conn speaks one protocol over one socket.
type conn interface {
	sock() *socket
	room(size int) bool
	send(body []byte, c call)
	readable(done func(call, answer)) error
}

// A run is a Spec at work.
type run struct {
	spec       *Spec
	requests   []Request
	conns      []conn
	fds        []unix.PollFd
	from, to   time.Time // the window
	started    int64     // calls
	ended      int64
	turn       int // which connection is next
	result     Result
	latency    *hdrhistogram.Histogram
	late       *hdrhistogram.Histogram
	starved    bool // the last call that was due had to wait for the server's side
	opened     bool // the window has begun
	closed     bool // and ended
	cpu        []time.Duration
	self       time.Duration
	windowFrom time.Time
}

// Run puts the load of a Spec on its server. It is the only thing that its process
// does: it turns the garbage collector off.
func Run(spec *Spec) (*Result, error) {
	r := &run{spec: spec}
	var err error
	if r.requests, err = readRequests(spec.Requests); err != nil {
		return nil, err
	}
	if err := r.connect(); err != nil {
		return nil, err
	}
	// From a nanosecond to a minute, within a thousandth.
	r.latency, r.late = hdrhistogram.New(1, int64(time.Minute), 3), hdrhistogram.New(1, int64(time.Minute), 3)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Wake when told, not up to 50 µs later.
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if err := r.loop(); err != nil {
		return nil, err
	}
	r.report()
	return &r.result, nil
}

func (r *run) connect() error {
	for range r.spec.Conns {
		s, err := dial(r.spec.Network, r.spec.Address)
		if err != nil {
			return err
		}
		var c conn = newHTTP1(s)
		if r.spec.Protocol == "grpc" {
			c = newGRPC(s, "mayi", r.spec.Method)
		}
		r.conns = append(r.conns, c)
		r.fds = append(r.fds, unix.PollFd{Fd: int32(s.fd)})
	}
	return nil
}

func (r *run) loop() error {
	start := time.Now()
	r.from = start.Add(r.spec.Warm)
	r.to = r.from.Add(r.spec.For)
	if r.spec.Once {
		r.to = start.Add(time.Hour)
	}
	done := r.done // bound once, so that no call allocates
	for {
		now := time.Now()
		if err := r.window(now); err != nil {
			return err
		}
		more := now.Before(r.to) && !(r.spec.Once && r.started == int64(len(r.requests)))
		if !more && (r.started == r.ended || now.After(r.to.Add(drain))) {
			break
		}
		next := now.Add(100 * time.Millisecond)
		if more {
			next = r.issue(now, start)
		}
		if err := r.exchange(time.Until(next), done); err != nil {
			return err
		}
	}
	for _, c := range r.conns {
		unix.Close(c.sock().fd)
	}
	r.result.Failed += r.started - r.ended // no answer in time
	if r.started > r.ended {
		r.note("%d calls had no answer", r.started-r.ended)
	}
	return r.window(time.Now().Add(time.Hour))
}

// window reads the clocks of all processes at both ends of the window.
func (r *run) window(now time.Time) (err error) {
	if !r.opened && !now.Before(r.from) {
		r.opened, r.windowFrom = true, time.Now()
		if r.cpu, err = cpus(r.spec.PIDs); err != nil {
			return err
		}
		r.self, err = CPU(os.Getpid())
		return err
	}
	if r.opened && !r.closed && !now.Before(r.to) {
		r.closed = true
		r.result.For = time.Since(r.windowFrom)
		after, err := cpus(r.spec.PIDs)
		if err != nil {
			return err
		}
		for i := range after {
			r.result.CPU = append(r.result.CPU, after[i]-r.cpu[i])
		}
		self, err := CPU(os.Getpid())
		r.result.Self = self - r.self
		return err
	}
	return nil
}

// issue sends what is due and returns when it is to be called again.
func (r *run) issue(now, start time.Time) (next time.Time) {
	idle := now.Add(100 * time.Millisecond)
	for r.started-r.ended < int64(r.spec.InFlight) {
		if r.spec.Once && r.started == int64(len(r.requests)) {
			return idle
		}
		due := now
		if r.spec.Rate > 0 {
			due = start.Add(time.Duration(float64(r.started) / r.spec.Rate * float64(time.Second)))
			if due.After(now) {
				return due
			}
		}
		number := int(r.started % int64(len(r.requests)))
		request := &r.requests[number]
		c := r.free(len(request.Body))
		if c == nil {
			r.starved = true
			return idle
		}
		if !r.starved && !due.Before(r.from) {
			r.late.RecordValue(max(int64(now.Sub(due)), 1))
		}
		r.starved = false
		c.send(request.Body, call{due: due, request: number, want: request.Want})
		r.started++
	}
	r.starved = true
	return idle
}

// free returns a connection that has room, each in turn.
func (r *run) free(size int) conn {
	for range r.conns {
		c := r.conns[r.turn]
		r.turn = (r.turn + 1) % len(r.conns)
		if c.room(size) {
			return c
		}
	}
	return nil
}

// exchange writes and reads what can be, waiting for it at most as long as told.
func (r *run) exchange(atMost time.Duration, done func(call, answer)) error {
	for i, c := range r.conns {
		s := c.sock()
		if err := s.flush(); err != nil {
			return err
		}
		r.fds[i].Events, r.fds[i].Revents = unix.POLLIN, 0
		if len(s.out) > 0 {
			r.fds[i].Events |= unix.POLLOUT
		}
	}
	if err := wait(r.fds, atMost); err != nil {
		return err
	}
	for i, c := range r.conns {
		if r.fds[i].Revents&^unix.POLLOUT == 0 {
			continue
		}
		if err := c.readable(done); err != nil && !errors.Is(err, errAgain) {
			return fmt.Errorf("after %d calls: %w", r.ended, err)
		}
	}
	return nil
}

func (r *run) done(c call, a answer) {
	r.ended++
	switch {
	case a.failed != "":
		r.result.Failed++
		r.note("request %d: %s", c.request, a.failed)
	case r.spec.Compare && a.allowed != c.want:
		r.result.Wrong++
		r.note("request %d: allowed is %t, expected %t", c.request, a.allowed, c.want)
	}
	if !c.due.Before(r.from) && c.due.Before(r.to) {
		r.latency.RecordValue(max(int64(a.at.Sub(c.due)), 1))
	}
	if !a.at.Before(r.from) && a.at.Before(r.to) && a.failed == "" {
		r.result.Calls++
		r.result.Bytes += int64(a.bytes)
		if a.allowed {
			r.result.Allowed++
		}
	}
}

// note keeps the first thing that went wrong.
func (r *run) note(format string, args ...any) {
	if r.result.First == "" {
		r.result.First = fmt.Sprintf(format, args...)
	}
}

func (r *run) report() {
	us := func(ns int64) float64 { return float64(ns) / 1000 }
	h := r.latency
	r.result.Min, r.result.Max, r.result.Mean = us(h.Min()), us(h.Max()), h.Mean()/1000
	r.result.P50, r.result.P90 = us(h.ValueAtQuantile(50)), us(h.ValueAtQuantile(90))
	r.result.P99, r.result.P999 = us(h.ValueAtQuantile(99)), us(h.ValueAtQuantile(99.9))
	r.result.LateP99, r.result.LateMax = us(r.late.ValueAtQuantile(99)), us(r.late.Max())
}
