package pdp

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/arn"
)

// parseID reads the id of a principal or a resource. It is an ARN, a SPIFFE id or
// an opaque string and is compared exactly. What begins with "arn:" in any letter
// case must be an ARN, spelled in the one way that is compared: otherwise a second
// spelling could slip past a Deny. Bytes that are no text are refused too: patterns
// count in characters, and logs could not tell two such ids apart. The ARN is zero
// for other ids.
func parseID(id string) (arn.ARN, error) {
	if !arn.IsARN(id) {
		if !utf8.ValidString(id) {
			return arn.ARN{}, fmt.Errorf("%.80q is not valid UTF-8", id)
		}
		return arn.ARN{}, nil
	}
	a, err := arn.Parse(id)
	if err != nil {
		return arn.ARN{}, err
	}
	if a.String() != id {
		return arn.ARN{}, fmt.Errorf("%.256q is an older spelling; expected %.256q", id, a.String())
	}
	return a, nil
}

// checkDocumentID says what is wrong with an id that a document declares; "" is
// nothing.
func checkDocumentID(id string) string {
	switch {
	case id == "":
		return "an id is empty"
	case id == "*":
		return `"*" is not an id; it would be compared as it stands and match nobody`
	case strings.HasPrefix(strings.ToLower(id), spiffeScheme):
		return checkSPIFFE(id)
	}
	if _, err := parseID(id); err != nil {
		return err.Error()
	}
	return ""
}

const spiffeScheme = "spiffe://"

// checkSPIFFE says what is wrong with a SPIFFE id: its standard allows one
// spelling only (SPIFFE-ID.md §2), and ids are compared exactly.
func checkSPIFFE(id string) string {
	rest, ok := strings.CutPrefix(id, spiffeScheme)
	if !ok {
		return fmt.Sprintf("%q is no SPIFFE id; expected spiffe://trust-domain/path", id)
	}
	domain, path, hasPath := strings.Cut(rest, "/")
	if domain == "" || !only(domain, isTrustDomain) {
		return fmt.Sprintf("the trust domain of %q is %q; expected lower-case letters, digits, dots, dashes and underscores", id, domain)
	}
	if !hasPath {
		return ""
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." || !only(segment, isPathSegment) {
			return fmt.Sprintf("the path of %q has the segment %q; expected letters, digits, dots, dashes and underscores", id, segment)
		}
	}
	return ""
}

func isTrustDomain(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_'
}

func isPathSegment(c byte) bool {
	return isTrustDomain(c) || 'A' <= c && c <= 'Z'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func only(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

// isAccount reports whether s is an account id of twelve digits, or a tenant id:
// a path of decimal numbers without leading zeros.
func isAccount(s string) bool {
	if len(s) == 12 && only(s, isDigit) {
		return true
	}
	for n := range strings.SplitSeq(s, "/") {
		if n == "" || len(n) > 1 && n[0] == '0' || !only(n, isDigit) {
			return false
		}
	}
	return true
}
