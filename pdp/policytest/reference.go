package policytest

import (
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// A Reference decides requests straight over the documents of a bundle, as
// docs/decision-rules.md says it. It is written to be read and compared with
// those rules, shares with the engine nothing but the decoder and the plain types
// of requests and decisions, and is slow. It expects a bundle that pdp.Compile
// accepts. A Reference is safe for concurrent use.
type Reference struct {
	revision string
	users    map[string]*pdp.User // by id
	alias    map[string]string    // to id
	groups   map[string]*pdp.Group
	roles    map[string]*pdp.Role
	peopled  bool // users are declared, be it none
	named    map[string]*pdp.Policy
	resource []*pdp.Policy // resource policies in order of their names
	regions  []pdp.Region
}

// NewReference reads the documents of a bundle.
func NewReference(docs []*pdp.Document, revision string) *Reference {
	r := &Reference{
		revision: revision,
		users:    make(map[string]*pdp.User),
		alias:    make(map[string]string),
		groups:   make(map[string]*pdp.Group),
		roles:    make(map[string]*pdp.Role),
		named:    make(map[string]*pdp.Policy),
	}
	for _, doc := range docs {
		if doc.Policy != nil {
			r.named[doc.Policy.Name] = doc.Policy
			if doc.Policy.Resource {
				r.resource = append(r.resource, doc.Policy)
			}
		}
		if doc.Resources != nil {
			r.regions = append(r.regions, doc.Resources.Regions...)
		}
		if doc.Directory != nil {
			r.directory(doc.Directory)
		}
	}
	slices.SortFunc(r.resource, byName)
	return r
}

func (r *Reference) directory(d *pdp.Directory) {
	r.peopled = r.peopled || d.Users != nil
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
}

func byName(a, b *pdp.Policy) int { return strings.Compare(a.Name, b.Name) }

// Decide answers one request.
func (r *Reference) Decide(req *pdp.Request) pdp.Decision {
	who, ok := r.identify(&req.Principal)
	if req.Refused != nil && req.Malformed == "" {
		return r.decision(who, pdp.Deny, req.Refused.Reason)
	}
	if !ok || req.Malformed != "" || malformed(req) {
		return r.decision(who, pdp.Deny, pdp.ReasonMalformedRequest)
	}
	self := req.Permission == "self"
	if req.Action != "" {
		return r.decideOne(req, who, req.Action, self)
	}
	// Rule 4.5: the first alternative that is allowed decides, else the first.
	var first *pdp.Decision
	for _, action := range strings.Split(req.Permission, "|") {
		d := r.decideOne(req, who, action, self)
		if d.Allowed() {
			return d
		}
		if first == nil {
			first = &d
		}
	}
	return *first
}

func (r *Reference) decision(who principal, e pdp.Effect, reason pdp.Reason, by ...*pdp.StatementRef) pdp.Decision {
	d := pdp.Decision{Effect: e, Reason: reason, Principal: who.id, Revision: r.revision}
	return d.WithDetermining(by)
}

// A question is one request about one action, with everything the rules ask of it.
type question struct {
	*pdp.Request
	r      *Reference
	who    principal
	action string
	owner  string // account or tenant of the resource
}

// A rule is a statement of a policy that may speak in a decision.
type rule struct {
	policy *pdp.Policy
	*pdp.Statement
	layer pdp.Layer
}

func (u rule) ref() *pdp.StatementRef {
	return &pdp.StatementRef{
		Policy: u.policy.Name, Sid: u.Sid, Index: u.Index, Effect: u.Effect, Layer: u.layer,
		File: u.Place.File, Line: u.Place.Line,
	}
}

// rules returns the statements that may speak, in canonical order: those of the
// policies attached to the principal, then those of all resource policies.
func (q *question) rules() []rule {
	var all []rule
	add := func(layer pdp.Layer, policies []*pdp.Policy) {
		for _, p := range policies {
			for i := range p.Statements {
				all = append(all, rule{p, &p.Statements[i], layer})
			}
		}
	}
	add(pdp.LayerIdentity, q.r.attached(q.who))
	add(pdp.LayerResource, q.r.resource)
	return all
}

// allows are the first Allow of each kind, in canonical order.
type allows struct {
	identity              *pdp.StatementRef
	direct, role, anybody *pdp.StatementRef // of resource policies; anybody: however it reaches
}

func (a *allows) note(u rule, r reach) {
	first := func(at **pdp.StatementRef) {
		if *at == nil {
			*at = u.ref()
		}
	}
	if u.layer == pdp.LayerIdentity {
		first(&a.identity)
		return
	}
	first(&a.anybody)
	switch r {
	case reachDirect:
		first(&a.direct)
	case reachRole:
		first(&a.role)
	}
}

// decideOne is rule 4.2 for one action.
func (r *Reference) decideOne(req *pdp.Request, who principal, action string, self bool) pdp.Decision {
	q := &question{Request: req, r: r, who: who, action: action, owner: owner(req.Resource.ID)}
	var denies []*pdp.StatementRef
	certain := false
	var found allows
	for _, u := range q.rules() {
		applies, reach := q.applies(u)
		switch {
		case u.Effect == pdp.Deny && applies != conditions.False:
			denies = append(denies, u.ref())
			certain = certain || applies == conditions.True
		case u.Effect == pdp.Allow && applies == conditions.True:
			found.note(u, reach)
		}
	}
	switch {
	case certain:
		return r.decision(who, pdp.Deny, pdp.ReasonExplicitDeny, denies...)
	case denies != nil:
		return r.decision(who, pdp.Deny, pdp.ReasonUnknownCondition, denies...)
	case strings.HasPrefix(lower(action), "sts:assumerole"):
		return r.decision(who, pdp.Deny, pdp.ReasonTrustPolicyDeny)
	case self && who.id == "":
		return r.decision(who, pdp.Deny, pdp.ReasonImplicitDeny)
	case q.sameTenant():
		return r.within(who, found, self)
	}
	return r.across(who, found, self)
}

// within is rule 4.2c for a resource of the principal's own tenant: one Allow is
// enough, of a resource policy that names the principal, or of the identity layer.
func (r *Reference) within(who principal, found allows, self bool) pdp.Decision {
	switch {
	case found.direct != nil:
		return r.decision(who, pdp.Allow, pdp.ReasonResourcePolicy, found.direct)
	case found.role != nil:
		return r.decision(who, pdp.Allow, pdp.ReasonResourcePolicy, found.role)
	case found.identity != nil:
		return r.decision(who, pdp.Allow, pdp.ReasonIdentityPolicy, found.identity)
	case self:
		return r.decision(who, pdp.Allow, pdp.ReasonPermission)
	}
	return r.decision(who, pdp.Deny, pdp.ReasonImplicitDeny)
}

// across is rule 4.2c for a resource of another tenant: both sides must allow.
func (r *Reference) across(who principal, found allows, self bool) pdp.Decision {
	switch {
	case found.identity == nil && !self:
		return r.decision(who, pdp.Deny, pdp.ReasonImplicitDeny)
	case found.anybody == nil:
		return r.decision(who, pdp.Deny, pdp.ReasonCrossTenant)
	case found.identity == nil:
		return r.decision(who, pdp.Allow, pdp.ReasonPermission, found.anybody)
	}
	return r.decision(who, pdp.Allow, pdp.ReasonIdentityPolicy, found.identity, found.anybody)
}
