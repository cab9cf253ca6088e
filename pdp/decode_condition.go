package pdp

import (
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// condition decodes a Condition block into its clauses; what operators, keys and
// values mean, and what of them is refused, is the business of package conditions:
// null, a list or an object in the place of a value becomes an unreadable Literal.
// {} is as if absent.
func (d *decoder) condition(n *strictjson.Node) []conditions.Clause {
	if !d.is(n, strictjson.Object, "Condition") {
		return nil
	}
	var clauses []conditions.Clause
	for _, op := range n.Members {
		if !d.is(op.Value, strictjson.Object, "operator "+op.Name) {
			continue
		}
		if len(op.Value.Members) == 0 {
			d.errorf(op.Value, ruleEmptyObjectOperator, "operator %s has no keys", op.Name)
		}
		place := d.places.Of(op.Value)
		for _, key := range op.Value.Members {
			clauses = append(clauses, conditions.Clause{
				Operator:      op.Name,
				Key:           key.Name,
				Values:        d.literals(key.Value),
				OperatorPlace: place,
				KeyPlace:      d.places.Of(key.Value),
			})
		}
	}
	return clauses
}

// literals reads one value or a list of values of a condition key.
func (d *decoder) literals(n *strictjson.Node) []conditions.Literal {
	nodes := []*strictjson.Node{n}
	if n.Kind == strictjson.Array {
		nodes = n.Items
	}
	all := make([]conditions.Literal, len(nodes))
	for i, v := range nodes {
		all[i] = conditions.Literal{Text: v.Text, Place: d.places.Of(v)}
		switch v.Kind {
		case strictjson.String:
			all[i].Kind = conditions.KindString
		case strictjson.Number:
			all[i].Kind = conditions.KindNumber
		case strictjson.Bool:
			all[i].Kind = conditions.KindBool
		}
	}
	return all
}

// referredRegions returns an environment that has every region that the clauses
// may name, beside those of e. Which regions there are is not known while a document
// is decoded alone; Compile knows.
func referredRegions(e *conditions.Environment, clauses []conditions.Clause) *conditions.Environment {
	for i := range clauses {
		if !strings.Contains(clauses[i].Operator, "GeoWithinRegion") {
			continue
		}
		if e == nil {
			e = &conditions.Environment{Regions: make(map[string]conditions.Area)}
		}
		for _, v := range clauses[i].Values {
			e.Regions[v.Text] = conditions.Area{Box: &conditions.Box{South: -90, West: -180, North: 90, East: 180}}
		}
	}
	return e
}
