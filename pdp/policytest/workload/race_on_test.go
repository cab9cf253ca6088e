//go:build race

package workload_test

const raced = true
