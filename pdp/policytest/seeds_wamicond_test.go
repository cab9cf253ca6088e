package policytest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

// The context of the table WC, decided at the default time of a case.
var (
	seedNow      = time.Date(2026, time.January, 2, 10, 30, 0, 0, time.UTC)
	withMFA      = &pdp.Session{Type: "user", ExpiresAt: seedNow.Add(time.Hour), MFAAt: seedNow.Add(-300 * time.Second), MFA: []string{"totp"}}
	plainSession = &pdp.Session{Type: "user", ExpiresAt: seedNow.Add(time.Hour)}
)

const (
	condAlice = "arn:aws:iam::123456789012:user/alice"
	condIP    = " aws:SourceIp=203.0.113.42"
)

// conditionRows is every row of the table WC: how WAMI evaluates conditions.
var conditionRows = []seedRow{
	{"WC1", deviation, "an empty text in a condition fails the bundle; the seed takes it and matches nothing", all(
		is("T", `{"StringEquals": {"aws:username": "alice"}}`),
		is("F", `{"StringEquals": {"aws:username": "bob"}}`),
		is("F", `{"StringEquals": {"aws:username": "Alice"}}`),
		isRefused(`{"StringEquals": {"aws:username": ""}}`, "empty"))},
	{"WC2", green, "", all(
		is("F", `{"StringEquals": {"app:absent": "x"}}`),
		is("T", `{"StringEqualsIfExists": {"app:absent": "x"}}`))},
	{"WC3", green, "", is("F", `{"StringEqualsIfExists": {"aws:username": "bob"}}`)},
	{"WC4", green, "", all(
		is("T", `{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}`),
		is("T", `{"StringLike": {"aws:username": "ali*"}}`),
		is("T", `{"StringLike": {"aws:username": "al*ce"}}`),
		is("F", `{"StringLike": {"aws:username": "bob*"}}`),
		is("T", `{"StringLike": {"aws:username": "ali?e"}}`),
		is("T", `{"StringLike": {"aws:username": "alice*"}}`))},
	{"WC5", green, "", all(
		is("F", `{"StringLike": {"aws:username": ".*"}}`),
		is("F", `{"StringLike": {"aws:username": "*'; DROP TABLE users; --*"}}`))},
	{"WC6", green, "", all(
		is("T", `{"StringNotEquals": {"aws:username": "bob"}}`),
		is("F", `{"StringNotEquals": {"aws:username": "alice"}}`))},
	{"WC7", green, "", is("T", `{"StringEqualsIgnoreCase": {"aws:username": "Alice"}}`)},
	{"WC8", green, "", all(
		is("T", `{"NumericEquals": {"aws:MultiFactorAuthAge": "300"}}`),
		is("T", `{"NumericEquals": {"aws:MultiFactorAuthAge": "300.0"}}`),
		is("T", `{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}`),
		is("T", `{"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "300"}}`),
		is("T", `{"NumericGreaterThan": {"aws:MultiFactorAuthAge": "60"}}`),
		is("T", `{"NumericGreaterThan": {"aws:MultiFactorAuthAge": "-100"}}`),
		is("T", `{"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "300"}}`))},
	{"WC9", green, "", all( // of what cannot be read an Allow is not sure
		is("U", `{"NumericEquals": {"aws:username": "300"}}`),
		isRefused(`{"NumericEquals": {"aws:MultiFactorAuthAge": "alice"}}`, "alice"))},
	{"WC10", green, "", all(
		is("T", `{"DateLessThan": {"aws:CurrentTime": "2026-01-02T11:30:00Z"}}`),
		is("T", `{"DateGreaterThan": {"aws:CurrentTime": "2026-01-02T09:30:00Z"}}`),
		isRefused(`{"DateEquals": {"aws:CurrentTime": "not a date"}}`, "not a date"))},
	{"WC11", green, "", all(
		is("T", `{"IpAddress": {"aws:SourceIp": "203.0.113.42"}}`),
		is("T", `{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}`),
		is("T", `{"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}`),
		is("T", `{"IpAddress": {"aws:VpcSourceIp": "2001:db8::/32"}}`, "aws:VpcSourceIp=2001:db8::1"))},
	{"WC12", deviation, "an address that cannot be read is unknown in a request, and so a Deny applies; in a policy it fails the bundle", all(
		is("F", `{"IpAddress": {"aws:VpcSourceIp": "203.0.113.0/24"}}`, "aws:VpcSourceIp=198.51.100.42"),
		is("T", `{"NotIpAddress": {"aws:VpcSourceIp": "203.0.113.0/24"}}`, "aws:VpcSourceIp=198.51.100.42"),
		is("U", `{"IpAddress": {"aws:VpcSourceIp": "203.0.113.0/24"}}`, "aws:VpcSourceIp=not-an-ip"),
		isRefused(`{"IpAddress": {"aws:SourceIp": "not-an-ip"}}`, "not-an-ip"),
		isRefused(`{"IpAddress": {"aws:SourceIp": "203.0.113.0/invalid"}}`, "203.0.113.0/invalid"),
		is("F", `{"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}`))},
	{"WC13", green, "", all(
		is("T", `{"ArnEquals": {"aws:PrincipalArn": "`+condAlice+`"}}`),
		is("T", `{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}`),
		is("F", `{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}`))},
	{"WC14", green, "", all(
		is("T", `{"Bool": {"aws:MultiFactorAuthPresent": "true"}}`),
		is("T", `{"Bool": {"aws:ViaAWSService": "false"}}`, "aws:ViaAWSService=false"),
		is("F", `{"Bool": {"aws:MultiFactorAuthPresent": "false"}}`),
		isRefused(`{"Bool": {"aws:MultiFactorAuthPresent": "yes"}}`, "yes"),
		is("F", `{"Bool": {"app:absent": "true"}}`))},
	{"WC15", green, "", all(
		is("T", `{"ForAllValues:StringEquals": {"aws:TagKeys": ["Env", "Owner"]}}`, `aws:TagKeys=["Env","Owner"]`),
		is("F", `{"ForAllValues:StringEquals": {"aws:TagKeys": ["Env", "Owner"]}}`, `aws:TagKeys=["Env","Owner","Cost"]`),
		is("T", `{"ForAllValues:StringEquals": {"aws:TagKeys": ["Env", "Owner"]}}`, `aws:TagKeys=[]`),
		is("T", `{"ForAllValues:StringEquals": {"aws:TagKeys": ["Env", "Owner"]}}`))},
	{"WC16", green, "", all(
		is("T", `{"ForAnyValue:StringEquals": {"aws:PrincipalTag/Role": ["Admin", "DevOps"]}}`, "trust=facts principal.tag/Role=Admin"),
		is("F", `{"ForAnyValue:StringEquals": {"aws:PrincipalTag/Role": ["Admin", "DevOps"]}}`, "trust=facts principal.tag/Role=User"),
		is("F", `{"ForAnyValue:StringEquals": {"aws:PrincipalTag/Role": ["Admin", "DevOps"]}}`, `trust=facts principal.tag/Role=""`),
		is("F", `{"ForAnyValue:StringEquals": {"aws:PrincipalTag/Role": ["Admin", "DevOps"]}}`))},
	{"WC17", green, "", all(
		is("T", `{"ForAllValues:IpAddress": {"app:absent": "10.0.0.0/8"}}`),
		is("F", `{"ForAnyValue:IpAddress": {"app:absent": "10.0.0.0/8"}}`))},
	{"WC18", deviation, "ForAnyValue is true by one member that is read and matches, whatever the others are; without one it is unknown", all(
		is("F", `{"ForAnyValue:DateLessThan": {"app:absent": "2026-01-02T11:30:00Z"}}`),
		is("U", `{"ForAllValues:NumericLessThan": {"app:sizes": "100"}}`, `app:sizes=[1,"x"]`),
		is("F", `{"ForAllValues:NumericLessThan": {"app:sizes": "100"}}`, `app:sizes=[500,"x"]`),
		is("U", `{"ForAnyValue:NumericLessThan": {"app:sizes": "100"}}`, `app:sizes=[500,"x"]`),
		is("T", `{"ForAnyValue:NumericLessThan": {"app:sizes": "100"}}`, `app:sizes=[1,"x"]`))},
	{"WC19", green, "", all(
		is("T", `{"StringEquals": {"aws:username": "alice"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}`),
		is("F", `{"StringEquals": {"aws:username": "bob"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}`))},
	{"WC20", green, "", is("T", `{}`)},
	{"WC21", green, "", isRefused(`{"StringResembles": {"aws:username": "alice"}}`, "StringResembles")},
	{"WC22", deviation, "a list in a policy is any of its values, as IAM and WAMI's own document say; two values in a request under a plain operator are unknown", all(
		is("T", `{"StringEquals": {"aws:username": ["bob", "alice"]}}`),
		is("F", `{"StringEquals": {"aws:username": ["bob", "carol"]}}`),
		is("U", `{"StringEquals": {"app:names": "alice"}}`, `app:names=["alice","bob"]`))},
	{"WC23", green, "", all(
		is("T", `{"StringEquals": {"aws:RequestTag/équipe/Команда": "x"}}`, `aws:RequestTag/équipe/Команда=x`),
		is("F", `{"StringEquals": {"aws:username": "аlice"}}`))}, // with a Cyrillic а
	{"WC24", green, "", all(
		is("T", `{"Null": {"aws:TokenIssueTime": "true"}}`),
		is("F", `{"Null": {"aws:TokenIssueTime": "false"}}`))},
}

