package pdp_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const (
	allow = pdp.Allow
	deny  = pdp.Deny
)

// policyStartsWith is the matcher of a test of allow-me's: the policy's text starts
// with the request's.
func policyStartsWith(pattern []wildcard.Token) (pdp.Matcher, error) {
	return textMatcher(func(resource, policy string) bool { return strings.HasPrefix(policy, resource) }).compile(pattern)
}

// A textMatcher compares a resource with the whole text of a policy.
type textMatcher func(resource, policy string) bool

func (m textMatcher) compile(pattern []wildcard.Token) (pdp.Matcher, error) {
	return &compiledText{m, pattern}, nil
}

type compiledText struct {
	compare textMatcher
	pattern []wildcard.Token
}

func (c *compiledText) Match(resource string, fills []string) bool {
	var policy strings.Builder
	for _, t := range c.pattern {
		if t.Kind == wildcard.Hole {
			policy.WriteString(fills[t.Hole])
		} else {
			policy.WriteString(t.Text)
		}
	}
	return c.compare(resource, policy.String())
}

// TestSeedAllowMe is the table A of the seeds: every row, under its number.
func TestSeedAllowMe(t *testing.T) {
	anyone := map[string]pdp.VariableFunc{"var": func(a pdp.Asked) conditions.Value { return conditions.Text(a.Principal) }}
	backwards := map[string]pdp.CompileMatcher{"policy_starts_with": policyStartsWith}
	const (
		noResource = `MayI has no empty resource: an action without one acts on "*"`
		noEmpty    = "rule 3.3: a policy with an empty list of statements is refused"
		literal    = "a variable that the request lacks matches nothing (2.7), not even its own text"
	)
	reviewer := map[string]conditions.Value{"role": conditions.Text("reviewer")}
	for _, row := range []struct {
		number     string
		statements string
		more       string // beside the statements
		holders    string // whom the document is attached to
		with       pdp.Extensions
		cases      []seedCase
	}{
		{number: "A-1", statements: `{"effect": "deny", "identities": ["actor_a"], "operations": ["write"], "resources": ["resource_1"]},
			{"effect": "allow", "identities": ["actor_b"], "operations": ["read"], "resources": ["resource_1"]}`,
			cases: []seedCase{
				{principal: "actor_a", action: "write", resource: "resource_1", seed: deny, want: "explicit_deny p#0"},
				{principal: "actor_b", action: "read", resource: "resource_1", seed: allow, want: "identity_policy p#1"},
			}},
		{number: "A-2", statements: `{"effect": "allow", "identities": ["actor_a"], "operations": ["write"], "resources": ["resource_1"]}`,
			cases: []seedCase{{name: "default denied", principal: "other_actor", action: "write", resource: "resource_1", seed: deny, want: "implicit_deny"}}},
		{number: "A-2/allowed", statements: `{"effect": "allow", "identities": ["actor_a"], "operations": ["write"], "resources": ["resource_1"]}`,
			more: `, "default": "allow"`, holders: `"other_actor"`,
			cases: []seedCase{
				{name: "default allowed", principal: "other_actor", action: "write", resource: "resource_1", seed: allow, want: "identity_policy p#1"},
				{name: "default allowed, not a holder", principal: "stranger", action: "write", resource: "resource_1", seed: allow, want: "implicit_deny",
					deviates: "4.4: a default speaks only for those whom the document is attached to"},
			}},
		{number: "A-3", statements: `{"effect": "allow", "identities": ["actor_a"], "operations": ["write"], "resources": ["resource_1"]},
			{"effect": "deny", "identities": ["{{var}}"], "operations": ["write"], "resources": ["resource_1"]},
			{"effect": "allow", "identities": ["{{var}}"], "operations": ["read"], "resources": ["resource_group"]},
			{"effect": "deny", "identities": ["actor_b"], "operations": ["read"], "resources": ["resource_group"]}`,
			with: pdp.Extensions{Variables: anyone},
			cases: []seedCase{
				{principal: "actor_a", action: "write", resource: "resource_1", seed: allow, want: "identity_policy p#0"},
				{principal: "actor_b", action: "read", resource: "resource_group", seed: allow, want: "identity_policy p#2"},
			}},
		{number: "A-4", statements: `{"effect": "allow", "identities": ["actor_a"], "operations": ["connect"]}`,
			cases: []seedCase{
				{name: "empty", principal: "actor_a", action: "connect", seed: allow, want: "malformed_request", deviates: noResource},
				{name: "none", principal: "actor_a", action: "connect", resource: "*", seed: allow, want: "identity_policy p#0"},
				{name: "equality", principal: "actor_a", action: "connect", resource: "x", seed: deny, want: "implicit_deny"},
			}},
		{number: "A-4/starts_with", statements: `{"effect": "allow", "identities": ["actor_a"], "operations": ["connect"]}`, more: `, "matcher": "starts_with"`,
			cases: []seedCase{{principal: "actor_a", action: "connect", resource: "x", seed: allow, want: "identity_policy p#0"}}},
		{number: "A-5", statements: `{"effect": "deny", "identities": ["actor_a"], "operations": ["connect"]},
			{"effect": "allow", "identities": ["{{var}}"], "operations": ["connect"]}`, with: pdp.Extensions{Variables: anyone},
			cases: []seedCase{
				{principal: "actor_a", action: "connect", resource: "*", seed: deny, want: "explicit_deny p#0"},
				{principal: "other_actor", action: "connect", resource: "*", seed: allow, want: "identity_policy p#1"},
			}},
		{number: "A-6", cases: []seedCase{
			{name: "default denied", principal: "a", action: "write", resource: "r", seed: deny, want: "implicit_deny"},
			{name: "default allowed", principal: "a", action: "write", resource: "r", seed: allow, want: "implicit_deny", deviates: noEmpty},
		}},
		{number: "A-7", statements: `{"effect": "allow", "identities": ["some_actor"], "operations": ["write"], "resources": ["hello/b"]},
			{"effect": "deny", "identities": ["some_actor"], "operations": ["write"], "resources": ["hello/a"]}`,
			more: `, "matcher": "policy_starts_with"`, with: pdp.Extensions{Matchers: backwards},
			cases: []seedCase{{principal: "some_actor", action: "write", resource: "hello", seed: allow, want: "identity_policy p#0"}}},
		{number: "A-8", statements: `{"effect": "allow", "identities": ["{{any}}"], "operations": ["write"], "resources": ["hello/b"]},
			{"effect": "deny", "identities": ["{{any}}"], "operations": ["write"], "resources": ["hello/a"]}`,
			more: `, "matcher": "policy_starts_with"`, with: pdp.Extensions{Matchers: backwards},
			cases: []seedCase{{principal: "some_actor", action: "write", resource: "hello", seed: allow, want: "identity_policy p#0"}}},
		{number: "A-9", statements: `{"effect": "deny", "identities": ["{{any}}"], "operations": ["write"], "resources": ["hello/b"]},
			{"effect": "allow", "identities": ["{{identity}}"], "operations": ["write"], "resources": ["hello/a"]}`,
			cases: []seedCase{{principal: "x", action: "write", resource: "hello/a", seed: allow, want: "identity_policy p#1"}}},
		{number: "A-10", statements: `{"effect": "deny", "identities": ["{{any}}"], "operations": ["read"], "resources": ["hello/b"]},
			{"effect": "allow", "identities": ["{{identity}}"], "operations": ["write"], "resources": ["hello/a"]}`,
			cases: []seedCase{{principal: "x", action: "write", resource: "hello/a", seed: allow, want: "identity_policy p#1"}}},
		{number: "A-11", statements: `{"effect": "allow", "identities": ["actor_a"], "operations": ["write"], "resources": ["resource_1"]},
			{"effect": "deny", "identities": ["actor_a"], "operations": ["write"], "resources": ["{{any}}"]}`,
			more: `, "default": "allow"`, holders: `"actor_a", "actor_b"`,
			cases: []seedCase{
				{principal: "actor_a", action: "write", resource: "resource_1", seed: allow, want: "identity_policy p#0"},
				{principal: "actor_a", action: "write", resource: "some_other_resource", seed: deny, want: "explicit_deny p#1"},
				{principal: "actor_b", action: "write", resource: "resource_1", seed: allow, want: "identity_policy p#2"},
			}},
		{number: "A-12", statements: `{"effect": "deny", "identities": ["actor_a"], "operations": ["write"], "resources": ["{{any}}"]},
			{"effect": "allow", "identities": ["actor_a"], "operations": ["write"], "resources": ["resource_1"]}`,
			more: `, "default": "allow"`, holders: `"actor_a", "actor_b"`,
			cases: []seedCase{{principal: "actor_a", action: "write", resource: "resource_1", seed: deny, want: "explicit_deny p#0"}}},
		{number: "A-13", statements: `{"effect": "allow", "identities": ["{{any}}"], "operations": ["read", "write"], "resources": ["/home/{{identity}}/"]}`,
			more: `, "matcher": "starts_with"`,
			cases: []seedCase{
				{principal: "johndoe", action: "write", resource: "/home/johndoe/my.resource", seed: allow, want: "identity_policy p#0"},
				{principal: "johndoe", action: "write", resource: "/home/jane/my.resource", seed: deny, want: "implicit_deny"},
				{principal: "john", action: "write", resource: "/home/johndoe/x", seed: deny, want: "implicit_deny"},
				{principal: "johndoe", action: "delete", resource: "/home/johndoe/x", seed: deny, want: "implicit_deny"},
				{name: "quirk Q5", principal: "johndoe", action: "read", resource: "/home/johndoe/../jane/x", seed: allow, want: "implicit_deny",
					deviates: "a path is also read without its dot segments (Q5): an allow needs both readings"},
			}},
		{number: "A-14", statements: `{"effect": "allow", "identities": ["johndoe"], "operations": ["write"], "resources": ["/shared/{{role}}/"]}`,
			more:  `, "matcher": "starts_with"`,
			cases: []seedCase{{principal: "johndoe", action: "write", resource: "/shared/reviewer/notes.txt", context: reviewer, seed: allow, want: "identity_policy p#0"}}},
		{number: "A-15", statements: `{"effect": "allow", "identities": ["a"], "operations": ["w"], "resources": ["r"]},
			{"effect": "deny", "identities": ["a"], "operations": ["w"], "resources": ["r"]}`,
			cases: []seedCase{{principal: "a", action: "w", resource: "r", seed: allow, want: "identity_policy p#0"}}},
		{number: "A-16", statements: `{"effect": "deny", "identities": ["{{any}}"], "operations": ["w"], "resources": ["r"]},
			{"effect": "allow", "identities": ["x"], "operations": ["w"], "resources": ["r"]}`,
			cases: []seedCase{{principal: "x", action: "w", resource: "r", seed: deny, want: "explicit_deny p#0"}}},
		{number: "A-17", statements: `{"effect": "deny", "identities": ["{{identity}}"], "operations": ["w"], "resources": ["r"]},
			{"effect": "allow", "identities": ["{{any}}"], "operations": ["w"], "resources": ["r"]}`,
			cases: []seedCase{{name: "the documented rule; the library allows", principal: "x", action: "w", resource: "r", seed: deny, want: "explicit_deny p#0"}}},
		{number: "A-18", statements: `{"effect": "allow", "identities": ["a"], "operations": ["{{any}}"], "resources": ["r"]}`,
			cases: []seedCase{{name: "the documented rule; the library denies", principal: "a", action: "write", resource: "r", seed: allow, want: "identity_policy p#0"}}},
		{number: "A-19", statements: `{"effect": "allow", "identities": ["{{unknown}}"], "operations": ["w"], "resources": ["r"]},
			{"effect": "allow", "identities": ["a"], "operations": ["w"], "resources": ["{{unknown}}"]}`,
			cases: []seedCase{
				{principal: "x", action: "w", resource: "r", seed: deny, want: "implicit_deny"},
				{principal: "a", action: "w", resource: "r", seed: deny, want: "implicit_deny"},
				{principal: "{{unknown}}", action: "w", resource: "r", seed: allow, want: "implicit_deny", deviates: literal},
				{principal: "a", action: "w", resource: "{{unknown}}", seed: allow, want: "implicit_deny", deviates: literal},
			}},
		{number: "A-20", statements: `{"effect": "allow", "identities": ["{{any}}"], "operations": ["{{any}}"], "resources": ["{{any}}"]}`,
			cases: []seedCase{
				{name: "nobody is anonymous, which is no bad request", principal: "", action: "w", resource: "r", seed: deny, want: "implicit_deny"},
				{principal: "a", action: "", resource: "r", seed: deny, want: "malformed_request"},
			}},
		{number: "A-22", statements: `{"effect": "allow", "identities": ["{{identity}}"], "operations": ["first"], "resources": ["prefix-{{identity}}-contains-{{identity}}-suffix"]},
			{"effect": "allow", "identities": ["{{any}}"], "operations": ["{{operation}}"], "resources": ["home/{{identity}}/middle/{{operation}}/last"]},
			{"effect": "allow", "identities": ["{{any}}"], "operations": ["{{any}}"], "resources": ["{{any}}"]}`,
			cases: []seedCase{
				{principal: "some_identity", action: "first", resource: "prefix-some_identity-contains-some_identity-suffix", seed: allow, want: "identity_policy p#0"},
				{principal: "some_identity", action: "some_operation", resource: "home/some_identity/middle/some_operation/last", seed: allow, want: "identity_policy p#1"},
				{principal: "some_identity", action: "some_operation", resource: "some_resource", seed: allow, want: "identity_policy p#2"},
			}},
		{number: "A-23", statements: `{"effect": "allow", "identities": ["Actor"], "operations": ["Read"], "resources": ["R"]}`,
			cases: []seedCase{
				{principal: "actor", action: "Read", resource: "R", seed: deny, want: "implicit_deny"},
				{principal: "Actor", action: "Read", resource: "r", seed: deny, want: "implicit_deny"},
				{principal: "Actor", action: "read", resource: "R", seed: deny, want: "identity_policy p#0",
					deviates: "3.2: actions fold ASCII case in every dialect, so that no deny is escaped by another spelling"},
			}},
	} {
		t.Run(row.number, func(t *testing.T) {
			bundle := files{"m.json": `{"bundle": {"allow_empty": true}}`}
			if row.statements != "" {
				bundle["p.json"] = `{"statements": [` + row.statements + `]` + row.more + `}`
			}
			if row.holders != "" {
				bundle["d.json"] = `{"groups": {"g": {"policies": ["p"]}}, "users": {` + strings.ReplaceAll(row.holders, ",", `: {"groups": ["g"]},`) + `: {"groups": ["g"]}}}`
			}
			e, err := pdp.Compile(decode(t, bundle), pdp.Options{Extensions: row.with}, nil)
			if err != nil {
				t.Fatal(err)
			}
			testSeedRow(t, e, row.cases)
		})
	}
}

