// Tables writes the comparison's tables into bench/README.md, of the newest raw runs
// in bench/results.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/mayi-authz/mayi/bench/result"
	"github.com/mayi-authz/mayi/bench/table"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "tables:", err)
		os.Exit(1)
	}
}

func run() error {
	from := flag.String("from", "", "a file of raw runs; empty: the newest in results")
	page := flag.String("page", "README.md", "the page with the markers")
	cpu := flag.Bool("cpu", false, "take processor time instead of the wall's: for a machine that others use")
	flag.Parse()
	var f *result.File
	var err error
	if *from == "" {
		f, *from, err = result.Newest("results")
	} else {
		f, err = result.Read(*from)
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(*page)
	if err != nil {
		return err
	}
	made, err := table.Replace(string(text), table.Render(f, *cpu))
	if err != nil {
		return fmt.Errorf("%s: %w", *page, err)
	}
	fmt.Fprintln(os.Stderr, *from, "->", *page)
	return os.WriteFile(*page, []byte(made), 0o644)
}
