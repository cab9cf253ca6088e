package server

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mayi-authz/mayi/pdp"
)

// Names of doors, as they stand in metrics and log lines.
const (
	doorExtAuthz = "ext_authz"
	doorDecide   = "decide"
	doorJSON     = "decide_json"
	doorGRPC     = "grpc" // what the gRPC server refused before it knew the door
)

// metrics holds the server's own collectors; components have theirs.
type metrics struct {
	decisions *prometheus.CounterVec
	rejected  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	panics    prometheus.Counter
}

func newMetrics(r prometheus.Registerer, version string, dryRun bool, ready func() bool) (*metrics, error) {
	m := &metrics{
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayi_decisions_total",
			Help: "Decisions by effect, reason and door.",
		}, []string{"effect", "reason", "door"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayi_rejected_requests_total",
			Help: "Calls that were refused before any decision, by door and reason.",
		}, []string{"door", "reason"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mayi_decision_duration_seconds",
			Help: "How long a decision took: on ext_authz from the request read to the answer made, on decide the evaluation alone.",
			// Classic buckets stay beside the native ones for scrapers that know only those.
			Buckets:                         []float64{1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2.5e-2, .1, .5},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  160,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"door"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mayi_panics_total",
			Help: "Panics that were caught; each was answered with a deny.",
		}),
	}
	gauge := func(name, help string, labels prometheus.Labels, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, value)
	}
	return m, register(r,
		m.decisions, m.rejected, m.seconds, m.panics,
		gauge("mayi_build_info", "1, labelled with what this binary is.",
			prometheus.Labels{"version": version, "go_version": runtime.Version()}, func() float64 { return 1 }),
		gauge("mayi_ready", "1 if /readyz says so.", nil, func() float64 { return number(ready()) }),
		gauge("mayi_dry_run", "1 if ext_authz lets through what it would deny.", nil, func() float64 { return number(dryRun) }),
	)
}

func register(r prometheus.Registerer, collectors ...prometheus.Collector) error {
	for _, c := range collectors {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// forDoor returns the counters of one door, made up front: the request path
// looks nothing up by its labels.
func (m *metrics) forDoor(door string) *doorMetrics {
	d := &doorMetrics{seconds: m.seconds.WithLabelValues(door)}
	for _, reason := range pdp.Reasons() {
		effect := pdp.Deny
		if reason.Class() == pdp.ClassAllow {
			effect = pdp.Allow
		}
		d.decisions = append(d.decisions, m.decisions.WithLabelValues(effect.String(), reason.String(), door))
	}
	return d
}

type doorMetrics struct {
	decisions []prometheus.Counter // by reason; its class settles the effect
	seconds   prometheus.Observer
}

func (d *doorMetrics) observe(decision *pdp.Decision, took time.Duration) {
	d.decisions[decision.Reason].Inc()
	d.seconds.Observe(took.Seconds())
}
