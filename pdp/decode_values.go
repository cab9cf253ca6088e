package pdp

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// refuse adds a problem at the place of a text.
func (d *decoder) refuse(t Text, rule, format string, args ...any) {
	d.problems = append(d.problems, &strictjson.Error{Place: t.Place, Rule: rule, Reason: fmt.Sprintf(format, args...)})
}

// word reads one of a closed list of words. Any other is refused by name: an
// unknown status or mode must not become the usual one.
func (d *decoder) word(n *strictjson.Node, what string, known ...string) Text {
	t, ok := d.text(n, what)
	if !ok {
		return Text{}
	}
	if !slices.Contains(known, t.Text) {
		list := strings.Join(known, ", ")
		d.errorf(n, ruleUnknownValue, "%s is %q%s; expected one of %s", what, t.Text, didYouMean(t.Text, list), list)
	}
	return t
}

// flag reads a boolean.
func (d *decoder) flag(n *strictjson.Node, what string) bool {
	return d.is(n, strictjson.Bool, what) && n.Text == "true"
}

// whole reads a number without a fraction between low and high.
func (d *decoder) whole(n *strictjson.Node, what string, low, high int64) int64 {
	if !d.is(n, strictjson.Number, what) {
		return 0
	}
	i, err := strconv.ParseInt(n.Text, 10, 64)
	if err != nil || i < low || i > high {
		d.errorf(n, ruleInvalidNumber, "%s is %.40s; expected a whole number from %d to %d", what, n.Text, low, high)
		return 0
	}
	return i
}

// degrees reads a latitude or a longitude.
func (d *decoder) degrees(n *strictjson.Node, what string, limit float64) float64 {
	if !d.is(n, strictjson.Number, what) {
		return 0
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	if err != nil || math.Abs(f) > limit {
		d.errorf(n, ruleInvalidRegion, "%s is %.40s; expected degrees from %v to %v", what, n.Text, -limit, limit)
		return 0
	}
	return f
}

// instant reads a time of RFC 3339.
func (d *decoder) instant(n *strictjson.Node, what string) Text {
	t, ok := d.text(n, what)
	if !ok {
		return Text{}
	}
	if _, err := parseInstant(t.Text); err != nil {
		d.errorf(n, ruleInvalidTime, "%s is %.80q; expected a time as in RFC 3339, such as 2030-01-31T12:00:00Z", what, t.Text)
	}
	return t
}

// parseInstant reads a time of RFC 3339 by the letter: time.Parse takes a comma
// for a point and an hour of one digit, and the zero time would mean "none".
func parseInstant(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, err
	}
	if strings.Contains(s, ",") || s[len("2006-01-02T15")] != ':' {
		return time.Time{}, fmt.Errorf("%q is not as RFC 3339 writes it", s)
	}
	if t.IsZero() {
		return time.Time{}, fmt.Errorf("%q is the zero time", s)
	}
	return t, nil
}

// keys reads a list of tag keys, which stay different when folded.
func (d *decoder) keys(n *strictjson.Node, what string) []Text {
	all := d.list(n, what)
	seen := make(map[string]string, len(all))
	for _, t := range all {
		folded := conditions.Fold(t.Text)
		if first, dup := seen[folded]; dup {
			d.refuse(t, ruleDifferentCase, "%s name %q and %q, which are one key", what, first, t.Text)
			continue
		}
		seen[folded] = t.Text
	}
	return all
}

// permissions reads a list of permissions.
func (d *decoder) permissions(n *strictjson.Node) []Text {
	all := d.list(n, "permissions")
	for _, t := range all {
		if reason := checkPermission(t.Text); reason != "" {
			d.refuse(t, ruleInvalidPermission, "permission %.80q %s", t.Text, reason)
		}
	}
	return all
}

// checkPermission says what is wrong with a permission that a role or a scope
// grants; "" is nothing. It is "*", an exact permission, or a first segment and
// ".*": a star anywhere else would grant nothing, which its author did not mean.
func checkPermission(p string) string {
	exact, family := strings.CutSuffix(p, ".*")
	switch {
	case p == "*":
		return ""
	case p == "":
		return "is empty"
	case p == self:
		return "is what everybody who is authenticated has; no role grants it"
	case strings.ContainsFunc(p, func(r rune) bool { return forbiddenInAction(r) || r == '?' }):
		return `holds a blank, a control character, "|" or "?"; no permission does`
	case strings.Contains(exact, "*"), family && (exact == "" || strings.Contains(exact, ".")):
		return `has a "*" where none counts; expected "*" alone, a whole permission, or its first segment and ".*"`
	case !utf8.ValidString(p):
		return "is not valid UTF-8"
	}
	return ""
}

// tenantName checks the id or the alias of a tenant.
func (d *decoder) tenantName(n *strictjson.Node) {
	if reason := checkTenantName(n.Text); reason != "" {
		d.errorf(n, ruleInvalidTenant, "%s", reason)
	}
}

// checkTenantName says what is wrong with the id or the alias of a tenant; "" is
// nothing. It is a name or a path of names, so short of everything that means
// something in an ARN, a pattern or a URL. Numbers have one spelling, as in ARNs.
func checkTenantName(name string) string {
	if name == shared {
		return `"shared" is no tenant; on a resource it says that nobody owns it`
	}
	if strings.ContainsFunc(name, forbiddenInTenant) || !utf8.ValidString(name) {
		return fmt.Sprintf(`%.80q is no tenant: a tenant's id holds no blanks, control characters, ":", "*", "?", "$", "{" or "}"`, name)
	}
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return fmt.Sprintf(`%.80q is no tenant: expected a name, or a path of names joined by "/"`, name)
		}
		if len(segment) > 1 && segment[0] == '0' && only(segment, isDigit) && len(name) != 12 {
			return fmt.Sprintf("%.80q is no tenant: the number %s has a leading zero, and ids are compared as they stand", name, segment)
		}
	}
	return ""
}

func forbiddenInTenant(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(":*?${}", r)
}
