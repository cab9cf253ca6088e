package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/bench/load/generator"
)

// A server is an ext_authz server that is measured.
type server struct {
	name, network, address string
	*process               // nil: it was running already, and its CPU is not ours to read
	admin                  string
}

func (s *server) pids() []int {
	if s.process == nil {
		return nil
	}
	return []int{s.pid()}
}

func (s *server) end() {
	if s.process != nil {
		s.stop()
	}
}

// binaries are the programs that are measured.
type binaries struct{ mayi, stock, lean, envoy string }

// build builds MayI as its Makefile does, and the servers beside it alike.
func (o *Options) build(ctx context.Context, dir string) (b binaries, err error) {
	run := func(in string, argv ...string) error {
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Dir, cmd.Env = in, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, out)
		}
		return nil
	}
	b = binaries{mayi: o.MayI, stock: filepath.Join(dir, "stock"), lean: filepath.Join(dir, "lean"), envoy: o.Envoy}
	if b.mayi == "" {
		root := filepath.Join(o.Dir, "..")
		if err := run(root, "make", "--silent", "build"); err != nil {
			return b, err
		}
		if b.mayi, err = filepath.Abs(filepath.Join(root, "bin/mayi")); err != nil {
			return b, err
		}
	}
	for to, from := range map[string]string{b.stock: "./load/stock", b.lean: "./load/lean"} {
		if err := run(o.Dir, "go", "build", "-tags", "grpcnotrace", "-trimpath", "-ldflags", "-s -w", "-o", to, from); err != nil {
			return b, err
		}
	}
	return b, nil
}

// split takes "unix:/path" or "host:port" apart.
func split(listen string) (network, address string) {
	if path, ok := strings.CutPrefix(listen, "unix:"); ok {
		return "unix", path
	}
	return "tcp", listen
}

// simple starts a server that is told where to listen by a flag.
func simple(ctx context.Context, name, core, binary, listen string, args ...string) (*server, error) {
	p, err := start(name, core, append([]string{binary, "-listen", listen}, args...)...)
	if err != nil {
		return nil, err
	}
	s := &server{name: name, process: p}
	s.network, s.address = split(listen)
	if err := p.ready(ctx, answers(s.network, s.address)); err != nil {
		p.stop()
		return nil, err
	}
	return s, nil
}

// mayiConfig is how MayI runs here: who asks is in a header of the proxy, where
// from in another. Denies are not logged, as the stock server logs nothing. The look
// at all files that comes every 15 s by default is left to the notifications, so that
// it does not fall into some runs and not into others.
const mayiConfig = `bundle: {path: %q, poll_interval: 10m}
grpc: {listen: %q}
check: {listen: %q}
http: {listen: ""}
admin: {listen: %q}
authn:
  client_address: {trusted_hops: 1}
  sources:
  - name: edge
    asserts: ["*"]
    header: {name: x-user, trusted_peers: [127.0.0.0/8]}
log: {denies: false}
shutdown: {delay: 0s, grace: 1s}
`

// The listeners of MayI that serve Check.
const (
	sharedListener = "grpc"  // on grpc-go, with everything else
	ownListener    = "check" // on a loop of its own, alone
)

// mayiName is what MayI is called with one of its listeners.
func mayiName(listener, workload string) string {
	if listener == ownListener {
		return "MayI (own listener), " + workload
	}
	return "MayI (grpc-go), " + workload
}

// mayiNames are the names with both.
func mayiNames(workloads ...string) (names []string) {
	for _, w := range workloads {
		names = append(names, mayiName(sharedListener, w), mayiName(ownListener, w))
	}
	return names
}

// serveMayI starts the real binary on a bundle, with one listener.
func serveMayI(ctx context.Context, listener, workload, core, binary, bundle, dir, listen string) (*server, error) {
	name := mayiName(listener, workload)
	run, err := os.MkdirTemp(dir, "mayi")
	if err != nil {
		return nil, err
	}
	s := &server{name: name, admin: filepath.Join(run, "admin.sock")}
	s.network, s.address = split(listen)
	shared, own := listen, ""
	if listener == ownListener {
		shared, own = own, shared
	}
	config := filepath.Join(run, "mayi.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, mayiConfig, bundle, shared, own, "unix:"+s.admin), 0o600); err != nil {
		return nil, err
	}
	if s.process, err = start(name, core, binary, "serve", "--config", config); err != nil {
		return nil, err
	}
	err = s.ready(ctx, func() error {
		_, err := s.get("/readyz")
		return err
	})
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// get asks the admin listener.
func (s *server) get(path string) ([]byte, error) {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", s.admin)
		},
	}}
	response, err := client.Get("http://mayi" + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body := make([]byte, 1<<20)
	n, _ := readFull(response.Body, body)
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", path, response.Status, body[:n])
	}
	return body[:n], nil
}

// freePort returns an address of the loopback interface that nobody listens at.
func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:0" // what is started there will say why
	}
	defer l.Close()
	return l.Addr().String()
}

// verify sends each request of a scenario once and compares every answer.
func (s *server) verify(ctx context.Context, w *scenario) error {
	r, err := generate(ctx, generatorCore, &generator.Spec{
		Protocol: "grpc", Network: s.network, Address: s.address, Method: checkMethod, Requests: w.checks,
		Conns: 1, InFlight: 64, Once: true, Compare: true, For: time.Minute,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if r.Failed > 0 || r.Wrong > 0 {
		return fmt.Errorf("%s: of %d answers %d are none and %d are wrong: %s", s.name, w.count, r.Failed, r.Wrong, r.First)
	}
	return nil
}
