package conditions_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/conditions"
)

// A plainContext is what a Context must be, written with a map.
type plainContext struct {
	values map[string]string
	names  []string
}

func (p *plainContext) set(name, v string, replace bool) bool {
	name = conditions.Fold(name)
	_, has := p.values[name]
	if has && !replace {
		return false
	}
	if !has {
		p.names = append(p.names, name)
	}
	p.values[name] = v
	return true
}

// A Context is a map that remembers the order, however large it is and was before.
func TestContextIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c conditions.Context
		for range rapid.IntRange(1, 4).Draw(t, "requests") {
			plain := plainContext{values: map[string]string{}}
			n := rapid.SampledFrom([]int{0, 3, 15, 16, 17, 40, 200}).Draw(t, "keys")
			for i := range n {
				name := fmt.Sprintf("%s:%d", rapid.SampledFrom([]string{"k", "K", "long-name"}).Draw(t, "name"), rapid.IntRange(0, n).Draw(t, "number"))
				v := fmt.Sprint(i)
				if rapid.Bool().Draw(t, "add") {
					if got, want := c.Add(name, conditions.Text(v)), plain.set(name, v, false); got != want {
						t.Fatalf("Add(%q) = %v, want %v", name, got, want)
					}
					continue
				}
				c.Set(name, conditions.Text(v))
				plain.set(name, v, true)
			}
			if !slices.Equal(c.Names(), plain.names) {
				t.Fatalf("names %q, want %q", c.Names(), plain.names)
			}
			for i := range n + 1 {
				name := fmt.Sprintf("k:%d", i)
				want, has := plain.values[name]
				got := c.Value(name)
				if got.IsAbsent() == has || has && got.At(0).Text() != want {
					t.Fatalf("%s is %+v, want %q, %v", name, got, want, has)
				}
			}
			c.Reset()
			if len(c.Names()) != 0 || !c.Value("k:0").IsAbsent() {
				t.Fatal("a Context that is reset is not empty")
			}
		}
	})
}

func TestContextResetForgetsWhatWasIncomplete(t *testing.T) {
	var c conditions.Context
	c.MarkIncomplete("http:body/")
	c.Reset()
	if !c.Value("http:body/x").IsAbsent() {
		t.Error("a key is incomplete after Reset")
	}
}

func TestContextReusedDoesNotAllocate(t *testing.T) {
	names := make([]string, 100)
	for i := range names {
		names[i] = fmt.Sprintf("http:header/x-%d", i)
	}
	var c conditions.Context
	if n := testing.AllocsPerRun(100, func() {
		c.Reset()
		for _, name := range names {
			c.Set(name, conditions.Text(name))
		}
		c.MarkIncomplete("http:body/")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkContext fills a Context and asks for each of its keys, all of one
// length, which is the most that a look at each of them can cost.
func BenchmarkContext(b *testing.B) {
	for _, n := range []int{4, 8, 15, 16, 32, 1000} {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprintf("http:header/x-%04d", i)
		}
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			var c conditions.Context
			for b.Loop() {
				c.Reset()
				for _, name := range names {
					c.Set(name, conditions.Text(name))
				}
				for _, name := range names {
					c.Value(name)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/key")
		})
	}
}
