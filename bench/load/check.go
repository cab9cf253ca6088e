package load

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mayi-authz/mayi/bench/load/generator"
)

const stockName = "stock, always OK"

// flights are the closed loops: calls in flight, and over how many connections.
var flights = []struct{ inFlight, conns int }{{1, 1}, {32, 1}, {256, 2}}

// Check measures Check over gRPC: the stock server beside MayI with W2 and W3, over
// a unix socket and TCP.
func Check(ctx context.Context, o *Options) error {
	dir, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove()
	b, err := o.build(ctx, dir)
	if err != nil {
		return err
	}
	report := o.newReport(ctx, "check")
	servers, err := o.checkServers(ctx, &b, dir, report)
	defer func() {
		for _, s := range servers {
			s.end()
		}
	}()
	if err != nil {
		return err
	}
	m := &matrix{o: o, report: report, pace: o.pace(pace{6, 300 * time.Millisecond, 2 * time.Second})}
	if err := m.measure(ctx, servers); err != nil {
		return err
	}
	return o.finish(report)
}

// A target is a server with what is asked of it.
type target struct {
	*server
	requests string
	compare  bool
}

// checkServers starts everything, and has MayI answer each request once.
func (o *Options) checkServers(ctx context.Context, b *binaries, dir string, report *Report) (list []target, err error) {
	var first *scenario
	var mayis []target
	for i, name := range []string{"W2", "W3"} {
		o.say("make %s", name)
		w, err := newScenario(name, dir)
		if err != nil {
			return append(list, mayis...), err
		}
		if i == 0 {
			first = w
		}
		report.About[name] = map[string]any{"requests": w.count, "bytes a request": w.bytes, "allowed": math.Round(w.allowed*1000) / 1000}
		for _, listener := range []string{sharedListener, ownListener} {
			for _, transport := range transports(dir, listener+"-"+name) {
				s, err := serveMayI(ctx, listener, name, serverCore, b.mayi, w.bundle, dir, transport)
				if err != nil {
					return append(list, mayis...), err
				}
				mayis = append(mayis, target{s, w.checks, true})
				if err := s.verify(ctx, w); err != nil {
					return append(list, mayis...), err
				}
			}
		}
	}
	// The stock server is sent what MayI is sent with W2.
	for _, transport := range transports(dir, "stock") {
		s, err := simple(ctx, stockName, serverCore, b.stock, transport)
		if err != nil {
			return append(list, mayis...), err
		}
		list = append(list, target{s, first.checks, false})
	}
	list = append(list, mayis...)
	others, err := o.others()
	for _, s := range others {
		list = append(list, target{s, first.checks, false})
	}
	return list, err
}

// transports are a unix socket and a port of the loopback interface that is free.
func transports(dir, name string) []string {
	return []string{"unix:" + dir + "/" + name + ".sock", freePort()}
}

// A matrix measures targets under loads, in rounds.
type matrix struct {
	o      *Options
	report *Report
	pace   pace
	rates  map[string]float64 // of the open loop, by transport
}

func (m *matrix) measure(ctx context.Context, targets []target) error {
	if err := m.calibrate(ctx, targets); err != nil {
		return err
	}
	for round := 1; round <= m.pace.rounds; round++ {
		for _, f := range flights {
			for _, t := range inTurn(targets, round) {
				if err := m.one(ctx, round, t, fmt.Sprintf("closed %d", f.inFlight), f.inFlight, f.conns, 0); err != nil {
					return err
				}
			}
		}
		for _, t := range inTurn(targets, round) {
			if err := m.one(ctx, round, t, "open", 900, 2, m.rates[t.network]); err != nil {
				return err
			}
		}
	}
	return nil
}

// calibrate finds the rate of the open loop: half of what the stock server does.
func (m *matrix) calibrate(ctx context.Context, targets []target) error {
	m.rates = make(map[string]float64)
	for _, t := range targets {
		if t.name != stockName {
			continue
		}
		r, err := generate(ctx, generatorCore, m.spec(t, 256, 2, 0))
		if err != nil {
			return err
		}
		m.rates[t.network] = math.Round(r.PerSecond()/2/100) * 100
		m.report.About["rate "+t.network] = m.rates[t.network]
		m.o.say("open loop over %s: %.0f calls/s", t.network, m.rates[t.network])
	}
	return nil
}

func (m *matrix) spec(t target, inFlight, conns int, rate float64) *generator.Spec {
	return &generator.Spec{
		Protocol: "grpc", Network: t.network, Address: t.address, Method: checkMethod, Requests: t.requests,
		Conns: conns, InFlight: inFlight, Rate: rate, Warm: m.pace.warm, For: m.pace.run, Compare: t.compare, PIDs: t.pids(),
	}
}

func (m *matrix) one(ctx context.Context, round int, t target, load string, inFlight, conns int, rate float64) error {
	r, err := generate(ctx, generatorCore, m.spec(t, inFlight, conns, rate))
	if err != nil {
		return fmt.Errorf("%s over %s, %s: %w", t.name, t.network, load, err)
	}
	run := Run{Round: round, Server: t.name, Transport: t.network, Load: load, Rate: rate, Result: *r}
	m.report.Runs = append(m.report.Runs, run)
	m.o.sayRun(&run)
	return nil
}

func (o *Options) sayRun(r *Run) {
	cpu := ""
	for i := range r.CPU {
		cpu += fmt.Sprintf(", %.1f µs of CPU a call", r.PerCall(i))
	}
	o.say("round %d  %-25s %-5s %-11s %8.0f calls/s%s, p50 %.0f p99 %.0f p99.9 %.0f µs, failed %d, wrong %d, generator %.0f %%",
		r.Round, r.Server, r.Transport, r.Load, r.PerSecond(), cpu, r.P50, r.P99, r.P999, r.Failed, r.Wrong,
		100*r.Self.Seconds()/r.For.Seconds())
}

// inTurn lets another one begin in each round.
func inTurn(targets []target, round int) []target {
	at := round % len(targets)
	return slices.Concat(targets[at:], targets[:at])
}
