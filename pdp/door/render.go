package door

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
)

// A Verdict is the answer to one request, for any proxy. Names of headers are
// valid (ValidName), values too (ValidValue), and no name is both set and
// removed. All texts are valid UTF-8 without control characters.
type Verdict struct {
	// Allow is what the proxy is told. In a dry run it may differ from the Decision.
	Allow bool
	// Class is the answer's class: ClassAllow iff Allow. Adapters map it.
	Class pdp.Class
	// Status is the HTTP status: 200, or 400 to 599.
	Status int

	// SetHeaders replace the request's headers of these names, RemoveHeaders name
	// those that the upstream must not see, SetQuery and RemoveQuery do the same
	// for query parameters. All are empty on a denial.
	SetHeaders    []Header
	RemoveHeaders []string
	SetQuery      []Header
	RemoveQuery   []string

	// Headers are added to the upstream's response if allowed, and are the
	// denial's own headers otherwise.
	Headers []Header
	// Body of a denial, "" for HEAD and gRPC.
	Body string
	// GRPC says that the denial is a gRPC status: Headers hold grpc-status and
	// grpc-message, and the HTTP status on the wire is 200.
	GRPC bool

	// Metadata is what other filters and the access log get to see, never with
	// an empty value: decision, reason, decision_id, revision, principal,
	// tenant, statement, and would if a dry run let a denied request through.
	Metadata []Header

	id string // of the decision, "" for none
	// Room that RenderTo uses again.
	set, own []Header
	remove   []string
	body     []byte
	refs     []pdp.StatementRef
}

// Render makes the answer for an outcome.
func (d *Door) Render(o *Outcome) Verdict {
	var v Verdict
	d.RenderTo(&v, o)
	return v
}

// RenderTo makes the answer for an outcome in a Verdict that is used again. It is
// valid until then, and as long as the outcome.
func (d *Door) RenderTo(v *Verdict, o *Outcome) {
	class := o.Decision.Reason.Class()
	allowed := o.Decision.Allowed() && class == pdp.ClassAllow
	v.reset()
	w := o.texts()
	v.Allow, v.id = allowed, decisionID(w, o.Decision.ID)
	if !allowed && d.options.DryRun && class != pdp.ClassInability {
		v.Allow = true
	}
	if v.Allow {
		v.Class, v.Status = pdp.ClassAllow, http.StatusOK
		d.renderAllow(v, o, allowed)
	} else {
		if v.Class = class; class == pdp.ClassAllow {
			v.Class = pdp.ClassError // a deny for a reason to allow
		}
		d.renderDenial(v, o, w)
	}
	v.describe(o, allowed, w)
}

// reset empties a Verdict and keeps its room.
func (v *Verdict) reset() {
	*v = Verdict{Metadata: again(v.Metadata), set: again(v.set), own: again(v.own), remove: again(v.remove), refs: again(v.refs), body: v.body[:0]}
}

func again[T any](list []T) []T {
	clear(list)
	return list[:0]
}

// texts is where the texts of the answer are written.
func (o *Outcome) texts() *strings.Builder {
	if o.Request != nil && o.Request.Texts != nil {
		return o.Request.Texts
	}
	return new(strings.Builder)
}

// decisionID writes an id down.
func decisionID(w *strings.Builder, id pdp.ID) string {
	if id == (pdp.ID{}) {
		return ""
	}
	var room [36]byte
	from := w.Len()
	w.Write(id.Append(room[:0]))
	return w.String()[from:]
}

// renderAllow says who was allowed. Each identity header is either set, or
// removed; its other spellings are always removed.
func (d *Door) renderAllow(v *Verdict, o *Outcome, allowed bool) {
	v.remove = append(v.remove, d.always...)
	if o.Request != nil {
		for name := range o.Request.Headers.Names {
			if d.isForgery(name) && !slices.Contains(v.remove, name) {
				v.remove = append(v.remove, name)
			}
		}
	}
	// What a dry run lets through has no identity but one that was verified.
	known := allowed || o.Subject != "" && o.Decision.Principal != ""
	set := func(name, text string) {
		if value := percentEncode(text); known && ValidValue(value) {
			v.set = append(v.set, Header{name, value})
		} else {
			v.remove = append(v.remove, name)
		}
	}
	set(d.identity.Principal, o.Decision.Principal)
	set(d.identity.Tenant, o.Decision.Tenant)
	set(d.identity.DecisionID, v.id)
	v.SetHeaders, v.RemoveHeaders = v.set, v.remove
	v.SetQuery, v.RemoveQuery = d.setQuery, d.options.RemoveQuery
	v.Headers = d.options.ResponseHeaders
}

