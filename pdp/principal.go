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

// findCaller returns the numbers of who asks. Those of the directory's own principals
// are known since it was compiled, unless the request adds a tenant.
func (s *scratch) findCaller() caller {
	if s.entry != nil && s.who == &s.entry.subject && s.tenant == s.entry.home {
		return s.entry.caller
	}
	return s.e.roster.find(s.who, s.tenant)
}

// callers notes of the directory's principals what is known once all of the bundle
// is: their numbers, tenants and aliases.
func (c *compiler) callers() {
	for _, e := range c.e.entries {
		e.caller, e.homeTenant = c.e.roster.find(&e.subject, e.home), c.e.tenants[e.home]
	}
	for alias, id := range c.e.aliases {
		c.e.entries[alias] = c.e.entries[id]
	}
}

// find returns the numbers of a subject and its tenant. The anonymous subject has
// none.
func (r *roster) find(s *subject, tenant string) caller {
	c := caller{id: r.ids[s.id]}
	switch {
	case s.isSession():
		c.role = r.roles[*s.session]
	case s.behind != nil:
		c.behind = r.roles[*s.behind]
	}
	if tenant != "" {
		c.account = r.accounts[tenant]
	}
	return c
}

// A principalSet is a compiled Principal or NotPrincipal.
type principalSet struct {
	any                  bool
	not                  bool // NotPrincipal
	ids, roles, accounts []int32
}

// A grip is the ways in which a Principal element means a caller; the rules
// (4.2) call them direct, by the role and by the account. 0 is in none.
type grip uint8

const (
	gripExact    grip = 1 << iota // by its very id
	gripEveryone                  // by "*"
	gripRole                      // by the role of its session
	gripAccount                   // by the account or tenant: delegation, which needs an identity policy too
	// gripSupposed is by the user of the same name as a federated session. Whoever
	// asks for such a session chooses its name, so that this is enough to deny, but
	// never to allow, and does not count as listed.
	gripSupposed
)

// crosses reports whether the grip reaches into other tenants. star says whether
// "*" does.
func (g grip) crosses(star bool) bool {
	return g&(gripExact|gripRole|gripAccount) != 0 || star && g&gripEveryone != 0
}

// grip returns the ways in which the set means the caller. NotPrincipal means
// everyone but those listed; a session is listed if it, its role or its account is.
func (p *principalSet) grip(c caller) grip {
	var g grip
	if p.any {
		g |= gripEveryone
	}
	if has(p.ids, c.id) {
		g |= gripExact
	}
	if has(p.roles, c.role) {
		g |= gripRole
	}
	if has(p.accounts, c.account) {
		g |= gripAccount
	}
	switch {
	case p.not && g == 0:
		return gripExact
	case p.not:
		return 0
	case has(p.roles, c.behind):
		g |= gripSupposed
	}
	return g
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
func (c *compiler) compilePrincipals(s *Statement) *principalSet {
	p, not := s.Principal, false
	if p == nil {
		p, not = s.NotPrincipal, true
	}
	if p == nil {
		return &principalSet{} // refused by checkShape; it means nobody
	}
	r := &c.e.roster
	set := &principalSet{any: p.Any, not: not}
	for _, t := range p.AWS {
		if tenant := c.e.canonicalTenant(t.Text); isAccount(t.Text) || c.e.tenants[tenant] != nil {
			set.accounts = append(set.accounts, number(r.accounts, tenant))
		} else {
			c.number(set, c.e.Canonical(t.Text))
		}
	}
	for _, t := range p.Tenant {
		set.accounts = append(set.accounts, number(r.accounts, c.e.canonicalTenant(t.Text)))
	}
	for _, list := range [][]Text{p.Federated, p.Service, p.CanonicalUser, p.SPIFFE, p.ID} {
		for _, t := range list {
			c.number(set, c.e.Canonical(t.Text))
		}
	}
	for _, list := range []*[]int32{&set.ids, &set.roles, &set.accounts} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return set
}

// number numbers one id: the root of an account means the account, a role means its
// sessions too, and a user its federated sessions.
func (c *compiler) number(set *principalSet, id string) {
	r := &c.e.roster
	a, _ := arn.Parse(id) // the zero ARN for other ids
	if a.AccountRoot() {
		set.accounts = append(set.accounts, number(r.accounts, c.e.canonicalTenant(a.Account())))
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
