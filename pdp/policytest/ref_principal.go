package policytest

import (
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/pdp"
)

// A principal is who asks, with the facts that count.
type principal struct {
	id      string // canonical; "" is anonymous
	name    name   // of an ARN
	isARN   bool
	tenant  string    // canonical; "" is none
	user    *pdp.User // of the directory
	role    *pdp.Role // the directory's role that it is, or is a session of
	session bool      // it acts through a role
	groups  []string
	roles   []string // that trusted facts list
	tags    map[string]string
}

// identify is rules 1.1 to 1.3, 4.7 and 9.5. ok is false for a malformed principal.
func (r *Reference) identify(req *pdp.Request) (who principal, ok bool) {
	p, s := &req.Principal, req.Session
	who.id = r.canonical(p.ID)
	who.name, who.isARN = parseName(who.id)
	switch {
	case !readableID(p.ID):
		return principal{}, false
	case who.id == "":
		return who, len(p.Groups)+len(p.Roles)+len(p.Tags) == 0 && p.Tenant == "" && s == nil
	}
	who.user, who.role = r.users[who.id], r.roleOf(who)
	who.session = s != nil && s.Type == "role"
	if u := who.user; u != nil {
		for _, g := range u.Groups {
			who.groups = append(who.groups, g.Text)
		}
		who.tags = u.Tags
	}
	if who.role != nil {
		who.tags = who.role.Tags
	}
	return who, r.sessionFits(who, s) && r.facts(&who, p, s) && r.home(&who, p, s)
}

// roleOf returns the role of the directory that the principal is, or is a
// session of.
func (r *Reference) roleOf(who principal) *pdp.Role {
	if role, ok := r.roles[who.id]; ok && who.isARN {
		return role
	}
	for id, role := range r.roles {
		if of, ok := parseName(id); ok && who.isARN && who.name.sessionOf(of) {
			return role
		}
	}
	return nil
}

// counts reports whether facts about a principal that the directory does not have
// count: rule 4.7.
func (r *Reference) counts(who *principal, p *pdp.Principal) bool {
	return p.Trust == pdp.TrustFacts || who.user == nil && who.role == nil && (p.Trust == pdp.TrustGranted || !r.peopled)
}

// facts takes what came with the request for as much as it is worth.
func (r *Reference) facts(who *principal, p *pdp.Principal, s *pdp.Session) bool {
	var brought map[string]string // by the session
	if s != nil {
		brought = s.Tags
	}
	ofRole := who.session && who.role != nil
	if ofRole { // a role says which tags its sessions bring
		if badTags(brought) || p.Trust != pdp.TrustFacts && !listed(who.role.SessionTags, brought) {
			return false
		}
		who.tags = overlaid(who.tags, brought)
	}
	said, agree := join(p.Tags, brought)
	switch {
	case who.user == nil && who.role == nil && !r.counts(who, p):
		return true // nobody granted them: they count for nothing
	case !agree:
		return false
	case r.counts(who, p):
		if len(p.Groups) > 0 {
			who.groups = p.Groups
		}
		if len(p.Tags) > 0 || len(said) > 0 && !ofRole {
			who.tags = said
		}
		who.roles = p.Roles
		return !badTags(p.Tags) && !badTags(brought)
	}
	var roles []string
	if who.role != nil {
		roles = []string{who.role.ID.Text, who.id}
	}
	return among(p.Groups, who.groups) && among(p.Roles, roles) && tagsWithin(said, who.tags)
}

// home is rule 1.3 for principals: what role, directory, ARN and request say must
// agree, and the request alone is believed where its other facts are.
func (r *Reference) home(who *principal, p *pdp.Principal, s *pdp.Session) bool {
	sources := []string{r.tenantOfID(who.id)}
	if who.user != nil {
		sources = append(sources, r.tenant(who.user.Tenant.Text))
	}
	if who.role != nil {
		sources = append(sources, r.tenant(who.role.Tenant.Text), r.tenantOfID(who.role.ID.Text))
	}
	if who.session {
		sources = append(sources, r.tenantOfID(s.Role))
	}
	known, agree := oneOf(sources...)
	who.tenant = known
	if p.Tenant == "" {
		return agree
	}
	claimed := r.tenant(p.Tenant)
	if claimed == shared || !utf8.ValidString(claimed) || known != "" && claimed != known {
		return false
	}
	who.tenant = claimed
	return agree && (known != "" || r.counts(who, p))
}

// memberships returns those that count: a session of a role has none.
func (p principal) memberships() []pdp.Membership {
	if _, assumed := p.name.assumed(); p.user == nil || assumed {
		return nil
	}
	return p.user.Memberships
}

// boundaries returns the policies that bound the principal: rule 4.2.
func (p principal) boundaries() []pdp.PolicyRef {
	var all []pdp.PolicyRef
	if p.user != nil && p.user.Boundary != nil {
		all = append(all, *p.user.Boundary)
	}
	if p.role != nil && p.role.Boundary != nil {
		all = append(all, *p.role.Boundary)
	}
	return all
}

// among reports whether the facts of a request claim nothing that is not so.
func among(facts, truth []string) bool {
	return !slices.ContainsFunc(facts, func(f string) bool { return !slices.Contains(truth, f) })
}

func tagsWithin(facts, truth map[string]string) bool {
	for k, v := range facts {
		if has := tagValue(truth, lower(k)); has.Len() == 0 || has.At(0).Text() != v {
			return false
		}
	}
	return true
}

func listed(keys []pdp.Text, tags map[string]string) bool {
	for k := range tags {
		if !slices.ContainsFunc(keys, func(key pdp.Text) bool { return lower(key.Text) == lower(k) }) {
			return false
		}
	}
	return true
}

// overlaid returns the tags, those of the session before those of the role.
func overlaid(tags, over map[string]string) map[string]string {
	all := maps.Clone(over)
	for k, v := range tags {
		if tagValue(over, lower(k)).Len() == 0 {
			if all == nil {
				all = make(map[string]string)
			}
			all[k] = v
		}
	}
	return all
}

// join returns the tags of two sources; ok is false if they disagree.
func join(a, b map[string]string) (all map[string]string, ok bool) {
	for k, v := range a {
		if has := tagValue(b, lower(k)); has.Len() > 0 && has.At(0).Text() != v {
			return nil, false
		}
	}
	return overlaid(a, b), true
}

// badTags reports whether a tag has no key, or two differ only in its case.
func badTags(tags map[string]string) bool {
	seen := make(map[string]bool)
	for k := range tags {
		if k == "" || seen[lower(k)] {
			return true
		}
		seen[lower(k)] = true
	}
	return false
}
