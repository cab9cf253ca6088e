package route

import (
	"errors"
	"fmt"
)

// Options says what Canonical does with what two programs could read in two
// ways. The zero Options is the strictest: it refuses all of it. An option is
// right only if every proxy and upstream behind the door reads a path like that.
type Options struct {
	// EmptySegments is about "//".
	EmptySegments EmptySegments
	// EscapedSlashes is about %2F and %5C in either case.
	EscapedSlashes EscapedSlashes
	// DotSegments is about segments "." and "..", escaped or not.
	DotSegments DotSegments
	// Semicolons is about ";" in a segment, escaped or not.
	Semicolons Semicolons
	// DoubleEscapes is about a percent sign that was escaped itself and that two
	// more hexadecimal digits follow: %2541.
	DoubleEscapes DoubleEscapes
	// MaxTarget bounds path and query together, in bytes; 0 means 16 KiB.
	MaxTarget int
}

// EmptySegments says what becomes of "//" in a path.
type EmptySegments uint8

// What becomes of empty segments.
const (
	RefuseEmpty EmptySegments = iota
	MergeEmpty                // "//" is read as "/"
)

// EscapedSlashes says what becomes of %2F and %5C in a path.
type EscapedSlashes uint8

// What becomes of escaped slashes.
const (
	RefuseEscapedSlash EscapedSlashes = iota
	KeepEscapedSlash                  // they stay escaped, in the decoded segment too, and separate nothing
)

// DotSegments says what becomes of "." and ".." as segments.
type DotSegments uint8

// What becomes of dot segments.
const (
	RefuseDots DotSegments = iota
	RemoveDots             // as RFC 3986, 5.2.4; going above the root is refused
)

// Semicolons says what becomes of ";" in a segment.
type Semicolons uint8

// What becomes of semicolons. A segment that is empty, "." or ".." before its
// ";" is refused whatever the option.
const (
	RefuseSemicolon Semicolons = iota
	StripParameters            // a segment ends before its ";", as servlets read it; only Raw keeps what follows
	KeepSemicolon              // ";" is a character like others
)

// DoubleEscapes says what becomes of %25 and two hexadecimal digits.
type DoubleEscapes uint8

// What becomes of double escapes.
const (
	RefuseDoubleEscape DoubleEscapes = iota
	KeepDoubleEscape                 // decoded once: %2541 is the text "%41"; %252F and %255C are still refused
)

// Validate reports every option that is none of the above, joined.
func (o Options) Validate() error {
	var errs []error
	check := func(name string, v, last uint8) {
		if v > last {
			errs = append(errs, fmt.Errorf("%s: unknown value %d", name, v))
		}
	}
	check("empty segments", uint8(o.EmptySegments), uint8(MergeEmpty))
	check("escaped slashes", uint8(o.EscapedSlashes), uint8(KeepEscapedSlash))
	check("dot segments", uint8(o.DotSegments), uint8(RemoveDots))
	check("semicolons", uint8(o.Semicolons), uint8(KeepSemicolon))
	check("double escapes", uint8(o.DoubleEscapes), uint8(KeepDoubleEscape))
	if o.MaxTarget < 0 {
		errs = append(errs, fmt.Errorf("max target: %d bytes, expected 0 or more", o.MaxTarget))
	}
	return errors.Join(errs...)
}
