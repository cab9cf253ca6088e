package pdp_test

import (
	"fmt"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Any bytes are either one valid document or are refused with places. Decoding
// says the same twice, and what is accepted compiles or is refused with places;
// what compiles decides without a panic and never allows without a statement.
func FuzzDecodePolicy(f *testing.F) {
	for _, doc := range []string{
		allowAll, allowAllWho, allowedEmpty, `{}`, `[]`, `{"Statement": []}`, `{"users": {"a": {"aliases": ["b"], "policies": [` + allowAll + `]}}}`,
		`{"groups": {"g": {}}, "roles": {"arn:aws:iam::1:role/r": {"tags": {"a": "b"}}}}`,
		`{"bundle": {"name": "x", "format": 1, "unattached": ["a"]}}`, `{"routes": []}`, `{"statements": []}`,
		policy(`"Sid": "A", "Effect": "Deny", "NotPrincipal": {"AWS": ["123456789012", "` + alice + `"], "SPIFFE": "spiffe://a/b"}, "NotAction": "s3:Get*", "NotResource": "arn:aws:s3:::b/${aws:username}"`),
		policy(`"Effect": "Allow", "Principal": "*", "Action": ["a:b", "*"], "Resource": "${k:v, 'x'}/*", "Condition": {"StringLikeIfExists": {"k:v": ["a*", "${aws:userid}"]}, "Bool": {"k:b": true}}`),
		policy(`"Effect": "Allow", "Principal": {"Service": "a.b"}, "Action": "*", "Resource": "*", "Condition": {"ForAllValues:NumericLessThan": {"k:n": [1, 2.5e3]}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}`),
	} {
		f.Add([]byte(doc))
	}
	requests := []*pdp.Request{
		ask("", "a:b", "*"), ask(alice, "s3:GetObject", "arn:aws:s3:::b/alice"), ask(session, "a:b", "x/y"), ask("a", "*", "x"),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, problems := pdp.Decode("f.json", data)
		again, problemsAgain := pdp.Decode("f.json", data)
		if (doc == nil) == (len(problems) == 0) || (doc == nil) != (again == nil) || fmt.Sprint(problems) != fmt.Sprint(problemsAgain) {
			t.Fatalf("decode: %v and %v, then %v and %v", doc, problems, again, problemsAgain)
		}
		if doc == nil {
			for _, e := range problems {
				if e.Place.File != "f.json" || e.Place.Line == 0 || e.Rule == "" || e.Reason == "" {
					t.Fatalf("a problem without place, rule or reason: %v", e)
				}
			}
			return
		}
		engine, err := pdp.Compile([]*pdp.Document{doc}, pdp.Options{}, nil)
		if err != nil {
			for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
				if e, ok := one.(*strictjson.Error); !ok || e.Rule == "" || e.Reason == "" {
					t.Fatalf("a problem without rule or reason: %v", one)
				}
			}
			return
		}
		for _, r := range requests {
			d := engine.Decide(r)
			granted := d.Reason == pdp.ReasonPermission || d.Reason == pdp.ReasonAdmin // without any statement
			if d.Allowed() && (d.Total() == 0 && !granted || d.Reason.Class() != pdp.ClassAllow) || d.Reason == pdp.ReasonInternal {
				t.Fatalf("%+v: %s", r, says(d))
			}
		}
	})
}
