package load

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/bench/load/generator"
)

// swapEvery is how often the bundle changes.
const swapEvery = 2 * time.Second

// The three states in which MayI is measured.
const (
	quiet    = "quiet"
	oneFile  = "one file changed every 2 s"
	allFiles = "every file changed every 2 s"
)

// Reload measures MayI with W3 while its bundle is swapped, at half of what it
// answers at most. No core is anybody's: reloading uses all that there are.
func Reload(ctx context.Context, o *Options) error {
	dir, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove()
	b, err := o.build(ctx, dir)
	if err != nil {
		return err
	}
	l := &reloading{o: o, report: o.newReport(ctx, "reload"), pace: o.pace(pace{6, 500 * time.Millisecond, 8 * time.Second})}
	l.pace.run = max(l.pace.run, 3*swapEvery)
	if l.scene, err = newScenario("W3", dir); err != nil {
		return err
	}
	if err := l.generations(dir); err != nil {
		return err
	}
	s, err := serveMayI(ctx, sharedListener, "W3", anyCore, b.mayi, l.live, dir, "unix:"+dir+"/mayi.sock")
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.verify(ctx, l.scene); err != nil {
		return err
	}
	if err := l.measure(ctx, s); err != nil {
		return err
	}
	return o.finish(l.report)
}

// reloading is a bundle that changes: an archive, the form for as many files.
type reloading struct {
	o          *Options
	report     *Report
	pace       pace
	scene      *scenario
	live       string               // the archive that is served
	generation map[string][2]string // archives, by the state in which live is each in turn
}

// generations packs the bundle three times: as it is, with one file changed, and
// with every file changed. None of the changes changes an answer.
func (l *reloading) generations(dir string) error {
	names := slices.Sorted(maps.Keys(l.scene.files))
	at := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, "policies/") })
	if at < 0 {
		return fmt.Errorf("%s has no policies", l.scene.name)
	}
	one, all := maps.Clone(l.scene.files), make(map[string][]byte, len(names))
	size := 0
	for name, data := range l.scene.files {
		size += len(data)
		// Every statement gets another name; what has none ends in another line.
		all[name] = append(bytes.ReplaceAll(data, []byte(`"Sid":"S`), []byte(`"Sid":"T`)), '\n')
	}
	one[names[at]] = all[names[at]]
	archives := make(map[string]string)
	for name, files := range map[string]map[string][]byte{quiet: l.scene.files, oneFile: one, allFiles: all} {
		archives[name] = filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".tar.gz")
		if err := pack(archives[name], names, files); err != nil {
			return err
		}
	}
	l.generation = map[string][2]string{oneFile: {archives[oneFile], archives[quiet]}, allFiles: {archives[allFiles], archives[quiet]}}
	l.live = filepath.Join(dir, "live.tar.gz")
	l.report.About["files"], l.report.About["bytes"] = len(names), size
	return l.swap(archives[quiet])
}

func pack(to string, names []string, files map[string][]byte) error {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	zip := gzip.NewWriter(f)
	archive := tar.NewWriter(zip)
	for _, name := range names {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name]))}); err != nil {
			return err
		}
		if _, err := archive.Write(files[name]); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), zip.Close(), f.Close())
}

// swap puts another archive in the place of the one that is served, at once.
func (l *reloading) swap(to string) error {
	next := l.live + ".next"
	if err := os.Link(to, next); err != nil {
		return err
	}
	return os.Rename(next, l.live)
}

func (l *reloading) measure(ctx context.Context, s *server) error {
	spec := generator.Spec{
		Protocol: "grpc", Network: s.network, Address: s.address, Method: checkMethod, Requests: l.scene.checks,
		Conns: 2, InFlight: 256, Warm: l.pace.warm, For: 2 * time.Second, Compare: true, PIDs: s.pids(),
	}
	most, err := generate(ctx, anyCore, &spec)
	if err != nil {
		return err
	}
	spec.Rate, spec.InFlight, spec.For = math.Round(most.PerSecond()/2/100)*100, 1900, l.pace.run
	l.report.About["rate"] = spec.Rate
	l.o.say("half of the most: %.0f calls/s", spec.Rate)
	states := []string{quiet, oneFile, allFiles}
	for round := 1; round <= l.pace.rounds; round++ {
		for i := range states {
			if err := l.one(ctx, s, &spec, round, states[(i+round)%len(states)]); err != nil {
				return err
			}
		}
	}
	return nil
}

