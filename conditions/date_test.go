package conditions_test

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/conditions"
)

// naiveInstant is the slow twin: nanoseconds since the epoch.
func naiveInstant(s string) (*big.Int, bool) {
	if regexp.MustCompile(`^[0-9]{4}(-|$)`).MatchString(s) {
		if !regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?)?)?$`).MatchString(s) {
			return nil, false
		}
		s = regexp.MustCompile(`(\.[0-9]*[1-9])0+(Z|[+-])`).ReplaceAllString(s, "$1$2")
		s = regexp.MustCompile(`\.0+(Z|[+-])`).ReplaceAllString(s, "$1")
		if regexp.MustCompile(`\.[0-9]{10}`).MatchString(s) {
			return nil, false
		}
		for _, layout := range []string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", time.RFC3339Nano} {
			if at, err := time.Parse(layout, s); err == nil {
				n := new(big.Int).Mul(big.NewInt(at.Unix()), big.NewInt(1e9))
				return n.Add(n, big.NewInt(int64(at.Nanosecond()))), true
			}
		}
		return nil, false
	}
	r, ok := naiveNumber(s)
	if !ok {
		return nil, false
	}
	if limit := new(big.Rat).SetInt64(1e18); new(big.Rat).Abs(r).Cmp(limit) >= 0 {
		return nil, false
	}
	r.Mul(r, new(big.Rat).SetInt64(1e9))
	return r.Num(), r.IsInt()
}

var dateCases = []struct {
	name, text string
	sec        int64
	nano       int32
	readable   bool
}{
	{"year", "2020", 1577836800, 0, true},
	{"year zero", "0000", -62167219200, 0, true},
	{"last year", "9999", 253370764800, 0, true},
	{"month", "2020-02", 1580515200, 0, true},
	{"day", "2020-02-29", 1582934400, 0, true},
	{"minutes", "2020-02-29T12:30Z", 1582979400, 0, true},
	{"seconds", "2020-02-29T12:30:15Z", 1582979415, 0, true},
	{"fraction", "2020-02-29T12:30:15.5Z", 1582979415, 5e8, true},
	{"nanoseconds", "2020-02-29T12:30:15.000000001Z", 1582979415, 1, true},
	{"zeros after nanoseconds", "2020-02-29T12:30:15.1000000000000Z", 1582979415, 1e8, true},
	{"east", "2020-02-29T12:30:15+02:00", 1582972215, 0, true},
	{"west", "2020-02-29T12:30:15-02:30", 1582988415, 0, true},
	{"before the epoch", "1969-12-31T23:59:59.5Z", -1, 5e8, true},
	{"epoch", "1577836800", 1577836800, 0, true},
	{"epoch zero", "0", 0, 0, true},
	{"three digits", "999", 999, 0, true},
	{"five digits", "10000", 10000, 0, true},
	{"negative epoch", "-1", -1, 0, true},
	{"negative four digits", "-2020", -2020, 0, true},
	{"epoch with a fraction", "0.25", 0, 25e7, true},
	{"four digits with a fraction", "2020.0", 2020, 0, true},
	{"negative with a fraction", "-0.5", -1, 5e8, true},
	{"exponent", "1.5e3", 1500, 0, true},
	{"largest epoch", "999999999999999999", 999999999999999999, 0, true},

	{"empty", "", 0, 0, false},
	{"month 13", "2020-13", 0, 0, false},
	{"month 0", "2020-00", 0, 0, false},
	{"day 0", "2020-01-00", 0, 0, false},
	{"no leap day", "2021-02-29", 0, 0, false},
	{"no leap day in 1900", "1900-02-29", 0, 0, false},
	{"June 31", "2021-06-31", 0, 0, false},
	{"hour 24", "2020-01-01T24:00:00Z", 0, 0, false},
	{"leap second", "2016-12-31T23:59:60Z", 0, 0, false},
	{"no zone", "2020-01-01T00:00:00", 0, 0, false},
	{"hour only", "2020-01-01T00Z", 0, 0, false},
	{"short month", "2020-1-01", 0, 0, false},
	{"short zone", "2020-01-01T00:00:00+02", 0, 0, false},
	{"zone without colon", "2020-01-01T00:00:00+0200", 0, 0, false},
	{"zone minute 60", "2020-01-01T00:00:00+02:60", 0, 0, false},
	{"lower case t", "2020-01-01t00:00:00Z", 0, 0, false},
	{"lower case z", "2020-01-01T00:00:00z", 0, 0, false},
	{"blank for T", "2020-01-01 00:00:00Z", 0, 0, false},
	{"comma for point", "2020-01-01T00:00:00,5Z", 0, 0, false},
	{"empty fraction", "2020-01-01T00:00:00.Z", 0, 0, false},
	{"finer than a nanosecond", "2020-01-01T00:00:00.0000000001Z", 0, 0, false},
	{"finer epoch", "0.0000000001", 0, 0, false},
	{"epoch too far", "1000000000000000000", 0, 0, false},
	{"something after", "2020-01-01T00:00:00Zx", 0, 0, false},
	{"ends in a dash", "2020-", 0, 0, false},
	{"slashes", "2019/07/22", 0, 0, false},
	{"plus", "+5", 0, 0, false},
	{"words", "yesterday", 0, 0, false},
}

func TestDates(t *testing.T) {
	for _, tt := range dateCases {
		t.Run(tt.name, func(t *testing.T) {
			sec, nano, ok := conditions.ParseInstant(tt.text)
			if ok != tt.readable || sec != tt.sec || nano != tt.nano {
				t.Errorf("ParseInstant(%q) = %d, %d, %v, want %d, %d, %v", tt.text, sec, nano, ok, tt.sec, tt.nano, tt.readable)
			}
		})
	}
}

func checkInstant(t interface{ Fatalf(string, ...any) }, s string) {
	want, okWant := naiveInstant(s)
	sec, nano, ok := conditions.ParseInstant(s)
	if ok != okWant {
		t.Fatalf("ParseInstant(%q) readable = %v, want %v", s, ok, okWant)
	}
	if !ok {
		return
	}
	got := new(big.Int).Mul(big.NewInt(sec), big.NewInt(1e9))
	got.Add(got, big.NewInt(int64(nano)))
	if got.Cmp(want) != 0 || nano < 0 || nano >= 1e9 {
		t.Fatalf("ParseInstant(%q) = %d, %d, want %v ns", s, sec, nano, want)
	}
}

func TestDatesAgreeWithTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Valid in most fields, wrong by one now and then.
		s := fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d", rapid.IntRange(0, 9999).Draw(t, "year"),
			rapid.IntRange(0, 13).Draw(t, "month"), rapid.IntRange(0, 32).Draw(t, "day"),
			rapid.IntRange(0, 24).Draw(t, "hour"), rapid.IntRange(0, 60).Draw(t, "minute"), rapid.IntRange(0, 60).Draw(t, "second"))
		if rapid.Bool().Draw(t, "fraction") {
			s += "." + strings.Repeat("0", rapid.IntRange(0, 9).Draw(t, "zeros")) + fmt.Sprint(rapid.Uint16().Draw(t, "digits"))
		}
		s += rapid.SampledFrom([]string{"Z", "+00:00", "-00:00", "+14:00", "-23:59", "+24:00", "", "z"}).Draw(t, "zone")
		checkInstant(t, s)
		checkInstant(t, s[:rapid.IntRange(0, len(s)).Draw(t, "length")])
	})
}

func FuzzDate(f *testing.F) {
	for _, tt := range dateCases {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, s string) { checkInstant(t, s) })
}
