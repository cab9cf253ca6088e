package workload

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// Applies reports whether a statement of the principal's applies to the request.
func (s *Statement) Applies(who *Principal, r *pdp.Request) bool {
	return slices.ContainsFunc(s.Actions, func(p string) bool { return glob(p, r.Action) }) &&
		slices.ContainsFunc(s.Resources, func(p string) bool {
			if strings.Contains(p, "${aws:username}") {
				p = strings.ReplaceAll(p, "${aws:username}", who.Username)
				return who.Username != "" && glob(p, r.Resource.ID)
			}
			return glob(p, r.Resource.ID)
		}) &&
		!slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !c.holds(r) })
}

func (c *Condition) holds(r *pdp.Request) bool {
	value := r.Context.Value(conditions.Fold(c.Key))
	if c.Key == "aws:CurrentTime" {
		value = conditions.Text(r.Time.Format(time.RFC3339))
	}
	return !value.IsAbsent() && slices.ContainsFunc(c.Values, func(want string) bool { return compare(c.Operator, value.At(0).Text(), want) })
}

// compare knows the operators of Condition.
func compare(operator, is, want string) bool {
	switch operator {
	case "StringEquals":
		return is == want
	case "StringLike":
		return glob(want, is)
	case "Bool":
		return strings.EqualFold(is, want)
	case "NumericLessThan":
		a, errA := strconv.Atoi(is)
		b, errB := strconv.Atoi(want)
		return errA == nil && errB == nil && a < b
	case "DateGreaterThan":
		return is > want // both in UTC and to the second, so that they sort as text
	}
	address, err := netip.ParseAddr(is) // IpAddress
	return err == nil && netip.MustParsePrefix(want).Contains(address)
}

// glob matches a text with a pattern whose only wildcard is "*".
func glob(pattern, text string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	for text = text[len(head):]; ; {
		middle, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, rest)
		}
		i := strings.Index(text, middle)
		if i < 0 {
			return false
		}
		text, rest = text[i+len(middle):], after
	}
}
