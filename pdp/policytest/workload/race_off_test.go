//go:build !race

package workload_test

// raced reports whether the race detector is on, under which sync.Pool drops
// things on purpose.
const raced = false
