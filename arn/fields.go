package arn

import (
	"strings"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

// splitFields cuts a pattern at the first five colons of its literals. A colon
// that a hole's fill may bring along is none of the pattern's.
func splitFields(tokens []wildcard.Token) [][]wildcard.Token {
	all := make([]wildcard.Token, 0, len(tokens)+arnFields) // of all fields, one after the other
	fields := make([][]wildcard.Token, 0, arnFields)
	from := 0
	for _, t := range tokens {
		for t.Kind == wildcard.Literal && len(fields) < arnFields-1 {
			field, after, ok := strings.Cut(t.Text, ":")
			if !ok {
				break
			}
			if field != "" {
				all = append(all, wildcard.Token{Text: field})
			}
			fields = append(fields, all[from:len(all):len(all)])
			from, t.Text = len(all), after
		}
		if t.Kind != wildcard.Literal || t.Text != "" {
			all = append(all, t)
		}
	}
	return append(fields, all[from:])
}

// leading returns the literal text that a pattern begins with.
func leading(tokens []wildcard.Token) string {
	text := ""
	for _, t := range tokens {
		if t.Kind != wildcard.Literal {
			break
		}
		text += t.Text
	}
	return text
}

func beginsARN(tokens []wildcard.Token) bool {
	return strings.HasPrefix(leading(tokens), scheme)
}

// emptyTokens reports whether tokens stand for the empty text only.
func emptyTokens(tokens []wildcard.Token) bool {
	return isLiteral(tokens, "")
}

// isLiteral reports whether tokens stand for exactly this text.
func isLiteral(tokens []wildcard.Token, text string) bool {
	field, ok := literalField(tokens)
	return ok && field == text
}

// literalField returns the text of a field that holds no wildcard and no hole.
func literalField(tokens []wildcard.Token) (string, bool) {
	for _, t := range tokens {
		if t.Kind != wildcard.Literal {
			return "", false
		}
	}
	return leading(tokens), true
}

// literalFields reports whether no field holds a wildcard or a hole.
func literalFields(fields [][]wildcard.Token) bool {
	for _, field := range fields {
		if _, ok := literalField(field); !ok {
			return false
		}
	}
	return true
}
