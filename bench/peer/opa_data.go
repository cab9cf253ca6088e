package peer

import (
	"fmt"
	"strconv"
	"time"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// opaEvaluator reads the statements of opaDataForm.
const opaEvaluator = `
applies(s) if {
	action(s)
	resource(s)
	every c in s.conditions { holds(c.operator, c.values, input.context[c.key]) }
}

action(s) if s.actions.exact[input.action]

action(s) if strings.any_prefix_match(input.action, s.actions.prefixes)

resource(s) if s.resources.exact[input.resource]

resource(s) if strings.any_prefix_match(input.resource, s.resources.prefixes)

resource(s) if {
	some t in s.resources.templates
	startswith(input.resource, concat("", [t.head, input.username, t.tail]))
}

resource(s) if {
	some literal in s.resources.inner
	contains(input.resource, literal)
}

resource(s) if {
	some g in s.resources.around
	startswith(input.resource, g.head)
	endswith(input.resource, g.tail)
	count(input.resource) >= g.least
}

resource(s) if {
	some g in s.resources.globs
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
		granted, denied := []any{}, []any{}
		for _, p := range list {
			for i := range p.Statements {
				s, err := opaStatement(&p.Statements[i])
				if err != nil {
					return nil, nil, err
				}
				if p.Statements[i].Allow {
					granted = append(granted, s)
				} else {
					denied = append(denied, s)
				}
			}
		}
		policies[unit] = map[string]any{"granted": granted, "denied": denied}
	}
	data["policies"] = policies
	return map[string]string{"mayi.rego": opaMain(len(m.Resource) > 0, false) + opaEvaluator}, data, nil
}

func opaStatement(s *workload.Statement) (any, error) {
	actions, err := opaPatterns(s.Actions)
	if err != nil {
		return nil, err
	}
	resources, err := opaPatterns(s.Resources)
	if err != nil {
		return nil, err
	}
	conditions := []any{}
	for _, c := range s.Conditions {
		values := []any{}
		for _, v := range c.Values {
			value, err := opaValue(c.Operator, v)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
		conditions = append(conditions, map[string]any{"operator": c.Operator, "key": c.Key, "values": values})
	}
	return map[string]any{"actions": actions, "resources": resources, "conditions": conditions}, nil
}

func opaPatterns(patterns []string) (any, error) {
	sorted := make(map[string]any)
	exact := make(map[string]any)
	add := func(kind string, v any) {
		list, _ := sorted[kind].([]any)
		sorted[kind] = append(list, v)
	}
	for _, text := range patterns {
		switch p := split(text); {
		case hasVariable(text):
			t, ok := templated(text)
			if !ok {
				return nil, cannot("the variable in %s is not put to Rego", text)
			}
			add("templates", map[string]any{"head": t.head, "tail": t.tail})
		case p.exact():
			exact[text] = true
			sorted["exact"] = exact
		case p.prefix():
			add("prefixes", p[0])
		case p.inner():
			add("inner", p[1])
		case p.around():
			add("around", map[string]any{"head": p[0], "tail": p[1], "least": len(p[0]) + len(p[1])})
		default:
			add("globs", map[string]any{"literal": p.longest(), "regexp": p.regexp()})
		}
	}
	return sorted, nil
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
