package load

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/bench/envoy"
	"github.com/mayi-authz/mayi/bench/load/generator"
)

const (
	noneName    = "no ext_authz"
	connections = 64 // of the generator to Envoy
)

// A rate is sustained if nothing is left unanswered and the slowest hundredth of
// the answers is no slower than this, in microseconds.
const sustainedP99 = 20_000

// Envoy measures a real Envoy: without ext_authz, with the stock server, and with
// MayI deciding W2, each over a unix socket.
func Envoy(ctx context.Context, o *Options) error {
	dir, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove()
	b, err := o.build(ctx, dir)
	if err != nil {
		return err
	}
	e := &throughEnvoy{o: o, report: o.newReport(ctx, "envoy"), pace: o.pace(pace{6, 500 * time.Millisecond, 2500 * time.Millisecond})}
	defer e.end()
	if err := e.start(ctx, &b, dir); err != nil {
		return err
	}
	if err := e.measure(ctx); err != nil {
		return err
	}
	return o.finish(e.report)
}

// throughEnvoy is an Envoy and the servers that it asks.
type throughEnvoy struct {
	o      *Options
	report *Report
	pace   pace
	scene  *scenario
	envoy  *process
	asked  []*server
	front  map[string]string // where Envoy listens, by the name of who is asked
}

func (e *throughEnvoy) end() {
	if e.envoy != nil {
		e.envoy.stop()
	}
	for _, s := range e.asked {
		s.end()
	}
}

func (e *throughEnvoy) start(ctx context.Context, b *binaries, dir string) (err error) {
	if e.scene, err = newScenario("W2", dir); err != nil {
		return err
	}
	e.report.About["requests"], e.report.About["connections"] = e.scene.count, connections
	// Envoy has a core to itself; the server and the generator share the other.
	stock, err := simple(ctx, stockName, generatorCore, b.stock, "unix:"+dir+"/stock.sock")
	if err != nil {
		return err
	}
	e.asked = append(e.asked, stock)
	for _, listener := range []string{sharedListener, ownListener} {
		mayi, err := serveMayI(ctx, listener, "W2", generatorCore, b.mayi, e.scene.bundle, dir, "unix:"+dir+"/"+listener+".sock")
		if err != nil {
			return err
		}
		e.asked = append(e.asked, mayi)
	}
	others, err := e.o.others()
	if err != nil {
		return err
	}
	e.asked = append(e.asked, others...)
	return e.startEnvoy(ctx, dir)
}

func (e *throughEnvoy) startEnvoy(ctx context.Context, dir string) error {
	binary := e.o.Envoy
	if binary == "" {
		out, err := exec.CommandContext(ctx, "sh", filepath.Join(e.o.Dir, "../.ci/envoy.sh")).Output()
		if err != nil {
			return fmt.Errorf("envoy.sh: %w", err)
		}
		binary = strings.TrimSpace(string(out))
	}
	e.front = make(map[string]string)
	var listeners []envoy.Listener
	for _, s := range append([]*server{{name: noneName}}, e.asked...) {
		address := freePort()
		_, port, _ := strings.Cut(address, ":")
		l := envoy.Listener{Network: s.network, Address: s.address}
		fmt.Sscan(port, &l.Port)
		listeners, e.front[s.name] = append(listeners, l), address
	}
	config, err := envoy.Config(listeners)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "envoy.yaml")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return err
	}
	if version, err := exec.CommandContext(ctx, binary, "--version").Output(); err == nil {
		// "envoy  version: COMMIT/VERSION/Clean/RELEASE/…"
		_, rest, _ := strings.Cut(string(version), "version: ")
		if parts := strings.Split(rest, "/"); len(parts) > 1 {
			e.report.About["envoy"] = parts[1]
		}
	}
	e.envoy, err = start("envoy", serverCore, binary, "-c", file, "--disable-hot-restart", "--use-dynamic-base-id", "--concurrency", "1", "-l", "error")
	if err != nil {
		return err
	}
	return e.envoy.ready(ctx, answers("tcp", e.front[noneName]))
}

