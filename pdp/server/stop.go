package server

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// tasks are the goroutines of a server. The first that fails is told of.
type tasks struct {
	group  sync.WaitGroup
	failed chan error
}

func newTasks() *tasks { return &tasks{failed: make(chan error, 1)} }

func (t *tasks) start(name string, run func() error) {
	t.group.Go(func() {
		if err := run(); err != nil {
			select {
			case t.failed <- fmt.Errorf("%s: %w", name, err):
			default:
			}
		}
	})
}

// wait waits for all of them, and reports whether they ended in time: a handler
// that never returns must not keep the process alive.
func (t *tasks) wait(limit time.Duration) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.group.Wait()
	}()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// drain says that the server is not ready and serves on for the configured
// delay, so that whoever sends requests here can notice.
func (s *Server) drain() {
	s.draining.Store(true)
	s.health.update()
	delay := s.o.Config.Shutdown.Delay
	s.log.Info("stopping: not ready any more", "delay", delay, "grace", s.o.Config.Shutdown.Grace)
	time.Sleep(delay)
}

// stop ends the listeners: no new calls, those in flight may end within the
// grace time, the rest is cut off. The admin listener goes last, so that probes
// and metrics are there to the end.
func (s *Server) stop() {
	s.draining.Store(true)
	s.health.update()
	grace := s.o.Config.Shutdown.Grace
	if grace == 0 {
		grace = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	s.health.end() // streams of health watchers would never end by themselves
	var group sync.WaitGroup
	group.Go(func() { s.stopGRPC(ctx) })
	group.Go(func() { s.stopCheck(ctx) })
	group.Go(func() { stopHTTP(ctx, s.http) })
	group.Wait()
	s.views.stopped.Store(true)
	stopHTTP(ctx, s.admin)
}

func (s *Server) stopGRPC(ctx context.Context) {
	if s.grpc.lis == nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.grpc.server.GracefulStop()
	}()
	select {
	case <-done:
		return
	case <-ctx.Done():
		s.log.Warn("calls in flight did not end in time; cutting them off")
	}
	go s.grpc.server.Stop() // waits for handlers too; Run waits for it, but not for ever
}

func (s *Server) stopCheck(ctx context.Context) {
	if s.check.lis != nil && s.check.server.Shutdown(ctx) != nil {
		s.log.Warn("connections of the check listener did not end in time; they were cut off")
	}
}

func stopHTTP(ctx context.Context, e endpoint[*http.Server]) {
	if e.lis == nil {
		return
	}
	if e.server.Shutdown(ctx) != nil {
		e.server.Close() //nolint:errcheck // everything is cut off; there is nobody to tell
	}
}
