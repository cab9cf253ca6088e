package pdp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Any directory, resources, schema or manifest document beside two policies: it is
// read the same way twice, is refused with places, alone or together with the
// policies, or decides without a panic. A Deny for everybody holds whatever the
// document says.
func FuzzDecodeDirectory(f *testing.F) {
	for _, doc := range []string{
		`{"tenants": {"1": {"aliases": ["acme"], "guardrails": ["limit"], "admins": ["u"], "auth_providers": {"mtls": true}, "rbac_mode": "additive"}, "1/2": {"status": "suspended"}},
"users": {"u": {"tenant": "1", "boundary": "limit", "memberships": {"1/2": {"roles": ["manager", "r"], "status": "suspended"}}, "sessions_not_before": "2026-01-31T12:00:00Z"}},
"roles": {"r": {"tenant": "1/2", "permissions": ["docs.*"], "policies": ["limit"], "trust": {"Statement": {"Effect": "Allow", "Principal": {"Tenant": "acme"}, "Action": "sts:AssumeRole"}}}},
"revoked_sessions": ["s"]}`,
		`{"tenants": {"t": {"parent": "u"}, "u": {"parent": "t"}}}`,
		`{"tenants": {"111111111111": {}}, "users": {"` + alice + `": {"status": "erased", "aliases": ["a"]}}}`,
		`{"roles": {"arn:aws:iam::111111111111:role/ci": {"trust": {"Statement": []}, "max_session_seconds": 60, "session_tags": ["a"], "boundary": ` + allowAll + `}}}`,
		`{"resources": {"x": {"tenant": "shared", "owner": "u", "type": "doc", "tags": {"a": "b"}}}, "regions": {"eu": [1, 2, 3, 4], "x": [[0, 0], [1, 0], [0, 1]]}}`,
		`{"schema": {"actions": {"a:b": {"access": "read"}}, "resource_types": ["doc"], "context": {"k:v": {"type": "String"}, "k:t/": {"type": "IP", "multivalued": true}}}}`,
		`{"bundle": {"serial": 3, "expiry": "2020-01-01T00:00:00Z", "star_crosses_tenants": true, "suspended_membership": "fall_through", "unattached": ["limit"]}}`,
	} {
		f.Add([]byte(doc))
	}
	beside := decode(f, files{
		"all.json": `{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "no:Way", "Resource": "*"}]}`,
		"g.json":   `{"groups": {"g": {"policies": ["limit"]}}}`, "limit.json": allowAll,
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, problems := pdp.Decode("f.json", data)
		again, problemsAgain := pdp.Decode("f.json", data)
		if (doc == nil) == (len(problems) == 0) || (doc == nil) != (again == nil) || fmt.Sprint(problems) != fmt.Sprint(problemsAgain) {
			t.Fatalf("decode: %v and %v, then %v and %v", doc, problems, again, problemsAgain)
		}
		for _, e := range problems {
			if e.Place.File != "f.json" || e.Place.Line == 0 || e.Rule == "" || e.Reason == "" {
				t.Fatalf("a problem without place, rule or reason: %v", e)
			}
		}
		if doc == nil {
			return
		}
		engine, err := pdp.Compile(append(beside[:len(beside):len(beside)], doc), pdp.Options{}, nil)
		if err != nil {
			for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
				if e, ok := one.(*strictjson.Error); !ok || e.Rule == "" || e.Reason == "" {
					t.Fatalf("a problem without rule or reason: %v", one)
				}
			}
			return
		}
		for _, r := range askEverybody(doc) {
			for _, action := range []string{"a:b", "sts:AssumeRole", "no:Way"} {
				r.Action = action
				d := engine.Decide(r)
				if d.Reason == pdp.ReasonInternal || d.Allowed() && (d.Reason.Class() != pdp.ClassAllow || action == "no:Way") {
					t.Fatalf("%+v: %s", r, says(d))
				}
			}
		}
	})
}

// askEverybody asks as and about whatever a document names.
func askEverybody(doc *pdp.Document) []*pdp.Request {
	who, what := []string{"", alice, session}, []string{"x", "arn:aws:sqs:eu:111111111111:q"}
	if d := doc.Directory; d != nil {
		for _, u := range d.Users {
			who = append(who, u.ID.Text)
		}
		for _, r := range d.Roles {
			who, what = append(who, r.ID.Text), append(what, r.ID.Text)
		}
	}
	if r := doc.Resources; r != nil {
		for _, known := range r.Resources {
			what = append(what, known.ID.Text)
		}
	}
	var all []*pdp.Request
	for _, p := range who[:min(len(who), 8)] {
		for _, r := range what[:min(len(what), 8)] {
			plain, through := ask(p, "a:b", r), ask(p, "a:b", r)
			through.Session = &pdp.Session{Type: "user", ID: "s", IssuedAt: plain.Time, ExpiresAt: plain.Time.Add(time.Hour)}
			through.Resource.Tenant = "1/2"
			all = append(all, plain, through)
		}
	}
	return all
}
