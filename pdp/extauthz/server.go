package extauthz

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"

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
	authv3.UnimplementedAuthorizationServer
	options Options
}

var _ authv3.AuthorizationServer = (*Server)(nil)

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
	return &Server{options: o}, nil
}

// Check answers one request. Its error is UNAVAILABLE where MayI cannot decide
// and the setting says so; nothing that a client sends makes it one.
func (s *Server) Check(ctx context.Context, req *authv3.CheckRequest) (resp *authv3.CheckResponse, err error) {
	began := time.Now()
	defer func() {
		if p := recover(); p != nil { // not even the rendering of a panic may allow
			resp, err = lastResort(), nil
			s.confess(panicked(new(door.Request), p), time.Since(began))
		}
	}()
	o := s.decide(ctx, req)
	v := s.options.Door.Render(&o)
	resp, err = s.encode(&o, &v)
	s.observe(&o, &v, time.Since(began))
	return resp, err
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

// decide returns an outcome whatever happens on the way to it.
func (s *Server) decide(ctx context.Context, req *authv3.CheckRequest) (o door.Outcome) {
	r := new(door.Request)
	defer func() {
		if p := recover(); p != nil {
			o = panicked(r, p)
		}
	}()
	ctx, stop, inTime := budget(ctx)
	defer stop()
	view := s.options.Provider.Current()
	*r = read(req)
	o = s.options.Door.Decide(ctx, view, r, s.options.Now())
	if !inTime() {
		o = s.options.Door.Fail(o, pdp.ReasonDeadline, "the time for the answer was up")
	}
	return o
}

// budget gives an answer four fifths of the caller's time, so that it arrives
// while Envoy still listens. inTime reports whether there is some left: the
// clock's word, which a late timer cannot change.
func budget(ctx context.Context) (limited context.Context, stop func(), inTime func() bool) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}, func() bool { return ctx.Err() == nil }
	}
	now := time.Now()
	limit := now.Add(deadline.Sub(now) / 5 * 4)
	limited, stop = context.WithDeadline(ctx, limit)
	return limited, stop, func() bool { return ctx.Err() == nil && time.Now().Before(limit) }
}
