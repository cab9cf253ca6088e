package pdp_test

import (
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// A door's refusal is the decision, with the principal's canonical id; only a
// malformed request comes before it.
func TestRefused(t *testing.T) {
	doc, problems := pdp.Decode("all.json", []byte(`{"bundle": {"allow_empty": true}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	directory, problems := pdp.Decode("dir.json", []byte(`{"users": {"alice": {"aliases": ["al"]}}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	engine, err := pdp.Compile([]*pdp.Document{doc, directory}, pdp.Options{Revision: "r1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	refusal := &pdp.Refusal{Reason: pdp.ReasonNoRoute, Detail: "no route matches"}
	for _, test := range []struct {
		name    string
		request pdp.Request
		want    pdp.Reason
		who     string
	}{
		{"by an alias", pdp.Request{Principal: pdp.Principal{ID: "al"}, Refused: refusal, Time: time.Unix(1, 0)}, pdp.ReasonNoRoute, "alice"},
		{"anonymous", pdp.Request{Refused: refusal, Time: time.Unix(1, 0)}, pdp.ReasonNoRoute, ""},
		{"by nobody that can be", pdp.Request{Principal: pdp.Principal{ID: "arn:x"}, Refused: refusal}, pdp.ReasonNoRoute, ""},
		{"malformed too", pdp.Request{Refused: refusal, Malformed: "two hosts"}, pdp.ReasonMalformedRequest, ""},
		{"for a reason to allow", pdp.Request{Refused: &pdp.Refusal{Reason: pdp.ReasonIdentityPolicy}}, pdp.ReasonInternal, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := engine.Decide(&test.request)
			if d.Allowed() || d.Reason != test.want || d.Principal != test.who || d.Revision != "r1" {
				t.Errorf("%s %s by %q at %q", d.Effect, d.Reason, d.Principal, d.Revision)
			}
		})
	}
}
