package server

import (
	"log/slog"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
)

// observers makes what the doors report to.
type observers struct {
	metrics *metrics
	denies  *denyLog
	log     *slog.Logger
}

// forProxy returns the observer of a door for HTTP traffic.
func (o *observers) forProxy(name string) door.Observer {
	return &proxyObserver{observers: o, door: o.metrics.forDoor(name)}
}

type proxyObserver struct {
	*observers
	door *doorMetrics
}

// Observe implements door.Observer.
func (p *proxyObserver) Observe(name string, o *door.Outcome, v *door.Verdict, took time.Duration) {
	p.door.observe(&o.Decision, took)
	if o.Stack != nil {
		p.metrics.onPanic(p.log)(o.Decision.Detail, o.Stack)
	}
	if !o.Decision.Allowed() && p.denies.enabled() {
		p.denies.outcome(name, o, v)
	}
}

// views wraps a provider for one Decide door: its decisions are counted and
// logged as they are made.
func (o *observers) views(name string, views pdp.Provider) pdp.Provider {
	m := o.metrics.forDoor(name)
	return &instrumented{views: views, ids: idSource{now: time.Now}, panics: o.metrics.onPanic(o.log), record: func(r *pdp.Request, d *pdp.Decision, took time.Duration) {
		m.observe(d, took)
		if !d.Allowed() && o.denies.enabled() {
			o.denies.decide(name, r, d)
		}
	}}
}

// identified wraps a provider for a door that has an observer of its own.
func (o *observers) identified(views pdp.Provider) pdp.Provider {
	return &instrumented{views: views, ids: idSource{now: time.Now}, panics: o.metrics.onPanic(o.log)}
}

// rejected returns the counter of calls that a door refused before any decision,
// with its series made up front.
func (o *observers) rejected(name string, reasons []string) func(reason string) {
	for _, reason := range reasons {
		o.metrics.rejected.WithLabelValues(name, reason)
	}
	return func(reason string) { o.metrics.rejected.WithLabelValues(name, reason).Inc() }
}
