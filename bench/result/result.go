// Package result is what a comparison leaves: raw runs, as JSON in bench/results,
// from which the tables are made.
package result

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// A File is one run of the comparison. It names no host.
type File struct {
	Date     string            `json:"date"` // of the start, UTC, to the second
	Revision string            `json:"revision"`
	Go       string            `json:"go"`
	Platform string            `json:"platform"` // "linux/amd64"
	CPU      string            `json:"cpu"`      // the model's name
	CPUs     int               `json:"cpus"`
	Quick    bool              `json:"quick"`
	BatchMS  int64             `json:"batch_ms"` // how long one batch of decisions takes
	Peers    map[string]string `json:"peers"`    // versions of modules
	Took     float64           `json:"took_seconds"`
	Runs     []Workload        `json:"workloads"`
}

// A Workload is what was measured on one.
type Workload struct {
	Name       string   `json:"name"`
	About      string   `json:"about"`
	Principals int      `json:"principals"`
	Statements int      `json:"statements"`
	Requests   int      `json:"requests"`
	Bundle     int64    `json:"bundle_bytes"` // of JSON
	Engines    []Engine `json:"engines"`
}

// An Engine is what was measured of one engine on one workload. Rounds are
// interleaved: the n-th batch of one engine ran beside the n-th of every other.
type Engine struct {
	Name    string    `json:"name"`
	LeftOut string    `json:"left_out,omitempty"` // why nothing was measured
	Load    []float64 `json:"load_seconds,omitempty"`
	LoadCPU []float64 `json:"load_cpu_seconds,omitempty"`
	Heap    int64     `json:"heap_bytes,omitempty"` // growth by loading, its own strings included
	Checked int       `json:"checked,omitempty"`    // requests that were answered as wanted before timing
	Ops     int       `json:"ops,omitempty"`        // decisions in each batch
	NS      []float64 `json:"ns_op,omitempty"`      // wall time of each round
	CPU     []float64 `json:"cpu_ns_op,omitempty"`  // the process's, garbage collection included
	Bytes   []float64 `json:"bytes_op,omitempty"`
	Allocs  []float64 `json:"allocs_op,omitempty"`
}

// Of returns an engine's part of the workload, nil if it has none.
func (w *Workload) Of(engine string) *Engine {
	for i := range w.Engines {
		if w.Engines[i].Name == engine {
			return &w.Engines[i]
		}
	}
	return nil
}

// Run returns the workload with this name, nil if it was not measured.
func (f *File) Run(workload string) *Workload {
	for i := range f.Runs {
		if f.Runs[i].Name == workload {
			return &f.Runs[i]
		}
	}
	return nil
}

// Write stores the file under a name made of its date and the machine's kind.
func (f *File) Write(dir string) (path string, err error) {
	data, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return "", err
	}
	kind := ""
	if f.Quick {
		kind = "quick-"
	}
	path = filepath.Join(dir, fmt.Sprintf("compare-%s%s-%dcpu.json", kind, f.Date[:10], f.CPUs))
	return path, os.WriteFile(path, append(data, '\n'), 0o644)
}

// Newest reads the newest full run of a directory, or if there is none the newest quick one.
func Newest(dir string) (*File, string, error) {
	for _, pattern := range []string{"compare-[0-9]*.json", "compare-quick-*.json"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, "", err
		}
		if len(paths) > 0 {
			slices.Sort(paths)
			f, err := Read(paths[len(paths)-1])
			return f, paths[len(paths)-1], err
		}
	}
	return nil, "", fmt.Errorf("%s: no runs; go run ./cmd/compare makes one", dir)
}

// Read reads one file.
func Read(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := new(File)
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}
