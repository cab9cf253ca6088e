package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp/server"
)

func (p *program) serveCommand() *cobra.Command {
	var settings settingFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve decisions over gRPC and HTTP",
		Long: `Serve decisions: ext_authz for Envoy and the Decide API over gRPC, Decide as JSON
over HTTP, and probes, metrics and status on the admin listener.

Settings come from the configuration file, then MAYI_… variables, then flags; a
later one wins. SIGHUP looks at the policies now. SIGTERM stops: not ready first,
then no new calls; a second one stops at once.`,
		Example: `  mayi serve --bundle ./policies
  mayi serve --config /etc/mayi/mayi.yaml --grpc-listen unix:/run/mayi/grpc.sock`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := settings.load(p)
			if err != nil {
				return err
			}
			return p.serve(cmd.Context(), c)
		},
	}
	settings.add(cmd.Flags())
	return cmd
}

func (p *program) serve(ctx context.Context, c *config.Config) error {
	if c.Bundle.Path == "" {
		return usage(errNoBundle)
	}
	if err := server.Validate(c); err != nil {
		return invalid(err)
	}
	log := newLogger(p.err, &c.Log)
	if limit := server.LimitMemory(os.DirFS("/"), p.getenv); limit > 0 {
		log.Debug("memory limit from the cgroup", "bytes", limit)
	}
	defer server.PaceGC(p.getenv)()
	s, err := server.New(server.Options{Config: c, Version: buildInfo().Version, Logger: log})
	if err != nil {
		return failed(err)
	}
	ctx, restore := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer restore()
	context.AfterFunc(ctx, restore) // a second signal ends the process
	defer reloadOn(syscall.SIGHUP, s.Reload)()
	if err := s.Run(ctx); err != nil {
		return failed(err)
	}
	return nil
}

// reloadOn calls reload on each signal until stop is called.
func reloadOn(sig os.Signal, reload func()) (stop func()) {
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, sig)
	go func() {
		for {
			select {
			case <-signals:
				reload()
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}

func newLogger(w io.Writer, c *config.Log) *slog.Logger {
	var level slog.Level
	if level.UnmarshalText([]byte(c.Level)) != nil {
		level = slog.LevelInfo // config allows no other words
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}
