package load

import (
	"context"
	"fmt"
	"time"
)

// The lean servers are not for use; see load/lean.
const (
	leanName    = "lean loop, always OK, no codec"
	leanDecoded = "lean loop, always OK, generated codec"
	leanMayI    = "lean loop, MayI, W2"
)

// Lean measures what an HTTP/2 loop of its own would bring the ext_authz listener.
func Lean(ctx context.Context, o *Options) error {
	dir, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove()
	b, err := o.build(ctx, dir)
	if err != nil {
		return err
	}
	report := o.newReport(ctx, "lean")
	w, err := newScenario("W2", dir)
	if err != nil {
		return err
	}
	var targets []target
	defer func() {
		for _, t := range targets {
			t.end()
		}
	}()
	for _, s := range []struct {
		name, binary string
		args         []string
	}{
		{stockName, b.stock, nil}, {leanDecoded, b.lean, []string{"-decode"}}, {leanName, b.lean, nil},
		{leanMayI, b.lean, []string{"-bundle", w.bundle}},
	} {
		started, err := simple(ctx, s.name, serverCore, s.binary, fmt.Sprintf("unix:%s/%d.sock", dir, len(targets)), s.args...)
		if err != nil {
			return err
		}
		targets = append(targets, target{started, w.checks, s.name == leanMayI})
	}
	mayi, err := serveMayI(ctx, "MayI, W2", serverCore, b.mayi, w.bundle, dir, "unix:"+dir+"/mayi.sock")
	if err != nil {
		return err
	}
	targets = append(targets, target{mayi, w.checks, true})
	m := &matrix{o: o, report: report, pace: o.pace(pace{6, 300 * time.Millisecond, 1200 * time.Millisecond})}
	if err := m.measure(ctx, targets); err != nil {
		return err
	}
	return o.finish(report)
}

func leanTable(r *Report) string {
	t := &table{}
	t.head("in flight", "server", "calls/s", "× stock", "server CPU a call, µs", "× stock", "p50, µs", "p99, µs")
	loads := []string{"open"}
	for _, f := range flights {
		loads = append(loads, fmt.Sprintf("closed %d", f.inFlight))
	}
	for _, load := range loads {
		base := cell{stockName, "unix", load}
		for _, name := range r.servers(stockName, leanDecoded, leanName, "MayI, W2", leanMayI) {
			c := cell{name, "unix", load}
			if len(r.of(c)) == 0 {
				continue
			}
			t.row(load, name, r.over(c, perSecond).show("%.0f"), r.ratio(c, base, perSecond).show("%.2f"), r.over(c, perCall).show("%.1f"),
				r.ratio(c, base, perCall).show("%.2f"), r.over(c, p50).show("%.0f"), r.over(c, p99).show("%.0f"))
		}
	}
	return t.String()
}
