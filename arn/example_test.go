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

func ExampleWAMI() {
	name, err := arn.WAMI{
		Service: "iam", Tenant: "12345678/87654321", Instance: "prod", Type: "user", ID: "alice",
	}.ARN()
	fmt.Println(name, err)

	_, err = arn.WAMI{Tenant: "acme", Instance: "prod", Region: "eu", Type: "user", ID: "alice"}.ARN()
	fmt.Println(err)
	// Output:
	// arn:wami:iam:12345678/87654321:wami:prod:user/alice <nil>
	// the service is empty
	// tenant path segment "acme" is not a number from 0 to 18446744073709551615
	// the region is of no use without a provider and an account
}

func ExampleARN_BelongsTo() {
	name, err := arn.Parse("arn:wami:iam:12345678/87654321:wami:prod:user/alice")
	if err != nil {
		fmt.Println(err)
		return
	}
	tenant := name.TenantPath()
	fmt.Println(name.BelongsTo(tenant.Parent()), tenant.AncestorOf(tenant.Root()))
	for t := range tenant.Ancestors() {
		fmt.Println(t.Depth(), t)
	}
	// Output:
	// true false
	// 0 12345678
	// 1 12345678/87654321
}

func ExampleProvider() {
	gcp, _ := arn.ProviderNamed("gcp")
	parts, err := gcp.Parse("//iam.googleapis.com/projects/p-1/policies/readers")
	if err != nil {
		fmt.Println(err)
		return
	}
	parts.Tenant, parts.Instance = "12345678", "prod"
	name, err := parts.ARN()
	fmt.Println(name, err)
	fmt.Println(gcp.Format(name))
	// Output:
	// arn:wami:iam:12345678:wami:prod:gcp:p-1:global:policy/readers <nil>
	// //iam.googleapis.com/projects/p-1/policies/readers <nil>
}
