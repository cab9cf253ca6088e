package peer

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// CEL is an expression language: a statement becomes one program, and a loop asks
// those of the principal, Denies first.
var CEL = Peer{
	Name:   "cel-go",
	About:  "one optimised program a statement; the principal's are asked, Denies first, until one decides",
	Load:   loadCEL,
	Most:   10_000,
	Why:    "compiling 100,000 programs would take minutes, by what 10,000 take",
	Linear: true,
}

type celEngine struct {
	names    map[string]string
	keys     keys
	own      map[string]*celPrograms
	everyone *celPrograms

	asked []cel.Activation
	ids   []string
}

type celPrograms struct{ denies, allows []cel.Program }

func (p *celPrograms) add(q *celPrograms) {
	p.denies, p.allows = append(p.denies, q.denies...), append(p.allows, q.allows...)
}

func loadCEL(w *workload.Workload) (Engine, error) {
	if err := plainOnly(w, "CEL, asked statement by statement,"); err != nil {
		return nil, err
	}
	k, err := keysOf(&w.Model)
	if err != nil {
		return nil, err
	}
	env, err := cel.NewEnv(
		cel.Variable("action", cel.StringType), cel.Variable("resource", cel.StringType), cel.Variable("username", cel.StringType),
		cel.Variable("context", cel.MapType(cel.StringType, cel.DynType)), ext.Network(),
	)
	if err != nil {
		return nil, err
	}
	e := &celEngine{names: usernames(&w.Model), keys: k, own: make(map[string]*celPrograms)}
	compiled := make(map[*workload.Policy]*celPrograms)
	compile := func(p *workload.Policy) (*celPrograms, error) {
		if compiled[p] == nil {
			if compiled[p], err = celPolicy(env, p); err != nil {
				return nil, err
			}
		}
		return compiled[p], nil
	}
	list, everyone := attachments(&w.Model)
	for _, a := range list {
		own := new(celPrograms)
		for _, p := range a.policies {
			programs, err := compile(p)
			if err != nil {
				return nil, err
			}
			own.add(programs)
		}
		e.own[a.principal] = own
	}
	if len(everyone) > 0 {
		e.everyone = new(celPrograms)
	}
	for _, p := range everyone {
		programs, err := compile(p)
		if err != nil {
			return nil, err
		}
		e.everyone.add(programs)
	}
	return e, nil
}

func celPolicy(env *cel.Env, p *workload.Policy) (*celPrograms, error) {
	programs := new(celPrograms)
	for i := range p.Statements {
		s := &p.Statements[i]
		text, err := celStatement(s)
		if err != nil {
			return nil, err
		}
		ast, issues := env.Compile(text)
		if issues.Err() != nil {
			return nil, fmt.Errorf("%s: %w", text, issues.Err())
		}
		program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			return nil, err
		}
		if s.Allow {
			programs.allows = append(programs.allows, program)
		} else {
			programs.denies = append(programs.denies, program)
		}
	}
	return programs, nil
}

func celStatement(s *workload.Statement) (string, error) {
	either := func(list []string, of func(string) (string, error)) (string, error) {
		texts := make([]string, len(list))
		for i, v := range list {
			text, err := of(v)
			if err != nil {
				return "", err
			}
			texts[i] = text
		}
		return "(" + strings.Join(texts, " || ") + ")", nil
	}
	actions, err := either(s.Actions, func(v string) (string, error) { return celPattern("action", v) })
	if err != nil {
		return "", err
	}
	resources, err := either(s.Resources, func(v string) (string, error) { return celPattern("resource", v) })
	if err != nil {
		return "", err
	}
	all := []string{actions, resources}
	for _, c := range s.Conditions {
		text, err := either(c.Values, func(v string) (string, error) { return celCondition(c.Operator, "context."+ident(c.Key), v) })
		if err != nil {
			return "", err
		}
		all = append(all, "has(context."+ident(c.Key)+")", text)
	}
	return strings.Join(all, " && "), nil
}

// celPattern compares a name with a pattern by the cheapest function that can.
func celPattern(name, text string) (string, error) {
	if t, ok := templated(text); ok {
		return fmt.Sprintf("(username != '' && %s.startsWith(%q + username + %q))", name, t.head, t.tail), nil
	}
	if hasVariable(text) {
		return "", cannot("the variable in %s is not put to CEL", text)
	}
	switch p := split(text); {
	case p.exact():
		return fmt.Sprintf("%s == %q", name, text), nil
	case p.prefix():
		return fmt.Sprintf("%s.startsWith(%q)", name, p[0]), nil
	case p.inner():
		return fmt.Sprintf("%s.contains(%q)", name, p[1]), nil
	case p.around():
		return fmt.Sprintf("(%s.startsWith(%q) && %s.endsWith(%q) && size(%s) >= %d)", name, p[0], name, p[1], name, len(p[0])+len(p[1])), nil
	default:
		return fmt.Sprintf("(%s.contains(%q) && %s.matches(%q))", name, p.longest(), name, p.regexp()), nil
	}
}

func celCondition(operator, at, v string) (string, error) {
	switch operator {
	case "StringEquals":
		return fmt.Sprintf("%s == %q", at, v), nil
	case "StringLike":
		return celPattern(at, v)
	case "IpAddress":
		return fmt.Sprintf("cidr(%q).containsIP(%s)", v, at), nil
	case "NumericLessThan":
		return at + " < " + v, nil
	case "Bool":
		return at + " == " + v, nil
	case "DateGreaterThan":
		return fmt.Sprintf("%s > timestamp(%q)", at, v), nil
	}
	return "", fmt.Errorf("operator %s", operator)
}

func (e *celEngine) Prepare(requests []workload.Request) error {
	e.asked, e.ids = nil, nil
	for i := range requests {
		r := &requests[i].Request
		context := make(map[string]any)
		for _, a := range e.keys.of(r) {
			v, err := celValue(a)
			if err != nil {
				return err
			}
			context[a.ident] = v
		}
		vars, err := cel.NewActivation(map[string]any{
			"action": r.Action, "resource": r.Resource.ID, "username": e.names[r.Principal.ID], "context": context,
		})
		if err != nil {
			return err
		}
		e.asked = append(e.asked, vars)
		e.ids = append(e.ids, r.Principal.ID)
	}
	return nil
}

func celValue(a attribute) (any, error) {
	switch a.kind {
	case asAddress:
		return netip.ParseAddr(a.text)
	case asDate:
		return time.Parse(time.RFC3339, a.text)
	case asNumber:
		return strconv.ParseInt(a.text, 10, 64)
	}
	return a.native(), nil
}

func (e *celEngine) Decide(i int) bool {
	own := e.everyone
	if own == nil {
		if own = e.own[e.ids[i]]; own == nil {
			return false
		}
	}
	vars := e.asked[i]
	return !anyTrue(own.denies, vars) && anyTrue(own.allows, vars)
}

func anyTrue(programs []cel.Program, vars cel.Activation) bool {
	for _, p := range programs {
		if v, _, err := p.Eval(vars); err == nil && v.Value() == true {
			return true
		}
	}
	return false
}
