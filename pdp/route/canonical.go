package route

import (
	"fmt"
	"strings"
)

// maxTarget is the default of Options.MaxTarget.
const maxTarget = 16 << 10

// Canonical reads method, authority (Host or :authority) and target (path and
// query as the proxy gave them) into the one form that everything else sees. Its
// error is a *Malformed. The caller sets Header and Tunnel.
//
// Canonical is idempotent: the Text of a path that it accepted, given to it again
// under the same options, is accepted and yields the same path.
func Canonical(method, authority, target string, o Options) (HTTP, error) {
	var h HTTP
	if err := h.Read(method, authority, target, o); err != nil {
		return HTTP{}, err
	}
	return h, nil
}

// Read is Canonical into an HTTP that is used again. After an error its contents
// mean nothing.
func (h *HTTP) Read(method, authority, target string, o Options) error {
	h.Reset()
	if err := checkMethod(method); err != nil {
		return err
	}
	host, port, err := splitHost(authority)
	if err != nil {
		return err
	}
	path, query, err := splitTarget(target, o)
	if err != nil {
		return err
	}
	h.Method, h.Host, h.Port = method, host, port
	h.Query.parse(query)
	switch {
	case method == "CONNECT":
		if target != "" {
			return malformed("path", "CONNECT has one, expected none")
		}
		if host == "" || port == "" {
			return malformed("host", "CONNECT to %q, expected host and port", authority)
		}
		h.Tunnel = true
	case target == "*":
		if method != "OPTIONS" {
			return malformed("path", `"*" with %s, expected OPTIONS`, method)
		}
		h.Path.Raw, h.Path.Text = "*", "*"
	default:
		return h.Path.read(path, o)
	}
	return nil
}

func malformed(what, format string, args ...any) *Malformed {
	return &Malformed{What: what, Reason: fmt.Sprintf(format, args...)}
}

// checkMethod accepts a token of RFC 9110 without lower-case letters: "get" is
// not GET, but some upstreams read it so.
func checkMethod(method string) error {
	if method == "" {
		return malformed("method", "empty")
	}
	if len(method) > 64 {
		return malformed("method", "has %d bytes, the limit is 64", len(method))
	}
	for i := 0; i < len(method); i++ {
		if c := method[i]; !tokenByte(c) || 'a' <= c && c <= 'z' {
			return malformed("method", "%q, expected an upper-case token", method)
		}
	}
	return nil
}

// tokenByte reports whether c may stand in a token of RFC 9110, 5.6.2.
func tokenByte(c byte) bool { return tokenBytes[c] }

var tokenBytes = table("!#$%&'*+-.^_`|~")

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// splitTarget cuts the target at its first "?", after it has refused every byte
// that no target may hold. url.Parse would read "//host/path" as an authority.
func splitTarget(target string, o Options) (path, query string, err error) {
	limit := o.MaxTarget
	if limit == 0 {
		limit = maxTarget
	}
	if len(target) > limit {
		return "", "", malformed("path", "has %d bytes with its query, the limit is %d", len(target), limit)
	}
	for i := 0; i < len(target); i++ {
		if c := target[i]; c < 0x21 || c >= 0x7f || c == '#' {
			return "", "", malformed("path", "holds byte %#02x at offset %d, expected it escaped", c, i)
		}
	}
	path, query, _ = strings.Cut(target, "?")
	return path, query, nil
}

// read reads a path segment by segment. What the options let pass is carried
// out here, in the order in which a proxy does it: dot segments, then empty ones.
func (p *Path) read(raw string, o Options) error {
	if !strings.HasPrefix(raw, "/") {
		return malformed("path", "does not begin with /")
	}
	if p.Raw = raw; p.Segments == nil {
		p.Segments = make([]string, 0, strings.Count(raw, "/"))
	}
	for rest, more := raw[1:], true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		text, err := readSegment(segment, o)
		if err != nil {
			return err
		}
		if p.Trailing, err = p.push(text, !more, o); err != nil {
			return err
		}
	}
	if o.EmptySegments == MergeEmpty {
		p.merge()
	}
	p.Trailing = p.Trailing && len(p.Segments) > 0
	p.write()
	return nil
}

// push adds a segment, and reports whether the path ends in a slash if it is the
// last one.
func (p *Path) push(segment string, last bool, o Options) (slash bool, err error) {
	switch segment {
	case "":
		if last {
			return true, nil
		}
		if o.EmptySegments == RefuseEmpty {
			return false, malformed("path", "holds an empty segment")
		}
	case ".", "..":
		if o.DotSegments == RefuseDots {
			return false, malformed("path", "holds the segment %q", segment)
		}
		if segment == "." {
			return last, nil
		}
		n := len(p.Segments) - 1
		if n < 0 {
			return false, malformed("path", `".." leads above the root`)
		}
		// "/a//../b" is /a/b or /b, as one removes dots or merges slashes first.
		if p.Segments[n] == "" {
			return false, malformed("path", `".." follows an empty segment`)
		}
		p.Segments = p.Segments[:n]
		return last, nil
	}
	p.Segments = append(p.Segments, segment)
	return false, nil
}

func (p *Path) merge() {
	kept := p.Segments[:0]
	for _, s := range p.Segments {
		if s != "" {
			kept = append(kept, s)
		}
	}
	p.Segments = kept
}

// write sets Text from the segments: every path has one spelling.
func (p *Path) write() {
	if p.isWritten() {
		p.Text = p.Raw
		return
	}
	var b strings.Builder
	b.Grow(len(p.Raw))
	for _, s := range p.Segments {
		b.WriteByte('/')
		writeSegment(&b, s)
	}
	if p.Trailing || len(p.Segments) == 0 {
		b.WriteByte('/')
	}
	p.Text = b.String()
}

// isWritten reports whether Raw is already what write would make of the segments.
func (p *Path) isWritten() bool {
	rest := p.Raw
	for _, s := range p.Segments {
		if len(rest) <= len(s) || rest[0] != '/' || rest[1:1+len(s)] != s || !plain(s) {
			return false
		}
		rest = rest[1+len(s):]
	}
	if p.Trailing || len(p.Segments) == 0 {
		return rest == "/"
	}
	return rest == ""
}

// readSegment decodes one segment and applies what the options say of ";".
func readSegment(raw string, o Options) (string, error) {
	text, reason := unescape(raw, o)
	if reason != "" {
		return "", malformed("path", "segment %q %s", raw, reason)
	}
	at := strings.IndexByte(text, ';')
	if at < 0 {
		return text, nil
	}
	// Tomcat and its kin read "/..;/" as "/../", whatever else is configured.
	if before := text[:at]; before == "" || before == "." || before == ".." {
		return "", malformed("path", `segment %q holds ";" after %q`, raw, before)
	}
	switch o.Semicolons {
	case KeepSemicolon:
		return text, nil
	case StripParameters:
		// An escaped one belongs to the name for some servlets and not for others.
		if strings.Count(raw, ";") != strings.Count(text, ";") {
			return "", malformed("path", `segment %q holds an escaped ";"`, raw)
		}
		return text[:at], nil
	}
	return "", malformed("path", `segment %q holds ";"`, raw)
}
