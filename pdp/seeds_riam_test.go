package pdp_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// riamBundle attaches riam policies to a principal.
func riamBundle(principal string, policies ...string) files {
	bundle := files{}
	names := ""
	for i, p := range policies {
		name := fmt.Sprintf("p%d", i)
		bundle[name+".json"] = p
		names += fmt.Sprintf(", %q", name)
	}
	if names != "" {
		names = names[2:]
	}
	bundle["d.json"] = fmt.Sprintf(`{"users": {%q: {"policies": [%s]}}}`, principal, names)
	bundle["m.json"] = `{"bundle": {"allow_empty": true}}`
	return bundle
}

// TestSeedRiamPolicies is the rows of table R that are about whole policies.
func TestSeedRiamPolicies(t *testing.T) {
	const (
		user      = "user:test-user"
		seedSpell = "1.1: arn:aws::s3:::testbucket is no ARN (a partition and a service are needed), and what begins with arn: must be one"
	)
	for _, row := range []struct {
		number   string
		policies []string
		cases    []seedCase
	}{
		{"R1", []string{`{"statements": [
			{"effect": "allow", "actions": ["account:list"], "resources": ["resource:account:*"]},
			{"effect": "deny", "actions": ["account:list"], "resources": ["resource:account:123"]},
			{"effect": "allow", "actions": ["account:describe:*"], "resources": ["resource:account:789"]}]}`},
			[]seedCase{
				{principal: user, action: "account:list", resource: "resource:account:567", seed: allow, want: "identity_policy p0#0"},
				{principal: user, action: "account:list", resource: "resource:account:789", seed: allow, want: "identity_policy p0#0"},
				{principal: "user:other", action: "account:list", resource: "resource:account:567", seed: deny, want: "implicit_deny"},
				{principal: user, action: "account:list", resource: "resource:account:123", seed: deny, want: "explicit_deny p0#1"},
				{principal: user, action: "account:describe:limits", resource: "resource:account:123", seed: deny, want: "implicit_deny"},
				{principal: user, action: "account:describe:limits", resource: "resource:account:789", seed: allow, want: "identity_policy p0#2"},
			}},
		{"R2", []string{
			`{"name": "s3-policy-1", "statements": [
			{"effect": "allow", "actions": "s3:ListBucket", "resources": ["arn:aws:s3:::testbucket"]},
			{"effect": "allow", "actions": "s3:*Object", "resources": "arn:aws:s3:::testbucket/*"}]}`,
			`{"name": "s3-policy-2", "statements": [{"effect": "deny", "actions": "s3:GetObject", "resources": "arn:aws:s3:::testbucket/private/*"}]}`},
			[]seedCase{
				{principal: user, action: "s3:ListBucket", resource: "arn:aws:s3:::testbucket", seed: allow, want: "identity_policy p0#0"},
				{principal: user, action: "s3:ListBucket", resource: "arn:aws:s3:::badbucket", seed: deny, want: "implicit_deny"},
				{principal: user, action: "s3:GetObject", resource: "arn:aws:s3:::testbucket/test-are-fun.txt", seed: allow, want: "identity_policy p0#1"},
				{principal: user, action: "s3:GetMetadata", resource: "arn:aws:s3:::testbucket/test-are-fun.txt", seed: deny, want: "implicit_deny"},
				{principal: user, action: "s3:GetObject", resource: "arn:aws:s3:::testbucket/private/secret.txt", seed: deny, want: "explicit_deny p1#0"},
				{name: "the seed's own spelling", principal: user, action: "s3:ListBucket", resource: "arn:aws::s3:::testbucket", seed: allow, want: "malformed_request", deviates: seedSpell},
			}},
		{"R3", []string{`{"statements": [{"effect": "allow", "actions": "account:*", "resources": "*", "conditions": [{"StringEquals": {"UserAgent": "BankInternal"}}]}]}`},
			[]seedCase{
				{principal: user, action: "account:list", resource: "r", seed: deny, want: "implicit_deny"},
				{principal: user, action: "account:list", resource: "r", context: map[string]conditions.Value{"UserAgent": conditions.Text("BankInternal")}, seed: allow, want: "identity_policy p0#0"},
			}},
		{"R33", nil, []seedCase{{name: "what is attached is what the directory says; nothing is", principal: user, action: "a", resource: "r", seed: deny, want: "implicit_deny"}}},
		{"R33/one left", []string{`{"statements": [{"effect": "allow", "actions": "a", "resources": "r"}]}`},
			[]seedCase{{principal: user, action: "a", resource: "r", seed: allow, want: "identity_policy p0#0"}}},
	} {
		t.Run(row.number, func(t *testing.T) { testSeedRow(t, compile(t, riamBundle(user, row.policies...)), row.cases) })
	}
}

