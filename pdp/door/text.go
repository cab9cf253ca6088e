package door

import (
	"strings"
	"unicode/utf8"
)

// clean returns text that may stand in any answer: valid UTF-8 without control
// characters. What cannot stay becomes U+FFFD.
func clean(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return cleanSlow(s)
		}
	}
	return s
}

func cleanSlow(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || 0x7f <= r && r < 0xa0 {
			return utf8.RuneError
		}
		return r // what is not UTF-8 arrives here as utf8.RuneError
	}, s)
}

// cut shortens clean text to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

const hexDigits = "0123456789ABCDEF"

// percentEncode writes everything but visible ASCII as %XX, the percent sign
// itself too: different texts stay different.
func percentEncode(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = visible(s[i])
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; visible(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

func visible(c byte) bool { return 0x20 < c && c < 0x7f && c != '%' }

// grpcMessage encodes a status message as gRPC's HTTP/2 mapping says: everything
// but printable ASCII and the percent sign is written as %XX.
func grpcMessage(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == ' ' || visible(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

// ValidName reports whether a header may be called that: a token of RFC 9110 in
// lower case.
func ValidName(name string) bool {
	for i := 0; i < len(name); i++ {
		if !nameBytes[name[i]] {
			return false
		}
	}
	return name != ""
}

// nameBytes are those that a valid name is made of.
var nameBytes = func() (table [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") {
		table[c] = true
	}
	return table
}()

// MaxValue is the length in bytes from which a header value is refused.
const MaxValue = 8 << 10

// ValidValue reports whether a header may have this value: not empty, valid
// UTF-8 (the wire demands it), no control character but the tab, no blank at
// either end, shorter than MaxValue.
func ValidValue(value string) bool {
	if value == "" || len(value) >= MaxValue || !utf8.ValidString(value) {
		return false
	}
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < 0x20 && c != '\t' || c == 0x7f {
			return false
		}
	}
	first, last := value[0], value[len(value)-1]
	return first != ' ' && first != '\t' && last != ' ' && last != '\t'
}

// ValidQueryPart reports whether a query parameter may be called that or have
// that value without any escape: what Envoy accepts as a change.
func ValidQueryPart(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("*-._", c) >= 0) {
			return false
		}
	}
	return s != ""
}
