package compare

import (
	"bytes"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// clone copies the bundle of a workload, every string of it, without the requests.
func clone(w *workload.Workload) *workload.Workload {
	c := &workload.Workload{Name: w.Name, About: w.About, Files: make(map[string][]byte, len(w.Files)), Model: w.Model}
	for path, data := range w.Files {
		c.Files[path] = bytes.Clone(data)
	}
	m := &c.Model
	m.Policies, m.Resource = clonePolicies(m.Policies), clonePolicies(m.Resource)
	m.Principals = slices.Clone(m.Principals)
	for i := range m.Principals {
		p := &m.Principals[i]
		p.ID, p.Username, p.Tenant = strings.Clone(p.ID), strings.Clone(p.Username), strings.Clone(p.Tenant)
		p.All, p.Own = slices.Clone(p.All), slices.Clone(p.Own)
	}
	return c
}

func clonePolicies(from []workload.Policy) []workload.Policy {
	list := slices.Clone(from)
	for i := range list {
		p := &list[i]
		p.Name, p.Statements = strings.Clone(p.Name), slices.Clone(p.Statements)
		for j := range p.Statements {
			s := &p.Statements[j]
			s.Sid, s.Actions, s.Resources = strings.Clone(s.Sid), cloneTexts(s.Actions), cloneTexts(s.Resources)
			s.Conditions = slices.Clone(s.Conditions)
			for k := range s.Conditions {
				s.Conditions[k].Values = cloneTexts(s.Conditions[k].Values)
			}
		}
	}
	return list
}

func cloneTexts(from []string) []string {
	list := make([]string, len(from))
	for i := range from {
		list[i] = strings.Clone(from[i])
	}
	return list
}
