package door

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/route"
)

// Options are the settings of a Door.
type Options struct {
	// Authenticator finds out who sends a request. nil: everybody is anonymous.
	Authenticator authn.Authenticator
	// RequireCredential denies a request without credential, but on a public
	// route. Without it the policies decide about the anonymous principal.
	RequireCredential bool
	// Paths says how paths are read; its zero value refuses all that is doubtful.
	Paths route.Options
	// Client says how aws:SourceIp is found; its zero value is the peer itself.
	Client authn.Forwarding
	// AlwaysTLS says that the proxy takes nothing but TLS from its clients, so
	// that aws:SecureTransport is true without further proof.
	AlwaysTLS bool
	// MaxRequestBytes mirrors the proxy's setting of that name (0: not told). A
	// body that is shorter was not cut, even if no content-length says how long it is.
	MaxRequestBytes int
	// TenantExtension is the key of a context extension that says whose the resource
	// is: a tenant, or "shared"; "" is none. A route that says another tenant makes
	// the request malformed.
	TenantExtension string

	// Identity names the headers that tell the upstream who was allowed.
	Identity IdentityHeaders
	// RemoveHeaders are request headers that the upstream must not see, such as
	// "authorization".
	RemoveHeaders []string
	// RemoveQuery are query parameters that the upstream must not see, such as
	// "access_token". SetQuery are those that it always sees with this value.
	// Names and values hold only letters, digits and "*-._": Envoy takes no escapes.
	RemoveQuery []string
	SetQuery    map[string]string
	// ResponseHeaders are added to the response of an allowed request.
	ResponseHeaders []Header

	// Denial says what a denied client gets to see.
	Denial Denial
	// DryRun lets through whatever would be denied, and says so in the metadata.
	// What cannot be decided at all is still no allow.
	DryRun bool
}

// IdentityHeaders are names of request headers, in lower case. An empty name
// means the default beside it.
type IdentityHeaders struct {
	Principal  string // x-mayi-principal
	Tenant     string // x-mayi-tenant
	DecisionID string // x-mayi-decision-id
}

// Denial is what a denied client gets to see.
type Denial struct {
	// Status is the HTTP status of a deny by policy, 400 to 599; 0 means 403.
	// Missing credentials stay 401, malformed requests 400 and failures 503.
	Status int
	// Text is the human sentence of a deny by policy; "" means a default one.
	Text string
	// Type is the problem's type, a URI (RFC 9457); "" means about:blank.
	Type string
	// Format is the body's format.
	Format Format
	// HideReason leaves the reason out of the body.
	HideReason bool
	// Headers are added to every denial.
	Headers []Header
}

// Format is the format of a denial's body.
type Format uint8

// The formats.
const (
	Negotiated  Format = iota // problem JSON or plain text, by the Accept header
	ProblemJSON               // application/problem+json (RFC 9457)
	PlainText                 // text/plain
)

// A Header is one header line.
type Header struct{ Name, Value string }

// Validate reports every problem of the options, joined.
func (o *Options) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := o.Paths.Validate(); err != nil {
		fail("paths: %w", err)
	}
	if err := o.Client.Validate(); err != nil {
		fail("client address: %w", err)
	}
	if o.MaxRequestBytes < 0 {
		fail("max request bytes: %d, expected 0 or more", o.MaxRequestBytes)
	}
	o.validateIdentity(fail)
	o.validateHeaders(fail)
	o.validateQuery(fail)
	o.Denial.validate(fail)
	return errors.Join(errs...)
}

func (o *Options) validateIdentity(fail func(string, ...any)) {
	seen := map[string]bool{}
	for _, name := range o.Identity.orDefault().names() {
		switch {
		case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || forbidden(name):
			fail("identity header %q: expected lower-case letters, digits and hyphens, and no header of HTTP itself", name)
		case strings.Count(name, "-") > maxHyphens:
			fail("identity header %q: has more than %d hyphens", name, maxHyphens)
		case seen[name]:
			fail("identity header %q: stands for two things", name)
		}
		seen[name] = true
	}
}

func (o *Options) validateHeaders(fail func(string, ...any)) {
	identity := o.Identity.orDefault().names()
	for _, name := range o.RemoveHeaders {
		if !ValidName(name) || name == "host" {
			fail("remove headers: %q: expected a token in lower case other than \"host\"", name)
		}
		if slices.Contains(identity, name) {
			fail("remove headers: %q is an identity header, which is set or removed anyway", name)
		}
	}
	validateLines("response headers", o.ResponseHeaders, fail)
	validateLines("denial headers", o.Denial.Headers, fail)
}

func validateLines(what string, headers []Header, fail func(string, ...any)) {
	for _, h := range headers {
		if !ValidName(h.Name) || forbidden(h.Name) {
			fail("%s: %q: expected a token in lower case that is no header of HTTP itself", what, h.Name)
		}
		if !ValidValue(h.Value) {
			fail("%s: %q: value %q is empty, too long, or holds what no header may", what, h.Name, h.Value)
		}
	}
}

func (o *Options) validateQuery(fail func(string, ...any)) {
	for _, name := range o.RemoveQuery {
		if !ValidQueryPart(name) {
			fail("remove query: %q: expected letters, digits and \"*-._\"", name)
		}
		if _, ok := o.SetQuery[name]; ok {
			fail("remove query: %q is set as well", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.SetQuery)) {
		if !ValidQueryPart(name) || !ValidQueryPart(o.SetQuery[name]) {
			fail("set query: %q=%q: expected letters, digits and \"*-._\"", name, o.SetQuery[name])
		}
	}
}

func (d *Denial) validate(fail func(string, ...any)) {
	if d.Status != 0 && (d.Status < 400 || d.Status > 599) {
		fail("denial status: %d, expected 400 to 599", d.Status)
	}
	if d.Format > PlainText {
		fail("denial format: unknown value %d", d.Format)
	}
	if clean(d.Text) != d.Text {
		fail("denial text: %q holds control characters or is not UTF-8", d.Text)
	}
	if clean(d.Type) != d.Type || strings.ContainsAny(d.Type, " <>\"") {
		fail("denial type: %q, expected a URI", d.Type)
	}
}

// forbidden reports whether a header belongs to HTTP's own framing and routing,
// which no answer may touch.
func forbidden(name string) bool {
	switch name {
	case "host", "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade":
		return true
	}
	return false
}
