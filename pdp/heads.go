package pdp

import (
	"math/bits"
)

// A headKey is the length of a text and a hash of it: 8 and 24 bits. Two texts may
// have one key, so that it only ever says who cannot match.
type headKey uint32

// maxHead is the longest head that a key tells; of a longer one it tells the front.
const maxHead = 255

// heads are the keys of all that a text begins with. To read a text costs one
// multiplication for every eight bytes (22 ns for a resource of 50), and from then on
// the key of each of its beginnings one (2 ns), whereas to hash each beginning by
// itself would read the text again for every length that occurs in a bundle.
type heads struct {
	words  [maxHead/8 + 2]uint64 // the text; the last one is filled up with zeros
	states [maxHead/8 + 2]uint64 // the hash of all words before
	n      int                   // bytes of the text, or maxHead
}

// mixer is an odd number without a pattern in its bits: 2⁶⁴ divided by the golden
// ratio.
const mixer = 0x9e3779b97f4a7c15

// read takes a text; fold says that the case of ASCII letters does not count.
func (h *heads) read(text string, fold bool) {
	h.n = min(len(text), maxHead)
	state := uint64(0)
	for k := 0; k*8 <= h.n; k++ {
		w := word(text, k*8)
		if fold {
			w = lowerWord(w)
		}
		h.words[k], h.states[k] = w, state
		state = bits.RotateLeft64((state^w)*mixer, 29)
	}
}

// key returns the key of the first length bytes. There must be that many.
func (h *heads) key(length int) headKey {
	k, rest := length>>3&31, uint(length)<<3&56 // as the arrays and the word are long, so that nothing is checked
	x := (h.states[k] ^ h.words[k]&(1<<rest-1)) * mixer
	return headKey(length)<<24 | headKey(x>>40)
}

// begins reports whether the text may begin with the one that the key is of.
func (h *heads) begins(key headKey) bool {
	length := int(key >> 24)
	return length <= h.n && h.key(length) == key
}

// keyOf returns the key of a head.
func keyOf(head string, fold bool) headKey {
	var h heads
	h.read(head, fold)
	return h.key(h.n)
}

// word returns the eight bytes from a place of a text on, with zeros behind its end.
func word(s string, i int) uint64 {
	switch rest := len(s) - i; {
	case rest >= 8:
		return eight(s, i)
	case rest <= 0:
		return 0
	case len(s) >= 8:
		return eight(s, len(s)-8) >> (uint(8-rest) << 3 & 63)
	}
	var w uint64
	for j := len(s) - 1; j >= i; j-- {
		w = w<<8 | uint64(s[j])
	}
	return w
}

// eight returns eight bytes of a text; the compiler makes one load of them.
func eight(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// four returns four bytes of a text.
func four(s string, i int) uint64 {
	s = s[i : i+4]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// lowerWord folds the ASCII letters among eight bytes.
func lowerWord(w uint64) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	low := w &^ high
	upper := (low + ones*(0x80-'A')) &^ (low + ones*(0x80-'Z'-1)) &^ w & high
	return w | upper>>2
}
