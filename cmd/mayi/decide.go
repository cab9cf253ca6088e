package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/decideapi"
	"github.com/mayi-authz/mayi/pdp/strictjson"
	"github.com/mayi-authz/mayi/policystore"
)

// decider is one run of "mayi decide".
type decider struct {
	p          *program
	out        output
	bundle     string
	server     string
	at         string
	exitStatus bool

	engine *pdp.Engine
	now    time.Time
	denied bool
}

func (p *program) decideCommand() *cobra.Command {
	d := &decider{p: p, out: output{p: p}}
	cmd := &cobra.Command{
		Use:   "decide {--bundle PATH | --server ADDRESS} [REQUEST | FILE]",
		Short: "Decide requests by a bundle, or ask a running server",
		Long: `Decide requests by a bundle, without a server; or, with --server, ask a running
one.

A request is the JSON of POST /v1/decide: as the argument, in a .json file, or one
a line in any other file or on standard input. Each request gets one answer, in
order; a line that cannot be read is denied in its place, with "error".

Groups, roles, tags and tenants in a request count as they do for a caller of the
server that is not trusted. A session is taken as it stands.`,
		Example: `  mayi decide --bundle ./policies '{"principal": "alice", "action": "docs:Read", "resource": "doc/1"}'
  mayi decide --bundle ./policies --at 2026-03-01T09:00:00Z < requests.jsonl
  mayi decide --server 127.0.0.1:9601 < requests.jsonl`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.run(cmd, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&d.bundle, "bundle", "", "policies: a directory or a .tar.gz `PATH`")
	flags.StringVar(&d.server, "server", "", "ask the HTTP listener at `unix:/path or host:port` instead")
	flags.StringVar(&d.at, "at", "", "decide as of this `TIME` (RFC 3339); now if not given")
	flags.BoolVar(&d.exitStatus, "exit-status", false, "exit with 5 if a decision is Deny")
	d.out.add(flags)
	return cmd
}

func (d *decider) run(cmd *cobra.Command, args []string) error {
	if d.server != "" {
		return d.runRemote(cmd.Context(), args)
	}
	pretty, err := d.out.pretty()
	if err != nil {
		return err
	}
	if d.bundle == "" {
		return usage(errors.New("--bundle PATH or --server ADDRESS is required"))
	}
	if d.now, err = atTime(d.at); err != nil {
		return err
	}
	if d.engine, err = policystore.Load(cmd.Context(), d.bundle); err != nil {
		return bundleError(err)
	}
	w := bufio.NewWriter(d.p.out)
	write := func(r *pdp.Request, a *decideapi.Answer) error {
		if pretty {
			return d.writePretty(w, r, a)
		}
		_, err := w.Write(append(decideapi.AppendAnswer(nil, a), '\n'))
		return err
	}
	decide := func(request []byte) error { return d.one(request, write) }
	if err := errors.Join(d.source(args, w, decide), w.Flush()); err != nil {
		return err
	}
	if d.exitStatus && d.denied {
		return &exitError{code: exitDenied}
	}
	return nil
}

func atTime(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.IsZero() {
		return time.Time{}, usage(fmt.Errorf("--at %s: expected a time like 2026-03-01T09:00:00Z", text))
	}
	return at, nil
}

// bundleError tells policies that are not valid from ones that cannot be had.
func bundleError(err error) error {
	if problem := (*strictjson.Error)(nil); errors.As(err, &problem) {
		return invalid(err)
	}
	return failed(err)
}

type writeAnswer func(*pdp.Request, *decideapi.Answer) error

// source hands every request that the argument names to decide.
func (d *decider) source(args []string, w *bufio.Writer, decide func([]byte) error) error {
	switch {
	case len(args) == 0 || args[0] == "-":
		return eachLine(d.p.in, w, decide)
	case strings.HasPrefix(strings.TrimSpace(args[0]), "{"):
		return decide([]byte(args[0]))
	case strings.HasSuffix(args[0], ".json"):
		data, err := os.ReadFile(args[0])
		if err != nil {
			return failed(err)
		}
		return decide(data)
	}
	f, err := os.Open(args[0])
	if err != nil {
		return failed(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	return eachLine(f, w, decide)
}

// maxLine is the longest line that is read as a request, in bytes.
const maxLine = 1 << 20

// eachLine decides each line of r.
func eachLine(r io.Reader, w *bufio.Writer, decide func([]byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return failed(err)
		}
		if err := decide(line); err != nil {
			return err
		}
		if in.Buffered() == 0 { // whoever writes line by line gets answers as it goes
			if err := w.Flush(); err != nil {
				return failed(err)
			}
		}
	}
}

// readLine returns one line without its end. Of a line longer than maxLine it
// returns the beginning, one byte too many. The error is io.EOF after the last.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if room := maxLine + 1 - len(line); room > 0 {
			line = append(line, part[:min(len(part), room)]...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		case err != nil:
			return nil, err
		default:
			if len(line) <= maxLine {
				line = line[:len(line)-1]
			}
			return line, nil
		}
	}
}

// one decides the request in data, or denies what cannot be read.
func (d *decider) one(data []byte, write writeAnswer) error {
	r, err := parseRequest(data)
	a := decideapi.Answer{}
	if err != nil {
		r, a.Error = &pdp.Request{Malformed: err.Error()}, err.Error()
	}
	r.Time = d.now
	a.Decision = d.engine.Decide(r)
	if a.Decision.Reason == pdp.ReasonMalformedRequest {
		a.Error = a.Decision.Detail
	}
	d.denied = d.denied || !a.Decision.Allowed()
	if err := write(r, &a); err != nil {
		return failed(err)
	}
	return nil
}

func parseRequest(data []byte) (*pdp.Request, error) {
	n, err := strictjson.Parse("", data, strictjson.Limits{Bytes: maxLine, Depth: 16})
	if err != nil {
		return nil, err
	}
	r, problem := decideapi.ParseRequest(n, pdp.TrustNothing)
	if problem != nil {
		return nil, problem
	}
	return r, nil
}

// writePretty writes one decision in a few lines.
func (d *decider) writePretty(w io.Writer, r *pdp.Request, a *decideapi.Answer) error {
	code := red
	if a.Decision.Allowed() {
		code = green
	}
	if _, err := fmt.Fprintln(w, d.p.colour(code, a.Decision.Effect.String()), a.Decision.Reason); err != nil {
		return err
	}
	var rows [][]string
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, []string{"  " + name, text})
		}
	}
	if a.Error == "" {
		who := r.Principal.ID
		if r.Principal.Anonymous() {
			who = "(anonymous)"
		}
		add("principal", who)
		add("tenant", a.Decision.Tenant)
		if r.Session != nil {
			add("session", strings.TrimSpace(r.Session.Type+" "+r.Session.ID))
		}
		add("action", r.Action)
		add("permission", r.Permission)
		add("resource", r.Resource.ID)
	}
	add("error", a.Error)
	for _, s := range a.Decision.Determining(nil) {
		sid := s.Sid
		if sid == "" {
			sid = fmt.Sprintf("statement %d", s.Index)
		}
		add("because", fmt.Sprintf("%s by %s, %s (%s)", s.Effect, s.Policy, sid, s.At()))
	}
	if more := a.Decision.Total() - pdp.MaxDetermining; more > 0 {
		add("", fmt.Sprintf("and %d more", more))
	}
	return table(w, rows)
}
