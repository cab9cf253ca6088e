package server

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"github.com/mayi-authz/mayi/pdp"
)

// instrumented is a pdp.Provider whose views give each decision its id, turn a
// panic into a deny, and tell record of the decision.
type instrumented struct {
	views  pdp.Provider
	panics func(value any, stack []byte)
	record func(r *pdp.Request, d *pdp.Decision, took time.Duration) // nil: the door has its own
}

// Current implements pdp.Provider.
func (p *instrumented) Current() pdp.View { return view{p.views.Current(), p} }

type view struct {
	pdp.View
	p *instrumented
}

// Decide implements pdp.View.
func (v view) Decide(r *pdp.Request) pdp.Decision {
	start := time.Now()
	d := v.decide(r)
	if d.Allowed() != (d.Reason.Class() == pdp.ClassAllow) { // they always agree, or it is a bug of the engine
		d = pdp.Denied(pdp.ReasonInternal, "the effect contradicts the reason "+d.Reason.String())
		d.Revision = v.Revision()
	}
	d.ID = newID()
	if v.p.record != nil {
		v.p.record(r, &d, time.Since(start))
	}
	return d
}

func (v view) decide(r *pdp.Request) (d pdp.Decision) {
	defer func() {
		if value := recover(); value != nil {
			d = pdp.Denied(pdp.ReasonInternal, "")
			d.Revision = v.Revision()
			v.p.panics(value, debug.Stack())
		}
	}()
	return v.View.Decide(r)
}

// newID returns a fresh decision id, or none: a decision does not depend on
// whether randomness can be had.
func newID() pdp.ID {
	id, err := uuid.NewV7()
	if err != nil {
		return pdp.ID{}
	}
	return pdp.ID(id)
}

// onPanic counts a caught panic and logs where it came from.
func (m *metrics) onPanic(log *slog.Logger) func(value any, stack []byte) {
	return func(value any, stack []byte) {
		m.panics.Inc()
		log.Error("panic; the call ended without an allow", "panic", fmt.Sprint(value), "stack", string(stack))
	}
}
