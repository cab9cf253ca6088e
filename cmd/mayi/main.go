// Mayi is the command line of MayI: it serves decisions, and makes, checks and
// explains them offline.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version string

// Exit codes, the same for every verb.
const (
	exitOK      = 0
	exitFailed  = 1 // something went wrong that is no fault of the input
	exitUsage   = 2 // the command line makes no sense
	exitInvalid = 3 // policies or configuration are not valid
	exitDenied  = 5 // a decision is Deny, and --exit-status was given
)

// exitError ends the program with a code. An empty text was told already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func failed(err error) error  { return &exitError{exitFailed, err} }
func usage(err error) error   { return &exitError{exitUsage, err} }
func invalid(err error) error { return &exitError{exitInvalid, err} }

// program is what the verbs need of the world around them.
type program struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
}

// getenv returns a variable, "" if it is not set.
func (p *program) getenv(name string) string {
	for _, entry := range p.environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

func main() {
	p := &program{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// run executes a command line and returns its exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	// What a verb returns is an exitError; everything else comes from the parsing
	// of the command line.
	code := exitUsage
	if exit := (*exitError)(nil); errors.As(err, &exit) {
		code = exit.code
	}
	if text := err.Error(); text != "" {
		for line := range strings.Lines(text) {
			fmt.Fprintln(p.err, "mayi:", strings.TrimSuffix(line, "\n"))
		}
		if code == exitUsage {
			fmt.Fprintln(p.err, "Run 'mayi help' to see how it is used.")
		}
	}
	return code
}

func (p *program) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "mayi",
		Short: "May this principal do this action on this resource, now?",
		Long: `MayI decides by IAM JSON policies, beside Envoy or on its own.

Exit codes: 0 done; 1 something failed; 2 usage; 3 policies or configuration are
not valid; 5 a decision is Deny (with --exit-status).`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.AddCommand(
		p.serveCommand(),
		p.decideCommand(),
		p.validateCommand(),
		p.benchCommand(),
		p.healthCommand(),
		p.versionCommand(),
	)
	return root
}
