package conditions

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string literal in single or double quotes (RFC 9535 §2.3.1.1).
func (p *pathParser) text() string {
	quote := p.peek()
	p.at++
	var b strings.Builder
	for p.at < len(p.s) {
		r, size := utf8.DecodeRuneInString(p.s[p.at:])
		switch {
		case p.s[p.at] == quote:
			p.at++
			return b.String()
		case r < ' ' || r == utf8.RuneError && size == 1:
			p.fail("no control character and no invalid UTF-8 in a string")
		case r == '\\':
			p.at++
			b.WriteRune(p.escape(quote))
		default:
			p.at += size
			b.WriteRune(r)
		}
	}
	p.fail("the closing quote of a string")
	return ""
}

// escape reads what follows a backslash.
func (p *pathParser) escape(quote byte) rune {
	c := p.peek()
	if i := strings.IndexByte(`bfnrt/\`+string(quote), c); i >= 0 && c != 0 {
		p.at++
		return rune(("\b\f\n\r\t/\\" + string(quote))[i])
	}
	if c != 'u' {
		p.fail(`one of b f n r t / \ u or the string's quote after a backslash`)
		return 0
	}
	p.at++
	r := p.unit()
	if !utf16.IsSurrogate(r) {
		return r
	}
	p.expect(`\u`, "the second half of a surrogate pair")
	if r = utf16.DecodeRune(r, p.unit()); r == utf8.RuneError {
		p.fail("a surrogate pair")
	}
	return r
}

// unit reads four hexadecimal digits.
func (p *pathParser) unit() rune {
	if p.at+4 > len(p.s) || strings.Trim(p.s[p.at:p.at+4], "0123456789abcdefABCDEF") != "" {
		p.fail(`four hexadecimal digits after \u`)
		return 0
	}
	n, _ := strconv.ParseUint(p.s[p.at:p.at+4], 16, 16)
	p.at += 4
	return rune(n)
}

// literal reads a string in quotes, a number, true, false or null.
func (p *pathParser) literal() literal {
	const expected = `a value: 'text' in quotes, a number, true, false or null`
	rest := p.s[p.at:]
	switch {
	case p.peek() == '\'' || p.peek() == '"':
		return literal{kind: literalString, text: p.text()}
	case rest == "null":
		p.at += len(rest)
		return literal{kind: literalNull}
	case rest == "true" || rest == "false":
		p.at += len(rest)
		return literal{kind: literalBool, text: rest}
	}
	d, ok := parseDecimal(rest)
	if !ok {
		p.fail(expected)
		return literal{}
	}
	p.at += len(rest)
	return literal{kind: literalNumber, number: d}
}
