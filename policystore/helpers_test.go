package policystore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/policystore"
	"github.com/mayi-authz/mayi/policystore/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// allowing is a resource policy that lets everyone read one resource.
func allowing(resource string) string {
	return fmt.Sprintf(`{"Version": "2012-10-17",
 "Statement": {"Effect": "Allow", "Principal": "*", "Action": "app:Read", "Resource": %q}}
`, resource)
}

// allows reports whether a view lets somebody read a resource.
func allows(v pdp.View, resource string) bool {
	d := v.Decide(&pdp.Request{
		Principal: pdp.Principal{ID: "somebody"},
		Action:    "app:Read",
		Resource:  pdp.Resource{ID: resource},
		Time:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	})
	return d.Allowed()
}

func filesOf(texts map[string]string) map[string][]byte {
	files := map[string][]byte{}
	for path, text := range texts {
		files[path] = []byte(text)
	}
	return files
}

func revisionOf(t testing.TB, texts map[string]string) string {
	t.Helper()
	b, err := source.FromFiles(filesOf(texts), source.Limits{})
	must(t, err)
	return b.Revision
}

// scripted is a source that does what a test says.
type scripted struct {
	mu      sync.Mutex
	files   map[string]string
	err     error
	panics  any
	slow    time.Duration
	fetches int
	notices chan source.Notice // passed on; made by newRig
	watch   func(ctx context.Context, notify func(source.Notice)) error
}

// do changes the source between two looks.
func (s *scripted) do(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *scripted) set(files map[string]string, err error) {
	s.do(func() { s.files, s.err = files, err })
}

func (s *scripted) looks() (n int) {
	s.do(func() { n = s.fetches })
	return n
}

func (s *scripted) Fetch(ctx context.Context) (*source.Bundle, error) {
	var now scripted
	s.do(func() {
		s.fetches++
		now.files, now.err, now.panics, now.slow = s.files, s.err, s.panics, s.slow
	})
	if now.slow > 0 {
		select {
		case <-time.After(now.slow):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if now.panics != nil {
		panic(now.panics)
	}
	if now.err != nil {
		return nil, now.err
	}
	return source.FromFiles(filesOf(now.files), source.Limits{})
}

func (s *scripted) Watch(ctx context.Context, notify func(source.Notice)) error {
	if s.watch != nil {
		return s.watch(ctx, notify)
	}
	notify(source.Notice{Mode: source.ModeEvents})
	for {
		select {
		case <-ctx.Done():
			return nil
		case n := <-s.notices:
			notify(n)
		}
	}
}

func (s *scripted) String() string { return "scripted" }

// A journal is a log that may be read while it is written.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// A rig is a store that runs in a bubble of fake time.
type rig struct {
	*policystore.Store
	src      *scripted
	log      *journal
	registry *prometheus.Registry
	stop     func()
}

func newRig(t *testing.T, src *scripted, o policystore.Options) *rig {
	t.Helper()
	r := &rig{src: src, log: &journal{}, registry: prometheus.NewPedanticRegistry()}
	src.notices = make(chan source.Notice)
	o.Source, o.Registerer = src, r.registry
	o.Logger = slog.New(slog.NewTextHandler(r.log, nil))
	s, err := policystore.Open(o)
	must(t, err)
	r.Store = s
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(r.stop)
	synctest.Wait()
	return r
}

// change gives the source new content and tells the store.
func (r *rig) change(files map[string]string, err error) {
	r.src.set(files, err)
	r.src.notices <- source.Notice{Mode: source.ModeEvents}
	synctest.Wait()
}

// metric returns the value of a metric, its labels written like k=v.
func (r *rig) metric(t *testing.T, name string, labels ...string) (float64, bool) {
	t.Helper()
	families, err := r.registry.Gather()
	must(t, err)
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			var got []string
			for _, l := range m.GetLabel() {
				got = append(got, l.GetName()+"="+l.GetValue())
			}
			if strings.Join(got, " ") != strings.Join(labels, " ") {
				continue
			}
			if h := m.GetHistogram(); h != nil {
				return float64(h.GetSampleCount()), true
			}
			return m.GetGauge().GetValue() + m.GetCounter().GetValue(), true
		}
	}
	return 0, false
}

func (r *rig) wantMetric(t *testing.T, want float64, name string, labels ...string) {
	t.Helper()
	if got, ok := r.metric(t, name, labels...); !ok || got != want {
		t.Errorf("%s%v is %v (there: %v), want %v", name, labels, got, ok, want)
	}
}

// logged counts the log lines that hold all parts.
func (r *rig) logged(parts ...string) int {
	n := 0
lines:
	for line := range strings.Lines(r.log.String()) {
		for _, p := range parts {
			if !strings.Contains(line, p) {
				continue lines
			}
		}
		n++
	}
	return n
}

var errGone = errors.New("the disk is gone")
