package workload

import (
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
)

// An outcome is how a request ends.
type outcome uint8

const (
	refused   outcome = iota // nothing allows it
	forbidden                // a Deny applies
	permitted
)

func (o outcome) effect() pdp.Effect {
	if o == permitted {
		return pdp.Allow
	}
	return pdp.Deny
}

// A naive evaluator reads the Model statement by statement. It knows nothing of the
// engine: it is what Want is made with.
type naive struct {
	m        *Model
	people   map[string]*Principal
	policies map[string]*Policy // by name
	tenants  map[string]*Tenant // by id and by account
}

func newNaive(m *Model) *naive {
	n := &naive{m: m, people: make(map[string]*Principal), policies: make(map[string]*Policy), tenants: make(map[string]*Tenant)}
	for i := range m.Principals {
		n.people[m.Principals[i].ID] = &m.Principals[i]
	}
	for i := range m.Policies {
		n.policies[m.Policies[i].Name] = &m.Policies[i]
	}
	for i := range m.Tenants {
		n.tenants[m.Tenants[i].ID], n.tenants[m.Tenants[i].Account] = &m.Tenants[i], &m.Tenants[i]
	}
	return n
}

// decide says how a request ends. Its resource belongs to the tenant whose account
// stands in its ARN.
func (n *naive) decide(r *pdp.Request) outcome {
	who := n.people[r.Principal.ID]
	if who == nil {
		who = &Principal{ID: r.Principal.ID, Boundary: -1}
	}
	denied := false
	ask := func(policies ...*Policy) (allows bool) {
		for _, p := range policies {
			for i := range p.Statements {
				if s := &p.Statements[i]; s.Applies(who, r) {
					allows, denied = allows || s.Allow, denied || !s.Allow
				}
			}
		}
		return allows
	}
	granted := ask(n.numbered(who.All)...)
	bounded := who.Boundary < 0 || ask(&n.m.Policies[who.Boundary])
	limited := true
	if r.Session != nil {
		limited = false
		for _, ref := range r.Session.Policies {
			limited = ask(n.policies[ref.Name.Text]) || limited
		}
	}
	guarded, same := true, true
	if len(n.tenants) > 0 {
		owner := n.tenants[strings.Split(r.Resource.ID, ":")[4]].ID
		for at := owner; at != ""; at = parent(at) {
			ask(n.numbered(n.tenants[at].Guardrails)...)
		}
		for at := who.Tenant; at != ""; at = parent(at) {
			rails := n.numbered(n.tenants[at].Guardrails)
			guarded = (ask(rails...) || len(rails) == 0) && guarded
		}
		same = below(owner, who.Tenant)
		for _, member := range who.Memberships {
			if below(owner, member.Tenant) {
				same = true
				granted = granted || n.holds(owner, member, r.Permission)
			}
		}
	}
	open := false
	for i := range n.m.Resource {
		open = ask(&n.m.Resource[i]) || open
	}
	switch {
	case denied:
		return forbidden
	case guarded && same && (open || granted && bounded && limited):
		return permitted
	}
	return refused
}

func (n *naive) numbered(policies []int) []*Policy {
	list := make([]*Policy, len(policies))
	for i, p := range policies {
		list[i] = &n.m.Policies[p]
	}
	return list
}

// holds reports whether a membership gives a permission.
func (n *naive) holds(owner string, at Membership, permission string) bool {
	return slices.ContainsFunc(at.Roles, func(role string) bool {
		return slices.ContainsFunc(n.tenants[owner].Permissions[role], func(p string) bool { return glob(p, permission) })
	})
}

func parent(tenant string) string { return tenant[:max(strings.LastIndexByte(tenant, '/'), 0)] }

func below(tenant, top string) bool { return tenant == top || strings.HasPrefix(tenant, top+"/") }
