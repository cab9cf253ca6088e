package pdp_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

// TestUnchanged: only documents that mean the same in every bundle are taken from the
// engine before.
func TestUnchanged(t *testing.T) {
	identity := func(condition string) string {
		return `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "arn:aws:s3:::${aws:username}/*", "Condition": ` + condition + `}}`
	}
	bundle := files{
		"dir/plain.json": identity(`{"StringLike": {"color": ["r*", "${aws:userid}"]}}`),
		"arn.json":       identity(`{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:user/*"}}`),
		"tenant.json":    identity(`{"StringEquals": {"color": "${wami:TenantId}"}}`),
		"region.json":    identity(`{"GeoWithinRegion": {"place": "here"}}`),
		"resource.json":  `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "a:b", "Resource": "*"}}`,
		"riam.json":      `{"statements": [{"effect": "allow", "actions": ["a:b"], "resources": ["*"]}]}`,
		"allowme.json":   `{"statements": [{"effect": "allow", "identities": ["x"], "operations": ["o"], "resources": ["r"]}]}`,
		"regions.json":   `{"regions": {"here": [1, 2, 3, 4]}}`,
		"users.json": `{"users": {"` + alice + `": {"policies": ["dir/plain", "arn", "tenant", "region", "riam",
			{"Statement": {"Effect": "Allow", "Action": "i:n", "Resource": "*"}}]}}}`,
	}
	e := compile(t, bundle)
	for file, want := range map[string]bool{
		"dir/plain.json": true, "riam.json": true,
		"arn.json": false, "tenant.json": false, "region.json": false, "resource.json": false, "allowme.json": false,
		"regions.json": false, "users.json": false, "users.json#/users/" + strings.ReplaceAll(alice, "/", "~1") + "/policies/5.json": false,
		"plain.json": false, "dir/plain": false, "": false,
	} {
		if got := e.Unchanged(file) != nil; got != want {
			t.Errorf("%q: %v, want %v", file, got, want)
		}
	}
}

// taken compiles a bundle of which all that can be is taken from an engine.
func taken(t testing.TB, bundle files, from *pdp.Engine) (*pdp.Engine, error) {
	t.Helper()
	docs := decode(t, bundle)
	for i, doc := range docs {
		if old := from.Unchanged(doc.File); old != nil {
			docs[i] = old
		}
	}
	return pdp.Compile(docs, pdp.Options{}, from)
}

// TestTakenIsHeldAgainstNoSchema: documents without text are refused where their text
// matters.
func TestTakenIsHeldAgainstNoSchema(t *testing.T) {
	bundle := files{
		"p.json":     document(statement("Allow", "", "a:b", "*")),
		"users.json": `{"users": {"` + alice + `": {"policies": ["p"]}}}`,
	}
	e := compile(t, bundle)
	if _, err := taken(t, bundle, e); err != nil {
		t.Fatal(err)
	}
	for _, schema := range []string{`{"actions": {"a:b": {}}}`, `{"context": {"k": {"type": "String"}}}`} {
		bundle["schema.json"] = `{"schema": ` + schema + `}`
		if _, err := taken(t, bundle, e); err == nil || !strings.Contains(err.Error(), "expected its text") {
			t.Errorf("schema %s: error %v", schema, err)
		}
	}
}

// TestTakenAgainAndAgain: patterns that are there twice, once by their text and once
// by a number of before, are told again before they are many.
func TestTakenAgainAndAgain(t *testing.T) {
	bundle := files{"users.json": `{"users": {"` + alice + `": {"policies": ["p0", "p1", "p2"]}}}`}
	var statements []string
	for i := range 300 {
		statements = append(statements, statement("Allow", "", "svc:Get"+strings.Repeat("x", i), "*"))
	}
	text := document(statements...)
	for _, p := range []string{"p0.json", "p1.json", "p2.json"} {
		bundle[p] = text
	}
	e := compile(t, bundle)
	once := pdp.Patterns(e)
	for step := range 20 {
		docs := decode(t, bundle)
		for i, doc := range docs {
			if old := e.Unchanged(doc.File); old != nil && i != step%len(docs) {
				docs[i] = old
			}
		}
		var err error
		if e, err = pdp.Compile(docs, pdp.Options{}, e); err != nil {
			t.Fatal(err)
		}
		if n := pdp.Patterns(e); n > 3*once+1024 {
			t.Fatalf("step %d: %d patterns, at first %d", step, n, once)
		}
		if d := e.Decide(ask(alice, "svc:Getxx", "r")); !d.Allowed() {
			t.Fatalf("step %d: %v", step, d)
		}
	}
}
