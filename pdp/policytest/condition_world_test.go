package policytest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
)

// Policy values and request values of every type of operator. Request values are
// in the form of a script; the policy's are JSON. They meet often enough.
var (
	wants = map[conditions.ValueType][]string{
		conditions.TypeString:   {`"a"`, `"alice"`, `"10"`, `"true"`, `"A*"`, `"*"`, `"a?"`, `"?"`, `"é"`, `"Alice"`, `"AZ"`, `"arn:aws:s3:::b/alice"`, `"0.5"`},
		conditions.TypeNumber:   {`"10"`, `"-1"`, `"0.5"`, `"1e2"`, `"12345678901234567890.1"`, `"0"`, `"-0.0"`},
		conditions.TypeDate:     {`"2026-01-02"`, `"2026"`, `"2026-01-02T10:30:00Z"`, `"1767349800"`, `"2026-01-02T11:30:00.5+01:00"`, `"10"`, `"-5"`},
		conditions.TypeBool:     {`"true"`, `"False"`},
		conditions.TypeBinary:   {`"YWxpY2U="`, `"YQ=="`, `"Lg=="`},
		conditions.TypeIP:       {`"10.0.0.0/8"`, `"10.0.0.1"`, `"2001:db8::/32"`, `"::ffff:10.0.0.0/104"`, `"0.0.0.0/0"`, `"::/0"`, `"::ffff:0:0/90"`, `"::ffff:0:0/96"`},
		conditions.TypeARN:      {`"arn:aws:s3:::b/*"`, `"arn:aws:*:*:*:*"`, `"arn:aws:iam::111122223333:user/*"`, `"arn:*:sqs:?u:*:q"`, `"arn:aws:iam::111122223333:role/team/deploy"`},
		conditions.TypePresence: {`"true"`, `"false"`},
		conditions.TypePattern:  {`"a.*"`, `"a|alice"`, `"(?i)ALICE"`, `"[0-9]+"`, `"^$"`, `".*a.*"`, `"\\Qa*"`},
		conditions.TypeVersion:  {`"1.2.3"`, `"v1.10.0"`, `"1.2.3-rc.1"`, `"1.2.3-rc.1.0+b"`, `"0.0.99999999999999999999"`},
		conditions.TypeJSONPath: {`"$ == 10"`, `"$.a == 'x'"`, `"$.a=1.50"`, `"$..a == true"`, `"$.l[-1]==2"`, `"$.l[::2] == 1"`, `"$['a','l'][*] == null"`},
		conditions.TypeDistance: {`"52.5,13.4,50"`, `"0,180,300"`, `"90,0,1"`},
		conditions.TypeRegion:   {`"47,5,55,15"`, `"-20,170,-10,-170"`, `"-90,-180,90,180"`},
		conditions.TypeDigest:   {`"sha256:2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90"`, `"sha256:CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB"`},
	}
	numbersAsJSON  = []string{"10", "-1", "0.5", "1e2", "10.0", "0", "1.50"}
	variableValues = []string{
		`"${aws:username}"`, `"${k1}"`, `"${k1, 'a'}"`, `"*${k2}"`, `"${*}"`, `"${aws:PrincipalTag/dept}*"`, `"${aws:userid}"`, `"${k1}${k2}"`, `"${k3, '..'}"`,
	}
	variableARNs = []string{
		`"${k1}"`, `"arn:aws:s3:::b/${aws:username}"`, `"arn:aws:${k1}:::b/*"`, `"arn:aws:s3:::${k1, 'b/alice'}"`, `"${aws:PrincipalArn}"`,
		`"arn:*:*:*:${aws:PrincipalAccount}:*"`,
	}
	gots = []string{
		"a", "alice", "Alice", `"10"`, "10", "10.0", "1e1", "1e2", "0.5", "-1", "0", "-0", "true", `"TRUE"`, "false", `"a*"`, `"*"`, `""`, "é", "a:b", ".", "..",
		"2026-01-02", "2026", "2026-01-02T10:30:00Z", "1767349800", "2026-01-02T11:30:00.5+01:00", "2026-13-01", "1767349800.5", "-5",
		"YWxpY2U=", "YQ==", "YQ", "10.0.0.1", "10.0.0.1:80", "::ffff:10.0.0.1", "2001:db8::1%eth0", "11.0.0.1", "010.0.0.1", "fe80::1",
		"arn:aws:s3:::b/alice", "arn:aws:s3:::b/a:b", "arn:aws:sqs:eu:444455556666:q", "arn:aws:s3", "s3", "az", "a:b:c:d:e:f", "arn:aws:iam::111122223333:user/alice",
		"12345678901234567890.1", "12345678901234567890.10", "1e401", `"1e401"`, "1" + strings.Repeat("0", 64), `{"x":1}`,
		"1.2.3", "v1.2.3+x", "1.10.0", "1.2.3-rc.1", "1.2.3-rc.1.0", "1.2", "01.2.3", "0.0.100000000000000000000",
		`"{\"a\":\"x\",\"l\":[1,null,2.0]}"`, `"{\"a\":1.5,\"l\":[{\"a\":true},1,2]}"`, `"{\"a\":1,\"a\":2}"`, `"[1"`, `"10.0"`,
		"52.52,13.405", "0,-179", "0,180", "-15,-180", "89.999,77", "91,0", "52.52,east", "47,5",
	}
	coreKeys = []string{
		"aws:PrincipalTag/dept", "aws:principaltag/DEPT", "aws:ResourceTag/env", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType",
		"aws:username", "aws:userid", "aws:ResourceAccount", "aws:CurrentTime", "aws:EpochTime", "wami:TenantId", "wami:CrossTenantRequest", "aws:ResourceArn",
		"aws:PrincipalOrgID", "wami:ResourceTenantId", "wami:TenantTag/x", "wami:ResourceWamiArn",
		"wami:TenantTag/tier", "wami:TenantName", "wami:TenantStatus", "wami:ParentTenantId", "wami:RootTenantId", "wami:TenantHierarchyPath",
		"wami:SessionAge", "aws:MultiFactorAuthAge", "aws:MultiFactorAuthPresent", "aws:TokenIssueTime", "wami:AssumeRoleDepth",
		"wami:IdentityProvider", "aws:FederatedProvider", "aws:PrincipalIsRoot", "aws:PrincipalSessionName", "wami:OriginalPrincipalArn",
		"wami:ArnService", "wami:ArnProvider", "wami:ArnResourceType", "wami:SourceWamiArn", "wami:SessionId",
	}
	manyKeys  = []string{"wami:AssumeRoleChain", "wami:MultiFactorMethods", "aws:TagKeys"} // need a qualifier
	plainKeys = []string{"k1", "k2", "k3", "K1", "http:body/x", "app:list"}
	operators = conditions.Operators()
)

