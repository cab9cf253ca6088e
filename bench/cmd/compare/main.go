// Compare measures MayI beside other engines and beside a floor, on the same work in
// one process, and writes the raw runs to bench/results.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/bench/compare"
	"github.com/mayi-authz/mayi/bench/peer"
	"github.com/mayi-authz/mayi/bench/result"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run() error {
	quick := flag.Bool("quick", false, "fewer sizes, shorter batches, slow engines on small bundles only")
	only := flag.String("workloads", "", "names, separated by commas; empty: all")
	engines := flag.String("engines", "", "names, separated by commas; empty: all")
	rounds := flag.Int("rounds", 0, "interleaved rounds; 0: 8, or 6 if quick")
	revision := flag.String("revision", "unknown", "what of MayI is measured")
	limit := flag.Duration("limit", 0, "after which slow engines are left out of what is still to come; 0: 15m, or 2m30s if quick")
	out := flag.String("out", "results", "where the raw runs go; empty: nowhere")
	flag.Parse()
	o := compare.Options{Workloads: workload.All(), Peers: peer.All, Rounds: 8, Batch: 150 * time.Millisecond, Check: time.Second, Limit: 15 * time.Minute, Progress: os.Stderr}
	if *quick {
		o.Workloads = quickWorkloads
		o.Rounds, o.Batch, o.Check, o.Most, o.Limit = 6, 30*time.Millisecond, 250*time.Millisecond, 4_500, 150*time.Second
	}
	if *rounds > 0 {
		o.Rounds = *rounds
	}
	if *limit > 0 {
		o.Limit = *limit
	}
	if *only != "" {
		o.Workloads = strings.Split(*only, ",")
	}
	if *engines != "" {
		o.Peers = nil
		for _, p := range peer.All {
			if strings.Contains(","+*engines+",", ","+p.Name+",") {
				o.Peers = append(o.Peers, p)
			}
		}
	}
	start := time.Now()
	runs, err := compare.Run(o)
	if err != nil {
		return err
	}
	f := &result.File{
		Date: start.UTC().Format("2006-01-02T15:04:05Z"), Revision: *revision, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		CPU: cpuModel(), CPUs: runtime.NumCPU(), Quick: *quick, BatchMS: o.Batch.Milliseconds(), Peers: versions(),
		Took: time.Since(start).Seconds(), Runs: runs,
	}
	if *out == "" {
		return nil
	}
	path, err := f.Write(*out)
	fmt.Fprintln(os.Stderr, path)
	return err
}

// quickWorkloads show every shape, and growth by its ends.
var quickWorkloads = []string{
	"W1", "W2", "W3", "W4/100", "W4/10000", "W4/100000", "W4/prefix/100", "W4/prefix/10000", "W4/inner/100", "W4/inner/10000", "W5", "W6", "W7/100",
}

// versions are those of the modules that are measured.
func versions() map[string]string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	found := make(map[string]string)
	for _, m := range info.Deps {
		for _, name := range []string{"minio/pkg", "cedar-go", "open-policy-agent/opa", "casbin/casbin", "cel-go"} {
			if strings.Contains(m.Path, name) {
				found[m.Path] = m.Version
			}
		}
	}
	return found
}

func cpuModel() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
