package conditions

// ScalarKind is the type that a scalar had where it came from.
type ScalarKind uint8

// The kinds of scalars. The zero kind is unreadable, so that a forgotten value
// never widens access.
const (
	KindUnreadable ScalarKind = iota // an object, a nested list, a number too big to be exact, …
	KindString
	KindNumber // exact decimal text
	KindBool
)

// A Scalar is one element of what a request says about a key.
// The zero Scalar is unreadable.
type Scalar struct {
	kind ScalarKind
	text string
}

// String returns a string scalar.
func String(s string) Scalar { return Scalar{KindString, s} }

// Number returns a number from its literal, kept exactly as written.
// Whether an operator can read it is decided where it is compared.
func Number(literal string) Scalar { return Scalar{KindNumber, literal} }

// Bool returns a boolean scalar.
func Bool(b bool) Scalar {
	if b {
		return Scalar{KindBool, "true"}
	}
	return Scalar{KindBool, "false"}
}

// Unreadable returns a scalar that is there and that no operator can read.
func Unreadable() Scalar { return Scalar{} }

// Kind returns the scalar's kind.
func (s Scalar) Kind() ScalarKind { return s.kind }

// Text returns the scalar as it was given: the string, the number's literal,
// "true" or "false"; "" if unreadable.
func (s Scalar) Text() string { return s.text }

// A Value is what a request says about a key: nothing (absent), something that
// cannot be known (unknown), one scalar, or a list. The zero Value is absent.
// A Value does not change once made; it may alias a list its maker handed over.
type Value struct {
	state valueState
	one   Scalar
	many  []Scalar
}

type valueState uint8

const (
	stateAbsent valueState = iota
	stateUnknown
	stateOne
	stateMany
)

// Absent returns the value of a key that the request says nothing about. JSON's
// null and [] are absent too; the empty string is a value.
func Absent() Value { return Value{} }

// Incomplete returns the value of a key whose source is known to be incomplete
// or unreadable, such as a truncated body. Every operator finds it unknown.
func Incomplete() Value { return Value{state: stateUnknown} }

// One returns a single value.
func One(s Scalar) Value { return Value{state: stateOne, one: s} }

// Many returns a list; the empty list is absent. The Value keeps the slice.
func Many(list []Scalar) Value {
	if len(list) == 0 {
		return Value{}
	}
	return Value{state: stateMany, many: list}
}

// Text is short for One(String(s)).
func Text(s string) Value { return One(String(s)) }

// Texts is short for Many over strings.
func Texts(list ...string) Value {
	scalars := make([]Scalar, len(list))
	for i, s := range list {
		scalars[i] = String(s)
	}
	return Many(scalars)
}

// IsAbsent reports whether the request says nothing about the key.
func (v Value) IsAbsent() bool { return v.state == stateAbsent }

// IsIncomplete reports whether the key's source could not be read.
func (v Value) IsIncomplete() bool { return v.state == stateUnknown }

// Len returns the number of scalars.
func (v Value) Len() int {
	switch v.state {
	case stateOne:
		return 1
	case stateMany:
		return len(v.many)
	}
	return 0
}

// At returns scalar i, 0 ≤ i < Len.
func (v Value) At(i int) Scalar {
	if v.state == stateOne {
		return v.one
	}
	return v.many[i]
}
