package pdp

import (
	"slices"

	"github.com/mayi-authz/mayi/arn"
)

// A roster numbers every principal that some resource policy names, from 1, so
// that a request looks its own principal up once and each statement compares
// small numbers. 0 is a principal that no policy names.
type roster struct {
	ids      map[string]int32       // exact ids
	roles    map[roleIdentity]int32 // roles, for their sessions; users, for federated ones
	accounts map[string]int32       // accounts and tenants
}

// A caller is a request's principal in the numbers of the roster.
type caller struct {
	id, role, account int32
	behind            int32 // the user whom the name of a federated session suggests
}

func number[K comparable](m map[K]int32, k K) int32 {
	n, ok := m[k]
	if !ok {
		n = int32(len(m) + 1)
		m[k] = n
	}
	return n
}

// find returns the numbers of a subject. The anonymous subject has none.
func (r *roster) find(s *subject) caller {
	c := caller{id: r.ids[s.id]}
	switch {
	case s.isSession():
		c.role = r.roles[s.session]
	case s.behind != (roleIdentity{}):
		c.behind = r.roles[s.behind]
	}
	if s.tenant != "" {
		c.account = r.accounts[s.tenant]
	}
	return c
}

// A principalSet is a compiled Principal or NotPrincipal.
type principalSet struct {
	any                  bool
	not                  bool // NotPrincipal
	ids, roles, accounts []int32
}

// A grip is how a Principal element means a caller: iam-semantics calls them
// direct, viaRole and viaAccount.
type grip uint8

const (
	gripNone grip = iota
	// gripSupposed is by the user of the same name as a federated session. Whoever
	// asks for such a session chooses its name, so that this is enough to deny, but
	// never to allow, and does not count as listed.
	gripSupposed
	gripAccount // by the account or tenant: delegation, which needs an identity policy too
	gripRole    // by the role of its session
	gripDirect  // by its very id, or "*"
)

// grip returns the closest way in which the set means the caller. NotPrincipal
// means, directly, everyone but those listed; a session is listed if it, its role
// or its account is.
func (p *principalSet) grip(c caller) grip {
	g := gripNone
	switch {
	case p.any, has(p.ids, c.id):
		g = gripDirect
	case has(p.roles, c.role):
		g = gripRole
	case has(p.accounts, c.account):
		g = gripAccount
	case has(p.roles, c.behind):
		g = gripSupposed
	}
	if !p.not {
		return g
	}
	if g <= gripSupposed {
		return gripDirect
	}
	return gripNone
}

func has(sorted []int32, n int32) bool {
	if n == 0 || len(sorted) == 0 {
		return false
	}
	_, ok := slices.BinarySearch(sorted, n)
	return ok
}

// compilePrincipals numbers the principals of a statement. Aliases of the
// directory stand for the ids that they belong to.
func (r *roster) compilePrincipals(s *Statement, canonical func(string) string) *principalSet {
	p, not := s.Principal, false
	if p == nil {
		p, not = s.NotPrincipal, true
	}
	if p == nil {
		return &principalSet{} // refused by checkShape; it means nobody
	}
	set := &principalSet{any: p.Any, not: not}
	for _, t := range p.AWS {
		if isAccount(t.Text) {
			set.accounts = append(set.accounts, number(r.accounts, t.Text))
		} else {
			r.add(set, canonical(t.Text))
		}
	}
	for _, list := range [][]Text{p.Federated, p.Service, p.CanonicalUser, p.SPIFFE, p.ID} {
		for _, t := range list {
			r.add(set, canonical(t.Text))
		}
	}
	for _, list := range []*[]int32{&set.ids, &set.roles, &set.accounts} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return set
}

// add numbers one id: the root of an account means the account, a role means its
// sessions too, and a user its federated sessions.
func (r *roster) add(set *principalSet, id string) {
	a, _ := arn.Parse(id) // the zero ARN for other ids
	if a.AccountRoot() {
		set.accounts = append(set.accounts, number(r.accounts, a.Account()))
		return
	}
	set.ids = append(set.ids, number(r.ids, id))
	name, ok := a.Role()
	if user, isUser := a.User(); isUser {
		name, ok = userPrefix+user, true
	}
	if identity := newRoleIdentity(a, name); ok && identity != (roleIdentity{}) {
		set.roles = append(set.roles, number(r.roles, identity))
	}
}
