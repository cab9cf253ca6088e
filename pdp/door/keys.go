package door

import (
	"net/netip"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/route"
)

// Names are given folded: a name that is not costs an allocation.

// addConnection adds what is known of the connection, with HTTP or without.
func (q *question) addConnection() {
	ctx, r := &q.ctx, q.r
	trust := q.d.options.Client
	trust.TrustUnix = trust.TrustUnix && r.PeerUnix // no address and no unix socket: it may be anybody
	if client, ok := trust.ClientAddress(r.Peer.Addr(), r.Headers.Values("x-forwarded-for")); ok {
		ctx.Set("aws:sourceip", conditions.Text(q.address(client)))
	} else {
		ctx.Set("aws:sourceip", conditions.Incomplete())
	}
	// Only what the two ends proved: a scheme is the client's word.
	secure := q.d.options.AlwaysTLS || r.Certificate != "" || r.PeerPrincipal != "" || r.LocalPrincipal != ""
	ctx.Set("aws:securetransport", conditions.One(conditions.Bool(secure)))
	if r.SNI != "" {
		ctx.Set("aws:tlsservername", conditions.Text(strings.TrimSuffix(conditions.Fold(r.SNI), ".")))
	}
	if q.view.Needs("envoy:ext/") {
		for name, value := range r.Extensions {
			add(ctx, "envoy:ext/"+name, conditions.Text(value))
		}
	}
	if q.view.Needs("envoy:metadata/") {
		q.addMetadata(r.Metadata)
		q.addMetadata(r.RouteMetadata)
	}
}

// join joins two texts.
func (q *question) join(a, b string) string {
	from := q.texts.Len()
	q.texts.WriteString(a)
	q.texts.WriteString(b)
	return q.texts.String()[from:]
}

// address writes an address down.
func (q *question) address(a netip.Addr) string {
	var room [48]byte
	from := q.texts.Len()
	q.texts.Write(a.AppendTo(room[:0]))
	return q.texts.String()[from:]
}

func (q *question) addMetadata(m Metadata) {
	if m == nil {
		return
	}
	f := flattener{&q.ctx, q.view.Needs}
	for _, name := range m.Namespaces() {
		if n := m.Namespace(name); n != nil {
			f.children("envoy:metadata/"+escapePointer(name)+"/", n, 0)
		}
	}
}

// addHTTP adds what is known of the request itself.
func (q *question) addHTTP(h *route.HTTP) {
	ctx, r := &q.ctx, q.r
	ctx.Set("http:method", conditions.Text(h.Method))
	ctx.Set("http:path", conditions.Text(h.Path.Text))
	ctx.Set("http:host", conditions.Text(h.Host))
	if r.Scheme != "" {
		ctx.Set("http:scheme", conditions.Text(conditions.Fold(r.Scheme)))
	}
	if agent, ok := r.Headers.Joined("user-agent"); ok {
		ctx.Set("aws:useragent", headerValue("user-agent", agent))
	}
	if referer, ok := r.Headers.Joined("referer"); ok {
		ctx.Set("aws:referer", headerValue("referer", referer))
	}
	if r.mentionsGRPC() {
		addGRPC(ctx, h)
	}
	if q.view.Needs("http:header/") {
		q.addHeaders()
	}
	if q.view.Needs("http:query/") {
		addQuery(ctx, &h.Query)
	}
	if q.view.Needs(bodyPrefix) {
		q.d.addBody(ctx, q.view.Needs, r)
	}
}

// addHeaders adds all headers, since some policy asks for one.
func (q *question) addHeaders() {
	for _, name := range q.r.Headers.sorted() {
		joined, _ := q.r.Headers.Joined(name)
		v := headerValue(name, joined)
		if q.d.speaksForUs(name) {
			v = conditions.One(conditions.Unreadable())
		}
		add(&q.ctx, q.join("http:header/", name), v)
	}
}

// addWAMI adds what WAMI's vocabulary calls the same things.
func (q *question) addWAMI(h *route.HTTP) {
	for _, k := range [...]struct{ name, text string }{
		{"wami:requestmethod", h.Method},
		{"wami:requestpath", h.Path.Text},
		{"wami:requestprotocol", q.r.Protocol},
		{"wami:host", h.Host},
		{"wami:requestid", q.origin.RequestID},
		{"wami:traceid", q.origin.TraceID},
	} {
		if k.text != "" {
			q.ctx.Set(k.name, conditions.Text(k.text))
		}
	}
	for _, k := range [...]struct{ name, header string }{
		{"wami:origin", "origin"}, {"wami:contenttype", "content-type"}, {"wami:acceptheader", "accept"},
	} {
		if joined, ok := q.r.Headers.Joined(k.header); ok {
			q.ctx.Set(k.name, headerValue(k.header, joined))
		}
	}
}

// addGRPC adds the service and method that a gRPC request calls. A path of
// another form is nothing that gRPC knows.
func addGRPC(ctx *conditions.Context, h *route.HTTP) {
	service, method := conditions.Incomplete(), conditions.Incomplete()
	if s := h.Path.Segments; len(s) == 2 && !h.Path.Trailing && h.Query.Raw == "" {
		service, method = conditions.Text(s[0]), conditions.Text(s[1])
	}
	ctx.Set("grpc:service", service)
	ctx.Set("grpc:method", method)
}

// addQuery adds the values of each parameter. A query that does not decode
// everywhere may hold any parameter.
func addQuery(ctx *conditions.Context, q *route.Query) {
	if !q.Valid {
		ctx.MarkIncomplete("http:query/")
		return
	}
	type parameter struct {
		name   string
		values []conditions.Scalar
		twice  bool // "id" and "ID": which of them a condition means is not known
	}
	parameters := make(map[string]*parameter, len(q.Pairs))
	for _, pair := range q.Pairs {
		folded := conditions.Fold(pair.Name)
		p := parameters[folded]
		if p == nil {
			p = &parameter{name: pair.Name}
			parameters[folded] = p
		}
		p.twice = p.twice || p.name != pair.Name
		p.values = append(p.values, textScalar(pair.Value))
	}
	for folded, p := range parameters {
		switch {
		case p.twice:
			ctx.Set("http:query/"+folded, conditions.Incomplete())
		case len(p.values) == 1:
			ctx.Set("http:query/"+folded, conditions.One(p.values[0]))
		default:
			ctx.Set("http:query/"+folded, conditions.Many(p.values))
		}
	}
}

// addGranted adds what credentials and the route establish.
func addGranted(ctx *conditions.Context, credentials []authn.Key, routes []route.KeyValues) {
	for _, k := range credentials {
		add(ctx, k.Name, k.Value)
	}
	for _, k := range routes {
		v := conditions.Texts(k.Values...)
		if len(k.Values) == 1 {
			v = conditions.Text(k.Values[0])
		}
		add(ctx, k.Key, v)
	}
}
