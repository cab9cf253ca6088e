package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/grpc"
	grpctls "google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp/server"
)

func TestUnixSocket(t *testing.T) {
	t.Run("mode", func(t *testing.T) {
		path := filepath.Join(folder(t), "s")
		lis, err := server.ListenUnixForTest(path, "0600")
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v %v", info, err)
		}
		if err := lis.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the socket is still there: %v", err)
		}
	})
	t.Run("left behind", func(t *testing.T) {
		path := filepath.Join(folder(t), "s")
		dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		dead.SetUnlinkOnClose(false)
		if err := dead.Close(); err != nil {
			t.Fatal(err)
		}
		lis, err := server.ListenUnixForTest(path, "0660")
		if err != nil {
			t.Fatal(err)
		}
		if err := lis.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("somebody serves", func(t *testing.T) {
		path := filepath.Join(folder(t), "s")
		other, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close() //nolint:errcheck // the test is over
		if _, err := server.ListenUnixForTest(path, "0660"); err == nil || !strings.Contains(err.Error(), "another process serves on it") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file", func(t *testing.T) {
		path := filepath.Join(folder(t), "s")
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := server.ListenUnixForTest(path, "0660"); err == nil || !strings.Contains(err.Error(), "is not a socket") {
			t.Errorf("got %v", err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != "precious" {
			t.Errorf("the file is %q %v", data, err)
		}
	})
	t.Run("a link", func(t *testing.T) {
		dir := folder(t)
		if err := os.Symlink(filepath.Join(dir, "gone"), filepath.Join(dir, "s")); err != nil {
			t.Fatal(err)
		}
		if _, err := server.ListenUnixForTest(filepath.Join(dir, "s"), "0660"); err == nil || !strings.Contains(err.Error(), "is not a socket") {
			t.Errorf("got %v", err)
		}
	})
}

func TestMemoryLimit(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	tests := []struct {
		name string
		fs   fstest.MapFS
		want int64
	}{
		{"no cgroup", fstest.MapFS{}, 0},
		{"no limit", fstest.MapFS{"sys/fs/cgroup/memory.max": file("max\n")}, 0},
		{"in a container", fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("67108864\n")}, 67108864},
		{"own cgroup", fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("100\n")}, 100},
		{"the parent's is smaller", fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("100\n"), "sys/fs/cgroup/a/memory.max": file("50\n"), "sys/fs/cgroup/memory.max": file("max\n")}, 50},
		{"version 1 beside it", fstest.MapFS{"proc/self/cgroup": file("9:memory:/x\n0::/y\n"), "sys/fs/cgroup/y/memory.max": file("7\n")}, 7},
		{"nonsense", fstest.MapFS{"sys/fs/cgroup/memory.max": file("-5\n")}, 0},
		{"a path that climbs", fstest.MapFS{"proc/self/cgroup": file("0::/../../../etc\n"), "etc/memory.max": file("1\n")}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := server.CgroupLimitForTest(tt.fs); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
	set := func(string) string { return "1GiB" }
	if got := server.LimitMemory(fstest.MapFS{"sys/fs/cgroup/memory.max": file("100\n")}, set); got != 0 {
		t.Errorf("GOMEMLIMIT is set and %d took its place", got)
	}
}

// authority signs certificates for a test.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

// write writes the authority and a pair for name into dir.
func (a *authority) write(t *testing.T, dir, name string) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"mayi"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		"ca.pem": {Type: "CERTIFICATE", Bytes: a.cert.Raw}, "cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// client returns settings that trust a, with the pair in dir if it is not "".
func (a *authority) client(t *testing.T, dir string) *tls.Config {
	t.Helper()
	c := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "mayi"}
	c.RootCAs.AddCert(a.cert)
	if dir != "" {
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c
}

// TestTLS serves mTLS on TCP, follows new files and keeps good ones.
func TestTLS(t *testing.T) {
	dir, a := folder(t), newAuthority(t)
	a.write(t, dir, "first")
	files := config.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem"), ClientCAFile: filepath.Join(dir, "ca.pem"), MinVersion: "1.3"}
	c := config.Default()
	c.Bundle.Path = filepath.Join(folder(t), "none")
	c.Shutdown.Delay = 0
	for _, l := range []*config.Listener{&c.GRPC.Listener, &c.Check.Listener, &c.HTTP.Listener, &c.Admin.Listener} {
		l.Listen, l.TLS = "127.0.0.1:0", files
	}
	s, err := server.New(server.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	name := func(settings *tls.Config) string {
		conn, err := tls.Dial("tcp", s.Addrs().Admin.String(), settings)
		if err != nil {
			return err.Error()
		}
		defer conn.Close() //nolint:errcheck // it was only shaken hands with
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := name(a.client(t, dir)); got != "first" {
		t.Fatalf("the server shows %q", got)
	}

	for name, addr := range map[string]net.Addr{"grpc": s.Addrs().GRPC, "check": s.Addrs().Check} {
		for _, pair := range []string{dir, ""} {
			conn, err := grpc.NewClient(addr.String(), grpc.WithTransportCredentials(grpctls.NewTLS(a.client(t, pair))))
			if err != nil {
				t.Fatal(err)
			}
			_, err = healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{})
			if (err == nil) != (pair != "") {
				t.Errorf("%s over mTLS, with a certificate %t: %v", name, pair != "", err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if conn, err := tls.Dial("tcp", s.Addrs().Check.String(), a.client(t, dir)); err != nil {
		t.Errorf("check without ALPN: %v", err)
	} else if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("check speaks to a client that does not want HTTP/2")
	}
	get := func(settings *tls.Config) (int, error) {
		client := http.Client{Transport: &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true}}
		w, err := client.Get("https://" + s.Addrs().Admin.String() + "/livez")
		if err != nil {
			return 0, err
		}
		return w.StatusCode, w.Body.Close()
	}
	if status, err := get(a.client(t, dir)); status != 200 || err != nil {
		t.Errorf("HTTP over mTLS: %d %v", status, err)
	}
	if status, err := get(a.client(t, "")); status != 0 || err == nil {
		t.Errorf("without a client certificate: %d %v", status, err)
	}
	old := a.client(t, dir)
	old.MaxVersion = tls.VersionTLS12
	if got := name(old); !strings.Contains(got, "protocol version") {
		t.Errorf("TLS 1.2: %s", got)
	}

	client := a.client(t, dir)
	a.write(t, dir, "second")
	if got := name(client); got != "second" {
		t.Errorf("with new files the server shows %q", got)
	}
	if err := os.WriteFile(files.KeyFile, []byte("half a k"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := name(client); got != "second" {
		t.Errorf("with a broken key the server shows %q", got)
	}
	a.write(t, dir, "third")
	if got := name(client); got != "third" {
		t.Errorf("with good files again the server shows %q", got)
	}
}
