package arn_test

import (
	"fmt"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/arn/wildcard"
)

func ExampleParse() {
	a, err := arn.Parse("arn:aws:sts::123456789012:assumed-role/deploy/run-7")
	if err != nil {
		fmt.Println(err)
		return
	}
	role, session, _ := a.AssumedRole()
	fmt.Println(a.Tenant(), role, session)

	_, err = arn.Parse("ARN:aws:s3:::bucket")
	fmt.Println(err)
	// Output:
	// 123456789012 deploy run-7
	// invalid ARN "ARN:aws:s3:::bucket" at offset 0: "arn" is written in lower case
}

func ExamplePattern() {
	p, err := arn.ParsePattern("arn:aws:s3:*:123456789012:reports/*")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Match("arn:aws:s3:eu-west-1:123456789012:reports/2026/q1:final.pdf", nil))
	fmt.Println(p.Match("arn:aws:s3:eu-west-1:999999999999:x:123456789012:reports/q1", nil))
	// Output:
	// true
	// false
}

func ExampleCompilePattern() {
	_, err := arn.CompilePattern([]wildcard.Token{
		{Text: "arn:aws:s3::"}, {Kind: wildcard.Hole}, {Text: ":bucket"},
	})
	fmt.Println(err)
	// Output: a variable stands in field 5 of an ARN pattern; expected it only after the fifth colon, or in the tenant field of a WAMI name
}
