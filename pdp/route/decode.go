package route

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Decode reads a routes document: an object with "routes" and, maybe, "default".
// It returns either a document or every problem with its place. Overlaps are
// found by Compile, which sees all documents.
func Decode(root *strictjson.Node) (*Document, []*strictjson.Error) {
	d := &decoder{}
	doc := &Document{Place: root.Place()}
	if root.Kind != strictjson.Object {
		return nil, []*strictjson.Error{root.Errorf("Routes", "expected an object")}
	}
	if root.Get("routes") == nil {
		d.refuse(root, `expected a member "routes"`)
	}
	for _, m := range root.Members {
		switch m.Name {
		case "routes":
			for _, n := range d.array(m.Name, m.Value) {
				doc.Routes = append(doc.Routes, d.route(n))
			}
		case "default":
			doc.DefaultDeny = true
			if s := d.string(m.Name, m.Value); s != "" && s != "deny" {
				d.refuse(m.Value, `default %q, expected "deny" or no such member`, s)
			}
		default:
			d.refuse(m.Value, "unknown field %q, expected routes or default", m.Name)
		}
	}
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	return doc, nil
}

// A decoder collects problems; what it returns beside them is of no use.
type decoder struct{ problems []*strictjson.Error }

func (d *decoder) refuse(n *strictjson.Node, format string, args ...any) {
	d.problems = append(d.problems, n.Errorf("Routes", format, args...))
}

func (d *decoder) route(n *strictjson.Node) Route {
	r := Route{Place: n.Place()}
	if n.Kind != strictjson.Object {
		d.refuse(n, "expected a route, an object")
		return r
	}
	before := len(d.problems)
	for _, m := range n.Members {
		d.field(&r, m.Name, m.Value)
	}
	// What a field means is only looked at once every field is of its type.
	if len(d.problems) > before {
		return r
	}
	_, problems := build(&r, func(field string) strictjson.Place {
		if v := n.Get(field); v != nil {
			return v.Place()
		}
		return n.Place()
	})
	d.problems = append(d.problems, problems...)
	return r
}

func (d *decoder) field(r *Route, name string, v *strictjson.Node) {
	switch name {
	case "host":
		r.Host = d.string(name, v)
	case "path":
		r.Path = d.string(name, v)
	case "grpc":
		r.GRPC = d.string(name, v)
	case "methods":
		r.Methods = d.strings(name, v)
	case "action":
		r.Action = d.string(name, v)
	case "resource":
		r.Resource = d.string(name, v)
	case "tenant":
		r.Tenant = d.string(name, v)
	case "permission":
		r.Permission = d.string(name, v)
	case "context":
		r.Context = d.context(v)
	case "public":
		r.Public = d.bool(name, v)
	case "upgrade":
		r.Upgrade = d.bool(name, v)
	case "trailing_slash":
		r.TrailingSlash = d.string(name, v)
	case "ignore_case":
		r.IgnoreCase = d.bool(name, v)
	default:
		d.refuse(v, "unknown field %q, expected one of %s", name, strings.Join(fields(), " "))
	}
}

func fields() []string {
	return []string{"host", "path", "grpc", "methods", "action", "resource", "tenant", "permission",
		"context", "public", "upgrade", "trailing_slash", "ignore_case"}
}

func (d *decoder) context(n *strictjson.Node) []KeyValues {
	if n.Kind != strictjson.Object {
		d.refuse(n, "context, expected an object")
		return nil
	}
	var list []KeyValues
	for _, m := range n.Members {
		kv := KeyValues{Key: m.Name}
		values := []*strictjson.Node{m.Value}
		if m.Value.Kind == strictjson.Array {
			values = m.Value.Items
		}
		for _, v := range values {
			if v.Kind != strictjson.String {
				d.refuse(v, "context, expected a string or a list of strings")
			}
			kv.Values = append(kv.Values, v.Text)
		}
		list = append(list, kv)
	}
	return list
}

// string refuses the empty string too: leaving a field out says the same clearly.
func (d *decoder) string(name string, n *strictjson.Node) string {
	if n.Kind != strictjson.String || n.Text == "" {
		d.refuse(n, "%s, expected a string that is not empty", name)
		return ""
	}
	return n.Text
}

func (d *decoder) bool(name string, n *strictjson.Node) bool {
	if n.Kind != strictjson.Bool {
		d.refuse(n, "%s, expected true or false", name)
	}
	return n.Kind == strictjson.Bool && n.Text == "true"
}

func (d *decoder) array(name string, n *strictjson.Node) []*strictjson.Node {
	if n.Kind != strictjson.Array {
		d.refuse(n, "%s, expected a list", name)
		return nil
	}
	return n.Items
}

func (d *decoder) strings(name string, n *strictjson.Node) []string {
	items := d.array(name, n)
	if n.Kind == strictjson.Array && len(items) == 0 {
		d.refuse(n, "%s, expected a list that is not empty", name)
	}
	list := make([]string, 0, len(items))
	for i, item := range items {
		list = append(list, d.string(fmt.Sprintf("%s[%d]", name, i), item))
	}
	return list
}
