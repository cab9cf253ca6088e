package wildcard

import "strings"

// Kind says what a Token is.
type Kind uint8

// The kinds of tokens. The zero Kind is Literal.
const (
	Literal Kind = iota // exactly Text
	Any                 // any run of characters, the empty one too
	One                 // exactly one character
	Hole                // exactly the text that fills hole number Hole
)

// A Token is one element of a pattern. The zero Token is the empty literal.
type Token struct {
	Kind Kind
	Text string // of a Literal, taken as it is: a "*" in it is a star
	Hole int    // of a Hole: which of the fills it stands for
}

// Tokens splits a pattern that has no holes at its wildcards "*" and "?".
// There is no escape: a text that must hold a literal star is built from tokens.
func Tokens(s string) []Token {
	if s == "" {
		return nil
	}
	return AppendTokens(make([]Token, 0, 1+2*(strings.Count(s, "*")+strings.Count(s, "?"))), s)
}

// AppendTokens is Tokens for a caller with memory of its own.
func AppendTokens(tokens []Token, s string) []Token {
	from := 0
	for i := 0; i < len(s); i++ {
		var kind Kind
		switch s[i] {
		case '*':
			kind = Any
		case '?':
			kind = One
		default:
			continue
		}
		if from < i {
			tokens = append(tokens, Token{Text: s[from:i]})
		}
		tokens = append(tokens, Token{Kind: kind})
		from = i + 1
	}
	if from < len(s) {
		tokens = append(tokens, Token{Text: s[from:]})
	}
	return tokens
}
