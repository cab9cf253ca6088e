package config

import "time"

// Config is everything that can be set. Default returns one that serves on
// loopback and needs only a bundle; docs/configuration.md describes every key.
// No setting changes while MayI runs.
type Config struct {
	Bundle   Bundle   `yaml:"bundle"`
	GRPC     GRPC     `yaml:"grpc"`
	Check    GRPC     `yaml:"check"`
	HTTP     HTTP     `yaml:"http"`
	Admin    Admin    `yaml:"admin"`
	Authn    Authn    `yaml:"authn"`
	ExtAuthz ExtAuthz `yaml:"ext_authz"`
	Decide   Decide   `yaml:"decide"`
	Log      Log      `yaml:"log"`
	Shutdown Shutdown `yaml:"shutdown"`

	origin map[string]Error // where each key was set, for errors
}

// Bundle says where policies come from.
type Bundle struct {
	// Path is a directory, or a file whose name ends in .tar.gz. Required to serve.
	Path string `yaml:"path"`
	// PollInterval is how often the source is read even if no change was
	// announced, give or take a tenth; 0 means the default.
	PollInterval time.Duration `yaml:"poll_interval"`
}

// Listener is an address to serve on.
type Listener struct {
	// Listen is "unix:/path" or "host:port"; empty means that this listener is off.
	Listen string `yaml:"listen"`
	// SocketMode is the file mode of a unix socket in octal.
	SocketMode string `yaml:"socket_mode"`
	// Insecure permits plaintext on an address that is not loopback.
	Insecure bool `yaml:"insecure"`
	// TLS applies to host:port.
	TLS TLS `yaml:"tls"`
}

// TLS holds PEM files. They are read again when they change.
type TLS struct {
	// CertFile and KeyFile turn TLS on; empty means plaintext.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// ClientCAFile makes a client certificate from one of these authorities
	// mandatory; empty means that none is asked for.
	ClientCAFile string `yaml:"client_ca_file"`
	// MinVersion is "1.3" or "1.2".
	MinVersion string `yaml:"min_version"`
}

// GRPC is a listener for gRPC: "grpc" that of ext_authz, the Decide API and gRPC
// health, "check" one of its own for ext_authz and the unary half of gRPC health.
type GRPC struct {
	Listener
	// MaxMessageBytes bounds one request; it must hold the largest body that
	// Envoy sends along. 0 means the default.
	MaxMessageBytes int `yaml:"max_message_bytes"`
	// MaxStreams bounds the calls in flight on one connection; 0 means the default.
	MaxStreams int `yaml:"max_streams"`
	// KeepaliveMinTime is how often a client may ping; 0 means the default.
	KeepaliveMinTime time.Duration `yaml:"keepalive_min_time"`
	// ConnectionTimeout bounds the handshake; 0 means the default.
	ConnectionTimeout time.Duration `yaml:"connection_timeout"`
	// MaxConnectionAge closes connections of this age so that clients spread over
	// replicas; 0 means never, which is right for a sidecar.
	MaxConnectionAge time.Duration `yaml:"max_connection_age"`
	// MaxConnectionAgeGrace is how long calls may go on then; 0 means the default.
	MaxConnectionAgeGrace time.Duration `yaml:"max_connection_age_grace"`
}

// HTTP is the listener of the Decide API as JSON.
type HTTP struct {
	Listener
	// MaxBodyBytes bounds a request's body; 0 means the default.
	MaxBodyBytes int `yaml:"max_body_bytes"`
	// MaxHeaderBytes bounds a request's headers; 0 means the default.
	MaxHeaderBytes int `yaml:"max_header_bytes"`
	// ReadTimeout bounds the reading of one request; 0 means the default.
	ReadTimeout time.Duration `yaml:"read_timeout"`
	// WriteTimeout bounds a whole exchange; 0 means the default.
	WriteTimeout time.Duration `yaml:"write_timeout"`
	// IdleTimeout closes connections without requests; 0 means the default.
	IdleTimeout time.Duration `yaml:"idle_timeout"`
}

// Admin is the listener of probes, metrics and status.
type Admin struct {
	Listener
}

// Decide holds the settings of the Decide API.
type Decide struct {
	// Directory serves questions about users, tenants and permissions beside Decide.
	Directory bool `yaml:"directory"`
	// TrustFacts takes a caller's groups, roles and tags of a principal at their
	// word, over the directory's.
	TrustFacts bool `yaml:"trust_facts"`
	// MaxBatch bounds the requests of one batch, at most 1000; 0 means the default.
	MaxBatch int `yaml:"max_batch"`
}

// Log holds the settings of the log, which goes to standard error.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is json or text.
	Format string `yaml:"format"`
	// Denies writes one line for each deny.
	Denies bool `yaml:"denies"`
	// DeniesPerSecond bounds these lines; the next one says how many there would
	// have been. 0 means no bound.
	DeniesPerSecond int `yaml:"denies_per_second"`
	// Headers are the request headers, by their lower-case names, that such a
	// line shows; of one that can hold a secret it shows only that it is there.
	Headers []string `yaml:"headers"`
}

// Shutdown says how MayI stops on SIGTERM.
type Shutdown struct {
	// Delay is how long it serves on after it said that it is not ready; 0 means
	// not at all.
	Delay time.Duration `yaml:"delay"`
	// Grace is how long calls in flight may take after that; 0 means the default.
	Grace time.Duration `yaml:"grace"`
}

// MaxBatch is the most requests that one Decide batch may ever hold.
const MaxBatch = 1000

// Default returns the settings that hold where nothing is set.
func Default() *Config {
	on := func(address string) Listener {
		return Listener{Listen: address, SocketMode: "0660", TLS: TLS{MinVersion: "1.3"}}
	}
	overGRPC := func(l Listener) GRPC {
		return GRPC{
			Listener:              l,
			MaxMessageBytes:       4 << 20,
			MaxStreams:            1000,
			KeepaliveMinTime:      time.Second,
			ConnectionTimeout:     5 * time.Second,
			MaxConnectionAgeGrace: 10 * time.Second,
		}
	}
	return &Config{
		Bundle: Bundle{PollInterval: 15 * time.Second},
		GRPC:   overGRPC(on("127.0.0.1:9600")),
		Check:  overGRPC(on("")),
		HTTP: HTTP{
			Listener:       on("127.0.0.1:9601"),
			MaxBodyBytes:   4 << 20,
			MaxHeaderBytes: 64 << 10,
			ReadTimeout:    10 * time.Second,
			WriteTimeout:   30 * time.Second,
			IdleTimeout:    2 * time.Minute,
		},
		Admin:    Admin{Listener: on("127.0.0.1:9602")},
		Authn:    defaultAuthn(),
		ExtAuthz: defaultExtAuthz(),
		Decide:   Decide{MaxBatch: MaxBatch},
		Log:      Log{Level: "info", Format: "json", Denies: true, DeniesPerSecond: 100, Headers: []string{"user-agent", "x-forwarded-for", "authorization", "cookie"}},
		Shutdown: Shutdown{Delay: time.Second, Grace: 10 * time.Second},
	}
}
