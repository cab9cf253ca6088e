package route

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A text is an action, a resource, a permission or a context value of a route:
// literals with variables between them.
type text []part

type part struct {
	literal  string // if variable is noVariable
	variable variableKind
	name     string // of the query parameter, or of the header in lower case
	index    int    // of the segment that a capture begins with
	slash    bool   // {tenant}, where an id such as 5/7 is in its place
	whole    bool   // {principal}, where it is no part of a name but a text of its own
}

type variableKind uint8

const (
	noVariable variableKind = iota
	captureOne              // {name}
	captureAll              // {**}
	methodVariable
	hostVariable
	pathVariable
	serviceVariable
	rpcVariable
	principalVariable
	tenantVariable
	queryVariable
	headerVariable
)

// builtin returns the variable that every route has under this name.
func builtin(name string) variableKind {
	switch name {
	case "method":
		return methodVariable
	case "host":
		return hostVariable
	case "path":
		return pathVariable
	case "service":
		return serviceVariable
	case "rpc":
		return rpcVariable
	case "principal":
		return principalVariable
	case "tenant":
		return tenantVariable
	}
	return noVariable
}

// long reports whether a value of the variable may hold "/".
func (v variableKind) long() bool { return v == pathVariable || v == captureAll }

// parseText reads a text. {{ and }} are braces; "$" is a character like others,
// but "${" is refused, because it looks like a policy variable and is none.
func parseText(s string, captures []capture, grpc bool) (text, error) {
	var t text
	var lit strings.Builder
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "{{") || strings.HasPrefix(s[i:], "}}"):
			lit.WriteByte(s[i])
			i += 2
		case s[i] == '}':
			return nil, fmt.Errorf("%q closes a brace that it did not open; the character is written }}", s)
		case strings.HasPrefix(s[i:], "${") && !strings.HasPrefix(s[i:], "${{"):
			return nil, fmt.Errorf("%q holds ${; policy variables do not stand in routes, and as characters it is written ${{", s)
		case strings.HasPrefix(s[i:], "${{"):
			lit.WriteString("${")
			i += 3
		case s[i] == '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return nil, fmt.Errorf("%q opens a brace and does not close it; the character is written {{", s)
			}
			p, err := parseVariable(s[i+1:i+end], captures, grpc)
			if err != nil {
				return nil, err
			}
			if lit.Len() > 0 {
				t = append(t, part{literal: lit.String()})
				lit.Reset()
			}
			t = append(t, p)
			i += end + 1
		default:
			lit.WriteByte(s[i])
			i++
		}
	}
	if lit.Len() > 0 {
		t = append(t, part{literal: lit.String()})
	}
	return t, nil
}

func parseVariable(name string, captures []capture, grpc bool) (part, error) {
	for _, c := range captures {
		if c.name != name {
			continue
		}
		if name == "**" {
			return part{variable: captureAll, index: c.index}, nil
		}
		return part{variable: captureOne, index: c.index}, nil
	}
	switch v := builtin(name); v {
	case noVariable:
	case serviceVariable, rpcVariable:
		if !grpc {
			return part{}, fmt.Errorf("{%s} stands only in routes with grpc", name)
		}
		return part{variable: v}, nil
	default:
		return part{variable: v}, nil
	}
	switch source, of, _ := strings.Cut(name, "."); {
	case name == "**":
		return part{}, fmt.Errorf("{**} stands only in routes whose path ends in **")
	case source == "query" && of != "":
		return part{variable: queryVariable, name: of}, nil
	case source == "header" && of != "":
		return parseHeader(of)
	}
	return part{}, fmt.Errorf("unknown variable {%s}, expected a {name} of the path or one of "+
		"{method} {host} {path} {service} {rpc} {principal} {tenant} {query.NAME} {header.NAME}", name)
}

// parseHeader refuses headers that hold secrets, which would end up in logs, and
// the headers that MayI itself sets, which are never input.
func parseHeader(name string) (part, error) {
	for i := 0; i < len(name); i++ {
		if !tokenByte(name[i]) {
			return part{}, fmt.Errorf("{header.%s}: no header has that name", name)
		}
	}
	switch lower := strings.ReplaceAll(fold(name), "_", "-"); {
	case lower == "authorization", lower == "proxy-authorization", lower == "cookie":
		return part{}, fmt.Errorf("{header.%s}: a credential has no place in a name", name)
	case strings.HasPrefix(lower, "x-mayi-"):
		return part{}, fmt.Errorf("{header.%s}: headers that MayI sets are never its input", name)
	}
	return part{variable: headerVariable, name: fold(name)}, nil
}

// constant reports whether the text has no variables.
func (t text) constant() bool {
	return len(t) == 0 || len(t) == 1 && t[0].variable == noVariable
}

