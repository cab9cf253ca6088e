package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// An Error is one problem with one setting.
type Error struct {
	Origin string // the file's name, the variable or the flag
	Line   int    // of the file; 0 elsewhere
	Key    string // "grpc.tls.cert_file", "authn.sources[0].name"; "" for the whole
	Reason string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Origin)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key)
		b.WriteString(": ")
	}
	b.WriteString(e.Reason)
	return b.String()
}

// decoder sets the fields of a Config from a YAML document and remembers where
// each key stood.
type decoder struct {
	file   string
	origin map[string]Error // by key: where it was set
	errs   []error
}

func (d *decoder) decode(data []byte, into *Config) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if !errors.Is(err, io.EOF) { // an empty file sets nothing
			d.errs = append(d.errs, fmt.Errorf("%s: %s", d.file, strings.TrimPrefix(err.Error(), "yaml: ")))
		}
		return
	}
	d.value(doc.Content[0], "", reflect.ValueOf(into).Elem())
	if err := dec.Decode(&doc); !errors.Is(err, io.EOF) {
		d.fail(&doc, "", "a second document follows; expected one")
	}
}

func (d *decoder) fail(n *yaml.Node, key, format string, args ...any) {
	d.errs = append(d.errs, &Error{Origin: d.file, Line: n.Line, Key: key, Reason: fmt.Sprintf(format, args...)})
}

// value sets v from the node that stands at key.
func (d *decoder) value(n *yaml.Node, key string, v reflect.Value) {
	if n.Anchor != "" || n.Kind == yaml.AliasNode {
		d.fail(n, key, "anchors and aliases are not supported")
		return
	}
	if key != "" {
		d.origin[key] = Error{Origin: d.file, Line: n.Line}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, key, v.Elem())
	case reflect.Struct:
		d.mapping(n, key, v)
	case reflect.Map:
		d.texts(n, key, v)
	case reflect.Slice:
		d.list(n, key, v)
	default:
		d.scalar(n, key, v)
	}
}

func (d *decoder) mapping(n *yaml.Node, key string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, key, "expected keys and values, not %s", describe(n))
		return
	}
	fields := fieldsOf(v)
	seen := make(map[string]int, len(fields))
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		at := join(key, name.Value)
		field, known := fields[name.Value]
		first, repeated := seen[name.Value]
		switch {
		case !known:
			d.fail(name, at, "unknown key%s", suggestion(name.Value, fields))
		case repeated:
			d.fail(name, at, "repeated; it stands on line %d already", first)
		default:
			d.value(value, at, field)
		}
		seen[name.Value] = name.Line
	}
}

// texts reads names that are the user's own, and their texts.
func (d *decoder) texts(n *yaml.Node, key string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, key, "expected keys and values, not %s", describe(n))
		return
	}
	texts := make(map[string]string, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, at := n.Content[i], join(key, n.Content[i].Value)
		text := ""
		if _, repeated := texts[name.Value]; repeated || name.Kind != yaml.ScalarNode {
			d.fail(name, at, "expected a name that stands once")
		}
		d.value(n.Content[i+1], at, reflect.ValueOf(&text).Elem())
		texts[name.Value] = text
	}
	v.Set(reflect.ValueOf(texts))
}

func (d *decoder) list(n *yaml.Node, key string, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, key, "expected a list, not %s", describe(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.value(item, indexed(key, i), list.Index(i))
	}
	v.Set(list)
}

func (d *decoder) scalar(n *yaml.Node, key string, v reflect.Value) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.fail(n, key, "expected %s, not %s", expected(v), describe(n))
		return
	}
	if err := setScalar(v, n.Value); err != nil {
		d.fail(n, key, "%s", err)
	}
}

// setScalar sets a bool, a number, a duration or a string from its text.
func setScalar(v reflect.Value, text string) error {
	fail := func() error { return fmt.Errorf("expected %s, not %q", expected(v), text) }
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fail()
		}
		v.SetBool(text == "true")
	case reflect.Int64: // time.Duration
		t, err := time.ParseDuration(text)
		if err != nil || t < 0 {
			return fail()
		}
		v.SetInt(int64(t))
	case reflect.Int:
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 {
			return fail()
		}
		v.SetInt(int64(i))
	default:
		panic("config: a field of type " + v.Type().String())
	}
	return nil
}

func expected(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int64:
		return `a duration like "30s"`
	case reflect.Int:
		return "a whole number, 0 or more"
	}
	return "text"
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	return strconv.Quote(n.Value)
}

// fieldsOf returns the fields of a struct by their YAML name, with those of
// inlined structs.
func fieldsOf(v reflect.Value) map[string]reflect.Value {
	fields := make(map[string]reflect.Value)
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			for name, f := range fieldsOf(v.Field(i)) {
				fields[name] = f
			}
			continue
		}
		if name := v.Type().Field(i).Tag.Get("yaml"); name != "" {
			fields[name] = v.Field(i)
		}
	}
	return fields
}

// suggestion names the keys that would have been right, if they are few or close.
func suggestion(name string, fields map[string]reflect.Value) string {
	var names []string
	for known := range fields {
		names = append(names, known)
	}
	slices.Sort(names)
	for _, known := range names {
		if strings.EqualFold(strings.NewReplacer("-", "", "_", "").Replace(name), strings.ReplaceAll(known, "_", "")) {
			return "; did you mean " + known + "?"
		}
	}
	return "; expected one of " + strings.Join(names, ", ")
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func indexed(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }
