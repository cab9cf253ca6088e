package server

import (
	"sync"
	"time"
)

// A throttle lets so much happen in a second, by a clock that it is given, and
// counts what it holds back. After a quiet second as much may happen at once. It is
// safe for concurrent use.
type throttle struct {
	perSecond int              // 0: whatever comes
	now       func() time.Time // needed if perSecond is not 0

	mu         sync.Mutex
	last       time.Time     // of take; zero: never
	credit     time.Duration // at most a second; each take costs its part of one
	suppressed uint64
}

// take reports whether one more may happen now and, if so, how many were held back
// since the last that did.
func (t *throttle) take() (suppressed uint64, ok bool) {
	if t.perSecond <= 0 {
		return 0, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	switch passed := now.Sub(t.last); {
	case t.last.IsZero(), passed >= time.Second:
		t.credit = time.Second
	case passed > 0: // a clock that goes back earns nothing
		t.credit = min(t.credit+passed, time.Second)
	}
	t.last = now
	cost := time.Second / time.Duration(t.perSecond)
	if t.credit < cost {
		t.suppressed++
		return 0, false
	}
	t.credit -= cost
	suppressed, t.suppressed = t.suppressed, 0
	return suppressed, true
}
