package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/config"
)

// load loads a YAML text and fails the test if that fails.
func load(t *testing.T, yaml string, environ []string, flags ...config.Setting) *config.Config {
	t.Helper()
	c, err := config.Load(write(t, yaml), environ, flags)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, yaml string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "mayi.yaml")
	if err := os.WriteFile(name, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestDefaultIsValid(t *testing.T) {
	if err := config.Default().Validate(); err != nil {
		t.Error(err)
	}
	c, err := config.Load("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.GRPC.Listen != "127.0.0.1:9600" {
		t.Errorf("grpc.listen is %q", c.GRPC.Listen)
	}
}

func TestPrecedence(t *testing.T) {
	const file = "log: {level: warn}\ngrpc:\n  listen: 127.0.0.1:1\n  max_streams: 7\n"
	flag := config.Setting{Key: "log.level", Value: "error", Flag: "--log-level"}
	tests := []struct {
		name    string
		environ []string
		flags   []config.Setting
		want    string
	}{
		{"file over default", nil, nil, "warn"},
		{"environment over file", []string{"MAYI_LOG_LEVEL=debug"}, nil, "debug"},
		{"flag over environment", []string{"MAYI_LOG_LEVEL=debug"}, []config.Setting{flag}, "error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := load(t, file, tt.environ, tt.flags...)
			if c.Log.Level != tt.want {
				t.Errorf("log.level is %q, want %q", c.Log.Level, tt.want)
			}
			if c.GRPC.MaxStreams != 7 || c.GRPC.KeepaliveMinTime != time.Second {
				t.Errorf("max_streams %d and keepalive_min_time %v, want 7 of the file and 1s of the defaults", c.GRPC.MaxStreams, c.GRPC.KeepaliveMinTime)
			}
		})
	}
}

