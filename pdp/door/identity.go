package door

import (
	"slices"
	"strings"
)

// maxHyphens bounds the spellings of an identity header: 2 to this power.
const maxHyphens = 6

func (h IdentityHeaders) orDefault() IdentityHeaders {
	set := func(name *string, d string) {
		if *name == "" {
			*name = d
		}
	}
	set(&h.Principal, "x-mayi-principal")
	set(&h.Tenant, "x-mayi-tenant")
	set(&h.DecisionID, "x-mayi-decision-id")
	return h
}

func (h IdentityHeaders) names() []string {
	return []string{h.Principal, h.Tenant, h.DecisionID}
}

// aliases returns every spelling of a header name but its own that a server may
// take for it: each hyphen may be an underscore.
func aliases(name string) []string {
	hyphens := strings.Count(name, "-")
	all := make([]string, 0, 1<<hyphens-1)
	for mask := 1; mask < 1<<hyphens; mask++ {
		b, nth := []byte(name), 0
		for i := range b {
			if b[i] == '-' {
				if mask>>nth&1 == 1 {
					b[i] = '_'
				}
				nth++
			}
		}
		all = append(all, string(b))
	}
	return all
}

// forgeries returns the names among the request's headers that differ from an
// identity header only in their punctuation. The underscore spellings are
// removed whether seen or not; these are the others, such as x.mayi.principal.
func (d *Door) forgeries(headers Headers) (found []string) {
	for name := range headers {
		if d.speaksForUs(name) && !slices.Contains(d.identity.names(), name) && ValidName(name) {
			found = append(found, name)
		}
	}
	return found
}

// speaksForUs reports whether an upstream may take a header for an identity header.
func (d *Door) speaksForUs(name string) bool {
	return slices.ContainsFunc(d.identity.names(), func(identity string) bool { return sameButPunctuation(name, identity) })
}

func sameButPunctuation(name, identity string) bool {
	if len(name) != len(identity) {
		return false
	}
	for i := range len(name) {
		if name[i] != identity[i] && (identity[i] != '-' || alphanumeric(name[i])) {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
