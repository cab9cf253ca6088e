package floor

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// A plot is many statements of one holder, or of everyone, that one part of the
// resource's name tells apart: key cuts it out.
type plot struct {
	holder     string
	everyone   bool
	key        func(resource string) string
	statements map[string][]statement // Denies first
}

// newSpread is for names like "arn:…:team-1/item-2/…": everything about an item
// names it.
func newSpread(m *workload.Model) (decider, error) { return newPlot(m, twoSegments) }

func twoSegments(resource string) string {
	name := resource[strings.LastIndexByte(resource, ':')+1:]
	i := strings.IndexByte(name, '/') + 1
	if j := strings.IndexByte(name[i:], '/'); j >= 0 {
		return name[:i+j]
	}
	return name
}

// newPrefix is for names that all begin alike and differ in the third segment.
func newPrefix(m *workload.Model) (decider, error) { return newPlot(m, thirdSegment) }

func thirdSegment(resource string) string {
	rest := resource
	for range 2 {
		rest = rest[strings.IndexByte(rest, '/')+1:]
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[:i]
	}
	return rest
}

// newInner is for names in which a segment "tenant-…" tells.
func newInner(m *workload.Model) (decider, error) { return newPlot(m, tenantSegment) }

func tenantSegment(resource string) string {
	i := strings.Index(resource, "/tenant-")
	if i < 0 {
		return ""
	}
	rest := resource[i+len("/tenant-"):]
	if j := strings.IndexByte(rest, '/'); j >= 0 {
		return rest[:j]
	}
	return rest
}

// newOpen is for buckets that are everyone's.
func newOpen(m *workload.Model) (decider, error) { return newPlot(m, bucket) }

func bucket(resource string) string {
	name := resource[strings.LastIndexByte(resource, ':')+1:]
	if i := strings.IndexByte(name, '/'); i >= 0 {
		return name[:i]
	}
	return name
}

func newPlot(m *workload.Model, key func(string) string) (decider, error) {
	p := &plot{key: key, statements: make(map[string][]statement), everyone: len(m.Resource) > 0}
	policies := m.Resource
	if !p.everyone {
		if len(m.Principals) != 1 {
			return nil, fmt.Errorf("%d principals; the plot knows one", len(m.Principals))
		}
		p.holder, policies = m.Principals[0].ID, m.Policies
	}
	for i := range policies {
		for j := range policies[i].Statements {
			from := &policies[i].Statements[j]
			s, err := newStatement(from)
			if err != nil {
				return nil, err
			}
			for _, r := range from.Resources {
				k := key(r)
				if k == "" || strings.Contains(k, "*") {
					return nil, fmt.Errorf("resource %s does not name what tells it apart", r)
				}
				p.statements[k] = append(p.statements[k], *s)
			}
		}
	}
	for k, list := range p.statements {
		p.statements[k] = deniesFirst(list)
	}
	return p, nil
}

func (p *plot) decide(r *request) bool {
	if !p.everyone && r.principal != p.holder {
		return false
	}
	return decide(p.statements[p.key(r.resource)], r)
}
