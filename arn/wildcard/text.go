package wildcard

import (
	"strings"
	"unicode/utf8"
)

// boundary reports whether position i of text lies between two characters, or at
// either end. Almost always one look at one byte tells.
func boundary(text string, i int) bool {
	if i <= 0 || i >= len(text) || utf8.RuneStart(text[i]) {
		return true
	}
	for start := i - 1; start >= 0 && start > i-utf8.UTFMax; start-- {
		if utf8.RuneStart(text[start]) {
			return start+width(text, start) <= i
		}
	}
	return true // a continuation byte that continues nothing
}

// width returns the length of the character at position i.
func width(text string, i int) int {
	if text[i] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(text[i:])
	return n
}

// widthBefore returns the length of the character that ends at position i.
func widthBefore(text string, i int) int {
	if text[i-1] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeLastRuneInString(text[:i])
	return n
}

func hasPrefix(text, s string, fold bool) bool {
	if !fold {
		return strings.HasPrefix(text, s)
	}
	return len(text) >= len(s) && equalFold(text[:len(s)], s)
}

func hasSuffix(text, s string, fold bool) bool {
	if !fold {
		return strings.HasSuffix(text, s)
	}
	return len(text) >= len(s) && equalFold(text[len(text)-len(s):], s)
}

// equalFold compares two texts of the same length, folding ASCII letters.
// strings.EqualFold would take the Kelvin sign for a k. Names are usually written
// the same way everywhere, and equal texts are told by one comparison.
func equalFold(a, b string) bool {
	if a == b {
		return true
	}
	for i := 0; i < len(a); i++ {
		if a[i] != b[i] && lowerByte(a[i]) != lowerByte(b[i]) {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
