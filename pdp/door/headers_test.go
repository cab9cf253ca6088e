package door_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/pdp/door"
)

// Headers are a map from names to lines, whatever is done to them and however often
// they are used again.
func TestHeadersAreAMap(t *testing.T) {
	var h door.Headers
	rapid.Check(t, func(t *rapid.T) {
		h.Reset()
		model, order := map[string][]string{}, []string{}
		names := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "A", "b", "accept", "Accept", "tpecca", "x-user"}),
			rapid.Map(rapid.IntRange(0, 300), func(n int) string { return fmt.Sprint("h", n) }))
		for i := range rapid.IntRange(0, 400).Draw(t, "steps") {
			name := names.Draw(t, "name")
			lower := strings.ToLower(name)
			if rapid.IntRange(0, 9).Draw(t, "delete") == 0 {
				h.Delete(lower)
				delete(model, lower)
				order = slices.DeleteFunc(order, func(n string) bool { return n == lower })
				continue
			}
			if model[lower] == nil {
				order = append(order, lower)
			}
			model[lower] = append(model[lower], fmt.Sprint(i))
			if n := h.Add(name, fmt.Sprint(i)); n != len(model[lower]) {
				t.Fatalf("%q has %d lines, want %d", name, n, len(model[lower]))
			}
		}
		got := map[string][]string{}
		for name := range h.Names {
			got[name] = h.Values(name)
		}
		if !maps.EqualFunc(got, model, slices.Equal) || !slices.Equal(slices.Collect(h.Names), order) {
			t.Fatalf("%q, want %q", got, model)
		}
		joined, ok := h.Joined("accept")
		if ok != (model["accept"] != nil) || joined != strings.Join(model["accept"], ",") {
			t.Errorf("joined %q, of %q", joined, model["accept"])
		}
		if h.Values("no such header") != nil {
			t.Error("has what it has not")
		}
	})
}

// A Request that is used again, and a copy of one, are asked for what they hold now.
func TestRequestIsUsedAgain(t *testing.T) {
	d := newDoor(t, door.Options{})
	ask := func(r *door.Request) string {
		v := &view{}
		o := d.Decide(t.Context(), v, r, noon)
		if r.Malformed = ""; v.last(t).Malformed != "" {
			return "malformed"
		}
		return o.Path + " " + v.last(t).Context.Value("aws:useragent").At(0).Text()
	}
	r := get("/a", "user-agent", "one")
	if got := ask(r); got != "/a one" {
		t.Fatal(got)
	}
	other := *r
	other.Headers = door.Headers{}
	other.Headers.Add("user-agent", "two")
	if a, b := ask(&other), ask(r); a != "/a two" || b != "/a one" {
		t.Errorf("a copy is asked for %q, the first for %q", a, b)
	}
	r.Reset()
	if got := ask(r); got != "malformed" {
		t.Errorf("an empty request is asked for %q", got)
	}
}
