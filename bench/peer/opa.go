package peer

import (
	"context"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// OPARules writes every statement as rules, so that OPA's rule index can tell them
// apart; policies that always come together share a package.
var OPARules = Peer{
	Name:   "opa-rules",
	About:  "every statement as Rego rules (`==`, `startswith`, which OPA indexes), a package for policies that always come together; prepared query, parsed input",
	Load:   func(w *workload.Workload) (Engine, error) { return loadOPA(w, true) },
	Most:   10_000,
	Why:    "compiling 100,000 statements would take minutes, by what 10,000 take",
	Linear: true,
}

// OPAData keeps policies as data and walks them with one Rego evaluator.
var OPAData = Peer{
	Name:   "opa-data",
	About:  "statements as data, patterns sorted by kind, one Rego evaluator; prepared query, parsed input, AST values in the store",
	Load:   func(w *workload.Workload) (Engine, error) { return loadOPA(w, false) },
	Linear: true,
}

type opaEngine struct {
	query rego.PreparedEvalQuery
	names map[string]string
	keys  keys
	asked []ast.Value
}

func loadOPA(w *workload.Workload, rules bool) (Engine, error) {
	if err := plainOnly(w, "Rego, as it is put here,"); err != nil {
		return nil, err
	}
	k, err := keysOf(&w.Model)
	if err != nil {
		return nil, err
	}
	form := opaDataForm
	if rules {
		form = opaRulesForm
	}
	modules, data, err := form(&w.Model)
	if err != nil {
		return nil, err
	}
	options := []func(*rego.Rego){
		rego.Query("data.mayi.allow"),
		rego.Store(inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))),
	}
	for name, text := range modules {
		options = append(options, rego.Module(name, text))
	}
	query, err := rego.New(options...).PrepareForEval(context.Background())
	if err != nil {
		return nil, err
	}
	return &opaEngine{query: query, names: usernames(&w.Model), keys: k}, nil
}

func (e *opaEngine) Prepare(requests []workload.Request) error {
	e.asked = nil
	for i := range requests {
		r := &requests[i].Request
		attributes := make(map[string]any)
		for _, a := range e.keys.of(r) {
			attributes[a.key] = a.native()
			if a.kind == asDate {
				t, err := time.Parse(time.RFC3339, a.text)
				if err != nil {
					return err
				}
				attributes[a.key] = t.Unix()
			}
		}
		input := map[string]any{"principal": r.Principal.ID, "action": r.Action, "resource": r.Resource.ID, "context": attributes}
		if name := e.names[r.Principal.ID]; name != "" {
			input["username"] = name
		}
		v, err := ast.InterfaceToValue(input)
		if err != nil {
			return err
		}
		e.asked = append(e.asked, v)
	}
	return nil
}

func (e *opaEngine) Decide(i int) bool {
	results, err := e.query.Eval(context.Background(), rego.EvalParsedInput(e.asked[i]))
	return err == nil && results.Allowed()
}

// opaMain joins what packages or data say; %s stands for who has what.
func opaMain(everyone bool, rules bool) string {
	units := "data.attached[input.principal]"
	if everyone {
		units = "data.everyone"
	}
	text := "package mayi\n\ndefault allow := false\n\nallow if {\n\tgranted\n\tnot denied\n}\n\n"
	for _, way := range []string{"granted", "denied"} {
		unit := way + " if {\n\tsome unit in " + units + "\n"
		if rules {
			text += unit + "\tdata.policies[unit]." + way + "\n}\n\n"
			continue
		}
		statement := "\tsome s in data.policies[unit]." + way
		text += unit + statement + "_plain\n\tstrings.any_prefix_match(action, s.actions)\n\tstrings.any_prefix_match(resource, s.resources)\n}\n\n" +
			unit + statement + "\n\tstrings.any_prefix_match(action, s.actions)\n\tapplies(s)\n}\n\n"
	}
	return text
}

// opaUnits sorts policies into units: those that the same principals have.
func opaUnits(m *workload.Model) (units map[string][]*workload.Policy, data map[string]any) {
	list, everyone := attachments(m)
	holders := make(map[*workload.Policy]*strings.Builder)
	var order []*workload.Policy
	hold := func(p *workload.Policy, by string) {
		if holders[p] == nil {
			holders[p] = new(strings.Builder)
			order = append(order, p)
		}
		holders[p].WriteString(by + "\n")
	}
	for _, a := range list {
		for _, p := range a.policies {
			hold(p, a.principal)
		}
	}
	for _, p := range everyone {
		hold(p, "*")
	}
	units = make(map[string][]*workload.Policy)
	first, unit := make(map[string]string), make(map[*workload.Policy]string)
	for _, p := range order {
		by := holders[p].String()
		if first[by] == "" {
			first[by] = ident(p.Name)
		}
		unit[p] = first[by]
		units[unit[p]] = append(units[unit[p]], p)
	}
	attached := make(map[string]any)
	for _, a := range list {
		attached[a.principal] = opaNames(a.policies, unit)
	}
	return units, map[string]any{"attached": attached, "everyone": opaNames(everyone, unit)}
}

func opaNames(policies []*workload.Policy, unit map[*workload.Policy]string) []any {
	names, seen := []any{}, make(map[string]bool)
	for _, p := range policies {
		if !seen[unit[p]] {
			seen[unit[p]] = true
			names = append(names, unit[p])
		}
	}
	return names
}
