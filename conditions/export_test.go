package conditions

import (
	"net/netip"
	"strconv"
	"strings"
)

// What the tests in package conditions_test need to see of the insides.

// CompareNumbers compares two numbers as the numeric operators do.
func CompareNumbers(a, b string) (order int, ok bool) {
	x, ok1 := parseDecimal(a)
	y, ok2 := parseDecimal(b)
	if (x == y) != (x.compare(&y) == 0) {
		panic("== and compare differ")
	}
	return x.compare(&y), ok1 && ok2
}

// CanonicalNumber returns a number as the string operators see it.
func CanonicalNumber(literal string) (string, bool) { return canonicalNumber(literal) }

// ParseInstant returns seconds and nanoseconds of a date.
func ParseInstant(s string) (sec int64, nano int32, ok bool) {
	t, ok := parseInstant(s)
	return t.sec, t.nano, ok
}

// MatcherShape returns the type that was chosen for the fixed values of a Set's
// only condition.
func MatcherShape(s *Set) string {
	switch s.conditions[0].fixed.(type) {
	case *networks:
		return "slice"
	case *networkTable:
		return "table"
	case texts:
		return "slice"
	case textSet:
		return "map"
	}
	return "other"
}

// EvaluationOrder returns the folded keys in the order in which they are asked for.
func EvaluationOrder(s *Set) []string {
	var keys []string
	for i := range s.conditions {
		keys = append(keys, s.conditions[i].key.name)
	}
	return keys
}

// ShortWays says of each short way of reading a text whether it reads it as the
// general one does, or leaves it to that.
func ShortWays(s string) map[string]bool {
	d, readable := parseDecimal(s)
	n, short := shortNumber(s)
	same, _ := parseDecimal(strconv.FormatInt(n, 10))
	at, isDate := parseInstant(s)
	sec, shortlyDate := shortDate(s)
	a, isAddr := parseAddr(s)
	v4, shortly4 := shortIPv4(s)
	return map[string]bool{
		"a number":  !short || readable && d == same,
		"a date":    !shortlyDate || isDate && at == instant{sec: sec},
		"an IPv4":   !shortly4 || isAddr && a == netip.AddrFrom4([4]byte{byte(v4 >> 24), byte(v4 >> 16), byte(v4 >> 8), byte(v4)}),
		"all of v4": shortly4 || !isAddr || !a.Is4() || strings.Contains(s, ":"),
	}
}

// Short reports whether a text is read in a short way.
func Short(s string) bool {
	_, number := shortNumber(s)
	_, date := shortDate(s)
	_, v4 := shortIPv4(s)
	return number || date || v4
}