func drawCondition(d draw, variables bool) string {
	var blocks []string
	used := make(map[string]bool)
	for range d.between(1, 2) {
		op := operators[d.IntN(len(operators))]
		name := d.one("", "", "ForAllValues:", "ForAnyValue:") + op.Name
		if op.IfExists && !d.often(2) {
			name += "IfExists"
		}
		if used[name] {
			continue
		}
		used[name] = true
		var keys []string
		folded := make(map[string]bool)
		for range d.between(1, 2) {
			from := plainKeys
			if !d.often(2) {
				from = coreKeys
			}
			if strings.Contains(name, ":") && !d.often(5) {
				from = manyKeys
			}
			key := d.one(from...)
			if !folded[conditions.Fold(key)] {
				folded[conditions.Fold(key)] = true
				keys = append(keys, fmt.Sprintf("%q: %s", key, drawWants(d, op, variables)))
			}
		}
		blocks = append(blocks, fmt.Sprintf("%q: {%s}", name, strings.Join(keys, ", ")))
	}
	return "{" + strings.Join(blocks, ", ") + "}"
}

func drawWants(d draw, op conditions.OperatorInfo, variables bool) string {
	from, most := wants[op.Type], 3
	switch {
	case op.Type == conditions.TypeBool || op.Type == conditions.TypePresence:
		most = 1
	case (op.Type == conditions.TypeNumber || op.Type == conditions.TypeDate || op.Type == conditions.TypeString) && !d.often(4):
		from = numbersAsJSON
		if op.Type == conditions.TypeDate {
			from = []string{"10", "1767349800", "2026"}
		}
	case op.Variables && variables && !d.often(2):
		if from = append(slices.Clone(from), variableValues...); op.Type == conditions.TypeARN {
			from = append(slices.Clone(wants[op.Type]), variableARNs...)
		}
	}
	var texts []string
	for range d.between(1, most) {
		texts = append(texts, d.one(from...))
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
