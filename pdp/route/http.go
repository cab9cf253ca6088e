package route

// An HTTP is one HTTP or gRPC request in the canonical form that routes,
// conditions and the default mapping see. Canonical makes it.
type HTTP struct {
	Method string
	Host   string // lower case, without port and trailing dot; "" if the request has none
	Port   string // as the client sent it; "" if none
	Path   Path
	Query  Query
	// Header returns the values of a header by its lower-case name, one element a
	// line if the proxy kept the lines apart, else one comma-joined element.
	// It may be nil: no headers.
	Header func(lowerName string) []string
	// Tunnel is set for CONNECT and for requests that upgrade the connection:
	// only a route with "upgrade": true matches them.
	Tunnel bool
}

// Reset empties an HTTP and keeps its room for the next request.
func (h *HTTP) Reset() {
	segments, pairs := h.Path.Segments, h.Query.Pairs
	clear(segments)
	clear(pairs)
	*h = HTTP{Path: Path{Segments: segments[:0]}, Query: Query{Pairs: pairs[:0]}}
}

// A Path is a canonical path. Segments are what is matched; a decoded segment
// never holds a separator that was not one.
type Path struct {
	Raw      string   // as the proxy gave it, without the query
	Text     string   // canonical, begins with "/"; "" for CONNECT and "*" for OPTIONS *
	Segments []string // percent-decoded, without the slashes
	Trailing bool     // the path ends in a slash (and is not only "/")
}

// A Query is the query of a request, decoded pair by pair.
type Query struct {
	Raw   string
	Pairs []Pair // in order; names repeat
	Valid bool   // false if some pair could not be decoded; those are left out of Pairs
}

// A Pair is one decoded name and value of a query.
type Pair struct{ Name, Value string }

// Malformed is the error of a request that cannot be read in only one way.
type Malformed struct {
	What   string // "path", "host", "method", "query", "header", "variable"
	Reason string
}

func (m *Malformed) Error() string { return m.What + ": " + m.Reason }

// A Target is what a request is about, once a route was found and filled in.
type Target struct {
	Action     string // "" only with a Permission
	Resource   string
	Permission string
	Tenant     string      // of the resource, or Shared; "" if the route does not say
	Context    []KeyValues // the route's own context keys
}

// Reset empties a Target and keeps its room for the next request.
func (t *Target) Reset() {
	context := t.Context
	for i := range context {
		clear(context[i].Values)
		context[i] = KeyValues{Values: context[i].Values[:0]}
	}
	*t = Target{Context: context[:0]}
}

// add adds a key without values yet.
func (t *Target) add(key string) *KeyValues {
	if n := len(t.Context); n < cap(t.Context) {
		t.Context = t.Context[:n+1]
		t.Context[n].Key = key
	} else {
		t.Context = append(t.Context, KeyValues{Key: key})
	}
	return &t.Context[len(t.Context)-1]
}

// A Caller is what names may hold of who asks, in the form that policies see.
// The zero Caller is anonymous.
type Caller struct {
	ID     string // canonical
	Tenant string // canonical; "" is none
}

// KeyValues is a context key of a route and its values.
type KeyValues struct {
	Key    string
	Values []string
}
