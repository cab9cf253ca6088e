package pdp

import (
	"slices"
	"strings"
)

// A readerIndex is what a Reader needs beside what decisions need.
type readerIndex struct {
	users    map[string]*userRecord   // by canonical id
	tenants  map[string]*tenantRecord // by canonical id
	children map[string][]*tenant     // by canonical id, sorted by id
}

type userRecord struct {
	status  string
	aliases []string
	roles   [][]string // of each membership
}

type tenantRecord struct {
	kind    string
	aliases []string
}

// index compiles what only a Reader asks for, of a directory that is good.
func (c *compiler) index() {
	x := &c.e.index
	*x = readerIndex{users: map[string]*userRecord{}, tenants: map[string]*tenantRecord{}, children: map[string][]*tenant{}}
	for _, doc := range c.docs {
		if doc.Resources != nil {
			c.e.counts.Resources += len(doc.Resources.Resources)
		}
		if doc.Directory == nil {
			continue
		}
		for i := range doc.Directory.Users {
			u := &doc.Directory.Users[i]
			record := &userRecord{status: cmpOr(u.Status.Text, statusActive), aliases: textsOf(u.Aliases)}
			for _, m := range u.Memberships {
				record.roles = append(record.roles, textsOf(m.Roles))
			}
			x.users[u.ID.Text] = record
			c.e.counts.Memberships += len(u.Memberships)
		}
		for i := range doc.Directory.Tenants {
			t := &doc.Directory.Tenants[i]
			x.tenants[t.ID.Text] = &tenantRecord{kind: t.Type.Text, aliases: textsOf(t.Aliases)}
		}
	}
	for _, t := range c.e.tenants {
		if t.parent != nil {
			x.children[t.parent.id] = append(x.children[t.parent.id], t)
		}
	}
	for _, list := range x.children {
		slices.SortFunc(list, func(a, b *tenant) int { return compareTenant(a, b.id) })
	}
}

func compareTenant(t *tenant, id string) int { return strings.Compare(t.id, id) }

func textsOf(list []Text) []string {
	var texts []string
	for _, t := range list {
		texts = append(texts, t.Text)
	}
	return texts
}
