package policytest_test

import (
	"fmt"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

// A script is run on whatever decides.
func ExampleScript_Run() {
	script, err := policytest.Parse("office.txtar", []byte(`
Staff may read, but only from the office.
-- directory.json --
{"users": {"alice": {"policies": ["read"]}}}
-- read.json --
{"Version": "2012-10-17", "Statement": {
  "Sid": "Office", "Effect": "Allow", "Action": "doc:Read", "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}}
-- cases --
alice  doc:Read  report  aws:SourceIp=10.1.2.3  -> Allow identity_policy read#Office
alice  doc:Read  report  aws:SourceIp=8.8.8.8   -> Allow identity_policy read#Office
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	docs, err := script.Documents()
	if err != nil {
		fmt.Println(err)
		return
	}
	engine, err := pdp.Compile(docs, pdp.Options{}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := script.Run(policytest.Decide(engine.Decide))
	fmt.Println(result.Ran, "cases")
	fmt.Println(err)
	// Output:
	// 2 cases
	// office.txtar: cases line 2: alice  doc:Read  report  aws:SourceIp=8.8.8.8
	// 	decision: want "Allow", got "Deny"
	// 	reason: want "identity_policy", got "implicit_deny"
	// 	deciding statements: want "read#Office", got ""
}
