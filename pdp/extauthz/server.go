package extauthz

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
)

// Options are the settings of a Server.
type Options struct {
	// Door decides and renders. Required.
	Door *door.Door
	// Provider hands out the snapshot, one for each Check. Required.
	Provider pdp.Provider
	// Inability says how it is told that MayI cannot decide at all.
	Inability Inability
	// Observer is told of every answer; nil: nobody is.
	Observer door.Observer
	// Name is what the observer knows this door by; "" means "ext_authz".
	Name string
	// Now is the clock that policies see; nil means time.Now.
	Now func() time.Time
}

// Inability is how it is told that MayI cannot decide: no snapshot yet, shutting
// down, overload.
type Inability uint8

// The ways. Under the first two, failure_mode_allow decides.
const (
	InabilityRPC    Inability = iota // the RPC fails with UNAVAILABLE
	InabilityError                   // error_response (Envoy 1.37 and later)
	InabilityDenied                  // a denied response: never an allow
)

// Validate reports every problem of the options, joined.
func (o *Options) Validate() error {
	var errs []error
	if o.Door == nil {
		errs = append(errs, errors.New("ext_authz: no door"))
	}
	if o.Provider == nil {
		errs = append(errs, errors.New("ext_authz: no provider of snapshots"))
	}
	if o.Inability > InabilityDenied {
		errs = append(errs, fmt.Errorf("ext_authz: inability: unknown value %d", o.Inability))
	}
	return errors.Join(errs...)
}

// Server is the authorization service. It is safe for concurrent use.
type Server struct {
	options   Options
	always    removals
	calls     sync.Pool // of *call
	exchanges sync.Pool // of *exchange
}

// New returns a Server, or every problem of the options.
func New(o Options) (*Server, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = "ext_authz"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for _, name := range o.Door.AlwaysRemoved() {
		if !door.ValidName(name) {
			return nil, fmt.Errorf("ext_authz: the door removes %q, which is no name of a header", name)
		}
	}
	return &Server{
		options:   o,
		always:    newRemovals(o.Door.AlwaysRemoved()),
		calls:     sync.Pool{New: func() any { return new(call) }},
		exchanges: sync.Pool{New: func() any { return new(exchange) }},
	}, nil
}

// Check answers one CheckRequest, as it came over the wire, by appending a
// CheckResponse to dst. Its error is UNAVAILABLE where MayI cannot decide and the
// setting says so; nothing that a client sends makes it one. Nothing of request is
// kept or referred to after the call.
func (s *Server) Check(ctx context.Context, request, dst []byte) (answer []byte, err error) {
	began := time.Now()
	c := s.calls.Get().(*call)
	defer func() {
		if p := recover(); p != nil { // not even the rendering of a panic may allow
			answer, err = lastResort(dst), nil
			s.confess(panicked(new(door.Request), p), time.Since(began))
			return
		}
		s.keep(c)
	}()
	s.decide(ctx, c, request, began)
	s.options.Door.RenderTo(&c.verdict, &c.outcome)
	answer, err = s.encode(dst, &c.outcome, &c.verdict)
	s.observe(&c.outcome, &c.verdict, time.Since(began))
	return answer, err
}

// keep makes a call ready for another request. One in which something panicked is
// not used again: nobody knows what state that left it in.
func (s *Server) keep(c *call) {
	if c.outcome.Stack == nil {
		c.reset()
		s.calls.Put(c)
	}
}

func (s *Server) observe(o *door.Outcome, v *door.Verdict, took time.Duration) {
	if s.options.Observer != nil {
		s.options.Observer.Observe(s.options.Name, o, v, took)
	}
}

// confess tells the observer of a panic after the decision. It may have been the
// observer's own, so that another one ends here.
func (s *Server) confess(o door.Outcome, took time.Duration) {
	defer func() { _ = recover() }()
	s.observe(&o, &door.Verdict{Class: pdp.ClassError, Status: http.StatusServiceUnavailable}, took)
}

// panicked is the outcome of a request that ended in a panic. It is made where the
// panic is recovered, so that the stack still shows where it came from.
func panicked(r *door.Request, value any) door.Outcome {
	return door.Outcome{
		Request:  r,
		Decision: pdp.Denied(pdp.ReasonInternal, fmt.Sprint("panic: ", value)),
		Stack:    debug.Stack(),
	}
}

// decide fills in the outcome, whatever happens on the way to it.
func (s *Server) decide(ctx context.Context, c *call, request []byte, began time.Time) {
	defer func() {
		if p := recover(); p != nil {
			c.outcome = panicked(&c.request, p)
		}
	}()
	c.limit.begin(ctx, began)
	view := s.options.Provider.Current()
	c.take(request)
	c.outcome = s.options.Door.Decide(&c.limit, view, &c.request, s.options.Now())
	if c.limit.Err() != nil {
		c.outcome = s.options.Door.Fail(c.outcome, pdp.ReasonDeadline, "the time for the answer was up")
	}
}