// renderDenial says as much as the client may know, in a form that it reads.
func (d *Door) renderDenial(v *Verdict, o *Outcome, w *strings.Builder) {
	v.Status = d.status(v.Class, o)
	p := d.problem(v, o)
	r := o.Request
	switch {
	case r != nil && !r.L4 && r.isGRPC():
		v.GRPC = true
		v.own = append(v.own,
			Header{"content-type", "application/grpc"},
			Header{"grpc-status", strconv.Itoa(grpcCode(v.Status))},
			Header{"grpc-message", grpcMessage(p.Detail)})
	case d.options.Denial.Format == ProblemJSON || d.options.Denial.Format == Negotiated && (r == nil || prefersJSON(&r.Headers)):
		v.own = append(v.own, Header{"content-type", "application/problem+json"})
		v.body = p.appendJSON(v.body)
	default:
		v.own = append(v.own, Header{"content-type", "text/plain; charset=utf-8"})
		v.body = p.appendText(v.body)
	}
	if r == nil || r.Method != http.MethodHead {
		from := w.Len()
		w.Write(v.body)
		v.Body = w.String()[from:]
	}
	add := func(name, value string) {
		if ValidValue(value) {
			v.own = append(v.own, Header{name, value})
		}
	}
	add("cache-control", "no-store")
	add("x-mayi-decision-id", v.id)
	if v.Status == http.StatusUnauthorized {
		if ValidValue(o.challenge) {
			add("www-authenticate", o.challenge)
		} else {
			add("www-authenticate", "Bearer") // RFC 9110, 15.5.2: a 401 has a challenge
		}
	}
	for _, h := range d.options.Denial.Headers {
		v.own = slices.DeleteFunc(v.own, func(own Header) bool { return own.Name == h.Name })
	}
	v.own = append(v.own, d.options.Denial.Headers...)
	v.Headers = v.own
}

// status maps the class, and nothing else but what a login could change.
func (d *Door) status(class pdp.Class, o *Outcome) int {
	switch class {
	case pdp.ClassUnauthenticated:
		return http.StatusUnauthorized
	case pdp.ClassMalformed:
		return http.StatusBadRequest
	case pdp.ClassDeny:
		switch o.Decision.Reason {
		case pdp.ReasonSessionExpired, pdp.ReasonSessionRevoked:
			return http.StatusUnauthorized
		}
		if o.Subject == "" && o.challenge != "" && o.Decision.Reason != pdp.ReasonNoRoute {
			return http.StatusUnauthorized
		}
		if s := d.options.Denial.Status; s != 0 {
			return s
		}
		return http.StatusForbidden
	}
	return http.StatusServiceUnavailable
}

// grpcCode is the gRPC status of a denial with an HTTP status.
func grpcCode(status int) int {
	switch {
	case status == http.StatusUnauthorized:
		return 16 // UNAUTHENTICATED
	case status == http.StatusBadRequest:
		return 3 // INVALID_ARGUMENT
	case status == http.StatusNotFound:
		return 5 // NOT_FOUND
	case status == http.StatusTooManyRequests:
		return 8 // RESOURCE_EXHAUSTED
	case status >= 500:
		return 14 // UNAVAILABLE
	}
	return 7 // PERMISSION_DENIED
}

// maxMetadata bounds one value of metadata; a principal that is allowed is
// shorter, so that no two of them look the same there.
const maxMetadata = MaxValue

// describe fills the metadata.
func (v *Verdict) describe(o *Outcome, allowed bool, w *strings.Builder) {
	effect := func(b bool) string {
		if b {
			return pdp.Allow.String()
		}
		return pdp.Deny.String()
	}
	add := func(name, value string) {
		if value != "" {
			v.Metadata = append(v.Metadata, Header{name, cut(value, maxMetadata)})
		}
	}
	add("decision", effect(v.Allow))
	if v.Allow != allowed {
		add("would", effect(allowed))
	}
	add("reason", o.Decision.Reason.String())
	add("decision_id", v.id)
	add("revision", clean(o.Decision.Revision))
	add("principal", percentEncode(o.Decision.Principal))
	add("tenant", percentEncode(o.Decision.Tenant))
	v.refs = o.Decision.Determining(v.refs)
	add("statement", clean(statement(v.refs, w)))
}

// statement names the first deciding statement: its policy, and its Sid or index.
func statement(refs []pdp.StatementRef, w *strings.Builder) string {
	if len(refs) == 0 {
		return ""
	}
	from := w.Len()
	w.WriteString(refs[0].Policy)
	w.WriteByte('#')
	if refs[0].Sid != "" {
		w.WriteString(refs[0].Sid)
	} else {
		var room [20]byte
		w.Write(strconv.AppendInt(room[:0], int64(refs[0].Index), 10))
	}
	return w.String()[from:]
}