// TestSeedRiamWildcards is the rows of table R about patterns; each is asked as a
// resource.
func TestSeedRiamWildcards(t *testing.T) {
	const (
		noGlob = "A1: patterns are globs with backtracking"
		asDocs = "the seed's code matches what its README says does not; MayI goes by the README"
	)
	for _, c := range []struct {
		number, pattern, text string
		seed, want            bool
		deviates              string
	}{
		{"R4", "re*123", "resources:blog:123", true, true, ""},
		{"R4", "resources:blog:*", "resources:blog:123", true, true, ""},
		{"R4", "resources:*", "resources:blog:123", true, true, ""},
		{"R5", "actions:*:123", "actions:accounts:list:123", false, true, noGlob},
		{"R6", "actions:*:list:*", "actions:accounts:list:123", true, true, ""},
		{"R6", "actions:*:*:123", "actions:accounts:list:123", true, true, ""},
		{"R6", "actions:**123", "actions:accounts:list:123", true, true, ""},
		{"R7", "abc*xyz", "abcdefghgkxyz", true, true, ""},
		{"R7", "a*", "abcdefghgkxyz", true, true, ""},
		{"R7", "a*c", "abd", true, false, asDocs},
		{"R7", "a*C", "abc", true, false, asDocs},
		{"R8", "a*", "a", false, true, noGlob},
		{"R8", "a*b", "aXbXb", false, true, noGlob},
		{"R8", "iam:*AccessKey*", "iam:GetAccessKey", false, true, noGlob},
		{"R8", "*.txt", "a.b.txt", false, true, noGlob},
		{"R8", "value*2*", "value2", false, true, noGlob},
	} {
		t.Run(c.number, func(t *testing.T) {
			e := compile(t, riamBundle("u", fmt.Sprintf(`{"statements": [{"effect": "allow", "actions": "*", "resources": %q}]}`, c.pattern)))
			d := e.Decide(ask("u", "do", c.text))
			if d.Allowed() != c.want || (c.want != c.seed) != (c.deviates != "") {
				t.Errorf("%s on %s: %s, want %v; the seed says %v (%s)", c.pattern, c.text, says(d), c.want, c.seed, c.deviates)
			}
		})
	}
	t.Run("R8/empty text", func(t *testing.T) {
		e := compile(t, riamBundle("u", `{"statements": [{"effect": "allow", "actions": "*", "resources": "*"}]}`))
		if got := says(e.Decide(ask("u", "do", ""))); got != "malformed_request" {
			t.Errorf("an empty resource: %s; the seed does not match it, and MayI does not know it", got)
		}
	})
}

// holds returns what a list of riam's conditions says, in three-valued logic: an
// allow applies only if it is true, a deny unless it is false.
func holds(t *testing.T, conditions string, context *conditions.Context) string {
	t.Helper()
	e := compile(t, riamBundle("u", fmt.Sprintf(`{"statements": [
		{"effect": "allow", "action": "if:True", "resource": "*", "conditions": %[1]s},
		{"effect": "allow", "action": "unless:False", "resource": "*"},
		{"effect": "deny", "action": "unless:False", "resource": "*", "conditions": %[1]s}]}`, conditions)))
	request := func(action string) *pdp.Request {
		r := ask("u", action, "r")
		r.Context = context
		return r
	}
	may, mustNot := e.Decide(request("if:True")), e.Decide(request("unless:False"))
	switch {
	case may.Allowed() && mustNot.Reason == pdp.ReasonExplicitDeny:
		return "T"
	case !may.Allowed() && mustNot.Reason == pdp.ReasonUnknownCondition:
		return "?"
	case !may.Allowed() && mustNot.Allowed():
		return "F"
	}
	t.Fatalf("allow: %s; deny: %s", says(may), says(mustNot))
	return ""
}

