package pdp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// hostile are patterns and requests that have fooled indexes: heads that are empty,
// long, of several bytes a character, or of letters that fold only in Unicode;
// wildcards and holes at every place.
var (
	hostileActions = []string{
		"*", "svc:*", "svc:Get*", "SVC:get?", "svc:G?t*", "svc:*Item", "s*", "\u212aey:Get*", "key:Get*", "Key:\u212a*", "ä:*", "Ä:?",
		"svc:" + strings.Repeat("a", 300), "svc:" + strings.Repeat("A", 300) + "*", "!svc:Get*", "!*", "svc:Getä", "plain",
	}
	hostileResources = []string{
		"*", "**", "?", "*/tenant-1/*", "*/tenant-12/*", "*/tenant-1?/*", "arn:aws:s3:::*/tenant-1/*", "arn:aws:s3:*:*:b/*", "arn:aws:*:*:*:*/tenant-7/x",
		"arn:aws:s3", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/${app:body}/x", "${app:body}", "x/${app:body, 'y'}*",
		"doc/ä*", "doc/\u212a", "doc/?ä?", "*ä", "*-1", "*tail", "a?c*defghijk?lmnopqrstu*", strings.Repeat("x", 300), strings.Repeat("x", 300) + "*", strings.Repeat("x", 254) + "?",
		"!*/tenant-1/*", "!doc/*", "!doc/${app:body}", "*" + strings.Repeat("ab", 50) + "*", "doc/${*}", "doc/${?}${$}*",
	}
	hostileRequests = [][2]string{
		{"svc:GetItem", "arn:aws:s3:::b/tenant-1/x"}, {"SVC:GETX", "x/tenant-12/y/tenant-1/"}, {"key:Getter", "doc/k"}, {"\u212aey:Get", "doc/\u212a"},
		{"svc:" + strings.Repeat("a", 300), strings.Repeat("x", 300)}, {"s", "?"}, {"ä:b", "doc/ää"}, {"Ä:\u212a", "doc/*"}, {"svc:Get", "arn:aws:s3:eu:1:b/x"}, {"plain", "abcdefghijklmnopqrstuvw"},
	}
)

