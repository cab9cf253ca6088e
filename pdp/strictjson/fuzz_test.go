package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// FuzzParse: what Parse accepts the standard library accepts too, as the same
// tree; every place points at its value; an error has a place inside of the
// document; data is only read.
func FuzzParse(f *testing.F) {
	for _, c := range refusals {
		f.Add([]byte(c.data))
	}
	f.Add([]byte(sample))
	f.Add([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["*"]}]}`))
	f.Add([]byte(`[1e400,-0.0,0e0,123456789012345678901234567890.1]`))
	f.Add([]byte("\r\n[\t\"\\u0000\\\"\\\\\\/\\b\"]\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		root, err := strictjson.Parse("f", data, strictjson.Limits{})
		if !bytes.Equal(before, data) {
			t.Fatal("data was changed")
		}
		if err != nil {
			checkError(t, data, err)
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("%q is refused by encoding/json: %v", data, err)
		}
		if !json.Valid(data) {
			t.Fatalf("%q is more than one document", data)
		}
		if got := tree(root); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: got %v, want %v", data, got, want)
		}
		walk(root, func(n *strictjson.Node) { checkPlace(t, data, root, n) })
	})
}

func checkError(t *testing.T, data []byte, err error) {
	t.Helper()
	var e *strictjson.Error
	if !errors.As(err, &e) || e.Rule == "" || e.Reason == "" {
		t.Fatalf("%q: poor error %#v", data, err)
	}
	lines := bytes.Split(data, []byte("\n"))
	line, column := e.Place.Line, e.Place.Column
	if line < 1 || line > len(lines) || column < 1 || column > len(lines[line-1])+1 {
		t.Fatalf("%q: %v is not in the document", data, e)
	}
}

// checkPlace checks that a node's place is where its first byte stands, and that
// its pointer leads to it.
func checkPlace(t *testing.T, data []byte, root, n *strictjson.Node) {
	t.Helper()
	place := n.Place()
	lines := bytes.Split(data, []byte("\n"))
	first := string(lines[place.Line-1][place.Column-1])
	kinds := map[strictjson.Kind]string{
		strictjson.Null: "n", strictjson.Bool: "tf", strictjson.Number: "-0123456789",
		strictjson.String: `"`, strictjson.Array: "[", strictjson.Object: "{",
	}
	if !strings.Contains(kinds[n.Kind], first) {
		t.Fatalf("%q: a value of kind %d stands at %s, where %q is", data, n.Kind, place, first)
	}
	at := root
	for _, token := range strings.Split(place.Pointer, "/")[1:] {
		at = child(at, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
	}
	if at != n {
		t.Fatalf("%q: the pointer %q leads to another value", data, place.Pointer)
	}
}

func child(n *strictjson.Node, token string) *strictjson.Node {
	if n.Kind == strictjson.Object {
		return n.Get(token)
	}
	for i, item := range n.Items {
		if fmt.Sprint(i) == token {
			return item
		}
	}
	return nil
}

// tree is a node in the types of encoding/json.
func tree(n *strictjson.Node) any {
	switch n.Kind {
	case strictjson.Bool:
		return n.Text == "true"
	case strictjson.Number:
		return json.Number(n.Text)
	case strictjson.String:
		return n.Text
	case strictjson.Array:
		items := make([]any, len(n.Items))
		for i, item := range n.Items {
			items[i] = tree(item)
		}
		return items
	case strictjson.Object:
		members := make(map[string]any, len(n.Members))
		for _, m := range n.Members {
			members[m.Name] = tree(m.Value)
		}
		return members
	}
	return nil
}
