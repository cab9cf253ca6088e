package route

import (
	"errors"
	"strings"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// ErrNoRoute means that no route takes the request and that the default mapping
// is turned off or does not apply: the decision is no_route.
var ErrNoRoute = errors.New("no route matches")

// Shared is the tenant of a resource that is everybody's.
const Shared = "shared"

// ErrNoPrincipal means that a name of the route holds {principal} or {tenant} and
// nobody has identified themselves: the decision is credential_missing.
var ErrNoPrincipal = errors.New("the route needs to know who asks")

// defaultResource begins the resource of the default mapping.
const defaultResource = "arn:mayi:http:::"

// A Table is the compiled routes of a bundle. A nil Table has no routes and the
// default mapping. It is immutable and safe for concurrent use.
type Table struct {
	tree        tree
	defaultDeny bool
}

// A Found is the route that a request takes; the zero Found is the default
// mapping. It is a small value.
type Found struct{ rule *rule }

// Compile builds the table of all routes documents of a bundle, or returns every
// problem that they have alone and together. One document that says "default":
// "deny" says it for the bundle.
func Compile(docs []*Document) (*Table, []*strictjson.Error) {
	t := &Table{}
	var problems []*strictjson.Error
	var rules []*rule
	for _, d := range docs {
		t.defaultDeny = t.defaultDeny || d.DefaultDeny
		for i := range d.Routes {
			route := &d.Routes[i]
			r, errs := build(route, func(string) strictjson.Place { return route.Place })
			if problems = append(problems, errs...); len(errs) == 0 {
				rules = append(rules, r)
			}
		}
	}
	// Conflicts are looked for among the good routes even if others are bad: the
	// author sees all there is to see.
	for _, r := range rules {
		for _, p := range r.patterns {
			t.tree.leafFor(r.host, p).add(r)
		}
	}
	problems = append(problems, t.tree.conflicts(rules)...)
	if len(problems) > 0 {
		return nil, problems
	}
	return t, nil
}

// Find returns the route of a request. Its error is ErrNoRoute or a *Malformed.
func (t *Table) Find(h *HTTP) (Found, error) {
	tunnel := h.Tunnel || h.Method == "CONNECT"
	if h.Path.Text == "" && h.Method != "CONNECT" {
		return Found{}, malformed("path", "empty") // nothing that Canonical made
	}
	if t == nil {
		t = &Table{}
	}
	s := search{method: h.Method}
	s.walk(&t.tree, h)
	switch r := s.found; {
	case r == nil && (s.passed > 0 || t.defaultDeny || tunnel):
		return Found{}, ErrNoRoute
	case r == nil:
		return Found{}, nil
	case tunnel && !r.upgrade:
		return Found{}, ErrNoRoute
	case r.grpc && h.Method == "POST" && h.Query.Raw != "":
		// Some gRPC servers take the query for a part of the method's name.
		return Found{}, malformed("query", "gRPC requests have none")
	default:
		return Found{r}, nil
	}
}

// Public reports whether the route is decided with the anonymous principal when
// the request brings no credential.
func (f Found) Public() bool { return f.rule != nil && f.rule.public }

// NeedsCaller reports whether Fill looks at who asks.
func (f Found) NeedsCaller() bool { return f.rule != nil && f.rule.caller }

// Expand fills the route's names with what the request holds and who asks. Its
// error is a *Malformed or ErrNoPrincipal.
func (f Found) Expand(h *HTTP, who Caller) (Target, error) {
	var target Target
	if err := f.Fill(&target, new(strings.Builder), h, who); err != nil {
		return Target{}, err
	}
	return target, nil
}

// noRule is the default mapping.
var noRule rule

// Fill is Expand into a Target that is used again. Its texts are written to w:
// strings made of a Builder hold whatever is added to it later, so one piece of
// memory is enough for all of them. After an error the Target means nothing.
func (f Found) Fill(target *Target, w *strings.Builder, h *HTTP, who Caller) (err error) {
	target.Reset()
	r := f.rule
	if r == nil {
		r = &noRule
	}
	if target.Permission, err = r.permission.fill(w, h, who); err != nil {
		return err
	}
	if target.Action, err = r.action.fill(w, h, who); err != nil {
		return err
	}
	if target.Resource, err = r.resource.fill(w, h, who); err != nil {
		return err
	}
	if target.Tenant, err = r.tenant.fill(w, h, who); err != nil {
		return err
	}
	if target.Action == "" && target.Permission == "" {
		target.Action = defaultAction(w, h)
	}
	if target.Resource == "" {
		target.Resource = defaultName(w, h)
	}
	if err := r.check(target); err != nil {
		return err
	}
	for _, c := range r.context {
		kv := target.add(c.key)
		for _, v := range c.values {
			value, err := v.fill(w, h, who)
			if err != nil {
				return err
			}
			kv.Values = append(kv.Values, value)
		}
	}
	return nil
}

// write writes texts one after the other and returns what they are together.
func write(w *strings.Builder, texts ...string) string {
	from := w.Len()
	for _, t := range texts {
		w.WriteString(t)
	}
	return w.String()[from:]
}

// defaultAction is the action of the default mapping.
func defaultAction(w *strings.Builder, h *HTTP) string { return write(w, "http:", h.Method) }

// defaultName is the resource of the default mapping. A tunnel has no path, and
// its port is what sets it apart.
func defaultName(w *strings.Builder, h *HTTP) string {
	if h.Path.Text == "" {
		return write(w, defaultResource, h.Host, ":", h.Port)
	}
	return write(w, defaultResource, h.Host, h.Path.Text)
}

// check refuses names that became by their values what their texts are not.
func (r *rule) check(target *Target) error {
	if !r.action.constant() && strings.ContainsAny(target.Action, "| ") {
		return malformed("variable", "a value in the action holds | or a blank")
	}
	if !r.permission.constant() {
		if strings.Count(target.Permission, "|") != strings.Count(r.permission.literals(), "|") {
			return malformed("variable", "a value in the permission holds |")
		}
		for alternative := range strings.SplitSeq(target.Permission, "|") {
			if alternative == "self" {
				return malformed("variable", `a value makes the permission "self"`)
			}
		}
	}
	if !r.tenant.constant() && target.Tenant == Shared {
		return malformed("variable", "a value makes the tenant %q", Shared)
	}
	if len(r.resource) > 0 && !r.resource.isARN() && arn.IsARN(target.Resource) {
		return malformed("variable", "a value makes the resource an ARN")
	}
	return nil
}
