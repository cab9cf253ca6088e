// Package policystore turns a source of policy files into the snapshot that
// decides, and keeps it current.
//
// A bundle travels one way: fetch, decode each document alone and in parallel,
// compile off to the side, publish by storing one pointer. Whatever goes wrong on
// that way, a panic included, leaves the snapshot that was served before in
// place: the problem is in the log (once), in Status and in the metrics, until
// the source is good again. Before the first good snapshot every decision is
// the inability no_snapshot.
//
// One goroutine, the one in Run, owns reloading. It looks at the source after
// every notice of the source's watch, after every Reload, and every 15 seconds in
// case a notice was lost; without notifications every 2 seconds. A look that
// finds the content hash unchanged compiles nothing.
//
// A reload costs what has changed: policies in files with the same bytes are taken
// from the snapshot that is served, which is compiled already. Neither files nor
// documents are kept for that, only hashes. If anything is wrong, everything is read
// again, so that problems are told as if there had been nothing before.
//
// Load and LoadFiles are for tools and tests that want one engine and no store.
package policystore
