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

// Whoever has not said who they are cannot have a place of their own: that is no
// malformed request, and signing in helps.
func TestPrincipalOfRoutesIsNeeded(t *testing.T) {
	engine := bundle(t, map[string]string{
		"all.json":    `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}`,
		"routes.json": `{"routes": [{"path": "/me", "action": "mail:Read", "resource": "mail/{principal}", "public": true}, {"path": "/{x}/me", "action": "mail:Read", "resource": "mail/{x}/{principal}"}]}`,
	})
	login := who{challenge: `Bearer realm="shop"`}
	for target, want := range map[string]pdp.Reason{"/me": pdp.ReasonCredentialMissing, "/a/me": pdp.ReasonCredentialMissing, "/a:b/me": pdp.ReasonMalformedRequest} {
		d := newDoor(t, door.Options{Authenticator: login})
		o := d.Decide(t.Context(), engine, get(target), noon)
		v := d.Render(&o)
		if o.Decision.Reason != want || (v.Status == 401) != (want == pdp.ReasonCredentialMissing) {
			t.Errorf("%s: %s with status %d, want %s", target, o.Decision.Reason, v.Status, want)
		}
	}
	o := newDoor(t, door.Options{Authenticator: login}).Decide(t.Context(), pdp.Unavailable(pdp.ReasonNoSnapshot), get("/me"), noon)
	if o.Decision.Reason != pdp.ReasonNoSnapshot {
		t.Errorf("without a snapshot: %s", o.Decision.Reason)
	}
}
