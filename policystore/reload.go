package policystore

import (
	"context"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/policystore/source"
)

// An attempt is one look at the source and what came of it.
type attempt struct {
	result   Result
	snapshot *snapshot // of ResultSuccess
	revision string    // that the source holds; "" if it could not be read
	err      error     // why the source is not what is served, as far as is known
	compiled bool
}

// reload looks at the source once and publishes what it holds if that is new and
// good. Only Run calls it.
func (s *Store) reload(ctx context.Context) {
	start := s.o.Now()
	a := s.attempt(ctx)
	if ctx.Err() != nil && a.err != nil {
		return // stopped in the middle, which is no failure
	}
	took := s.o.Now().Sub(start)
	if a.compiled {
		s.metrics.duration.Observe(took.Seconds())
	}
	s.record(start, took, a)
}

// attempt never panics: a bundle must not be able to stop the server.
func (s *Store) attempt(ctx context.Context) (a attempt) {
	defer func() {
		if v := recover(); v != nil {
			a.result, a.snapshot, a.err = ResultFailure, nil, panicked("loading policies", v)
		}
	}()
	anew := s.anew.Swap(false)
	b, err := s.o.Source.Fetch(ctx)
	if err != nil {
		return attempt{result: ResultFailure, err: err}
	}
	a.revision = b.Revision
	served := s.current.Load()
	if served != nil && served.engine.Revision() == b.Revision {
		a.result = ResultUnchanged
		return a
	}
	if refused, err := s.refused(); refused == b.Revision && !anew {
		a.result, a.err = ResultUnchanged, err
		return a
	}
	var previous *pdp.Engine
	if served != nil {
		previous = served.engine
	}
	a.compiled = true
	engine, err := s.o.compile(b, previous)
	if err != nil {
		a.result, a.err = ResultFailure, err
		return a
	}
	a.result, a.snapshot = ResultSuccess, &snapshot{engine: engine, loadedAt: s.o.Now(), counts: countsOf(b, engine)}
	return a
}

func (s *Store) refused() (revision string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.refused, s.state.problem
}

// record publishes the outcome of an attempt: snapshot, state, metrics and log.
func (s *Store) record(start time.Time, took time.Duration, a attempt) {
	s.mu.Lock()
	before := s.state.problem
	s.state.attempts++
	s.state.lastAttempt, s.state.lastResult = start, a.result
	s.state.problem, s.state.refused = a.err, ""
	if a.result == ResultFailure {
		s.state.failures++
	}
	if a.err != nil {
		s.state.refused = a.revision
	} else {
		s.state.confirmedAt = start
	}
	if a.snapshot != nil {
		s.current.Store(a.snapshot)
	}
	s.mu.Unlock()
	s.metrics.reloads.WithLabelValues(string(a.result)).Inc()
	s.log(took, a, before)
}

func countsOf(b *source.Bundle, e *pdp.Engine) Counts {
	n := e.Counts()
	c := Counts{
		Documents: len(b.Files), Policies: n.Policies, Statements: n.Statements,
		Users: n.Users, Groups: n.Groups, Roles: n.Roles, Routes: n.Routes,
		Tenants: n.Tenants, Memberships: n.Memberships, Resources: n.Resources,
	}
	for _, f := range b.Files {
		c.Bytes += len(f.Data)
	}
	return c
}
