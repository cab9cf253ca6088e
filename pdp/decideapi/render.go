package decideapi

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mayi-authz/mayi/pdp"
)

// AppendAnswer appends an answer's JSON, on one line and without a line break:
//
//	{"decision": "Allow"|"Deny", "reason": "…",
//	 "determining": [{"policy","sid","index","effect","layer","at"}],
//	 "determining_total": 9, "error": "…", "decision_id": "…", "revision": "…"}
//
// determining_total is there only if more statements decided than are listed;
// error, decision_id and revision only if they are not empty.
func AppendAnswer(dst []byte, a *Answer) []byte {
	return append(appendMembers(append(dst, '{'), a), '}')
}

// appendMembers appends the members of an answer without the braces.
func appendMembers(dst []byte, a *Answer) []byte {
	d := &a.Decision
	dst = append(dst, `"decision":"`...)
	dst = append(dst, d.Effect.String()...)
	dst = append(dst, `","reason":"`...)
	dst = append(dst, d.Reason.String()...)
	dst = append(dst, `","determining":[`...)
	refs := d.Determining(nil)
	for i := range refs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendStatement(dst, &refs[i])
	}
	dst = append(dst, ']')
	if d.Total() > len(refs) {
		dst = append(dst, `,"determining_total":`...)
		dst = strconv.AppendInt(dst, int64(d.Total()), 10)
	}
	dst = appendText(dst, `,"error":`, a.Error)
	dst = appendText(dst, `,"decision_id":`, d.ID.String())
	return appendText(dst, `,"revision":`, d.Revision)
}

func appendStatement(dst []byte, s *pdp.StatementRef) []byte {
	dst = append(dst, `{"policy":`...)
	dst = appendString(dst, s.Policy)
	dst = append(dst, `,"sid":`...)
	dst = appendString(dst, s.Sid)
	dst = append(dst, `,"index":`...)
	dst = strconv.AppendInt(dst, int64(s.Index), 10)
	dst = append(dst, `,"effect":"`...)
	dst = append(dst, s.Effect.String()...)
	dst = append(dst, `","layer":"`...)
	dst = append(dst, s.Layer.String()...)
	dst = append(dst, `","at":`...)
	dst = appendString(dst, s.At())
	return append(dst, '}')
}

// appendText appends a member unless its value is empty.
func appendText(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return appendString(append(dst, name...), value)
}

// appendString appends a JSON string. Text that is not UTF-8 is made so: the
// encoding of an answer cannot fail.
func appendString(dst []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(dst, clean(s))
	if err != nil {
		return append(dst, `""`...)
	}
	return quoted
}

// clean makes text fit for every answer: valid UTF-8 without CR, LF and NUL.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == 0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
