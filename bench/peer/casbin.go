package peer

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// Casbin compares every rule with every request by its matcher; what IAM's patterns
// and conditions need is one function of ours in that matcher.
var Casbin = Peer{
	Name:   "casbin",
	About:  "`Enforcer.Enforce`, a rule a statement; one matcher function of ours compares attachment, patterns and conditions",
	Load:   loadCasbin,
	Linear: true,
}

const casbinModel = `
[request_definition]
r = request
[policy_definition]
p = statement, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = applies(r.request, p.statement)
`

type casbinEngine struct {
	enforcer   *casbin.Enforcer
	names      map[string]string
	keys       keys
	attached   map[string]map[*workload.Policy]bool
	everyone   map[*workload.Policy]bool
	statements map[string]*casbinStatement

	asked []*casbinRequest
}

type casbinStatement struct {
	of                 *workload.Policy
	actions, resources []string
	conditions         []func(map[string]any) bool
}

type casbinRequest struct {
	attached                   map[*workload.Policy]bool
	username, action, resource string
	context                    map[string]any
}

func loadCasbin(w *workload.Workload) (Engine, error) {
	if err := plainOnly(w, "casbin"); err != nil {
		return nil, err
	}
	k, err := keysOf(&w.Model)
	if err != nil {
		return nil, err
	}
	m, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, err
	}
	e := &casbinEngine{
		names: usernames(&w.Model), keys: k, attached: make(map[string]map[*workload.Policy]bool),
		statements: make(map[string]*casbinStatement),
	}
	if e.enforcer, err = casbin.NewEnforcer(m); err != nil {
		return nil, err
	}
	e.enforcer.AddFunction("applies", func(args ...any) (any, error) {
		return e.statements[args[1].(string)].applies(args[0].(*casbinRequest)), nil
	})
	list, everyone := attachments(&w.Model)
	var rules [][]string
	done := make(map[*workload.Policy]bool)
	add := func(p *workload.Policy) {
		if !done[p] {
			done[p] = true
			rules = append(rules, e.rules(p)...)
		}
	}
	for _, a := range list {
		e.attached[a.principal] = make(map[*workload.Policy]bool)
		for _, p := range a.policies {
			e.attached[a.principal][p] = true
			add(p)
		}
	}
	if len(everyone) > 0 {
		e.everyone = make(map[*workload.Policy]bool)
	}
	for _, p := range everyone {
		e.everyone[p] = true
		add(p)
	}
	_, err = e.enforcer.AddPolicies(rules)
	return e, err
}

func (e *casbinEngine) rules(p *workload.Policy) (rules [][]string) {
	for i := range p.Statements {
		s := &p.Statements[i]
		id, eft := fmt.Sprintf("%s#%d", p.Name, i), "deny"
		if s.Allow {
			eft = "allow"
		}
		made := &casbinStatement{of: p, actions: s.Actions, resources: s.Resources}
		for _, c := range s.Conditions {
			made.conditions = append(made.conditions, casbinCondition(c))
		}
		e.statements[id] = made
		rules = append(rules, []string{id, eft})
	}
	return rules
}

func (s *casbinStatement) applies(r *casbinRequest) bool {
	if !r.attached[s.of] || !anyLike(s.actions, r.action) {
		return false
	}
	if !anyOf(s.resources, func(p string) bool {
		if hasVariable(p) {
			p = strings.ReplaceAll(p, username, r.username)
			return r.username != "" && like(p, r.resource)
		}
		return like(p, r.resource)
	}) {
		return false
	}
	for _, c := range s.conditions {
		if !c(r.context) {
			return false
		}
	}
	return true
}

func casbinCondition(c workload.Condition) func(map[string]any) bool {
	name := ident(c.Key)
	switch c.Operator {
	case "IpAddress":
		nets := make([]netip.Prefix, len(c.Values))
		for i, v := range c.Values {
			nets[i] = netip.MustParsePrefix(v)
		}
		return func(context map[string]any) bool {
			is, ok := context[name].(netip.Addr)
			return ok && anyOf(nets, func(n netip.Prefix) bool { return n.Contains(is) })
		}
	case "NumericLessThan":
		limit := attribute{kind: asNumber, text: c.Values[0]}.native().(int64)
		return func(context map[string]any) bool { is, ok := context[name].(int64); return ok && is < limit }
	case "Bool":
		want := c.Values[0] == "true"
		return func(context map[string]any) bool { is, ok := context[name].(bool); return ok && is == want }
	case "DateGreaterThan":
		after, err := time.Parse(time.RFC3339, c.Values[0])
		return func(context map[string]any) bool {
			is, ok := context[name].(time.Time)
			return err == nil && ok && is.After(after)
		}
	}
	return func(context map[string]any) bool { // StringEquals, StringLike
		is, ok := context[name].(string)
		return ok && anyOf(c.Values, func(v string) bool { return v == is || c.Operator == "StringLike" && like(v, is) })
	}
}

func anyOf[T any](list []T, is func(T) bool) bool {
	for i := range list {
		if is(list[i]) {
			return true
		}
	}
	return false
}

func anyLike(patterns []string, text string) bool {
	return anyOf(patterns, func(p string) bool { return like(p, text) })
}

// like matches a text with a pattern whose only wildcard is "*".
func like(pattern, text string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	text, found := strings.CutPrefix(text, head)
	for found {
		middle, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, rest)
		}
		_, text, found = strings.Cut(text, middle)
		rest = after
	}
	return false
}

func (e *casbinEngine) Prepare(requests []workload.Request) error {
	e.asked = nil
	for i := range requests {
		r := &requests[i].Request
		made := &casbinRequest{
			attached: e.everyone, username: e.names[r.Principal.ID], action: r.Action, resource: r.Resource.ID, context: make(map[string]any),
		}
		if made.attached == nil {
			made.attached = e.attached[r.Principal.ID]
		}
		for _, a := range e.keys.of(r) {
			v, err := celValue(a)
			if err != nil {
				return err
			}
			made.context[a.ident] = v
		}
		e.asked = append(e.asked, made)
	}
	return nil
}

func (e *casbinEngine) Decide(i int) bool {
	allowed, err := e.enforcer.Enforce(e.asked[i])
	return allowed && err == nil
}
