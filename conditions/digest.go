package conditions

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// digests matches a text whose SHA-256 is one of several. It compares all of them,
// each in constant time, so that how long it takes tells nothing of the text.
type digests [][sha256.Size]byte

// stackText is the longest text that is hashed without allocating.
const stackText = 256

func (m digests) match(s Scalar) Tri {
	if s.kind != KindString {
		return Unknown
	}
	var buffer [stackText]byte
	sum := sha256.Sum256(append(buffer[:0], s.text...))
	found := 0
	for i := range m {
		found |= subtle.ConstantTimeCompare(sum[:], m[i][:])
	}
	return Of(found == 1)
}

func buildDigest(b *builder) {
	var m digests
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if d, ok := parseDigest(l.Text); ok {
			m = append(m, d)
			continue
		}
		b.mismatch(l, "Type mismatch digest", `"sha256:" and 64 hexadecimal digits`)
	}
	b.fixed = m
}

func parseDigest(s string) (d [sha256.Size]byte, ok bool) {
	digits, ok := strings.CutPrefix(s, "sha256:")
	if !ok || len(digits) != hex.EncodedLen(len(d)) {
		return d, false
	}
	_, err := hex.Decode(d[:], []byte(digits))
	return d, err == nil
}
