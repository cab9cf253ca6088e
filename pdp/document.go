package pdp

import (
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/route"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A Document is one decoded file of a bundle: exactly one of the pointers is set.
// Documents are immutable once decoded, and say nothing about other documents:
// what refers across files is checked by Compile.
type Document struct {
	File      string // path inside of the bundle
	Policy    *Policy
	Directory *Directory
	Routes    *route.Document
	Manifest  *Manifest
	Resources *Resources
	Schema    *Schema
}

// A Policy is a policy document in one of the dialects. In IAM's, with Principal
// or NotPrincipal in its statements it is a resource policy, without an identity
// policy; in riam's it is an identity policy; one in allow-me's is neither.
type Policy struct {
	Name       string // its path without ".json", or file#pointer if inline
	Dialect    Dialect
	FirstMatch *FirstMatch // of DialectAllowMe; its Statements are empty
	Version    string      // "2012-10-17", or "2008-10-17", which a missing one means
	ID         string      // resource policies and riam's only
	Label      string      // riam's "name", for people: nothing refers to it
	Resource   bool        // reports whether this is a resource policy
	Statements []Statement
	Place      strictjson.Place

	finished *finished // of a policy that Decode has made; else nil
	linked   *policy   // of one that only stands for another, see Engine.Unchanged; else nil
}

// Variables reports whether the policy's version knows ${…}.
func (p *Policy) Variables() bool { return p.Version == "2012-10-17" }

// A Statement is one statement as its author wrote it. Exactly one of Actions
// and NotActions, and of Resources and NotResources, is not empty; of Principal
// and NotPrincipal at most one is set.
type Statement struct {
	Sid          string
	Index        int
	Effect       Effect
	Principal    *Principals
	NotPrincipal *Principals
	Actions      []Text
	NotActions   []Text
	Resources    []Text
	NotResources []Text
	Conditions   []conditions.Clause
	Place        strictjson.Place
}

// A Text is a string of a document with its place.
type Text struct {
	Text  string
	Place strictjson.Place
}

// Principals is the value of Principal or NotPrincipal.
type Principals struct {
	Any           bool   // "*" or {"AWS": "*"}
	AWS           []Text // ARNs, account ids
	Federated     []Text
	Service       []Text
	CanonicalUser []Text
	SPIFFE        []Text // SPIFFE ids, exact
	ID            []Text // opaque ids, exact
	Tenant        []Text // tenants, by id or alias: whoever is of them
	Place         strictjson.Place
}

// A Directory document says who is who and what is attached.
type Directory struct {
	Tenants         []Tenant // not nil: tenants are declared
	Users           []User   // not nil: users are declared, be it none (see Trust)
	Groups          []Group
	Roles           []Role
	RevokedSessions []Text // ids of sessions
	Place           strictjson.Place
}

// A Tenant owns principals and resources. Its parent is Parent, or the path before
// the last "/" of its id; one without either is a root.
type Tenant struct {
	ID         Text
	Name       string
	Type       Text // platform, organization, branch, or any other
	Parent     Text // zero: by the id
	Status     Text // active (also if empty), pending, suspended, inactive, deleted
	RBACMode   Text // override (also if empty), additive
	Guardrails []PolicyRef
	Admins     []Text          // principals with an Allow on this tenant and all below it
	Providers  map[string]bool // auth providers by name; nil: no rows
	Aliases    []Text
	Tags       map[string]string
}

// A User is a principal of the directory.
type User struct {
	ID                Text
	Aliases           []Text
	Tenant            Text // zero: by the id's ARN
	Status            Text // active (also if empty), suspended, erased
	Groups            []Text
	Policies          []PolicyRef
	Boundary          *PolicyRef // nil: no permissions boundary
	Memberships       []Membership
	Tags              map[string]string
	SessionsNotBefore Text // RFC 3339; sessions issued before are revoked; zero: none
}

// A Membership binds a user to a tenant and all below it, through roles.
type Membership struct {
	Tenant Text
	Roles  []Text
	Status Text // active (also if empty), suspended
}

// A Group is a named set of policies for its users.
type Group struct {
	Name     Text
	Policies []PolicyRef
}

// A Role is a named set of permissions and policies. It applies when the principal
// is the role's ARN or an assumed-role ARN of it, through a membership, or when
// verified facts list its name.
type Role struct {
	ID                Text
	Tenant            Text   // whose role it is; zero: by the id's ARN, or of everybody
	Permissions       []Text // "*", exact, or a first segment and ".*"
	Policies          []PolicyRef
	Trust             *Policy    // who may assume the role; nil: nobody
	Boundary          *PolicyRef // nil: no permissions boundary
	Tags              map[string]string
	SessionTags       []Text // keys of the tags that a session may bring
	MaxSessionSeconds int    // of a session's duration; 0: no limit of the role's own
}

// A PolicyRef attaches a policy: by name, or inline.
type PolicyRef struct {
	Name   Text
	Inline *Policy // set: an inline policy, whose Name is file#pointer
}

// Resources is a document of known resources and named regions.
type Resources struct {
	Resources []KnownResource
	Regions   []Region
	Place     strictjson.Place
}

// A KnownResource is what the bundle knows of a resource.
type KnownResource struct {
	ID     Text
	Tenant Text // a tenant, "shared", or zero: by the id's ARN
	Owner  Text // a principal's id
	Type   Text
	Tags   map[string]string
}

// A Region is a named area for GeoWithinRegion.
type Region struct {
	Name Text
	Area conditions.Area
}

// A Schema declares what policies and requests may speak of. What it leaves out
// is not restricted: without Actions every action is good.
type Schema struct {
	Actions       []SchemaAction // nil: not declared
	ResourceTypes []Text         // nil: not declared
	Context       []SchemaKey    // nil: not declared
	Place         strictjson.Place
}

// A SchemaAction is one declared action; names fold ASCII case.
type SchemaAction struct {
	Name          Text
	Access        Text // read, write, list, tagging, permissions; zero: not said
	ResourceTypes []Text
}

// A SchemaKey is one declared context key.
type SchemaKey struct {
	Name  Text
	Type  Text // String, Numeric, Date, Bool, IP, ARN, Binary
	Multi bool
}

// A Manifest names a bundle and holds the settings that change decisions.
type Manifest struct {
	Name       string
	Format     int // of the bundle; 1
	Serial     int64
	Expiry     Text   // RFC 3339; from then on everything is denied as stale; zero: never
	Unattached []Text // policies that may be attached nowhere
	AllowEmpty bool   // a bundle without any policy is meant to be
	// StarCrossesTenants lets Principal "*" reach across declared tenants.
	StarCrossesTenants bool
	// SuspendedFallsThrough is "suspended_membership": "fall_through": a suspended
	// membership is as if it were not there, instead of ending the walk.
	SuspendedFallsThrough bool
	Place                 strictjson.Place
}

// A Dialect is the language that a policy document is written in.
type Dialect uint8

// The dialects.
const (
	DialectIAM     Dialect = iota
	DialectRIAM            // Statements hold it, in IAM's terms
	DialectAllowMe         // FirstMatch holds it
)

// A FirstMatch is a policy in allow-me's dialect: of its statements the first that
// matches decides.
type FirstMatch struct {
	Statements   []FirstMatchStatement
	DefaultAllow bool // "default": "allow", for those whom the document is attached to
	DefaultPlace strictjson.Place
	Matcher      Text // "equals" (also if empty), "starts_with", "glob", or one of Extensions.Matchers
	Place        strictjson.Place
}

// A FirstMatchStatement is one statement of a FirstMatch.
type FirstMatchStatement struct {
	Index       int
	Effect      Effect
	Identities  []Text
	Operations  []Text
	Resources   []Text // empty: one empty resource
	Description string
	Place       strictjson.Place
}