// TestSeedAllowMeRefused is the rows of table A that are about documents.
func TestSeedAllowMeRefused(t *testing.T) {
	for _, c := range []struct {
		number, document string
		want             []string
	}{
		{"A-6", `{"statements": [], "default": "deny"}`, []string{"1:16 /statements Missing statement"}},
		{"A-6", `{"statements": [], "default": "allow"}`, []string{"1:16 /statements Missing statement"}},
		{"A-21", `{"statements": [{"effect": "allow", "identities": [], "operations": []}, {"effect": "allow", "identities": ["a"], "operations": []}]}`, []string{
			"1:51 /statements/0/identities Missing identity", "1:69 /statements/0/operations Missing operation", "1:129 /statements/1/operations Missing operation"}},
		{"A-24", `{"statements": [{"effect": "Allow", "identities": ["a"], "operations": ["b"]}]}`, []string{"1:28 /statements/0/effect Invalid effect"}},
		{"A-24", `{"statements": [{"effect": "allow", "identities": "a", "operations": ["b"]}]}`, []string{"1:51 /statements/0/identities Data type mismatch"}},
		{"A-24", `{"default": "deny"}`, []string{"1:1  Unknown document"}},
	} {
		t.Run(c.number, func(t *testing.T) { testProblems(t, c.document, c.want) })
	}
}

// testProblems decodes a document that is refused.
func testProblems(t *testing.T, document string, want []string) {
	t.Helper()
	doc, problems := pdp.Decode("p.json", []byte(document))
	if doc != nil || strings.Join(briefs(problems), "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\ngot  %q\nwant %q\n%v", document, briefs(problems), want, strictjson.Join(problems))
	}
}
