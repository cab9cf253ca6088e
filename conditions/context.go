package conditions

import "strings"

// A Source answers what a request says about a key. name is folded (see Fold).
// The engine's own source puts its derived keys before the request's Context.
type Source interface {
	Value(name string) Value
}

// Fold returns the name of a key in the one form in which names are compared:
// ASCII letters in lower case, the tag suffix included, everything else as is.
func Fold(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; 'A' <= c && c <= 'Z' {
			return foldSlow(name, i)
		}
	}
	return name
}

func foldSlow(name string, from int) string {
	var b strings.Builder
	b.Grow(len(name))
	b.WriteString(name[:from])
	for i := from; i < len(name); i++ {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// A Context holds the keys and values that came with a request. Its zero value
// is empty and ready. It is not safe for concurrent writes; reads may be shared.
type Context struct {
	values     map[string]Value
	names      []string // folded, in order of arrival
	incomplete []string // folded prefixes of sources that could not be read whole
}

// Add sets a key that is not there yet and reports whether it did. Two names
// that are equal after folding are the caller's to judge: malformed in a Decide
// request, incomplete where they came from a body, a query or claims.
func (c *Context) Add(name string, v Value) bool {
	folded := Fold(name)
	if _, ok := c.values[folded]; ok {
		return false
	}
	c.Set(folded, v)
	return true
}

// Set sets a key, replacing what was there.
func (c *Context) Set(name string, v Value) {
	folded := Fold(name)
	if c.values == nil {
		c.values = make(map[string]Value)
	}
	if _, ok := c.values[folded]; !ok {
		c.names = append(c.names, folded)
	}
	c.values[folded] = v
}

// MarkIncomplete makes every key that begins with prefix and is not set itself
// incomplete instead of absent: their source, a body or a query, could not be
// read whole, and whether it has them is not known.
func (c *Context) MarkIncomplete(prefix string) {
	c.incomplete = append(c.incomplete, Fold(prefix))
}

// Value returns what the request says about a folded name. It is safe on a nil Context.
func (c *Context) Value(folded string) Value {
	if c == nil {
		return Value{}
	}
	if v, ok := c.values[folded]; ok || len(c.incomplete) == 0 {
		return v
	}
	for _, prefix := range c.incomplete {
		if strings.HasPrefix(folded, prefix) {
			return Incomplete()
		}
	}
	return Value{}
}

// Names returns the folded names in order of arrival; callers must not change it.
func (c *Context) Names() []string {
	if c == nil {
		return nil
	}
	return c.names
}
