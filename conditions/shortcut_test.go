package conditions_test

import (
	"testing"
	"time"

	"github.com/mayi-authz/mayi/conditions"
)

var shortTexts = []string{
	"", "-", "0", "-0", "00", "7", "-7", "07", "+7", "999999999999999999", "-999999999999999999", "1000000000000000000", "4.5", "1e3", "12a", "\xff",
	"2026-01-31T23:59:59Z", "2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2000-02-29T12:00:00Z", "1900-02-29T12:00:00Z", "0000-03-01T00:00:00Z",
	"0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
	"2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01t00:00:00Z", "2026-01-01T00:00:00z", "2026-01-01T00:00:00+", "2026/01/01T00:00:00Z",
	"10.1.2.3", "255.255.255.255", "0.0.0.0", "256.1.1.1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "01.2.3.4", "1.2.3.04", "1.2.3.4/8", "1.2.3.1111", "::1", "1.2.3.4%e",
}

// sameShortly checks that each short way reads what the general one does, and alike.
func sameShortly(t *testing.T, s string) {
	t.Helper()
	for name, agrees := range conditions.ShortWays(s) {
		if !agrees {
			t.Errorf("the short way to read %q as %s disagrees with the long one", s, name)
		}
	}
}

func TestShortWays(t *testing.T) {
	for _, s := range shortTexts {
		sameShortly(t, s)
	}
	for _, s := range []string{"0", "42", "-7", "999999999999999999", "2026-01-31T23:59:59Z", "0000-01-01T00:00:00Z", "10.1.2.3", "0.0.0.0"} {
		if !conditions.Short(s) {
			t.Errorf("%q does not take the short way", s)
		}
	}
}

// Every day of 800 years, and then some seconds.
func TestShortDates(t *testing.T) {
	for at := time.Date(1599, 12, 30, 23, 59, 58, 0, time.UTC); at.Year() < 2401; at = at.Add(24*time.Hour + time.Second) {
		sameShortly(t, at.Format("2006-01-02T15:04:05Z"))
	}
}

func FuzzShortcuts(f *testing.F) {
	for _, s := range shortTexts {
		f.Add(s)
	}
	f.Fuzz(sameShortly)
}

// A condition on numbers that are short, and on others, answers alike for both.
func TestNumbersShortAndLong(t *testing.T) {
	for _, policy := range []string{"5", "5.0", "50e-1"} {
		for request, want := range map[string]conditions.Tri{"4": yes, "4.0": yes, "-4": yes, "5": no, "5.0": no, "0.5e1": no, "6": no, "05": unknown, "x": unknown} {
			if got := mustCompile(t, clause("NumericLessThan", "n", policy)).Eval(with("n", text(request))); got != want {
				t.Errorf("%s < %s is %v, want %v", request, policy, got, want)
			}
			if got := mustCompile(t, clause("NumericLessThan", "n", policy, "1.5")).Eval(with("n", text(request))); got != want {
				t.Errorf("%s < %s, 1.5 is %v, want %v", request, policy, got, want)
			}
		}
	}
}

// counting is a source that has a key as a number, and notes who asks for its text.
type counting struct {
	conditions.Context
	sec   int64
	texts int
}

func (c *counting) Lookup(k *conditions.Key) conditions.Value {
	c.texts++
	return conditions.Text(time.Unix(c.sec, 0).UTC().Format("2006-01-02T15:04:05Z"))
}

func (c *counting) Seconds(*conditions.Key) (int64, bool) { return c.sec, true }

// A date operator on a key of the engine needs no text; every other does.
func TestDatesOfTheEngine(t *testing.T) {
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC).Unix()
	for _, tt := range []struct {
		c     conditions.Clause
		want  conditions.Tri
		texts int
	}{
		{clause("DateEquals", "aws:CurrentTime", "2026-01-31T12:00:00Z"), yes, 0},
		{clause("DateNotEquals", "aws:CurrentTime", "2026-01-31T12:00:00Z"), no, 0},
		{clause("DateLessThan", "aws:CurrentTime", "2026-01-31T12:00:00.5Z"), yes, 0},
		{clause("DateGreaterThan", "aws:CurrentTime", "2027-01-01", "2026-01-31T13:00:00+01:01"), yes, 0},
		{clause("DateGreaterThanIfExists", "AWS:currenttime", "2027-01-01"), no, 0},
		{clause("ForAllValues:DateLessThan", "aws:CurrentTime", "2027-01-01"), yes, 0},
		{clause("ForAnyValue:DateLessThan", "aws:CurrentTime", "2026-01-01"), no, 0},
		{clause("StringLike", "aws:CurrentTime", "2026-*"), yes, 1},
		{clause("DateLessThan", "own:time", "2027-01-01"), yes, 1},
		{clause("Null", "aws:CurrentTime", "false"), yes, 1},
	} {
		src := &counting{sec: noon}
		if got := mustCompile(t, tt.c).Eval(src); got != tt.want || src.texts != tt.texts {
			t.Errorf("%s %s: %v after %d texts, want %v after %d", tt.c.Operator, tt.c.Key, got, src.texts, tt.want, tt.texts)
		}
	}
}
