package policytest

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/pdp"
)

// A principal is who asks, with the facts that count.
type principal struct {
	id     string // canonical; "" is anonymous
	name   name   // of an ARN
	isARN  bool
	user   bool   // it is a user of the directory
	role   string // the directory's role that it is, or is a session of
	groups []string
	roles  []string
	tags   map[string]string
}

// identify is rules 1.1, 1.2 and 4.7. ok is false for a malformed principal.
func (r *Reference) identify(p *pdp.Principal) (who principal, ok bool) {
	who.id = p.ID
	if id, ok := r.alias[p.ID]; ok {
		who.id = id
	}
	who.name, who.isARN = parseName(who.id)
	if _, isARN := parseName(p.ID); claimsARN(p.ID) && !isARN || !utf8.ValidString(p.ID) {
		return who, false
	}
	known := false
	if u := r.users[who.id]; u != nil {
		known, who.user = true, true
		for _, g := range u.Groups {
			who.groups = append(who.groups, g.Text)
		}
		who.tags = u.Tags
	}
	if who.role = r.roleOf(who); who.role != "" {
		known = true
		who.tags = r.roles[who.role].Tags
	}
	return who, r.facts(&who, p, known)
}

// roleOf returns the role of the directory that the principal is, or is a
// session of; "" if none.
func (r *Reference) roleOf(who principal) string {
	if _, ok := r.roles[who.id]; ok && who.isARN {
		return who.id
	}
	for id := range r.roles {
		if role, ok := parseName(id); ok && who.isARN && who.name.sessionOf(role) {
			return id
		}
	}
	return ""
}

// facts takes what came with the request for as much as it is worth.
func (r *Reference) facts(who *principal, p *pdp.Principal, known bool) bool {
	switch {
	case who.id == "":
		return len(p.Groups)+len(p.Roles)+len(p.Tags) == 0
	case p.Trust == pdp.TrustFacts, !known && (p.Trust == pdp.TrustGranted || !r.peopled):
		if len(p.Groups) > 0 {
			who.groups = p.Groups
		}
		if len(p.Tags) > 0 {
			who.tags = p.Tags
		}
		who.roles = p.Roles
		return !badTags(p.Tags)
	case known:
		roles := []string{who.role, who.id}
		if who.role == "" {
			roles = nil
		}
		return within(p.Groups, who.groups) && within(p.Roles, roles) && tagsWithin(p.Tags, who.tags)
	}
	return true // nobody granted them: they count for nothing
}

// within reports whether the facts of a request claim nothing that is not so.
func within(facts, truth []string) bool {
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

// attached returns the identity policies of a principal, each once, in order of
// their names.
func (r *Reference) attached(who principal) []*pdp.Policy {
	var all []*pdp.Policy
	add := func(refs []pdp.PolicyRef) {
		for _, ref := range refs {
			p := ref.Inline
			if p == nil {
				p = r.named[ref.Name.Text]
			}
			if p != nil && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	if u := r.users[who.id]; u != nil {
		add(u.Policies)
	}
	for _, g := range who.groups {
		if group := r.groups[g]; group != nil {
			add(group.Policies)
		}
	}
	for _, id := range append([]string{who.role}, who.roles...) {
		if role := r.roles[id]; role != nil {
			add(role.Policies)
		}
	}
	slices.SortFunc(all, byName)
	return all
}

// How far an Allow of a resource policy reaches its principal.
type reach uint8

const (
	reachNone     reach = iota
	reachSupposed       // it names the user that a federated session is called after: it may only deny
	reachAccount        // it names the account: it delegates to that account's policies
	reachRole           // it names the role of the session
	reachDirect         // it names the principal itself, or everyone
)

// named returns how a Principal element names the asker.
func (q *question) named(p *pdp.Principals) reach {
	best := reachNone
	if p.Any {
		return reachDirect
	}
	if q.who.id == "" {
		return reachNone
	}
	for _, id := range p.AWS {
		if accountForm.MatchString(id.Text) {
			best = max(best, when(q.who.name.account == id.Text, reachAccount))
		} else {
			best = max(best, q.namedBy(q.r.canonical(id.Text)))
		}
	}
	for _, list := range [][]pdp.Text{p.SPIFFE, p.ID, p.Service, p.Federated, p.CanonicalUser} {
		for _, id := range list {
			best = max(best, q.namedBy(q.r.canonical(id.Text)))
		}
	}
	return best
}

func (r *Reference) canonical(id string) string {
	if canonical, ok := r.alias[id]; ok {
		return canonical
	}
	return id
}

// namedBy returns how a canonical id names the asker: the root ARN of an account
// means the account; a role means its sessions too; a user perhaps the federated
// sessions of that name; any other id means itself.
func (q *question) namedBy(id string) reach {
	switch named, isARN := parseName(id); {
	case isARN && named.root():
		return when(q.who.name.account == named.account, reachAccount)
	case id == q.who.id:
		return reachDirect
	case isARN && q.who.isARN:
		return max(when(q.who.name.sessionOf(named), reachRole), when(q.who.name.federationOf(named), reachSupposed))
	}
	return reachNone
}

var accountForm = regexp.MustCompile(`^([0-9]{12}|(0|[1-9][0-9]*)(/(0|[1-9][0-9]*))*)$`)

func when(ok bool, r reach) reach {
	if ok {
		return r
	}
	return reachNone
}

// federationOf reports whether n is a federated session of the user.
func (n name) federationOf(user name) bool {
	federated, ok := strings.CutPrefix(n.resource, "federated-user/")
	return ok && n.account != "" && n.service == "sts" && user.service == "iam" && strings.HasPrefix(user.resource, "user/") &&
		user.last() == federated && user.where == n.where
}
