package table

import (
	"fmt"
	"math"
	"slices"

	"github.com/mayi-authz/mayi/bench/result"
)

// A spread is the median of what the rounds gave, with the least and the most.
type spread struct{ median, min, max float64 }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return spread{math.NaN(), math.NaN(), math.NaN()}
	}
	return spread{(sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[0], sorted[n-1]}
}

func median(values []float64) float64 { return spreadOf(values).median }

// ratios divides round by round: what disturbed a round disturbed both.
func ratios(over, under []float64) []float64 {
	list := make([]float64, min(len(over), len(under)))
	for i := range list {
		list[i] = over[i] / under[i]
	}
	return list
}

// times is "12×", "1.4×".
func (s spread) times() string {
	return fmt.Sprintf("%s× (%s–%s)", short(s.median), short(s.min), short(s.max))
}

// short writes a number with two or three digits that mean something.
func short(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return grouped(int64(math.Round(v)))
}

func grouped(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// took writes nanoseconds in the unit that fits.
func took(ns float64) string {
	switch {
	case math.IsNaN(ns):
		return "–"
	case ns < 1e3:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e6:
		return short(ns/1e3) + " µs"
	}
	return short(ns/1e6) + " ms"
}

// ns is what the tables take for the time of a decision.
func (t *tables) ns(e *result.Engine) []float64 {
	if t.cpu {
		return e.CPU
	}
	return e.NS
}
