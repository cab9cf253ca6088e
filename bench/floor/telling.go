package floor

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// A telling floor has statements that all mean the same action and resource; each
// has one condition whose value no other has, and is found by that value.
type telling struct {
	holder  string
	actions []text
	names   []text
	nets    map[uint32][]statement // by /24
	texts   [len(textKeys)]map[string][]statement
}

func newTelling(m *workload.Model) (decider, error) {
	t := &telling{holder: m.Principals[0].ID, nets: make(map[uint32][]statement)}
	for i := range t.texts {
		t.texts[i] = make(map[string][]statement)
	}
	first := &m.Policies[0].Statements[0]
	for i := range m.Policies {
		for j := range m.Policies[i].Statements {
			from := &m.Policies[i].Statements[j]
			if fmt.Sprint(from.Actions, from.Resources) != fmt.Sprint(first.Actions, first.Resources) {
				return nil, fmt.Errorf("statement %s differs in more than conditions", from.Sid)
			}
			s, err := newStatement(from)
			if err != nil {
				return nil, err
			}
			if !t.add(s) {
				return nil, fmt.Errorf("statement %s has no condition that tells", from.Sid)
			}
			t.actions, t.names = s.actions, s.resources
		}
	}
	for k, list := range t.nets {
		t.nets[k] = deniesFirst(list)
	}
	for _, values := range t.texts {
		for k, list := range values {
			values[k] = deniesFirst(list)
		}
	}
	return t, nil
}

func (t *telling) add(s *statement) bool {
	for i := range s.conditions {
		switch c := &s.conditions[i]; {
		case c.kind == inNetwork && len(c.nets) == 1 && c.nets[0].mask == 0xffffff00:
			t.nets[c.nets[0].address>>8] = append(t.nets[c.nets[0].address>>8], *s)
			return true
		case c.kind == likeText:
			for _, v := range c.texts {
				k := segment(v.head)
				t.texts[c.key][k] = append(t.texts[c.key][k], *s)
			}
			return true
		}
	}
	return false
}

// segment is what stands before the first slash.
func segment(value string) string {
	if i := strings.IndexByte(value, '/'); i >= 0 {
		return value[:i]
	}
	return value
}

func (t *telling) decide(r *request) bool {
	if r.principal != t.holder || !anyMatch(t.actions, r.action, "") || !anyMatch(t.names, r.resource, "") {
		return false
	}
	allowed := false
	// Of each list the first that holds decides, and a Deny decides over all lists.
	ask := func(list []statement) (denied bool) {
		for i := range list {
			if s := &list[i]; s.holds(r) {
				allowed = allowed || s.allow
				return !s.allow
			}
		}
		return false
	}
	if r.hasAddress && ask(t.nets[r.address>>8]) {
		return false
	}
	for i, values := range t.texts {
		if is := r.texts[i]; is != "" && len(values) > 0 && ask(values[segment(is)]) {
			return false
		}
	}
	return allowed
}
