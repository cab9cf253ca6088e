package arn_test

import (
	"testing"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/arn/wildcard"
)

func BenchmarkParse(b *testing.B) {
	for name, s := range map[string]string{
		"aws":   "arn:aws:s3:::documents/teams/blue/2026/report.pdf",
		"wami":  "arn:wami:iam:12345678/87654321:wami:999:user/alice",
		"cloud": "arn:wami:iam:12345678:wami:999:aws:22334455:eu-west-1:user/alice",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = arn.Parse(s)
			}
		})
	}
}

func BenchmarkPattern(b *testing.B) {
	const name = "arn:aws:s3:eu-west-1:123456789012:documents/teams/blue/report.pdf"
	for _, c := range []struct{ name, pattern string }{
		{"everything", "*"},
		{"exact", name},
		{"prefix/hit", "arn:aws:s3:eu-west-1:123456789012:documents/*"},
		{"prefix/miss", "arn:aws:s3:eu-west-1:999999999999:documents/*"},
		{"fields/hit", "arn:aws:s3:*:123456789012:documents/*"},
		{"fields/miss", "arn:aws:sqs:*:123456789012:documents/*"},
		{"short", "arn:aws:s3"},
	} {
		p, err := arn.ParsePattern(c.pattern)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Match(name, nil)
			}
		})
	}
	c, err := arn.CompileComponents(wildcard.Tokens("arn:aws:s3:*:123456789012:documents/*"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("components", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Match(name, nil)
		}
	})
}

func BenchmarkCompilePattern(b *testing.B) {
	for _, s := range []string{"arn:aws:s3:::documents/*", "arn:aws:s3:*:123456789012:documents/*"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = arn.ParsePattern(s)
			}
		})
	}
}
