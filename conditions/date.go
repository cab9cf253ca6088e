package conditions

import (
	"strings"
	"time"
)

// An instant is a point in time, exact to the nanosecond: sec seconds since the
// Unix epoch and 0 ≤ nano < 10⁹ after that, before the epoch too.
type instant struct {
	sec  int64
	nano int32
}

func (t instant) compare(u instant) int {
	switch {
	case t.sec < u.sec || t.sec == u.sec && t.nano < u.nano:
		return -1
	case t == u:
		return 0
	}
	return 1
}

// parseInstant reads a date in the W3C profile of ISO 8601 (YYYY, YYYY-MM,
// YYYY-MM-DD, YYYY-MM-DDThh:mmTZD, with :ss, with a fraction of a second; TZD is
// Z, +hh:mm or -hh:mm; without one it is the beginning of the period, in UTC), or
// seconds since the Unix epoch as a decimal number. Exactly four digits are a
// year; every other number is an epoch. Finer than a nanosecond is unreadable, and
// so is an epoch of 10¹⁸ seconds and more.
func parseInstant(s string) (instant, bool) {
	if len(digitsPrefix(s)) == 4 && (len(s) == 4 || s[4] == '-') {
		return parseCalendar(s)
	}
	return parseEpoch(s)
}

func parseEpoch(s string) (instant, bool) {
	d, ok := parseDecimal(s)
	if !ok || d.point > 18 || int(d.count)-int(d.point) > 9 {
		return instant{}, false
	}
	var t instant
	for i := 0; i < int(d.point); i++ {
		t.sec *= 10
		if i < int(d.count) {
			t.sec += int64(d.digits[i] - '0')
		}
	}
	for i := int(d.point); i < int(d.point)+9; i++ {
		t.nano *= 10
		if 0 <= i && i < int(d.count) {
			t.nano += int32(d.digits[i] - '0')
		}
	}
	if d.negative {
		t.sec = -t.sec
		if t.nano > 0 {
			t.sec, t.nano = t.sec-1, 1e9-t.nano
		}
	}
	return t, true
}

// parseCalendar reads a date that begins with four digits of a year.
func parseCalendar(s string) (instant, bool) {
	p := dateParser{rest: s, ok: true}
	year, month, day := p.number(4, 0, 9999), 1, 1
	if p.more() {
		p.literal('-')
		month = p.number(2, 1, 12)
	}
	if p.more() {
		p.literal('-')
		day = p.number(2, 1, daysIn(year, month))
	}
	var hour, minute, second, offset int
	var nano int32
	if p.more() {
		p.literal('T')
		hour = p.number(2, 0, 23)
		p.literal(':')
		minute = p.number(2, 0, 59)
		if p.next(':') {
			second = p.number(2, 0, 59)
			nano = p.fraction()
		}
		offset = p.zone()
	}
	if !p.ok || p.rest != "" {
		return instant{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return instant{t.Unix() - int64(offset), nano}, true
}

// A dateParser consumes a date from the left; once something is not as expected
// it stays not ok.
type dateParser struct {
	rest string
	ok   bool
}

func (p *dateParser) more() bool { return p.ok && p.rest != "" }

// next consumes c if it is what comes next.
func (p *dateParser) next(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *dateParser) literal(c byte) { p.ok = p.next(c) && p.ok }

// number consumes exactly width digits of a value from low to high.
func (p *dateParser) number(width, low, high int) int {
	if len(p.rest) < width || len(digitsPrefix(p.rest[:width])) != width {
		p.ok = false
		return low
	}
	n := 0
	for i := 0; i < width; i++ {
		n = n*10 + int(p.rest[i]-'0')
	}
	p.rest = p.rest[width:]
	if n < low || n > high {
		p.ok = false
		return low
	}
	return n
}

// fraction consumes an optional fraction of a second and returns nanoseconds.
func (p *dateParser) fraction() int32 {
	if !p.next('.') {
		return 0
	}
	digits := digitsPrefix(p.rest)
	p.rest = p.rest[len(digits):]
	significant := strings.TrimRight(digits, "0")
	if digits == "" || len(significant) > 9 {
		p.ok = false
		return 0
	}
	var nano int32
	for i := 0; i < 9; i++ {
		nano *= 10
		if i < len(significant) {
			nano += int32(significant[i] - '0')
		}
	}
	return nano
}

// zone consumes the time zone, which a time of day must have, and returns its
// offset from UTC in seconds.
func (p *dateParser) zone() int {
	if p.next('Z') {
		return 0
	}
	sign := 1
	if !p.next('+') {
		p.literal('-')
		sign = -1
	}
	hour := p.number(2, 0, 23)
	p.literal(':')
	return sign * (hour*3600 + p.number(2, 0, 59)*60)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// dates matches a request's instant that stands in one of the wanted orders to
// any of the policy's.
type dates struct {
	accept orders
	values []instant
}

func (m *dates) match(s Scalar) Tri {
	if sec, ok := shortDate(s.text); ok {
		return m.of(instant{sec: sec})
	}
	t, ok := parseInstant(s.text)
	if !ok {
		return Unknown
	}
	return m.of(t)
}

func (m *dates) of(t instant) Tri {
	for _, v := range m.values {
		if m.accept.has(t.compare(v)) {
			return True
		}
	}
	return False
}

func buildDate(b *builder) {
	m := &dates{accept: b.op.accept}
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if t, ok := parseInstant(l.Text); ok {
			m.values = append(m.values, t)
			continue
		}
		b.mismatch(l, "Type mismatch date",
			`a date such as 2026-01-31 or 2026-01-31T23:59:59Z, or seconds since the Unix epoch`)
	}
	b.fixed = m
	if row := b.key.row; row >= 0 && knownKeys[row].Origin == FromEngine {
		b.dates = m
	}
}