// FuzzIndex: a bundle of many statements looks at every statement that can match, and
// decides what asking all of them decides. The fuzzer brings two patterns of each kind
// and a request; the rest of the statements are the hostile ones and variations.
func FuzzIndex(f *testing.F) {
	for i, r := range hostileRequests {
		f.Add(hostileActions[i], hostileResources[i], hostileActions[i+5], hostileResources[i+15], r[0], r[1], byte(i))
	}
	f.Fuzz(func(t *testing.T, action1, resource1, action2, resource2, action, resource string, mix byte) {
		var all []pdp.Statement
		add := func(i int, action, resource string) {
			s := statementOf(i, action, resource)
			if (i+int(mix))%7 == 0 {
				s.Effect = pdp.Deny
			}
			all = append(all, s)
		}
		for i := range 120 {
			k := i + int(mix)
			switch {
			case i%9 == 0:
				add(i, action1, resource1+fmt.Sprint("-", i))
			case i%9 == 1:
				add(i, action2, fmt.Sprint("*", i, resource2))
			case i%9 == 2:
				add(i, action1, resource2)
			case i%9 == 3:
				add(i, action2, resource1)
			case mix%2 == 0:
				add(i, hostileActions[k%len(hostileActions)], fmt.Sprintf("*/tenant-%d/*", i))
			default:
				add(i, hostileActions[k%len(hostileActions)], hostileResources[k*7%len(hostileResources)])
			}
		}
		e, err := hostileEngine(all, mix)
		if err != nil { // some of the fuzzer's patterns are refused
			all = slices.DeleteFunc(all, func(s pdp.Statement) bool { _, err := hostileEngine([]pdp.Statement{s}, 0); return err != nil })
			if e, err = hostileEngine(all, mix); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range append([][2]string{{action, resource}, {action1, resource1}, {"svc:GetItem", resource2}}, hostileRequests...) {
			for _, body := range []string{"", "tenant-1", "?"} {
				checkIndex(t, e, r[0], r[1], body)
			}
		}
	})
}

// statementOf makes an Allow; "!" makes a pattern one of NotAction or NotResource.
func statementOf(i int, action, resource string) pdp.Statement {
	s := pdp.Statement{Index: i, Effect: pdp.Allow}
	if not, ok := strings.CutPrefix(action, "!"); ok {
		s.NotActions = []pdp.Text{{Text: not}, {Text: "svc:Never"}}
	} else {
		s.Actions = []pdp.Text{{Text: action}, {Text: "svc:Never"}}[:1+i%2]
	}
	if not, ok := strings.CutPrefix(resource, "!"); ok {
		s.NotResources = []pdp.Text{{Text: not}}
	} else {
		s.Resources = []pdp.Text{{Text: resource}, {Text: "*/never/*"}}[:1+i%3%2]
	}
	return s
}

// hostileEngine has the statements in identity policies of one user, and in resource
// policies for everyone and for the user.
func hostileEngine(all []pdp.Statement, mix byte) (*pdp.Engine, error) {
	policy := func(name string, statements []pdp.Statement, p *pdp.Principals) *pdp.Document {
		statements = slices.Clone(statements)
		for i := range statements {
			statements[i].Principal = p
		}
		return &pdp.Document{File: name + ".json", Policy: &pdp.Policy{Name: name, Version: "2012-10-17", Resource: p != nil, Statements: statements}}
	}
	half := len(all) * int(mix%3) / 3
	docs := []*pdp.Document{
		policy("a", all[:half], nil), policy("b", all[half:], nil),
		policy("c", all, &pdp.Principals{Any: true}), policy("d", all, &pdp.Principals{ID: []pdp.Text{{Text: "u"}, {Text: "v"}}}),
		{File: "u.json", Directory: &pdp.Directory{
			Users:  []pdp.User{{ID: pdp.Text{Text: "u"}, Policies: []pdp.PolicyRef{{Name: pdp.Text{Text: "a"}}}, Groups: []pdp.Text{{Text: "g"}}}},
			Groups: []pdp.Group{{Name: pdp.Text{Text: "g"}, Policies: []pdp.PolicyRef{{Name: pdp.Text{Text: "b"}}, {Name: pdp.Text{Text: "a"}}}}},
		}},
	}
	return pdp.Compile(docs, pdp.Options{}, nil)
}

// checkIndex asks one question. body is what a variable of the policies holds; "?" is
// that nobody knows.
func checkIndex(t *testing.T, e *pdp.Engine, action, resource, body string) {
	t.Helper()
	r := ask("u", action, resource)
	r.Context = new(conditions.Context)
	switch body {
	case "":
	case "?":
		r.Context.MarkIncomplete("app:body")
	default:
		r.Context.Set("app:body", conditions.Text(body))
	}
	looked, matching, sure := e.Looked(r)
	if looked == nil {
		return // malformed
	}
	for _, ref := range matching {
		if looked[ref] == 0 {
			t.Fatalf("%q on %q (body %q): the index leaves out %s#%d, which matches", action, resource, body, ref.Policy, ref.Index)
		}
	}
	d := e.Decide(r)
	denies := 0
	for _, ref := range matching {
		if ref.Effect == pdp.Deny {
			denies++
		}
	}
	switch {
	case denies > 0 && (d.Total() != denies || d.Allowed()):
		t.Fatalf("%q on %q (body %q): %d Denies match, and the decision is %s of %d", action, resource, body, denies, says(d), d.Total())
	case denies == 0 && d.Allowed() != (sure > 0):
		t.Fatalf("%q on %q (body %q): %d Allows match, and the decision is %s", action, resource, body, sure, says(d))
	}
}
