package door

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/route"
)

// A Door decides and renders for one listener. It is immutable and safe for
// concurrent use.
type Door struct {
	options  Options
	identity IdentityHeaders
	remove   []string // names that no allowed request keeps, identity headers left out
	aliases  []string // other spellings of the identity headers
	setQuery []Header // sorted by name
}

// New returns a Door, or every problem of the options.
func New(o Options) (*Door, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	d := &Door{options: o, identity: o.Identity.orDefault()}
	for _, name := range d.identity.names() {
		d.aliases = append(d.aliases, aliases(name)...)
	}
	for _, name := range o.RemoveHeaders {
		if !slices.Contains(d.aliases, name) && !slices.Contains(d.remove, name) {
			d.remove = append(d.remove, name)
		}
	}
	for name, value := range o.SetQuery {
		d.setQuery = append(d.setQuery, Header{name, value})
	}
	slices.SortFunc(d.setQuery, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return d, nil
}

// DryRun reports whether the door lets through what it would deny.
func (d *Door) DryRun() bool { return d.options.DryRun }

// An Outcome is a Decision and what the door learnt on the way, for the answer,
// the log and the metrics. It is valid as long as its Request.
type Outcome struct {
	Decision pdp.Decision
	Request  *Request
	// Subject is who the credentials say is asking, before the directory resolved
	// an alias; "" is anonymous. Source is what established it.
	Subject, Source string
	// Method, Host and Path are canonical, "" if the request has no such form.
	Method, Host, Path string
	// Action, Resource and Permission are what the route made of the request.
	Action, Resource, Permission string
	// Stack is where a panic came from, nil if there was none.
	Stack []byte

	challenge string // for a 401
}

// Decide answers a request. It takes what it needs from view and nothing from any
// other snapshot. now is the time that policies see. Once ctx is done, the answer
// is a deny.
func (d *Door) Decide(ctx context.Context, view pdp.View, r *Request, now time.Time) Outcome {
	o := Outcome{Request: r}
	q := question{d: d, view: view, r: r, now: now, o: &o, origin: pdp.OriginOf(r.Headers.Values)}
	o.Decision = q.decide(ctx)
	switch {
	case ctx.Err() != nil:
		return d.Fail(o, pdp.ReasonDeadline, "the time for the answer was up")
	case o.Decision.Allowed() && o.Decision.Reason.Class() != pdp.ClassAllow:
		return d.Fail(o, pdp.ReasonInternal, "an allow for the reason "+o.Decision.Reason.String())
	case o.Decision.Allowed() && max(len(percentEncode(o.Decision.Principal)), len(percentEncode(o.Decision.Tenant))) >= MaxValue:
		return d.Fail(o, pdp.ReasonInternal, "the principal's id or tenant does not fit into a header")
	}
	return o
}

// Fail replaces an outcome's decision by a deny that the door or its adapter
// found necessary after the View had answered. The decision's id and revision stay.
func (d *Door) Fail(o Outcome, reason pdp.Reason, detail string) Outcome {
	failed := pdp.Denied(reason, detail)
	failed.ID, failed.Revision, failed.Principal = o.Decision.ID, o.Decision.Revision, o.Decision.Principal
	failed.Tenant = o.Decision.Tenant
	o.Decision = failed
	return o
}

// A question is one Decide under way.
type question struct {
	d    *Door
	view pdp.View
	r    *Request
	now  time.Time
	o    *Outcome

	origin    pdp.Origin
	ctx       conditions.Context
	principal pdp.Principal
	session   *pdp.Session
	keys      []authn.Key
}

func (q *question) decide(ctx context.Context) pdp.Decision {
	if q.r.Malformed != "" {
		return q.malformed(q.r.Malformed)
	}
	if q.r.L4 {
		return q.decideL4(ctx)
	}
	h, err := route.Canonical(q.r.Method, q.r.Authority, q.r.Target, q.d.options.Paths)
	if err != nil {
		return q.malformed(err.Error())
	}
	h.Header, h.Tunnel = q.r.Headers.Values, q.r.isTunnel()
	q.o.Method, q.o.Host, q.o.Path = h.Method, h.Host, h.Path.Text

	found, noRoute := q.view.Routes().Find(&h)
	if noRoute != nil && !errors.Is(noRoute, route.ErrNoRoute) {
		return q.malformed(noRoute.Error())
	}
	if denied, refused := q.authenticate(noRoute == nil && found.Public()); refused {
		return denied
	}
	if noRoute != nil {
		return q.refuse(pdp.ReasonNoRoute, noRoute.Error())
	}
	target, err := found.Expand(&h, q.caller())
	if errors.Is(err, route.ErrNoPrincipal) {
		return q.refuse(pdp.ReasonCredentialMissing, err.Error())
	}
	if err != nil {
		return q.malformed(err.Error())
	}
	q.d.addConnection(&q.ctx, q.view, q.r)
	q.d.addHTTP(&q.ctx, q.view, q.r, &h)
	if q.view.Needs("wami:") {
		q.addWAMI(&h)
	}
	addGranted(&q.ctx, q.keys, target.Context)
	return q.ask(ctx, target)
}

// decideL4 asks about a connection: may this peer connect to that address?
func (q *question) decideL4(ctx context.Context) pdp.Decision {
	if !q.r.Local.IsValid() {
		return q.malformed("connection: has no destination address")
	}
	if denied, refused := q.authenticate(false); refused {
		return denied
	}
	local := q.r.Local.Addr().Unmap().WithZone("")
	q.d.addConnection(&q.ctx, q.view, q.r)
	addGranted(&q.ctx, q.keys, nil)
	return q.ask(ctx, route.Target{
		Action:   "tcp:Connect",
		Resource: "arn:mayi:tcp:::" + local.String() + ":" + strconv.Itoa(int(q.r.Local.Port())),
	})
}

// authenticate finds out who asks, or returns the deny that ends the question.
func (q *question) authenticate(public bool) (denied pdp.Decision, refused bool) {
	a := q.d.options.Authenticator
	if a == nil {
		if q.d.options.RequireCredential && !public {
			return q.refuse(pdp.ReasonCredentialMissing, "no source of credentials is configured"), true
		}
		return pdp.Decision{}, false
	}
	result := a.Authenticate(q.evidence(), q.now)
	q.principal, q.session, q.keys = result.Principal, result.Session, result.Keys
	if q.o.challenge = result.Challenge; q.o.challenge == "" {
		q.o.challenge = a.Challenge()
	}
	switch {
	case result.Refused:
		q.principal, q.session, q.keys = pdp.Principal{}, nil, nil
		return q.refuse(result.Reason, result.Detail), true
	case q.principal.Anonymous() && q.d.options.RequireCredential && !public:
		return q.refuse(pdp.ReasonCredentialMissing, "the request brings no credential"), true
	}
	q.o.Subject, q.o.Source = q.principal.ID, result.Source
	return pdp.Decision{}, false
}

func (q *question) evidence() *authn.Evidence {
	e := &authn.Evidence{
		Header:        q.r.Headers.Values,
		Peer:          q.r.Peer.Addr(),
		PeerUnix:      q.r.PeerUnix,
		Certificate:   q.r.Certificate,
		PeerPrincipal: q.r.PeerPrincipal,
		Extensions:    q.r.Extensions,
	}
	if q.r.Metadata != nil {
		e.Metadata = q.r.Metadata.Namespace
	}
	return e
}

func (q *question) ask(ctx context.Context, t route.Target) pdp.Decision {
	q.o.Action, q.o.Resource, q.o.Permission = t.Action, t.Resource, t.Permission
	if ctx.Err() != nil {
		return q.refuse(pdp.ReasonDeadline, "the time for the answer was up")
	}
	tenant, why := q.owner(t.Tenant)
	if why != "" {
		return q.malformed(why)
	}
	return q.view.Decide(q.request(&pdp.Request{
		Principal:  q.principal,
		Session:    q.session,
		Action:     t.Action,
		Resource:   pdp.Resource{ID: t.Resource, Tenant: tenant},
		Permission: t.Permission,
		Context:    &q.ctx,
	}))
}

// caller is what names may hold of who asks.
func (q *question) caller() route.Caller {
	if q.principal.Anonymous() {
		return route.Caller{}
	}
	return route.Caller{ID: q.view.Canonical(q.principal.ID), Tenant: q.view.Tenant(&q.principal)}
}

// owner returns whose the resource is, as far as the route and the proxy's operator
// say it, or why that is malformed. What they say must be the same; what the bundle
// and the resource's own name say is for the engine to compare.
func (q *question) owner(byRoute string) (tenant, why string) {
	key := q.d.options.TenantExtension
	if key == "" {
		return byRoute, ""
	}
	byProxy, ok := q.r.Extensions[key]
	switch {
	case !ok:
		return byRoute, ""
	case byProxy == "":
		return "", "tenant: the context extension is empty"
	case byRoute != "" && q.view.CanonicalTenant(byRoute) != q.view.CanonicalTenant(byProxy):
		return "", "tenant: the route and the context extension name two"
	}
	return byProxy, ""
}

// malformed denies a request that cannot be read in only one way. It comes before
// any other reason.
func (q *question) malformed(detail string) pdp.Decision {
	decision := q.view.Decide(q.request(&pdp.Request{Malformed: detail}))
	return insist(decision, pdp.ReasonMalformedRequest, detail, false)
}

// refuse denies for a reason of the door itself. Where there is no snapshot, that
// comes first: nothing was asked of it yet.
func (q *question) refuse(reason pdp.Reason, detail string) pdp.Decision {
	decision := q.view.Decide(q.request(&pdp.Request{Principal: q.principal, Refused: &pdp.Refusal{Reason: reason, Detail: detail}}))
	return insist(decision, reason, detail, true)
}

func (q *question) request(r *pdp.Request) *pdp.Request {
	r.Time, r.Origin = q.now, q.origin
	return r
}

// insist returns a decision that denies for a reason, whatever a View made of the
// request. A View that cannot decide at all may say so instead.
func insist(d pdp.Decision, reason pdp.Reason, detail string, unlessUnable bool) pdp.Decision {
	if !d.Allowed() && (d.Reason == reason || unlessUnable && d.Reason.Class() == pdp.ClassInability) {
		return d
	}
	denied := pdp.Denied(reason, detail)
	denied.ID, denied.Revision = d.ID, d.Revision
	return denied
}
