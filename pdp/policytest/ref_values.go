package policytest

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
)

var decimalForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// decimal reads a number exactly. Numbers written with more than 64 digits or an
// exponent beyond 400 are refused: nobody means them, and they cost.
func decimal(text string) (*big.Rat, bool) {
	if !decimalForm.MatchString(text) {
		return nil, false
	}
	mantissa, exponent, _ := strings.Cut(lower(text), "e")
	digits := strings.NewReplacer("-", "", ".", "").Replace(mantissa)
	power := strings.TrimLeft(strings.TrimLeft(exponent, "+-"), "0")
	if len(digits) > 64 || len(power) > 3 || len(power) == 3 && power > "400" {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// canonical writes a number in plain decimals: no exponent, no plus, no zeros
// that say nothing.
func canonical(text string) (string, bool) {
	r, ok := decimal(text)
	if !ok {
		return "", false
	}
	s := r.FloatString(500)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		s = "0"
	}
	return s, true
}

// asText is a scalar as string operators and variables see it.
func asText(s conditions.Scalar) (string, bool) {
	switch s.Kind() {
	case conditions.KindString, conditions.KindBool:
		return s.Text(), true
	case conditions.KindNumber:
		return canonical(s.Text())
	}
	return "", false
}

// asNumber reads a scalar for the numeric operators.
func asNumber(s conditions.Scalar) (*big.Rat, bool) {
	if s.Kind() != conditions.KindNumber && s.Kind() != conditions.KindString {
		return nil, false
	}
	return decimal(s.Text())
}

var (
	yearForm = regexp.MustCompile(`^[0-9]{4}$`)
	dateForm = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?$`)
	// Dates are exact to the nanosecond, and end before 10^18 seconds.
	nanosecond = big.NewRat(1_000_000_000, 1)
	endOfTime  = big.NewRat(1_000_000_000_000_000_000, 1)
)

// asDate reads a scalar for the date operators: seconds since 1970 as an exact
// number, fractions and all.
func asDate(s conditions.Scalar) (*big.Rat, bool) {
	if s.Kind() != conditions.KindNumber && s.Kind() != conditions.KindString {
		return nil, false
	}
	text := s.Text()
	if !yearForm.MatchString(text) {
		if seconds, ok := decimal(text); ok {
			whole := new(big.Rat).Mul(seconds, nanosecond).IsInt()
			return seconds, whole && new(big.Rat).Abs(seconds).Cmp(endOfTime) < 0
		}
	}
	if !dateForm.MatchString(text) || tooFine(text) {
		return nil, false
	}
	for _, form := range []string{
		"2006", "2006-01", "2006-01-02",
		"2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00",
	} {
		if t, err := time.Parse(form, text); err == nil {
			return instant(t), true
		}
	}
	return nil, false
}

// tooFine reports whether a date has digits below the nanosecond.
func tooFine(text string) bool {
	_, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(strings.SplitN(strings.NewReplacer("+", "Z", "-", "Z").Replace(fraction), "Z", 2)[0], "0")
	return len(fraction) > 9
}

func instant(t time.Time) *big.Rat {
	r := new(big.Rat).SetInt64(t.Unix())
	return r.Add(r, big.NewRat(int64(t.Nanosecond()), 1_000_000_000))
}

// asBool reads a scalar for Bool and Null.
func asBool(s conditions.Scalar) (value, ok bool) {
	if s.Kind() != conditions.KindBool && s.Kind() != conditions.KindString {
		return false, false
	}
	switch lower(s.Text()) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// asBytes reads a scalar for BinaryEquals.
func asBytes(s conditions.Scalar) (string, bool) {
	if s.Kind() != conditions.KindString {
		return "", false
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s.Text())
	return string(b), err == nil && !strings.ContainsAny(s.Text(), "\r\n")
}

// asAddress reads the address of a request. Its zone does not matter, and an
// IPv4 address is one however it is written.
func asAddress(s conditions.Scalar) (netip.Addr, bool) {
	if s.Kind() != conditions.KindString {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s.Text())
	return a.WithZone("").Unmap(), err == nil
}

// asNet reads the network of a policy; an address alone is a network of one.
func asNet(text string) (netip.Prefix, bool) {
	if !strings.Contains(text, "/") {
		a, ok := asAddress(conditions.String(text))
		if !ok {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}
