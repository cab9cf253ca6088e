package wildcard_test

import (
	"path"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

func BenchmarkMatch(b *testing.B) {
	const text = "arn:aws:s3:::documents/teams/blue/2026/report.pdf"
	long := strings.Repeat("a", 10_000)
	for _, c := range []struct{ name, pattern, text string }{
		{"exact/hit", text, text},
		{"exact/miss", text + "x", text},
		{"prefix/hit", "arn:aws:s3:::documents/*", text},
		{"prefix/miss", "arn:aws:s3:::orders/*", text},
		{"suffix/hit", "*.pdf", text},
		{"contains/hit", "*/blue/*", text},
		{"contains/miss", "*/green/*", text},
		{"affixes/hit", "arn:aws:s3:::documents/*.pdf", text},
		{"general/hit", "arn:aws:s3:::*/teams/*/2026/*", text},
		{"general/miss", "arn:aws:s3:::*/teams/*/2025/*", text},
		{"questions/hit", "arn:aws:s3:::*/20??/*", text},
		{"hostile/stars", "*********x", long},
		{"hostile/parts", strings.Repeat("*a", 20) + "*b*", long},
		{"hostile/questions", "*a?a?a?a?b*", long},
	} {
		tokens := wildcard.Tokens(c.pattern)
		for name, p := range map[string]wildcard.Pattern{
			"exact-case": wildcard.Compile(tokens),
			"fold":       wildcard.CompileFold(tokens),
		} {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					p.Match(c.text, nil)
				}
			})
		}
	}
}

// BenchmarkPathMatch is the standard library on the shape that both know.
func BenchmarkPathMatch(b *testing.B) {
	for b.Loop() {
		_, _ = path.Match("arn:aws:s3:::documents/*/*/*/*.pdf", "arn:aws:s3:::documents/teams/blue/2026/report.pdf")
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, s := range []string{"arn:aws:s3:::documents/*", "arn:aws:s3:::*/teams/*/2026/*"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wildcard.Compile(wildcard.Tokens(s))
			}
		})
	}
}
