package policytest

import (
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
)

// conditionsHold is the AND over the clauses of a statement.
func (q *question) conditionsHold(clauses []conditions.Clause, variables bool) conditions.Tri {
	all := conditions.True
	for _, c := range clauses {
		all = all.And(q.clauseHolds(c, variables))
	}
	return all
}

// clauseHolds is one {"Operator": {"Key": values}}.
func (q *question) clauseHolds(c conditions.Clause, variables bool) conditions.Tri {
	qualifier, base, qualified := strings.Cut(c.Operator, ":")
	if !qualified {
		qualifier, base = "", c.Operator
	}
	base, ifExists := strings.CutSuffix(base, "IfExists")
	v := q.value(lower(c.Key))
	switch {
	case base == "Null":
		return nullHolds(qualifier, c.Values, v)
	case v.IsIncomplete():
		return conditions.Unknown
	case v.IsAbsent() && c.AbsentIsUnknown && !ifExists && (qualifier == "ForAllValues" || qualifier == "" && negated(base)):
		return conditions.Unknown
	case qualifier == "ForAnyValue" && v.IsAbsent():
		return conditions.False
	case v.IsAbsent() && (ifExists || qualifier == "ForAllValues"):
		return conditions.True
	case v.IsAbsent():
		return conditions.Of(negated(base))
	case qualifier == "" && v.Len() > 1:
		return conditions.Unknown
	}
	one := func(i int) conditions.Tri {
		met := conditions.False
		for _, want := range c.Values {
			met = met.Or(q.meets(base, v.At(i), want, variables))
		}
		if negated(base) {
			return met.Not()
		}
		return met
	}
	result := one(0)
	for i := 1; i < v.Len(); i++ {
		if qualifier == "ForAllValues" {
			result = result.And(one(i))
		} else {
			result = result.Or(one(i))
		}
	}
	return result
}

// nullHolds: "true" asks that the key be absent, "false" that it be there.
func nullHolds(qualifier string, want []conditions.Literal, v conditions.Value) conditions.Tri {
	switch {
	case qualifier == "ForAllValues":
		return conditions.True
	case qualifier == "ForAnyValue":
		return conditions.False
	case v.IsIncomplete():
		return conditions.Unknown
	}
	return conditions.Of(slices.ContainsFunc(want, func(l conditions.Literal) bool {
		return (lower(l.Text) == "true") == v.IsAbsent()
	}))
}

func negated(base string) bool { return strings.Contains(base, "Not") }

// meets applies the positive form of an operator; the caller negates.
func (q *question) meets(base string, got conditions.Scalar, want conditions.Literal, variables bool) conditions.Tri {
	if met, ok := extraMeets(base, got, want.Text, q.r.regions); ok {
		return met
	}
	switch {
	case strings.HasPrefix(base, "String"):
		return q.stringMeets(base, got, want, variables)
	case strings.HasPrefix(base, "Arn"):
		return q.arnMeets(got, want, variables)
	case strings.HasPrefix(base, "Numeric"):
		g, ok := asNumber(got)
		w, _ := decimal(want.Text)
		if !ok {
			return conditions.Unknown
		}
		return ordered(base, g.Cmp(w))
	case strings.HasPrefix(base, "Date"):
		g, ok := asDate(got)
		w, _ := asDate(conditions.String(want.Text))
		if !ok {
			return conditions.Unknown
		}
		return ordered(base, g.Cmp(w))
	case base == "Bool":
		g, ok := asBool(got)
		w, _ := asBool(conditions.String(want.Text))
		return known(ok, g == w)
	case base == "BinaryEquals":
		g, ok := asBytes(got)
		w, _ := asBytes(conditions.String(want.Text))
		return known(ok, g == w)
	}
	g, ok := asAddress(got)
	w, _ := asNet(want.Text)
	return known(ok, w.Contains(g))
}

func known(ok, result bool) conditions.Tri {
	if !ok {
		return conditions.Unknown
	}
	return conditions.Of(result)
}

// ordered reads the comparison off the operator's name.
func ordered(base string, cmp int) conditions.Tri {
	switch {
	case strings.HasSuffix(base, "LessThan"):
		return conditions.Of(cmp < 0)
	case strings.HasSuffix(base, "LessThanEquals"):
		return conditions.Of(cmp <= 0)
	case strings.HasSuffix(base, "GreaterThan"):
		return conditions.Of(cmp > 0)
	case strings.HasSuffix(base, "GreaterThanEquals"):
		return conditions.Of(cmp >= 0)
	}
	return conditions.Of(cmp == 0)
}

// wanted returns a policy value as pieces.
func (q *question) wanted(l conditions.Literal, variables, wild bool) ([]piece, filling) {
	text := l.Text
	if l.Kind == conditions.KindNumber {
		text, _ = canonical(text)
	}
	return expand(text, variables && l.Kind == conditions.KindString, wild, q.value)
}

func (q *question) stringMeets(base string, got conditions.Scalar, want conditions.Literal, variables bool) conditions.Tri {
	text, ok := asText(got)
	pattern, how := q.wanted(want, variables, strings.HasSuffix(base, "Like"))
	switch {
	case !ok || how == unknowable:
		return conditions.Unknown
	case how == missing:
		return conditions.False
	}
	if strings.HasSuffix(base, "IgnoreCase") {
		text = lower(text)
		for i, p := range pattern {
			if 'A' <= p.char && p.char <= 'Z' {
				pattern[i].char += 'a' - 'A'
			}
		}
	}
	return conditions.Of(glob(pattern, text))
}

func (q *question) arnMeets(got conditions.Scalar, want conditions.Literal, variables bool) conditions.Tri {
	text, ok := asText(got)
	pieces, how := q.wanted(want, variables, true)
	if loneVariable(want.Text) { // may stand for a whole ARN, colons and all
		for i := range pieces {
			pieces[i].kind = exactly
		}
	}
	switch {
	case !ok || how == unknowable:
		return conditions.Unknown
	case how == missing || !strings.HasPrefix(text, "arn:"):
		return conditions.False
	}
	return conditions.Of(fieldsMatch(pieces, text))
}
