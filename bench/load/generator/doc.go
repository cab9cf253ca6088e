// Package generator puts load on a server and measures what it answers.
//
// It is one loop in one thread over raw sockets: it sends requests that were
// encoded beforehand, reads what came, and waits in ppoll for whatever is next. It
// allocates nothing while it measures and runs without a garbage collector, so
// that on a small machine the server is what the numbers tell about; its own
// CPU and its own lateness are reported beside them.
//
// Closed loop (Spec.Rate 0): as many calls are in flight as the Spec says; the
// result is calls a second. Open loop: calls are due on a constant schedule,
// whatever the server does, and a latency counts from when the call was due, not
// from when it could be sent (so nothing is omitted while the server stalls).
package generator
