package conditions

import "cmp"

// orders is a set of outcomes of a comparison: what a request's value may be in
// relation to the policy's.
type orders uint8

const (
	below orders = 1 << iota
	equal
	above
)

// has reports whether an outcome (-1, 0, +1) is in the set.
func (o orders) has(outcome int) bool {
	switch {
	case outcome < 0:
		return o&below != 0
	case outcome > 0:
		return o&above != 0
	}
	return o&equal != 0
}

// numbers matches a request's number that stands in one of the wanted orders to
// any of the policy's.
type numbers struct {
	accept orders
	values []decimal
	short  []int64 // the same, if all of them are short
}

func (m *numbers) match(s Scalar) Tri {
	if len(m.short) > 0 {
		if n, ok := shortNumber(s.text); ok {
			return m.of(n)
		}
	}
	d, ok := parseDecimal(s.text)
	if !ok {
		return Unknown
	}
	for i := range m.values {
		if m.accept.has(d.compare(&m.values[i])) {
			return True
		}
	}
	return False
}

func (m *numbers) of(n int64) Tri {
	for _, v := range m.short {
		if m.accept.has(cmp.Compare(n, v)) {
			return True
		}
	}
	return False
}

func buildNumeric(b *builder) {
	m := &numbers{accept: b.op.accept}
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if d, ok := parseDecimal(l.Text); ok {
			m.values = append(m.values, d)
			if n, short := shortNumber(l.Text); short {
				m.short = append(m.short, n)
			}
			continue
		}
		b.mismatch(l, "Type mismatch number",
			`a decimal number such as 10, -2.5 or 1e6 of at most 64 digits and an exponent of at most 400`)
	}
	if len(m.short) < len(m.values) {
		m.short = nil
	}
	b.fixed = m
}