func TestSeedRowsWC(t *testing.T) { runSeedRows(t, conditionRows, 24) }

// conditioned is a bundle in which the user of the table has one conditioned
// statement, besides an Allow of everything if that one denies.
func conditioned(effect, condition string) bundle {
	statements := []string{statement(effect, []string{"app:Do"}, "*", condition)}
	if effect == "Deny" {
		statements = append(statements, allow("*", "*"))
	}
	return bundle{"dir.json": `{"users": {"` + condAlice + `": {"policies": ["p"]}}}`, "p.json": policy(statements...)}
}

// is checks a condition to be T(rue), F(alse) or U(nknown): by what it does to an
// Allow and to a Deny.
func is(want, condition string, more ...string) func(*testing.T) {
	answers := map[string][2]string{
		"T": {"Allow identity_policy p[0]", "Deny explicit_deny p[0]"},
		"F": {"Deny implicit_deny", "Allow identity_policy p[1]"},
		"U": {"Deny implicit_deny", "Deny unknown_condition p[0]"},
	}[want]
	line := condAlice + " app:Do thing" + condIP
	for _, pair := range more {
		line += " " + pair
	}
	return func(t *testing.T) {
		t.Log(condition)
		for i, effect := range []string{"Allow", "Deny"} {
			decidesIn(withMFA, conditioned(effect, condition), fmt.Sprintf("%s -> %s", line, answers[i]))(t)
		}
	}
}

// isRefused checks that a condition fails the bundle, with a reason.
func isRefused(condition, why string) func(*testing.T) {
	return refuses(conditioned("Allow", condition), "p.json", why)
}

// The default time of a case is the time of the table.
func TestSeedTime(t *testing.T) {
	c, err := policytest.ParseCase("a b c")
	if err != nil || !c.Time.Equal(seedNow) {
		t.Errorf("a case is decided at %v, %v", c.Time, err)
	}
}
