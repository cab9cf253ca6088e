package pdp

import (
	"github.com/mayi-authz/mayi/pdp/route"
)

// A View is one snapshot as a request sees it: the policies, the directory and
// the routes of one revision. A request takes one View at its start and uses it
// to the end. Views are immutable and safe for concurrent use; decorators
// (instrument, audit) wrap them.
type View interface {
	// Decide answers one request.
	Decide(*Request) Decision
	// Routes returns the compiled routes; nil is the empty table with the
	// default mapping.
	Routes() *route.Table
	// Needs reports whether any policy asks for a key with this folded prefix
	// ("http:body/"), or for the very key. A door need not derive what nobody asks.
	Needs(foldedPrefix string) bool
	// Canonical returns the id that an id stands for: a user's own id for one of
	// its aliases, and any other id as it is. Names that a door makes of the
	// principal hold the canonical id, as everything that policies see does.
	Canonical(id string) string
	// Tenant returns the tenant of a principal as Decide finds it out: a canonical
	// id, "" if it has none, or if what the request says of it is malformed.
	Tenant(p *Principal) string
	// CanonicalTenant returns the id that a tenant's name stands for: its own id for
	// one of its aliases, and any other name as it is.
	CanonicalTenant(name string) string
	// Reader answers questions about the directory; nil if there is no snapshot.
	Reader() Reader
	// Revision names the snapshot; "" if there is none.
	Revision() string
}

// A Provider hands out the current View; it never returns nil. Before the first
// good snapshot and during shutdown it returns Unavailable.
type Provider interface {
	Current() View
}

// Unavailable returns a View that denies everything for one reason of class
// inability: ReasonNoSnapshot, ReasonShuttingDown or ReasonOverload.
func Unavailable(r Reason) View { return unavailable{r} }

type unavailable struct{ reason Reason }

func (u unavailable) Decide(*Request) Decision           { return Denied(u.reason, "") }
func (u unavailable) Routes() *route.Table               { return nil }
func (u unavailable) Needs(string) bool                  { return false }
func (u unavailable) Canonical(id string) string         { return id }
func (u unavailable) Tenant(*Principal) string           { return "" }
func (u unavailable) CanonicalTenant(name string) string { return name }
func (u unavailable) Reader() Reader                     { return nil }
func (u unavailable) Revision() string                   { return "" }
