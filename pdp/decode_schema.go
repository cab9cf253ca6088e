package pdp

import (
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const (
	schemaFields       = "actions, resource_types, context"
	schemaActionFields = "access, resource_types"
	schemaKeyFields    = "type, multivalued"
)

// accesses are what an action may do to a resource. A suspended tenant's principals
// keep the actions that read.
var accesses = [...]string{"read", "write", "list", "tagging", "permissions"}

// The types of context keys that a schema may declare.
const (
	keyString  = "String"
	keyNumeric = "Numeric"
	keyDate    = "Date"
	keyBool    = "Bool"
	keyIP      = "IP"
	keyARN     = "ARN"
	keyBinary  = "Binary"
)

var keyTypes = [...]string{keyString, keyNumeric, keyDate, keyBool, keyIP, keyARN, keyBinary}

func (d *decoder) schema(root *strictjson.Node) *Schema {
	s := &Schema{Place: d.places.Of(root)}
	for _, top := range root.Members {
		if top.Name != "schema" {
			d.unknown(top, "a schema document", "schema")
			continue
		}
		if !d.is(top.Value, strictjson.Object, "schema") {
			continue
		}
		for _, m := range top.Value.Members {
			switch m.Name {
			case "actions":
				s.Actions = []SchemaAction{} // none at all are declared too
				d.each(m, func(e strictjson.Member) { s.Actions = append(s.Actions, d.schemaAction(e)) })
			case "resource_types":
				s.ResourceTypes = d.list(m.Value, "resource_types")
			case "context":
				s.Context = []SchemaKey{} // likewise
				d.each(m, func(e strictjson.Member) { s.Context = append(s.Context, d.schemaKey(e)) })
			default:
				d.unknown(m, "a schema", schemaFields)
			}
		}
	}
	return s
}

func (d *decoder) schemaAction(e strictjson.Member) SchemaAction {
	a := SchemaAction{Name: Text{Text: e.Name, Place: d.places.Of(e.Value)}}
	switch {
	case e.Name == "":
		d.errorf(e.Value, ruleInvalidAction, "an action has an empty name")
	case strings.ContainsAny(e.Name, "*?"):
		d.errorf(e.Value, ruleInvalidAction, "action %q holds a wildcard; a schema declares each action by its name", e.Name)
	default:
		if problem := checkActionPattern(a.Name, DialectRIAM); problem != nil {
			d.problems = append(d.problems, problem)
		}
	}
	for _, m := range e.Value.Members {
		switch m.Name {
		case "access":
			a.Access = d.word(m.Value, "access", accesses[:]...)
		case "resource_types":
			a.ResourceTypes = d.list(m.Value, "resource_types")
		default:
			d.unknown(m, "an action", schemaActionFields)
		}
	}
	return a
}

func (d *decoder) schemaKey(e strictjson.Member) SchemaKey {
	k := SchemaKey{Name: Text{Text: e.Name, Place: d.places.Of(e.Value)}}
	// A name that ends in "/" declares a family: a tag key follows.
	probe := e.Name
	if strings.HasSuffix(probe, "/") {
		probe += "x"
	}
	_, problems := conditions.Compile([]conditions.Clause{{
		Operator: "Null", Key: probe, KeyPlace: k.Name.Place, OperatorPlace: k.Name.Place,
		Values: []conditions.Literal{{Kind: conditions.KindBool, Text: "true", Place: k.Name.Place}},
	}}, false)
	d.problems = append(d.problems, problems...)
	for _, m := range e.Value.Members {
		switch m.Name {
		case "type":
			k.Type = d.word(m.Value, "type", keyTypes[:]...)
		case "multivalued":
			k.Multi = d.flag(m.Value, "multivalued")
		default:
			d.unknown(m, "a context key", schemaKeyFields)
		}
	}
	if e.Value.Get("type") == nil {
		d.errorf(e.Value, ruleMissingType, "context key %q has no type; expected one of %s", e.Name, strings.Join(keyTypes[:], ", "))
	}
	return k
}
