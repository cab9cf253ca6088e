// Package pdp is the policy decision point: documents go in, decisions come out.
//
// Compile turns decoded documents into an Engine; Engine.Decide answers whether a
// principal may do an action on a resource at a time. It has no I/O, no clock and
// no error: whatever can fail is refused when the bundle is compiled, and the
// zero Decision denies.
package pdp
