package workload

import (
	"fmt"

	"github.com/mayi-authz/mayi/conditions"
)

// matching makes W7: all statements mean the action and the resource, and only
// their conditions tell which one applies. No index over names helps.
func matching(n int) *Workload {
	const asked = 4_000 // the bundle is small, and each request costs much
	k := newMaker(7)
	library := name("docs", "library/")
	var all []Statement
	for i := range n {
		all = append(all, Statement{
			Sid: fmt.Sprintf("S%d", i), Allow: i%10 != 9, Actions: []string{"docs:Get*"}, Resources: []string{library + "*"}, Conditions: telling(i),
		})
	}
	who := Principal{ID: "arn:aws:iam::" + account + ":user/holder", Username: "holder", Boundary: -1}
	k.attach(&who, all)
	k.naive = newNaive(&k.m)
	for range asked {
		k.ask(k.wanted(), k.naive.decide, func(want outcome) aim {
			a := aim{who: &who, action: "docs:Get" + pick(k, nouns), resource: library + fmt.Sprintf("shelf-%d/book-%d", k.IntN(500), k.IntN(500)), context: k.elsewhere(n)}
			i := k.IntN(n/10) * 10
			switch {
			case want == forbidden:
				i += 9
			case want == permitted || k.chance(20):
				i += k.IntN(9)
			default:
				return a
			}
			for _, c := range all[i].Conditions {
				k.satisfy(&a.context, c)
			}
			if want == refused {
				a.action = "docs:Drop" + pick(k, nouns)
			}
			return a
		})
	}
	return k.workload(fmt.Sprintf("W7/%d", n), "every statement matches action and resource; only conditions tell")
}

// telling returns conditions that no other statement has.
func telling(i int) []Condition {
	switch i % 5 {
	case 0:
		return []Condition{{"IpAddress", "aws:SourceIp", []string{fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)}}}
	case 1:
		return []Condition{{"StringLike", "app:Path", []string{fmt.Sprintf("area-%d/*", i)}}}
	case 2:
		return []Condition{{"StringEquals", "app:Tier", []string{fmt.Sprintf("tier-%d", i)}}, {"NumericLessThan", "app:Size", []string{"500"}}}
	case 3:
		return []Condition{
			{"DateGreaterThan", "aws:CurrentTime", []string{"2025-01-01T00:00:00Z"}}, {"Bool", "app:Approved", []string{"true"}},
			{"StringEquals", "app:Owner", []string{fmt.Sprintf("owner-%d", i), fmt.Sprintf("deputy-%d", i)}},
		}
	}
	return []Condition{{"StringEquals", "app:Project", []string{fmt.Sprintf("project-%d", i)}}}
}

// elsewhere draws a context in which no statement of n applies.
func (k *maker) elsewhere(n int) attributes {
	a := k.surroundings()
	a.set("aws:SourceIp", conditions.String(fmt.Sprintf("192.168.%d.%d", k.IntN(256), k.IntN(256))))
	for _, key := range [...]struct{ name, value string }{
		{"app:Project", "project"}, {"app:Path", "area"}, {"app:Tier", "tier"}, {"app:Owner", "owner"},
	} {
		a.set(key.name, conditions.String(fmt.Sprintf("%s-%d", key.value, n+k.IntN(1000))))
	}
	return a
}
