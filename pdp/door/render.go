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
}

// Render makes the answer for an outcome.
func (d *Door) Render(o *Outcome) Verdict {
	class := o.Decision.Reason.Class()
	allowed := o.Decision.Allowed() && class == pdp.ClassAllow
	v := Verdict{Allow: allowed}
	if !allowed && d.options.DryRun && class != pdp.ClassInability {
		v.Allow = true
	}
	if v.Allow {
		v.Class, v.Status = pdp.ClassAllow, http.StatusOK
		d.renderAllow(&v, o, allowed)
	} else {
		if v.Class = class; class == pdp.ClassAllow {
			v.Class = pdp.ClassError // a deny for a reason to allow
		}
		d.renderDenial(&v, o)
	}
	v.Metadata = metadata(o, v.Allow, allowed)
	return v
}

// renderAllow says who was allowed. Each identity header is either set, or
// removed; its other spellings are always removed.
func (d *Door) renderAllow(v *Verdict, o *Outcome, allowed bool) {
	v.RemoveHeaders = slices.Concat(d.remove, d.aliases)
	if o.Request != nil {
		for _, name := range d.forgeries(o.Request.Headers) {
			if !slices.Contains(v.RemoveHeaders, name) {
				v.RemoveHeaders = append(v.RemoveHeaders, name)
			}
		}
	}
	// What a dry run lets through has no identity but one that was verified.
	known := allowed || o.Subject != "" && o.Decision.Principal != ""
	set := func(name, text string) {
		if value := percentEncode(text); known && ValidValue(value) {
			v.SetHeaders = append(v.SetHeaders, Header{name, value})
		} else {
			v.RemoveHeaders = append(v.RemoveHeaders, name)
		}
	}
	set(d.identity.Principal, o.Decision.Principal)
	set(d.identity.Tenant, o.Decision.Tenant)
	set(d.identity.DecisionID, o.Decision.ID.String())
	v.SetQuery, v.RemoveQuery = d.setQuery, d.options.RemoveQuery
	v.Headers = d.options.ResponseHeaders
}

// renderDenial says as much as the client may know, in a form that it reads.
func (d *Door) renderDenial(v *Verdict, o *Outcome) {
	v.Status = d.status(v.Class, o)
	p := d.problem(v, o)
	r := o.Request
	switch {
	case r != nil && !r.L4 && r.isGRPC():
		v.GRPC = true
		v.Headers = []Header{
			{"content-type", "application/grpc"},
			{"grpc-status", strconv.Itoa(grpcCode(v.Status))},
			{"grpc-message", grpcMessage(p.Detail)},
		}
	case d.options.Denial.Format == ProblemJSON || d.options.Denial.Format == Negotiated && (r == nil || prefersJSON(r.Headers)):
		v.Headers = []Header{{"content-type", "application/problem+json"}}
		v.Body = p.json()
	default:
		v.Headers = []Header{{"content-type", "text/plain; charset=utf-8"}}
		v.Body = p.text()
	}
	if r != nil && r.Method == http.MethodHead {
		v.Body = ""
	}
	add := func(name, value string) {
		if ValidValue(value) {
			v.Headers = append(v.Headers, Header{name, value})
		}
	}
	add("cache-control", "no-store")
	add("x-mayi-decision-id", o.Decision.ID.String())
	if v.Status == http.StatusUnauthorized {
		if ValidValue(o.challenge) {
			add("www-authenticate", o.challenge)
		} else {
			add("www-authenticate", "Bearer") // RFC 9110, 15.5.2: a 401 has a challenge
		}
	}
	for _, h := range d.options.Denial.Headers {
		v.Headers = slices.DeleteFunc(v.Headers, func(own Header) bool { return own.Name == h.Name })
	}
	v.Headers = append(v.Headers, d.options.Denial.Headers...)
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

func metadata(o *Outcome, allow, allowed bool) []Header {
	effect := func(b bool) string {
		if b {
			return pdp.Allow.String()
		}
		return pdp.Deny.String()
	}
	m := make([]Header, 0, 8)
	add := func(name, value string) {
		if value != "" {
			m = append(m, Header{name, cut(value, maxMetadata)})
		}
	}
	add("decision", effect(allow))
	if allow != allowed {
		add("would", effect(allowed))
	}
	add("reason", o.Decision.Reason.String())
	add("decision_id", o.Decision.ID.String())
	add("revision", clean(o.Decision.Revision))
	add("principal", percentEncode(o.Decision.Principal))
	add("tenant", percentEncode(o.Decision.Tenant))
	add("statement", clean(statement(&o.Decision)))
	return m
}

// statement names the first deciding statement: its policy, and its Sid or index.
func statement(decision *pdp.Decision) string {
	refs := decision.Determining(nil)
	if len(refs) == 0 {
		return ""
	}
	name := refs[0].Sid
	if name == "" {
		name = strconv.Itoa(refs[0].Index)
	}
	return strings.Join([]string{refs[0].Policy, name}, "#")
}
