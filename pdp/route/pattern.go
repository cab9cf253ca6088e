package route

import (
	"fmt"
	"strings"
)

// A pattern is the path of a route as a list of elements. A path that ends in a
// slash ends in an element of its own, which keeps every comparison simple:
//
//	/a/{x}   literal a · any
//	/a/      literal a · slash
//	/        slash
//	/a/**    literal a · rest      (rest is one element or more, "slash" included)
//
// CONNECT, which has no path, and the "*" of OPTIONS are patterns of one element
// that nothing else matches.
type pattern []element

type element struct {
	kind elementKind
	text string // of a literal; folded if kind is folded
}

type elementKind uint8

const (
	literal  elementKind = iota
	folded               // a literal that matches whatever its ASCII case
	anyOne               // one segment
	slash                // the slash that ends a path
	rest                 // everything that follows, at least one element
	noPath               // CONNECT
	asterisk             // OPTIONS *
)

// A capture is a named segment of a template, or "**".
type capture struct {
	name  string
	index int // of the segment; of the first one for "**"
}

// parsePath reads a path template. The error says what was expected.
func parsePath(template string, ignoreCase bool) (pattern, []capture, error) {
	switch {
	case template == "*":
		return pattern{{kind: asterisk}}, nil, nil
	case !strings.HasPrefix(template, "/"):
		return nil, nil, fmt.Errorf("path %q does not begin with /", template)
	case strings.ContainsAny(template, "?#"):
		return nil, nil, fmt.Errorf("path %q holds ? or #; a route has no query, and as characters they are written %%3F and %%23", template)
	}
	var p pattern
	var captures []capture
	segments := strings.Split(template[1:], "/")
	for i, s := range segments {
		last := i == len(segments)-1
		if s == "" && last {
			p = append(p, element{kind: slash})
			break
		}
		e, name, err := parseElement(s, ignoreCase)
		if err != nil {
			return nil, nil, fmt.Errorf("path %q: %w", template, err)
		}
		if e.kind == rest && !last {
			return nil, nil, fmt.Errorf("path %q: ** stands before the end", template)
		}
		for _, c := range captures {
			if name != "" && c.name == name {
				return nil, nil, fmt.Errorf("path %q: {%s} stands twice", template, name)
			}
		}
		if name != "" {
			captures = append(captures, capture{name, i})
		}
		p = append(p, e)
	}
	return p, captures, nil
}

func parseElement(s string, ignoreCase bool) (element, string, error) {
	switch {
	case s == "*":
		return element{kind: anyOne}, "", nil
	case s == "**":
		return element{kind: rest}, "**", nil
	case strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") && identifier(s[1:len(s)-1]):
		name := s[1 : len(s)-1]
		if builtin(name) != noVariable {
			return element{}, "", fmt.Errorf("{%s} is the name of a variable that every route has; choose another", name)
		}
		return element{kind: anyOne}, name, nil
	case strings.ContainsAny(s, "{}*"):
		return element{}, "", fmt.Errorf("segment %q, expected a literal, {name}, * or, at the end, **; as characters they are written %%7B, %%7D and %%2A", s)
	}
	text, reason := unescape(s, Options{EscapedSlashes: KeepEscapedSlash, DoubleEscapes: KeepDoubleEscape})
	switch {
	case reason != "":
		return element{}, "", fmt.Errorf("segment %q %s", s, reason)
	case text == "" || text == "." || text == "..":
		return element{}, "", fmt.Errorf("segment %q, which no request's path holds", s)
	case hasControl(text):
		return element{}, "", fmt.Errorf("segment %q holds a control character", s)
	}
	if lower := fold(text); ignoreCase && (lower != text || strings.ToUpper(lower) != lower) {
		return element{folded, lower}, "", nil
	}
	return element{literal, text}, "", nil
}

// identifier reports whether s may name a segment.
func identifier(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !alphanumeric(c) && c != '_' || i == 0 && '0' <= c && c <= '9' {
			return false
		}
	}
	return s != ""
}

// parseGRPC reads service/method or service/*.
func parseGRPC(template string) (pattern, error) {
	service, method, ok := strings.Cut(template, "/")
	good := ok && (method == "*" || identifier(method))
	for _, part := range strings.Split(service, ".") {
		good = good && identifier(part)
	}
	if !good {
		return nil, fmt.Errorf("grpc %q, expected package.Service/Method or package.Service/*", template)
	}
	second := element{literal, method}
	if method == "*" {
		second = element{kind: anyOne}
	}
	return pattern{{literal, service}, second}, nil
}

// withSlash returns what a pattern is with the other choice of a trailing slash,
// or nil if there is none.
func (p pattern) withSlash() pattern {
	head := p[: len(p)-1 : len(p)-1]
	switch p[len(p)-1].kind {
	case slash, rest: // /a/ and /a/** take /a too
		if len(head) == 0 {
			return nil
		}
		return head
	case noPath, asterisk:
		return nil
	}
	return append(p[:len(p):len(p)], element{kind: slash})
}