// TestEveryKeyHasAVariable sets each single value through its variable to its
// default, and expects the very defaults back.
func TestEveryKeyHasAVariable(t *testing.T) {
	var environ []string
	for _, key := range config.Keys() {
		environ = append(environ, key.Env+"="+key.Default)
	}
	c, err := config.Load("", environ, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	got := reflect.ValueOf(*c)
	for i := range got.NumField() {
		if f := got.Type().Field(i); f.IsExported() && !reflect.DeepEqual(got.Field(i).Interface(), reflect.ValueOf(*want).Field(i).Interface()) {
			t.Errorf("%s: got %+v, want %+v", f.Name, got.Field(i), reflect.ValueOf(*want).Field(i))
		}
	}
}

func TestEnvironmentOfOthers(t *testing.T) {
	load(t, "", []string{
		"PATH=/bin", "MAYI_CONFIG=/etc/mayi.yaml", "MAYIBE=x",
		// What Kubernetes sets for Services called mayi and mayi-admin.
		"MAYI_SERVICE_HOST=10.0.0.1", "MAYI_SERVICE_PORT=9600", "MAYI_SERVICE_PORT_GRPC=9600",
		"MAYI_PORT=tcp://10.0.0.1:9600", "MAYI_PORT_9600_TCP=tcp://10.0.0.1:9600",
		"MAYI_PORT_9600_TCP_PROTO=tcp", "MAYI_PORT_9600_TCP_PORT=9600", "MAYI_PORT_9600_TCP_ADDR=10.0.0.1",
		"MAYI_ADMIN_SERVICE_HOST=10.0.0.2", "MAYI_ADMIN_PORT=tcp://10.0.0.2:9602",
	})
	for _, key := range config.Keys() {
		if strings.HasSuffix(key.Env, "_PORT") || strings.HasSuffix(key.Env, "_SERVICE_HOST") {
			t.Errorf("%s would be taken for a variable of Kubernetes", key.Env)
		}
	}
}

// TestGood loads every good file; what it sets is checked by the doc test and
// above.
func TestGood(t *testing.T) {
	files, err := filepath.Glob("testdata/*.good.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no good files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if _, err := config.Load(file, nil, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBad(t *testing.T) {
	tests := []struct {
		name, yaml string
		environ    []string
		flags      []config.Setting
		want       []string // lines of the error, without the file's folder
	}{
		{name: "unknown key", yaml: "bundel:\n  path: /x\n", want: []string{"mayi.yaml:1: bundel: unknown key; expected one of admin, authn, bundle, check, decide, ext_authz, grpc, http, log, shutdown"}},
		{name: "misspelt key", yaml: "grpc:\n  maxStreams: 3\n", want: []string{"mayi.yaml:2: grpc.maxStreams: unknown key; did you mean max_streams?"}},
		{name: "repeated key", yaml: "log:\n  level: info\n  level: warn\n", want: []string{"mayi.yaml:3: log.level: repeated; it stands on line 2 already"}},
		{name: "two documents", yaml: "log: {}\n---\nlog: {}\n", want: []string{"mayi.yaml:2: a second document follows; expected one"}},
		{name: "no mapping", yaml: "- a\n", want: []string{"mayi.yaml:1: expected keys and values, not a list"}},
		{name: "section without keys", yaml: "grpc:\n", want: []string{"mayi.yaml:1: grpc: expected keys and values, not nothing"}},
		{name: "value missing", yaml: "bundle:\n  path:\n", want: []string{"mayi.yaml:2: bundle.path: expected text, not nothing"}},
		{name: "list for text", yaml: "bundle:\n  path: [a]\n", want: []string{"mayi.yaml:2: bundle.path: expected text, not a list"}},
		{name: "text for list", yaml: "authn:\n  sources: x\n", want: []string{`mayi.yaml:2: authn.sources: expected a list, not "x"`}},
		{name: "yes is no boolean", yaml: "decide:\n  trust_facts: yes\n", want: []string{`mayi.yaml:2: decide.trust_facts: expected true or false, not "yes"`}},
		{name: "number with unit", yaml: "grpc:\n  max_streams: 1k\n", want: []string{`mayi.yaml:2: grpc.max_streams: expected a whole number, 0 or more, not "1k"`}},
		{name: "negative number", yaml: "grpc:\n  max_streams: -1\n", want: []string{`mayi.yaml:2: grpc.max_streams: expected a whole number, 0 or more, not "-1"`}},
		{name: "duration without unit", yaml: "shutdown:\n  grace: 10\n", want: []string{`mayi.yaml:2: shutdown.grace: expected a duration like "30s", not "10"`}},
		{name: "alias", yaml: "bundle: &a\n  path: /x\n", want: []string{"mayi.yaml:1: bundle: anchors and aliases are not supported"}},
		{name: "two kinds", yaml: "authn:\n  sources:\n  - name: a\n    jwt: {}\n    header: {}\n", want: []string{"mayi.yaml:3: authn.sources[0]: has 2 kinds, expected exactly one of jwt, metadata, mtls, extension and header"}},
		{name: "no kind", yaml: "authn:\n  sources:\n  - name: a\n", want: []string{"mayi.yaml:3: authn.sources[0]: has 0 kinds"}},
		{name: "unknown kind", yaml: "authn:\n  sources:\n  - name: a\n    jwks: {}\n", want: []string{"mayi.yaml:4: authn.sources[0].jwks: unknown key; expected one of asserts, extension, header, jwt, metadata, mtls, name, provider, shared, tenants", "authn.sources[0]: has 0 kinds"}},
		{name: "identity of a certificate", yaml: "authn: {sources: [{mtls: {identity: cn}}]}\n", want: []string{`mayi.yaml:1: authn.sources[0].mtls.identity: expected spiffe or uri or dns or subject, not "cn"`}},
		{name: "half a root", yaml: "authn:\n  root:\n    id: x\n", want: []string{"authn.root: id and source belong together; one of them is missing"}},
		{name: "type of a session", yaml: "authn: {sources: [{metadata: {claims: {session: {type: user}}}}]}\n", want: []string{`mayi.yaml:1: authn.sources[0].metadata.claims.session.type: expected federated or api_key, not "user"`}},
		{name: "tag twice", yaml: "authn:\n  sources:\n  - jwt:\n      claims:\n        tags: {a: x, a: y}\n", want: []string{"mayi.yaml:5: authn.sources[0].jwt.claims.tags.a: expected a name that stands once"}},
		{name: "tags as a list", yaml: "authn: {sources: [{jwt: {claims: {tags: [a]}}}]}\n", want: []string{"authn.sources[0].jwt.claims.tags: expected keys and values, not a list"}},
		{name: "tag without claim", yaml: "authn: {sources: [{jwt: {claims: {tags: {a: }}}}]}\n", want: []string{"authn.sources[0].jwt.claims.tags.a: expected text, not nothing"}},
		{name: "syntax", yaml: "bundle: [\n", want: []string{"mayi.yaml: line 1: did not find expected node content"}},
		{name: "all at once", yaml: "x: 1\nlog:\n  level: 1\n  y: 2\n", environ: []string{"MAYI_NO_SUCH=1"}, flags: []config.Setting{{Key: "z", Value: "1", Flag: "--set z=1"}}, want: []string{
			"mayi.yaml:1: x: unknown key", "mayi.yaml:4: log.y: unknown key; expected one of denies, denies_per_second, format, headers, level",
			"MAYI_NO_SUCH: no setting has this variable", "--set z=1: z: unknown key",
			`mayi.yaml:3: log.level: expected debug or info or warn or error, not "1"`,
		}},
		{name: "variable of the wrong kind", environ: []string{"MAYI_GRPC_MAX_STREAMS=many"}, want: []string{`MAYI_GRPC_MAX_STREAMS: grpc.max_streams: expected a whole number, 0 or more, not "many"`}},
		{name: "variable for a list", environ: []string{"MAYI_AUTHN_SOURCES=x"}, want: []string{"MAYI_AUTHN_SOURCES: no setting has this variable"}},
		{name: "flag for a list", flags: []config.Setting{{Key: "authn.sources", Value: "x", Flag: "--set authn.sources=x"}}, want: []string{"--set authn.sources=x: authn.sources: is a list, which can only stand in the file"}},

		{name: "plaintext beyond loopback", yaml: "grpc:\n  listen: 0.0.0.0:9600\n", want: []string{"mayi.yaml:2: grpc.listen: 0.0.0.0:9600 is not loopback and has no TLS: set grpc.tls, or grpc.insecure to true if the network is trusted"}},
		{name: "every interface", environ: []string{"MAYI_HTTP_LISTEN=:9601"}, want: []string{"MAYI_HTTP_LISTEN: http.listen: :9601 is not loopback and has no TLS: set http.tls, or http.insecure to true if the network is trusted"}},
		{name: "a name is not loopback", yaml: "admin: {listen: 'mayi.local:1'}\n", want: []string{"mayi.yaml:1: admin.listen: mayi.local:1 is not loopback"}},
		{name: "no port", yaml: "grpc: {listen: localhost}\n", want: []string{`mayi.yaml:1: grpc.listen: "localhost", expected "unix:/path" or "host:port"`}},
		{name: "bare IPv6", yaml: "grpc: {listen: '::1:9600'}\n", want: []string{`mayi.yaml:1: grpc.listen: "::1:9600", expected "unix:/path" or "host:port"`}},
		{name: "relative socket", yaml: "grpc: {listen: 'unix:mayi.sock'}\n", want: []string{`mayi.yaml:1: grpc.listen: "unix:mayi.sock", expected "unix:" and an absolute path of at most 103 bytes`}},
		{name: "abstract socket", yaml: "grpc: {listen: 'unix:@mayi'}\n", want: []string{`"unix:@mayi", expected "unix:" and an absolute path`}},
		{name: "long socket", yaml: "grpc: {listen: 'unix:/" + strings.Repeat("x", 103) + "'}\n", want: []string{"an absolute path of at most 103 bytes"}},
		{name: "socket mode", yaml: "grpc: {listen: 'unix:/a', socket_mode: rw}\n", want: []string{`mayi.yaml:1: grpc.socket_mode: "rw", expected an octal file mode like "0660"`}},
		{name: "TLS on a socket", yaml: "grpc: {listen: 'unix:/a', tls: {cert_file: c, key_file: k}}\n", want: []string{"mayi.yaml:1: grpc.tls: a unix socket has no TLS; its file mode says who may connect"}},
		{name: "certificate without key", yaml: "http: {tls: {cert_file: c}}\n", want: []string{"mayi.yaml:1: http.tls: cert_file and key_file belong together; one of them is missing"}},
		{name: "authorities without certificate", yaml: "http: {tls: {client_ca_file: c}}\n", want: []string{"mayi.yaml:1: http.tls.client_ca_file: needs cert_file and key_file"}},
		{name: "old TLS", yaml: "http:\n  tls:\n    min_version: '1.1'\n", want: []string{`mayi.yaml:3: http.tls.min_version: expected 1.3 or 1.2, not "1.1"`}},
		{name: "two on one address", yaml: "http: {listen: '127.0.0.1:9600'}\n", want: []string{"mayi.yaml:1: http.listen: grpc.listen is 127.0.0.1:9600 too"}},
		{name: "nothing to serve", yaml: "grpc: {listen: ''}\nhttp: {listen: ''}\n", want: []string{"mayi.yaml:1: grpc.listen: none of grpc, check and http listens: there is nothing to serve"}},
		{name: "batch too big", yaml: "decide: {max_batch: 1001}\n", want: []string{"mayi.yaml:1: decide.max_batch: 1001, expected at most 1000"}},
		{name: "log level", yaml: "log: {level: loud}\n", want: []string{`mayi.yaml:1: log.level: expected debug or info or warn or error, not "loud"`}},
		{name: "denial status", yaml: "ext_authz: {denial: {status: 200}}\n", want: []string{"mayi.yaml:1: ext_authz.denial.status: 200, expected 400 to 599"}},
		{name: "path option", yaml: "ext_authz:\n  paths:\n    semicolons: allow\n", want: []string{`mayi.yaml:3: ext_authz.paths.semicolons: expected refuse or strip or keep, not "allow"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := write(t, tt.yaml)
			_, err := config.Load(file, tt.environ, tt.flags)
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.ReplaceAll(err.Error(), filepath.Dir(file)+"/", "")
			lines := strings.Split(got, "\n")
			if len(lines) != len(tt.want) {
				t.Errorf("got %d problems, want %d:\n%s", len(lines), len(tt.want), got)
			}
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant %s", got, want)
				}
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	if _, err := config.Load(filepath.Join(t.TempDir(), "no.yaml"), nil, nil); err == nil {
		t.Error("no error for a file that is not there")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("bundle: {path: /x}\ngrpc:\n  listen: unix:/a\n")
	f.Add("a: &a [*a]\n")
	f.Add("? {x: y}\n: z\n")
	f.Add("<<: {log: {level: info}}\n")
	f.Fuzz(func(t *testing.T, yaml string) {
		c, err := config.Load(write(t, yaml), nil, nil)
		if (c == nil) == (err == nil) {
			t.Fatalf("config %v and error %v; expected exactly one", c, err)
		}
		if c != nil && c.Validate() != nil {
			t.Error("what was loaded is not valid")
		}
	})
}
