package strictjson

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// A Place says where in a document something stands.
// The zero Place is "nowhere in particular"; it prints as nothing.
type Place struct {
	File    string // as the caller named it; "" for a document without a name
	Line    int    // from 1; 0 if unknown
	Column  int    // in bytes, from 1; 0 if unknown
	Pointer string // RFC 6901; "" is the whole document
}

// String renders file:line:column and the pointer, leaving out what is unknown.
func (p Place) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		if p.File != "" {
			b.WriteByte(':')
		}
		b.WriteString(strconv.Itoa(p.Line))
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(p.Column))
	}
	if p.Pointer != "" {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p.Pointer)
	}
	return b.String()
}

// An Error is one problem of a document: where, which rule, and what was expected.
type Error struct {
	Place Place
	// Rule is the short name of the rule that was broken. For what AWS's policy
	// validator refuses it is AWS's own title, such as "Missing qualifier".
	Rule   string
	Reason string // names what stood there and what was expected
}

func (e *Error) Error() string {
	var b strings.Builder
	if at := e.Place.String(); at != "" {
		b.WriteString(at)
		b.WriteString(": ")
	}
	if e.Rule != "" {
		b.WriteString(e.Rule)
		b.WriteString(": ")
	}
	b.WriteString(e.Reason)
	return b.String()
}

// Join sorts problems by file and position and joins them into one error, so
// that a user sees all of them at once and always in the same order.
// It returns nil if there are none.
func Join(problems []*Error) error {
	if len(problems) == 0 {
		return nil
	}
	sorted := slices.Clone(problems)
	slices.SortStableFunc(sorted, func(a, b *Error) int {
		return cmp.Or(
			strings.Compare(a.Place.File, b.Place.File),
			cmp.Compare(a.Place.Line, b.Place.Line),
			cmp.Compare(a.Place.Column, b.Place.Column),
			strings.Compare(a.Reason, b.Reason),
		)
	})
	errs := make([]error, len(sorted))
	for i, p := range sorted {
		errs[i] = p
	}
	return errors.Join(errs...)
}
