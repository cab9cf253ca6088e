package door

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/route"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A question is one Decide under way, and the memory of a Request for the next.
type question struct {
	d     *Door
	view  pdp.View
	r     *Request
	now   time.Time
	texts *strings.Builder
	o     Outcome

	origin    pdp.Origin
	principal pdp.Principal
	session   *pdp.Session
	keys      []authn.Key

	questionMemory
}

// questionMemory is what a question uses again.
type questionMemory struct {
	// Made once, because a method as a value is an allocation.
	header    func(lowerName string) []string
	namespace func(name string) *strictjson.Node

	own         strings.Builder // texts, if the Request brings none
	http        route.HTTP
	target      route.Target
	credentials authn.Evidence
	room        authn.Room
	ctx         conditions.Context
	asked       pdp.Request
	refusal     pdp.Refusal
}

// question returns the memory of a Request. That of another one, of which it is a
// copy, is not its own.
func (r *Request) question() *question {
	if r.memory == nil || r.memory.r != r {
		q := &question{r: r}
		q.header = r.Headers.Values
		q.namespace = func(name string) *strictjson.Node { return r.Metadata.Namespace(name) }
		r.memory = q
	}
	return r.memory
}

// begin makes a question of a Request that may have been asked before.
func (q *question) begin(d *Door, view pdp.View, now time.Time) {
	if q.d != nil { // asked before, and not reset since
		q.forget()
	}
	q.d, q.view, q.now = d, view, now
	if q.texts = q.r.Texts; q.texts == nil {
		q.texts = &q.own
	}
	q.o.Request = q.r
	q.origin = pdp.OriginOf(q.header)
}

// forget lets go of the Request before, but for the room that it needed.
func (q *question) forget() {
	q.own.Reset()
	q.http.Reset()
	q.target.Reset()
	q.credentials = authn.Evidence{}
	q.room.Reset()
	q.ctx.Reset()
	q.asked, q.refusal = pdp.Request{}, pdp.Refusal{}
	q.d, q.view, q.texts, q.o = nil, nil, nil, Outcome{}
	q.origin, q.principal, q.session, q.keys = pdp.Origin{}, pdp.Principal{}, nil, nil
}

func (q *question) decide(ctx Deadline) pdp.Decision {
	if q.r.Malformed != "" {
		return q.malformed(q.r.Malformed)
	}
	if q.r.L4 {
		return q.decideL4(ctx)
	}
	h := &q.http
	if err := h.Read(q.r.Method, q.r.Authority, q.r.Target, q.d.options.Paths); err != nil {
		return q.malformed(err.Error())
	}
	h.Header, h.Tunnel = q.header, q.r.isTunnel()
	q.o.Method, q.o.Host, q.o.Path = h.Method, h.Host, h.Path.Text

	found, noRoute := q.view.Routes().Find(h)
	if noRoute != nil && !errors.Is(noRoute, route.ErrNoRoute) {
		return q.malformed(noRoute.Error())
	}
	if denied, refused := q.authenticate(noRoute == nil && found.Public()); refused {
		return denied
	}
	if noRoute != nil {
		return q.refuse(pdp.ReasonNoRoute, noRoute.Error())
	}
	var who route.Caller
	if found.NeedsCaller() {
		who = q.caller()
	}
	err := found.Fill(&q.target, q.texts, h, who)
	if errors.Is(err, route.ErrNoPrincipal) {
		return q.refuse(pdp.ReasonCredentialMissing, err.Error())
	}
	if err != nil {
		return q.malformed(err.Error())
	}
	q.addConnection()
	q.addHTTP(h)
	if q.view.Needs("wami:") {
		q.addWAMI(h)
	}
	addGranted(&q.ctx, q.keys, q.target.Context)
	return q.ask(ctx)
}

// decideL4 asks about a connection: may this peer connect to that address?
func (q *question) decideL4(ctx Deadline) pdp.Decision {
	if !q.r.Local.IsValid() {
		return q.malformed("connection: has no destination address")
	}
	if denied, refused := q.authenticate(false); refused {
		return denied
	}
	local := q.r.Local.Addr().Unmap().WithZone("")
	q.addConnection()
	addGranted(&q.ctx, q.keys, nil)
	q.target = route.Target{
		Action:   "tcp:Connect",
		Resource: "arn:mayi:tcp:::" + local.String() + ":" + strconv.Itoa(int(q.r.Local.Port())),
	}
	return q.ask(ctx)
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
	q.evidence()
	result := a.Authenticate(&q.credentials, q.now)
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

func (q *question) evidence() {
	e := &q.credentials
	e.Header = q.header
	e.Peer = q.r.Peer.Addr()
	e.PeerUnix = q.r.PeerUnix
	e.Certificate = q.r.Certificate
	e.PeerPrincipal = q.r.PeerPrincipal
	e.Extensions = q.r.Extensions
	e.Room, q.room.Texts = &q.room, q.texts
	if q.r.Metadata != nil {
		e.Metadata = q.namespace
	}
}

func (q *question) ask(ctx Deadline) pdp.Decision {
	t := &q.target
	q.o.Action, q.o.Resource, q.o.Permission = t.Action, t.Resource, t.Permission
	if ctx.Err() != nil {
		return q.refuse(pdp.ReasonDeadline, "the time for the answer was up")
	}
	tenant, why := q.owner(t.Tenant)
	if why != "" {
		return q.malformed(why)
	}
	q.asked = pdp.Request{
		Principal:  q.principal,
		Session:    q.session,
		Action:     t.Action,
		Resource:   pdp.Resource{ID: t.Resource, Tenant: tenant},
		Permission: t.Permission,
		Context:    &q.ctx,
	}
	return q.put()
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
	q.asked = pdp.Request{Malformed: detail}
	decision := q.put()
	return insist(decision, pdp.ReasonMalformedRequest, detail, false)
}

// refuse denies for a reason of the door itself. Where there is no snapshot, that
// comes first: nothing was asked of it yet.
func (q *question) refuse(reason pdp.Reason, detail string) pdp.Decision {
	q.refusal = pdp.Refusal{Reason: reason, Detail: detail}
	q.asked = pdp.Request{Principal: q.principal, Refused: &q.refusal}
	decision := q.put()
	return insist(decision, reason, detail, true)
}

// put asks the View what is in asked.
func (q *question) put() pdp.Decision {
	q.asked.Time, q.asked.Origin = q.now, q.origin
	return q.view.Decide(&q.asked)
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