// TestSeedRiamConditions is the rows of table R about conditions. T, F and ? are
// true, false and unknown; what the seed says is only ever T or F.
func TestSeedRiamConditions(t *testing.T) {
	str, list := conditions.Text, conditions.Texts
	num := func(n string) conditions.Value { return conditions.One(conditions.Number(n)) }
	yes := func(b bool) conditions.Value { return conditions.One(conditions.Bool(b)) }
	none := conditions.Absent()
	const (
		one      = "a list of one value is that value (2.2)"
		absent   = "4.4: riam says false of an absent key and IAM true, so that it is unknown"
		pairwise = "A9: as IAM, no pair of values decides alone"
		nullText = `2.2: "" is a value, and this one matches nothing`
	)
	for _, c := range []struct {
		number, conditions string
		key                []string
		values             []conditions.Value
		seed, want         string
		deviates           string
	}{
		{"R9", `[{"StringEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{str("v1")}, "T", "T", ""},
		{"R9", `[{"StringEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{str("v2")}, "T", "T", ""},
		{"R9", `[{"StringEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{str("v3")}, "F", "F", ""},
		{"R10", `[{"StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{str("v1")}, "F", "F", ""},
		{"R10", `[{"StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{str("v3")}, "T", "T", ""},
		{"R11", `[{"IfExists:StringEquals": {"k": "v1"}}]`, nil, []conditions.Value{none}, "T", "T", ""},
		{"R11", `[{"IfExists:StringEquals": {"k": "v1"}}]`, nil, []conditions.Value{str("v1")}, "T", "T", ""},
		{"R11", `[{"IfExists:StringEquals": {"k": "v1"}}]`, nil, []conditions.Value{str("vn")}, "F", "F", ""},
		{"R11", `[{"IfExists:StringEquals": {"k": "v1"}}]`, nil, []conditions.Value{list("v1")}, "F", "T", one},
		{"R12", `[{"IfExists:StringNotEquals": {"k": "v1"}}]`, nil, []conditions.Value{none}, "T", "T", ""},
		{"R12", `[{"IfExists:StringNotEquals": {"k": "v1"}}]`, nil, []conditions.Value{str("v1")}, "F", "F", ""},
		{"R12", `[{"IfExists:StringNotEquals": {"k": "v1"}}]`, nil, []conditions.Value{str("vn")}, "T", "T", ""},
		{"R12", `[{"IfExists:StringNotEquals": {"k": "v1"}}]`, nil, []conditions.Value{list("vn")}, "F", "T", one},
		{"R13", `[{"ForAllValues:StringEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v1")}, "T", "T", ""},
		{"R13", `[{"ForAllValues:StringEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v1", "v2")}, "T", "T", ""},
		{"R13", `[{"ForAllValues:StringEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v3")}, "F", "F", ""},
		{"R13", `[{"ForAllValues:StringEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v1", "v3")}, "F", "F", ""},
		{"R14", `[{"ForAnyValue:StringEquals": {"k": ["v1"]}}]`, nil, []conditions.Value{list("v1")}, "T", "T", ""},
		{"R14", `[{"ForAnyValue:StringEquals": {"k": ["v1"]}}]`, nil, []conditions.Value{list("v1", "v3")}, "T", "T", ""},
		{"R14", `[{"ForAnyValue:StringEquals": {"k": ["v1"]}}]`, nil, []conditions.Value{list("v3")}, "F", "F", ""},
		{"R14", `[{"ForAnyValue:StringEquals": {"k": ["v1"]}}]`, nil, []conditions.Value{list("v3", "v4")}, "F", "F", ""},
		{"R15", `[{"ForAllValues:StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v3")}, "T", "T", ""},
		{"R15", `[{"ForAllValues:StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v3", "v4")}, "T", "T", ""},
		{"R15", `[{"ForAllValues:StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{str("v1")}, "F", "F", ""},
		{"R15", `[{"ForAllValues:StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v1", "v2")}, "F", "F", ""},
		{"R15", `[{"ForAllValues:StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v3", "v2")}, "F", "F", ""},
		{"R16", `[{"ForAnyValue:StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v3")}, "T", "T", ""},
		{"R16", `[{"ForAnyValue:StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{list("v1", "v3")}, "T", "T", ""},
		{"R16", `[{"ForAnyValue:StringNotEquals": {"k": ["v1", "v2"]}}]`, nil, []conditions.Value{str("v1")}, "T", "F", pairwise},
		{"R17", `[{"StringEqualsIgnoreCase": {"k": ["VaLue1", "ValUE2"]}}]`, nil, []conditions.Value{str("VALUE1")}, "T", "T", ""},
		{"R17", `[{"StringEqualsIgnoreCase": {"k": ["VaLue1", "ValUE2"]}}]`, nil, []conditions.Value{str("value2")}, "T", "T", ""},
		{"R17", `[{"StringEqualsIgnoreCase": {"k": ["VaLue1", "ValUE2"]}}]`, nil, []conditions.Value{str("v3")}, "F", "F", ""},
		{"R18", `[{"StringLike": {"k": "re*123"}}]`, nil, []conditions.Value{str("resources:blog:123")}, "T", "T", ""},
		{"R18", `[{"StringLike": {"k": "re*123"}}]`, nil, []conditions.Value{str("resources:blog:456")}, "F", "F", ""},
		{"R19", `[{"ForAllValues:StringLike": {"k": ["re*123", "actions:create:*"]}}]`, nil, []conditions.Value{list("resources:account:123", "actions:create:account")}, "T", "T", ""},
		{"R19", `[{"ForAllValues:StringLike": {"k": ["re*123", "actions:create:*"]}}]`, nil, []conditions.Value{list("resources:blog:125")}, "F", "F", ""},
		{"R19", `[{"ForAllValues:StringLike": {"k": ["re*123", "actions:create:*"]}}]`, nil, []conditions.Value{list("resources:blog:123", "actions:delete:123")}, "F", "F", ""},
		{"R20", `[{"StringNotLike": {"k": ["resources:*:123", "resources:*:456"]}}]`, nil, []conditions.Value{str("resources:blog:456")}, "F", "F", ""},
		{"R20", `[{"StringNotLike": {"k": ["resources:*:123", "resources:*:456"]}}]`, nil, []conditions.Value{str("resources:blog:789")}, "T", "T", ""},
		{"R21", `[{"StringEquals": {"k1": "v1"}}, {"StringNotLike": {"k2": "value*2*"}}]`, []string{"k1", "k2"}, []conditions.Value{str("v1"), str("value200")}, "F", "F", ""},
		{"R22", `[{"StringEquals": {"k": "v1"}}]`, nil, []conditions.Value{none}, "F", "F", ""},
		{"R23", `[{"Bool": {"k1": true, "k2": false}}]`, []string{"k1", "k2"}, []conditions.Value{yes(true), yes(false)}, "T", "T", ""},
		{"R23", `[{"Bool": {"k1": true, "k2": false}}]`, []string{"k1", "k2"}, []conditions.Value{yes(false), yes(false)}, "F", "F", ""},
		{"R24", `[{"NumericEquals": {"k1": 2, "k2": -7, "k3": "2.02"}}]`, []string{"k1", "k2", "k3"}, []conditions.Value{num("2"), num("-7"), str("2.02")}, "T", "T", ""},
		{"R24", `[{"NumericEquals": {"k1": 2, "k2": -7, "k3": "2.02"}}]`, []string{"k1", "k3"}, []conditions.Value{num("2"), str("2.02")}, "F", "F", ""},
		{"R25", `[{"NumericEquals": {"k": [5, "2.02"]}}]`, nil, []conditions.Value{str("2.02")}, "T", "T", ""},
		{"R26", `[{"NumericNotEquals": {"k": [5, "2.02"]}}]`, nil, []conditions.Value{str("2.02")}, "T", "F", pairwise},
		{"R27", `[{"NumericLessThan": {"k1": 2, "k2": -7, "k3": "2.02"}}]`, []string{"k1", "k2", "k3"}, []conditions.Value{num("1"), num("-8"), str("2.01")}, "T", "T", ""},
		{"R27", `[{"NumericLessThanEquals": {"k": "2.02"}}]`, nil, []conditions.Value{str("2.02")}, "T", "T", ""},
		{"R27", `[{"NumericLessThanEquals": {"k": "2.02"}}]`, nil, []conditions.Value{str("2.03")}, "F", "F", ""},
		{"R28", `[{"NumericGreaterThan": {"k": "2.02"}}]`, nil, []conditions.Value{str("2.02")}, "F", "F", ""},
		{"R28", `[{"NumericGreaterThanEquals": {"k": "2.02"}}]`, nil, []conditions.Value{str("2.02")}, "T", "T", ""},
		{"R29", `[{"NumericGreaterThan": {"k": -7}}, {"NumericLessThan": {"k": 12.02}}]`, nil, []conditions.Value{num("2")}, "T", "T", ""},
		{"R29", `[{"NumericEquals": {"k": "-7"}}]`, nil, []conditions.Value{num("-7")}, "T", "T", ""},
		{"R34", `[{"StringEquals": {"group": "admin"}}]`, []string{"group"}, []conditions.Value{str("admin")}, "T", "T", ""},
		{"R34", `[{"ForAnyValue:StringEquals": {"groups": "admin"}}]`, []string{"groups"}, []conditions.Value{list("admin", "group2", "group3")}, "T", "T", ""},
		{"R35", `[{"ForAllValues:StringEquals": {"k": "v"}}]`, nil, []conditions.Value{none}, "T", "?", absent},
		{"R35", `[{"ForAllValues:StringEquals": {"k": "v"}}]`, nil, []conditions.Value{str("")}, "T", "F", nullText},
		{"R35", `[{"ForAnyValue:StringEquals": {"k": "v"}}]`, nil, []conditions.Value{none}, "F", "F", ""},
		{"R35", `[{"ForAnyValue:StringEquals": {"k": "v"}}]`, nil, []conditions.Value{str("")}, "F", "F", ""},
	} {
		t.Run(c.number, func(t *testing.T) {
			context := new(conditions.Context)
			for i, v := range c.values {
				context.Set(slices.Concat(c.key, []string{"k"})[i], v)
			}
			got := holds(t, c.conditions, context)
			if got != c.want || (got != c.seed) != (c.deviates != "") {
				t.Errorf("%s: %s, want %s; the seed says %s (%s)", c.conditions, got, c.want, c.seed, c.deviates)
			}
		})
	}
}

// TestSeedRiamRefused is the rows of table R about what is not accepted. R32 is not
// applicable: it is about how riam writes a policy back, and MayI writes none; that
// a list of one and a string are the same is in TestRiam.
func TestSeedRiamRefused(t *testing.T) {
	for _, c := range []struct{ number, document, want string }{
		{"R30", `{"statements": [{"effect": "allow", "actions": "a", "resources": "*", "conditions": [{"unknown": {"k": "v"}}]}]}`,
			"1:98 /statements/0/conditions/0/unknown Invalid condition operator"},
		{"R31", `{"name": "p", "statements": []}`, "1:29 /statements Missing statement"},
		{"R31", `{"statements": [{"effect": "allow", "actions": ["a"], "resources": []}]}`, "1:68 /statements/0/resources Empty array resource"},
	} {
		t.Run(c.number, func(t *testing.T) { testProblems(t, c.document, []string{c.want}) })
	}
}
