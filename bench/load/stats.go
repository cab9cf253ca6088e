package load

import (
	"fmt"
	"slices"
)

// A spread is what the rounds came to.
type spread struct{ median, min, max float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	return spread{(s[(n-1)/2] + s[n/2]) / 2, s[0], s[n-1]}
}

// show renders a spread: the median, and from where to where the rounds were.
func (s spread) show(format string) string {
	return fmt.Sprintf(format+" ("+format+"–"+format+")", s.median, s.min, s.max)
}

// cell names the runs that stand in one row of a table.
type cell struct{ server, transport, load string }

func (r *Report) of(c cell) (runs []*Run) {
	for i := range r.Runs {
		if run := &r.Runs[i]; run.Server == c.server && run.Transport == c.transport && run.Load == c.load {
			runs = append(runs, run)
		}
	}
	return runs
}

// over is the spread of a number over the rounds of a cell.
func (r *Report) over(c cell, number func(*Run) float64) spread {
	var list []float64
	for _, run := range r.of(c) {
		list = append(list, number(run))
	}
	return spreadOf(list)
}

// difference is the spread of a number above another cell's in the same round.
func (r *Report) difference(c, base cell, number func(*Run) float64) spread {
	var list []float64
	for _, run := range r.of(c) {
		for _, b := range r.of(base) {
			if b.Round == run.Round {
				list = append(list, number(run)-number(b))
			}
		}
	}
	return spreadOf(list)
}

// ratio is the spread of a number as a multiple of another cell's in the same round.
func (r *Report) ratio(c, base cell, number func(*Run) float64) spread {
	var list []float64
	for _, run := range r.of(c) {
		for _, b := range r.of(base) {
			if b.Round == run.Round && number(b) > 0 {
				list = append(list, number(run)/number(b))
			}
		}
	}
	return spreadOf(list)
}

// sum adds up a number over all runs of a server.
func (r *Report) sum(server string, number func(*Run) int64) (total int64) {
	for i := range r.Runs {
		if server == "" || r.Runs[i].Server == server {
			total += number(&r.Runs[i])
		}
	}
	return total
}

// servers are the names in the order of their first run, sorted to be the same
// whoever began.
func (r *Report) servers(order ...string) (names []string) {
	names = order
	for i := range r.Runs {
		if name := r.Runs[i].Server; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func perSecond(r *Run) float64 { return r.PerSecond() }
func perCall(r *Run) float64 {
	if len(r.CPU) == 0 {
		return 0
	}
	return r.PerCall(0)
}
func p50(r *Run) float64  { return r.P50 }
func p99(r *Run) float64  { return r.P99 }
func p999(r *Run) float64 { return r.P999 }
func busy(r *Run) float64 { return 100 * r.Self.Seconds() / r.For.Seconds() }
