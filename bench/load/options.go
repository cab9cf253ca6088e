package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/bench/load/generator"
)

// Options say how to measure.
type Options struct {
	Dir   string   // of the bench module
	MayI  string   // a binary; "" builds one with make
	Envoy string   // a binary; "" fetches one as the tests do
	Other []string // "name=unix:/path" or "name=host:port": servers to put beside
	Quick bool     // fewer and shorter rounds: to see that it works
	Say   io.Writer
}

// pace is how long and how often is measured.
type pace struct {
	rounds    int
	warm, run time.Duration
}

func (o *Options) pace(full pace) pace {
	if o.Quick {
		return pace{2, 100 * time.Millisecond, 500 * time.Millisecond}
	}
	return full
}

func (o *Options) say(format string, args ...any) { fmt.Fprintf(o.Say, format+"\n", args...) }

// others are servers that run already; their CPU is not read.
func (o *Options) others() (list []*server, err error) {
	for _, other := range o.Other {
		name, listen, ok := strings.Cut(other, "=")
		if !ok {
			return nil, fmt.Errorf("%q, expected NAME=ADDRESS", other)
		}
		s := &server{name: name}
		s.network, s.address = split(listen)
		list = append(list, s)
	}
	return list, nil
}

// A Report is what an experiment measured: every run as it was.
type Report struct {
	Experiment string
	Made       string // the day
	Machine    Machine
	About      map[string]any // what was measured, in numbers
	Runs       []Run
}

// A Machine is what was measured on. It has no name.
type Machine struct {
	CPU      string
	Cores    int
	Go       string
	Revision string // of the repository
}

// A Run is one server under one load.
type Run struct {
	Round     int
	Server    string
	Transport string `json:",omitempty"`
	Load      string // "closed 32", "open"
	Rate      float64
	generator.Result
	Peak  int64 `json:",omitempty"` // memory of the server in this run, VmHWM, in bytes
	Swaps int   `json:",omitempty"` // of its bundle
	// Reloads are the swaps that were loaded while this run went on; Reload is how
	// long one took, on average.
	Reloads int           `json:",omitempty"`
	Reload  time.Duration `json:",omitempty"`
}

func (o *Options) newReport(ctx context.Context, experiment string) *Report {
	r := &Report{Experiment: experiment, Made: time.Now().UTC().Format(time.DateOnly), About: make(map[string]any)}
	r.Machine = Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), CPU: runtime.GOARCH}
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(data), "model name\t: "); ok {
			r.Machine.CPU, _, _ = strings.Cut(rest, "\n")
		}
	}
	git := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty")
	git.Dir = o.Dir
	if out, err := git.Output(); err == nil {
		r.Machine.Revision = strings.TrimSpace(string(out))
	}
	return r
}

// finish writes the runs to results/load-EXPERIMENT.json and their tables into
// README.md. Quick runs are shown and not kept.
func (o *Options) finish(r *Report) error {
	if o.Quick {
		for _, t := range tables() {
			if t.experiment == r.Experiment {
				o.say("\n%s%s", t.table(r), r.footer())
			}
		}
		return nil
	}
	if err := o.save(r); err != nil {
		return err
	}
	return Render(o)
}

func (o *Options) save(r *Report) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	name := o.results(r.Experiment)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}

func (o *Options) results(experiment string) string {
	return filepath.Join(o.Dir, "results", "load-"+experiment+".json")
}

func (o *Options) load(experiment string) (*Report, error) {
	data, err := os.ReadFile(o.results(experiment))
	if err != nil {
		return nil, err
	}
	r := &Report{}
	return r, json.Unmarshal(data, r)
}

// scratch makes a folder whose path is short enough for a unix socket.
func scratch() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "mayi-load")
	return dir, func() { os.RemoveAll(dir) }, err
}

// readFull is io.ReadFull without an error for what is short.
func readFull(from io.Reader, into []byte) (int, error) {
	n, err := io.ReadFull(from, into)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}
