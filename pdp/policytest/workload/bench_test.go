package workload_test

import (
	"testing"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// BenchmarkDecide asks the requests of each workload round and round.
func BenchmarkDecide(b *testing.B) {
	for _, name := range workload.All() {
		b.Run(name, func(b *testing.B) {
			w := build(b, name)
			e := load(b, w)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				e.Decide(&w.Requests[i].Request)
				if i++; i == len(w.Requests) {
					i = 0
				}
			}
		})
	}
}
