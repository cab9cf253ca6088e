package workload

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// statementJSON is one statement in IAM's grammar.
type statementJSON struct {
	Sid       string                    `json:",omitempty"`
	Effect    string                    //
	Principal string                    `json:",omitempty"`
	Action    any                       //
	Resource  any                       //
	Condition map[string]map[string]any `json:",omitempty"`
}

// encode returns a value as JSON; what is encoded here always can be.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// oneOrMore is how IAM's authors write lists: one element stands alone.
func oneOrMore(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// file renders a policy with one statement a line; principal is "*" in a resource
// policy and "" in others.
func (p *Policy) file(principal string) []byte {
	lines := make([]string, len(p.Statements))
	for i, s := range p.Statements {
		j := statementJSON{Sid: s.Sid, Effect: "Deny", Principal: principal, Action: oneOrMore(s.Actions), Resource: oneOrMore(s.Resources)}
		if s.Allow {
			j.Effect = "Allow"
		}
		for _, c := range s.Conditions {
			if j.Condition == nil {
				j.Condition = make(map[string]map[string]any)
			}
			if j.Condition[c.Operator] == nil {
				j.Condition[c.Operator] = make(map[string]any)
			}
			j.Condition[c.Operator][c.Key] = oneOrMore(c.Values)
		}
		lines[i] = string(encode(j))
	}
	return []byte("{\"Version\": \"2012-10-17\", \"Statement\": [\n" + strings.Join(lines, ",\n") + "\n]}\n")
}

// object is a JSON object with one member a line, in the order in which they were
// added.
type object []string

func (o *object) add(name string, value any) {
	*o = append(*o, string(encode(name))+": "+string(encode(value)))
}

func (o object) file(name string) []byte {
	return []byte("{" + string(encode(name)) + ": {\n" + strings.Join(o, ",\n") + "\n}}\n")
}

type membershipJSON struct {
	Roles []string `json:"roles"`
}

// entry is a user or a role of a directory.
type entry struct {
	Groups      []string                  `json:"groups,omitempty"`
	Policies    []string                  `json:"policies,omitempty"`
	Boundary    string                    `json:"boundary,omitempty"`
	Memberships map[string]membershipJSON `json:"memberships,omitempty"`
	Permissions []string                  `json:"permissions,omitempty"`
}

type tenantEntry struct {
	Guardrails []string `json:"guardrails,omitempty"`
	Aliases    []string `json:"aliases,omitempty"`
	Mode       string   `json:"rbac_mode,omitempty"`
}

func (m *Model) names(policies []int) []string {
	names := make([]string, len(policies))
	for i, n := range policies {
		names[i] = m.Policies[n].Name
	}
	return names
}

// usersPerFile keeps the files of a directory at a size that people still open.
const usersPerFile = 500

// files renders the model: a file for each policy, the directory in several.
func (m *Model) files() map[string][]byte {
	files := make(map[string][]byte)
	for i := range m.Policies {
		files[m.Policies[i].Name+".json"] = m.Policies[i].file("")
	}
	for i := range m.Resource {
		files[m.Resource[i].Name+".json"] = m.Resource[i].file("*")
	}
	var groups object
	for _, g := range m.Groups {
		groups.add(g.Name, entry{Policies: m.names(g.Policies)})
	}
	if len(groups) > 0 {
		files["directory/groups.json"] = groups.file("groups")
	}
	users, roles := make([]object, len(m.Principals)/usersPerFile+1), object{}
	for i := range m.Principals {
		p := &m.Principals[i]
		e := entry{Groups: p.Groups, Policies: m.names(p.Own)}
		if p.Boundary >= 0 {
			e.Boundary = m.Policies[p.Boundary].Name
		}
		for _, at := range p.Memberships {
			if e.Memberships == nil {
				e.Memberships = make(map[string]membershipJSON)
			}
			e.Memberships[at.Tenant] = membershipJSON{at.Roles}
		}
		if strings.Contains(p.ID, ":role/") {
			roles.add(p.ID, e)
		} else {
			users[i/usersPerFile].add(p.ID, e)
		}
	}
	for i, o := range users {
		if len(o) > 0 {
			files[fmt.Sprintf("directory/users-%03d.json", i)] = o.file("users")
		}
	}
	m.tenantFiles(files, roles)
	return files
}

// tenantFiles renders the tenants, and the roles that they and principals are.
func (m *Model) tenantFiles(files map[string][]byte, roles object) {
	if len(m.Tenants) > 0 {
		var tenants object
		for _, t := range m.Tenants {
			tenants.add(t.ID, tenantEntry{Guardrails: m.names(t.Guardrails), Aliases: []string{t.Account}, Mode: "additive"})
		}
		files["directory/tenants.json"] = tenants.file("tenants")
		permissions := m.Tenants[0].Permissions
		for _, name := range sortedKeys(permissions) {
			roles.add(name, entry{Permissions: permissions[name]})
		}
	}
	if len(roles) > 0 {
		files["directory/roles.json"] = roles.file("roles")
	}
	if len(m.Unattached) > 0 {
		var manifest object
		manifest.add("name", "workload")
		manifest.add("unattached", m.names(m.Unattached))
		files["manifest.json"] = manifest.file("bundle")
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
