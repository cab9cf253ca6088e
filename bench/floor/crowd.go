package floor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// A crowd is many principals with some twenty statements each, of which each
// concerns one service: a principal's statements are found by that of the action.
type crowd map[string]holder

// A holder has its statements in one short array by service, Denies of each first:
// finding those of a service is a loop over a few cache lines and no hash.
type holder struct {
	username string
	entries  []entry
}

type entry struct {
	service uint64
	*statement
}

func newCrowd(m *workload.Model) (decider, error) {
	c := make(crowd, len(m.Principals))
	made := make(map[int][]entry)
	for i := range m.Principals {
		p := &m.Principals[i]
		h, err := newHolder(m, p, made)
		if err != nil {
			return nil, err
		}
		c[p.ID] = h
	}
	return c, nil
}

// newHolder collects a principal's statements; made are those of a policy that were
// made before, since principals share them.
func newHolder(m *workload.Model, p *workload.Principal, made map[int][]entry) (holder, error) {
	h := holder{username: p.Username}
	for _, n := range p.All {
		if made[n] == nil {
			for i := range m.Policies[n].Statements {
				from := &m.Policies[n].Statements[i]
				svc, err := oneService(from)
				if err != nil {
					return h, err
				}
				s, err := newStatement(from)
				if err != nil {
					return h, err
				}
				made[n] = append(made[n], entry{svc, s})
			}
		}
		h.entries = append(h.entries, made[n]...)
	}
	slices.SortStableFunc(h.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(rank(a.statement), rank(b.statement)))
	})
	h.entries = slices.Clip(h.entries)
	return h, nil
}

// oneService returns the service of all actions of a statement.
func oneService(s *workload.Statement) (uint64, error) {
	first, _, _ := strings.Cut(s.Actions[0], ":")
	for _, a := range s.Actions {
		if svc, _, ok := strings.Cut(a, ":"); !ok || svc != first || len(svc) > 8 || strings.Contains(svc, "*") {
			return 0, fmt.Errorf("statement with actions %v is not about one service", s.Actions)
		}
	}
	return service(s.Actions[0]), nil
}

func (c crowd) decide(r *request) bool {
	h, ok := c[r.principal]
	return ok && h.allows(r)
}

// allows asks the statements of the action's service.
func (h *holder) allows(r *request) bool {
	for i := range h.entries {
		if e := &h.entries[i]; e.service == r.service && e.applies(r, h.username) {
			return e.allow
		}
	}
	return false
}
