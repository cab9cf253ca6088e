package load

import (
	"context"
	"fmt"
	"time"
)

// The servers of load/lean: MayI's own loop without MayI's decision.
const (
	leanName    = "lean loop, always OK, no codec"
	leanDecoded = "lean loop, always OK, generated codec"
)

// Lean measures what the HTTP/2 loop of the listener for Checks costs, alone and with
// the generated codec, beside what stands in its place elsewhere.
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
	} {
		started, err := simple(ctx, s.name, serverCore, s.binary, fmt.Sprintf("unix:%s/%d.sock", dir, len(targets)), s.args...)
		if err != nil {
			return err
		}
		targets = append(targets, target{started, w.checks, false})
	}
	for _, listener := range []string{sharedListener, ownListener} {
		mayi, err := serveMayI(ctx, listener, "W2", serverCore, b.mayi, w.bundle, dir, "unix:"+dir+"/"+listener+".sock")
		if err != nil {
			return err
		}
		targets = append(targets, target{mayi, w.checks, true})
	}
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
		for _, name := range r.servers(append([]string{stockName, leanDecoded, leanName}, mayiNames("W2")...)...) {
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
