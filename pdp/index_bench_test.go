package pdp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

// A shape is a way in which n statements of one principal differ. Each request
// that it asks is for one of them.
type shape struct {
	name             string
	action, resource func(i int) string // of the statement
	asks             func(i int) string // the resource that statement i allows
	does             func(i int) string // the action
}

// shapes are those of one principal with many statements: spread over actions and
// resources, and the hostile ones.
var shapes = []shape{
	{
		name:   "spread",
		action: func(i int) string { return fmt.Sprintf("svc%d:Get*", i%97) },
		resource: func(i int) string {
			return fmt.Sprintf("arn:aws:svc:eu-west-1:111111111111:team-%d/item-%d/*", i%89, i)
		},
		does: func(i int) string { return fmt.Sprintf("svc%d:GetItem", i%97) },
		asks: func(i int) string {
			return fmt.Sprintf("arn:aws:svc:eu-west-1:111111111111:team-%d/item-%d/x", i%89, i)
		},
	},
	{
		name:     "grid", // neither the action nor the resource alone tells
		action:   func(i int) string { return fmt.Sprintf("svc:Do%d*", i%100) },
		resource: func(i int) string { return fmt.Sprintf("arn:aws:svc:::place-%d/*", i/100) },
		does:     func(i int) string { return fmt.Sprintf("svc:Do%d", i%100) },
		asks:     func(i int) string { return fmt.Sprintf("arn:aws:svc:::place-%d/x", i/100) },
	},
	{
		name:     "prefix",
		action:   func(int) string { return "svc:Get*" },
		resource: func(i int) string { return fmt.Sprintf("arn:aws:svc:eu-west-1:111111111111:shared/%d/*", i) },
		does:     func(int) string { return "svc:GetItem" },
		asks:     func(i int) string { return fmt.Sprintf("arn:aws:svc:eu-west-1:111111111111:shared/%d/x", i) },
	},
	{
		name:     "inner",
		action:   func(int) string { return "svc:Get*" },
		resource: func(i int) string { return fmt.Sprintf("*/tenant-%d/*", i) },
		does:     func(int) string { return "svc:GetItem" },
		asks:     func(i int) string { return fmt.Sprintf("arn:aws:svc:eu-west-1:111111111111:a/tenant-%d/x", i) },
	},
	{
		name:     "fields",
		action:   func(int) string { return "svc:Get*" },
		resource: func(i int) string { return fmt.Sprintf("arn:aws:svc:*:*:*/tenant-%d/*", i) },
		does:     func(int) string { return "svc:GetItem" },
		asks:     func(i int) string { return fmt.Sprintf("arn:aws:svc:eu-west-1:111111111111:a/tenant-%d/x", i) },
	},
}

// bundle writes n statements of the shape, in policies of 50, and who has them:
// one user, or with principal "*" whoever asks.
func (s shape) bundle(n int, everyone bool) files {
	f := files{}
	var names []string
	principal := ""
	if everyone {
		principal = `"*"`
	}
	for i := 0; i < n; i += 50 {
		var list []string
		for j := i; j < min(i+50, n); j++ {
			effect := "Allow"
			if j%10 == 7 {
				effect = "Deny"
			}
			list = append(list, statement(effect, principal, s.action(j), s.resource(j)))
		}
		name := fmt.Sprintf("p%04d", i/50)
		f[name+".json"] = document(list...)
		names = append(names, fmt.Sprintf("%q", name))
	}
	if !everyone {
		f["users.json"] = `{"users": {"u": {"policies": [` + strings.Join(names, ", ") + `]}}}`
	}
	return f
}

// requests asks for many statements, one request in three for none.
func (s shape) requests(n int) []*pdp.Request {
	var list []*pdp.Request
	for k := range 1000 {
		i := k * 7919 % n
		r := ask("u", s.does(i), s.asks(i))
		if k%3 == 2 {
			r.Resource.ID = s.asks(i + n)
		}
		list = append(list, r)
	}
	return list
}

