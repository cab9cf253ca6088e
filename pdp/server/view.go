package server

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// instrumented is a pdp.Provider whose views give each decision its id, turn a
// panic into a deny, and tell record of the decision.
type instrumented struct {
	views  pdp.Provider
	panics func(value any, stack []byte)
	record func(r *pdp.Request, d *pdp.Decision, took time.Duration) // nil: the door has its own
	ids    idSource
	last   atomic.Pointer[view] // of an Engine: wrapping it again for each request is an allocation
}

// Current implements pdp.Provider.
func (p *instrumented) Current() pdp.View {
	inner := p.views.Current()
	engine, ok := inner.(*pdp.Engine)
	if !ok {
		return &view{inner, p}
	}
	if last := p.last.Load(); last != nil && last.View == engine {
		return last
	}
	v := &view{inner, p}
	p.last.Store(v)
	return v
}

type view struct {
	pdp.View
	p *instrumented
}

// Decide implements pdp.View.
func (v *view) Decide(r *pdp.Request) pdp.Decision {
	var start time.Time
	if v.p.record != nil {
		start = time.Now()
	}
	d := v.decide(r)
	if d.Allowed() != (d.Reason.Class() == pdp.ClassAllow) { // they always agree, or it is a bug of the engine
		d = pdp.Denied(pdp.ReasonInternal, "the effect contradicts the reason "+d.Reason.String())
		d.Revision = v.Revision()
	}
	d.ID = v.p.ids.next()
	if v.p.record != nil {
		v.p.record(r, &d, time.Since(start))
	}
	return d
}

func (v *view) decide(r *pdp.Request) (d pdp.Decision) {
	defer func() {
		if value := recover(); value != nil {
			d = pdp.Denied(pdp.ReasonInternal, "")
			d.Revision = v.Revision()
			v.p.panics(value, debug.Stack())
		}
	}()
	return v.View.Decide(r)
}

// onPanic counts a caught panic and logs where it came from.
func (m *metrics) onPanic(log *slog.Logger) func(value any, stack []byte) {
	return func(value any, stack []byte) {
		m.panics.Inc()
		log.Error("panic; the call ended without an allow", "panic", fmt.Sprint(value), "stack", string(stack))
	}
}
