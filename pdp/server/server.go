package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"google.golang.org/grpc"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/server/unary"
	"github.com/mayi-authz/mayi/policystore"
)

// Options are what a Server is made of.
type Options struct {
	// Config is valid configuration with a bundle. Required.
	Config *config.Config
	// Version is what the binary calls itself; "" is "unknown".
	Version string
	// Logger receives everything that is logged; nil drops it.
	Logger *slog.Logger
	// Registry receives all metrics and is what /metrics shows; nil is a new one,
	// with those of the Go runtime and the process.
	Registry *prometheus.Registry
	// Now is the clock that policies see; nil means time.Now.
	Now func() time.Time
}

// A Server is a MayI that listens. New makes one, Run serves.
type Server struct {
	o        Options
	log      *slog.Logger
	started  time.Time
	store    *policystore.Store
	views    *switchable
	chain    *authn.Chain
	draining atomic.Bool
	health   *healthService

	grpc  endpoint[*grpc.Server]
	check endpoint[*unary.Server]
	http  endpoint[*http.Server]
	admin endpoint[*http.Server]
}

// endpoint is a server and where it listens; lis is nil if it is off.
type endpoint[S any] struct {
	server S
	lis    net.Listener
}

// New opens the listeners and wires everything. It reports all that is wrong with
// the configuration at once. Nothing is served before Run; a Server that is never
// run is given back with Close.
func New(o Options) (*Server, error) {
	if o.Config == nil || o.Config.Bundle.Path == "" {
		return nil, errors.New("bundle.path: required")
	}
	if err := Validate(o.Config); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
		o.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Version == "" {
		o.Version = "unknown"
	}
	s := &Server{o: o, log: o.Logger, started: time.Now()}
	if err := s.wire(); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// listen opens every listener that is on.
func (s *Server) listen() error {
	c := s.o.Config
	var errs []error
	open := func(key string, l *config.Listener, to *net.Listener) {
		lis, err := listen(key, l)
		if *to = lis; err != nil {
			errs = append(errs, err)
		}
	}
	open("grpc", &c.GRPC.Listener, &s.grpc.lis)
	open("check", &c.Check.Listener, &s.check.lis)
	open("http", &c.HTTP.Listener, &s.http.lis)
	open("admin", &c.Admin.Listener, &s.admin.lis)
	return errors.Join(errs...)
}

// Close closes the listeners of a Server that was never run.
func (s *Server) Close() error {
	var errs []error
	for _, lis := range []net.Listener{s.grpc.lis, s.check.lis, s.http.lis, s.admin.lis} {
		if lis != nil {
			errs = append(errs, lis.Close())
		}
	}
	return errors.Join(errs...)
}

// Addrs says where a Server listens; nil for a listener that is off.
type Addrs struct{ GRPC, Check, HTTP, Admin net.Addr }

// Addrs returns where the server listens, for ports that the system chose.
func (s *Server) Addrs() (a Addrs) {
	at := func(lis net.Listener, to *net.Addr) {
		if lis != nil {
			*to = lis.Addr()
		}
	}
	at(s.grpc.lis, &a.GRPC)
	at(s.check.lis, &a.Check)
	at(s.http.lis, &a.HTTP)
	at(s.admin.lis, &a.Admin)
	return a
}

// Reload asks for a look at the bundle now. It returns at once.
func (s *Server) Reload() { s.store.Reload() }

// Ready reports whether requests should be sent here: there is a good snapshot,
// and the server is not stopping.
func (s *Server) Ready() bool { return !s.draining.Load() && s.store.Ready() }

// switchable is the store until the server stops for good.
type switchable struct {
	store   pdp.Provider
	stopped atomic.Bool
}

// Current implements pdp.Provider.
func (v *switchable) Current() pdp.View {
	if v.stopped.Load() {
		return pdp.Unavailable(pdp.ReasonShuttingDown)
	}
	return v.store.Current()
}

// Run serves until ctx is done and then stops as the configuration says. It
// returns nil after an orderly stop, and an error if a listener fails.
func (s *Server) Run(ctx context.Context) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	tasks := newTasks()
	tasks.start("policies", func() error { return s.store.Run(background) })
	tasks.start("health", func() error { return s.health.run(background) })
	if s.grpc.lis != nil {
		tasks.start("grpc", func() error { return s.grpc.server.Serve(s.grpc.lis) })
	}
	if s.check.lis != nil {
		tasks.start("check", func() error { return s.check.server.Serve(s.check.lis) })
	}
	for key, e := range map[string]endpoint[*http.Server]{"http": s.http, "admin": s.admin} {
		if e.lis != nil {
			tasks.start(key, func() error { return serveHTTP(e) })
		}
	}
	s.logStart()
	var failed error
	select {
	case <-ctx.Done():
		s.drain()
	case failed = <-tasks.failed:
		s.log.Error("a part of the server failed; stopping", "error", failed)
	}
	s.stop()
	cancel()
	if !tasks.wait(2 * time.Second) {
		s.log.Error("a part of the server does not end; leaving it behind")
	}
	s.log.Info("stopped")
	return failed
}

func serveHTTP(e endpoint[*http.Server]) error {
	serve := func() error { return e.server.Serve(e.lis) }
	if e.server.TLSConfig != nil {
		serve = func() error { return e.server.ServeTLS(e.lis, "", "") }
	}
	if err := serve(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (s *Server) logStart() {
	a := s.Addrs()
	attrs := []any{"version", s.o.Version, "bundle", s.o.Config.Bundle.Path}
	for _, l := range []struct {
		key  string
		addr net.Addr
	}{{"grpc", a.GRPC}, {"check", a.Check}, {"http", a.HTTP}, {"admin", a.Admin}} {
		if l.addr != nil {
			attrs = append(attrs, l.key, fmt.Sprintf("%s:%s", l.addr.Network(), l.addr))
		}
	}
	s.log.Info("serving", attrs...)
	if s.o.Config.ExtAuthz.DryRun {
		s.log.Warn("dry run: ext_authz lets through what it would deny")
	}
}
