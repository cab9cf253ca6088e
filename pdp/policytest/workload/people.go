package workload

import (
	"fmt"
	"slices"
	"strings"
)

// A crowd is the shape of a bundle with many principals.
type crowd struct {
	name, about       string
	seed              uint64
	users, roles      int
	own, ownEach      int // policies attached to users, and how many each has
	groups, groupEach int // groups, and how many a user is in at most
	perGroup          int // policies of each group
	statements        int // of each policy
	services          int
	rich              bool // has variables and conditions
}

var crowds = []crowd{
	{
		name: "W1", about: "10 policies of 3 statements, held by all of 10 users; exact and prefix patterns",
		seed: 1, users: 10, groups: 2, groupEach: 2, perGroup: 5, statements: 3, services: 10,
	},
	{
		name: "W2", about: "1,000 users and roles of about 5 policies each; 4,000 statements, two conditions on 30 %",
		seed: 2, users: 950, roles: 50, own: 900, ownEach: 2, groups: 50, groupEach: 2, perGroup: 2, statements: 4, services: 40, rich: true,
	},
	{
		name: "W3", about: "10,000 users and roles of about 5 policies each; 100,000 statements, two conditions on 30 %",
		seed: 3, users: 9_500, roles: 500, own: 20_000, ownEach: 2, groups: 2_500, groupEach: 2, perGroup: 2, statements: 4, services: 200, rich: true,
	},
}

func (c *crowd) make() *Workload {
	k := newMaker(c.seed)
	k.policies(c, c.groups*c.perGroup, true)
	k.policies(c, c.own, false)
	for g := range c.groups {
		group := Group{Name: fmt.Sprintf("group-%04d", g)}
		for p := range c.perGroup {
			group.Policies = append(group.Policies, g*c.perGroup+p)
		}
		k.m.Groups = append(k.m.Groups, group)
	}
	k.principals(c)
	k.naive = newNaive(&k.m)
	turn := k.Perm(len(k.m.Principals)) // all have their turn, in no order that memory has
	for i := range requests {
		who := &k.m.Principals[turn[i%len(turn)]]
		k.ask(k.wanted(), k.naive.decide, func(want outcome) aim { return k.among(c, who, want) })
	}
	return k.workload(c.name, c.about)
}

func (k *maker) policies(c *crowd, n int, shared bool) {
	for range n {
		p := Policy{Name: fmt.Sprintf("policies/p%05d", len(k.m.Policies))}
		for s := range c.statements {
			p.Statements = append(p.Statements, k.statement(c, len(k.m.Policies), s, shared))
		}
		k.m.Policies = append(k.m.Policies, p)
	}
}

// statement draws one about one service. The first of a shared policy gives
// everyone a home.
func (k *maker) statement(c *crowd, policy, number int, shared bool) Statement {
	svc := service(k.IntN(c.services))
	s := Statement{Sid: fmt.Sprintf("S%d", number), Allow: !k.chance(12)}
	team := fmt.Sprintf("team-%d", policy%(c.users/5+1))
	if !s.Allow {
		s.Actions = []string{svc + ":Delete*"}
		s.Resources = []string{name(svc, team+"/*")}
		return s
	}
	for range 1 + k.IntN(3) {
		s.Actions = append(s.Actions, k.action(svc))
	}
	for range 1 + k.IntN(2) {
		s.Resources = append(s.Resources, k.resource(svc, team))
	}
	if c.rich && shared && number == 0 {
		s.Actions = []string{svc + ":Get*", svc + ":Put*"}
		s.Resources = []string{name(svc, "home/${aws:username}/*")}
	}
	if c.rich && k.chance(34) { // of all statements, Denies included, 30 %
		s.Conditions = k.conditions()
	}
	return s
}

func (k *maker) action(service string) string {
	switch n := k.IntN(100); {
	case n < 50:
		return service + ":" + pick(k, verbs) + pick(k, nouns)
	case n < 95:
		return service + ":" + pick(k, verbs) + "*"
	}
	return service + ":*"
}

func (k *maker) resource(service, team string) string {
	switch n := k.IntN(100); {
	case n < 30:
		return name(service, fmt.Sprintf("%s/doc-%d", team, k.IntN(1000)))
	case n < 85:
		return name(service, fmt.Sprintf("%s/doc-%d/*", team, k.IntN(1000)))
	}
	return name(service, team+"/*")
}

