package route

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A rule is a compiled route. It is immutable.
type rule struct {
	place    strictjson.Place
	host     string
	patterns []pattern // two if a trailing slash is optional
	methods  []string  // sorted; empty is every method
	grpc     bool
	public   bool
	upgrade  bool
	caller   bool // a text holds {principal} or {tenant}

	action     text // nil: as in the default mapping, unless there is a permission
	resource   text // nil: as in the default mapping
	tenant     text // nil: the route says nothing
	permission text
	context    []contextTexts
}

type contextTexts struct {
	key    string
	values []text
}

// A builder compiles one route and collects its problems.
type builder struct {
	route    *Route
	rule     *rule
	captures []capture
	at       func(field string) strictjson.Place
	problems []*strictjson.Error
}

// build compiles a route. at says where a field stands in the document.
func build(r *Route, at func(field string) strictjson.Place) (*rule, []*strictjson.Error) {
	b := &builder{
		route: r,
		at:    at,
		rule:  &rule{place: r.Place, public: r.Public, upgrade: r.Upgrade, grpc: r.GRPC != ""},
	}
	b.host()
	b.methods()
	b.path()
	b.action()
	b.resource()
	b.tenant()
	b.permission()
	b.context()
	if len(b.problems) > 0 {
		return nil, b.problems
	}
	b.rule.caller = b.rule.asksCaller()
	return b.rule, nil
}

func (b *builder) refuse(field, format string, args ...any) {
	b.problems = append(b.problems, &strictjson.Error{Place: b.at(field), Rule: "Routes", Reason: fmt.Sprintf(format, args...)})
}

func (b *builder) host() {
	host := b.route.Host
	if host == "" {
		return
	}
	name, wild := strings.CutPrefix(host, "*.")
	read, reason := readHost(name)
	switch {
	case host == "*":
		b.refuse("host", `host "*", expected a host, "*." and a host, or no host at all for all of them`)
		return
	case reason != "":
		b.refuse("host", "host %q %s; a route names no port", host, reason)
		return
	case wild && (strings.HasPrefix(read, "[") || numeric(read[strings.LastIndexByte(read, '.')+1:])):
		b.refuse("host", "host %q has a wildcard before an address", host)
		return
	}
	if b.rule.host = read; wild {
		b.rule.host = "*." + read
	}
}

func (b *builder) methods() {
	for _, m := range b.route.Methods {
		if err := checkMethod(m); err != nil {
			b.refuse("methods", "%s", err)
		}
		if slices.Contains(b.rule.methods, m) {
			b.refuse("methods", "method %q stands twice", m)
		}
		b.rule.methods = append(b.rule.methods, m)
	}
	slices.Sort(b.rule.methods)
	if b.rule.grpc && len(b.rule.methods) == 0 {
		b.rule.methods = []string{"POST"}
	}
}

func (b *builder) path() {
	r := b.route
	var p pattern
	var err error
	connect := slices.Contains(r.Methods, "CONNECT")
	switch {
	case r.Path != "" && r.GRPC != "":
		b.refuse("grpc", "has both path and grpc, expected one")
		return
	case connect:
		if len(r.Methods) > 1 || r.Path != "" || r.GRPC != "" || !r.Upgrade {
			b.refuse("methods", `CONNECT, expected it as the only method, with "upgrade": true and without path and grpc: it has no path`)
		}
		p = pattern{{kind: noPath}}
	case r.Path == "" && r.GRPC == "":
		b.refuse("", "has neither path nor grpc, expected one")
		return
	case r.GRPC != "":
		p, err = parseGRPC(r.GRPC)
		if r.TrailingSlash != "" || r.IgnoreCase {
			b.refuse("grpc", "trailing_slash and ignore_case are for paths; gRPC names match exactly")
		}
	default:
		p, b.captures, err = parsePath(r.Path, r.IgnoreCase)
	}
	if err != nil {
		b.refuse(pathField(r), "%s", err)
		return
	}
	if p[0].kind == asterisk && !slices.Equal(r.Methods, []string{"OPTIONS"}) {
		b.refuse("path", `path "*", expected OPTIONS as the only method; all paths are /**`)
	}
	b.rule.patterns = []pattern{p}
	switch r.TrailingSlash {
	case "", "exact":
	case "optional":
		if other := p.withSlash(); other != nil {
			b.rule.patterns = append(b.rule.patterns, other)
		}
	default:
		b.refuse("trailing_slash", `trailing_slash %q, expected "exact" or "optional"`, r.TrailingSlash)
	}
}

func pathField(r *Route) string {
	if r.GRPC != "" {
		return "grpc"
	}
	return "path"
}

// text parses one text and checks where its long variables stand: they may hold
// "/", so nothing may follow them.
func (b *builder) text(field, s string, long bool) (text, bool) {
	t, err := parseText(s, b.captures, b.rule.grpc)
	if err != nil {
		b.refuse(field, "%s", err)
		return nil, false
	}
	if hasControl(s) {
		b.refuse(field, "%q holds a control character", s)
		return nil, false
	}
	for i := range t {
		switch {
		case !t[i].variable.long():
		case !long:
			b.refuse(field, "%q: %s may hold / and stands only in resource and context", s, &t[i])
			return nil, false
		case i != len(t)-1:
			b.refuse(field, "%q: %s may hold / and stands only at the end", s, &t[i])
			return nil, false
		}
	}
	return t, true
}

