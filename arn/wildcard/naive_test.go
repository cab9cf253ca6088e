package wildcard_test

import (
	"unicode/utf8"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

// naive is the slow twin of Pattern.Match, written for reading only: it tries
// everything, on lists of characters.
func naive(tokens []wildcard.Token, fold bool, text string, fills []string) bool {
	elements, ok := elementsOf(tokens, fold, fills)
	if !ok {
		return false
	}
	if fold {
		text = asciiLower(text)
	}
	return naiveMatch(elements, characters(text))
}

// An element is "*", "?", or the text between two of them.
type element struct {
	any, one bool
	text     string
}

func elementsOf(tokens []wildcard.Token, fold bool, fills []string) ([]element, bool) {
	elements := []element{{}}
	for _, t := range tokens {
		text := t.Text
		switch t.Kind {
		case wildcard.Any:
			elements = append(elements, element{any: true}, element{})
			continue
		case wildcard.One:
			elements = append(elements, element{one: true}, element{})
			continue
		case wildcard.Hole:
			if t.Hole < 0 || t.Hole >= len(fills) {
				return nil, false
			}
			text = fills[t.Hole]
		}
		if fold {
			text = asciiLower(text)
		}
		elements[len(elements)-1].text += text
	}
	return elements, true
}

func naiveMatch(elements []element, chars []string) bool {
	if len(elements) == 0 {
		return len(chars) == 0
	}
	first, rest := elements[0], elements[1:]
	taken := ""
	for n := 0; n <= len(chars); n++ {
		fits := first.any || first.one && n == 1 || !first.any && !first.one && taken == first.text
		if fits && naiveMatch(rest, chars[n:]) {
			return true
		}
		if n < len(chars) {
			taken += chars[n]
		}
	}
	return false
}

func characters(text string) []string {
	var chars []string
	for len(text) > 0 {
		_, n := utf8.DecodeRuneInString(text)
		chars = append(chars, text[:n])
		text = text[n:]
	}
	return chars
}

func asciiLower(s string) string {
	b := []byte(s)
	for i := range b {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] |= 0x20
		}
	}
	return string(b)
}
