// Package source says what a source of policies is, and holds what all sources
// share: which names belong to a bundle, how large it may be, how its revision
// is computed, when a state counts as settled, and how folders are watched.
//
// A source hands out whole bundles: every file of one generation, or an error.
// It never hands out part of one, and it never skips what it cannot read: a lost
// Deny would be an Allow.
//
// Event sequences of file systems cannot be trusted, so nothing here interprets
// them: any event, overflow or error only says "look again", and the content
// hash decides whether anything changed.
package source
