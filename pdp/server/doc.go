// Package server is the roof: it turns a configuration into a running MayI. It
// owns the listeners, the probes, the metrics and the log, and the order in which
// things start and stop. Nothing is decided here.
//
//	              ┌─ ext_authz ──> door ─┐
//	gRPC listener ┤                      ├─> instrument ─> store's View ─> engine
//	              └─ Decide ─────────────┤
//	HTTP listener ── Decide as JSON ─────┘
//	admin listener ─ /livez /readyz /metrics /v1/status
//
// # Start and stop
//
// Listeners open at once; until the first good snapshot every question is
// answered with inability, /readyz with 503 and gRPC health with NOT_SERVING.
// When the context of Run ends, MayI first says that it is not ready and serves on
// for the configured delay, so that whoever routes to it can stop; then it takes
// no new calls and lets those in flight end within the grace time.
//
// # What is observed
//
// A decision gets its id from the decorator in view.go and is counted once: on
// Decide by that decorator, on ext_authz by the door's observer, which also sees
// what was refused before any policy was asked. A deny is one log line. No metric
// has a label with a path, a host or a principal.
package server
