package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// A Setting is one "key=value" from a flag.
type Setting struct {
	Key   string // "grpc.listen"
	Value string
	Flag  string // as it was given, for errors: "--grpc-listen"
}

// Load reads the settings: Default, then the file (none if the name is empty),
// then environ ("NAME=value", as os.Environ returns it), then the flags' settings.
// It reports every problem of reading and of Validate, joined; the Config is
// usable only if the error is nil.
func Load(file string, environ []string, flags []Setting) (*Config, error) {
	c := Default()
	d := &decoder{file: file, origin: make(map[string]Error)}
	c.origin = d.origin
	if file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		d.decode(data, c)
	}
	fields := make(map[string]reflect.Value)
	walk(reflect.ValueOf(c).Elem(), "", func(key string, v reflect.Value) { fields[key] = v })
	d.environment(environ, fields)
	for _, s := range flags {
		d.set(s.Key, s.Value, s.Flag, fields)
	}
	if err := errors.Join(append(d.errs, c.Validate())...); err != nil {
		return nil, err
	}
	return c, nil
}

// notSettings are variables that begin like ours and are meant for others.
var notSettings = []string{"MAYI_CONFIG"}

// kubernetesService matches what Kubernetes sets in every pod for a Service whose
// name begins with "mayi".
var kubernetesService = regexp.MustCompile(`^MAYI_(.*_)?(SERVICE_(HOST|PORT(_.*)?)|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

func (d *decoder) environment(environ []string, fields map[string]reflect.Value) {
	byEnv := make(map[string]string)
	for key, v := range fields {
		if v.Kind() != reflect.Slice {
			byEnv[envName(key)] = key
		}
	}
	environ = slices.Clone(environ)
	slices.Sort(environ)
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "MAYI_") || slices.Contains(notSettings, name) || kubernetesService.MatchString(name) {
			continue
		}
		key, known := byEnv[name]
		if !known {
			d.errs = append(d.errs, &Error{Origin: name, Reason: "no setting has this variable"})
			continue
		}
		d.set(key, value, name, fields)
	}
}

// set sets one key from a variable or a flag.
func (d *decoder) set(key, value, origin string, fields map[string]reflect.Value) {
	v, known := fields[key]
	switch {
	case !known:
		d.errs = append(d.errs, &Error{Origin: origin, Key: key, Reason: "unknown key"})
	case v.Kind() == reflect.Slice:
		d.errs = append(d.errs, &Error{Origin: origin, Key: key, Reason: "is a list, which can only stand in the file"})
	default:
		d.origin[key] = Error{Origin: origin}
		if err := setScalar(v, value); err != nil {
			d.errs = append(d.errs, &Error{Origin: origin, Key: key, Reason: err.Error()})
		}
	}
}

// errorf makes an Error of a key that says where it was set, or where the
// nearest key around it was.
func (c *Config) errorf(key, format string, args ...any) error {
	e := Error{Origin: "default"}
	for at := key; at != ""; {
		if o, ok := c.origin[at]; ok {
			e = o
			break
		}
		at = at[:max(strings.LastIndexAny(at, ".["), 0)]
	}
	e.Key, e.Reason = key, fmt.Sprintf(format, args...)
	return &e
}
