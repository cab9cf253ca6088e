package workload

import (
	"fmt"
	"slices"
	"strings"
)

const (
	firms      = 2 // tenants of the first level; each tenant has 4 below it, 4 levels deep
	staff      = 2_000
	boundaries = 12
	sessions   = 24
	teams      = 100
	offered    = 30 // services
)

// tenanted makes W6: tenants four levels deep with guardrails, and users with
// boundaries, sessions, and roles that memberships give.
func tenanted() *Workload {
	k := newMaker(6)
	limits := k.limits()
	k.m.Unattached = limits[boundaries:]
	for f := range firms {
		k.tenants(fmt.Sprintf("firm-%d", f), 1)
	}
	for t := range teams {
		k.m.Groups = append(k.m.Groups, Group{Name: fmt.Sprintf("team-%03d", t), Policies: []int{k.duties("*", t), k.duties("*", t)}})
	}
	for i := range staff {
		k.m.Principals = append(k.m.Principals, k.employee(i, limits))
	}
	k.naive = newNaive(&k.m)
	turn := k.Perm(staff)
	for i := range requests {
		who := &k.m.Principals[turn[i%staff]]
		k.ask(k.wanted(), k.naive.decide, func(want outcome) aim { return k.atWork(who, want) })
	}
	return k.workload("W6", "2,000 users in tenants 4 deep, with memberships, boundaries, session policies and guardrails")
}

// policy adds a policy and returns its number.
func (k *maker) policy(kind string, statements ...Statement) int {
	for i := range statements {
		statements[i].Sid = fmt.Sprintf("S%d", i)
	}
	n := len(k.m.Policies)
	k.m.Policies = append(k.m.Policies, Policy{Name: fmt.Sprintf("policies/%05d-%s", n, kind), Statements: statements})
	return n
}

// services draws patterns for the actions of some services that begin with a verb.
func (k *maker) services(n int, verb string) []string {
	var list []string
	for _, s := range k.Perm(offered)[:n] {
		list = append(list, service(s)+":"+verb+"*")
	}
	return list
}

// limits makes the boundaries, and after them the policies of sessions.
func (k *maker) limits() (numbers []int) {
	for range boundaries {
		numbers = append(numbers, k.policy("boundary",
			Statement{Allow: true, Actions: k.services(24, ""), Resources: []string{"*"}},
			Statement{Actions: k.services(2, "Delete"), Resources: []string{"*"}}))
	}
	for range sessions {
		numbers = append(numbers, k.policy("session",
			Statement{Allow: true, Actions: k.services(20, ""), Resources: []string{"*"}},
			Statement{Allow: true, Actions: k.services(20, "Get"), Resources: []string{"*"}}))
	}
	return numbers
}

var roles = map[string][]string{
	"viewer":  {"docs.read", "orders.read", "reports.read"},
	"editor":  {"docs.*", "orders.read", "orders.update"},
	"manager": {"docs.*", "orders.*", "reports.*", "members.read"},
}

// tenants makes a tenant and those below it. The first two levels have guardrails,
// and half of the third.
func (k *maker) tenants(id string, level int) {
	t := Tenant{ID: id, Account: fmt.Sprintf("%012d", 200_000_000_000+len(k.m.Tenants)), Permissions: roles}
	if level <= 2 || level == 3 && k.chance(50) {
		t.Guardrails = []int{k.policy("guardrail",
			Statement{Allow: true, Actions: []string{"*"}, Resources: []string{"*"}},
			Statement{Actions: k.services(3, "Delete"), Resources: []string{"*"}},
			Statement{Actions: k.services(5, ""), Resources: []string{"arn:aws:*:" + region + ":*:sealed/*"}})}
	}
	k.m.Tenants = append(k.m.Tenants, t)
	if level < 4 {
		for i := range 4 {
			k.tenants(fmt.Sprintf("%s/%s-%d", id, []string{"org", "branch", "unit"}[level-1], i), level+1)
		}
	}
}

