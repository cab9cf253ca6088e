package decideapi

import (
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// ParseRequest reads one request from its JSON:
//
//	{"principal": "ID" | {"id", "groups", "roles", "tags", "tenant"} | null,
//	 "action": "…", "resource": "ID" | {"id", "tags", "tenant"}, "permission": "…",
//	 "session": {"type", "role", "chain", "name", "issued_at", "expires_at",
//	             "mfa": {"at", "methods"}, "provider", "tags",
//	             "policies": ["NAME" | {policy}], "scopes", "id"},
//	 "context": {"key": scalar | [scalars]}}
//
// An absent or null principal is anonymous. Times are RFC 3339. trust is what the principal's facts
// are worth. Time and Origin are left to the caller. The first problem is
// returned, with its pointer.
func ParseRequest(n *strictjson.Node, trust pdp.Trust) (*pdp.Request, *strictjson.Error) {
	r := &pdp.Request{Principal: pdp.Principal{Trust: trust}}
	p := parser{}
	p.object(n, "a request", map[string]func(*strictjson.Node){
		"principal":  func(n *strictjson.Node) { p.principal(n, &r.Principal) },
		"action":     func(n *strictjson.Node) { r.Action = p.text(n) },
		"resource":   func(n *strictjson.Node) { p.resource(n, &r.Resource) },
		"permission": func(n *strictjson.Node) { r.Permission = p.text(n) },
		"session":    func(n *strictjson.Node) { r.Session = p.session(n) },
		"context":    func(n *strictjson.Node) { r.Context = p.context(n) },
	})
	if n.Get("action") == nil && n.Get("permission") == nil {
		p.fail(n, "action is missing")
	}
	if n.Get("resource") == nil {
		p.fail(n, "resource is missing")
	}
	if p.err != nil {
		return nil, p.err
	}
	return r, nil
}

// parser remembers the first problem.
type parser struct{ err *strictjson.Error }

func (p *parser) fail(n *strictjson.Node, format string, args ...any) {
	if p.err == nil {
		p.err = n.Errorf("", format, args...)
	}
}

// object reads the members of an object, each by its own function.
func (p *parser) object(n *strictjson.Node, what string, fields map[string]func(*strictjson.Node)) {
	if n.Kind != strictjson.Object {
		p.fail(n, "expected %s as an object", what)
		return
	}
	for _, m := range n.Members {
		read, known := fields[m.Name]
		if !known {
			p.fail(m.Value, "unknown field")
			return
		}
		read(m.Value)
	}
}

func (p *parser) text(n *strictjson.Node) string {
	if n.Kind != strictjson.String {
		p.fail(n, "expected a string")
	}
	return n.Text
}

// id reads an id, which is never empty: a caller whose variable was not set must
// not become anonymous.
func (p *parser) id(n *strictjson.Node) string {
	id := p.text(n)
	if id == "" {
		p.fail(n, "an id must not be empty")
	}
	return id
}

func (p *parser) principal(n *strictjson.Node, to *pdp.Principal) {
	switch n.Kind {
	case strictjson.Null:
	case strictjson.String:
		to.ID = p.id(n)
	default:
		p.object(n, "a principal, its id as a string or", map[string]func(*strictjson.Node){
			"id":     func(n *strictjson.Node) { to.ID = p.id(n) },
			"groups": func(n *strictjson.Node) { to.Groups = p.texts(n) },
			"roles":  func(n *strictjson.Node) { to.Roles = p.texts(n) },
			"tags":   func(n *strictjson.Node) { to.Tags = p.tags(n) },
			"tenant": func(n *strictjson.Node) { to.Tenant = p.id(n) },
		})
		if n.Get("id") == nil {
			p.fail(n, "id is missing; an anonymous principal is null")
		}
	}
}

func (p *parser) resource(n *strictjson.Node, to *pdp.Resource) {
	if n.Kind == strictjson.String {
		to.ID = p.id(n)
		return
	}
	p.object(n, "a resource, its id as a string or", map[string]func(*strictjson.Node){
		"id":     func(n *strictjson.Node) { to.ID = p.id(n) },
		"tags":   func(n *strictjson.Node) { to.Tags = p.tags(n) },
		"tenant": func(n *strictjson.Node) { to.Tenant = p.id(n) },
	})
	if n.Get("id") == nil {
		p.fail(n, "id is missing")
	}
}

func (p *parser) texts(n *strictjson.Node) []string {
	if n.Kind != strictjson.Array {
		p.fail(n, "expected a list of strings")
		return nil
	}
	list := make([]string, len(n.Items))
	for i, item := range n.Items {
		list[i] = p.id(item)
	}
	return list
}

func (p *parser) tags(n *strictjson.Node) map[string]string {
	if n.Kind != strictjson.Object {
		p.fail(n, "expected tags as an object of strings")
		return nil
	}
	tags, folded := make(map[string]string, len(n.Members)), make(map[string]bool, len(n.Members))
	for _, m := range n.Members {
		if fold := conditions.Fold(m.Name); folded[fold] {
			p.fail(m.Value, "another tag has this name in another case")
		} else {
			folded[fold] = true
		}
		tags[m.Name] = p.text(m.Value)
	}
	return tags
}

func (p *parser) context(n *strictjson.Node) *conditions.Context {
	if n.Kind != strictjson.Object {
		p.fail(n, "expected the context as an object of keys and values")
		return nil
	}
	c := new(conditions.Context)
	for _, m := range n.Members {
		if reason := checkKey(m.Name); reason != "" {
			p.fail(m.Value, "%s", reason)
		} else if !c.Add(m.Name, p.value(m.Value)) {
			p.fail(m.Value, "another key has this name in another case")
		}
	}
	return c
}

// checkKey returns why a caller may not set a key; "" if it may.
func checkKey(name string) string {
	switch {
	case name == "":
		return "a key must have a name"
	case pdp.ReservedKey(conditions.Fold(name)):
		return "this key is reserved: MayI derives it itself"
	}
	return ""
}

func (p *parser) value(n *strictjson.Node) conditions.Value {
	switch n.Kind {
	case strictjson.Null:
		return conditions.Absent()
	case strictjson.Array:
		list := make([]conditions.Scalar, len(n.Items))
		for i, item := range n.Items {
			list[i] = p.scalar(item)
		}
		return conditions.Many(list)
	}
	return conditions.One(p.scalar(n))
}

func (p *parser) scalar(n *strictjson.Node) conditions.Scalar {
	switch n.Kind {
	case strictjson.String:
		return conditions.String(n.Text)
	case strictjson.Number:
		return conditions.Number(n.Text)
	case strictjson.Bool:
		return conditions.Bool(n.Text == "true")
	}
	p.fail(n, "expected a string, a number, a boolean or a list of those")
	return conditions.Unreadable()
}
