package arn

import "strings"

// Google's names hold a resource's type in the plural. Types are English words;
// these are the rules whose effect can be undone in nearly every case. Where it
// cannot (a type in "s", "movie"), there is no translation.

// sibilants are the endings that take "es" rather than "s".
var sibilants = [...]string{"ss", "sh", "x", "tch", "nch", "rch"}

// plural returns the plural of a type, "" if none is known.
func plural(kind string) string {
	for _, ending := range sibilants {
		if strings.HasSuffix(kind, ending) {
			return kind + "es"
		}
	}
	switch stem, ok := strings.CutSuffix(kind, "y"); {
	case kind == "" || strings.HasSuffix(kind, "s"):
		return ""
	case ok && stem != "" && !strings.ContainsRune("aeiou", rune(stem[len(stem)-1])):
		return stem + "ies"
	}
	return kind + "s"
}

// singular returns the type with this plural, "" if there is none.
func singular(types string) string {
	kind := strings.TrimSuffix(types, "s")
	if stem, ok := strings.CutSuffix(types, "ies"); ok {
		kind = stem + "y"
	}
	for _, ending := range sibilants {
		if stem, ok := strings.CutSuffix(types, ending+"es"); ok {
			kind = stem + ending
		}
	}
	if types == "" || plural(kind) != types {
		return ""
	}
	return kind
}
