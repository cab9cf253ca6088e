package table_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/bench/result"
	"github.com/mayi-authz/mayi/bench/table"
)

// file is a run in which MayI is 12 and 8 times as fast as minio, and within twice
// the floor once.
func file() *result.File {
	engines := func(us, floor, minio float64) []result.Engine {
		of := func(name string, ns float64) result.Engine {
			three := []float64{ns, ns, ns}
			return result.Engine{Name: name, NS: three, CPU: three, Bytes: three, Allocs: []float64{0, 0, 0}, Load: []float64{0.5}, Heap: 30_000_000}
		}
		return []result.Engine{of("mayi", us), of("floor", floor), of("minio", minio), {Name: "casbin", LeftOut: "too slow"}}
	}
	return &result.File{Date: "2026-03-02T09:30:00Z", Runs: []result.Workload{
		{Name: "W1", Statements: 30, Engines: engines(100, 60, 1200)},
		{Name: "W4/100", Statements: 100, Engines: engines(100, 60, 1000)},
		{Name: "W4/10000", Statements: 10_000, Engines: engines(250, 100, 2000)},
		{Name: "W4/100000", Statements: 100_000, Bundle: 20_000_000, Engines: engines(250, 130, 2500)},
	}}
}

func TestFactors(t *testing.T) {
	got := table.Render(file(), false)["factors"]
	for _, want := range []string{
		"| decision beside floor | ≤ 2× its time | **no**: 3 of 4; not W4/10000 | W4/10000: 2.50× (2.50–2.50) | 1.25× |",
		"| decision beside minio | ≥ 10× faster | **no**: 3 of 4; not W4/10000 | W4/10000: 8.00× (8.00–8.00) | 1.25× |",
		"| decision beside cedar | ≥ 40× faster | not measured | – | – |",
		"| allocations of a decision | 0 | **yes**, on 4 of 4 |",
		"| one principal with 10,000 statements beside one with 100 | ≤ 2× | **no** | W4: 2.50× (2.50–2.50) | 1.25× |",
		"| load of 100,000 statements, from bytes to engine | ≤ 0.8 s | **yes** | W4/100000: 0.50 s | – |",
		"| heap growth less the JSON's bytes, a simple statement | ≤ 150 bytes | **yes** | W4/100000: 100 bytes | – |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no line\n%s\nin\n%s", want, got)
		}
	}
}

func TestTablesSayWhatIsLeftOut(t *testing.T) {
	sections := table.Render(file(), false)
	if got, want := sections["left-out"], "- casbin: too slow (W1, W4/100, W4/10000, W4/100000)\n"; got != want {
		t.Errorf("left out: %q, want %q", got, want)
	}
	if got, want := sections["decisions"], "| W1 | 100 ns | 60 ns | 1.20 µs | – |\n"; !strings.Contains(got, want) {
		t.Errorf("no line %q in\n%s", want, got)
	}
	if got, want := sections["ratios"], "| W1 | 0.60× (0.60–0.60) | 12.0× (12.0–12.0) | – |\n"; !strings.Contains(got, want) {
		t.Errorf("no line %q in\n%s", want, got)
	}
}

func TestReplace(t *testing.T) {
	page := "a\n<!-- begin:x -->\nold\n<!-- end:x -->\nb\n"
	got, err := table.Replace(page, map[string]string{"x": "new\n"})
	if want := "a\n<!-- begin:x -->\nnew\n<!-- end:x -->\nb\n"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if again, err := table.Replace(got, map[string]string{"x": "new\n"}); err != nil || again != got {
		t.Errorf("a second time: %q, %v", again, err)
	}
	if _, err := table.Replace(page, map[string]string{"y": ""}); err == nil || !strings.Contains(err.Error(), `"y"`) {
		t.Errorf("a missing section: %v", err)
	}
}
