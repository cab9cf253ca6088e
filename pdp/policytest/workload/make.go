package workload

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sizes are those in which a workload that grows is measured.
var sizes = map[string][]int{
	"W4":        {100, 1_000, 10_000, 100_000},
	"W4/prefix": {100, 1_000, 10_000, 100_000},
	"W4/inner":  {100, 1_000, 10_000, 100_000},
	"W7":        {100, 1_000},
}

// All returns the names of the workloads that are measured.
func All() []string {
	names := []string{"W5", "W6"}
	for i := range crowds {
		names = append(names, crowds[i].name)
	}
	for _, family := range sortedKeys(sizes) {
		for _, n := range sizes[family] {
			names = append(names, fmt.Sprintf("%s/%d", family, n))
		}
	}
	slices.Sort(names)
	return names
}

// The largest bundle of a workload that grows, in statements.
const largest = 1_000_000

// Make makes a workload: one of All, or of a family that grows ("W4/2500") with
// any other number of statements that is a multiple of 10. Each call makes
// the same anew; nothing is shared between them.
func Make(name string) (*Workload, error) {
	for i := range crowds {
		if crowds[i].name == name {
			return crowds[i].make(), nil
		}
	}
	switch name {
	case "W5":
		return open(), nil
	case "W6":
		return tenanted(), nil
	}
	if at := strings.LastIndexByte(name, '/'); at > 0 && sizes[name[:at]] != nil {
		n, err := strconv.Atoi(name[at+1:])
		if err != nil || n < 10 || n > largest || n%10 != 0 {
			return nil, fmt.Errorf("workload %s: expected a multiple of 10 up to %d in place of %s", name, largest, name[at+1:])
		}
		if name[:at] == "W7" {
			return matching(n), nil
		}
		return grow(name[:at], n), nil
	}
	return nil, fmt.Errorf("there is no workload %q; there are %s", name, strings.Join(All(), ", "))
}
