package strictjson_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// small are limits that tests can reach.
var small = strictjson.Limits{Bytes: 200, Depth: 3, Values: 8, Members: 3}

// refusals are the documents that Parse refuses, each with its whole error. A
// column counts bytes.
var refusals = []struct {
	name   string
	data   string
	line   int
	column int
	ptr    string
	rule   string
	reason string
}{
	{"empty", "", 1, 1, "", "JSON syntax", "document is empty; expected a JSON value"},
	{"blank", " \n\t ", 2, 3, "", "JSON syntax", "document is empty; expected a JSON value"},
	{"byte order mark", "\xef\xbb\xbf{}", 1, 1, "", "JSON syntax", "document begins with a byte order mark; expected plain UTF-8 without one"},
	{"byte order mark alone", "\xef\xbb\xbf", 1, 1, "", "JSON syntax", "document begins with a byte order mark; expected plain UTF-8 without one"},
	{"UTF-16", "\xff\xfe{\x00}\x00", 1, 1, "", "JSON syntax", `invalid character '\xff' at start of value`},

	{"duplicate name", `{"a":1,"b":2, "a":3}`, 1, 15, "/a", "JSON syntax", `duplicate member name "a"`},
	{"escaped duplicate", `{"a":1,"\u0061":2}`, 1, 8, "/a", "JSON syntax", `duplicate member name "a"`},
	{"escaped duplicate, deep", "{\"x\":[{},\n {\"b/~\":1, \"\\u0062\\/~\":2}]}", 2, 12, "/x/1/b~1~0", "JSON syntax", `duplicate member name "b/~"`},
	{"duplicate beyond the basic plane", `{"😀":1,"\ud83d\ude00":2}`, 1, 11, "/😀", "JSON syntax", `duplicate member name "😀"`},
	{"duplicate empty name", `{"":1,"":2}`, 1, 7, "/", "JSON syntax", `duplicate member name ""`},

	{"invalid UTF-8", "[\"a\xffb\"]", 1, 4, "/0", "JSON syntax", "invalid UTF-8"},
	{"invalid UTF-8 in a name", "{\"\xff\":1}", 1, 3, "", "JSON syntax", "invalid UTF-8"},
	{"overlong UTF-8", "\"\xc0\xaf\"", 1, 2, "", "JSON syntax", "invalid UTF-8"},
	{"surrogate in UTF-8", "\"\xed\xa0\x80\"", 1, 2, "", "JSON syntax", "invalid UTF-8"},
	{"UTF-8 cut short", "\"\xe2\x82\"", 1, 2, "", "JSON syntax", "invalid UTF-8"},
	{"lone high surrogate", `{"k": "\ud800"}`, 1, 8, "/k", "JSON syntax", "invalid surrogate pair `\\ud800\"}` in string"},
	{"lone low surrogate", `"\udc00"`, 1, 2, "", "JSON syntax", "invalid surrogate pair `\\udc00\"` in string"},
	{"high surrogate with a letter", `"\ud800\u0041"`, 1, 2, "", "JSON syntax", "invalid surrogate pair `\\ud800\\u0041` in string"},
	{"surrogates in the wrong order", `"\udc00\ud800"`, 1, 2, "", "JSON syntax", "invalid surrogate pair `\\udc00\\ud800` in string"},

	{"trailing value", "{}\n {}", 2, 2, "", "JSON syntax", "something follows the document; expected its end"},
	{"trailing bracket", "[]]", 1, 3, "", "JSON syntax", "something follows the document; expected its end"},
	{"trailing comma after all", "1 ,", 1, 3, "", "JSON syntax", "something follows the document; expected its end"},
	{"trailing NUL", "1\x00", 1, 2, "", "JSON syntax", "something follows the document; expected its end"},
	{"trailing garbage", "true x", 1, 6, "", "JSON syntax", "something follows the document; expected its end"},
	{"leading zero", "01", 1, 2, "", "JSON syntax", "something follows the document; expected its end"},

	{"too deep", `[[1],[[[1]]]]`, 1, 8, "/1/0/0", "Size", "nesting is deeper than 3"},
	{"too deep, objects", `{"a":{"b":{"c":{}}}}`, 1, 16, "/a/b/c", "Size", "nesting is deeper than 3"},
	{"too many values", "[1,2,3,4,5,6,7,\n8]", 2, 1, "/7", "Size", "document has more than 8 values"},
	{"too many members", `[{"a":1,"b":2,"c":3,"d":4}]`, 1, 2, "/0", "Size", "object has more than 3 members"},
	{"too many bytes", "[" + strings.Repeat(" ", 199) + "]", 1, 1, "", "Size", "document has 201 bytes, the limit is 200"},

	{"unfinished object", `{"a": {`, 1, 8, "/a", "JSON syntax", "unexpected end of document"},
	{"unfinished after a name", "{\"a\"\n", 2, 1, "/a", "JSON syntax", "unexpected end of document"},
	{"unfinished array", `[1,`, 1, 4, "", "JSON syntax", "unexpected end of document"},
	{"unfinished string", `["abc`, 1, 6, "/0", "JSON syntax", "unexpected end of document"},
	{"unfinished word", `tru`, 1, 4, "", "JSON syntax", "unexpected end of document"},
	{"unfinished number", `-`, 1, 2, "", "JSON syntax", "unexpected end of document"},
	{"trailing comma in an array", "[1,\n]", 1, 3, "", "JSON syntax", "a comma without anything after it"},
	{"trailing comma in an object", `{"a":1 , }`, 1, 8, "", "JSON syntax", "a comma without anything after it"},
	{"comma too many", `[1,,2]`, 1, 4, "/1", "JSON syntax", "invalid character ',' at start of value"},
	{"no comma", "[\n\n  1,\n  2 3]", 4, 5, "", "JSON syntax", "invalid character '3' after array element (expecting ',' or ']')"},
	{"no colon", `{"a" 1}`, 1, 6, "/a", "JSON syntax", "invalid character '1' after object name (expecting ':')"},
	{"no value", `{"a": }`, 1, 7, "/a", "JSON syntax", "missing value after object name"},
	{"name that is no string", `{1:2}`, 1, 2, "", "JSON syntax", "object member name must be a string"},
	{"comment", `/* x */ 1`, 1, 1, "", "JSON syntax", "invalid character '/' at start of value"},
	{"single quotes", `'a'`, 1, 1, "", "JSON syntax", `invalid character '\'' at start of value`},
	{"not a number", `NaN`, 1, 1, "", "JSON syntax", "invalid character 'N' at start of value"},
	{"newline in a string", "[\"a\nb\"]", 1, 4, "/0", "JSON syntax", `invalid character '\n' in string (expecting non-control character)`},
	{"unknown escape", `{"é":"\x"}`, 1, 8, "/é", "JSON syntax", "invalid escape sequence `\\x` in string"},
	{"word in capitals", `[True]`, 1, 2, "/0", "JSON syntax", "invalid character 'T' at start of value"},
	{"wrong bracket", `[1}`, 1, 3, "", "JSON syntax", "invalid character '}' after array element (expecting ',' or ']')"},
}

