package server_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/decideapi"
	"github.com/mayi-authz/mayi/pdp/strictjson"
	"github.com/mayi-authz/mayi/policystore"
)

// TestSampleRequests decides deploy/requests.jsonl: what README and "make run" show.
func TestSampleRequests(t *testing.T) {
	engine, err := policystore.LoadFiles(sampleFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../deploy/requests.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Allow identity_policy documents-team",           // alice reads
		"Deny explicit_deny legal-hold",                  // what nobody may delete
		"Allow identity_policy handbook-reader handbook", // dana, of a store, reads the platform's handbook: both sides agree
		"Deny cross_tenant",                              // frank, of another store: one side does not
		"Allow permission",                               // dana refunds in her store
		"Deny implicit_deny",                             // and not in another
		"Deny boundary",                                  // erin has the role, and a boundary
		"Allow permission seasonal",                      // within which she may look, by her alias
		"Allow identity_policy documents-team",           // alice's own home
		"Deny implicit_deny",                             // bob's
		"Allow identity_policy orders-team",              // a refund from the office
		"Deny implicit_deny",                             // and from elsewhere
		"Allow resource_policy services",                 // a service
		"Allow identity_policy auditor",                  // a session of a role
		"Deny session_expired",                           // and one that is over
		"Deny implicit_deny",                             // the admin is one of the platform's own things
		"Allow resource_policy services",                 // anybody
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d requests, expected %d", len(lines), len(want))
	}
	for i, line := range lines {
		n, err := strictjson.Parse("requests.jsonl", []byte(line), strictjson.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		r, problem := decideapi.ParseRequest(n, pdp.TrustNothing)
		if problem != nil {
			t.Fatal(problem)
		}
		r.Time = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		d := engine.Decide(r)
		got := []string{d.Effect.String(), d.Reason.String()}
		for _, s := range d.Determining(nil) {
			got = append(got, s.Policy)
		}
		if text := strings.Join(got, " "); text != want[i] {
			t.Errorf("line %d: %s, expected %s (%s)\n%s", i+1, text, want[i], d.Detail, line)
		}
	}
}
