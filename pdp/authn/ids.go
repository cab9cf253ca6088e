package authn

import (
	"strconv"
	"strings"

	"github.com/mayi-authz/mayi/arn"
)

// maxID bounds an id; it is the bound of SPIFFE ids.
const maxID = 2048

// checkID says why no principal has this id, or "".
func checkID(id string) string {
	switch {
	case id == "":
		return "is empty"
	case len(id) > maxID:
		return "is longer than " + strconv.Itoa(maxID) + " bytes"
	case !clean(id):
		return "holds a control character or is not UTF-8"
	case id == "*":
		return `is "*"`
	case arn.IsARN(id):
		if _, err := arn.Parse(id); err != nil {
			return "is no ARN: " + err.Error()
		}
	case len(id) >= len(spiffeScheme) && strings.EqualFold(id[:len(spiffeScheme)], spiffeScheme):
		if _, reason := parseSPIFFE(id); reason != "" {
			return "is no SPIFFE id: it " + reason
		}
	}
	return ""
}

// clip quotes what a credential says, for the log.
func clip(s string) string {
	if len(s) > 128 {
		s = s[:128] + "…"
	}
	return strconv.QuoteToASCII(s)
}

// An idRange is a set of ids: exact ones, and prefixes before a "*".
type idRange []string

func (r idRange) contains(id string) bool {
	for _, p := range r {
		if prefix, ok := strings.CutSuffix(p, "*"); ok && strings.HasPrefix(id, prefix) || p == id {
			return true
		}
	}
	return false
}

// overlap returns a pattern of each range that have an id in common.
func (r idRange) overlap(s idRange) (a, b string, ok bool) {
	for _, a := range r {
		for _, b := range s {
			pa, wa := strings.CutSuffix(a, "*")
			pb, wb := strings.CutSuffix(b, "*")
			if a == b || wa && strings.HasPrefix(pb, pa) || wb && strings.HasPrefix(pa, pb) {
				return a, b, true
			}
		}
	}
	return "", "", false
}

// checkPattern says why a pattern of ids is none, or "".
func checkPattern(p string) string {
	prefix, wild := strings.CutSuffix(p, "*")
	switch {
	case p == "":
		return "is empty"
	case strings.Contains(prefix, "*"):
		return `holds "*" before its end`
	case !wild:
		return checkID(p)
	}
	// spiffe://acme* would take spiffe://acme.example too.
	if domain, ok := strings.CutPrefix(prefix, spiffeScheme); ok && !strings.Contains(domain, "/") {
		return "is cut off within the trust domain; expected spiffe://DOMAIN/*"
	}
	return ""
}

const spiffeScheme = "spiffe://"

// parseSPIFFE reads a SPIFFE id by the letter of the standard, or says why it is
// none. There is one spelling of each id, so that they can be compared exactly.
func parseSPIFFE(id string) (trustDomain, reason string) {
	rest, ok := strings.CutPrefix(id, spiffeScheme)
	if !ok {
		return "", "does not begin with spiffe://"
	}
	if len(id) > maxID {
		return "", "is longer than 2048 bytes"
	}
	domain, path, hasPath := strings.Cut(rest, "/")
	if domain == "" || len(domain) > 255 || strings.Trim(domain, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "" {
		return "", "has a trust domain that is not a-z, 0-9, dots, hyphens and underscores"
	}
	if !hasPath {
		return domain, ""
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return "", "has an empty segment, a dot segment or a slash at its end"
		}
		for i := 0; i < len(segment); i++ {
			c := segment[i]
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-') {
				return "", "has a segment that is not letters, digits, dots, hyphens and underscores"
			}
		}
	}
	return domain, ""
}
