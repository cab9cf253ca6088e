package conditions

import (
	"cmp"
	"strings"
)

// A version is a semantic version (SemVer 2.0.0) without its build metadata, which
// has no say in precedence. Its parts alias the text that it was read from.
type version struct {
	core       [3]string // major, minor and patch: digits without leading zeros, however many
	prerelease string    // dot-separated identifiers; "" of a release
}

// parseVersion reads a semantic version, which may have a "v" in front.
func parseVersion(s string) (v version, ok bool) {
	s, build, hasBuild := strings.Cut(strings.TrimPrefix(s, "v"), "+")
	s, prerelease, hasPrerelease := strings.Cut(s, "-")
	if hasBuild && !areIdentifiers(build, true) || hasPrerelease && !areIdentifiers(prerelease, false) {
		return version{}, false
	}
	v.prerelease = prerelease
	for i := range v.core {
		part, rest, more := strings.Cut(s, ".")
		if !isNumeric(part) || leadingZero(part) || more != (i < len(v.core)-1) {
			return version{}, false
		}
		v.core[i], s = part, rest
	}
	return v, true
}

// areIdentifiers reports whether s is a list of identifiers, none of them empty.
// Only in build metadata may a number begin with a zero.
func areIdentifiers(s string, zeros bool) bool {
	for more := true; more; {
		var one string
		one, s, more = strings.Cut(s, ".")
		if one == "" || !zeros && isNumeric(one) && leadingZero(one) {
			return false
		}
		for i := 0; i < len(one); i++ {
			if c := lower(one[i]); (c < 'a' || 'z' < c) && (c < '0' || '9' < c) && c != '-' {
				return false
			}
		}
	}
	return true
}

func isNumeric(s string) bool   { return s != "" && digitsPrefix(s) == s }
func leadingZero(s string) bool { return len(s) > 1 && s[0] == '0' }

// compare is precedence (SemVer 2.0.0 §11): -1, 0 or +1.
func (v *version) compare(w *version) int {
	for i := range v.core {
		if order := compareDigits(v.core[i], w.core[i]); order != 0 {
			return order
		}
	}
	if v.prerelease == "" || w.prerelease == "" {
		return cmp.Compare(len(w.prerelease), len(v.prerelease)) // a release is above
	}
	a, b := v.prerelease, w.prerelease
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		if order := compareIdentifiers(x, y); order != 0 {
			return order
		}
		if !moreA || !moreB {
			return cmp.Compare(len(restA), len(restB)) // the longer list is above
		}
		a, b = restA, restB
	}
}

// compareIdentifiers puts numbers below all else.
func compareIdentifiers(x, y string) int {
	numericX, numericY := isNumeric(x), isNumeric(y)
	switch {
	case numericX && numericY:
		return compareDigits(x, y)
	case numericX:
		return -1
	case numericY:
		return 1
	}
	return strings.Compare(x, y)
}

// compareDigits compares two numbers without leading zeros, of any size.
func compareDigits(x, y string) int {
	if len(x) != len(y) {
		return cmp.Compare(len(x), len(y))
	}
	return strings.Compare(x, y)
}

// versions matches a request's version that stands in one of the wanted orders to
// any of the policy's.
type versions struct {
	accept orders
	values []version
}

func (m *versions) match(s Scalar) Tri {
	v, ok := parseVersion(s.text)
	if !ok {
		return Unknown
	}
	for i := range m.values {
		if m.accept.has(v.compare(&m.values[i])) {
			return True
		}
	}
	return False
}

func buildVersion(b *builder) {
	m := &versions{accept: b.op.accept}
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if v, ok := parseVersion(l.Text); ok {
			m.values = append(m.values, v)
			continue
		}
		b.mismatch(l, "Type mismatch version", "a semantic version such as 1.20.0, v2.0.0-rc.1 or 1.0.0+build.5")
	}
	b.fixed = m
}
