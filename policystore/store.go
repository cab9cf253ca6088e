package policystore

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/policystore/source"
)

// A Store keeps the current snapshot of a source. Open makes one; its methods may
// be called concurrently, except that Run runs once.
//
// Store is a pdp.Provider.
type Store struct {
	o       Options
	metrics *metrics
	current atomic.Pointer[snapshot] // nil before the first good one
	kick    chan struct{}            // holds one token: look at the source
	anew    atomic.Bool              // Reload asked to compile even what was refused

	mu    sync.Mutex
	state state
}

// A snapshot is what decides, and since when. It is immutable.
type snapshot struct {
	engine   *pdp.Engine
	loadedAt time.Time
	counts   Counts
}

// state is what Status tells about looking at the source, beside the snapshot.
type state struct {
	mode        source.Mode
	lost        uint64
	attempts    uint64
	failures    uint64
	lastAttempt time.Time
	lastResult  Result
	confirmedAt time.Time
	problem     error  // why the source is not what is served
	refused     string // the revision that problem is about
}

var _ pdp.Provider = (*Store)(nil)

// Open returns a store over a source and registers its metrics. It does not
// touch the source: that is Run's work.
func Open(o Options) (*Store, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	s := &Store{o: o.orDefault(), metrics: newMetrics(), kick: make(chan struct{}, 1)}
	if o.Registerer != nil {
		if err := s.register(o.Registerer); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Current implements pdp.Provider: the current snapshot, or one that denies
// everything with no_snapshot before there is any. It never waits.
func (s *Store) Current() pdp.View {
	if c := s.current.Load(); c != nil {
		return c.engine
	}
	return pdp.Unavailable(pdp.ReasonNoSnapshot)
}

// Ready reports whether there is a snapshot to decide with.
func (s *Store) Ready() bool { return s.current.Load() != nil }

// Reload asks for a look at the source as soon as may be, and returns at once.
// Content that was refused before is compiled again. It does nothing unless Run
// runs.
func (s *Store) Reload() {
	s.anew.Store(true)
	s.look()
}

// look asks Run for a look at the source; many asks make one look.
func (s *Store) look() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Run watches the source and keeps the snapshot current until ctx is done; then
// it returns nil, and the last snapshot serves on. No problem of the source ends
// it.
func (s *Store) Run(ctx context.Context) error {
	var watch sync.WaitGroup
	defer watch.Wait()
	watch.Go(func() { s.watch(ctx) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.kick:
		case <-timer.C:
		}
		s.reload(ctx)
		timer.Reset(jitter(s.period()))
	}
}

// watch passes the source's notices on.
func (s *Store) watch(ctx context.Context) {
	first := true
	notice := func(n source.Notice) {
		s.mu.Lock()
		another := first || n.Mode != s.state.mode
		s.state.mode, first = n.Mode, false
		if n.Lost != nil {
			s.state.lost++
			s.metrics.lost.Inc()
		}
		s.mu.Unlock()
		s.logNotice(n, another)
		s.look()
	}
	if err := s.watchSource(ctx, notice); err != nil && ctx.Err() == nil {
		first = true
		notice(source.Notice{Mode: source.ModePoll, Lost: err})
	}
}

// watchSource never panics: without a watch there is still polling.
func (s *Store) watchSource(ctx context.Context, notice func(source.Notice)) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked("watching policies", v)
		}
	}()
	return s.o.Source.Watch(ctx, notice)
}

func (s *Store) period() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.mode == source.ModeEvents {
		return s.o.Poll
	}
	return s.o.FallbackPoll
}

// jitter spreads a fleet's looks: d, a tenth more or less.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1)
}

// Status says how the store is doing.
func (s *Store) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	problems := Problems(s.state.problem)
	st := Status{
		Source:          s.o.Source.String(),
		Watch:           s.state.mode.String(),
		WatchLost:       s.state.lost,
		Attempts:        s.state.attempts,
		Failures:        s.state.failures,
		LastAttempt:     s.state.lastAttempt,
		LastResult:      s.state.lastResult,
		Problems:        problems[:min(len(problems), maxProblems)],
		ProblemCount:    len(problems),
		RefusedRevision: s.state.refused,
	}
	if c := s.current.Load(); c != nil {
		st.Ready = true
		st.Revision = c.engine.Revision()
		st.Bundle = c.engine.Bundle()
		st.LoadedAt = c.loadedAt
		st.ConfirmedAt = s.state.confirmedAt
		st.Counts = c.counts
	}
	return st
}
