package route_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/route"
)

// A world is every route and every request over a small alphabet. In it a route is
// the set of requests that it covers, listed one by one, and "more specific" is
// what it says: a subset. The compiled table must agree with that everywhere.
type world struct {
	routes   []route.Route
	requests []*route.HTTP
	covers   []set // by route: the requests
	places   []set // by route: the requests, whatever their method
}

// A set is a set of requests.
type set []bool

func (s set) within(t set) bool {
	for i := range s {
		if s[i] && !t[i] {
			return false
		}
	}
	return true
}

func (s set) overlaps(t set) bool {
	for i := range s {
		if s[i] && t[i] {
			return true
		}
	}
	return false
}

func newWorld(t testing.TB) *world {
	w := &world{}
	for _, host := range []string{"", "a", "*.a", "b.a", "*.b.a"} {
		for _, methods := range [][]string{nil, {"A"}, {"B"}, {"B", "A"}, {"POST"}} {
			for _, path := range []string{"/", "/**", "/x", "/*", "/x/", "/*/", "/x/**", "/*/**", "/x/x", "/x/{n}", "/*/x", "/*/*", "/X/**", "~/x", "~/x/*", "~/*/X"} {
				r := route.Route{Host: host, Methods: methods, Path: path, Action: "a"}
				if folded, ok := strings.CutPrefix(path, "~"); ok {
					r.Path, r.IgnoreCase = folded, true
				}
				w.routes = append(w.routes, r)
			}
		}
		w.routes = append(w.routes,
			route.Route{Host: host, GRPC: "x/x"},
			route.Route{Host: host, GRPC: "x/*"},
			route.Route{Host: host, Methods: []string{"CONNECT"}, Upgrade: true},
			route.Route{Host: host, Methods: []string{"OPTIONS"}, Path: "*"})
	}
	paths := []string{"/", "/x/z/z", "/X/z/z", "/z/z/z", "/x/x/x/"}
	for _, one := range []string{"/x", "/X", "/z"} {
		paths = append(paths, one, one+"/")
		for _, two := range []string{"/x", "/X", "/z"} {
			paths = append(paths, one+two, one+two+"/")
		}
	}
	for _, host := range []string{"", "a", "c", "b.a", "c.a", "c.b.a", "ca"} {
		for _, method := range []string{"A", "B", "C", "POST"} {
			for _, path := range paths {
				w.add(t, method, host, path)
			}
		}
		if host != "" {
			w.add(t, "CONNECT", host+":1", "")
		}
		w.add(t, "OPTIONS", host, "*")
		w.add(t, "OPTIONS", host, "/x")
	}
	for i := range w.routes {
		covers, places := make(set, len(w.requests)), make(set, len(w.requests))
		for j, h := range w.requests {
			places[j] = placed(&w.routes[i], h)
			covers[j] = places[j] && takes(&w.routes[i], h.Method)
		}
		w.covers, w.places = append(w.covers, covers), append(w.places, places)
	}
	return w
}

