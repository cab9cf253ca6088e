package conditions

// parseBool reads true or false in any case of its ASCII letters.
func parseBool(s string) (value, ok bool) {
	switch {
	case s == "true", s == "false": // as nearly all of them are written
		return s == "true", true
	case equalFold(s, "true"):
		return true, true
	case equalFold(s, "false"):
		return false, true
	}
	return false, false
}

// boolean matches a request's boolean that is equal to the policy's.
type boolean bool

func (m boolean) match(s Scalar) Tri {
	value, ok := parseBool(s.text)
	if !ok {
		return Unknown
	}
	return Of(value == bool(m))
}

func buildBool(b *builder) {
	if value, ok := b.oneBool(); ok {
		b.fixed = boolean(value)
	}
}

// buildNull compiles the operator that asks whether a key is there at all. With
// a set qualifier it is a constant, as in AWS: ForAllValues:Null is always true,
// ForAnyValue:Null always false.
func buildNull(b *builder) {
	wantAbsent, ok := b.oneBool()
	if !ok {
		return
	}
	switch b.quantifier {
	case everyValue:
		b.presence = presence{True, True, True}
	case someValue:
		b.presence = presence{False, False, False}
	default:
		b.presence = presence{absent: Of(wantAbsent), present: Of(!wantAbsent), incomplete: Unknown}
	}
	b.quantifier = byPresence
}

// oneBool reads the one boolean that Bool and Null take.
func (b *builder) oneBool() (value, ok bool) {
	if n := len(b.clause.Values); n > 1 {
		b.refuse(b.clause.Values[1].Place, "Invalid condition multiple Boolean",
			"%s of %q has %d values; expected a single true or false", b.clause.Operator, b.clause.Key, n)
	}
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if value, ok = parseBool(l.Text); !ok {
			b.mismatch(l, "Type mismatch Boolean", `true or false`)
			return false, false
		}
	}
	return value, ok
}
