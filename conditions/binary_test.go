package conditions_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
)

func TestBinary(t *testing.T) {
	const hello = "aGVsbG8=" // hello
	tests := []struct {
		name  string
		value conditions.Value
		want  conditions.Tri
	}{
		{"equal", conditions.Text(hello), conditions.True},
		{"other bytes", conditions.Text("aGVsbGE="), conditions.False},
		{"no bytes", conditions.Text(""), conditions.False},
		{"one of a list", conditions.Texts(hello), conditions.True},
		{"no padding", conditions.Text("aGVsbG8"), conditions.Unknown},
		{"too much padding", conditions.Text("aGVsbG8=="), conditions.Unknown},
		{"stray bits", conditions.Text("aGVsbG9="), conditions.Unknown},
		{"line break", conditions.Text("aGVs\nbG8="), conditions.Unknown},
		{"line break at a multiple of four", conditions.Text("aGVs\n\n\n\nbG8="), conditions.Unknown},
		{"URL alphabet", conditions.Text("_-__"), conditions.Unknown},
		{"plain text", conditions.Text("hello"), conditions.Unknown},
		{"only padding", conditions.Text("===="), conditions.Unknown},
		{"number that looks like base64", conditions.One(conditions.Number("1234")), conditions.Unknown},
		{"boolean that looks like base64", conditions.One(conditions.Bool(true)), conditions.Unknown},
		{"object", conditions.One(conditions.Unreadable()), conditions.Unknown},
	}
	s := mustCompile(t, clause("BinaryEquals", "k", "AAAA", hello))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.Eval(with("k", tt.value)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	wantProblem(t, "Type mismatch binary", clause("BinaryEquals", "k", "hello"))
	wantProblem(t, "Type mismatch binary", typed(conditions.KindNumber, "BinaryEquals", "k", "1234"))
	wantProblem(t, "Type mismatch binary", typed(conditions.KindBool, "BinaryEquals", "k", "true"))
}

// FuzzBinary compares with encoding/base64: equal texts must be equal bytes.
func FuzzBinary(f *testing.F) {
	f.Add("aGVsbG8=", "aGVsbG8=")
	f.Add("AAAA", "aGVsbG9=")
	f.Add("QQ==", "QR==")
	decode := func(s string) ([]byte, bool) {
		b, err := base64.StdEncoding.Strict().DecodeString(s)
		return b, err == nil && !strings.ContainsAny(s, "\r\n")
	}
	f.Fuzz(func(t *testing.T, policy, request string) {
		a, okA := decode(policy)
		b, okB := decode(request)
		s, problems := conditions.Compile([]conditions.Clause{clause("BinaryEquals", "k", policy)}, true)
		if (len(problems) == 0) != (okA && policy != "") {
			t.Fatalf("policy value %q: %v", policy, problems)
		}
		want := conditions.Unknown
		if len(problems) == 0 && okB {
			want = conditions.Of(bytes.Equal(a, b))
		}
		if got := s.Eval(with("k", conditions.Text(request))); got != want {
			t.Errorf("%q equals %q: %v, want %v", policy, request, got, want)
		}
	})
}
