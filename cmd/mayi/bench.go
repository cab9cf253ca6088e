package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
	"github.com/mayi-authz/mayi/policystore"
)

// bencher is one run of "mayi bench".
type bencher struct {
	p        *program
	out      output
	bundle   string
	requests string
	workload string
	at       string
	duration time.Duration
	workers  int

	engine *pdp.Engine
	asked  []*pdp.Request
	load   time.Duration
}

// maxWorkers is more than any machine has processors.
const maxWorkers = 4096

func (p *program) benchCommand() *cobra.Command {
	b := &bencher{p: p, out: output{p: p}}
	cmd := &cobra.Command{
		Use:   "bench {--bundle PATH --requests FILE | --workload NAME}",
		Short: "Measure how fast decisions are, on your own bundle",
		Long: `Measure how fast decisions are: on your own bundle with your own requests, or on
one of the workloads that MayI itself is measured with.

Requests are those of "mayi decide", one a line. They are asked round and round by
several workers: for the first half of the duration without a look at the clock,
which gives the rate; for the second half each decision is timed alone, which gives
the latencies, less what reading the clock costs. It is the engine alone that is
measured: no network, no credentials, no routes.`,
		Example: `  mayi bench --bundle ./policies --requests requests.jsonl
  mayi bench --bundle ./policies --requests requests.jsonl --workers 1 --duration 30s --format json
  mayi bench --workload W2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return b.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&b.bundle, "bundle", "", "policies: a directory or a .tar.gz `PATH`")
	flags.StringVar(&b.requests, "requests", "", "a `FILE` with one request a line; - is standard input")
	flags.StringVar(&b.workload, "workload", "", "use a bundle and requests that MayI is measured with: `NAME` is W1, W2, W3, W4/1000, …")
	flags.StringVar(&b.at, "at", "", "decide as of this `TIME` (RFC 3339); now if not given")
	flags.DurationVar(&b.duration, "duration", 5*time.Second, "how long to measure")
	flags.IntVar(&b.workers, "workers", runtime.GOMAXPROCS(0), "how many `N` ask at the same time")
	b.out.add(flags)
	return cmd
}

func (b *bencher) run(cmd *cobra.Command) error {
	pretty, err := b.out.pretty()
	if err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	if b.workload != "" {
		err = b.prepareWorkload()
	} else {
		err = b.prepareBundle(cmd)
	}
	if err != nil {
		return err
	}
	w := bufio.NewWriter(b.p.out)
	r := b.measure()
	if pretty {
		err = r.writePretty(w, b.p)
	} else {
		err = r.writeJSON(w)
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return failed(err)
	}
	return nil
}

func (b *bencher) check() error {
	switch own := b.bundle != "" || b.requests != "" || b.at != ""; {
	case b.workload != "" && own:
		return usage(errors.New("--workload brings its own bundle, requests and time: it goes with neither --bundle nor --requests nor --at"))
	case b.workload == "" && (b.bundle == "" || b.requests == ""):
		return usage(errors.New("--bundle PATH and --requests FILE, or --workload NAME, are required"))
	case b.duration <= 0:
		return usage(fmt.Errorf("--duration %s: expected more than nothing", b.duration))
	case b.workers < 1 || b.workers > maxWorkers:
		return usage(fmt.Errorf("--workers %d: expected 1 to %d", b.workers, maxWorkers))
	}
	return nil
}

// prepareWorkload loads a workload, and makes sure that it is answered right: what
// is wrong need not be fast.
func (b *bencher) prepareWorkload() error {
	w, err := workload.Make(b.workload)
	if err != nil {
		return usage(fmt.Errorf("--workload %s: %w", b.workload, err))
	}
	began := time.Now()
	if b.engine, err = policystore.LoadFiles(w.Files); err != nil {
		return failed(err)
	}
	b.load = time.Since(began)
	for i := range w.Requests {
		r := &w.Requests[i]
		if d := b.engine.Decide(&r.Request); d.Effect != r.Want {
			return failed(fmt.Errorf("%s: request %d is answered %s %s; expected %s", b.workload, i, d.Effect, d.Reason, r.Want))
		}
		b.asked = append(b.asked, &r.Request)
	}
	return nil
}

func (b *bencher) prepareBundle(cmd *cobra.Command) (err error) {
	now, err := atTime(b.at)
	if err != nil {
		return err
	}
	began := time.Now()
	if b.engine, err = policystore.Load(cmd.Context(), b.bundle); err != nil {
		return bundleError(err)
	}
	b.load = time.Since(began)
	in := b.p.in
	if b.requests != "-" {
		f, err := os.Open(b.requests)
		if err != nil {
			return failed(err)
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	if b.asked, err = readRequests(in, now); err != nil {
		return failed(err)
	}
	if len(b.asked) == 0 {
		return failed(fmt.Errorf("%s: there are no requests in it", b.requests))
	}
	return nil
}

// readRequests reads one request a line. One that cannot be read is denied like in
// "mayi decide", which takes its time too.
func readRequests(from io.Reader, now time.Time) ([]*pdp.Request, error) {
	var list []*pdp.Request
	in := bufio.NewReaderSize(from, 64<<10)
	for {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		r, err := parseRequest(line)
		if err != nil {
			r = &pdp.Request{Malformed: err.Error()}
		}
		r.Time = now
		list = append(list, r)
	}
}
