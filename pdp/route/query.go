package route

import (
	"strings"
	"unicode/utf8"
)

// parse decodes a query pair by pair, as HTML forms are written: "&" between
// pairs, "+" for a blank. A pair with ";" is two pairs to some and one to others,
// and is as unreadable as one with a broken escape.
func (q *Query) parse(raw string) {
	q.Raw, q.Valid = raw, true
	for rest, more := raw, raw != ""; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		n, ok1 := decodeForm(name)
		v, ok2 := decodeForm(value)
		if !ok1 || !ok2 || strings.IndexByte(pair, ';') >= 0 {
			q.Valid = false
			continue
		}
		q.Pairs = append(q.Pairs, Pair{Name: n, Value: v})
	}
}

// decodeForm decodes one name or value and reports whether it could be read.
func decodeForm(raw string) (string, bool) {
	if !strings.ContainsAny(raw, "%+") {
		return raw, true
	}
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '+':
			b = append(b, ' ')
		case '%':
			d, ok := hexByte(raw[i+1:])
			if !ok {
				return "", false
			}
			b = append(b, d)
			i += 2
		default:
			b = append(b, c)
		}
	}
	return string(b), utf8.Valid(b)
}
