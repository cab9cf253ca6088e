package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// remote asks a running server instead of a bundle.
type remote struct {
	address string // unix:/path or host:port of its HTTP listener
	client  *http.Client
}

func newRemote(address string) *remote {
	return &remote{address: address, client: &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DialContext: dialer(address)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// dialer connects to unix:/path or host:port, whatever a URL says.
func dialer(address string) func(context.Context, string, string) (net.Conn, error) {
	network, dial := "tcp", address
	if socket, ok := strings.CutPrefix(address, "unix:"); ok {
		network, dial = "unix", socket
	}
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, dial)
	}
}

// maxAnswer bounds what is read of one answer.
const maxAnswer = 1 << 20

// decide sends one request and returns the server's answer on one line. denied
// reports whether it is anything but an Allow.
func (r *remote) decide(ctx context.Context, request []byte) (answer []byte, denied bool, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://mayi/v1/decide", bytes.NewReader(request))
	if err != nil {
		return nil, true, err
	}
	q.Header.Set("Content-Type", "application/json")
	w, err := r.client.Do(q)
	if err != nil {
		return nil, true, err
	}
	defer w.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	if err != nil {
		return nil, true, err
	}
	answer = []byte(printable(strings.TrimSpace(string(body))))
	if w.StatusCode != http.StatusOK && w.StatusCode != http.StatusBadRequest {
		return nil, true, fmt.Errorf("%s answers %s: %s", r.address, w.Status, answer)
	}
	return answer, !bytes.HasPrefix(answer, []byte(`{"decision":"Allow"`)), nil
}

// runRemote asks the server for every request of the input, in order.
func (d *decider) runRemote(ctx context.Context, args []string) error {
	if d.bundle != "" || d.at != "" || d.out.format == "pretty" {
		return usage(errors.New("--server asks a running server: it goes with neither --bundle nor --at nor --format pretty"))
	}
	r := newRemote(d.server)
	defer r.client.CloseIdleConnections()
	w := bufio.NewWriter(d.p.out)
	ask := func(request []byte) error {
		answer, denied, err := r.decide(ctx, request)
		if err != nil {
			return failed(err)
		}
		d.denied = d.denied || denied
		_, err = w.Write(append(answer, '\n'))
		return err
	}
	if err := errors.Join(d.source(args, w, ask), w.Flush()); err != nil {
		return err
	}
	if d.exitStatus && d.denied {
		return &exitError{code: exitDenied}
	}
	return nil
}
