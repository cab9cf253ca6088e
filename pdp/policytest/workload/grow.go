package workload

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
)

// perFile is how many statements a policy of the workloads that grow has.
const perFile = 50

// A plot is one of the workloads W4: one principal with n statements. Every tenth
// is a Deny on a part of what the one before it allows.
type plot struct {
	about string
	allow func(k *maker, i int) Statement
	deny  func(k *maker, before *Statement) Statement
	aside func(k *maker, i int) string // a resource that statement i does not mean
	// nested says that one resource may hold what several statements look for.
	nested bool
}

var plots = map[string]plot{
	"W4":        {"one principal; statements spread over 200 services and all resources", spread, spreadDeny, spreadAside, false},
	"W4/prefix": {"one principal; all statements share one prefix of the action and one of the resource", prefix, prefixDeny, prefixAside, false},
	"W4/inner":  {"one principal; only an inner literal of the resource tells: */tenant-i/*", inner, innerDeny, innerAside, true},
}

func spread(k *maker, i int) Statement {
	svc, item := service(i*7%200), fmt.Sprintf("team-%d/item-%d", i%37, i)
	s := Statement{Actions: []string{k.action(svc)}, Resources: []string{name(svc, item+"/*")}}
	if k.chance(30) {
		s.Actions = append(s.Actions, svc+":"+pick(k, verbs)+pick(k, nouns))
	}
	switch n := k.IntN(100); {
	case i%10 == 8: // a Deny comes next and needs something below
	case n < 20:
		s.Resources[0] = name(svc, item)
	case n < 40:
		s.Resources[0] = name(svc, item+"/*/data")
	}
	return s
}

func spreadDeny(_ *maker, before *Statement) Statement {
	svc, _, _ := strings.Cut(before.Actions[0], ":")
	return Statement{Actions: []string{svc + ":*"}, Resources: []string{strings.Replace(before.Resources[0], "/*", "/locked/*", 1)}}
}

func spreadAside(k *maker, i int) string {
	return name(service(i*7%200), fmt.Sprintf("team-%d/item-%d/data", i%37, i+largest))
}

// shared is what all resources of W4/prefix begin with. What follows has many
// lengths.
var shared = name("docs", "shared/library/")

func prefix(k *maker, i int) Statement {
	word := strings.Repeat("x", i%11)
	return Statement{
		Actions:   []string{"docs:Get" + pick(k, []string{"*", "Item*", "ItemMeta*"})},
		Resources: []string{fmt.Sprintf("%s%s%d/*", shared, word, i)},
	}
}

func prefixDeny(_ *maker, before *Statement) Statement {
	return Statement{Actions: []string{"docs:Get*"}, Resources: []string{before.Resources[0] + "/locked"}}
}

func prefixAside(k *maker, i int) string {
	return fmt.Sprintf("%s%s%d/notes", shared, strings.Repeat("x", (i+1)%11), i)
}

func inner(_ *maker, i int) Statement {
	return Statement{Actions: []string{"docs:Get*"}, Resources: []string{fmt.Sprintf("*/tenant-%d/*", i)}}
}

func innerDeny(_ *maker, before *Statement) Statement {
	return Statement{Actions: []string{"docs:Get*"}, Resources: []string{before.Resources[0] + "/locked/*"}}
}

func innerAside(k *maker, i int) string {
	return name("docs", fmt.Sprintf("bucket-%d/tenant-%d/notes", k.IntN(100), i+largest))
}

func grow(family string, n int) *Workload {
	p, k := plots[family], newMaker(uint64(4+len(family)))
	who := Principal{ID: "arn:aws:iam::" + account + ":user/holder", Username: "holder", Boundary: -1}
	var all []Statement
	for i := range n {
		if i%10 == 9 {
			all = append(all, p.deny(k, &all[i-1]))
		} else {
			s := p.allow(k, i)
			s.Allow = true
			all = append(all, s)
		}
		all[i].Sid = fmt.Sprintf("S%d", i)
	}
	k.attach(&who, all)
	for range requests {
		var near []int
		try := func(want outcome) (a aim) {
			a, near = k.plant(&p, all, &who, want)
			return a
		}
		k.ask(k.wanted(), func(r *pdp.Request) outcome { return nearby(all, near, &who, r) }, try)
	}
	return k.workload(fmt.Sprintf("%s/%d", family, n), p.about)
}

// attach makes policies of the statements and gives them to the one principal.
func (k *maker) attach(who *Principal, all []Statement) {
	for at := 0; at < len(all); at += perFile {
		number := at / perFile
		k.m.Policies = append(k.m.Policies, Policy{Name: fmt.Sprintf("policies/p%05d", number), Statements: all[at:min(at+perFile, len(all))]})
		who.Own = append(who.Own, number)
	}
	who.All = who.Own
	k.m.Principals = []Principal{*who}
}

// plant draws a request near one statement, and says which ones could mean it.
func (k *maker) plant(p *plot, all []Statement, who *Principal, want outcome) (a aim, near []int) {
	i := k.IntN(len(all))
	if forbids := i%10 == 9; forbids != (want == forbidden) {
		i = i - i%10 + 9 // of these ten the last
		if want != forbidden {
			i -= 1 + k.IntN(9)
		}
	}
	near = []int{i, i - i%10 + 8, i - i%10 + 9}
	a = k.toward(who, &all[i])
	switch {
	case want == refused && k.chance(30):
		a.action = strings.Replace(a.action, "Get", "Drop", 1)
	case want == refused:
		a.resource = p.aside(k, i)
	case p.nested && k.chance(10): // two are meant at once
		j := k.IntN(len(all))
		a.resource += fmt.Sprintf("/tenant-%d/copy", j)
		near = append(near, j, j-j%10+9)
	}
	return a, near
}

// nearby asks the statements that can mean the request. It is what a generator may
// know that an evaluator may not; tests ask all.
func nearby(all []Statement, near []int, who *Principal, r *pdp.Request) outcome {
	end := refused
	for _, i := range near {
		switch s := &all[i]; {
		case !s.Applies(who, r):
		case !s.Allow:
			return forbidden
		default:
			end = permitted
		}
	}
	return end
}
