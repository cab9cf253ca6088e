package floor

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// A crowd is many principals with some twenty statements each, of which each
// concerns one service: a principal's statements are found by that of the action.
type crowd map[string]*holder

// A holder has its services in one short array, so that finding one is a loop over
// one or two cache lines and no hash.
type holder struct {
	username   string
	services   []uint64
	statements [][]*statement // of each service, Denies first
}

func newCrowd(m *workload.Model) (decider, error) {
	c := make(crowd, len(m.Principals))
	made := make(map[int][]*statement)
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
func newHolder(m *workload.Model, p *workload.Principal, made map[int][]*statement) (*holder, error) {
	h := &holder{username: p.Username}
	by := make(map[uint64][]*statement)
	for _, n := range p.All {
		if made[n] == nil {
			for i := range m.Policies[n].Statements {
				s, err := newStatement(&m.Policies[n].Statements[i])
				if err != nil {
					return nil, err
				}
				made[n] = append(made[n], s)
			}
		}
		for i, s := range made[n] {
			svc, err := oneService(&m.Policies[n].Statements[i])
			if err != nil {
				return nil, err
			}
			if by[svc] == nil {
				h.services = append(h.services, svc)
			}
			by[svc] = append(by[svc], s)
		}
	}
	for _, svc := range h.services {
		h.statements = append(h.statements, deniesFirst(by[svc]))
	}
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
	h := c[r.principal]
	if h == nil {
		return false
	}
	return decide(h.of(r.service), r, h.username)
}

func (h *holder) of(svc uint64) []*statement {
	for i, s := range h.services {
		if s == svc {
			return h.statements[i]
		}
	}
	return nil
}
