package policystore_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
	"github.com/mayi-authz/mayi/policystore"
)

// simpleStatements is a bundle of 100,000 simple statements in 1,000 files, each
// attached to a user of its own.
func simpleStatements() map[string][]byte {
	files := map[string][]byte{}
	var users []string
	for f := range 1000 {
		statements := make([]string, 100)
		for i := range statements {
			statements[i] = fmt.Sprintf(`{"Sid": "S%d", "Effect": "Allow", "Action": ["docs:Read%d", "docs:List*"], "Resource": "arn:aws:docs:eu-west-1:%012d:team-%d/doc-%d/*"}`, i, i, f, f, i)
		}
		name := fmt.Sprintf("p%04d", f)
		files[name+".json"] = []byte(`{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",\n") + `]}`)
		users = append(users, fmt.Sprintf(`"u%d": {"policies": [%q]}`, f, name))
	}
	files["users.json"] = []byte(`{"users": {` + strings.Join(users, ",\n") + `}}`)
	return files
}

func large(b *testing.B, name string) map[string][]byte {
	if name == "simple" {
		return simpleStatements()
	}
	w, err := workload.Make(name)
	must(b, err)
	return w.Files
}

// cpu returns what the process has used of all processors.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLoad is a whole load, from the bytes of the files to the engine.
func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"simple", "W3"} {
		files := large(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			start := cpu(b)
			for b.Loop() {
				if _, err := policystore.LoadFiles(files); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b)-start).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// BenchmarkReload is a reload of which one file is another.
func BenchmarkReload(b *testing.B) {
	for _, name := range []string{"simple", "W3"} {
		files := large(b, name)
		changed := slices.Sorted(maps.Keys(files))[len(files)/2]
		b.Run(name, func(b *testing.B) {
			var chain policystore.Chain
			if _, err := chain.Load(files); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			start := cpu(b)
			for b.Loop() {
				files[changed] = append(files[changed], '\n')
				if _, err := chain.Load(files); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b)-start).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}