// duties makes a policy of a team's, for the resources of one account or of all.
func (k *maker) duties(account string, team int) int {
	var statements []Statement
	for i := range 4 {
		svc := service(k.IntN(offered))
		resource := fmt.Sprintf("arn:aws:%s:%s:%s:team-%d/", svc, region, account, team)
		s := Statement{Allow: i != 3, Actions: []string{k.action(svc)}, Resources: []string{fmt.Sprintf("%sdoc-%d/*", resource, k.IntN(1000))}}
		switch {
		case !s.Allow:
			s.Actions, s.Resources = []string{svc + ":Delete*"}, []string{resource + "*"}
		case i == 0:
			s.Resources = []string{resource + "*"}
		case k.chance(30):
			s.Conditions = k.conditions()
		}
		statements = append(statements, s)
	}
	return k.policy("duties", statements...)
}

func (k *maker) employee(i int, limits []int) Principal {
	home := k.m.Tenants[k.IntN(len(k.m.Tenants))] // mostly of the fourth level
	p := Principal{Username: fmt.Sprintf("user-%05d", i), Boundary: -1, Tenant: home.ID}
	p.ID = "arn:aws:iam::" + home.Account + ":user/" + p.Username
	p.Own = []int{k.duties(home.Account, k.IntN(teams))}
	p.All = slices.Clone(p.Own)
	for _, g := range k.Perm(teams)[:2] {
		p.Groups = append(p.Groups, k.m.Groups[g].Name)
		p.All = append(p.All, k.m.Groups[g].Policies...)
	}
	p.All = sorted(p.All)
	if k.chance(50) {
		p.Boundary = limits[k.IntN(boundaries)]
	}
	for _, t := range k.Perm(len(k.m.Tenants))[:1+k.IntN(2)] {
		m := Membership{Tenant: k.m.Tenants[t].ID, Roles: []string{pick(k, []string{"viewer", "editor", "manager"})}}
		p.Memberships, p.Roles = append(p.Memberships, m), append(p.Roles, m.Roles...)
	}
	return p
}

// atWork draws a request: by a policy, or by a permission in the tenant of a
// membership; a third of them in a session.
func (k *maker) atWork(who *Principal, want outcome) aim {
	s := k.duty(who, want)
	at := k.within(who.Tenant)
	granted := want != forbidden && k.chance(30)
	if granted {
		at = k.within(pick(k, who.Memberships).Tenant)
	}
	if want == refused && k.chance(40) {
		at = &k.m.Tenants[k.IntN(len(k.m.Tenants))]
	}
	svc, _, _ := strings.Cut(pick(k, s.Actions), ":")
	pattern := strings.Replace(pick(k, s.Resources), "arn:aws:*:", "arn:aws:"+svc+":", 1)
	if pattern == "*" {
		pattern = "arn:aws:" + svc + ":" + region + ":*:team-*"
	}
	s.Resources = []string{strings.Replace(pattern, ":*:", ":"+at.Account+":", 1)}
	a := k.toward(who, &s)
	if granted {
		a.permission = pick(k, []string{"docs.read", "docs.update", "orders.read", "orders.update", "reports.read", "members.read"})
		a.resource = fmt.Sprintf("arn:aws:%s:%s:%s:office-%d", svc, region, at.Account, k.IntN(1000))
	}
	if want == refused && k.chance(30) {
		a.action = svc + ":" + pick(k, verbs) + pick(k, nouns)
	}
	if k.chance(33) {
		a.session = k.m.Policies[pick(k, k.m.Unattached)].Name
	}
	return a
}

// duty draws a statement that could end a request as wanted. Those of limits only
// forbid.
func (k *maker) duty(who *Principal, want outcome) Statement {
	for {
		holder := who
		if want == forbidden && k.chance(50) {
			holder = k.limited(who)
		}
		if s := k.any(holder, want != forbidden); s != nil {
			return *s
		}
	}
}

// within draws a tenant: this one, or one below it.
func (k *maker) within(top string) *Tenant {
	for {
		if t := &k.m.Tenants[k.IntN(len(k.m.Tenants))]; below(t.ID, top) {
			return t
		}
	}
}

// limited returns what limits a principal, as if it were all that is attached.
func (k *maker) limited(who *Principal) *Principal {
	limits := new(Principal)
	if who.Boundary >= 0 {
		limits.All = append(limits.All, who.Boundary)
	}
	for at := who.Tenant; at != ""; at = parent(at) {
		limits.All = append(limits.All, k.naive.tenants[at].Guardrails...)
	}
	return limits // the first level has guardrails: they are never none
}
