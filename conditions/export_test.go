package conditions

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
	case networks:
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
		keys = append(keys, s.conditions[i].key)
	}
	return keys
}
