package route

import (
	"slices"
	"strings"
)

// A relation compares two sets of requests, a and b.
type relation uint8

const (
	equal    relation = iota
	narrower          // a lies within b and is not b
	wider             // b lies within a and is not a
	crossing          // they overlap, and each has what the other has not
	disjoint
)

// and combines the relations of two dimensions (hosts and paths, one segment and
// the next) into the relation of both together.
func (r relation) and(s relation) relation {
	switch {
	case r == disjoint || s == disjoint:
		return disjoint
	case r == s || s == equal:
		return r
	case r == equal:
		return s
	}
	return crossing
}

// compareHosts compares host patterns: "", a host, or "*." and a host.
func compareHosts(a, b string) relation {
	switch {
	case a == b:
		return equal
	case coversHost(b, a):
		return narrower
	case coversHost(a, b):
		return wider
	}
	return disjoint
}

// coversHost reports whether every host of pattern b is one of pattern a, b not
// being a. Of two host patterns one covers the other, or they are disjoint.
func coversHost(a, b string) bool {
	if a == "" {
		return b != ""
	}
	return strings.HasPrefix(a, "*.") && len(b) > len(a)-1 && strings.HasSuffix(b, a[1:]) && b != a
}

// comparePaths compares path patterns element by element.
func comparePaths(a, b pattern) relation {
	all := equal
	for i := 0; ; i++ {
		switch {
		case i == len(a) && i == len(b):
			return all
		case i == len(a) || i == len(b):
			return disjoint
		}
		r := compareElements(a[i], b[i])
		if all = all.and(r); all == disjoint || a[i].kind == rest || b[i].kind == rest {
			return all
		}
	}
}

func compareElements(a, b element) relation {
	switch {
	case a == b:
		return equal
	case a.kind >= noPath || b.kind >= noPath:
		return disjoint
	case a.kind == rest:
		return wider
	case b.kind == rest:
		return narrower
	case a.kind == slash || b.kind == slash:
		return disjoint
	case a.kind == anyOne:
		return wider
	case b.kind == anyOne:
		return narrower
	case a.kind == literal && b.kind == folded && fold(a.text) == b.text:
		return narrower
	case a.kind == folded && b.kind == literal && a.text == fold(b.text):
		return wider
	}
	return disjoint
}

// compareMethods compares sets of methods; the empty one is every method.
func compareMethods(a, b []string) relation {
	switch {
	case len(a) == 0 && len(b) == 0:
		return equal
	case len(a) == 0:
		return wider
	case len(b) == 0:
		return narrower
	}
	common := 0
	for _, m := range a {
		if slices.Contains(b, m) {
			common++
		}
	}
	switch {
	case common == 0:
		return disjoint
	case common == len(a) && common == len(b):
		return equal
	case common == len(a):
		return narrower
	case common == len(b):
		return wider
	}
	return crossing
}
