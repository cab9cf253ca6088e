package route

import (
	"strings"
	"unicode/utf8"
)

// A decoded segment is text in which "%2F" and "%5C" still stand for themselves:
// an escaped separator that the options keep stays escaped, so that it can never
// be taken for one. For this to be unambiguous, text that merely looks like it
// (from %252F) is always refused.

// unescape decodes a segment, or says why it cannot be read in only one way.
func unescape(raw string, o Options) (text, reason string) {
	if strings.IndexByte(raw, '\\') >= 0 {
		return "", `holds "\", which some read as "/"`
	}
	if strings.IndexByte(raw, '%') < 0 {
		return raw, ""
	}
	b := make([]byte, 0, len(raw))
	var percents []int // where in b a percent sign stands that was escaped
	for i := 0; i < len(raw); i++ {
		if raw[i] != '%' {
			b = append(b, raw[i])
			continue
		}
		c, ok := hexByte(raw[i+1:])
		if !ok {
			return "", "holds a % without two hexadecimal digits"
		}
		i += 2
		switch {
		case c == 0:
			return "", "holds %00"
		case (c == '/' || c == '\\') && o.EscapedSlashes == RefuseEscapedSlash:
			return "", "holds an escaped separator"
		case c == '/':
			b = append(b, "%2F"...)
		case c == '\\':
			b = append(b, "%5C"...)
		case c == '%':
			percents = append(percents, len(b))
			b = append(b, c)
		default:
			b = append(b, c)
		}
	}
	if reason := checkPercents(string(b), percents, o); reason != "" {
		return "", reason
	}
	return checkDecoded(string(b))
}

// checkPercents refuses text that a second decoding would read as an escape.
func checkPercents(text string, percents []int, o Options) (reason string) {
	for _, at := range percents {
		c, ok := hexByte(text[at+1:])
		switch {
		case !ok:
		case c == '/' || c == '\\':
			return "holds a separator that was escaped twice"
		case o.DoubleEscapes == RefuseDoubleEscape:
			return "holds an escape of an escape"
		}
	}
	return ""
}

// checkDecoded refuses what only shows once a segment is decoded.
func checkDecoded(text string) (string, string) {
	// Overlong forms (%C0%AE for ".") are not valid UTF-8 either.
	if !utf8.ValidString(text) {
		return "", "is not UTF-8 once decoded"
	}
	if strings.Contains(text, "%2F") || strings.Contains(text, "%5C") {
		parts := strings.Split(strings.ReplaceAll(text, "%5C", "%2F"), "%2F")
		for _, part := range parts {
			if part == "." || part == ".." {
				return "", "holds a dot segment between escaped separators"
			}
		}
	}
	return text, ""
}

func hexByte(s string) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	hi, ok1 := hexDigit(s[0])
	lo, ok2 := hexDigit(s[1])
	return hi<<4 | lo, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// pathByte reports whether c stands in a canonical path as itself: the pchar of
// RFC 3986. An upstream reads "%40" and "@" as the same, so they are the same here.
func pathByte(c byte) bool { return pathBytes[c] }

var pathBytes = table("-._~!$&'()*+,;=:@")

// table holds the letters, the digits and other characters.
func table(others string) (t [256]bool) {
	for c := range t {
		t[c] = alphanumeric(byte(c)) || strings.IndexByte(others, byte(c)) >= 0
	}
	return t
}

// plain reports whether a decoded segment is its own canonical spelling.
func plain(segment string) bool {
	for i := 0; i < len(segment); i++ {
		if !pathByte(segment[i]) {
			return false
		}
	}
	return true
}

// writeSegment writes a decoded segment in its canonical spelling.
func writeSegment(b *strings.Builder, segment string) {
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		switch {
		case pathByte(c):
			b.WriteByte(c)
		case c == '%' && (strings.HasPrefix(segment[i:], "%2F") || strings.HasPrefix(segment[i:], "%5C")):
			b.WriteString(segment[i : i+3])
			i += 2
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
}
