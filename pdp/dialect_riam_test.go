package pdp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

func riamStatement(elements string) string {
	return `{"statements": [
{"effect": "allow", ` + elements + `}]}`
}

func TestRiamRefused(t *testing.T) {
	testRefusals(t, []refusal{
		{"no list", `{"id": "x", "statements": "actions"}`, []string{"1:8 /id Invalid id", "1:27 /statements Data type mismatch"}},
		{"no statement", `{"name": "n", "statements": []}`, []string{"1:29 /statements Missing statement"}},
		{"a statement that is none", `{"name": "n", "statements": [7]}`, []string{"1:30 /statements/0 Data type mismatch"}},
		{"unknown elements", `{"Version": "2012-10-17", "statements": [{"actions": "a", "resources": "r", "effect": "deny", "principal": "x"}]}`,
			[]string{"1:13 /Version Invalid policy element", "1:108 /statements/0/principal Invalid policy element"}},
		{"all is missing", `{"statements": [{"sid": "s"}]}`,
			[]string{"1:17 /statements/0 Missing effect", "1:17 /statements/0 Missing action", "1:17 /statements/0 Missing resource"}},
		{"effect of IAM", `{"statements": [{"effect": "Allow", "actions": "a", "resources": "r"}]}`, []string{"1:28 /statements/0/effect Invalid effect"}},
		{"effect is a list", `{"statements": [{"effect": [], "actions": "a", "resources": "r"}]}`, []string{"1:28 /statements/0/effect Data type mismatch"}},
		{"two spellings", riamStatement(`"action": "a", "actions": "a", "resource": "r", "resources": "r"`),
			[]string{"2:47 /statements/0/actions Unsupported element combination", "2:82 /statements/0/resources Unsupported element combination"}},
		{"empty lists and strings", riamStatement(`"actions": [], "resources": ""`), []string{"2:32 /statements/0/actions Empty array action", "2:49 /statements/0/resources Empty string"}},
		{"wildcard before the first colon", riamStatement(`"actions": "*:a:b", "resources": "r"`), []string{"2:32 /statements/0/actions Invalid action"}},
		{"blank in an action", riamStatement(`"actions": "a b", "resources": "r"`), []string{"2:32 /statements/0/actions Invalid action"}},
		{"variable in a resource", riamStatement(`"actions": "a", "resources": "home/${user}"`), []string{"2:50 /statements/0/resources Variable unsupported in element"}},
		{"variable in a condition", riamStatement(`"actions": "a", "resources": "r", "conditions": [{"StringEquals": {"k": "${k}"}}]`),
			[]string{"2:93 /statements/0/conditions/0/StringEquals/k Variable unsupported in element"}},
		{"sid with a control character", riamStatement(`"sid": "a\n", "actions": "a", "resources": "r"`), []string{"2:28 /statements/0/sid Unsupported Sid"}},
		{"empty sid", riamStatement(`"sid": "", "actions": "a", "resources": "r"`), []string{"2:28 /statements/0/sid Empty Sid value"}},
		{"one sid twice", `{"statements": [{"sid": "s", "effect": "allow", "actions": "a", "resources": "r"},
{"sid": "s", "effect": "deny", "actions": "a", "resources": "r"}]}`, []string{"2:9 /statements/1/sid Unique Sids required"}},
		{"IAM's map of conditions", riamStatement(`"actions": "a", "resources": "r", "conditions": {"StringEquals": {"k": "v"}}`), []string{"2:69 /statements/0/conditions Data type mismatch"}},
		{"no conditions", riamStatement(`"actions": "a", "resources": "r", "conditions": []`), []string{"2:69 /statements/0/conditions Empty array condition"}},
		{"two operators", riamStatement(`"actions": "a", "resources": "r", "conditions": [{"StringEquals": {"k": "v"}, "StringLike": {"k": "v"}}]`), []string{"2:70 /statements/0/conditions/0 More than one operator"}},
		{"no operator", riamStatement(`"actions": "a", "resources": "r", "conditions": [{}]`), []string{"2:70 /statements/0/conditions/0 More than one operator"}},
		{"no keys", riamStatement(`"actions": "a", "resources": "r", "conditions": [{"StringEquals": {}}]`), []string{"2:87 /statements/0/conditions/0/StringEquals Empty object condition operator"}},
		{"two modifiers", riamStatement(`"actions": "a", "resources": "r", "conditions": [{"IfExists:ForAllValues:StringEquals": {"k": "v"}}, {"ForAnyValue:StringEqualsIfExists": {"k": "v"}}]`),
			[]string{"2:109 /statements/0/conditions/0/IfExists:ForAllValues:StringEquals Invalid condition operator", "2:159 /statements/0/conditions/1/ForAnyValue:StringEqualsIfExists Invalid condition operator"}},
		{"unknown modifier", riamStatement(`"actions": "a", "resources": "r", "conditions": [{"ForSome:StringEquals": {"k": "v"}}]`), []string{"2:95 /statements/0/conditions/0/ForSome:StringEquals Invalid condition operator"}},
		{"a value that its operator cannot read", riamStatement(`"actions": "a", "resources": "r", "conditions": [{"DateBefore": {"k": "2019/07/22:00:00:00Z"}}]`), []string{"2:91 /statements/0/conditions/0/DateBefore/k Type mismatch date"}},
		{"both dialects in a statement", riamStatement(`"actions": "a", "resources": "r", "identities": ["x"]`), []string{"2:69 /statements/0/identities Mixed document"}},
		{"both dialects in a document", `{"statements": [{"effect": "allow", "actions": "a"}, {"effect": "allow", "identities": ["x"]}]}`, []string{"1:88 /statements/1/identities Mixed document"}},
		{"another dialect's top", `{"statements": [{"effect": "allow", "actions": "a"}], "default": "allow"}`, []string{"1:66 /default Mixed document"}},
		{"IAM's elements", `{"statements": [{"Effect": "Allow", "Action": "a"}]}`, []string{"1:16 /statements Unknown document"}},
	})
}

