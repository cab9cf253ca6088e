package server

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mayi-authz/mayi/pdp"
)

func TestIDs(t *testing.T) {
	clock := time.Date(2026, 11, 22, 12, 0, 0, 123_456_789, time.UTC)
	s := &idSource{now: func() time.Time { return clock }}
	var before pdp.ID
	for i := range 10_000 {
		if i == 5000 {
			clock = clock.Add(-time.Hour) // a clock that is set back makes no earlier ids
		}
		id := s.next()
		u, err := uuid.Parse(id.String())
		if err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
			t.Fatalf("%s is no UUIDv7: %v", id, err)
		}
		if sec, ns := u.Time().UnixTime(); i == 0 && (sec != clock.Unix() || ns/1e6 != 123) {
			t.Errorf("made at %d.%d", sec, ns)
		}
		if bytes.Compare(id[:], before[:]) <= 0 {
			t.Fatalf("%s after %s", id, before)
		}
		before = id
	}
	clock = clock.Add(2 * time.Hour)
	if id := s.next(); id.String()[:13] != uuidAt(clock) {
		t.Errorf("%s, want it to begin with %s", id, uuidAt(clock))
	}
	if n := testing.AllocsPerRun(100, func() { s.next() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// uuidAt is how an id begins that is made at a time.
func uuidAt(t time.Time) string {
	ms := uint64(t.UnixMilli())
	var id pdp.ID
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id.String()[:13]
}

func TestIDsAreUnique(t *testing.T) {
	s := &idSource{now: time.Now}
	const each = 5000
	var lists [4][each]pdp.ID
	var wg sync.WaitGroup
	for i := range lists {
		wg.Go(func() {
			for k := range each {
				lists[i][k] = s.next()
			}
		})
	}
	wg.Wait()
	seen := map[pdp.ID]bool{}
	for _, list := range lists {
		for _, id := range list {
			if seen[id] {
				t.Fatalf("%s twice", id)
			}
			seen[id] = true
		}
	}
}

func BenchmarkID(b *testing.B) {
	s := &idSource{now: time.Now}
	b.ReportAllocs()
	for b.Loop() {
		s.next()
	}
}

// The view of a request costs nothing as long as the snapshot is the same.
func TestCurrentAllocatesNothing(t *testing.T) {
	first, second := &pdp.Engine{}, &pdp.Engine{}
	views := &switching{first}
	p := &instrumented{views: views}
	p.Current()
	if n := testing.AllocsPerRun(100, func() { p.Current() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	views.view = second
	if v := p.Current().(*view); v.View != second {
		t.Error("hands out the snapshot before")
	}
	views.view = pdp.Unavailable(pdp.ReasonShuttingDown)
	if v := p.Current().(*view); v.View != views.view {
		t.Error("hands out a snapshot although there is none")
	}
}

type switching struct{ view pdp.View }

func (s *switching) Current() pdp.View { return s.view }
