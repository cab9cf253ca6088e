package strictjson_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// shape is all that can be seen of a tree.
func shape(root *strictjson.Node) string {
	var b strings.Builder
	walk(root, func(n *strictjson.Node) {
		fmt.Fprintf(&b, "%d %q %d %s", n.Kind, n.Text, len(n.Items), n.Place())
		for _, m := range n.Members {
			fmt.Fprintf(&b, " %q", m.Name)
		}
		b.WriteByte('\n')
	})
	return b.String()
}

// right are documents that the scanner must not leave to the tokenizer.
var right = []string{
	sample,
	`null`, `true`, `false`, `""`, `"a"`, `{}`, `[]`, ` [ ] `, "\t{\r\n}\n",
	`0`, `-0`, `10`, `-1.5`, `1e9`, `1E+9`, `0.0e-0`, `123456789012345678901234567890.1`,
	`"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"`, "\"é😀\x7f\"", `{"\u0061":1,"b":{"a":[]}}`,
	`[[[[1],2],3],{"a":{"b":[{"c":null}]}}]`,
	`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"n":14}`,
	`["` + strings.Repeat("long ", 2000) + `","short"]`,
	string(policies(20_000)),
}

// doubtful are documents that only differ from right ones in what is easily
// overlooked.
var doubtful = []string{
	`+1`, `.5`, `1.`, `1e`, `1e+`, `-`, `--1`, `01`, `-01`, `0x1`, `1 2`, `1,`, `Infinity`,
	`"\u00g0"`, `"\u12"`, `"\`, `"\"`, "\"\x1f\"", "\"\x00\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"",
	`"\ud800"`, `"\udc00\ud800"`, `"\ud800\n"`, `"a" "b"`,
	`{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{"a":1 "b":2}`, `{"a":1]`, `[1}`, `[1 2]`, `[,1]`, `[1,]`, `[`, `{`, `]`,
	"\u00a0[]", "[]\u00a0", "\f[]", "[]\x00", "\ufeff[]",
	`{"a":1,"a":1}`, `{"a":1,"\u0061":1}`, `{"é":1,"\u00e9":1}`,
	`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"a":14}`,
	`truex`, `tru`, `True`, `nul`, `falsefalse`,
}

// agree checks the scanner against the tokenizer.
func agree(t *testing.T, data []byte, limits strictjson.Limits) (scanned bool) {
	t.Helper()
	fast := strictjson.Scan("f", data, limits)
	slow, err := strictjson.Tokenize("f", data, limits)
	switch {
	case fast == nil && slow == nil:
		return false
	case fast == nil:
		t.Fatalf("the scanner leaves %.200q to the tokenizer", data)
	case slow == nil:
		t.Fatalf("the scanner takes %.200q: %v", data, err)
	case shape(fast) != shape(slow):
		t.Fatalf("%.200q\nscanned\n%s\ntokenized\n%s", data, shape(fast), shape(slow))
	}
	return true
}

func TestScanner(t *testing.T) {
	for _, data := range right {
		if !agree(t, []byte(data), strictjson.Limits{}) {
			t.Errorf("%.200q is refused", data)
		}
	}
	for _, data := range doubtful {
		if agree(t, []byte(data), strictjson.Limits{}) {
			t.Errorf("%.200q is taken", data)
		}
	}
	for _, c := range refusals {
		if agree(t, []byte(c.data), small) && len(c.data) <= small.Bytes { // the size is asked for before
			t.Errorf("%s is taken", c.name)
		}
	}
}

// TestListsAreApart: whoever appends to a node's lists does not change another.
func TestListsAreApart(t *testing.T) {
	root := strictjson.Scan("", []byte(`{"a":[1,2],"b":[3],"c":{"d":4},"e":{"f":5}}`), strictjson.Limits{})
	a, c := root.Get("a"), root.Get("c")
	_ = append(a.Items, a)
	_ = append(c.Members, strictjson.Member{Name: "x"})
	if root.Get("b").Items[0].Text != "3" || root.Get("e").Get("f") == nil {
		t.Error("another list changed")
	}
}

// FuzzScanner: the scanner takes what the tokenizer takes, and makes the same of it,
// with limits that are easily reached too.
func FuzzScanner(f *testing.F) {
	for _, data := range append(right, doubtful...) {
		f.Add([]byte(data))
	}
	for _, c := range refusals {
		f.Add([]byte(c.data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.HasPrefix(string(data), "\xef\xbb\xbf") {
			return // refused before either
		}
		agree(t, data, strictjson.Limits{})
		agree(t, data, small)
	})
}

// TestParserAgain: whatever a parser has read before, it reads the next document as
// a new one does, and texts that were taken from one before stay.
func TestParserAgain(t *testing.T) {
	var p strictjson.Parser
	var places strictjson.Places
	var kept, before []string
	for range 3 {
		for i, data := range append(right, doubtful...) {
			got, err := p.Parse("f", []byte(data), strictjson.Limits{})
			want, wantErr := strictjson.Parse("f", []byte(data), strictjson.Limits{})
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("%.200q: got the error %v, want %v", data, err, wantErr)
			}
			if err != nil {
				continue
			}
			if shape(got) != shape(want) {
				t.Fatalf("%.200q\ngot\n%s\nwant\n%s", data, shape(got), shape(want))
			}
			walk(got, func(n *strictjson.Node) {
				if at := places.Of(n); at != n.Place() {
					t.Fatalf("place %v, want %v", at, n.Place())
				}
				if i == 0 {
					kept = append(kept, n.Text, places.Of(n).Pointer)
					before = append(before, strings.Clone(n.Text), n.Pointer())
				}
			})
		}
	}
	if !slices.Equal(kept, before) {
		t.Errorf("texts changed: %q, were %q", kept, before)
	}
	if at := places.Of(&strictjson.Node{}); at != (strictjson.Place{}) {
		t.Errorf("a node made by hand stands at %v", at)
	}
}

// TestParserAllocatesLittle: a document after others of its size costs its texts and
// little more.
func TestParserAllocatesLittle(t *testing.T) {
	var p strictjson.Parser
	data := policies(20_000) // about 1,300 values
	parse := func() {
		if _, err := p.Parse("f", data, strictjson.Limits{}); err != nil {
			t.Fatal(err)
		}
	}
	parse()
	if n := testing.AllocsPerRun(10, parse); n > 40 {
		t.Errorf("%v allocations", n)
	}
}

// The two ways to read a document, side by side.
func BenchmarkScan(b *testing.B) {
	data, limits := policies(20_000), strictjson.Limits{}
	b.Run("tokenizer", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := strictjson.Tokenize("f", data, limits); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("scanner", func(b *testing.B) {
		var p strictjson.Parser
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Parse("f", data, limits); err != nil {
				b.Fatal(err)
			}
		}
	})
}
