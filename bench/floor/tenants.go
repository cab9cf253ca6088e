package floor

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// Tenants decide with guardrails, boundaries, sessions and the roles of memberships.
type tenants struct {
	people   map[string]*employee
	accounts map[string]*tenant // by the account in a resource's ARN
	sessions map[string]*limit  // by the policy's name
	numbers  map[uint64]int     // of services
}

// An employee is a principal with what limits it.
type employee struct {
	holder
	boundary    *limit // nil: none
	tenant      *tenant
	memberships []membership
}

type membership struct {
	tenant      *tenant
	permissions []text
}

// A tenant knows those below it by a range of numbers, given in order of depth
// first; its guardrails and those above it are one list of Denies a service. That
// each level allows everything else is checked when they are made.
type tenant struct {
	number, last int
	denies       [][]statement // by service
}

// A limit is a boundary's or a session's policy by service.
type limit [][]statement

func newTenants(m *workload.Model) (decider, error) {
	t := &tenants{people: make(map[string]*employee), accounts: make(map[string]*tenant), sessions: make(map[string]*limit), numbers: services(m)}
	byID, err := t.tree(m)
	if err != nil {
		return nil, err
	}
	limits := make(map[int]*limit)
	limitOf := func(n int) (*limit, error) {
		if limits[n] == nil {
			l, err := t.limit(&m.Policies[n])
			if err != nil {
				return nil, err
			}
			limits[n] = l
		}
		return limits[n], nil
	}
	for _, n := range m.Unattached {
		l, err := limitOf(n)
		if err != nil {
			return nil, err
		}
		t.sessions[m.Policies[n].Name] = l
	}
	made := make(map[int][]entry)
	for i := range m.Principals {
		p := &m.Principals[i]
		h, err := newHolder(m, p, made)
		if err != nil {
			return nil, err
		}
		e := &employee{holder: h, tenant: byID[p.Tenant]}
		if p.Boundary >= 0 {
			if e.boundary, err = limitOf(p.Boundary); err != nil {
				return nil, err
			}
		}
		if e.memberships, err = memberships(m, p, byID); err != nil {
			return nil, err
		}
		t.people[p.ID] = e
	}
	return t, nil
}

// tree makes the tenants, which come in order of depth first.
func (t *tenants) tree(m *workload.Model) (byID map[string]*tenant, err error) {
	byID = make(map[string]*tenant)
	for i := range m.Tenants {
		from := &m.Tenants[i]
		made := &tenant{number: i, last: i, denies: make([][]statement, len(t.numbers))}
		if above := byID[parent(from.ID)]; above != nil { // with all that is above of it
			for svc := range made.denies {
				made.denies[svc] = append(made.denies[svc], above.denies[svc]...)
			}
		}
		for at := parent(from.ID); at != ""; at = parent(at) {
			byID[at].last = i
		}
		if err := t.guard(made, m, from.Guardrails); err != nil {
			return nil, err
		}
		byID[from.ID], t.accounts[from.Account] = made, made
	}
	return byID, nil
}

func memberships(m *workload.Model, p *workload.Principal, byID map[string]*tenant) (list []membership, err error) {
	for _, at := range p.Memberships {
		member := membership{tenant: byID[at.Tenant]}
		for _, role := range at.Roles {
			for _, permission := range m.Tenants[0].Permissions[role] {
				text, err := newText(permission)
				if err != nil {
					return nil, err
				}
				member.permissions = append(member.permissions, text)
			}
		}
		list = append(list, member)
	}
	return list, nil
}

// services numbers the services that actions name.
func services(m *workload.Model) map[uint64]int {
	numbers := make(map[uint64]int)
	for i := range m.Policies {
		for j := range m.Policies[i].Statements {
			for _, a := range m.Policies[i].Statements[j].Actions {
				if svc := service(a); a != "*" {
					if _, ok := numbers[svc]; !ok {
						numbers[svc] = len(numbers)
					}
				}
			}
		}
	}
	return numbers
}

func parent(id string) string { return id[:max(strings.LastIndexByte(id, '/'), 0)] }

// guard adds a tenant's own guardrails.
func (t *tenants) guard(to *tenant, m *workload.Model, guardrails []int) error {
	for _, n := range guardrails {
		open := false
		for i := range m.Policies[n].Statements {
			s := &m.Policies[n].Statements[i]
			switch {
			case !s.Allow:
				if err := t.byService(to.denies, s); err != nil {
					return err
				}
			case s.Actions[0] == "*" && s.Resources[0] == "*" && len(s.Conditions) == 0:
				open = true
			}
		}
		if !open {
			return fmt.Errorf("guardrail %s does not allow everything else", m.Policies[n].Name)
		}
	}
	return nil
}

// byService puts a statement to each service that its actions name, with the
// actions of that service alone.
func (t *tenants) byService(lists [][]statement, from *workload.Statement) error {
	whole, err := newStatement(from)
	if err != nil {
		return err
	}
	at := make(map[int]int) // in the list of a service
	for i, a := range from.Actions {
		svc, ok := t.numbers[service(a)]
		if !ok {
			return fmt.Errorf("action %s names no service", a)
		}
		if _, ok := at[svc]; !ok {
			at[svc] = len(lists[svc])
			lists[svc] = append(lists[svc], statement{allow: whole.allow, resources: whole.resources, conditions: whole.conditions})
		}
		part := &lists[svc][at[svc]]
		part.actions = append(part.actions, whole.actions[i])
	}
	return nil
}

func (t *tenants) limit(p *workload.Policy) (*limit, error) {
	l := make(limit, len(t.numbers))
	for i := range p.Statements {
		if err := t.byService(l, &p.Statements[i]); err != nil {
			return nil, err
		}
	}
	for svc := range l {
		l[svc] = deniesFirst(l[svc])
	}
	return &l, nil
}

func (t *tenant) covers(other *tenant) bool {
	return t.number <= other.number && other.number <= t.last
}

func (t *tenants) decide(r *request) bool {
	who, owner := t.people[r.principal], t.accounts[account(r.resource)]
	svc, ok := t.numbers[r.service]
	if who == nil || owner == nil || !ok {
		return false
	}
	denied, granted := who.asked(r)
	if denied {
		return false
	}
	same := who.tenant.covers(owner)
	for i := range who.memberships {
		if at := &who.memberships[i]; at.tenant.covers(owner) {
			same = true
			granted = granted || anyMatch(at.permissions, r.permission, "")
		}
	}
	if !same || !granted {
		return false
	}
	return !anyApplies(owner.denies[svc], r) && !anyApplies(who.tenant.denies[svc], r) &&
		(who.boundary == nil || decide((*who.boundary)[svc], r)) &&
		(r.session == "" || decide((*t.sessions[r.session])[svc], r))
}

// asked tells a Deny from nothing that applies, which a membership may make good.
func (h *holder) asked(r *request) (denied, granted bool) {
	for i := range h.entries {
		if e := &h.entries[i]; e.service == r.service && e.applies(r, h.username) {
			return !e.allow, e.allow
		}
	}
	return false, false
}

func anyApplies(list []statement, r *request) bool {
	for i := range list {
		if list[i].applies(r, "") {
			return true
		}
	}
	return false
}

// account is the fifth field of an ARN.
func account(resource string) string {
	for range 4 {
		resource = resource[strings.IndexByte(resource, ':')+1:]
	}
	return resource[:max(strings.IndexByte(resource, ':'), 0)]
}
