package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mayi-authz/mayi/config"
)

func (p *program) healthCommand() *cobra.Command {
	var admin, overGRPC, file string
	var live bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask a running server whether it is ready",
		Long: `Ask a running server whether it is ready, for probes in images without a shell.
Exits with 0 if it is, with 1 if it is not or does not answer.

Without --admin or --grpc it asks the admin listener that the configuration
names. Listeners with TLS are probed from outside.`,
		Example: `  mayi health
  mayi health --admin unix:/run/mayi/admin.sock
  mayi health --grpc 127.0.0.1:9600`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			if overGRPC != "" {
				return p.healthy(grpcHealth(ctx, overGRPC))
			}
			if admin == "" {
				if file == "" {
					file = p.getenv("MAYI_CONFIG")
				}
				c, err := config.Load(file, p.environ, nil)
				if err != nil {
					return invalid(err)
				}
				if admin = c.Admin.Listen; admin == "" {
					return usage(errors.New("the configuration has no admin listener; use --admin or --grpc"))
				}
			}
			path := "/readyz?verbose"
			if live {
				path = "/livez"
			}
			return p.healthy(httpHealth(ctx, admin, path))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&admin, "admin", "", "ask the admin listener at `unix:/path or host:port`")
	flags.StringVar(&overGRPC, "grpc", "", "ask over gRPC at `unix:/path or host:port`")
	flags.BoolVar(&live, "live", false, "ask only whether the process turns")
	flags.StringVarP(&file, "config", "c", "", "configuration `FILE` (also MAYI_CONFIG)")
	flags.DurationVar(&timeout, "timeout", 2*time.Second, "how long to wait for an answer")
	cmd.MarkFlagsMutuallyExclusive("admin", "grpc")
	cmd.MarkFlagsMutuallyExclusive("live", "grpc")
	return cmd
}

func (p *program) healthy(answer string, err error) error {
	if err != nil {
		return failed(err)
	}
	_, err = fmt.Fprintln(p.out, answer)
	if err != nil {
		return failed(err)
	}
	return nil
}

// httpHealth asks the admin listener; an error is anything but 200.
func httpHealth(ctx context.Context, address, path string) (string, error) {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: dialer(address)}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://mayi"+path, nil)
	if err != nil {
		return "", err
	}
	w, err := transport.RoundTrip(r) // follows no redirect and no proxy
	if err != nil {
		return "", err
	}
	defer w.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(w.Body, 4<<10))
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(body))
	if w.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answers %s\n%s", address, w.Status, printableLines(text))
	}
	return printableLines(text), nil
}

func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}
