package door

import (
	"strings"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/conditions"
)

// singletons are the headers whose one value may hold commas of its own.
var singletons = map[string]bool{
	"cookie":              true,
	"user-agent":          true,
	"referer":             true,
	"date":                true,
	"expires":             true,
	"if-modified-since":   true,
	"if-unmodified-since": true,
	"if-range":            true,
	"last-modified":       true,
	"retry-after":         true,
}

// unreadables are the headers that hold raw credentials: their presence is a
// fact, their text is nothing to decide by.
var unreadables = map[string]bool{
	"authorization":       true,
	"proxy-authorization": true,
}

// headerValue is what a condition sees of a header.
func headerValue(name, joined string) conditions.Value {
	switch {
	case unreadables[name]:
		return conditions.One(conditions.Unreadable())
	case singletons[name] || strings.IndexByte(joined, ',') < 0:
		return conditions.One(textScalar(joined))
	}
	elements := strings.Split(joined, ",")
	list := make([]conditions.Scalar, len(elements))
	for i, e := range elements {
		if e = strings.Trim(e, " \t"); e != "" {
			list[i] = textScalar(e)
		} // an empty element stays unreadable: recipients may or may not count it
	}
	return conditions.Many(list)
}

// textScalar is a text that a client sent: what is not UTF-8 cannot be read.
func textScalar(s string) conditions.Scalar {
	if !utf8.ValidString(s) {
		return conditions.Unreadable()
	}
	return conditions.String(s)
}