func (w *world) add(t testing.TB, method, authority, target string) {
	h, err := route.Canonical(method, authority, target, route.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.requests = append(w.requests, &h)
}

// placed reports whether host and path of a request are a route's, in the plainest
// way.
func placed(r *route.Route, h *route.HTTP) bool {
	suffix, wild := strings.CutPrefix(r.Host, "*")
	if r.Host != "" && !(wild && strings.HasSuffix(h.Host, suffix)) && r.Host != h.Host {
		return false
	}
	template := r.Path
	if r.GRPC != "" {
		template = "/" + r.GRPC
	}
	if template == "" || template == "*" || h.Path.Text == "" || h.Path.Text == "*" {
		return template == h.Path.Text
	}
	want, have := strings.Split(template[1:], "/"), strings.Split(h.Path.Text[1:], "/")
	for i, e := range want {
		if e == "**" {
			return len(have) > i
		}
		if i >= len(have) {
			return false
		}
		any := e == "*" && have[i] != "" || strings.HasPrefix(e, "{") && have[i] != ""
		if !any && e != have[i] && !(r.IgnoreCase && strings.EqualFold(e, have[i])) {
			return false
		}
	}
	return len(want) == len(have)
}

func takes(r *route.Route, method string) bool {
	if r.GRPC != "" && len(r.Methods) == 0 {
		return method == "POST"
	}
	return len(r.Methods) == 0 || slices.Contains(r.Methods, method)
}

// conflict reports whether two routes overlap with neither more specific.
func (w *world) conflict(i, j int) bool {
	a, b := w.covers[i], w.covers[j]
	return a.overlaps(b) && a.within(b) == b.within(a)
}

// choose returns the route of a request among some, -1 for the default mapping and
// -2 for none: the one that takes it, but not if a more specific place has been
// given to others.
func (w *world) choose(routes []int, request int) int {
	best, any := -2, false
	for _, i := range routes {
		if !w.places[i][request] {
			continue
		}
		any = true
		if !w.covers[i][request] || slices.ContainsFunc(routes, func(j int) bool {
			return w.places[j][request] && w.places[j].within(w.places[i]) && !w.places[i].within(w.places[j])
		}) {
			continue
		}
		if best < 0 || w.covers[i].within(w.covers[best]) {
			best = i
		}
	}
	if !any && w.requests[request].Method != "CONNECT" {
		return -1
	}
	return best
}

// compile builds the table of some routes of the world, each with its number as
// its action.
func (w *world) compile(routes []int) (*route.Table, error) {
	var docs []*route.Document
	for _, i := range routes {
		r := w.routes[i]
		r.Action = fmt.Sprint(i)
		docs = append(docs, &route.Document{Routes: []route.Route{r}})
	}
	table, problems := route.Compile(docs)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	return table, nil
}

// check compares the table with the world for every request of some.
func (w *world) check(t testing.TB, table *route.Table, routes []int, requests func(int) bool) {
	for k, h := range w.requests {
		if !requests(k) {
			continue
		}
		got := -2
		if found, err := table.Find(h); err == nil {
			target, err := found.Expand(h, route.Caller{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Sscan(target.Action, &got); err != nil {
				got = -1
			}
		}
		if want := w.choose(routes, k); got != want {
			t.Fatalf("%s %s%s: got %s, want %s, of %s", h.Method, h.Host, h.Path.Text, w.name(got), w.name(want), w.names(routes))
		}
	}
}

func (w *world) name(i int) string {
	switch i {
	case -2:
		return "no route"
	case -1:
		return "the default"
	}
	r := w.routes[i]
	return fmt.Sprintf("%v %s%s%s(%t)", r.Methods, r.Host, r.Path, r.GRPC, r.IgnoreCase)
}

func (w *world) names(routes []int) []string {
	var list []string
	for _, i := range routes {
		list = append(list, w.name(i))
	}
	return list
}

// TestSmallWorld compiles every pair of routes and asks for the requests that the
// pair has to do with.
func TestSmallWorld(t *testing.T) {
	w := newWorld(t)
	tables, conflicts := 0, 0
	for i := range w.routes {
		for j := range i + 1 {
			pair := []int{i, j}
			table, err := w.compile(pair)
			if (err != nil) != w.conflict(i, j) {
				t.Fatalf("%s: got %v", w.names(pair), err)
			}
			if err != nil {
				conflicts++
				continue
			}
			tables++
			if !w.places[i].overlaps(w.places[j]) {
				continue // nothing to choose between
			}
			w.check(t, table, pair, func(k int) bool { return w.places[i][k] && w.places[j][k] })
		}
	}
	if tables == 0 || conflicts < len(w.routes) {
		t.Errorf("%d tables, %d conflicts", tables, conflicts)
	}
}

// FuzzTable builds tables of more routes, and asks for everything.
func FuzzTable(f *testing.F) {
	w := newWorld(f)
	f.Add([]byte{0, 1, 0, 2, 0, 3, 0, 4})
	for i := range 64 {
		seed := make([]byte, 12)
		for j := range seed {
			seed[j] = byte(i*37 + j*j*11)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var routes []int
		for i := 0; i+1 < len(data) && len(routes) < 12; i += 2 {
			next := (int(data[i])<<8 | int(data[i+1])) % len(w.routes)
			clash := slices.ContainsFunc(routes, func(j int) bool { return w.conflict(next, j) })
			_, err := w.compile(append(slices.Clone(routes), next))
			if (err != nil) != clash {
				t.Fatalf("%s beside %s: got %v", w.name(next), w.names(routes), err)
			}
			if !clash {
				routes = append(routes, next)
			}
		}
		table, err := w.compile(routes)
		if err != nil {
			t.Fatal(err)
		}
		w.check(t, table, routes, func(int) bool { return true })
	})
}
