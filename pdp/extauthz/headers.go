package extauthz

import (
	"strings"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"

	"github.com/mayi-authz/mayi/pdp/door"
)

// A headerSet is the headers of a request, HTTP/2's pseudo headers apart.
type headerSet struct {
	lines, pseudo door.Headers
}

func (s *headerSet) add(name, value string) {
	if strings.HasPrefix(name, ":") {
		s.pseudo.Add(name, value)
	} else {
		s.lines.Add(name, value)
	}
}

// readHeaders reads both of Envoy's encodings: headers, one joined text a name,
// and header_map, one raw element a line. Envoy fills one of them; where a name
// stands in both, they must say the same.
func readHeaders(h *authv3.AttributeContext_HttpRequest, malformed func(string)) headerSet {
	n := len(h.GetHeaders()) + len(h.GetHeaderMap().GetHeaders())
	raw := headerSet{lines: make(door.Headers, n), pseudo: make(door.Headers)}
	for _, line := range h.GetHeaderMap().GetHeaders() {
		value := line.GetValue()
		if len(line.GetRawValue()) > 0 {
			value = string(line.GetRawValue())
		}
		raw.add(line.GetKey(), value)
	}
	joined := headerSet{lines: make(door.Headers), pseudo: make(door.Headers)}
	for name, value := range h.GetHeaders() {
		joined.add(name, value)
	}
	merge(raw.lines, joined.lines, malformed)
	merge(raw.pseudo, joined.pseudo, malformed)
	for name := range raw.lines {
		if !door.ValidName(name) {
			malformed("header: a name is no token")
		}
	}
	return raw
}

// merge adds to raw what stands in joined alone.
func merge(raw, joined door.Headers, malformed func(string)) {
	for name, lines := range joined {
		switch have, ok := raw.Joined(name); {
		case !ok:
			raw[name] = lines
		case len(lines) > 1:
			malformed("header: two entries of the map have one name")
		case have != lines[0]:
			malformed("header: its two copies differ")
		}
		if len(lines) > 1 {
			malformed("header: two entries of the map have one name")
		}
	}
}
