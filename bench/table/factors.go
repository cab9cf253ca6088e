package table

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/bench/peer"
	"github.com/mayi-authz/mayi/bench/result"
)

// A factor is one promise and what was measured of it.
type factor struct {
	what, target string
	cases        []outcome
}

// An outcome is a factor on one workload.
type outcome struct {
	workload string
	text     string
	short    float64 // by how much it is missed: over 1 is missed
}

// The promises on the time of a decision: MayI's beside another's.
var promised = []struct {
	engine string
	faster float64 // at least; below 1: MayI may take that much of the other's inverse
}{
	{"floor", 0.5}, {"minio", 10}, {"cedar", 40}, {"cedar-own", 40}, {"opa-rules", 60}, {"opa-data", 60},
}

// factors shows each promise: reached on which workloads, and the worst.
func (t *tables) factors() string {
	all := t.speed()
	all = append(all, t.allocationFactor())
	all = append(all, t.growthFactors()...)
	all = append(all, t.loadFactors()...)
	g := newGrid("what", "target", "reached", "least favourable", "misses by")
	for _, f := range all {
		g.row(f.cells()...)
	}
	return strings.Replace(g.String(), "|---|--:|--:|--:|--:|", "|---|---|---|---|---|", 1)
}

func (f *factor) cells() []string {
	if len(f.cases) == 0 {
		return []string{f.what, f.target, "not measured", "–", "–"}
	}
	reached, worst := 0, f.cases[0]
	var missed []string
	for _, c := range f.cases {
		if c.short <= 1 {
			reached++
		} else {
			missed = append(missed, c.workload)
		}
		if c.short > worst.short {
			worst = c
		}
	}
	verdict, by := fmt.Sprintf("**yes**, on %d of %d", reached, len(f.cases)), "–"
	if len(f.cases) == 1 {
		verdict = "**yes**"
	}
	if worst.short > 1 {
		verdict = fmt.Sprintf("**no**: %d of %d; not %s", reached, len(f.cases), strings.Join(missed, ", "))
		if len(f.cases) == 1 {
			verdict = "**no**"
		}
		by = short(worst.short) + "×"
	}
	return []string{f.what, f.target, verdict, worst.workload + ": " + worst.text, by}
}

func (t *tables) speed() (list []factor) {
	for _, p := range promised {
		f := factor{what: "decision beside " + p.engine, target: fmt.Sprintf("≥ %.0f× faster", p.faster)}
		if p.faster < 1 {
			f.target = fmt.Sprintf("≤ %.0f× its time", 1/p.faster)
		}
		for i := range t.Runs {
			w := &t.Runs[i]
			us, e := w.Of(peer.MayI.Name), w.Of(p.engine)
			if us == nil || e == nil || e.LeftOut != "" || apart(w.Name) {
				continue
			}
			s := spreadOf(ratios(t.ns(e), t.ns(us)))
			text := s.times()
			if p.faster < 1 {
				text = spreadOf(ratios(t.ns(us), t.ns(e))).times()
			}
			f.cases = append(f.cases, outcome{w.Name, text, p.faster / s.median})
		}
		list = append(list, f)
	}
	return list
}

// apart tells workloads in which every statement matches action and resource: the
// promises leave them out, the tables show them.
func apart(workload string) bool { return strings.HasPrefix(workload, "W7") }

func (t *tables) allocationFactor() factor {
	f := factor{what: "allocations of a decision", target: "0"}
	for i := range t.Runs {
		if us := t.Runs[i].Of(peer.MayI.Name); us != nil {
			most := median(us.Allocs)
			o := outcome{workload: t.Runs[i].Name, text: fmt.Sprintf("%.3f", most)}
			if most >= 0.01 { // what the runtime itself does in a batch is not a decision's
				o.short = 1 + most
			}
			f.cases = append(f.cases, o)
		}
	}
	return f
}

