// Package arn reads names of principals and resources, and matches them against
// the patterns of policies.
//
// # Two forms
//
// The partition, the second field, says which form a name has. In every partition
// but "wami" it is the AWS form of six fields, the last of which may hold colons:
//
//	arn:partition:service:region:account:resource
//
// In the partition "wami" it is one of the WAMI forms. The tenant is a path of
// decimal numbers, and the resource is always type/id:
//
//	arn:wami:service:tenant:wami:instance:resource
//	arn:wami:service:tenant:wami:instance:provider:account:region:resource
//	arn:wami:service:tenant:wami:instance:provider:account:resource
//
// The second WAMI form names what lives at a cloud provider; its region may be
// "global", which is no region. The third is the older spelling of a global name
// and becomes the second when it is parsed.
//
// # Strictness
//
// A name that begins with "arn:" in any mix of letter case is an ARN or an error,
// never an opaque string: [IsARN] tells, [Parse] decides. Parse accepts one
// spelling of a name only: "arn" in lower case, tenant numbers without sign or
// leading zeros, no blanks in front of the resource, no control characters and no
// broken UTF-8 anywhere. "*" and "?" in a name are ordinary characters.
//
// [WAMI] holds the parts of a WAMI name and builds one, reporting all that is
// wrong with them at once. A [Provider] translates between WAMI names and those
// that a cloud provider gives itself.
//
// # Tenants
//
// [TenantPath] answers what lies in what: [ARN.BelongsTo], [TenantPath.Within],
// ancestors, root, parent, depth. It compares whole numbers of the path, never a
// prefix of its text, as which tenant 1234 would hold tenant 12345678.
//
// # Patterns
//
// [Pattern] is an element of Resource and NotResource, [Components] a value of the
// ARN condition operators. They differ in what a wildcard may cross; each says so.
package arn
