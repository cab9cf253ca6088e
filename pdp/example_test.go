package pdp_test

import (
	"fmt"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// A bundle of two documents is decoded, compiled, and asked twice.
func Example() {
	bundle := map[string]string{
		"people.json": `{
			"users": {"arn:aws:iam::123456789012:user/alice": {"aliases": ["alice@example.com"], "groups": ["engineers"]}},
			"groups": {"engineers": {"policies": ["read-docs"]}}}`,
		"read-docs.json": `{
			"Version": "2012-10-17",
			"Statement": [
				{"Sid": "OwnFolder", "Effect": "Allow", "Action": "docs:*", "Resource": "docs/${aws:username}/*"},
				{"Sid": "OfficeOnly", "Effect": "Deny", "Action": "docs:Delete", "Resource": "*",
				 "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]}`,
	}
	var docs []*pdp.Document
	for name, text := range bundle {
		doc, problems := pdp.Decode(name, []byte(text))
		for _, p := range problems {
			fmt.Println(p)
		}
		docs = append(docs, doc)
	}
	engine, err := pdp.Compile(docs, pdp.Options{Revision: "v1"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	var context conditions.Context
	context.Set("aws:SourceIp", conditions.Text("192.0.2.7"))
	for _, action := range []string{"docs:Read", "docs:Delete"} {
		d := engine.Decide(&pdp.Request{
			Principal: pdp.Principal{ID: "alice@example.com"},
			Action:    action,
			Resource:  pdp.Resource{ID: "docs/alice/plan.txt"},
			Context:   &context,
			Time:      time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC),
		})
		for _, s := range d.Determining(nil) {
			fmt.Println(action, d.Effect, d.Reason, s.Policy, s.Sid, s.At())
		}
	}
	// Output:
	// docs:Read Allow identity_policy read-docs OwnFolder read-docs.json:4
	// docs:Delete Deny explicit_deny read-docs OfficeOnly read-docs.json:5
}

// What is wrong with a document is said all at once, with its places.
func ExampleDecode() {
	_, problems := pdp.Decode("team/docs.json", []byte(`{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "allow", "Action": "docs:*", "Resource": "*"},
    {"Effect": "Deny", "Action": "do*:Read", "Ressource": "*"}
  ]
}`))
	for _, p := range problems {
		fmt.Println(p)
	}
	// Output:
	// team/docs.json:4:16 /Statement/0/Effect: Invalid effect: Effect is "allow"; expected "Allow" or "Deny", in exactly this case
	// team/docs.json:5:5 /Statement/1: Missing resource: statement 1 has neither Resource nor NotResource
	// team/docs.json:5:34 /Statement/1/Action: Invalid action: action "do*:Read" has a wildcard in front of its colon; expected the name of one service, or "*" alone for every action
	// team/docs.json:5:59 /Statement/1/Ressource: Invalid policy element: a statement has no element "Ressource"; expected Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition
}

// Across accounts an identity policy is not enough: the owner of the resource
// must allow it too.
func ExampleEngine_Decide_acrossTenants() {
	people, _ := pdp.Decode("people.json", []byte(`{"users": {"arn:aws:iam::111111111111:user/alice": {"policies": [
		{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}]}}}`))
	shared, _ := pdp.Decode("shared.json", []byte(`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"},
		"Action": "s3:GetObject", "Resource": "arn:aws:s3::222222222222:shared/*"}}`))
	engine, err := pdp.Compile([]*pdp.Document{people, shared}, pdp.Options{}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, bucket := range []string{"shared", "private"} {
		d := engine.Decide(&pdp.Request{
			Principal: pdp.Principal{ID: "arn:aws:iam::111111111111:user/alice"},
			Action:    "s3:GetObject",
			Resource:  pdp.Resource{ID: "arn:aws:s3::222222222222:" + bucket + "/x"},
			Time:      time.Unix(1_800_000_000, 0),
		})
		fmt.Println(bucket, d.Effect, d.Reason, d.Total())
	}
	// Output:
	// shared Allow identity_policy 2
	// private Deny cross_tenant 0
}
