package pdp

import (
	"time"

	"github.com/mayi-authz/mayi/conditions"
)

// A Request asks one question: may this principal do this action on this
// resource, at this time? The engine reads it and keeps nothing of it.
type Request struct {
	Principal  Principal
	Action     string // "service:Name" or any opaque name; "" only with a Permission
	Resource   Resource
	Session    *Session // nil: none
	Permission string   // alternatives joined by "|", or "self"; "" means the action
	// Context holds the caller's and the door's keys. Keys that the engine
	// derives (from principal, directory, resource, clock) never come from here:
	// a request that carries one is malformed.
	Context *conditions.Context
	Time    time.Time // the zero time is malformed
	// Malformed is set by a door that found the request itself unreadable. Not
	// empty, it is the decision: malformed_request, with this text.
	Malformed string
	// Refused is set by a door that denies before any policy is asked: for a
	// credential that does not hold, for want of a route. Where there is no
	// snapshot, that comes first. nil is the usual.
	Refused *Refusal
	// Origin is what the door knows of the call, for logs. No decision depends on it.
	Origin Origin
}

// A Refusal is a deny that a door decided. It travels through the View like any
// other request, so that one that is instrumented counts, logs and names it too.
type Refusal struct {
	Reason Reason
	Detail string // see Decision.Detail
}

// A Principal is who asks, as a door or a caller established it.
// The zero Principal is anonymous.
type Principal struct {
	ID string // ARN, SPIFFE id or opaque; an alias of a directory user resolves to it
	// Groups and Roles are names and ids of the directory; those that it does not
	// have attach nothing. Tags are aws:PrincipalTag/…; keys fold ASCII case.
	Groups []string
	Roles  []string
	Tags   map[string]string
	// Tenant is the principal's tenant where neither its session's role, nor the
	// directory, nor its ARN says it; one that contradicts them is malformed.
	Tenant string
	// Provider names the auth provider that vouched for the principal ("mtls",
	// "api_key", an issuer's name); "" is none. A session's provider goes before.
	Provider string
	// Root says that the one source that may establish the root principal did.
	Root bool
	// Trust says what Groups, Roles and Tags are worth.
	Trust Trust
}

// Trust says what the facts that came with a principal are worth.
type Trust uint8

const (
	// TrustNothing is the zero Trust. For a principal of the directory (a user, a
	// role by its ARN, a session of a role) facts that the directory does not have
	// are malformed: a group or a tag that is not its own, a role that it is not.
	// For any other principal facts count only if the bundle declares no users
	// ("users": {} declares that there are none); otherwise they are as if they
	// were not there.
	TrustNothing Trust = iota
	// TrustGranted means that a configured mapping (of an issuer, of a listener)
	// grants these facts to principals outside of the directory. For those of the
	// directory it is TrustNothing.
	TrustGranted
	// TrustFacts means that the listener trusts its callers' facts outright, over
	// the directory's: groups, if any, stand in the place of the directory's, and so
	// do tags; roles, which the directory does not give to users, are added.
	TrustFacts
)

// Anonymous reports whether nobody has identified themselves.
func (p *Principal) Anonymous() bool { return p.ID == "" }

// A Resource is what is acted upon.
type Resource struct {
	ID   string
	Tags map[string]string // what the caller knows of it: aws:ResourceTag/…
	// Tenant is whose it is, where neither a resources document nor its ARN says it;
	// "shared" is everybody's. One that contradicts them is malformed.
	Tenant string
}

// A Session is what the principal acts through. Doors fill it from a verified
// credential, a Decide caller from what it verified itself.
type Session struct {
	Type      string   // user, role, federated, api_key
	ID        string   // what revoked_sessions lists; may be ""
	Role      string   // of a role session: the role's id
	Chain     []string // ids of those who assumed before, the first caller first
	Name      string
	IssuedAt  time.Time // zero: not known
	ExpiresAt time.Time // zero is expired
	MFAAt     time.Time // zero: none
	MFA       []string  // its methods
	Provider  string
	Tags      map[string]string
	// Policies limit the session: names of bundle policies, or inline documents.
	Policies []PolicyRef
	Scopes   []string // of an api_key: permissions; nil is none
}
