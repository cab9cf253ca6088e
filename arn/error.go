package arn

import "strconv"

// A ParseError says why a text is no ARN.
type ParseError struct {
	Input  string
	Offset int    // in bytes, of what is wrong
	Reason string // what was expected
}

// maxQuoted bounds how much of an input an error message repeats.
const maxQuoted = 256

func (e *ParseError) Error() string {
	return "invalid ARN " + quote(e.Input) + " at offset " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// quote makes an input safe and short enough for a message.
func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.QuoteToASCII(s[:maxQuoted]) + "…"
	}
	return strconv.QuoteToASCII(s)
}
