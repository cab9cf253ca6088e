package conditions

import (
	"strings"
	"unicode"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// KeyInfo describes a key whose meaning MayI knows. Keys that are not in the table
// are the caller's own: any name, any type, one value or many.
type KeyInfo struct {
	Name        string // as IAM or WAMI documents it; a name that ends in "/" is a family: a tag key follows
	Type        ValueType
	Multivalued bool // needs ForAllValues: or ForAnyValue:
	Origin      KeyOrigin
	Source      string // what an HTTP door or the engine makes the value of; "" if nothing
}

// Family reports whether the key is a family of keys, one for each tag.
func (k KeyInfo) Family() bool { return strings.HasSuffix(k.Name, "/") }

// KnownKeys returns the table of keys, for documentation and tools.
func KnownKeys() []KeyInfo { return append([]KeyInfo(nil), knownKeys[:]...) }

// keyIndex finds a row of knownKeys by its folded name.
var keyIndex = func() map[string]int {
	index := make(map[string]int, len(knownKeys))
	for i := range knownKeys {
		index[Fold(knownKeys[i].Name)] = i
	}
	return index
}()

// knownKey finds a key, in any case, or the family that it belongs to.
func knownKey(name string) (KeyInfo, bool) {
	folded := Fold(name)
	if i, ok := keyIndex[folded]; ok {
		return knownKeys[i], true
	}
	if at := strings.IndexByte(folded, '/'); at >= 0 {
		if i, ok := keyIndex[folded[:at+1]]; ok {
			return knownKeys[i], true
		}
	}
	return KeyInfo{}, false
}

// checkKey refuses the name of a key that no request could ever have. Names that
// AWS does not know, and names without a service, are the caller's right.
func checkKey(name string, place strictjson.Place) []*strictjson.Error {
	const format = "Invalid condition key format"
	service, rest, hasService := strings.Cut(name, ":")
	switch {
	case name == "":
		return refusedKey(place, format, "a condition key is empty; expected service:key")
	case strings.Contains(name, "${"):
		return refusedKey(place, "Variable unsupported in element", "%.80q: a condition key takes no policy variables", name)
	case strings.TrimSpace(name) != name || strings.ContainsFunc(name, unicode.IsControl):
		return refusedKey(place, format, "%.80q has blanks around it or control characters in it", name)
	case hasService && (service == "" || rest == ""):
		return refusedKey(place, format, "%.80q has nothing before or after its colon; expected service:key", name)
	case missesTagKey(name):
		return refusedKey(place, "Missing tag key in condition", "%.80q names no tag; expected %s/tag-key", name, strings.TrimSuffix(name, "/"))
	}
	return nil
}

func refusedKey(place strictjson.Place, rule, format string, args ...any) []*strictjson.Error {
	return []*strictjson.Error{problem(place, rule, format, args...)}
}

// missesTagKey reports whether a key is only the name of a family of tags, such as
// aws:ResourceTag or s3:ExistingObjectTag/.
func missesTagKey(name string) bool {
	const tag = "tag/"
	service, family, _ := strings.Cut(name, ":")
	if n := len(family) - len(tag); n >= 0 && equalFold(family[n:], tag) {
		return !strings.Contains(service, "/") && !strings.Contains(family[:n], "/")
	}
	_, ok := keyIndex[Fold(name)+"/"]
	return ok
}
