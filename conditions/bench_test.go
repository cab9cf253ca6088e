package conditions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
)

func BenchmarkEval(b *testing.B) {
	src := with("name", text("alice"), "arn", text("arn:aws:iam::123456789012:user/alice"), "ip", text("203.0.113.7"),
		"n", number("42"), "at", text("2026-01-31T23:59:59Z"), "flag", text("true"), "list", list("a", "b", "c"))
	for _, bm := range []struct {
		name string
		c    conditions.Clause
	}{
		{"equals", clause("StringEquals", "name", "alice")},
		{"like", clause("StringLike", "name", "*l*c*")},
		{"numeric", clause("NumericLessThan", "n", "100")},
		{"date", clause("DateLessThan", "at", "2027-01-01T00:00:00Z")},
		{"bool", clause("Bool", "flag", "true")},
		{"ip", clause("IpAddress", "ip", "10.0.0.0/8")},
		{"arn", clause("ArnLike", "arn", "arn:aws:iam::*:user/*")},
		{"variable", clause("StringLike", "arn", "*/${name}")},
		{"set", clause("ForAllValues:StringEquals", "list", "a", "b", "c", "d")},
		{"absent", clause("StringEquals", "gone", "alice")},
	} {
		s := mustCompile(b, bm.c)
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Eval(src)
			}
		})
	}
}

// BenchmarkNetworks shows from how many networks the table is worth it, and
// BenchmarkTexts from how many texts the map is: look where the time stops growing.
func BenchmarkNetworks(b *testing.B) {
	src := with("ip", text("203.0.113.7")) // in none of them, the slowest answer
	for _, n := range []int{1, 4, 8, 15, 16, 64, 4096} {
		networks := make([]string, n)
		for i := range networks {
			networks[i] = fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)
		}
		s := mustCompile(b, clause("IpAddress", "ip", networks...))
		b.Run(fmt.Sprintf("networks=%d/miss", n), func(b *testing.B) {
			for b.Loop() {
				s.Eval(src)
			}
		})
	}
}

func BenchmarkTexts(b *testing.B) {
	src := with("k", text("team-9999"))
	for _, n := range []int{1, 4, 11, 12, 64, 4096} {
		texts := make([]string, n)
		for i := range texts {
			texts[i] = fmt.Sprintf("team-%04d", i)
		}
		s := mustCompile(b, clause("StringEquals", "k", texts...))
		b.Run(fmt.Sprintf("texts=%d/miss", n), func(b *testing.B) {
			for b.Loop() {
				s.Eval(src)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	block := []conditions.Clause{
		clause("StringEquals", "aws:PrincipalTag/Team", "${aws:ResourceTag/Team}"), clause("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
		clause("Bool", "aws:SecureTransport", "true"), clause("StringLike", "s3:prefix", strings.Repeat("a*", 3)),
	}
	b.ReportAllocs()
	for b.Loop() {
		mustCompile(b, block...)
	}
}