// TestRiam shows what an accepted policy becomes.
func TestRiam(t *testing.T) {
	doc, problems := pdp.Decode("team/p.json", []byte(`{
"id": "00000000-0000-4000-8000-00000000ABCD", "name": "readable name",
"statements": {"sid": "any text", "effect": "deny", "action": ["x"], "resources": "r:*", "conditions": [
  {"IfExists:DateAtOrAfter": {"riam:CurrentTime": "2026-01-01T00:00:00Z"}},
  {"ForAllValues:StringLike": {"RIAM:useragent": ["a*"], "team": "b"}},
  {"NumericLessThan": {"n": [1, "2.5"]}}]}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p := doc.Policy
	if p.Name != "team/p" || p.ID != "00000000-0000-4000-8000-00000000ABCD" || p.Label != "readable name" || p.Dialect != pdp.DialectRIAM || p.Resource || p.Variables() {
		t.Errorf("%+v", p)
	}
	s := p.Statements[0]
	if s.Sid != "any text" || s.Effect != pdp.Deny || texts(s.Actions)[0] != "x" || texts(s.Resources)[0] != "r:*" {
		t.Errorf("%+v", s)
	}
	var got []string
	for _, c := range s.Conditions {
		if !c.AbsentIsUnknown {
			t.Errorf("%s %s: an absent key is not unknown", c.Operator, c.Key)
		}
		got = append(got, fmt.Sprintf("%d %s %s", c.Block, c.Operator, c.Key))
	}
	want := "0 DateGreaterThanEqualsIfExists aws:CurrentTime, 1 ForAllValues:StringLike aws:UserAgent, 1 ForAllValues:StringLike team, 2 NumericLessThan n"
	if strings.Join(got, ", ") != want {
		t.Errorf("conditions %s\nwant       %s", strings.Join(got, ", "), want)
	}
}

// TestRiamConditions is what the seeds' table R does not show. T, F and ? are true,
// false and unknown.
func TestRiamConditions(t *testing.T) {
	for _, c := range []struct {
		name, conditions, value, want string // a value of "-" is absent
	}{
		{"negated, absent", `[{"StringNotEquals": {"k": "v"}}]`, "-", "?"},
		{"negated, absent, if it exists", `[{"IfExists:StringNotEquals": {"k": "v"}}]`, "-", "T"},
		{"IAM's spelling of it", `[{"StringNotEqualsIfExists": {"k": "v"}}]`, "-", "T"},
		{"an address, absent", `[{"NotIpAddress": {"k": "10.0.0.0/8"}}]`, "-", "?"},
		{"a number, absent", `[{"NumericNotEquals": {"k": 1}}]`, "-", "?"},
		{"all values, absent", `[{"ForAllValues:StringLike": {"k": "v"}}]`, "-", "?"},
		{"all values negated, absent", `[{"ForAllValues:StringNotLike": {"k": "v"}}]`, "-", "?"},
		{"any value negated, absent", `[{"ForAnyValue:StringNotLike": {"k": "v"}}]`, "-", "F"},
		{"a companion settles it", `[{"StringNotEquals": {"k": "v"}}, {"Null": {"k": "false"}}]`, "-", "F"},
		{"the same operator and key twice", `[{"StringLike": {"k": "a*"}}, {"StringLike": {"k": "*z"}}]`, "abz", "T"},
		{"both must hold", `[{"StringLike": {"k": "a*"}}, {"StringLike": {"k": "*z"}}]`, "ab", "F"},
		{"before", `[{"DateBefore": {"k": "2026-01-02T00:00:00Z"}}]`, "2026-01-01T00:00:00Z", "T"},
		{"not before itself", `[{"DateBefore": {"k": "2026-01-02T00:00:00Z"}}]`, "2026-01-02T00:00:00Z", "F"},
		{"at", `[{"DateAtOrBefore": {"k": "2026-01-02T00:00:00Z"}}]`, "2026-01-02T00:00:00Z", "T"},
		{"after", `[{"DateAfter": {"k": "2026-01-02T00:00:00Z"}}]`, "2026-01-02T00:00:00Z", "F"},
		{"at or after", `[{"DateAtOrAfter": {"k": "2026-01-02T00:00:00Z"}}]`, "2026-01-02T00:00:00Z", "T"},
		{"the request's time", `[{"DateAfter": {"riam:CurrentTime": "2026-11-22T00:00:00Z"}}]`, "-", "T"},
		{"its number", `[{"NumericGreaterThan": {"riam:EpochTime": 1000}}]`, "-", "T"},
		{"not a number", `[{"NumericLessThan": {"k": [1, "2"]}}]`, "many", "?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			context := new(conditions.Context)
			if c.value != "-" {
				context.Set("k", conditions.Text(c.value))
			}
			if got := holds(t, c.conditions, context); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Nobody can speak to a riam policy by riam's names: the door's keys are meant, and
// who sets one of the others is told so.
func TestRiamKeysAreReserved(t *testing.T) {
	e := compile(t, riamBundle("u", `{"statements": [{"effect": "deny", "action": "*", "resource": "*", "conditions": [{"IpAddress": {"riam:SourceIP": "203.0.113.0/24"}}]},
		{"effect": "allow", "action": "*", "resource": "*"}]}`))
	for key, want := range map[string]string{
		"aws:SourceIp": "explicit_deny p0#0", "riam:SourceIP": "malformed_request", "Riam:CurrentTime": "malformed_request",
		"riam:epochtime": "malformed_request", "riam:UserAgent": "malformed_request", "riam:SecureTransport": "malformed_request",
		"riam:other": "identity_policy p0#1",
	} {
		r := ask("u", "a", "r")
		r.Context = context(key, "203.0.113.7")
		if got := says(e.Decide(r)); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

func TestRiamAttachments(t *testing.T) {
	const p = `{"statements": [{"effect": "allow", "actions": "a:b:c", "resources": "*"}]}`
	e := compile(t, files{"p.json": p, "d.json": `{"groups": {"g": {"policies": ["p"]}}, "users": {"u": {"groups": ["g"]}, "v": {}}}`})
	testDecisions(t, e, []decision{
		{"by a group", "u", "a:b:c", "r", "identity_policy p#0"},
		{"actions fold", "u", "A:B:c", "r", "identity_policy p#0"},
		{"attached to somebody else", "v", "a:b:c", "r", "implicit_deny"},
	})
	inline := compile(t, files{"d.json": `{"users": {"u": {"policies": [` + p + `], "boundary": ` + p + `}}}`})
	testDecisions(t, inline, []decision{
		{"inline, and as a boundary", "u", "a:b:c", "r", "identity_policy d.json#/users/u/policies/0#0 d.json#/users/u/boundary#0"},
		{"inline, other actions", "u", "a:b:d", "r", "implicit_deny"},
	})
	_, err := pdp.Compile(decode(t, files{"p.json": p}), pdp.Options{}, nil)
	if got := places(err); len(got) != 1 || got[0] != "p.json 1:1  Unattached policy" {
		t.Errorf("attached nowhere: %q", got)
	}
}
