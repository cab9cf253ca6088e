package peer

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// opaRulesForm writes one package for each unit.
func opaRulesForm(m *workload.Model) (modules map[string]string, data map[string]any, err error) {
	units, data := opaUnits(m)
	modules = map[string]string{"mayi.rego": opaMain(len(m.Resource) > 0, true)}
	for unit, policies := range units {
		var b strings.Builder
		b.WriteString("package policies." + unit + "\n\n")
		for _, p := range policies {
			for i := range p.Statements {
				if err := opaRules(&b, &p.Statements[i]); err != nil {
					return nil, nil, err
				}
			}
		}
		modules[unit+".rego"] = b.String()
	}
	return modules, data, nil
}

// opaRules writes a statement: a rule for each pair of what its actions and its
// resources may be, since Rego says "or" with rules and the index reads them.
func opaRules(b *strings.Builder, s *workload.Statement) error {
	way := "denied"
	if s.Allow {
		way = "granted"
	}
	actions, err := opaAlternatives("input.action", s.Actions)
	if err != nil {
		return err
	}
	resources, err := opaAlternatives("input.resource", s.Resources)
	if err != nil {
		return err
	}
	conditions := [][]string{{""}}
	for _, c := range s.Conditions {
		var ways []string
		for _, v := range c.Values {
			text, err := opaCondition(c, v)
			if err != nil {
				return err
			}
			ways = append(ways, text)
		}
		conditions = append(conditions, ways)
	}
	for _, a := range actions {
		for _, r := range resources {
			for _, c := range product(conditions) {
				b.WriteString(way + " if {\n" + a + r + c + "}\n\n")
			}
		}
	}
	return nil
}

// product joins one of each list, in all ways.
func product(lists [][]string) []string {
	joined := []string{""}
	for _, list := range lists {
		var next []string
		for _, before := range joined {
			for _, text := range list {
				next = append(next, before+text)
			}
		}
		joined = next
	}
	return joined
}

func line(format string, args ...any) string { return "\t" + fmt.Sprintf(format, args...) + "\n" }

// opaAlternatives returns bodies of which one must hold.
func opaAlternatives(name string, patterns []string) (ways []string, err error) {
	var exact, prefixes []string
	for _, text := range patterns {
		switch p := split(text); {
		case hasVariable(text):
			t, ok := templated(text)
			if !ok {
				return nil, cannot("the variable in %s is not put to Rego", text)
			}
			ways = append(ways, line("startswith(%s, %q)", name, t.head)+line("startswith(%s, concat(\"\", [%q, input.username, %q]))", name, t.head, t.tail))
		case p.exact():
			exact = append(exact, strconv.Quote(text))
		case p.prefix():
			prefixes = append(prefixes, strconv.Quote(p[0]))
		default:
			ways = append(ways, opaGlob(name, p))
		}
	}
	if len(exact) == 1 {
		ways = append(ways, line("%s == %s", name, exact[0]))
	} else if len(exact) > 1 {
		ways = append(ways, line("%s in {%s}", name, strings.Join(exact, ", ")))
	}
	if len(prefixes) == 1 {
		ways = append(ways, line("startswith(%s, %s)", name, prefixes[0]))
	} else if len(prefixes) > 1 {
		ways = append(ways, line("strings.any_prefix_match(%s, [%s])", name, strings.Join(prefixes, ", ")))
	}
	return ways, nil
}

// opaGlob says a pattern that is neither exact nor a prefix.
func opaGlob(name string, p pattern) string {
	switch {
	case p.inner():
		return line("contains(%s, %q)", name, p[1])
	case p.around():
		return line("startswith(%s, %q)", name, p[0]) + line("endswith(%s, %q)", name, p[1]) + line("count(%s) >= %d", name, len(p[0])+len(p[1]))
	}
	return line("contains(%s, %q)", name, p.longest()) + line("regex.match(%q, %s)", p.regexp(), name)
}

func opaCondition(c workload.Condition, v string) (string, error) {
	at := "input.context[" + strconv.Quote(c.Key) + "]"
	switch c.Operator {
	case "StringEquals":
		return line("%s == %q", at, v), nil
	case "StringLike":
		switch p := split(v); {
		case p.exact():
			return line("%s == %q", at, v), nil
		case p.prefix():
			return line("startswith(%s, %q)", at, p[0]), nil
		default:
			return opaGlob(at, p), nil
		}
	case "IpAddress":
		return line("net.cidr_contains(%q, %s)", v, at), nil
	case "NumericLessThan":
		return line("%s < %s", at, v), nil
	case "Bool":
		return line("%s == %s", at, v), nil
	case "DateGreaterThan":
		t, err := time.Parse(time.RFC3339, v)
		return line("%s > %d", at, t.Unix()), err
	}
	return "", fmt.Errorf("operator %s", c.Operator)
}
