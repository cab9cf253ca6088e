package route

// A Table is the compiled routes of a bundle. A nil Table has no routes and the
// default mapping. It is immutable and safe for concurrent use.
type Table struct{}