// conditions draws two of the usual ones.
func (k *maker) conditions() []Condition {
	all := []Condition{
		{"IpAddress", "aws:SourceIp", []string{pick(k, []string{"10.1.0.0/16", "10.2.0.0/16", "192.168.0.0/16"}), fmt.Sprintf("203.0.%d.0/24", k.IntN(256))}},
		{"StringLike", "aws:UserAgent", []string{pick(k, []string{"aws-cli/*", "Mozilla/*", "terraform/*"}), "internal-batch/*"}},
		{"NumericLessThan", "app:Size", []string{fmt.Sprint(100 + 100*k.IntN(9))}},
		{"Bool", "app:Approved", []string{"true"}},
		{"DateGreaterThan", "aws:CurrentTime", []string{pick(k, []string{"2024-06-01T00:00:00Z", "2025-01-01T00:00:00Z", "2026-01-15T12:00:00Z", "2090-01-01T00:00:00Z"})}},
	}
	i := k.IntN(len(all))
	j := (i + 1 + k.IntN(len(all)-1)) % len(all)
	return []Condition{all[min(i, j)], all[max(i, j)]}
}

// principals attaches every policy and every group to somebody.
func (k *maker) principals(c *crowd) {
	own, groups := k.Perm(c.own), k.Perm(c.groups)
	slot := func(perm []int, next *int) int {
		*next++
		return perm[(*next-1)%len(perm)]
	}
	var nextOwn, nextGroup int
	for i := range c.users + c.roles {
		p := Principal{Boundary: -1, Username: fmt.Sprintf("user-%05d", i)}
		p.ID = "arn:aws:iam::" + account + ":user/" + p.Username
		each, in := c.ownEach, 1+k.IntN(max(c.groupEach, 1))
		if c.name == "W1" {
			in = c.groupEach
		}
		if i >= c.users { // a role: it has no name, and nobody put it in a group
			p.ID, p.Username = fmt.Sprintf("arn:aws:iam::%s:role/role-%04d", account, i-c.users), ""
			each, in = c.ownEach+c.perGroup+1, 0
		}
		for range each {
			p.Own = append(p.Own, len(groups)*c.perGroup+slot(own, &nextOwn))
		}
		p.Own = sorted(p.Own)
		p.All = slices.Clone(p.Own)
		for range in {
			g := &k.m.Groups[slot(groups, &nextGroup)]
			if !slices.Contains(p.Groups, g.Name) {
				p.Groups = append(p.Groups, g.Name)
				p.All = append(p.All, g.Policies...)
			}
		}
		p.All = sorted(p.All)
		k.m.Principals = append(k.m.Principals, p)
	}
}

// among draws a request of one principal's, or of anybody's where that one has
// nothing that could end as wanted.
func (k *maker) among(c *crowd, who *Principal, want outcome) aim {
	if k.chance(10) {
		who = k.anybody()
	}
	s := k.any(who, want != forbidden)
	for s == nil {
		who = k.anybody()
		s = k.any(who, want != forbidden)
	}
	a := k.toward(who, s)
	if want == refused {
		k.miss(c, &a)
	}
	return a
}

func (k *maker) anybody() *Principal { return &k.m.Principals[k.IntN(len(k.m.Principals))] }

// any draws a statement of the principal's with the effect, nil if it drew others.
func (k *maker) any(who *Principal, allow bool) *Statement {
	for range 20 {
		p := &k.m.Policies[pick(k, who.All)]
		if s := &p.Statements[k.IntN(len(p.Statements))]; s.Allow == allow {
			return s
		}
	}
	return nil
}

// miss turns a request that would be allowed into one that should not be.
func (k *maker) miss(c *crowd, a *aim) {
	switch n := k.IntN(100); {
	case n < 30: // another action of the service
		svc, _, _ := strings.Cut(a.action, ":")
		a.action = svc + ":" + pick(k, verbs) + pick(k, nouns)
	case n < 60: // another's resource
		a.resource = name(service(k.IntN(c.services)), fmt.Sprintf("team-%d/doc-%d/rev-1", k.IntN(c.users), k.IntN(1000)))
	case n < 75: // another's home
		a.resource = name(service(k.IntN(c.services)), fmt.Sprintf("home/user-%05d/notes", k.IntN(c.users)))
	case n < 95: // other surroundings
		a.context = k.surroundings()
		if i := k.IntN(2 * len(a.context)); i < len(a.context) {
			a.context = slices.Delete(a.context, i, i+1)
		}
	default: // nobody whom the directory knows
		a.id = fmt.Sprintf("arn:aws:iam::%s:user/stranger-%d", account, k.IntN(1000))
	}
}