func (t *tables) growthFactors() []factor {
	flat := factor{what: "one principal with 10,000 statements beside one with 100", target: "≤ 2×"}
	for _, family := range []string{"W4", "W4/prefix", "W4/inner"} {
		if o, ok := t.growthOf(family+"/10000", family+"/100"); ok {
			o.workload = family
			flat.cases = append(flat.cases, o)
		}
	}
	bundle := factor{what: "W3 (100,000 statements) beside W2 (4,000)", target: "≤ 2×"}
	if o, ok := t.growthOf("W3", "W2"); ok {
		bundle.cases = append(bundle.cases, o)
	}
	return []factor{flat, bundle}
}

func (t *tables) growthOf(large, small string) (o outcome, ok bool) {
	a, b := t.Run(large), t.Run(small)
	if a == nil || b == nil {
		return o, false
	}
	s := spreadOf(ratios(t.ns(a.Of(peer.MayI.Name)), t.ns(b.Of(peer.MayI.Name))))
	return outcome{large, s.times(), s.median / 2}, true
}

func (t *tables) loadFactors() []factor {
	load := factor{what: "load of 100,000 statements, from bytes to engine", target: "≤ 0.8 s"}
	heap := factor{what: "heap growth less the JSON's bytes, a simple statement", target: "≤ 150 bytes"}
	for i := range t.Runs {
		w := &t.Runs[i]
		us := w.Of(peer.MayI.Name)
		if us == nil || w.Statements < 90_000 {
			continue
		}
		s := spreadOf(us.Load)
		load.cases = append(load.cases, outcome{w.Name, t.loadText(us), s.median / 0.8})
		if strings.HasPrefix(w.Name, "W4") { // W3 has a directory of 10,000 and conditions
			net := float64(us.Heap-w.Bundle) / float64(w.Statements)
			heap.cases = append(heap.cases, outcome{w.Name, fmt.Sprintf("%.0f bytes", net), max(net, 0) / 150})
		}
	}
	return []factor{load, heap}
}

// growth shows the families that grow, size by size.
func (t *tables) growth() string {
	sizes := []string{"100", "1000", "10000", "100000"}
	g := newGrid(slices.Concat([]string{"engine", "family"}, sizes, []string{"10,000 : 100"})...)
	for _, n := range t.names() {
		for _, family := range []string{"W4", "W4/prefix", "W4/inner"} {
			cells, at := []string{n, family}, make(map[string]*result.Engine)
			for _, size := range sizes {
				text := "–"
				if w := t.Run(family + "/" + size); w != nil {
					if e := w.Of(n); e != nil && e.LeftOut == "" {
						text, at[size] = took(median(t.ns(e))), e
					}
				}
				cells = append(cells, text)
			}
			last := "–"
			if at["100"] != nil && at["10000"] != nil {
				last = spreadOf(ratios(t.ns(at["10000"]), t.ns(at["100"]))).times()
			}
			g.row(append(cells, last)...)
		}
	}
	return g.String()
}

// load shows how long loading takes and what it leaves on the heap.
func (t *tables) load() string {
	g := newGrid("workload", "statements", "JSON a statement", "engine", "load", "heap a statement", "less its JSON")
	for i := range t.Runs {
		w := &t.Runs[i]
		if w.Statements < 4_000 {
			continue
		}
		for _, e := range w.Engines {
			if e.LeftOut != "" {
				continue
			}
			n := float64(w.Statements)
			heap := float64(e.Heap) / n
			net := math.Round(heap - float64(w.Bundle)/n)
			g.row(w.Name, grouped(int64(w.Statements)), fmt.Sprintf("%.0f B", float64(w.Bundle)/n), e.Name, t.loadText(&e), fmt.Sprintf("%s B", short(math.Round(heap))), fmt.Sprintf("%.0f B", net))
		}
	}
	return g.String()
}

// loadText is how long loading takes; where others use the machine, beside what it
// takes of its processors.
func (t *tables) loadText(e *result.Engine) string {
	s := spreadOf(e.Load)
	text := fmt.Sprintf("%.2f s", s.median)
	if len(e.Load) > 1 {
		text += fmt.Sprintf(" (%.2f–%.2f)", s.min, s.max)
	}
	if t.cpu && len(e.LoadCPU) > 0 {
		text += fmt.Sprintf(", %.2f s of processors", median(e.LoadCPU))
	}
	return text
}