func (b *builder) action() {
	t, ok := b.text("action", b.route.Action, false)
	if !ok || len(t) == 0 {
		return
	}
	if strings.ContainsAny(t.literals(), "|*? ") {
		b.refuse("action", "action %q holds one of | * ? and blank, which no request's action may", b.route.Action)
		return
	}
	b.rule.action = t
}

func (b *builder) resource() {
	s := b.route.Resource
	t, ok := b.text("resource", s, true)
	if !ok || len(t) == 0 {
		return
	}
	b.rule.resource = t
	if !t.isARN() {
		return
	}
	t.tenantFields()
	// Values hold no colon, so the colons of the template are those of the name.
	switch {
	case strings.Count(t.literals(), ":") < 5:
		b.refuse("resource", "resource %q begins like an ARN and has fewer than six fields", s)
	case strings.Count(t[0].literal, ":") < 2 || !strings.HasPrefix(s, "arn:"):
		b.refuse("resource", `resource %q, expected "arn:" and a partition without variables`, s)
	case len(t) == 1:
		if _, err := arn.Parse(t[0].literal); err != nil {
			b.refuse("resource", "resource: %s", err)
		}
	}
}

// tenant compiles whose the resource is. Only the author says that it is
// everybody's: what a request fills in never does.
func (b *builder) tenant() {
	s := b.route.Tenant
	t, ok := b.text("tenant", s, false)
	if !ok || len(t) == 0 {
		return
	}
	if strings.ContainsAny(t.literals(), "*? ") {
		b.refuse("tenant", "tenant %q holds one of * ? and blank", s)
		return
	}
	for i := range t {
		t[i].slash = t[i].variable == tenantVariable
	}
	b.rule.tenant = t
}

func (b *builder) permission() {
	t, ok := b.text("permission", b.route.Permission, false)
	if !ok || len(t) == 0 {
		return
	}
	alternatives := strings.Split(b.route.Permission, "|")
	for _, a := range alternatives {
		switch {
		case a == "":
			b.refuse("permission", "permission %q has an empty alternative", b.route.Permission)
		case a == "self" && len(alternatives) > 1:
			b.refuse("permission", `permission %q, expected "self" alone`, b.route.Permission)
		}
	}
	if strings.ContainsAny(t.literals(), "*? ") {
		b.refuse("permission", "permission %q holds one of * ? and blank", b.route.Permission)
	}
	b.rule.permission = t
}

func (b *builder) context() {
	seen := make(map[string]bool)
	for _, kv := range b.route.Context {
		name := fold(kv.Key)
		switch {
		case kv.Key == "" || hasControl(kv.Key):
			b.refuse("context", "context key %q is empty or holds a control character", kv.Key)
		case seen[name]:
			b.refuse("context", "context key %q stands twice but for its case", kv.Key)
		case reserved(name):
			b.refuse("context", "context key %q begins with the prefix of keys that MayI itself sets", kv.Key)
		case len(kv.Values) == 0:
			b.refuse("context", "context key %q has no values", kv.Key)
		}
		seen[name] = true
		c := contextTexts{key: kv.Key}
		for _, v := range kv.Values {
			t, _ := b.text("context", v, true)
			if len(t) == 1 {
				t[0].slash = t[0].variable == tenantVariable
				t[0].whole = t[0].variable == principalVariable
			}
			c.values = append(c.values, t)
		}
		b.rule.context = append(b.rule.context, c)
	}
}

// reserved reports whether a door or the engine sets keys of this folded name.
func reserved(name string) bool {
	prefix, _, ok := strings.Cut(name, ":")
	return ok && slices.Contains([]string{"aws", "wami", "http", "grpc", "jwt", "mtls", "envoy"}, prefix)
}

// asksCaller reports whether a text of the rule holds who asks.
func (r *rule) asksCaller() bool {
	texts := []text{r.action, r.resource, r.tenant, r.permission}
	for _, c := range r.context {
		texts = append(texts, c.values...)
	}
	return slices.ContainsFunc(texts, func(t text) bool {
		return slices.ContainsFunc(t, func(p part) bool { return p.variable == principalVariable || p.variable == tenantVariable })
	})
}

// literals joins the literal parts of a text.
func (t text) literals() string {
	if len(t) == 1 {
		return t[0].literal
	}
	var b strings.Builder
	for i := range t {
		b.WriteString(t[i].literal)
	}
	return b.String()
}

// tenantFields lets {tenant} hold "/" where it is a whole field of an ARN before
// the resource's own: there a slash separates nothing but a tenant from its parent.
func (t text) tenantFields() {
	colons := 0
	for i := range t {
		if t[i].variable == tenantVariable && i > 0 && i+1 < len(t) && colons < 5 {
			t[i].slash = strings.HasSuffix(t[i-1].literal, ":") && strings.HasPrefix(t[i+1].literal, ":")
		}
		colons += strings.Count(t[i].literal, ":")
	}
}

// isARN reports whether whatever fills the text begins like an ARN.
func (t text) isARN() bool {
	return len(t) > 0 && t[0].variable == noVariable && arn.IsARN(t[0].literal)
}
