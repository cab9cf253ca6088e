package extauthz

import (
	"strings"

	"github.com/mayi-authz/mayi/pdp/door"
)

// readHeaders reads both of Envoy's encodings: headers, one joined text a name,
// and header_map, one raw element a line. Envoy fills one of them; where a name
// stands in both, they must say the same.
func (c *call) readHeaders() {
	for i := range c.message.lines {
		line := &c.message.lines[i]
		value := line.value
		if line.raw != "" {
			value = line.raw
		}
		c.headersFor(line.name).Add(line.name, value)
	}
	if len(c.message.lines) == 0 {
		c.readMap(&c.request.Headers, &c.pseudo)
	} else if len(c.message.headers) > 0 {
		c.readMap(&c.joined, &c.joined)
		for name := range c.joined.Names {
			c.merge(name, c.joined.Values(name)[0])
		}
	}
	for name := range c.request.Headers.Names {
		if !door.ValidName(name) {
			c.malformed("header: a name is no token")
			break
		}
	}
}

// headersFor returns where a header goes: HTTP/2's pseudo headers stand apart.
func (c *call) headersFor(name string) *door.Headers {
	if strings.HasPrefix(name, ":") {
		return &c.pseudo
	}
	return &c.request.Headers
}

// readMap reads the map of headers.
func (c *call) readMap(headers, pseudo *door.Headers) {
	for i := range c.message.headers {
		p := &c.message.headers[i]
		to := headers
		if strings.HasPrefix(p.name, ":") {
			to = pseudo
		}
		if to.Add(p.name, p.value) > 1 {
			headers.Reset()
			pseudo.Reset()
			c.readRepeated(headers, pseudo)
			return
		}
	}
}

// readRepeated reads a map in which a name came twice. Of equal ones the last
// counts, as in any map of protobuf; names that only folding makes equal are two.
func (c *call) readRepeated(headers, pseudo *door.Headers) {
	entries := make(map[string]string, len(c.message.headers))
	for _, p := range c.message.headers {
		entries[p.name] = p.value
	}
	for name, value := range entries {
		to := headers
		if strings.HasPrefix(name, ":") {
			to = pseudo
		}
		if to.Add(name, value) > 1 {
			c.malformed("header: two entries of the map have one name")
		}
	}
}

// merge adds a header of the map to those of the lines.
func (c *call) merge(name, value string) {
	to := c.headersFor(name)
	switch have, ok := to.Joined(name); {
	case !ok:
		to.Add(name, value)
	case have != value:
		c.malformed("header: its two copies differ")
	}
}
