package arn

import (
	"strings"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

// splitFields cuts a pattern at the first five colons of its literals. A colon
// that a hole's fill may bring along is none of the pattern's.
func splitFields(tokens []wildcard.Token) [][]wildcard.Token {
	fields := make([][]wildcard.Token, 1, arnFields)
	put := func(t wildcard.Token) {
		last := len(fields) - 1
		fields[last] = append(fields[last], t)
	}
	for _, t := range tokens {
		if t.Kind != wildcard.Literal {
			put(t)
			continue
		}
		rest := t.Text
		for len(fields) < arnFields {
			field, after, ok := strings.Cut(rest, ":")
			if !ok {
				break
			}
			if field != "" {
				put(wildcard.Token{Text: field})
			}
			fields = append(fields, nil)
			rest = after
		}
		if rest != "" {
			put(wildcard.Token{Text: rest})
		}
	}
	return fields
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
