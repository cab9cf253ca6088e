package arn

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const scheme = "arn:"

// IsARN reports whether s claims to be an ARN: whether it begins with "arn:" in
// any mix of letter case. Such a text must be taken by Parse, or be refused.
func IsARN(s string) bool {
	return len(s) >= len(scheme) &&
		s[0]|0x20 == 'a' && s[1]|0x20 == 'r' && s[2]|0x20 == 'n' && s[3] == ':'
}

// Parse parses a name strictly. Every error is a *ParseError. Parse allocates
// only for errors and for WAMI names in their older spelling.
func Parse(s string) (ARN, error) {
	var a ARN
	if parsePlain(&a, s) {
		return a, nil
	}
	return parse(s)
}

// parse is Parse for all names.
func parse(s string) (ARN, error) {
	if err := checkText(s); err != nil {
		return ARN{}, err
	}
	a := ARN{text: s}
	n := 0
	for i := len(scheme); i < len(s) && n < len(a.ends); i++ {
		if s[i] == ':' {
			a.ends[n] = uint16(i)
			n++
		}
	}
	colons := n + 1 // with the one of "arn:"
	a.form = form(colons)
	switch partition := a.field(1); {
	case partition == wami:
		return a.wami(colons)
	case strings.EqualFold(partition, wami):
		return ARN{}, &ParseError{s, len(scheme), "the partition wami is written in lower case"}
	}
	return a.aws(colons)
}

// checkText checks what holds for both forms.
func checkText(s string) error {
	switch {
	case !IsARN(s):
		return &ParseError{s, 0, `expected it to begin with "arn:"`}
	case !strings.HasPrefix(s, scheme):
		return &ParseError{s, 0, `"arn" is written in lower case`}
	case len(s) > maxLength:
		return &ParseError{s, maxLength, "longer than " + strconv.Itoa(maxLength) + " bytes"}
	}
	for i := len(scheme); i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' || c == 0x7f:
			return &ParseError{s, i, "control character"}
		case c >= utf8.RuneSelf:
			return checkUnicode(s, i)
		}
	}
	return nil
}

// checkUnicode goes on with checkText from the first byte that is not ASCII.
func checkUnicode(s string, from int) error {
	for i, r := range s[from:] {
		i += from
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			return &ParseError{s, i, "not valid UTF-8"}
		case unicode.IsControl(r):
			return &ParseError{s, i, "control character"}
		}
	}
	return nil
}

// indexBlank returns where the first blank of a field stands, or -1.
func indexBlank(field string) int {
	for i := 0; i < len(field); i++ {
		if c := field[i]; c == ' ' || c >= utf8.RuneSelf {
			return strings.IndexFunc(field, unicode.IsSpace)
		}
	}
	return -1
}

// aws finishes the parse of a name in the AWS form.
func (a ARN) aws(colons int) (ARN, error) {
	if colons < int(formAWS) {
		return ARN{}, a.fail(len(a.text), "expected 6 fields, arn:partition:service:region:account:resource, got "+strconv.Itoa(colons+1))
	}
	a.form = formAWS
	clear(a.ends[formAWS-1:])
	return a.finish("partition", "service", "region", "account")
}

// wami finishes the parse of a name in one of the WAMI forms.
func (a ARN) wami(colons int) (ARN, error) {
	if colons < int(formWAMI) {
		return ARN{}, a.fail(len(a.text), "expected at least 7 fields, arn:wami:service:tenant:wami:instance:resource, got "+strconv.Itoa(colons+1))
	}
	if a.field(4) != wami {
		return ARN{}, a.fail(a.end(3)+1, `the fifth field of a WAMI name must be "wami"`)
	}
	if reason := checkTenant(a.field(3)); reason != "" {
		return ARN{}, a.fail(a.end(2)+1, reason)
	}
	switch a.cloud(colons) {
	case cloudRegion:
		a.form = formCloud
		return a.finish("partition", "service", "tenant", "marker", "instance", "provider", "account", "region")
	case cloudOlder:
		return a.withRegion()
	}
	a.form = formWAMI
	clear(a.ends[formWAMI-1:])
	return a.finish("partition", "service", "tenant", "marker", "instance")
}

type cloudForm uint8

const (
	cloudNone   cloudForm = iota // the name is the instance's own
	cloudRegion                  // with provider, account and region
	cloudOlder                   // with provider and account
)

// cloud tells the WAMI forms apart. A resource holds a slash, and provider,
// account and region do not, so after the instance the first field with a slash
// begins the resource.
func (a ARN) cloud(colons int) cloudForm {
	instance := a.end(5)
	slash := instance + strings.IndexByte(a.text[instance:], '/')
	switch {
	case slash < instance || colons < 8 || slash < a.end(7):
		return cloudNone
	case colons >= 9 && slash > a.end(8):
		return cloudRegion
	}
	return cloudOlder
}

// withRegion finishes the parse of the older spelling of a global name.
func (a ARN) withRegion() (ARN, error) {
	const region = globalCloud + ":"
	at := a.end(7) + 1
	parsed, err := Parse(a.text[:at] + region + a.text[at:])
	var pe *ParseError
	if errors.As(err, &pe) { // the caller knows the input as it was
		pe.Input = a.text
		if pe.Offset > at {
			pe.Offset -= len(region)
		}
	}
	return parsed, err
}

// checkTenant checks a tenant path: decimal numbers of 64 bits between slashes,
// each in its one canonical spelling, since two spellings of a tenant could be
// taken for two tenants. It returns "" or what is wrong.
func checkTenant(path string) string {
	for segment := range strings.SplitSeq(path, "/") {
		if _, err := strconv.ParseUint(segment, 10, 64); err != nil {
			return "tenant path segment " + quote(segment) + " is not a number from 0 to 18446744073709551615"
		}
		if segment[0] == '0' && len(segment) > 1 {
			return "tenant path segment " + quote(segment) + " has a leading zero"
		}
	}
	return ""
}

// mayBeEmpty holds the fields that a name need not fill in.
func mayBeEmpty(form form, name string) bool {
	return form == formAWS && (name == "region" || name == "account")
}

// finish checks the fields after "arn", which have these names, and the resource.
func (a ARN) finish(names ...string) (ARN, error) {
	for i, name := range names {
		at := a.end(i) + 1
		value := a.field(i + 1)
		if value == "" && !mayBeEmpty(a.form, name) {
			return ARN{}, a.fail(at, "the "+name+" is empty")
		}
		if blank := indexBlank(value); blank >= 0 {
			return ARN{}, a.fail(at+blank, "blank in the "+name)
		}
	}
	at := a.end(int(a.form)-1) + 1
	resource := a.Resource()
	if resource == "" {
		return ARN{}, a.fail(at, "the resource is empty")
	}
	if a.WAMI() {
		kind, id, ok := strings.Cut(resource, "/")
		if !ok {
			return ARN{}, a.fail(at, "expected the resource to be type/id, got "+quote(resource))
		}
		if kind == "" || id == "" {
			return ARN{}, a.fail(at, "neither type nor id of the resource may be empty")
		}
	}
	return a, nil
}

func (a ARN) fail(offset int, reason string) error {
	return &ParseError{Input: a.text, Offset: offset, Reason: reason}
}
