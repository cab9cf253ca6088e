//go:build !race

package pdp_test

// pooled reports whether sync.Pool keeps what it is given: under the race detector
// it drops things at random.
const pooled = true
