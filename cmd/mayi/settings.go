package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mayi-authz/mayi/config"
)

// settingFlags are the flags that set configuration: the common ones by a name
// of their own, every other key with --set.
type settingFlags struct {
	file  string
	named []namedFlag
	set   []string
	flags *pflag.FlagSet
}

type namedFlag struct{ flag, key, help string }

func (s *settingFlags) add(flags *pflag.FlagSet) {
	s.flags = flags
	s.named = []namedFlag{
		{"bundle", "bundle.path", "policies: a directory or a .tar.gz `PATH`"},
		{"grpc-listen", "grpc.listen", "where to serve ext_authz and Decide over gRPC: `unix:/path or host:port`"},
		{"http-listen", "http.listen", "where to serve Decide as JSON"},
		{"admin-listen", "admin.listen", "where to serve probes, metrics and status"},
		{"log-level", "log.level", "debug, info, warn or error"},
		{"log-format", "log.format", "json or text"},
	}
	flags.StringVarP(&s.file, "config", "c", "", "configuration `FILE` (also MAYI_CONFIG)")
	for _, n := range s.named {
		flags.String(n.flag, "", n.help)
	}
	flags.StringArrayVar(&s.set, "set", nil, "set one `KEY=VALUE` of the configuration; may be repeated")
}

// load reads the configuration: defaults, file, environment, flags.
func (s *settingFlags) load(p *program) (*config.Config, error) {
	var settings []config.Setting
	for _, n := range s.named {
		if f := s.flags.Lookup(n.flag); f.Changed {
			settings = append(settings, config.Setting{Key: n.key, Value: f.Value.String(), Flag: "--" + n.flag})
		}
	}
	for _, text := range s.set {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, usage(fmt.Errorf("--set %s: expected KEY=VALUE", text))
		}
		settings = append(settings, config.Setting{Key: key, Value: value, Flag: "--set " + text})
	}
	if s.file == "" {
		s.file = p.getenv("MAYI_CONFIG")
	}
	c, err := config.Load(s.file, p.environ, settings)
	if err != nil {
		return nil, invalid(err)
	}
	return c, nil
}

// errNoBundle says what to do about it.
var errNoBundle = errors.New("no policies are named: use --bundle PATH, or bundle.path in the configuration")
