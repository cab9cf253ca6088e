package peer

import (
	"fmt"
	"strconv"
	"time"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// opaEvaluator reads the statements of opaDataForm. An exact pattern is a prefix of
// the name with a mark behind it, so that one built-in call compares all exact
// patterns and all prefixes of a list. Plain statements need no more than two calls;
// of the others most are out after the literal that every match contains.
const opaEvaluator = `
action := concat("", [input.action, "\n"])

resource := concat("", [input.resource, "\n"])

applies(s) if {
	contains(input.resource, s.literal)
	special(s)
	every c in s.conditions { holds(c.operator, c.values, input.context[c.key]) }
}

special(s) if s.inner

special(s) if strings.any_prefix_match(resource, s.resources)

special(s) if {
	some t in s.templates
	startswith(input.resource, concat("", [t.head, input.username, t.tail]))
}

special(s) if {
	some g in s.around
	startswith(input.resource, g.head)
	endswith(input.resource, g.tail)
	count(input.resource) >= g.least
}

special(s) if {
	some g in s.globs
	contains(input.resource, g.literal)
	regex.match(g.regexp, input.resource)
}

holds("IpAddress", values, is) if {
	some v in values
	net.cidr_contains(v, is)
}

holds("StringEquals", values, is) if is in values

holds("StringLike", values, is) if {
	some v in values
	like(v, is)
}

holds("NumericLessThan", values, is) if {
	some v in values
	is < v
}

holds("Bool", values, is) if is in values

holds("DateGreaterThan", values, is) if {
	some v in values
	is > v
}

like(v, is) if v.exact == is

like(v, is) if startswith(is, v.prefix)

like(v, is) if regex.match(v.regexp, is)
`

// opaDataForm turns statements into data: patterns sorted by what compares them,
// values parsed.
func opaDataForm(m *workload.Model) (modules map[string]string, data map[string]any, err error) {
	units, data := opaUnits(m)
	policies := make(map[string]any, len(units))
	for unit, list := range units {
		sorted := map[string]any{"granted": []any{}, "denied": []any{}, "granted_plain": []any{}, "denied_plain": []any{}}
		for _, p := range list {
			for i := range p.Statements {
				s, plain, err := opaStatement(&p.Statements[i])
				if err != nil {
					return nil, nil, err
				}
				way := "denied"
				if p.Statements[i].Allow {
					way = "granted"
				}
				if plain {
					way += "_plain"
				}
				sorted[way] = append(sorted[way].([]any), s)
			}
		}
		policies[unit] = sorted
	}
	data["policies"] = policies
	return map[string]string{"mayi.rego": opaMain(len(m.Resource) > 0, false) + opaEvaluator}, data, nil
}

// opaStatement returns a statement as data; it is plain if it has no conditions and
// nothing but exact resources and prefixes.
func opaStatement(s *workload.Statement) (data map[string]any, plain bool, err error) {
	actions, special, err := opaPatterns(s.Actions)
	if err != nil {
		return nil, false, err
	}
	if len(special) > 1 {
		return nil, false, cannot("actions %v are not put to Rego", s.Actions)
	}
	resources, data, err := opaPatterns(s.Resources)
	if err != nil {
		return nil, false, err
	}
	plain = len(data) == 1 && len(s.Conditions) == 0
	data["actions"] = actions
	if len(resources) > 0 {
		data["resources"] = resources
	}
	if plain {
		delete(data, "literal")
		return data, true, nil
	}
	conditions := []any{}
	for _, c := range s.Conditions {
		values := []any{}
		for _, v := range c.Values {
			value, err := opaValue(c.Operator, v)
			if err != nil {
				return nil, false, err
			}
			values = append(values, value)
		}
		conditions = append(conditions, map[string]any{"operator": c.Operator, "key": c.Key, "values": values})
	}
	data["conditions"] = conditions
	return data, false, nil
}

// opaPatterns sorts patterns: those that any_prefix_match compares, and all others
// by kind, beside the literal that every match of any of them contains.
func opaPatterns(patterns []string) (prefixes []any, special map[string]any, err error) {
	special = map[string]any{"literal": ""}
	add := func(kind string, v any) {
		list, _ := special[kind].([]any)
		special[kind] = append(list, v)
	}
	for _, text := range patterns {
		p := split(text)
		switch {
		case hasVariable(text):
			t, ok := templated(text)
			if !ok {
				return nil, nil, cannot("the variable in %s is not put to Rego", text)
			}
			add("templates", map[string]any{"head": t.head, "tail": t.tail})
			p = pattern{t.head, ""}
		case p.exact():
			prefixes = append(prefixes, text+"\n")
		case p.prefix():
			prefixes = append(prefixes, p[0])
		case p.inner() && len(patterns) == 1:
			special["inner"] = true // the literal is all of it
		case p.around():
			add("around", map[string]any{"head": p[0], "tail": p[1], "least": len(p[0]) + len(p[1])})
		default:
			add("globs", map[string]any{"literal": p.longest(), "regexp": p.regexp()})
		}
		if len(patterns) == 1 {
			special["literal"] = p.longest()
		}
	}
	return prefixes, special, nil
}

func opaValue(operator, v string) (any, error) {
	switch operator {
	case "StringLike":
		switch p := split(v); {
		case p.exact():
			return map[string]any{"exact": v}, nil
		case p.prefix():
			return map[string]any{"prefix": p[0]}, nil
		default:
			return map[string]any{"regexp": p.regexp()}, nil
		}
	case "NumericLessThan":
		return strconv.ParseInt(v, 10, 64)
	case "Bool":
		return v == "true", nil
	case "DateGreaterThan":
		t, err := time.Parse(time.RFC3339, v)
		return t.Unix(), err
	case "IpAddress", "StringEquals":
		return v, nil
	}
	return nil, fmt.Errorf("operator %s", operator)
}