// One principal with n statements, and n resource policies' statements for everyone.
func BenchmarkIndex(b *testing.B) {
	for _, s := range shapes {
		for _, n := range []int{100, 1000, 10_000, 100_000} {
			for _, everyone := range []bool{false, true} {
				if everyone && n != 100 && n != 10_000 {
					continue
				}
				name := fmt.Sprintf("%s/%d", s.name, n)
				if everyone {
					name += "/everyone"
				}
				b.Run(name, func(b *testing.B) { decideAll(b, compile(b, s.bundle(n, everyone)), s.requests(n)) })
			}
		}
	}
}

func decideAll(b *testing.B, e *pdp.Engine, requests []*pdp.Request) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		e.Decide(requests[i])
		if i++; i == len(requests) {
			i = 0
		}
	}
}

// manyPrincipals is a bundle of users, groups and policies with conditions and
// variables: n users, about four statements of policies a user.
func manyPrincipals(n int) (files, []*pdp.Request) {
	f := files{}
	policies := n / 2
	for p := range policies {
		var list []string
		for k := range 4 + 4*(p%2) {
			condition := ""
			switch (p + k) % 10 {
			case 1:
				condition = `, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "Bool": {"svc:urgent": "false"}}`
			case 4:
				condition = `, "Condition": {"StringLike": {"svc:team": "t*"}, "NumericLessThan": {"svc:level": "7"}}`
			case 7:
				condition = `, "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}`
			}
			resource := fmt.Sprintf("arn:aws:svc%d:eu-west-1:111111111111:team-%d/home/${aws:username}/*", (p+k)%20, p%50)
			if k%2 == 1 {
				resource = fmt.Sprintf("arn:aws:svc%d:eu-west-1:111111111111:team-%d/doc-%d/*", (p+k)%20, p%50, k)
			}
			effect, verb := "Allow", []string{"Get", "List", "Put"}[k%3]
			if k == 5 {
				effect = "Deny"
			}
			list = append(list, fmt.Sprintf(`{"Effect": %q, "Action": "svc%d:%s*", "Resource": %q%s}`, effect, (p+k)%20, verb, resource, condition))
		}
		f[fmt.Sprintf("p%05d.json", p)] = document(list...)
	}
	var users, groups []string
	var requests []*pdp.Request
	for g := range n / 20 {
		groups = append(groups, fmt.Sprintf(`"g%d": {"policies": ["p%05d", "p%05d"]}`, g, g*7%policies, (g*11+3)%policies))
	}
	for u := range n {
		id := fmt.Sprintf("arn:aws:iam::111111111111:user/u%d", u)
		p := u % policies
		users = append(users, fmt.Sprintf(`%q: {"policies": ["p%05d"], "groups": ["g%d", "g%d"]}`, id, p, u%(n/20), (u*3+1)%(n/20)))
		k := u % 4
		resource := fmt.Sprintf("arn:aws:svc%d:eu-west-1:111111111111:team-%d/home/u%d/x", (p+k)%20, p%50, u)
		if k%2 == 1 {
			resource = fmt.Sprintf("arn:aws:svc%d:eu-west-1:111111111111:team-%d/doc-%d/x", (p+k)%20, p%50, k)
		}
		if u%3 == 2 {
			resource += "/../other"
			p++
		}
		r := ask(id, fmt.Sprintf("svc%d:%sThing", (p+k)%20, []string{"Get", "List", "Put"}[k%3]), resource)
		r.Context = context("aws:SourceIp", "10.1.2.3", "svc:urgent", "false", "svc:team", "tango", "svc:level", "3")
		requests = append(requests, r)
	}
	f["d.json"] = `{"users": {` + strings.Join(users, ",\n") + `}, "groups": {` + strings.Join(groups, ",\n") + `}}`
	return f, requests
}

func BenchmarkManyPrincipals(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		f, requests := manyPrincipals(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) { decideAll(b, compile(b, f), requests) })
	}
}
