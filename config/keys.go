package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A Key is one setting that holds a single value, and so can be set from a
// variable or a flag too. Lists can only stand in the file.
type Key struct {
	Name    string // "grpc.tls.cert_file"
	Env     string // "MAYI_GRPC_TLS_CERT_FILE"
	Default string // as it would be written; "" if empty
}

// Keys returns every such setting in the order of the file.
func Keys() []Key {
	var keys []Key
	walk(reflect.ValueOf(Default()).Elem(), "", func(name string, v reflect.Value) {
		if v.Kind() != reflect.Slice {
			keys = append(keys, Key{Name: name, Env: envName(name), Default: format(v)})
		}
	})
	return keys
}

// Names returns the name of every setting in the order of the file: single
// values, lists, and what the items of lists hold ("authn.sources[].name").
func Names() []string {
	var names []string
	var list func(name string, v reflect.Value)
	list = func(name string, v reflect.Value) {
		switch {
		case v.Kind() == reflect.Pointer:
			walk(reflect.New(v.Type().Elem()).Elem(), name, list)
			return
		case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
			walk(reflect.New(v.Type().Elem()).Elem(), name+"[]", list)
		}
		names = append(names, name)
	}
	walk(reflect.ValueOf(Default()).Elem(), "", list)
	return names
}

// walk visits every field that is not a struct, in order.
func walk(v reflect.Value, key string, visit func(key string, v reflect.Value)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		at := join(key, field.Tag.Get("yaml"))
		switch {
		case field.Anonymous:
			walk(v.Field(i), key, visit)
		case !field.IsExported():
		case field.Type.Kind() == reflect.Struct:
			walk(v.Field(i), at, visit)
		default:
			visit(at, v.Field(i))
		}
	}
}

func envName(key string) string {
	return "MAYI_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func format(v reflect.Value) string {
	if d, ok := v.Interface().(time.Duration); ok {
		return shortDuration(d)
	}
	return fmt.Sprint(v.Interface())
}

// shortDuration writes 2m, not 2m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
