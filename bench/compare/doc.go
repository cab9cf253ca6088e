// Package compare measures engines beside each other: on each workload all are
// loaded, checked against the answers wanted, and then timed in turns, so that
// whatever else the machine does at a time meets all of them.
package compare