// fill returns the text with what the request holds, written to w.
func (t text) fill(w *strings.Builder, h *HTTP, who Caller) (string, error) {
	if t.constant() {
		return t.literals(), nil
	}
	if len(t) == 1 && t[0].variable != captureAll {
		return t[0].value(h, who) // a text of the request as it is
	}
	from := w.Len()
	for i := range t {
		p := &t[i]
		switch p.variable {
		case noVariable:
			w.WriteString(p.literal)
			continue
		case captureAll:
			at := w.Len()
			writeRest(w, h, p.index)
			if err := p.check(w.String()[at:]); err != nil {
				return "", err
			}
			continue
		}
		v, err := p.value(h, who)
		if err != nil {
			return "", err
		}
		w.WriteString(v)
	}
	return w.String()[from:], nil
}

// writeRest writes the path from a segment on.
func writeRest(w *strings.Builder, h *HTTP, from int) {
	segments := h.Path.Segments
	if from >= len(segments) {
		return
	}
	for i, s := range segments[from:] {
		if i > 0 {
			w.WriteByte('/')
		}
		w.WriteString(s)
	}
	if h.Path.Trailing {
		w.WriteByte('/')
	}
}

// value returns what a variable stands for, but for captureAll.
func (p *part) value(h *HTTP, who Caller) (string, error) {
	v, err := p.raw(h, who)
	if err == nil {
		err = p.check(v)
	}
	return v, err
}

// check refuses a value that is part of a name and could make it more than one
// part, or a pattern. A principal that is all of a context value is no part of
// anything, and may be an ARN.
func (p *part) check(v string) error {
	reason := ""
	switch {
	case v == "":
		reason = "is absent or empty"
	case v == "." || v == "..":
		reason = `is "." or ".."`
	case !p.whole && strings.ContainsAny(v, ":*?"):
		reason = "holds one of : * ?"
	case !p.slash && !p.whole && !p.variable.long() && strings.Contains(v, "/"):
		reason = "holds /"
	case hasControl(v):
		reason = "holds a control character or is not UTF-8"
	default:
		return nil
	}
	return malformed("variable", "%s %s", p, reason)
}

func (p *part) raw(h *HTTP, who Caller) (string, error) {
	segments := h.Path.Segments
	switch p.variable {
	case captureOne:
		return at(segments, p.index), nil
	case methodVariable:
		return h.Method, nil
	case hostVariable:
		return h.Host, nil
	case pathVariable:
		return h.Path.Text, nil
	case serviceVariable:
		return at(segments, 0), nil
	case rpcVariable:
		return at(segments, 1), nil
	case principalVariable:
		if who.ID == "" {
			return "", ErrNoPrincipal
		}
		return who.ID, nil
	case tenantVariable:
		if who.ID == "" {
			return "", ErrNoPrincipal
		}
		return who.Tenant, nil
	case queryVariable:
		return p.query(&h.Query)
	case headerVariable:
		return p.header(h)
	}
	return "", nil
}

func at(segments []string, i int) string {
	if i < len(segments) {
		return segments[i]
	}
	return ""
}

// query takes names that differ in case only for one name, as some upstreams do.
func (p *part) query(q *Query) (string, error) {
	if !q.Valid {
		return "", malformed("variable", "%s: the query cannot be read", p)
	}
	value, seen, want := "", false, fold(p.name)
	for _, pair := range q.Pairs {
		if pair.Name != p.name && fold(pair.Name) != want {
			continue
		}
		if seen || pair.Name != p.name {
			return "", malformed("variable", "%s has several values or spellings", p)
		}
		value, seen = pair.Value, true
	}
	return value, nil
}

// header takes a comma for the border between two values: a proxy may have joined
// them.
func (p *part) header(h *HTTP) (string, error) {
	if h.Header == nil {
		return "", nil
	}
	values := h.Header(p.name)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1 || strings.Contains(values[0], ","):
		return "", malformed("variable", "%s has several values", p)
	}
	return values[0], nil
}

// String names the variable as its author does, without what requests put in it.
func (p *part) String() string {
	switch p.variable {
	case captureOne:
		return fmt.Sprintf("segment %d of the path", p.index+1)
	case captureAll:
		return "{**}"
	case queryVariable:
		return "{query." + p.name + "}"
	case headerVariable:
		return "{header." + p.name + "}"
	}
	for _, name := range []string{"method", "host", "path", "service", "rpc", "principal", "tenant"} {
		if builtin(name) == p.variable {
			return "{" + name + "}"
		}
	}
	return p.literal
}

// hasControl reports whether s holds a control character or is not valid UTF-8.
func hasControl(s string) bool {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = ' ' <= s[i] && s[i] <= '~'
	}
	return !plain && hasControlSlow(s)
}

func hasControlSlow(s string) bool {
	return !utf8.ValidString(s) || strings.IndexFunc(s, unicode.IsControl) >= 0
}
