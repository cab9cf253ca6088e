package policytest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// A Reference decides requests straight over the documents of a bundle, as
// docs/decision-rules.md says it. It is written to be read and compared with
// those rules, shares with the engine nothing but the decoder and the plain types
// of requests and decisions, and is slow. It expects a bundle that pdp.Compile
// accepts. A Reference is safe for concurrent use.
type Reference struct {
	revision string
	root     string // id of the root principal; "" is nobody
	expiry   time.Time

	users   map[string]*pdp.User // by id
	alias   map[string]string    // to id
	groups  map[string]*pdp.Group
	roles   map[string]*pdp.Role
	peopled bool // users are declared, be it none

	tenants     map[string]*pdp.Tenant // by id
	tenantAlias map[string]string      // to id
	tenanted    bool                   // tenants are declared

	known   map[string]*pdp.KnownResource
	regions []pdp.Region
	access  map[string]string // of folded actions
	schemas []*pdp.Schema
	revoked map[string]bool // ids of sessions

	named    map[string]*pdp.Policy
	resource []*pdp.Policy // resource policies in order of their names
	speaking []*pdp.Policy // allow-me's documents, which say themselves of whom they speak

	starCrosses  bool
	fallsThrough bool
}

// NewReference reads the documents of a bundle.
func NewReference(docs []*pdp.Document, revision string) *Reference {
	r := &Reference{
		revision:    revision,
		users:       make(map[string]*pdp.User),
		alias:       make(map[string]string),
		groups:      make(map[string]*pdp.Group),
		roles:       make(map[string]*pdp.Role),
		tenants:     make(map[string]*pdp.Tenant),
		tenantAlias: make(map[string]string),
		known:       make(map[string]*pdp.KnownResource),
		access:      make(map[string]string),
		revoked:     make(map[string]bool),
		named:       make(map[string]*pdp.Policy),
	}
	for _, doc := range docs {
		r.policy(doc.Policy)
		r.directory(doc.Directory)
		r.resources(doc.Resources)
		r.schema(doc.Schema)
		r.manifest(doc.Manifest)
	}
	for _, role := range systemRoles() {
		if r.roles[role.ID.Text] == nil {
			r.roles[role.ID.Text] = role
		}
	}
	slices.SortFunc(r.resource, byName)
	slices.SortFunc(r.speaking, byName)
	return r
}

// WithRoot returns a Reference that knows the root principal: rule 4.6.
func (r *Reference) WithRoot(id string) *Reference {
	with := *r
	with.root = id
	return &with
}

// systemRoles exist unless a bundle gives their names another meaning: rule 4.3.
func systemRoles() []*pdp.Role {
	role := func(name string, permissions ...string) *pdp.Role {
		made := &pdp.Role{ID: pdp.Text{Text: name}}
		for _, p := range permissions {
			made.Permissions = append(made.Permissions, pdp.Text{Text: p})
		}
		return made
	}
	return []*pdp.Role{
		role("admin", "*"),
		role("manager", "iam.tenants.read", "iam.members.read", "iam.members.manage", "iam.roles.read",
			"iam.invitations.read", "iam.invitations.manage"),
		role("member", "iam.tenants.read", "iam.members.read"),
	}
}

func (r *Reference) policy(p *pdp.Policy) {
	if p == nil {
		return
	}
	r.named[p.Name] = p
	switch {
	case p.Resource:
		r.resource = append(r.resource, p)
	case p.Dialect == pdp.DialectAllowMe:
		r.speaking = append(r.speaking, p)
	}
}

func (r *Reference) directory(d *pdp.Directory) {
	if d == nil {
		return
	}
	r.peopled = r.peopled || d.Users != nil
	r.tenanted = r.tenanted || d.Tenants != nil
	for i := range d.Tenants {
		t := &d.Tenants[i]
		r.tenants[t.ID.Text] = t
		for _, a := range t.Aliases {
			r.tenantAlias[a.Text] = t.ID.Text
		}
	}
	for i := range d.Users {
		u := &d.Users[i]
		r.users[u.ID.Text] = u
		for _, a := range u.Aliases {
			r.alias[a.Text] = u.ID.Text
		}
	}
	for i := range d.Groups {
		r.groups[d.Groups[i].Name.Text] = &d.Groups[i]
	}
	for i := range d.Roles {
		r.roles[d.Roles[i].ID.Text] = &d.Roles[i]
	}
	for _, id := range d.RevokedSessions {
		r.revoked[id.Text] = true
	}
}

func (r *Reference) resources(d *pdp.Resources) {
	if d == nil {
		return
	}
	for i := range d.Resources {
		r.known[d.Resources[i].ID.Text] = &d.Resources[i]
	}
	r.regions = append(r.regions, d.Regions...)
}

func (r *Reference) schema(d *pdp.Schema) {
	if d == nil {
		return
	}
	r.schemas = append(r.schemas, d)
	for _, a := range d.Actions {
		r.access[lower(a.Name.Text)] = a.Access.Text
	}
}

func (r *Reference) manifest(m *pdp.Manifest) {
	if m == nil {
		return
	}
	r.expiry, _ = time.Parse(time.RFC3339Nano, m.Expiry.Text)
	r.starCrosses = m.StarCrossesTenants
	r.fallsThrough = m.SuspendedFallsThrough
}

// find returns the policies that are attached, each once, in order of their names.
func (r *Reference) find(refs []pdp.PolicyRef) []*pdp.Policy {
	var all []*pdp.Policy
	for _, ref := range refs {
		p := cmp.Or(ref.Inline, r.named[ref.Name.Text])
		if p != nil && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, byName)
	return all
}

func byName(a, b *pdp.Policy) int { return strings.Compare(a.Name, b.Name) }

// canonical returns the id that an id of a principal stands for.
func (r *Reference) canonical(id string) string {
	if canonical, ok := r.alias[id]; ok {
		return canonical
	}
	return id
}