// one measures one state.
func (l *reloading) one(ctx context.Context, s *server, spec *generator.Spec, round int, state string) error {
	if err := idle(ctx, s); err != nil {
		return err
	}
	before, err := readReloads(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.pid()), []byte("5"), 0); err != nil {
		return fmt.Errorf("reset the peak of the memory: %w", err)
	}
	swapping, end := context.WithCancel(ctx)
	swaps := make(chan swapped, 1)
	go func() { swaps <- l.swapping(swapping, l.generation[state]) }()
	r, err := generate(ctx, anyCore, spec)
	end()
	done := <-swaps
	if err := errors.Join(err, done.err); err != nil {
		return fmt.Errorf("%s: %w", state, err)
	}
	after, err := readReloads(s)
	if err != nil {
		return err
	}
	peak, err := s.memory("VmHWM")
	if err != nil {
		return err
	}
	run := Run{Round: round, Server: state, Transport: s.network, Load: "open", Rate: spec.Rate, Result: *r, Peak: peak, Swaps: done.swaps}
	if run.Reloads = int(after.loaded - before.loaded); run.Reloads > 0 {
		run.Reload = time.Duration((after.seconds - before.seconds) / (after.loaded - before.loaded) * float64(time.Second))
	}
	if done.swaps > 0 && run.Reloads == 0 {
		l.o.say("%s: %d swaps and not one was loaded in time", state, done.swaps)
	}
	l.report.Runs = append(l.report.Runs, run)
	l.o.sayRun(&run)
	return nil
}

// idle waits until the server does nothing: what the run before began is over.
func idle(ctx context.Context, s *server) error {
	return s.ready(ctx, func() error {
		before, err := generator.CPU(s.pid())
		if err != nil {
			return err
		}
		select { // not a wait for something to happen: what is used in this time is the measure
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		after, err := generator.CPU(s.pid())
		if err == nil && after-before > 20*time.Millisecond {
			err = fmt.Errorf("used %v in half a second without a call", after-before)
		}
		return err
	})
}

type swapped struct {
	swaps int
	err   error
}

// swapping swaps until it is told to end. It ends where it began, so that each run
// begins with the same bundle.
func (l *reloading) swapping(ctx context.Context, between [2]string) (s swapped) {
	if between[0] == "" {
		<-ctx.Done()
		return s
	}
	tick := time.NewTicker(swapEvery)
	defer tick.Stop()
	for s.err == nil {
		select {
		case <-ctx.Done():
			if s.swaps%2 == 1 {
				s.err = l.swap(between[1])
				s.swaps++
			}
			return s
		case <-tick.C:
			s.err = l.swap(between[s.swaps%2])
			s.swaps++
		}
	}
	return s
}

// reloads are how many bundles were loaded since the start, and how long that took.
type reloads struct{ loaded, seconds float64 }

// readReloads reads the metrics; a bundle that was refused is an error.
func readReloads(s *server) (r reloads, err error) {
	page, err := s.get("/metrics")
	if err != nil {
		return r, err
	}
	for line := range strings.Lines(string(page)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, errNumber := strconv.ParseFloat(value, 64)
		switch name {
		case `mayi_reload_total{result="success"}`:
			r.loaded, err = n, errors.Join(err, errNumber)
		case "mayi_reload_duration_seconds_sum":
			r.seconds, err = n, errors.Join(err, errNumber)
		case `mayi_reload_total{result="failure"}`:
			if n > 0 {
				err = errors.Join(err, fmt.Errorf("%v bundles were refused: %s", n, s.log.tail()))
			}
		}
	}
	return r, err
}

func reloadTable(r *Report) string {
	t := &table{}
	t.head("bundle", "swaps", "loaded", "a reload, ms", "failed", "wrong", "p50, µs", "p99, µs", "× quiet", "p99.9, µs", "max, µs", "server CPU a call, µs", "peak RSS, MB")
	base := cell{quiet, "unix", "open"}
	for _, name := range r.servers(quiet, oneFile, allFiles) {
		c := cell{name, "unix", "open"}
		swaps, loaded := r.sum(name, func(r *Run) int64 { return int64(r.Swaps) }), r.sum(name, func(r *Run) int64 { return int64(r.Reloads) })
		failed, wrong := r.sum(name, func(r *Run) int64 { return r.Failed }), r.sum(name, func(r *Run) int64 { return r.Wrong })
		t.row(name, fmt.Sprint(swaps), fmt.Sprint(loaded), r.over(c, func(r *Run) float64 { return r.Reload.Seconds() * 1000 }).show("%.0f"), fmt.Sprint(failed), fmt.Sprint(wrong), r.over(c, p50).show("%.0f"), r.over(c, p99).show("%.0f"),
			r.ratio(c, base, p99).show("%.2f"), r.over(c, p999).show("%.0f"), r.over(c, func(r *Run) float64 { return r.Max }).show("%.0f"),
			r.over(c, perCall).show("%.1f"), r.over(c, func(r *Run) float64 { return float64(r.Peak) / 1e6 }).show("%.0f"))
	}
	return fmt.Sprintf("At %.0f calls/s, half of what MayI answers at most with W3 (%.0f files, %.1f MB):\n\n",
		r.About["rate"], asFloat(r.About["files"]), asFloat(r.About["bytes"])/1e6) + t.String() + r.judged(quiet, oneFile, allFiles)
}

// asFloat reads a number of About, which is a float64 once it was stored.
func asFloat(v any) float64 {
	switch n := v.(type) {
	case int:
		return float64(n)
	case float64:
		return n
	}
	return 0
}
