package config

import (
	"errors"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Validate reports everything about the shape of the settings that is wrong,
// joined, each with the place where it was set.
func (c *Config) Validate() error {
	v := validation{Config: c}
	v.listener("grpc", &c.GRPC.Listener)
	v.listener("check", &c.Check.Listener)
	v.listener("http", &c.HTTP.Listener)
	v.listener("admin", &c.Admin.Listener)
	v.distinct()
	v.oneOf()
	v.authn()
	if c.Decide.MaxBatch > MaxBatch {
		v.fail("decide.max_batch", "%d, expected at most %d", c.Decide.MaxBatch, MaxBatch)
	}
	if s := c.ExtAuthz.Denial.Status; s != 0 && (s < 400 || s > 599) {
		v.fail("ext_authz.denial.status", "%d, expected 400 to 599", s)
	}
	return errors.Join(v.errs...)
}

type validation struct {
	*Config
	errs []error
}

func (v *validation) fail(key, format string, args ...any) {
	v.errs = append(v.errs, v.errorf(key, format, args...))
}

// choices lists the settings that are one of a few words.
var choices = map[string][]string{
	"log.level":                       {"debug", "info", "warn", "error"},
	"log.format":                      {"json", "text"},
	"grpc.tls.min_version":            {"1.3", "1.2"},
	"check.tls.min_version":           {"1.3", "1.2"},
	"http.tls.min_version":            {"1.3", "1.2"},
	"admin.tls.min_version":           {"1.3", "1.2"},
	"ext_authz.downstream_tls":        {"unknown", "always"},
	"ext_authz.inability":             {"rpc_error", "error_response", "denied"},
	"ext_authz.paths.empty_segments":  {"refuse", "merge"},
	"ext_authz.paths.escaped_slashes": {"refuse", "keep"},
	"ext_authz.paths.dot_segments":    {"refuse", "remove"},
	"ext_authz.paths.semicolons":      {"refuse", "strip", "keep"},
	"ext_authz.paths.double_escapes":  {"refuse", "keep"},
	"ext_authz.denial.format":         {"negotiated", "problem_json", "plain_text"},
}

func (v *validation) oneOf() {
	walk(reflect.ValueOf(v.Config).Elem(), "", func(key string, value reflect.Value) {
		if words := choices[key]; words != nil {
			v.word(key, value.String(), words...)
		}
	})
}

func (v *validation) word(key, got string, words ...string) {
	if !slices.Contains(words, got) {
		v.fail(key, "expected %s, not %q", strings.Join(words, " or "), got)
	}
}

func (v *validation) listener(key string, l *Listener) {
	t := l.TLS
	if (t.CertFile == "") != (t.KeyFile == "") {
		v.fail(key+".tls", "cert_file and key_file belong together; one of them is missing")
	}
	if t.ClientCAFile != "" && t.CertFile == "" {
		v.fail(key+".tls.client_ca_file", "needs cert_file and key_file")
	}
	switch path, isUnix := strings.CutPrefix(l.Listen, "unix:"); {
	case l.Listen == "":
	case isUnix:
		v.socket(key, path, l)
	default:
		v.address(key, l)
	}
}

// maxSocketPath is the longest path of a unix socket that every system takes.
const maxSocketPath = 103

func (v *validation) socket(key, path string, l *Listener) {
	if !filepath.IsAbs(path) || len(path) > maxSocketPath {
		v.fail(key+".listen", `%q, expected "unix:" and an absolute path of at most %d bytes`, l.Listen, maxSocketPath)
	}
	if mode, err := strconv.ParseUint(l.SocketMode, 8, 32); err != nil || mode > 0o777 {
		v.fail(key+".socket_mode", `%q, expected an octal file mode like "0660"`, l.SocketMode)
	}
	if l.TLS.CertFile != "" {
		v.fail(key+".tls", "a unix socket has no TLS; its file mode says who may connect")
	}
}

func (v *validation) address(key string, l *Listener) {
	host, port, ok := cutPort(l.Listen)
	if n, err := strconv.ParseUint(port, 10, 16); !ok || err != nil {
		v.fail(key+".listen", `%q, expected "unix:/path" or "host:port"`, l.Listen)
		return
	} else if strconv.FormatUint(n, 10) != port {
		v.fail(key+".listen", "port %q, expected a number from 0 to 65535", port)
		return
	}
	if !loopback(host) && l.TLS.CertFile == "" && !l.Insecure {
		v.fail(key+".listen", "%s is not loopback and has no TLS: set %s.tls, or %s.insecure to true if the network is trusted", l.Listen, key, key)
	}
}

// cutPort splits host:port; an IPv6 host stands in brackets.
func cutPort(address string) (host, port string, ok bool) {
	i := strings.LastIndexByte(address, ':')
	if i < 0 {
		return "", "", false
	}
	host, port = address[:i], address[i+1:]
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		host, ok = strings.CutSuffix(inner, "]")
		return host, port, ok
	}
	return host, port, !strings.Contains(host, ":")
}

// loopback reports whether nobody but this machine can connect to host. A name
// other than localhost could resolve to anything.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// distinct refuses two listeners on one address.
func (v *validation) distinct() {
	listeners := []struct{ key, listen string }{
		{"grpc", v.GRPC.Listen}, {"check", v.Check.Listen}, {"http", v.HTTP.Listen}, {"admin", v.Admin.Listen},
	}
	for i, a := range listeners {
		for _, b := range listeners[:i] {
			if a.listen != "" && a.listen == b.listen && !strings.HasSuffix(a.listen, ":0") {
				v.fail(a.key+".listen", "%s.listen is %s too", b.key, b.listen)
			}
		}
	}
	if v.GRPC.Listen == "" && v.Check.Listen == "" && v.HTTP.Listen == "" {
		v.fail("grpc.listen", "none of grpc, check and http listens: there is nothing to serve")
	}
}
