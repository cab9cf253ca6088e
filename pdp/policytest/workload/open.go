package workload

import (
	"fmt"

	"github.com/mayi-authz/mayi/pdp"
)

// open makes W5: nothing is attached to anybody, resource policies say what everyone
// may do with 10,000 buckets. Every tenth statement closes a part of the bucket
// before it.
func open() *Workload {
	const statements, perFile = 10_000, 25
	k := newMaker(5)
	for i := range 1_000 {
		username := fmt.Sprintf("user-%05d", i)
		k.m.Principals = append(k.m.Principals, Principal{ID: "arn:aws:iam::" + account + ":user/" + username, Username: username, Boundary: -1})
	}
	var all []Statement
	for i := range statements {
		s := Statement{Sid: fmt.Sprintf("S%d", i), Allow: true, Actions: []string{pick(k, []string{"s3:Get*", "s3:GetObject", "s3:ListBucket"}), "s3:PutObject"}}
		s.Resources = []string{fmt.Sprintf("arn:aws:s3:::bucket-%d/*", i)}
		if k.chance(20) {
			s.Conditions = k.conditions()[:1]
		}
		if i%10 == 9 {
			s.Allow, s.Actions, s.Conditions = false, []string{"s3:*"}, nil
			s.Resources[0] = fmt.Sprintf("arn:aws:s3:::bucket-%d/private/*", i-1)
		}
		all = append(all, s)
	}
	for at := 0; at < statements; at += perFile {
		k.m.Resource = append(k.m.Resource, Policy{Name: fmt.Sprintf("policies/bucket-%05d", at), Statements: all[at : at+perFile]})
	}
	p := plot{aside: func(k *maker, i int) string { return fmt.Sprintf("arn:aws:s3:::bucket-%d/notes", i+statements) }}
	for range requests {
		who := k.anybody()
		if k.chance(5) {
			who = &Principal{Boundary: -1} // nobody said who they are
		}
		var near []int
		try := func(want outcome) (a aim) {
			a, near = k.plant(&p, all, who, want)
			return a
		}
		k.ask(k.wanted(), func(r *pdp.Request) outcome { return nearby(all, near, who, r) }, try)
	}
	return k.workload("W5", `10,000 resource policies for everyone ("Principal": "*"), one bucket each`)
}
