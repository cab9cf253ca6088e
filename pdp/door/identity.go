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

// isForgery reports whether a name among the request's headers differs from an
// identity header only in its punctuation. The underscore spellings are removed
// whether seen or not; these are the others, such as x.mayi.principal.
func (d *Door) isForgery(name string) bool {
	return d.speaksForUs(name) && !slices.Contains(d.identity.names(), name) && ValidName(name)
}

// speaksForUs reports whether an upstream may take a header for an identity
// header. Most names are of another length than all of them.
func (d *Door) speaksForUs(name string) bool {
	return d.lengths>>(len(name)%64)&1 == 1 &&
		(sameButPunctuation(name, d.identity.Principal) || sameButPunctuation(name, d.identity.Tenant) || sameButPunctuation(name, d.identity.DecisionID))
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
