package conditions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
)

// TestEvalDoesNotAllocate covers every operator but JsonPathEquals, which
// parses, variables and sets included.
func TestEvalDoesNotAllocate(t *testing.T) {
	networks := make([]string, 40)
	for i := range networks {
		networks[i] = fmt.Sprintf("10.%d.0.0/16", i)
	}
	src := with(
		"name", text("alice"), "arn", text("arn:aws:iam::123456789012:user/alice"), "ip", text("203.0.113.7"), "v6", text("fe80::1%eth0"),
		"n", number("12345678901234567890.10"), "fraction", number("1.50"), "at", text("2026-01-31T23:59:59.5+02:00"), "epoch", number("1577836800"),
		"flag", scalars(conditions.Bool(true)), "bytes", text("aGVsbG8="), "list", list("alice", "bob"), "word", text("ten"),
		"version", text("v1.20.0-rc.1+build"), "place", text("52.39,13.06"), "long", text(strings.Repeat("x", 256)),
	)
	tests := map[string]conditions.Clause{
		"equals":               clause("StringEquals", "name", "bob", "alice"),
		"equals a number":      clause("StringEquals", "fraction", "1.5"),
		"ignoring case":        clause("StringNotEqualsIgnoreCase", "name", "BOB", "CAROL"),
		"like":                 clause("StringLike", "name", "*x*", "a*c?"),
		"numeric":              clause("NumericLessThan", "n", "12345678901234567890.2"),
		"numeric, unreadable":  clause("NumericLessThan", "word", "5"),
		"date":                 clause("DateGreaterThan", "at", "2026-01-31"),
		"epoch":                clause("DateGreaterThan", "epoch", "2026-01-31"),
		"bool":                 clause("Bool", "flag", "true"),
		"binary":               clause("BinaryEquals", "bytes", "AAAA", "aGVsbG8="),
		"networks":             clause("IpAddress", "ip", "10.0.0.0/8", "203.0.113.0/24"),
		"network table":        clause("NotIpAddress", "ip", networks...),
		"zone":                 clause("IpAddress", "v6", "fe80::/10"),
		"ARN":                  clause("ArnLike", "arn", "arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*"),
		"null":                 clause("Null", "gone", "true"),
		"absent":               clause("StringLikeIfExists", "gone", "x*"),
		"set":                  clause("ForAllValues:StringLike", "list", "a*", "b*"),
		"variable":             clause("StringEquals", "name", "x${name}", "${name}"),
		"variable, fold":       clause("StringEqualsIgnoreCase", "name", "${gone, 'ALICE'}"),
		"variable in a glob":   clause("StringLike", "arn", "*/${name}"),
		"variable in an ARN":   clause("ArnLike", "arn", "arn:aws:iam::*:user/${name}"),
		"eight variables":      clause("StringLike", "name", "${name}${name}${name}${name}${name}${name}${name}${name}"),
		"variable in a set":    clause("ForAnyValue:StringEquals", "list", "${name}", "${gone}"),
		"pattern":              clause("RegexMatch", "arn", "[0-9]+", "arn:aws:iam::[0-9]{12}:user/.*"),
		"version":              clause("SemanticVersionLessThan", "version", "1.0.0", "1.20.0"),
		"version, unreadable":  clause("SemanticVersionEquals", "word", "1.0.0"),
		"distance":             clause("GeoDistance", "place", "0,0,1", "52.52,13.405,50"),
		"region":               clause("GeoWithinRegion", "place", "0,0,1,1", "ell", "47,5,55,15"),
		"digest":               clause("HashEquals", "long", "sha256:"+strings.Repeat("0f", 32)),
		"number as a variable": clause("StringEquals", "name", "${fraction}"),
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			s := mustCompile(t, c)
			if n := testing.AllocsPerRun(100, func() { s.Eval(src) }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func TestFillDoesNotAllocate(t *testing.T) {
	src := with("name", text("alice"))
	tmpl := parseTemplate(t, "home/${name}/${team, 'none'}/*")
	buffer := make([]string, 0, 2)
	if n := testing.AllocsPerRun(100, func() { tmpl.Fill(src, buffer) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
