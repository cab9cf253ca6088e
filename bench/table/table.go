package table

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/bench/peer"
	"github.com/mayi-authz/mayi/bench/result"
)

type tables struct {
	*result.File
	cpu bool
}

// Render returns the sections of the page by the names of their markers. cpu takes
// the process's processor time instead of the wall's, for a machine that others use.
func Render(f *result.File, cpu bool) map[string]string {
	t := &tables{f, cpu}
	return map[string]string{
		"machine": t.machine(), "factors": t.factors(), "decisions": t.decisions(), "ratios": t.ratios(), "growth": t.growth(),
		"allocations": t.allocations(), "load": t.load(), "engines": t.engines(), "left-out": t.leftOut(),
	}
}

// Replace puts sections between their markers in a page:
//
//	<!-- begin:name -->
//	<!-- end:name -->
func Replace(page string, sections map[string]string) (string, error) {
	var errs []error
	for _, name := range sortedKeys(sections) {
		begin, end := "<!-- begin:"+name+" -->\n", "<!-- end:"+name+" -->"
		head, rest, ok := strings.Cut(page, begin)
		_, tail, closed := strings.Cut(rest, end)
		if !ok || !closed {
			errs = append(errs, fmt.Errorf("the page has no section %q between %q and %q", name, strings.TrimSpace(begin), end))
			continue
		}
		page = head + begin + sections[name] + end + tail
	}
	return page, errors.Join(errs...)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// A grid is a table in Markdown.
type grid struct{ b strings.Builder }

func newGrid(columns ...string) *grid {
	g := new(grid)
	g.row(columns...)
	g.b.WriteString("|---" + strings.Repeat("|--:", len(columns)-1) + "|\n")
	return g
}

func (g *grid) row(cells ...string) { g.b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }

func (g *grid) String() string { return g.b.String() }

// names are the engines of the file, in the order of its runs.
func (t *tables) names() (names []string) {
	for i := range t.Runs {
		for j := range t.Runs[i].Engines {
			if n := t.Runs[i].Engines[j].Name; !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// each makes a grid of workloads and engines.
func (t *tables) each(skip string, cell func(w *result.Workload, e *result.Engine) string) string {
	var names []string
	for _, n := range t.names() {
		if n != skip {
			names = append(names, n)
		}
	}
	g := newGrid(slices.Concat([]string{"workload"}, names)...)
	for i := range t.Runs {
		w := &t.Runs[i]
		cells := []string{w.Name}
		for _, n := range names {
			text := "–"
			if e := w.Of(n); e != nil && e.LeftOut == "" {
				text = cell(w, e)
			}
			cells = append(cells, text)
		}
		g.row(cells...)
	}
	return g.String()
}

func (t *tables) machine() string {
	kind := "full"
	if t.Quick {
		kind = "quick"
	}
	text := fmt.Sprintf("A %s run of %s on %s (%s, %d processors), %s, revision %s; %.0f minutes.", kind, t.Date[:10], t.Platform, t.CPU, t.CPUs, t.Go, t.Revision, math.Ceil(t.Took/60))
	if waited := t.waited(); t.cpu {
		text += fmt.Sprintf(" Others used the machine: MayI's and the floor's batches took %s× as long as they ran. Times are the processor's, of the whole process, garbage collection on its other threads included.", short(waited))
	} else {
		text += fmt.Sprintf(" Times are the wall's; MayI's and the floor's batches took %s× as long as they ran.", short(waited))
	}
	return text + "\n"
}

// waited is how much longer than it ran an engine took that allocates nothing: 1 on a
// machine of one's own.
func (t *tables) waited() float64 {
	var list []float64
	for i := range t.Runs {
		for _, n := range []string{peer.MayI.Name, peer.Floor.Name} {
			if e := t.Runs[i].Of(n); e != nil {
				list = append(list, ratios(e.NS, e.CPU)...)
			}
		}
	}
	return median(list)
}

func (t *tables) decisions() string {
	return t.each("", func(_ *result.Workload, e *result.Engine) string { return took(median(t.ns(e))) })
}

func (t *tables) ratios() string {
	return t.each(peer.MayI.Name, func(w *result.Workload, e *result.Engine) string {
		us := w.Of(peer.MayI.Name)
		if us == nil {
			return "–"
		}
		return spreadOf(ratios(t.ns(e), t.ns(us))).times()
	})
}

func (t *tables) allocations() string {
	return t.each("", func(_ *result.Workload, e *result.Engine) string {
		allocs := median(e.Allocs)
		if allocs < 0.05 {
			return "0"
		}
		return fmt.Sprintf("%s (%s B)", short(allocs), grouped(int64(median(e.Bytes))))
	})
}

func (t *tables) engines() string {
	g := newGrid("engine", "how it is asked")
	var about = make(map[string]string)
	for _, p := range peer.All {
		about[p.Name] = p.About
	}
	for _, n := range t.names() {
		g.row(n, about[n])
	}
	text := g.String() + "\nVersions:"
	for _, m := range sortedKeys(t.Peers) {
		text += " " + m + " " + t.Peers[m] + ","
	}
	return strings.TrimSuffix(text, ",") + ".\n"
}

// leftOut says why cells are empty.
func (t *tables) leftOut() string {
	reasons := make(map[string][]string) // workloads
	var order []string
	for i := range t.Runs {
		for _, e := range t.Runs[i].Engines {
			if e.LeftOut != "" {
				key := e.Name + ": " + e.LeftOut
				if reasons[key] == nil {
					order = append(order, key)
				}
				reasons[key] = append(reasons[key], t.Runs[i].Name)
			}
		}
	}
	slices.Sort(order)
	var b strings.Builder
	for _, key := range order {
		fmt.Fprintf(&b, "- %s (%s)\n", key, strings.Join(reasons[key], ", "))
	}
	if b.Len() == 0 {
		return "Nothing.\n"
	}
	return b.String()
}
