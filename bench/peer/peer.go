package peer

import (
	"fmt"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// A Peer is an engine under measurement.
type Peer struct {
	Name  string
	About string // one line for tables: how the workloads are put to it
	// Load takes a workload's policies in. It keeps nothing of the requests and may
	// keep strings of the Model. An error that is a *Cannot is no failure.
	Load func(w *workload.Workload) (Engine, error)
	// Most is how many statements it is given at most; 0 is any number. Beyond, a
	// round would take longer than the whole comparison may: Why says what.
	Most int
	Why  string
	// Linear says that a decision reads every statement that the principal has, or
	// that there is.
	Linear bool
}

// An Engine has its policies and decides.
type Engine interface {
	// Prepare converts requests to the engine's own form; Decide counts from 0 in them.
	Prepare(requests []workload.Request) error
	Decide(request int) (allowed bool)
}

// A Cannot says why a workload is not put to an engine.
type Cannot struct{ Why string }

func (c *Cannot) Error() string { return c.Why }

func cannot(format string, args ...any) error { return &Cannot{fmt.Sprintf(format, args...)} }

// plainOnly refuses workloads that have more than statements attached to principals.
func plainOnly(w *workload.Workload, engine string) error {
	switch m := &w.Model; {
	case len(m.Tenants) > 0:
		return cannot("%s has no tenants, boundaries or session policies", engine)
	case len(m.Resource) > 0 && len(m.Principals) > 0 && held(m):
		return cannot("resource policies beside identity policies are not put to %s", engine)
	}
	return nil
}

// held reports whether any principal has a policy.
func held(m *workload.Model) bool {
	for i := range m.Principals {
		if len(m.Principals[i].All) > 0 {
			return true
		}
	}
	return false
}

// Statements counts the statements of a model.
func Statements(m *workload.Model) (n int) {
	for _, list := range [][]workload.Policy{m.Policies, m.Resource} {
		for i := range list {
			n += len(list[i].Statements)
		}
	}
	return n
}

// An attachment is a principal with its statements' policies; everyone's has no
// principal: resource policies that name "*".
type attachment struct {
	principal string
	username  string
	policies  []*workload.Policy
}

// attachments lists who has what.
func attachments(m *workload.Model) (list []attachment, everyone []*workload.Policy) {
	for i := range m.Principals {
		p := &m.Principals[i]
		a := attachment{principal: p.ID, username: p.Username}
		for _, n := range p.All {
			a.policies = append(a.policies, &m.Policies[n])
		}
		list = append(list, a)
	}
	for i := range m.Resource {
		everyone = append(everyone, &m.Resource[i])
	}
	return list, everyone
}

// usernames maps principals to their names for ${aws:username}.
func usernames(m *workload.Model) map[string]string {
	names := make(map[string]string, len(m.Principals))
	for i := range m.Principals {
		names[m.Principals[i].ID] = m.Principals[i].Username
	}
	return names
}
