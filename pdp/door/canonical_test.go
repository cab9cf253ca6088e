package door_test

import (
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// bundle compiles documents, one a file.
func bundle(t *testing.T, files map[string]string) *pdp.Engine {
	t.Helper()
	var docs []*pdp.Document
	for name, text := range files {
		d, problems := pdp.Decode(name, []byte(text))
		if len(problems) > 0 {
			t.Fatal(strictjson.Join(problems))
		}
		docs = append(docs, d)
	}
	e, err := pdp.Compile(docs, pdp.Options{Revision: "r"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Rule 1.2: names that a route makes of the principal hold the canonical id, so
// that "your own mailbox" is one mailbox however its owner signed in.
func TestPrincipalOfRoutesIsCanonical(t *testing.T) {
	engine := bundle(t, map[string]string{
		"own.json": `{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Principal": "*", "Action": "mail:Read", "Resource": "mail/${aws:userid}"},
			{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "mail/al"}]}`,
		"dir.json": `{"users": {"alice": {"aliases": ["al"], "policies": []}}}`,
		"routes.json": `{"routes": [{"path": "/me", "action": "mail:Read", "resource": "mail/{principal}",
			"context": {"app:owner": "{principal}"}}]}`,
	})
	for id, want := range map[string]string{"alice": "mail/alice", "al": "mail/alice", "bob": "mail/bob"} {
		d := newDoor(t, door.Options{Authenticator: is(id)})
		o := d.Decide(t.Context(), engine, get("/me"), noon)
		if o.Resource != want || !o.Decision.Allowed() {
			t.Errorf("%s: resource %q, %s for %s; expected %q and Allow", id, o.Resource, o.Decision.Effect, o.Decision.Reason, want)
		}
	}
}
