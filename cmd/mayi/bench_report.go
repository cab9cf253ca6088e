package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// quantiles are those that are told.
var quantiles = []struct {
	name string
	q    float64
}{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}

func (m *measurement) rate() float64 {
	return float64(m.Decisions) / m.Took.Seconds()
}

// perDecision rounds down to a thousandth: what the runtime itself allocates in the
// background is less than that.
func (m *measurement) perDecision(n uint64) float64 {
	return float64(n*1000/uint64(m.Requests)) / 1000
}

// writeJSON writes one line for programs. Durations are in nanoseconds.
func (m *measurement) writeJSON(w io.Writer) error {
	type bucket struct {
		From  int64  `json:"from_ns"`
		Below int64  `json:"below_ns"`
		Count uint64 `json:"count"`
	}
	latency := map[string]int64{"max": int64(m.Latencies.max), "mean": int64(m.Latencies.sum) / int64(max(m.Latencies.total, 1))}
	for _, q := range quantiles {
		latency[q.name] = int64(m.Latencies.quantile(q.q))
	}
	buckets := []bucket{}
	for i, n := range m.Latencies.counts {
		if n > 0 {
			buckets = append(buckets, bucket{int64(bucketFloor(i)), int64(bucketFloor(i + 1)), n})
		}
	}
	data, err := json.Marshal(struct {
		Name        string           `json:"name"`
		Revision    string           `json:"revision"`
		Counts      *counts          `json:"counts"`
		LoadSeconds float64          `json:"load_seconds"`
		Requests    int              `json:"requests"`
		Answers     []answers        `json:"answers"`
		Workers     int              `json:"workers"`
		Decisions   uint64           `json:"decisions"`
		Seconds     float64          `json:"seconds"`
		Rate        float64          `json:"decisions_per_second"`
		Allocations float64          `json:"allocations_per_decision"`
		Bytes       float64          `json:"bytes_per_decision"`
		Timed       uint64           `json:"timed_decisions"`
		Clock       int64            `json:"clock_ns"`
		Latency     map[string]int64 `json:"latency_ns"`
		Histogram   []bucket         `json:"histogram"`
	}{
		m.Name, m.Revision, m.Counts, m.Load.Seconds(), m.Requests, m.Answers, m.Workers, m.Decisions, m.Took.Seconds(), m.rate(),
		m.perDecision(m.Mallocs), m.perDecision(m.Bytes), m.Latencies.total, int64(m.Clock), latency, buckets,
	})
	if err != nil {
		return err
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// writePretty writes tables and a histogram for people.
func (m *measurement) writePretty(w io.Writer, p *program) error {
	took := (2 * m.Took).Round(10 * time.Millisecond)
	latency := ""
	for _, q := range quantiles {
		latency += fmt.Sprintf("%s %s  ", q.name, readable(m.Latencies.quantile(q.q)))
	}
	rows := [][]string{
		{"bundle", fmt.Sprintf("%s: %s; loaded in %s", m.Name, m.Counts, readable(m.Load))},
		{"requests", fmt.Sprintf("%s, asked round and round by %d workers for %s", grouped(uint64(m.Requests)), m.Workers, took)},
		{"rate", grouped(uint64(m.rate())) + " decisions a second"},
		{"allocations", fmt.Sprintf("%g a decision, %.0f bytes", m.perDecision(m.Mallocs), m.perDecision(m.Bytes))},
		{"latency", latency + "max " + readable(m.Latencies.max)},
	}
	for i, a := range m.Answers {
		name := "answers"
		if i > 0 {
			name = ""
		}
		rows = append(rows, []string{name, fmt.Sprintf("%5.1f %%  %s %s", 100*a.Share, a.Decision, a.Reason)})
	}
	if err := table(w, rows); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return m.writeBars(w, p)
}

// defaultWidth is that of a terminal that does not say how wide it is.
const defaultWidth, minWidth, maxRows = 80, 40, 20

// writeBars draws the latencies: a bar for each range, as long as its share. The
// last one is of the slowest.
func (m *measurement) writeBars(w io.Writer, p *program) error {
	width, err := strconv.Atoi(p.getenv("COLUMNS"))
	if err != nil {
		width = defaultWidth
	}
	bars := m.Latencies.bars(maxRows)
	var most uint64
	for _, b := range bars {
		most = max(most, b.count)
	}
	for i, b := range bars {
		label, code := readable(b.from), green
		if i > 0 && i == len(bars)-1 {
			label, code = "≥ "+label, red
		}
		line := fmt.Sprintf("%10s %6.2f %% ", label, 100*float64(b.count)/float64(m.Latencies.total))
		drawn := blocks(float64(b.count)/float64(most), max(width, minWidth)-len([]rune(line))-1)
		if drawn != "" {
			line += p.colour(code, drawn)
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// blocks draws a bar of a share of the width, to an eighth of a cell.
func blocks(share float64, width int) string {
	eighths := int(share*float64(width)*8 + 0.5)
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return bar
}

// readable writes a duration with three digits or so.
func readable(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d >= unit.of {
			n := float64(d) / float64(unit.of)
			digits := 2
			for limit := 10.0; n >= limit && digits > 0; limit *= 10 {
				digits--
			}
			return strconv.FormatFloat(n, 'f', digits, 64) + " " + unit.name
		}
	}
	return fmt.Sprintf("%d ns", d)
}

// grouped writes a number with its digits in threes.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
