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
}

// A Policy is a policy document in IAM's dialect. With Principal or NotPrincipal
// in its statements it is a resource policy, without an identity policy.
type Policy struct {
	Name       string // its path without ".json", or file#pointer if inline
	Version    string // "2012-10-17", or "2008-10-17", which a missing one means
	ID         string // resource policies only
	Resource   bool   // reports whether this is a resource policy
	Statements []Statement
	Place      strictjson.Place
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
	Place         strictjson.Place
}

// A Directory document says who is who and what is attached.
type Directory struct {
	Users  []User // not nil: users are declared, be it none (see Trust)
	Groups []Group
	Roles  []Role
	Place  strictjson.Place
}

// A User is a principal of the directory.
type User struct {
	ID       Text
	Aliases  []Text
	Groups   []Text
	Policies []PolicyRef
	Tags     map[string]string
}

// A Group is a named set of policies for its users.
type Group struct {
	Name     Text
	Policies []PolicyRef
}

// A Role is a named set of policies. It applies when the principal is the role's
// ARN or an assumed-role ARN of it, or when verified facts list its name.
type Role struct {
	ID       Text
	Policies []PolicyRef
	Tags     map[string]string
}

// A PolicyRef attaches a policy: by name, or inline.
type PolicyRef struct {
	Name   Text
	Inline *Policy // set: an inline policy, whose Name is file#pointer
}

// A Manifest names a bundle and holds the settings that change decisions.
type Manifest struct {
	Name       string
	Format     int    // of the bundle; 1
	Unattached []Text // policies that may be attached nowhere
	AllowEmpty bool   // a bundle without any policy is meant to be
	Place      strictjson.Place
}
