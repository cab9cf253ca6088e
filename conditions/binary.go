package conditions

// binary matches a request's bytes that are equal to any of the policy's. Both
// are written in standard base64 (RFC 4648 §4) with padding and zero trailing
// bits: in that form equal texts are equal bytes, so nothing is decoded.
type binary []string

func (m binary) match(s Scalar) Tri {
	if s.kind != KindString || !isBase64(s.text) {
		return Unknown
	}
	for _, v := range m {
		if v == s.text {
			return True
		}
	}
	return False
}

func buildBinary(b *builder) {
	var m binary
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if l.Kind == KindString && isBase64(l.Text) {
			m = append(m, l.Text)
			continue
		}
		b.mismatch(l, "Type mismatch binary", `standard base64 with padding, such as "aGVsbG8="`)
	}
	b.fixed = m
}

// isBase64 reports whether s is the canonical encoding of some bytes: line
// breaks, the URL alphabet, missing padding and stray trailing bits are not.
func isBase64(s string) bool {
	if len(s)%4 != 0 {
		return false
	}
	padding := 0
	for padding < 2 && padding < len(s) && s[len(s)-1-padding] == '=' {
		padding++
	}
	var last byte
	for i := 0; i < len(s)-padding; i++ {
		v, ok := base64Value(s[i])
		if !ok {
			return false
		}
		last = v
	}
	// One padding byte leaves 2 unused bits in the last symbol, two leave 4.
	return last&(1<<(2*padding)-1) == 0
}

func base64Value(c byte) (byte, bool) {
	switch {
	case 'A' <= c && c <= 'Z':
		return c - 'A', true
	case 'a' <= c && c <= 'z':
		return c - 'a' + 26, true
	case '0' <= c && c <= '9':
		return c - '0' + 52, true
	case c == '+':
		return 62, true
	case c == '/':
		return 63, true
	}
	return 0, false
}
