package pdp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

// workload is a bundle and requests that take every turn of Decide.
func workload(t testing.TB) (*pdp.Engine, map[string]*pdp.Request) {
	var many []string
	for i := range 50 {
		many = append(many, statement("Allow", "", fmt.Sprintf("svc%d:Get*", i), fmt.Sprintf("arn:aws:s3:::bucket-%d/*", i)))
	}
	e := compile(t, files{
		"d.json": `{"users": {"` + alice + `": {"aliases": ["al"], "groups": ["eng"], "tags": {"Team": "red"}, "policies": ["many"]}},
			"groups": {"eng": {"policies": ["eng"]}}, "roles": {"` + ci + `": {"policies": ["eng"]}}}`,
		"many.json": document(many...),
		"eng.json": `{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": "docs:Read", "Resource": "arn:aws:docs:::${aws:PrincipalTag/Team}/${aws:username}/*", "Condition": {
				"StringEquals": {"aws:PrincipalTag/Team": ["red", "blue"]}, "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
				"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"},
				"NumericLessThan": {"k:n": "10"}}},
			{"Effect": "Deny", "Action": "docs:*", "NotResource": "arn:aws:docs:::${aws:PrincipalTag/Team}/*", "Condition": {"StringEquals": {"k:s": "x"}}},
			{"Effect": "Allow", "Action": "ci:*", "Resource": "*"}]}`,
		"who.json": document(statement("Allow", `"*"`, "public:*", "*"), statement("Allow", `{"AWS": "`+alice+`"}`, "mine:*", "*"),
			statement("Deny", `{"AWS": "222222222222"}`, "*", "*")),
	})
	read := func(who, action, resource string) *pdp.Request {
		r := ask(who, action, resource)
		r.Context = context("aws:SourceIp", "10.1.2.3", "k:n", "9.5", "k:s", "x")
		return r
	}
	tagged := read(alice, "docs:Read", "arn:aws:docs:::red/alice/1")
	tagged.Resource.Tags = map[string]string{"owner": "x"}
	facts := read("stranger", "docs:List", "r")
	facts.Principal.Trust, facts.Principal.Groups, facts.Principal.Tags = pdp.TrustGranted, []string{"eng"}, map[string]string{"team": "red"}
	permission := read(alice, "", "r")
	permission.Permission = "docs.none|public:Yes"
	return e, map[string]*pdp.Request{
		"identity_policy eng#0":       read(alice, "docs:Read", "arn:aws:docs:::red/alice/1"),
		"identity_policy eng#0 (tag)": tagged,
		"identity_policy many#49":     read("al", "svc49:GetObject", "arn:aws:s3:::bucket-49/x"),
		"identity_policy eng#2":       read(ci, "ci:Run", "r"),
		"explicit_deny eng#1":         read(alice, "docs:Read", "arn:aws:docs:::blue/alice/1"),
		"explicit_deny eng#1 (facts)": facts,
		"explicit_deny who#2":         read(bob, "docs:Read", "r"),
		"implicit_deny":               read(alice, "other:Action", "r"),
		"resource_policy who#0":       read("", "public:Read", "r"),
		"resource_policy who#0 (alt)": permission,
		"resource_policy who#1":       read(alice, "MINE:Read", "r"),
		"trust_policy_deny":           read(alice, "sts:AssumeRole", ci),
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	e, requests := workload(t)
	for name, r := range requests {
		want, _, _ := strings.Cut(name, " (")
		if got := says(e.Decide(r)); got != want {
			t.Errorf("got %q, want %q", got, name)
		}
		if n := testing.AllocsPerRun(200, func() { e.Decide(r) }); n != 0 && pooled {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	e, requests := workload(b)
	for name, r := range requests {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Decide(r)
			}
		})
	}
}
