//go:build envoy

package server_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// envoyBin is the real Envoy that the test command found or fetched.
func envoyBin(t *testing.T) string {
	t.Helper()
	bin := os.Getenv("ENVOY_BIN")
	if bin == "" {
		t.Fatal("ENVOY_BIN is not set; run the tests with make test, which fetches an Envoy")
	}
	return bin
}

var buildMayI = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mayi-bin")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "mayi")
	out, err := exec.Command("go", "build", "-tags", "grpcnotrace", "-o", bin, "../../cmd/mayi").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

// process is a program that a test runs and stops.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan struct{}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func start(t *testing.T, name, bin string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(bin, args...), log: &lockedBuffer{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, tail(p.log.String(), 2000))
		}
	})
	return p
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

// stop ends the program: politely, then not.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(15 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
	}
}

// eventually waits until a condition holds; it fails the test if it never does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("never saw: %s", what)
		case <-tick.C:
		}
	}
}

// mayi is a MayI process with everything on unix sockets.
type mayi struct {
	*process
	dir    string // the bundle
	socket string // gRPC
	admin  *http.Client
	config string
}

// startMayI runs the real binary on a bundle with deploy/envoy/mayi.yaml's
// settings; replace changes lines of it.
func startMayI(t *testing.T, bundle string, replace ...string) *mayi {
	t.Helper()
	m := prepareMayI(t, bundle, replace...)
	m.start()
	return m
}

// ownListener is a variable that lets a test use the listener for Checks alone.
const ownListener = "TEST_OWN_LISTENER"

func prepareMayI(t *testing.T, bundle string, replace ...string) *mayi {
	t.Helper()
	run := shortTempDir(t)
	data, err := os.ReadFile("../../deploy/envoy/mayi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	pairs := append([]string{"/etc/mayi/policies", bundle, "/run/mayi", run}, replace...)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("deploy/envoy/mayi.yaml does not hold %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	if os.Getenv(ownListener) != "" {
		text = strings.Replace(text, "grpc:\n", "grpc: {listen: \"\"}\ncheck:\n", 1)
	}
	m := &mayi{dir: bundle, socket: filepath.Join(run, "grpc.sock"), config: filepath.Join(run, "mayi.yaml")}
	if err := os.WriteFile(m.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	admin := filepath.Join(run, "admin.sock")
	m.admin = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", admin)
		},
	}}
	m.process = &process{t: t}
	return m
}

func (m *mayi) start() {
	t := m.process.t
	t.Helper()
	bin, err := buildMayI()
	if err != nil {
		t.Fatal(err)
	}
	m.process = start(t, "mayi", bin, "serve", "--config", m.config)
	eventually(t, "mayi answers its probes", func() bool { return m.get("/livez") == http.StatusOK })
}

// get returns the status of a page of the admin listener, 0 if there is none.
func (m *mayi) get(path string) int {
	res, err := m.admin.Get("http://mayi" + path)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

func (m *mayi) ready() {
	m.process.t.Helper()
	eventually(m.process.t, "mayi is ready", func() bool { return m.get("/readyz") == http.StatusOK })
}

// shortTempDir is a directory whose name leaves room for a unix socket's.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mayi")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// tree is a parsed YAML document that a test changes by path.
type tree = map[string]any

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// envoy is a running Envoy in front of an upstream.
type envoy struct {
	*process
	addr string
}

// envoySetup is what a test changes of deploy/envoy/grpc.yaml.
type envoySetup struct {
	mayiSocket, upstream, jwks string
	edit                       func(hcm tree, listener tree, root tree)
}

func startEnvoy(t *testing.T, s envoySetup) *envoy {
	t.Helper()
	data, err := os.ReadFile("../../deploy/envoy/grpc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	addr := freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	_, upstreamPort, _ := net.SplitHostPort(s.upstream)
	text := string(data)
	for _, r := range [][2]string{
		{"port_value: 10000", "port_value: " + port},
		{"port_value: 8080", "port_value: " + upstreamPort},
		{"/etc/envoy/jwks.json", s.jwks},
		{"/run/mayi/grpc.sock", s.mayiSocket},
		{"timeout: 0.25s\n                envoy_grpc", "timeout: 10s\n                envoy_grpc"}, // a busy test machine may stall
	} {
		if !strings.Contains(text, r[0]) {
			t.Fatalf("deploy/envoy/grpc.yaml does not hold %q", r[0])
		}
		text = strings.ReplaceAll(text, r[0], r[1])
	}
	var root tree
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	if s.edit != nil {
		listener := root["static_resources"].(tree)["listeners"].([]any)[0].(tree)
		filter := listener["filter_chains"].([]any)[0].(tree)["filters"].([]any)[0].(tree)
		s.edit(filter["typed_config"].(tree), listener, root)
	}
	out, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(shortTempDir(t), "envoy.yaml")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	e := &envoy{addr: addr}
	e.process = start(t, "envoy", envoyBin(t), "-c", file, "--disable-hot-restart", "--concurrency", "1", "-l", "warning")
	eventually(t, "envoy listens", func() bool {
		select {
		case <-e.done:
			t.Fatal("envoy ended: ", tail(e.log.String(), 4000))
		default:
		}
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	return e
}

// httpFilter returns the typed_config of a filter of the chain.
func httpFilter(t *testing.T, hcm tree, name string) tree {
	t.Helper()
	for _, f := range hcm["http_filters"].([]any) {
		if f.(tree)["name"] == name {
			return f.(tree)["typed_config"].(tree)
		}
	}
	t.Fatalf("no filter %s", name)
	return nil
}

// removeFilter takes a filter out of the chain.
func removeFilter(hcm tree, name string) {
	var kept []any
	for _, f := range hcm["http_filters"].([]any) {
		if f.(tree)["name"] != name {
			kept = append(kept, f)
		}
	}
	hcm["http_filters"] = kept
}

// copyBundle copies the sample bundle into a directory of the test's own.
func copyBundle(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "policies")
	if err := os.CopyFS(dir, os.DirFS("../../deploy/policies")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// writeBundle makes a bundle of files.
func writeBundle(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		replaceFile(t, dir, name, text)
	}
	return dir
}

// replaceFile saves a file as an editor does: whole, by renaming.
func replaceFile(t *testing.T, dir, name, text string) {
	t.Helper()
	tmp := filepath.Join(dir, "."+name+".tmp")
	if err := os.WriteFile(tmp, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}
