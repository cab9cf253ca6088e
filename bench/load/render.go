package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A rendering is a table between two markers of README.md, made of the runs of an
// experiment.
type rendering struct {
	marker, experiment string
	table              func(*Report) string
}

func tables() []rendering {
	return []rendering{
		{"check", "check", checkTable},
		{"check-latency", "check", latencyTable},
		{"envoy", "envoy", envoyTable},
		{"reload", "reload", reloadTable},
		{"lean", "lean", leanTable},
	}
}

// Render writes the tables of all results that are there into README.md, each
// between <!-- begin:NAME --> and <!-- end:NAME -->.
func Render(o *Options) error {
	name := filepath.Join(o.Dir, "README.md")
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	page := string(data)
	for _, t := range tables() {
		r, err := o.load(t.experiment)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if page, err = between(page, t.marker, t.table(r)+r.footer()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if page == string(data) {
		return nil
	}
	return os.WriteFile(name, []byte(page), 0o644)
}

// between replaces what stands between two markers.
func between(page, marker, text string) (string, error) {
	begin, end := "<!-- begin:"+marker+" -->\n", "<!-- end:"+marker+" -->"
	before, rest, ok := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("no %s … %s", strings.TrimSpace(begin), end)
	}
	return before + begin + text + end + after, nil
}

// footer says where the numbers are from.
func (r *Report) footer() string {
	rounds := 0
	for i := range r.Runs {
		rounds = max(rounds, r.Runs[i].Round)
	}
	return fmt.Sprintf("\n%s, %d cores, %s, revision %s, %s; median (from–to) of %d rounds; raw runs in results/load-%s.json.\n",
		r.Machine.CPU, r.Machine.Cores, r.Machine.Go, r.Machine.Revision, r.Made, rounds, r.Experiment)
}

// A table is Markdown in the making.
type table struct{ strings.Builder }

func (t *table) row(columns ...string) { t.WriteString("| " + strings.Join(columns, " | ") + " |\n") }

func (t *table) head(columns ...string) {
	t.row(columns...)
	t.WriteString(strings.Repeat("|---", len(columns)) + "|\n")
}

// checkTable is calls a second and CPU a call.
func checkTable(r *Report) string {
	t := &table{}
	t.head("over", "in flight", "server", "calls/s", "× stock", "server CPU a call, µs", "× stock", "generator's core busy, %")
	for _, transport := range []string{"unix", "tcp"} {
		for _, f := range flights {
			load := fmt.Sprintf("closed %d", f.inFlight)
			base := cell{stockName, transport, load}
			for _, name := range r.servers(append([]string{stockName}, mayiNames("W2", "W3")...)...) {
				c := cell{name, transport, load}
				if len(r.of(c)) == 0 {
					continue
				}
				t.row(transport, fmt.Sprint(f.inFlight), name, r.over(c, perSecond).show("%.0f"), r.ratio(c, base, perSecond).show("%.2f"),
					r.over(c, perCall).show("%.1f"), r.ratio(c, base, perCall).show("%.2f"), fmt.Sprintf("%.0f", r.over(c, busy).median))
			}
		}
	}
	return t.String() + r.judged(mayiNames("W2", "W3")...)
}

// judged says how many answers were compared.
func (r *Report) judged(names ...string) string {
	var calls, failed, wrong int64
	for _, name := range names {
		calls += r.sum(name, func(r *Run) int64 { return r.Calls })
		failed += r.sum(name, func(r *Run) int64 { return r.Failed })
		wrong += r.sum(name, func(r *Run) int64 { return r.Wrong })
	}
	return fmt.Sprintf("\nOf MayI's %d answers, each compared with what the workload wants, %d failed and %d were wrong.\n", calls, failed, wrong)
}

// latencyTable is the open loop.
func latencyTable(r *Report) string {
	t := &table{}
	t.head("over", "calls/s", "server", "p50, µs", "p99, µs", "p99.9, µs", "server CPU a call, µs", "× stock")
	for _, transport := range []string{"unix", "tcp"} {
		base := cell{stockName, transport, "open"}
		for _, name := range r.servers(append([]string{stockName}, mayiNames("W2", "W3")...)...) {
			c := cell{name, transport, "open"}
			if runs := r.of(c); len(runs) > 0 {
				t.row(transport, fmt.Sprintf("%.0f", runs[0].Rate), name, r.over(c, p50).show("%.0f"), r.over(c, p99).show("%.0f"),
					r.over(c, p999).show("%.0f"), r.over(c, perCall).show("%.1f"), r.ratio(c, base, perCall).show("%.2f"))
			}
		}
	}
	return t.String()
}