func TestParseRefuses(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			n, err := strictjson.Parse("f.json", []byte(c.data), small)
			if n != nil {
				t.Errorf("an error comes with a node")
			}
			var got *strictjson.Error
			if !errors.As(err, &got) {
				t.Fatalf("got the error %v, want a *strictjson.Error", err)
			}
			want := strictjson.Error{
				Place:  strictjson.Place{File: "f.json", Line: c.line, Column: c.column, Pointer: c.ptr},
				Rule:   c.rule,
				Reason: c.reason,
			}
			if *got != want {
				t.Errorf("document %q\ngot  %v\nwant %v", c.data, got, &want)
			}
		})
	}
}

func TestLimitsAreReached(t *testing.T) {
	for _, data := range []string{
		`[[[1]]]`,
		`{"a":{"b":{}}}`,
		`[1,2,3,4,5,6,7]`,
		`{"a":1,"b":2,"c":3}`,
		"[" + strings.Repeat(" ", 198) + "]",
	} {
		if _, err := strictjson.Parse("", []byte(data), small); err != nil {
			t.Errorf("document %q: %v", data, err)
		}
	}
}

func TestDefaultLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"%d":1`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	values := func(n int) string { return "[" + strings.Repeat(",1", n-1)[1:] + "]" }
	big := strictjson.Limits{Bytes: 8 << 20}
	for _, c := range []struct {
		name     string
		limits   strictjson.Limits
		ok, over string
	}{
		{"bytes", strictjson.Limits{}, `"` + strings.Repeat("x", 1<<20-2) + `"`, `"` + strings.Repeat("x", 1<<20-1) + `"`},
		{"depth", strictjson.Limits{}, nested(64), nested(65)},
		{"values", big, values(1_000_000), values(1_000_001)},
		{"members", big, members(1 << 16), members(1<<16 + 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := strictjson.Parse("", []byte(c.ok), c.limits); err != nil {
				t.Error(err)
			}
			var got *strictjson.Error
			if _, err := strictjson.Parse("", []byte(c.over), c.limits); !errors.As(err, &got) || got.Rule != "Size" {
				t.Errorf("got the error %v, want one of size", err)
			}
		})
	}
}

// TestDepthWithoutLimit: whoever allows any depth gets an error and no
// stack overflow.
func TestDepthWithoutLimit(t *testing.T) {
	data := strings.Repeat("[", 1_000_000)
	var got *strictjson.Error
	_, err := strictjson.Parse("", []byte(data), strictjson.Limits{Depth: 2_000_000})
	if !errors.As(err, &got) || got.Rule != "Size" {
		t.Errorf("got the error %v", err)
	}
}

const sample = "{\n  \"text\": \"a\\u0062\\n\\ud83d\\ude00/\",\n  \"list\" : [ 1.50E+3, -0,true , false, null,\n\t{ }, [] ],\n  \"é/~\": { \"\": \"x\" }\n}\n"

func TestParse(t *testing.T) {
	root, err := strictjson.Parse("dir/f.json", []byte(sample), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	walk(root, func(n *strictjson.Node) {
		got = append(got, fmt.Sprintf("%d %q %s", n.Kind, n.Text, n.Place()))
	})
	want := []string{
		`6 "" dir/f.json:1:1`,
		`4 "ab\n😀/" dir/f.json:2:11 /text`,
		`5 "" dir/f.json:3:12 /list`,
		`3 "1.50E+3" dir/f.json:3:14 /list/0`,
		`3 "-0" dir/f.json:3:23 /list/1`,
		`2 "true" dir/f.json:3:26 /list/2`,
		`2 "false" dir/f.json:3:33 /list/3`,
		`1 "" dir/f.json:3:40 /list/4`,
		`6 "" dir/f.json:4:2 /list/5`,
		`5 "" dir/f.json:4:7 /list/6`,
		`6 "" dir/f.json:5:11 /é~1~0`,
		`4 "x" dir/f.json:5:17 /é~1~0/`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func walk(n *strictjson.Node, visit func(*strictjson.Node)) {
	visit(n)
	for _, item := range n.Items {
		walk(item, visit)
	}
	for _, m := range n.Members {
		walk(m.Value, visit)
	}
}

func TestGet(t *testing.T) {
	root, err := strictjson.Parse("", []byte(`{"a":1,"A":2,"n":null}`), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := root.Get("A"); got == nil || got.Text != "2" {
		t.Errorf("A is %+v", got)
	}
	if got := root.Get("n"); got == nil || got.Kind != strictjson.Null {
		t.Errorf("n is %+v", got)
	}
	if root.Get("b") != nil || root.Get("a").Get("a") != nil || (*strictjson.Node)(nil).Get("a") != nil {
		t.Error("a member that is not there is found")
	}
}

// TestNamesAreKeptApart: names that are stored in the same slot, repeated, escaped
// or long stay what they are.
func TestNamesAreKeptApart(t *testing.T) {
	long := strings.Repeat("n", 100)
	names := []string{"", "a", "é", "axb", "bxa", "a1xxb", "a2xxb", "Effect", "Action", long, long + "x"}
	var b strings.Builder
	for i := range 50 {
		b.WriteString(",{")
		for k, name := range names {
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%q:\"%d/%d\"", name, i, k)
		}
		b.WriteString(`,"\u0041ctio\u006e2":0}`)
	}
	root, err := strictjson.Parse("", []byte("["+b.String()[1:]+"]"), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i, object := range root.Items {
		for k, name := range append(names, "Action2") {
			want := fmt.Sprintf("%d/%d", i, k)
			if name == "Action2" {
				want = "0"
			}
			if m := object.Members[k]; m.Name != name || m.Value.Text != want {
				t.Fatalf("object %d, member %d is %q: %q, want %q: %q", i, k, m.Name, m.Value.Text, name, want)
			}
		}
	}
}

// TestParseKeepsNothing: the caller may reuse its bytes.
func TestParseKeepsNothing(t *testing.T) {
	data := []byte(`{"name":"value","n":123}`)
	root, err := strictjson.Parse("", data, strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] = '#'
	}
	if root.Get("name") == nil || root.Get("name").Text != "value" || root.Get("n").Text != "123" {
		t.Error("the nodes changed with the caller's bytes")
	}
	if got := root.Get("n").Place().String(); got != "1:21 /n" {
		t.Errorf("place %q", got)
	}
}
