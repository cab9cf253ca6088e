package policystore

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the store's own numbers. What describes the snapshot is collected
// from the store at scrape time, so that no two of them can disagree.
type metrics struct {
	reloads  *prometheus.CounterVec
	duration prometheus.Histogram
	lost     prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayi_reload_total",
			Help: "Looks at the policy source, by result: success (a new snapshot), unchanged, failure (the last good snapshot serves on).",
		}, []string{"result"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:                            "mayi_reload_duration_seconds",
			Help:                            "How long looks at the policy source took that compiled something, from reading to publishing.",
			Buckets:                         []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mayi_watch_lost_total",
			Help: "Times that changes of the policy source may have been missed: overflow, a watch that died, or none to be had.",
		}),
	}
	for _, r := range []Result{ResultSuccess, ResultUnchanged, ResultFailure} {
		m.reloads.WithLabelValues(string(r)) // shown from the start, as zero
	}
	return m
}

// register hands all collectors to r, or none.
func (s *Store) register(r prometheus.Registerer) error {
	var done []prometheus.Collector
	for _, c := range []prometheus.Collector{s.metrics.reloads, s.metrics.duration, s.metrics.lost, collector{s}} {
		if err := r.Register(c); err != nil {
			for _, c := range done {
				r.Unregister(c)
			}
			return err
		}
		done = append(done, c)
	}
	return nil
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// The descriptions are constants in all but name: nothing changes them.
var (
	descReady      = desc("mayi_snapshot_ready", "Whether there is a snapshot to decide with (1) or not (0).")
	descGood       = desc("mayi_reload_last_successful", "Whether the policy source held a good bundle at the last look (1) or not (0).")
	descAttempt    = desc("mayi_reload_last_attempt_timestamp_seconds", "When the policy source was last looked at.")
	descEvents     = desc("mayi_watch_events", "Whether the operating system reports changes of the policy source (1) or it is polled often (0).")
	descInfo       = desc("mayi_snapshot_info", "The revision that decides; always 1.", "revision")
	descLoaded     = desc("mayi_snapshot_loaded_timestamp_seconds", "When the snapshot that decides was published.")
	descConfirmed  = desc("mayi_snapshot_confirmed_timestamp_seconds", "When the policy source was last seen to hold exactly the snapshot that decides.")
	descAge        = desc("mayi_snapshot_age_seconds", "How long ago the policy source was last seen to hold exactly the snapshot that decides.")
	descPolicies   = desc("mayi_snapshot_policies", "Policies in the snapshot that decides, inline ones included.")
	descStatements = desc("mayi_snapshot_statements", "Statements in the snapshot that decides.")
)

// collector shows a store's Status as metrics.
type collector struct{ s *Store }

func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descReady, descGood, descAttempt, descEvents, descInfo,
		descLoaded, descConfirmed, descAge, descPolicies, descStatements,
	} {
		to <- d
	}
}

func (c collector) Collect(to chan<- prometheus.Metric) {
	st := c.s.Status()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(descReady, truth(st.Ready))
	gauge(descEvents, truth(st.Watch == "events"))
	gauge(descGood, truth(st.Attempts > 0 && st.ProblemCount == 0))
	if st.Attempts > 0 {
		gauge(descAttempt, seconds(st.LastAttempt))
	}
	if !st.Ready {
		return
	}
	gauge(descInfo, 1, st.Revision)
	gauge(descLoaded, seconds(st.LoadedAt))
	gauge(descConfirmed, seconds(st.ConfirmedAt))
	gauge(descAge, max(0, c.s.o.Now().Sub(st.ConfirmedAt).Seconds()))
	gauge(descPolicies, float64(st.Counts.Policies))
	gauge(descStatements, float64(st.Counts.Statements))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }
