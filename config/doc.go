// Package config is mayi.yaml: what can be set, what it means when it is not,
// and where a mistake stands.
//
// Settings come from Default, then the file, then MAYI_… variables, then flags;
// a later one wins. Reading is strict: an unknown or repeated key, an unknown
// MAYI_… variable or a value of the wrong kind is an error, and all errors are
// reported at once with their lines. A change takes effect at the next start.
//
// This package checks shapes. What an id, a CIDR or an algorithm is, the package
// that uses it knows; pdp/server joins those errors to the ones found here.
// docs/configuration.md lists every key; a test keeps it complete.
//
// Why not yaml's own decoding: its errors name Go types instead of keys, and the
// environment and the flags need the same conversion from text. One walk over
// the document's nodes serves all three and knows every line.
package config
