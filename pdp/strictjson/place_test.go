package strictjson_test

import (
	"testing"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func TestPlaceString(t *testing.T) {
	for _, c := range []struct {
		place strictjson.Place
		want  string
	}{
		{strictjson.Place{}, ""},
		{strictjson.Place{File: "a.json"}, "a.json"},
		{strictjson.Place{File: "a.json", Line: 3, Column: 7}, "a.json:3:7"},
		{strictjson.Place{File: "a.json", Line: 3, Column: 7, Pointer: "/x/0"}, "a.json:3:7 /x/0"},
		{strictjson.Place{Line: 3, Column: 7, Pointer: "/x"}, "3:7 /x"},
		{strictjson.Place{Pointer: "/x"}, "/x"},
		{strictjson.Place{File: "a.json", Pointer: "/x"}, "a.json /x"},
	} {
		if got := c.place.String(); got != c.want {
			t.Errorf("%+v prints as %q, want %q", c.place, got, c.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		err  strictjson.Error
		want string
	}{
		{strictjson.Error{Reason: "r"}, "r"},
		{strictjson.Error{Rule: "Rule", Reason: "r"}, "Rule: r"},
		{strictjson.Error{Place: strictjson.Place{File: "f", Line: 1, Column: 2, Pointer: "/p"}, Rule: "Rule", Reason: "r"}, "f:1:2 /p: Rule: r"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestErrorfStandsAtItsNode(t *testing.T) {
	root, err := strictjson.Parse("f", []byte("{\"a\":\n[true]}"), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got := root.Get("a").Items[0].Errorf("Rule", "expected %d", 7)
	if want := "f:2:2 /a/0: Rule: expected 7"; got.Error() != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJoin(t *testing.T) {
	if err := strictjson.Join(nil); err != nil {
		t.Errorf("no problems make the error %v", err)
	}
	at := func(file string, line, column int, reason string) *strictjson.Error {
		return &strictjson.Error{Place: strictjson.Place{File: file, Line: line, Column: column}, Reason: reason}
	}
	problems := []*strictjson.Error{
		at("b", 1, 1, "x"), at("a", 10, 1, "x"), at("a", 9, 2, "x"), at("a", 9, 1, "y"), at("a", 9, 1, "x"),
	}
	const want = "a:9:1: x\na:9:1: y\na:9:2: x\na:10:1: x\nb:1:1: x"
	if got := strictjson.Join(problems).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if problems[0].Place.File != "b" {
		t.Error("the caller's list was sorted")
	}
}
