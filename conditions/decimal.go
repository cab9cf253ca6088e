package conditions

import (
	"bytes"
	"strings"
)

// Bounds of a readable number, counted as written. They keep a number that is
// short to write ("1e999999999") from being long to compare.
const (
	maxDigits   = 64  // of integer and fraction part together, every zero counted
	maxExponent = 400 // in magnitude
)

// A decimal is an exact decimal number of fixed size, so that comparing two of
// them neither rounds nor allocates.
//
// Invariants, kept by parseDecimal: the value is 0.DIGITS × 10^point; digits
// holds '0'…'9' with neither a leading nor a trailing zero, and zero bytes after
// them; zero has no digits, point 0 and no sign. Equal numbers are therefore ==.
//
// 12.50 is {digits: "125", count: 3, point: 2}.
type decimal struct {
	digits   [maxDigits]byte
	count    int8
	point    int16
	negative bool
}

// parseDecimal reads a number in JSON's grammar (RFC 8259 §6), from documents
// and requests, from strings and numbers alike: no plus sign in front, no leading
// zeros, digits on both sides of a point, no blanks.
func parseDecimal(s string) (d decimal, ok bool) {
	rest := s
	if rest != "" && rest[0] == '-' {
		d.negative, rest = true, rest[1:]
	}
	whole := digitsPrefix(rest)
	rest = rest[len(whole):]
	if whole == "" || whole[0] == '0' && len(whole) > 1 {
		return decimal{}, false
	}
	fraction := ""
	if rest != "" && rest[0] == '.' {
		fraction = digitsPrefix(rest[1:])
		rest = rest[1+len(fraction):]
		if fraction == "" {
			return decimal{}, false
		}
	}
	exponent, ok := parseExponent(rest)
	if !ok || len(whole)+len(fraction) > maxDigits {
		return decimal{}, false
	}
	d.set(whole, fraction, exponent)
	return d, true
}

// parseExponent reads what may follow a number's digits: nothing, or e, an
// optional sign and digits.
func parseExponent(s string) (int, bool) {
	if s == "" {
		return 0, true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	s = s[1:]
	negative := s != "" && s[0] == '-'
	if negative || s != "" && s[0] == '+' {
		s = s[1:]
	}
	if s == "" || digitsPrefix(s) != s {
		return 0, false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if n = n*10 + int(s[i]-'0'); n > maxExponent {
			return 0, false
		}
	}
	if negative {
		n = -n
	}
	return n, true
}

// set stores the digits without the zeros around them.
func (d *decimal) set(whole, fraction string, exponent int) {
	n := copy(d.digits[:], whole)
	n += copy(d.digits[n:], fraction)
	lead := 0
	for lead < n && d.digits[lead] == '0' {
		lead++
	}
	for n > lead && d.digits[n-1] == '0' {
		n--
	}
	if n == lead {
		*d = decimal{}
		return
	}
	copy(d.digits[:], d.digits[lead:n])
	clear(d.digits[n-lead:])
	d.count = int8(n - lead)
	d.point = int16(len(whole) - lead + exponent)
}

// compare returns -1, 0 or +1 as d is less than, equal to or greater than e.
func (d *decimal) compare(e *decimal) int {
	if d.negative != e.negative {
		if d.negative {
			return -1
		}
		return 1
	}
	order := d.compareMagnitude(e)
	if d.negative {
		return -order
	}
	return order
}

func (d *decimal) compareMagnitude(e *decimal) int {
	switch {
	case d.count == 0 || e.count == 0:
		return int(min(d.count, 1)) - int(min(e.count, 1))
	case d.point != e.point:
		if d.point < e.point {
			return -1
		}
		return 1
	}
	return bytes.Compare(d.digits[:], e.digits[:])
}

// String returns the one canonical form of the number: plain decimal without
// exponent, plus sign or trailing zeros, and 0 for -0.
func (d *decimal) String() string {
	digits, point := string(d.digits[:d.count]), int(d.point)
	if digits == "" {
		return "0"
	}
	var b strings.Builder
	if d.negative {
		b.WriteByte('-')
	}
	switch {
	case point <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -point))
		b.WriteString(digits)
	case point >= len(digits):
		b.WriteString(digits)
		b.WriteString(strings.Repeat("0", point-len(digits)))
	default:
		b.WriteString(digits[:point])
		b.WriteByte('.')
		b.WriteString(digits[point:])
	}
	return b.String()
}

// canonicalNumber returns the canonical form of a number's literal, or false if
// it is no readable number. It allocates only for a literal with an exponent:
// every other canonical form is a part of the literal.
func canonicalNumber(literal string) (string, bool) {
	if digitsPrefix(literal) == literal && literal != "" && len(literal) <= maxDigits &&
		(literal[0] != '0' || len(literal) == 1) {
		return literal, true
	}
	d, ok := parseDecimal(literal)
	switch {
	case !ok:
		return "", false
	case d.count == 0:
		return "0", true
	case strings.ContainsAny(literal, "eE"):
		return d.String(), true
	case strings.Contains(literal, "."):
		return strings.TrimSuffix(strings.TrimRight(literal, "0"), "."), true
	}
	return literal, true
}

// digitsPrefix returns the ASCII digits that s begins with.
func digitsPrefix(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return s[:i]
		}
	}
	return s
}
