package policytest

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mayi-authz/mayi/conditions"
)

// A Key is one key of a case's context.
type Key struct {
	Name  string
	Value conditions.Value
	json  string // what a JSON request says for it; "" if it cannot
}

// parseValue reads what a script says about a key: JSON where it is JSON, else a
// plain string; "?" is a value that cannot be known.
func parseValue(raw string) (conditions.Value, string, error) {
	switch {
	case raw == "?":
		return conditions.Incomplete(), "", nil
	case raw == "null":
		return conditions.Absent(), raw, nil
	case !isJSON(raw):
		quoted, err := jsontext.AppendQuote(nil, raw)
		if err != nil {
			return conditions.Text(raw), "", nil // not UTF-8: no JSON request can say it
		}
		return conditions.Text(raw), string(quoted), nil
	}
	dec := jsontext.NewDecoder(strings.NewReader(raw), jsontext.AllowDuplicateNames(true))
	if dec.PeekKind() != '[' {
		one, exact, err := scalar(dec)
		return conditions.One(one), jsonIf(exact, raw), err
	}
	if _, err := dec.ReadToken(); err != nil {
		return conditions.Value{}, "", err
	}
	var list []conditions.Scalar
	all := true
	for dec.PeekKind() != ']' {
		one, exact, err := scalar(dec)
		if err != nil {
			return conditions.Value{}, "", err
		}
		list, all = append(list, one), all && exact
	}
	return conditions.Many(list), jsonIf(all, raw), nil
}

// scalar reads one element. exact is false for what the engine can be given and
// a JSON request of the Decide API cannot hold: an object, a nested list, null.
func scalar(dec *jsontext.Decoder) (s conditions.Scalar, exact bool, err error) {
	raw, err := dec.ReadValue()
	if err != nil {
		return conditions.Scalar{}, false, fmt.Errorf("context value: %w", err)
	}
	switch raw.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, raw)
		return conditions.String(string(text)), true, err
	case '0':
		return conditions.Number(string(raw)), true, nil
	case 't', 'f':
		return conditions.Bool(raw.Kind() == 't'), true, nil
	}
	return conditions.Unreadable(), false, nil
}

func isJSON(raw string) bool { return jsontext.Value(raw).IsValid() }

func jsonIf(ok bool, raw string) string {
	if ok {
		return raw
	}
	return ""
}