// measure takes each server in turn: as fast as it goes, at one rate for all, and
// the highest rate that holds.
func (e *throughEnvoy) measure(ctx context.Context) error {
	targets := append([]*server{{name: noneName}}, e.asked...)
	for _, s := range targets {
		if err := e.verify(ctx, s); err != nil {
			return err
		}
	}
	most := make(map[string]float64)
	for _, s := range targets {
		r, err := e.run(ctx, 0, s, "", 0, e.pace.run)
		if err != nil {
			return err
		}
		most[s.name] = r.PerSecond()
	}
	rate := math.Round(most[stockName]/2/10) * 10
	e.report.About["rate"] = rate
	for round := 1; round <= e.pace.rounds; round++ {
		for i := range targets {
			s := targets[(i+round)%len(targets)]
			r, err := e.run(ctx, round, s, "closed", 0, e.pace.run)
			if err != nil {
				return err
			}
			if _, err := e.run(ctx, round, s, "open", rate, e.pace.run); err != nil {
				return err
			}
			if err := e.sustained(ctx, round, s, r.PerSecond()); err != nil {
				return err
			}
		}
	}
	return nil
}

// sustained records the highest rate that holds, as a part of what a closed loop
// reached.
func (e *throughEnvoy) sustained(ctx context.Context, round int, s *server, most float64) error {
	for part := 0.95; part > 0.3; part -= 0.1 {
		r, err := e.run(ctx, round, s, "", most*part, e.pace.run/2)
		if err != nil {
			return err
		}
		if r.Failed == 0 && r.P99 <= sustainedP99 && r.PerSecond() > 0.98*most*part {
			e.report.Runs = append(e.report.Runs, Run{Round: round, Server: s.name, Load: "sustained", Rate: most * part, Result: *r})
			return nil
		}
	}
	return nil
}

// verify sends each request once through Envoy. What MayI lets through is what the
// workload wants; the others let everything through.
func (e *throughEnvoy) verify(ctx context.Context, s *server) error {
	spec := e.spec(s, 0, time.Minute)
	spec.Once, spec.Warm = true, 0
	r, err := generate(ctx, generatorCore, spec)
	if err != nil {
		return err
	}
	if r.Failed > 0 || r.Wrong > 0 {
		return fmt.Errorf("%s through Envoy: of %d answers %d are none and %d are wrong: %s", s.name, e.scene.count, r.Failed, r.Wrong, r.First)
	}
	return nil
}

func (e *throughEnvoy) spec(s *server, rate float64, window time.Duration) *generator.Spec {
	return &generator.Spec{
		Protocol: "http", Network: "tcp", Address: e.front[s.name], Requests: e.scene.http,
		Conns: connections, InFlight: connections, Rate: rate, Warm: e.pace.warm, For: window,
		Compare: strings.HasPrefix(s.name, "MayI"), PIDs: append([]int{e.envoy.pid()}, s.pids()...),
	}
}

// run measures once; a run without a load's name is not recorded.
func (e *throughEnvoy) run(ctx context.Context, round int, s *server, load string, rate float64, window time.Duration) (*generator.Result, error) {
	r, err := generate(ctx, generatorCore, e.spec(s, rate, window))
	if err != nil {
		return nil, fmt.Errorf("%s through Envoy: %w; Envoy said:\n%s", s.name, err, e.envoy.log.tail())
	}
	run := Run{Round: round, Server: s.name, Load: load, Rate: rate, Result: *r}
	if load != "" {
		e.report.Runs = append(e.report.Runs, run)
		e.o.sayRun(&run)
	}
	return r, nil
}

func envoyTable(r *Report) string {
	t := &table{}
	t.head("asked", "added p50, µs", "added p99, µs", "p50, µs", "p99, µs", "server CPU a call, µs", "Envoy CPU a call, µs", "64 connections, calls/s", "sustained, calls/s")
	base := cell{server: noneName, load: "open"}
	serverCPU := func(run *Run) float64 {
		if len(run.CPU) < 2 {
			return 0
		}
		return run.PerCall(1)
	}
	for _, name := range r.servers(append([]string{noneName, stockName}, mayiNames("W2")...)...) {
		open, closed, held := cell{server: name, load: "open"}, cell{server: name, load: "closed"}, cell{server: name, load: "sustained"}
		t.row(name, r.difference(open, base, p50).show("%.0f"), r.difference(open, base, p99).show("%.0f"), r.over(open, p50).show("%.0f"), r.over(open, p99).show("%.0f"),
			r.over(open, serverCPU).show("%.1f"), r.over(open, perCall).show("%.1f"), r.over(closed, perSecond).show("%.0f"),
			r.over(held, func(run *Run) float64 { return run.Rate }).show("%.0f"))
	}
	return fmt.Sprintf("Latency and CPU at %.0f calls/s, Envoy %v:\n\n", r.About["rate"], r.About["envoy"]) + t.String() + r.judged(mayiNames("W2")...)
}
