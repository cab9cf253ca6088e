package conditions

import "strings"

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
//
// Set, Add and Reset allocate nothing where the names are folded already and the
// Context has held as much before.
type Context struct {
	names  []string // folded, in order of arrival
	values []Value  // of each name
	// index finds a name among many; nil or empty while there are few. It is Go's own
	// map, so that nobody can choose names that collide.
	index      map[string]int
	incomplete []string // folded prefixes of sources that could not be read whole
}

// indexFrom is the number of names from which a map finds one faster than a look at
// each: of names of one length, that is; others cost nothing (BenchmarkContext).
const indexFrom = 16

// keptNames is how many names a Context keeps room for when it is reset: a request
// with thousands of keys must not burden those after it.
const keptNames = 128

// Reset empties the Context and keeps its room for the next request. Nothing of
// what it held stays reachable through it.
func (c *Context) Reset() {
	if len(c.names) > keptNames || len(c.incomplete) > keptNames {
		*c = Context{}
		return
	}
	clear(c.names)
	clear(c.values)
	clear(c.index)
	clear(c.incomplete)
	c.names, c.values, c.incomplete = c.names[:0], c.values[:0], c.incomplete[:0]
}

// Add sets a key that is not there yet and reports whether it did. Two names
// that are equal after folding are the caller's to judge: malformed in a Decide
// request, incomplete where they came from a body, a query or claims.
func (c *Context) Add(name string, v Value) bool {
	folded := Fold(name)
	if c.find(folded) >= 0 {
		return false
	}
	c.append(folded, v)
	return true
}

// Set sets a key, replacing what was there.
func (c *Context) Set(name string, v Value) {
	folded := Fold(name)
	if i := c.find(folded); i >= 0 {
		c.values[i] = v
		return
	}
	c.append(folded, v)
}

func (c *Context) append(folded string, v Value) {
	c.names = append(c.names, folded)
	c.values = append(c.values, v)
	switch n := len(c.names); {
	case n == indexFrom:
		if c.index == nil {
			c.index = make(map[string]int, 2*indexFrom)
		}
		for i, name := range c.names {
			c.index[name] = i
		}
	case n > indexFrom:
		c.index[folded] = n - 1
	}
}

// find returns the number of a folded name, -1 if it is not there.
func (c *Context) find(folded string) int {
	if len(c.names) >= indexFrom {
		if i, ok := c.index[folded]; ok {
			return i
		}
		return -1
	}
	for i := range c.names {
		if c.names[i] == folded {
			return i
		}
	}
	return -1
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
	if i := c.find(folded); i >= 0 {
		return c.values[i]
	}
	for _, prefix := range c.incomplete {
		if strings.HasPrefix(folded, prefix) {
			return Incomplete()
		}
	}
	return Value{}
}

// Names returns the folded names in order of arrival; callers must not change it,
// nor keep it past Reset.
func (c *Context) Names() []string {
	if c == nil {
		return nil
	}
	return c.names
}
