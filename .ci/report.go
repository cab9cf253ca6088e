//go:build ignore

// Report reads the output of "go test -json", prints what failed with its
// output, and ends with a count. It exits with 1 if anything failed or nothing ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

func main() {
	f, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer f.Close()
	output := map[string]*strings.Builder{}
	var passed, failed, skipped int
	var failures, notes []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text())
			continue
		}
		key := e.Package + e.ImportPath + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			if output[key] == nil {
				output[key] = &strings.Builder{}
			}
			output[key].WriteString(e.Output)
			if _, note, ok := strings.Cut(e.Output, "NOTE: "); ok {
				notes = append(notes, strings.TrimSpace(note))
			}
		case "pass", "skip":
			if e.Test == "" {
				if e.Action == "pass" {
					fmt.Printf("ok    %-55s %7.2fs\n", e.Package, e.Elapsed)
				}
				continue
			}
			if e.Action == "skip" {
				skipped++
			} else {
				passed++
			}
		case "build-fail", "fail":
			failures = append(failures, key)
			if e.Test != "" || e.Action == "build-fail" {
				failed++
			} else {
				fmt.Printf("FAIL  %-55s %7.2fs\n", e.Package, e.Elapsed)
			}
		}
	}
	slices.Sort(failures)
	for _, key := range failures {
		if out := output[key]; out != nil {
			fmt.Printf("\n--- %s\n%s", key, out)
		}
	}
	for _, n := range notes {
		fmt.Println("note:", n)
	}
	if len(failures) > 0 && failed == 0 {
		failed = len(failures) // a package failed outside of any test
	}
	fmt.Printf("\n%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}
