package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/mayi-authz/mayi/config"
)

// certificates hands out a listener's TLS settings and reads the files again
// when they change. A pair that does not fit, as while one of two files has been
// replaced, does not take effect: the last good one serves on.
type certificates struct {
	files config.TLS
	key   string // of the listener, for messages
	log   *slog.Logger
	base  *tls.Config

	mu      sync.Mutex
	current *tls.Config
	seen    [3]stamp // of the files at the last attempt, good or not
}

// stamp tells a file's content apart well enough to know when to read it again.
type stamp struct {
	modified time.Time
	size     int64
}

// newTLS returns the TLS settings of a listener; nil if it has none. protocols is
// what ALPN offers.
func newTLS(key string, files config.TLS, log *slog.Logger, protocols ...string) (*tls.Config, error) {
	if files.CertFile == "" {
		return nil, nil
	}
	base := &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: protocols}
	if files.MinVersion == "1.2" {
		base.MinVersion = tls.VersionTLS12
		base.CipherSuites = []uint16{ // AEAD with forward secrecy only
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		}
	}
	c := &certificates{files: files, key: key, log: log, base: base, seen: stamps(files)}
	first, err := c.load()
	if err != nil {
		return nil, fmt.Errorf("%s.tls: %w", key, err)
	}
	c.current = first
	outer := base.Clone()
	outer.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.get(), nil }
	return outer, nil
}

// get returns the settings for one handshake.
func (c *certificates) get() *tls.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := stamps(c.files)
	if now == c.seen && !recent(now) {
		return c.current
	}
	news := now != c.seen // and not only read twice because it was just written
	c.seen = now
	next, err := c.load()
	if err != nil {
		if news {
			c.log.Warn("TLS files changed and cannot be used; the last good ones serve on", "listener", c.key, "error", err)
		}
		return c.current
	}
	if news {
		c.log.Info("TLS files read again", "listener", c.key)
	}
	c.current = next
	return next
}

func (c *certificates) load() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(c.files.CertFile, c.files.KeyFile)
	if err != nil {
		return nil, err
	}
	next := c.base.Clone()
	next.Certificates = []tls.Certificate{pair}
	if c.files.ClientCAFile == "" {
		return next, nil
	}
	pem, err := os.ReadFile(c.files.ClientCAFile)
	if err != nil {
		return nil, err
	}
	next.ClientCAs = x509.NewCertPool()
	if !next.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New(c.files.ClientCAFile + ": holds no certificate in PEM")
	}
	next.ClientAuth = tls.RequireAndVerifyClientCert
	return next, nil
}

// recent reports whether a file changed so lately that a second change could
// bear the same time: then its stamp proves nothing.
func recent(s [3]stamp) bool {
	for _, f := range s {
		if age := time.Since(f.modified); age > -2*time.Second && age < 2*time.Second {
			return true
		}
	}
	return false
}

func stamps(files config.TLS) (s [3]stamp) {
	for i, name := range []string{files.CertFile, files.KeyFile, files.ClientCAFile} {
		if info, err := os.Stat(name); name != "" && err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}
