package policytest

import "strings"

// A piece is one element of a pattern, one character long.
type piece struct {
	kind pieceKind
	char rune
}

type pieceKind uint8

const (
	exactly pieceKind = iota // the character itself
	put                      // the same, put in by a variable: never a separator
	anyRun                   // "*": any characters, none too
	anyOne                   // "?": any one character
)

// literal returns text as pieces that match only itself.
func literal(text string) []piece { return pieces(exactly, text) }

func pieces(kind pieceKind, text string) []piece {
	var all []piece
	for _, c := range text {
		all = append(all, piece{kind, c})
	}
	return all
}

// pattern returns text as pieces, "*" and "?" being wildcards.
func pattern(text string) []piece {
	all := literal(text)
	for i := range all {
		switch all[i].char {
		case '*':
			all[i] = piece{kind: anyRun}
		case '?':
			all[i] = piece{kind: anyOne}
		}
	}
	return all
}

// glob reports whether the pattern matches the whole text. It fills the table
// reached[i]: can the pieces so far match the first i characters?
func glob(pattern []piece, text string) bool {
	chars := []rune(text)
	reached := make([]bool, len(chars)+1)
	reached[0] = true
	for _, p := range pattern {
		next := make([]bool, len(chars)+1)
		for i := range reached {
			switch {
			case p.kind == anyRun:
				next[i] = reached[i] || i > 0 && next[i-1]
			case i > 0 && reached[i-1]:
				next[i] = p.kind == anyOne || p.char == chars[i-1]
			}
		}
		reached = next
	}
	return reached[len(chars)]
}

// splitPieces cuts a pattern at its literal colons into at most n parts.
func splitPieces(all []piece, n int) [][]piece {
	var parts [][]piece
	from := 0
	for i, p := range all {
		if len(parts) == n-1 {
			break
		}
		if p.kind == exactly && p.char == ':' {
			parts = append(parts, all[from:i])
			from = i + 1
		}
	}
	return append(parts, all[from:])
}

func beginsWith(all []piece, text string) bool {
	want := literal(text)
	if len(all) < len(want) {
		return false
	}
	for i := range want {
		if all[i] != want[i] {
			return false
		}
	}
	return true
}

// fieldsMatch matches the six fields of an ARN each alone; the sixth is the
// rest, colons included. Text with fewer fields matches nothing.
func fieldsMatch(pattern []piece, text string) bool {
	want, got := splitPieces(pattern, 6), strings.SplitN(text, ":", 6)
	if len(want) != 6 || len(got) != 6 {
		return false
	}
	for i := range want {
		if !glob(want[i], got[i]) {
			return false
		}
	}
	return true
}

// resourceMatches is rule 3.1.
func resourceMatches(pattern []piece, text string) bool {
	switch {
	case len(pattern) == 1 && pattern[0].kind == anyRun:
		return true
	case !beginsWith(pattern, "arn:"):
		return glob(pattern, text)
	case len(splitPieces(pattern, 6)) == 6:
		return fieldsMatch(pattern, text)
	case glob(pattern, text):
		return true
	}
	// A pattern that stops early: AWS adds what is missing.
	rest := append(literal(":"), piece{kind: anyRun})
	return beginsWith(pattern, "arn:aws") && glob(append(append([]piece(nil), pattern...), rest...), text)
}

// actionMatches is rule 3.2.
func actionMatches(pat, action string) bool {
	return glob(pattern(lower(pat)), lower(action))
}

// lower folds ASCII letters and nothing else.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}
