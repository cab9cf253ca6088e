package conditions_test

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
)

var numberGrammar = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// naiveNumber is the slow twin of the package's decimals.
func naiveNumber(s string) (*big.Rat, bool) {
	if !numberGrammar.MatchString(s) {
		return nil, false
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	digits := strings.NewReplacer("-", "", ".", "").Replace(mantissa)
	if len(digits) > 64 {
		return nil, false
	}
	if exponent != "" {
		e, ok := new(big.Int).SetString(exponent, 10)
		if !ok || e.CmpAbs(big.NewInt(400)) > 0 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(s)
}

// naiveCanonical is a number in plain decimal, by way of big.Rat.
func naiveCanonical(s string) (string, bool) {
	r, ok := naiveNumber(s)
	if !ok {
		return "", false
	}
	text := r.FloatString(470) // 64 digits and an exponent of -400 need no more
	return strings.TrimSuffix(strings.TrimRight(text, "0"), "."), true
}

var numberCases = []struct {
	name, a, b string
	order      int
	readable   bool
}{
	{"equal integers", "300", "300", 0, true},
	{"trailing zeros", "300.0", "300", 0, true},
	{"exponent", "3e2", "300", 0, true},
	{"exponent with plus", "3E+2", "300", 0, true},
	{"negative exponent", "300e-2", "3", 0, true},
	{"exponent with zeros", "3e0002", "300", 0, true},
	{"less", "299.99", "300", -1, true},
	{"more digits is not more", "0.123456", "0.2", -1, true},
	{"beyond float64", "12345678901234567890.1", "12345678901234567890.10", 0, true},
	{"beyond float64, differs", "12345678901234567890.1", "12345678901234567890.11", -1, true},
	{"beyond int64", "9223372036854775808", "9223372036854775807", 1, true},
	{"0.1+0.2 is 0.3 only if nobody rounds", "0.30000000000000004", "0.3", 1, true},
	{"negative", "-2", "-1", -1, true},
	{"sign", "-1", "1", -1, true},
	{"minus zero", "-0", "0", 0, true},
	{"zero with exponent", "0e400", "-0.000", 0, true},
	{"zero and positive", "0", "0.001", -1, true},
	{"zero and negative", "0", "-0.001", 1, true},
	{"small", "1e-400", "2e-400", -1, true},
	{"largest exponent", "1e400", "1e399", 1, true},
	{"64 digits", strings.Repeat("9", 64), strings.Repeat("9", 63) + "8", 1, true},
	{"64 digits with a point", "0." + strings.Repeat("1", 63), "0.2", -1, true},

	{"65 digits", strings.Repeat("9", 65), "1", 0, false},
	{"65 digits with zeros", "1." + strings.Repeat("0", 64), "1", 0, false},
	{"exponent too big", "1e401", "1", 0, false},
	{"exponent too small", "1e-401", "1", 0, false},
	{"exponent enormous", "1e99999999999999999999999", "1", 0, false},
	{"empty", "", "1", 0, false},
	{"sign only", "-", "1", 0, false},
	{"plus", "+1", "1", 0, false},
	{"leading zero", "01", "1", 0, false},
	{"no whole part", ".5", "1", 0, false},
	{"no fraction", "5.", "1", 0, false},
	{"no exponent digits", "5e", "1", 0, false},
	{"exponent sign only", "5e+", "1", 0, false},
	{"blank", " 5", "1", 0, false},
	{"blank after", "5 ", "1", 0, false},
	{"hex", "0x10", "1", 0, false},
	{"underscore", "1_000", "1", 0, false},
	{"comma", "1,5", "1", 0, false},
	{"fraction bar", "1/2", "1", 0, false},
	{"infinity", "Inf", "1", 0, false},
	{"not a number", "NaN", "1", 0, false},
	{"other digits", "١", "1", 0, false},
	{"word", "ten", "1", 0, false},
}

func TestNumbers(t *testing.T) {
	for _, tt := range numberCases {
		t.Run(tt.name, func(t *testing.T) {
			order, ok := conditions.CompareNumbers(tt.a, tt.b)
			if ok != tt.readable {
				t.Fatalf("readable = %v, want %v", ok, tt.readable)
			}
			if ok && order != tt.order {
				t.Errorf("compare(%s, %s) = %d, want %d", tt.a, tt.b, order, tt.order)
			}
			if back, _ := conditions.CompareNumbers(tt.b, tt.a); ok && back != -tt.order {
				t.Errorf("compare(%s, %s) = %d, want %d", tt.b, tt.a, back, -tt.order)
			}
		})
	}
}

func TestCanonicalNumber(t *testing.T) {
	tests := []struct{ literal, want string }{
		{"0", "0"}, {"-0", "0"}, {"-0.00", "0"}, {"0e5", "0"}, {"0.0", "0"},
		{"7", "7"}, {"-7", "-7"}, {"100", "100"}, {"10.0", "10"}, {"1.50", "1.5"}, {"-1.50", "-1.5"},
		{"1e3", "1000"}, {"1E+3", "1000"}, {"1.5e1", "15"}, {"1.25e1", "12.5"}, {"-25e-1", "-2.5"}, {"25e-4", "0.0025"},
		{"100e-2", "1"}, {"12345678901234567890.10", "12345678901234567890.1"},
	}
	for _, tt := range tests {
		if got, ok := conditions.CanonicalNumber(tt.literal); !ok || got != tt.want {
			t.Errorf("canonical form of %s = %q, %v, want %q", tt.literal, got, ok, tt.want)
		}
	}
	for _, literal := range []string{"", "01", "+1", "1e401", strings.Repeat("1", 65), "x"} {
		if got, ok := conditions.CanonicalNumber(literal); ok {
			t.Errorf("canonical form of %q = %q, want none", literal, got)
		}
	}
}

func FuzzDecimal(f *testing.F) {
	for _, tt := range numberCases {
		f.Add(tt.a, tt.b)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, okX := naiveNumber(a)
		y, okY := naiveNumber(b)
		order, ok := conditions.CompareNumbers(a, b)
		if ok != (okX && okY) {
			t.Fatalf("%q, %q readable = %v, want %v and %v", a, b, ok, okX, okY)
		}
		if ok && order != x.Cmp(y) {
			t.Errorf("compare(%s, %s) = %d, want %d", a, b, order, x.Cmp(y))
		}
		want, okWant := naiveCanonical(a)
		got, ok := conditions.CanonicalNumber(a)
		if ok != okWant || got != want {
			t.Fatalf("canonical form of %q = %q, %v, want %q, %v", a, got, ok, want, okWant)
		}
		if again, ok := conditions.CanonicalNumber(got); okWant && len(got) <= 64 && (!ok || again != got) {
			t.Errorf("canonical form of the canonical form %q = %q, %v", got, again, ok)
		}
	})
}
