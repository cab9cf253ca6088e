package pdp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

// manyStatements is a bundle of 100,000 simple statements in 1,000 files, each
// attached to a user of its own.
func manyStatements() files {
	bundle := make(files)
	var users []string
	for f := range 1000 {
		statements := make([]string, 100)
		for i := range statements {
			statements[i] = fmt.Sprintf(`{"Sid": "S%d", "Effect": "Allow", "Action": ["docs:Read%d", "docs:List*"], "Resource": "arn:aws:docs:eu-west-1:%012d:team-%d/doc-%d/*"}`, i, i, f, f, i)
		}
		name := fmt.Sprintf("p%04d", f)
		bundle[name+".json"] = document(statements...)
		users = append(users, fmt.Sprintf(`"u%d": {"policies": [%q]}`, f, name))
	}
	bundle["users.json"] = `{"users": {` + strings.Join(users, ",\n") + `}}`
	return bundle
}

// The two halves of a reload: decoding may run in parallel, compiling does not.
func BenchmarkDecodeBundle(b *testing.B) {
	bundle := manyStatements()
	b.ReportAllocs()
	for b.Loop() {
		decode(b, bundle)
	}
}

func BenchmarkCompileBundle(b *testing.B) {
	docs := decode(b, manyStatements())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pdp.Compile(docs, pdp.Options{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
