// Load measures MayI under load and writes the tables of bench/README.md.
//
//	go run ./cmd/load check     Check over gRPC, beside a stock server
//	go run ./cmd/load envoy     the same through a real Envoy
//	go run ./cmd/load reload    MayI while its bundle is swapped
//	go run ./cmd/load lean       what an HTTP/2 loop of its own would bring
//	go run ./cmd/load render    the tables only, of the runs in results/
//
// Run it in bench/. It starts and ends every server itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/mayi-authz/mayi/bench/load"
)

var experiments = []struct {
	name string
	run  func(context.Context, *load.Options) error
}{
	{"check", load.Check},
	{"envoy", load.Envoy},
	{"reload", load.Reload},
	{"lean", load.Lean},
	{"render", func(_ context.Context, o *load.Options) error { return load.Render(o) }},
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == load.GenerateCommand {
		if err := load.Generate(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	o := &load.Options{Dir: ".", Say: os.Stderr}
	flag.BoolVar(&o.Quick, "quick", false, "few and short rounds, to see that it works")
	flag.StringVar(&o.MayI, "mayi", "", "a mayi binary; otherwise make builds it")
	flag.StringVar(&o.Envoy, "envoy", os.Getenv("ENVOY_BIN"), "an envoy binary; otherwise it is fetched as the tests do")
	flag.Func("other", "NAME=ADDRESS of another ext_authz server to put beside; may be repeated", func(s string) error {
		o.Other = append(o.Other, s)
		return nil
	})
	flag.Usage = func() {
		var names []string
		for _, e := range experiments {
			names = append(names, e.name)
		}
		fmt.Fprintf(os.Stderr, "usage: load [flags] %s|all\n", strings.Join(names, "|"))
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	known := false
	for _, e := range experiments {
		if flag.Arg(0) != e.name && (flag.Arg(0) != "all" || e.name == "render") {
			continue
		}
		known = true
		if err := e.run(ctx, o); err != nil {
			fmt.Fprintf(os.Stderr, "load %s: %v\n", e.name, err)
			os.Exit(1)
		}
	}
	if !known || flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
}
