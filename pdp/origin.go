package pdp

// An Origin is what a door knows of the call that a request came with, so that a
// log line can be found again from the other side. No decision depends on it.
// The zero Origin knows nothing.
type Origin struct {
	RequestID string // X-Request-ID, if it is short and plain
	TraceID   string // of a valid traceparent
	// Header returns the values of a header by its lower-case name; it may be
	// nil. Who logs them masks what is secret.
	Header func(lowerName string) []string
}
