package route

import (
	"math"
	"slices"
	"strings"
)

// The tree finds a request's route. Its first level is the host, the levels below
// are the elements of path patterns, and a leaf holds the routes of one host and
// path, told apart by method. It is walked from the more specific to the less
// specific branch, so the first route that takes the method is the one that wins,
// unless the walk has passed a leaf that lies within that route's host and path:
// such a request does not fall through.
//
// With GET /a/b and /a/{x}, POST /a/b passes the leaf /a/b, finds /a/{x}, which is
// wider than the leaf that was passed, and gets no route. With GET /a/{x} and
// POST /{y}/b it passes /a/{x}, finds /{y}/b, and neither being within the other
// takes it.
type tree struct {
	hosts    map[string]*node // by exact host
	suffixes map[string]*node // by what follows the "*" of a host pattern
	anyHost  *node
}

type node struct {
	literals map[string]*node
	folded   map[string]*node
	one      *node
	here     *leaf // the pattern ends
	slash    *leaf
	rest     *leaf
	noPath   *leaf // in a host's root only, and asterisk too
	asterisk *leaf
}

// A leaf is one host and path pattern and its routes, the more specific set of
// methods first.
type leaf struct {
	host  string
	path  pattern
	rules []*rule
}

// leafFor returns the leaf of a host and path pattern, made if it is not there.
func (t *tree) leafFor(host string, p pattern) *leaf {
	var root *node
	switch {
	case host == "":
		if t.anyHost == nil {
			t.anyHost = &node{}
		}
		root = t.anyHost
	case strings.HasPrefix(host, "*"):
		root = child(&t.suffixes, host[1:])
	default:
		root = child(&t.hosts, host)
	}
	slot := root.slot(p)
	if *slot == nil {
		*slot = &leaf{host: host, path: p}
	}
	return *slot
}

func (n *node) slot(p pattern) **leaf {
	for _, e := range p {
		switch e.kind {
		case literal:
			n = child(&n.literals, e.text)
		case folded:
			n = child(&n.folded, e.text)
		case anyOne:
			if n.one == nil {
				n.one = &node{}
			}
			n = n.one
		case slash:
			return &n.slash
		case rest:
			return &n.rest
		case noPath:
			return &n.noPath
		case asterisk:
			return &n.asterisk
		}
	}
	return &n.here
}

func child(m *map[string]*node, key string) *node {
	if *m == nil {
		*m = make(map[string]*node)
	}
	if (*m)[key] == nil {
		(*m)[key] = &node{}
	}
	return (*m)[key]
}

// add puts a rule into a leaf. Where one set of methods lies within another, the
// smaller one comes first.
func (l *leaf) add(r *rule) {
	size := func(r *rule) int {
		if len(r.methods) == 0 {
			return math.MaxInt
		}
		return len(r.methods)
	}
	at := len(l.rules)
	for at > 0 && size(r) < size(l.rules[at-1]) {
		at--
	}
	l.rules = slices.Insert(l.rules, at, r)
}

// A search is one walk through the tree.
type search struct {
	method string
	found  *rule // set if the request has a route
	// passed are the leaves that match but not the method: at first in room, so
	// that a search stays off the heap.
	passed int
	room   [8]*leaf
	more   []*leaf
}

// walk visits the hosts from the exact one over ever shorter suffixes to "any".
func (s *search) walk(t *tree, h *HTTP) {
	if s.root(t.hosts[h.Host], h) {
		return
	}
	for at := 0; len(t.suffixes) > 0; at++ {
		dot := strings.IndexByte(h.Host[at:], '.')
		if dot < 0 {
			break
		}
		at += dot
		if s.root(t.suffixes[h.Host[at:]], h) {
			return
		}
	}
	s.root(t.anyHost, h)
}

// root and the functions below it report whether the walk is over.
func (s *search) root(n *node, h *HTTP) bool {
	if n == nil {
		return false
	}
	switch h.Path.Text {
	case "":
		return s.visit(n.noPath)
	case "*":
		return s.visit(n.asterisk)
	}
	return s.path(n, h.Path.Segments, h.Path.Trailing || len(h.Path.Segments) == 0)
}

// path matches the segments that are left, and the slash behind them if it is there.
func (s *search) path(n *node, segments []string, trailing bool) bool {
	if len(segments) == 0 {
		if trailing {
			return s.visit(n.slash) || s.visit(n.rest)
		}
		return s.visit(n.here)
	}
	segment, left := segments[0], segments[1:]
	if c := n.literals[segment]; c != nil && s.path(c, left, trailing) {
		return true
	}
	if len(n.folded) > 0 {
		if c := n.folded[fold(segment)]; c != nil && s.path(c, left, trailing) {
			return true
		}
	}
	if n.one != nil && s.path(n.one, left, trailing) {
		return true
	}
	return s.visit(n.rest)
}

// visit looks for the method in a leaf whose host and path match.
func (s *search) visit(l *leaf) bool {
	if l == nil {
		return false
	}
	for _, r := range l.rules {
		if len(r.methods) == 0 || slices.Contains(r.methods, s.method) {
			// A blocked search is over too: what else would match is wider still.
			if !s.blocked(l) {
				s.found = r
			}
			return true
		}
	}
	if s.passed < len(s.room) {
		s.room[s.passed] = l
	} else {
		s.more = append(s.more, l)
	}
	s.passed++
	return false
}

// blocked reports whether a leaf that was passed lies within l.
func (s *search) blocked(l *leaf) bool {
	for i := range min(s.passed, len(s.room)) {
		if s.room[i].within(l) {
			return true
		}
	}
	for _, p := range s.more {
		if p.within(l) {
			return true
		}
	}
	return false
}

// within reports whether l covers fewer hosts and paths than m, and none beside.
func (l *leaf) within(m *leaf) bool {
	return compareHosts(l.host, m.host).and(comparePaths(l.path, m.path)) == narrower
}
