package pdp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// rule writes a statement of allow-me's dialect; no resource is none.
func rule(effect, identity, operation, resource string) string {
	resources := ""
	if resource != "" {
		resources = fmt.Sprintf(`, "resources": [%q]`, resource)
	}
	return fmt.Sprintf(`{"effect": %q, "identities": [%q], "operations": [%q]%s}`, effect, identity, operation, resources)
}

// rules writes a document of allow-me's dialect; more is what stands beside them.
func rules(more string, statements ...string) string {
	return `{"statements": [` + "\n" + strings.Join(statements, ",\n") + `]` + more + `}`
}

func TestAllowMeRefused(t *testing.T) {
	of := func(elements string) string {
		return `{"statements": [
{"effect": "deny", ` + elements + `}]}`
	}
	testRefusals(t, []refusal{
		{"no list", `{"default": "deny", "statements": {"identities": ["a"]}}`, []string{"1:35 /statements Data type mismatch"}},
		{"no statement", `{"statements": [], "matcher": "glob"}`, []string{"1:16 /statements Missing statement"}},
		{"a statement that is none", `{"statements": [null], "matcher": "glob"}`, []string{"1:17 /statements/0 Data type mismatch"}},
		{"unknown elements", `{"schemaVersion": "2020-10-30", "statements": [{"order": 1, "effect": "deny", "identities": ["a"], "operations": ["b"]}]}`,
			[]string{"1:19 /schemaVersion Invalid policy element", "1:58 /statements/0/order Invalid policy element"}},
		{"all is missing", `{"statements": [{"description": ""}], "default": "deny"}`,
			[]string{"1:17 /statements/0 Missing effect", "1:17 /statements/0 Missing identity", "1:17 /statements/0 Missing operation"}},
		{"default that is none", `{"statements": [` + rule("deny", "a", "b", "c") + `], "default": "Allow"}`, []string{"1:111 /default Invalid default"}},
		{"matcher that is none", `{"statements": [` + rule("deny", "a", "b", "c") + `], "matcher": ""}`, []string{"1:111 /matcher Empty string"}},
		{"empty lists", of(`"identities": [], "operations": [], "resources": []`),
			[]string{"2:34 /statements/0/identities Missing identity", "2:52 /statements/0/operations Missing operation", "2:69 /statements/0/resources Empty array resource"}},
		{"empty strings", of(`"identities": [""], "operations": [""], "resources": [""]`),
			[]string{"2:35 /statements/0/identities/0 Empty string", "2:55 /statements/0/operations/0 Empty string", "2:74 /statements/0/resources/0 Empty string"}},
		{"scalars", of(`"identities": "a", "operations": "b", "resources": "c", "description": []`),
			[]string{"2:34 /statements/0/identities Data type mismatch", "2:53 /statements/0/operations Data type mismatch", "2:71 /statements/0/resources Data type mismatch", "2:91 /statements/0/description Data type mismatch"}},
		{"a variable that is not closed", of(`"identities": ["a"], "operations": ["b"], "resources": ["/home/{{identity"]`), []string{"2:76 /statements/0/resources/0 Invalid variable"}},
		{"closing braces alone", of(`"identities": ["a"], "operations": ["b"], "resources": ["/home/identity}}"]`), []string{"2:76 /statements/0/resources/0 Invalid variable"}},
		{"three braces", of(`"identities": ["a"], "operations": ["b"], "resources": ["{{{identity}}}"]`), []string{"2:76 /statements/0/resources/0 Invalid variable"}},
		{"a blank in a variable", of(`"identities": ["{{ any }}"], "operations": ["b"]`), []string{"2:35 /statements/0/identities/0 Invalid variable"}},
		{"a variable without a name", of(`"identities": ["{{}}"], "operations": ["b"]`), []string{"2:35 /statements/0/identities/0 Invalid variable"}},
		{"a variable that is no key", of(`"identities": ["a"], "operations": ["{{a'b}}"]`), []string{"2:56 /statements/0/operations/0 Invalid variable"}},
		{"what could never match", of(`"identities": ["x-{{identity}}", "{{any}}{{any}}"], "operations": ["x{{operation}}", "{{any}}x"], "resources": ["a/{{any}}"]`),
			[]string{"2:35 /statements/0/identities/0 Invalid variable", "2:53 /statements/0/identities/1 Invalid variable", "2:87 /statements/0/operations/0 Invalid variable",
				"2:105 /statements/0/operations/1 Invalid variable", "2:132 /statements/0/resources/0 Invalid variable"}},
		{"variables in the wrong place", of(`"identities": ["{{operation}}", "x{{anonymous}}"], "operations": ["{{anonymous}}"], "resources": ["{{anonymous}}"]`),
			[]string{"2:35 /statements/0/identities/0 Invalid variable", "2:52 /statements/0/identities/1 Invalid variable", "2:86 /statements/0/operations/0 Invalid variable", "2:118 /statements/0/resources/0 Invalid variable"}},
		{"wildcards where there are none", of(`"identities": ["*", "team-?"], "operations": ["*", "get*"], "resources": ["/secret/*"]`),
			[]string{"2:35 /statements/0/identities/0 Invalid identity", "2:40 /statements/0/identities/1 Invalid identity", "2:66 /statements/0/operations/0 Invalid action",
				"2:71 /statements/0/operations/1 Invalid action", "2:94 /statements/0/resources/0 Invalid resource"}},
		{"inline", `{"users": {"u": {"policies": [` + rules("", rule("allow", "u", "b", "c")) + `]}}}`, []string{"1:31 /users/u/policies/0 Unsupported dialect"}},
		{"inline, of no dialect", `{"users": {"u": {"policies": [{"statements": []}]}}}`, []string{"1:46 /users/u/policies/0/statements Unknown document"}},
		{"ids and operations that nobody has", of(`"identities": ["arn:aws:iam", "SPIFFE://x"], "operations": ["a b", "a|b"]`),
			[]string{"2:35 /statements/0/identities/0 Invalid identity", "2:50 /statements/0/identities/1 Invalid identity", "2:80 /statements/0/operations/0 Invalid action", "2:87 /statements/0/operations/1 Invalid action"}},
	})
}

func TestAllowMeCompileRefuses(t *testing.T) {
	doc := rules("", rule("allow", "a", "b", "c"))
	byDefault := rules(`, "default": "allow"`, rule("deny", "a", "b", "c"))
	for _, c := range []struct {
		name   string
		bundle files
		with   pdp.Extensions
		want   []string
	}{
		{"attached nowhere", files{"p.json": doc}, pdp.Extensions{}, nil},
		{"attached, and nothing to hold", files{"p.json": doc, "d.json": `{"users": {"u": {"policies": ["p"]}}}`}, pdp.Extensions{},
			[]string{"d.json 1:31 /users/u/policies/0 Unsupported dialect"}},
		{"a default for nobody", files{"p.json": byDefault}, pdp.Extensions{}, []string{"p.json 2:95  Invalid default"}},
		{"an excuse makes no holder", files{"p.json": byDefault, "m.json": `{"bundle": {"unattached": ["p"]}}`}, pdp.Extensions{}, []string{"p.json 2:95  Invalid default"}},
		{"as a boundary", files{"p.json": byDefault, "d.json": `{"users": {"u": {"boundary": "p", "policies": ["p"]}}}`}, pdp.Extensions{},
			[]string{"d.json 1:30 /users/u/boundary Unsupported dialect"}},
		{"an unknown matcher", files{"p.json": rules(`, "matcher": "regex"`, rule("allow", "a", "b", "c"))}, pdp.Extensions{}, []string{"p.json 2:96  Unknown matcher"}},
		{"a matcher that refuses", files{"p.json": rules(`, "matcher": "picky"`, rule("allow", "a", "b", "c"), rule("deny", "a", "b", ""))},
			pdp.Extensions{Matchers: map[string]pdp.CompileMatcher{"picky": func([]wildcard.Token) (pdp.Matcher, error) { return nil, errors.New("is not to its taste") }}},
			[]string{"p.json 2:77  Invalid resource", "p.json 3:1  Missing resource"}},
		{"names of MayI's own", files{"p.json": doc}, pdp.Extensions{
			Matchers:  map[string]pdp.CompileMatcher{"": nil, "glob": policyStartsWith, "none": nil},
			Variables: map[string]pdp.VariableFunc{"any": nil, "Identity": nil, "a b": nil, "x": nil, "X": nil}, Validators: []pdp.Validator{nil},
		}, slicesRepeat(" 0:0  Invalid option", 9)},
		{"a key that the schema does not know", files{"p.json": rules("", rule("allow", "{{tem}}", "b", "{{team}}/{{aws:username}}")), "s.json": `{"schema": {"context": {"team": {"type": "String"}}}}`},
			pdp.Extensions{}, []string{"p.json 2:36 /statements/0/identities/0 Undeclared condition key"}},
		{"a name of the program's that no schema needs to know", files{"p.json": rules("", rule("allow", "{{site}}", "b", "x")), "s.json": `{"schema": {"context": {"team": {"type": "String"}}}}`},
			pdp.Extensions{Variables: map[string]pdp.VariableFunc{"Site": func(pdp.Asked) conditions.Value { return conditions.Absent() }}}, nil},
		{"a validator", files{"p.json": doc}, pdp.Extensions{Validators: []pdp.Validator{func(d *pdp.Document) []*strictjson.Error {
			return []*strictjson.Error{{Place: d.Policy.FirstMatch.Statements[0].Place, Rule: "House rule", Reason: "a statement needs a description"}}
		}}}, []string{"p.json 2:1 /statements/0 House rule"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := pdp.Compile(decode(t, c.bundle), pdp.Options{Extensions: c.with}, nil)
			got := places(err)
			for i := range got {
				got[i] = strings.NewReplacer(" /default", " ", " /matcher", " ", " /statements/0/resources/0", " ", " /statements/1", " ").Replace(got[i])
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got  %q\nwant %q\n%v", got, c.want, err)
			}
		})
	}
}

func slicesRepeat(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// TestAllowMeHandmade compiles documents that no decoder would make.
func TestAllowMeHandmade(t *testing.T) {
	for _, f := range []*pdp.FirstMatch{
		nil, {}, {Statements: []pdp.FirstMatchStatement{{}}}, {Statements: []pdp.FirstMatchStatement{{Effect: 7, Identities: []pdp.Text{{}}, Operations: []pdp.Text{{}}, Resources: []pdp.Text{{}}}}},
		{Statements: []pdp.FirstMatchStatement{{Identities: []pdp.Text{{Text: "a"}}}}}, {DefaultAllow: true},
		{Matcher: pdp.Text{Text: "?"}, Statements: []pdp.FirstMatchStatement{{Identities: []pdp.Text{{Text: "a"}}, Operations: []pdp.Text{{Text: "b"}}}}},
	} {
		doc := &pdp.Document{File: "p.json", Policy: &pdp.Policy{Name: "p", Dialect: pdp.DialectAllowMe, FirstMatch: f}}
		if _, err := pdp.Compile([]*pdp.Document{doc}, pdp.Options{}, nil); err == nil {
			t.Errorf("%+v was compiled", f)
		}
	}
	mixed := &pdp.Policy{Name: "p", FirstMatch: &pdp.FirstMatch{}, Statements: []pdp.Statement{{Effect: pdp.Allow, Actions: []pdp.Text{{Text: "*"}}, Resources: []pdp.Text{{Text: "*"}}}}}
	if _, err := pdp.Compile([]*pdp.Document{{File: "p.json", Policy: mixed}}, pdp.Options{}, nil); err == nil {
		t.Error("a policy of two dialects was compiled")
	}
}

// TestAllowMe is what the seeds' table A does not show.
func TestAllowMe(t *testing.T) {
	people := `{"users": {"alice@example.com": {"aliases": ["al"]}, "bob": {"groups": ["g"], "policies": ["iam"]}}, "groups": {"g": {"policies": ["m-open"]}}}`
	e := compile(t, files{
		"d.json": people,
		// Documents decide alone: each has its own first match.
		"a-first.json": rules("", rule("allow", "al", "alias:Do", "r"), rule("deny", "{{any}}", "secret:Read", "r"), rule("allow", "{{anonymous}}", "secret:Read", "{{any}}")),
		"z-last.json":  rules("", rule("deny", "{{identity}}", "alias:Drop", "r"), rule("allow", "{{any}}", "alias:Drop", "r"), rule("allow", "{{any}}", "alias:Do", "r")),
		"iam.json":     document(statement("Deny", "", "open:Bad", "*"), statement("Allow", "", "iam:*", "*")),
		"m-open.json":  rules(`, "default": "allow"`, rule("deny", "bob", "open:No", "{{any}}")),
		"paths.json": rules(`, "matcher": "glob"`, rule("deny", "{{any}}", "path:Get", "/home/jane/*"), rule("allow", "{{any}}", "path:Get", "/home/*"),
			rule("allow", "{{any}}", "one:Get", "doc-?"), rule("allow", "{{any}}", "mine:Get", "{{identity}}/*"), rule("allow", "{{any}}", "none:Do", "")),
		"who.json": document(statement("Allow", `"*"`, "secret:*", "*"), statement("Allow", `"*"`, "open:*", "*")),
		"s.json":   rules(`, "matcher": "starts_with"`, rule("allow", "bob", "some:Do", "")),
	})
	testDecisions(t, e, []decision{
		{"an alias in a document is the user", "alice@example.com", "alias:Do", "r", "identity_policy a-first#0"},
		{"and so is one in a request", "al", "alias:Do", "r", "identity_policy a-first#0"},
		{"one document has no opinion, another has", "carol", "alias:Do", "r", "identity_policy z-last#2"},
		{"operations fold", "carol", "ALIAS:do", "r", "identity_policy z-last#2"},
		{"a deny of one document beats every allow", "bob", "alias:Drop", "r", "explicit_deny z-last#0"},
		{"everybody is denied, whoever did not say who they are too", "", "secret:Read", "r", "explicit_deny a-first#1"},
		{"nobody is listed", "", "secret:Read", "other", "resource_policy who#0"},
		{"an allow for everybody is not for nobody", "", "alias:Do", "r", "implicit_deny"},
		{"nobody is not somebody", "carol", "secret:Read", "other", "resource_policy who#0"},
		{"the default is for holders", "bob", "any:Thing", "r", "identity_policy m-open#1"},
		{"and for nobody else", "carol", "any:Thing", "r", "implicit_deny"},
		{"its denies hold", "bob", "open:No", "r", "explicit_deny m-open#0"},
		{"Denies of IAM's dialect beat the default", "bob", "open:Bad", "r", "explicit_deny iam#0"},
		{"the first name in canonical order is reported", "bob", "iam:Do", "r", "identity_policy iam#1"},
		{"dot segments lead nowhere", "carol", "path:Get", "/home/carol/../jane/x", "unknown_condition paths#0"},
		{"nor do they hide", "carol", "path:Get", "/home/jane/../carol/x", "unknown_condition paths#0"},
		{"dot segments that stay inside", "carol", "path:Get", "/home/carol/./a/../x", "identity_policy paths#1"},
		{"out of it", "carol", "path:Get", "/home/..", "implicit_deny"},
		{"one character", "carol", "one:Get", "doc-1", "identity_policy paths#2"},
		{"one character and no more", "carol", "one:Get", "doc-12", "implicit_deny"},
		{"what a request puts in is no wildcard", "*", "mine:Get", "carol/x", "implicit_deny"},
		{"but itself", "*", "mine:Get", "*/x", "identity_policy paths#3"},
		{"no variable either", "{{operation}}", "mine:Get", "mine:Get/x", "implicit_deny"},
		{"an id that changes a name's shape", "..", "mine:Get", "../x", "implicit_deny"},
		{"no resources are no resource", "carol", "none:Do", "*", "identity_policy paths#4"},
		{"and no other", "carol", "none:Do", "x", "implicit_deny"},
		{"but what everything starts with", "bob", "some:Do", "x", "identity_policy m-open#1"},
	})
}

// TestAllowMeUnknown shows that what cannot be known never widens access, whatever
// comes first.
func TestAllowMeUnknown(t *testing.T) {
	known := rule("allow", "u", "{{any}}", "team/{{team}}")
	e := compile(t, files{
		"d.json":     `{"users": {"u": {"policies": ["h"]}}}`,
		"a.json":     rules("", rule("allow", "u", "allow:First", "team/{{team}}"), rule("deny", "u", "allow:First", "{{any}}")),
		"b.json":     rules("", rule("deny", "u", "deny:First", "team/{{team}}"), rule("allow", "u", "deny:First", "{{any}}")),
		"c.json":     rules("", rule("allow", "u", "allow:Both", "team/{{team}}"), rule("allow", "u", "allow:Both", "{{any}}")),
		"e.json":     rules("", rule("allow", "{{team}}", "who:Is", "{{any}}"), rule("deny", "{{team}}", "who:Not", "{{any}}")),
		"f.json":     rules("", rule("deny", "u", "{{verb}}", "{{any}}")),
		"g.json":     rules("", strings.Replace(known, "{{any}}", "only:Known", 1)),
		"h.json":     rules(`, "default": "allow"`, rule("allow", "u", "default:Do", "team/{{team}}")),
		"i.json":     rules("", rule("deny", "u", "two:Do", "{{team}}/{{aws:username}}"), rule("deny", "u", "three:Do", "{{team}}/{{aws:userid}}")),
		"ok.json":    document(statement("Allow", `"*"`, "deny:First", "*"), statement("Allow", `"*"`, "verb:*", "*")),
		"open2.json": rules("", rule("allow", "{{any}}", "verb:Do", "{{any}}")),
	})
	for _, c := range []struct {
		action           string
		value            conditions.Value
		resource, expect string
	}{
		{"allow:First", conditions.Text("x"), "team/x", "identity_policy a#0"},
		{"allow:First", conditions.Text("y"), "team/x", "explicit_deny a#1"},
		{"allow:First", conditions.Absent(), "team/x", "explicit_deny a#1"},
		{"allow:First", conditions.Incomplete(), "team/x", "unknown_condition a#1"},
		{"allow:First", conditions.One(conditions.Unreadable()), "team/x", "unknown_condition a#1"},
		{"deny:First", conditions.Text("x"), "team/x", "explicit_deny b#0"},
		{"deny:First", conditions.Text("y"), "team/x", "resource_policy ok#0"},
		{"deny:First", conditions.Absent(), "team/x", "resource_policy ok#0"},
		{"deny:First", conditions.Texts("x", "y"), "team/x", "resource_policy ok#0"},
		{"deny:First", conditions.Text(".."), "team/..", "resource_policy ok#0"},
		{"deny:First", conditions.Incomplete(), "team/x", "unknown_condition b#0"},
		{"allow:Both", conditions.Incomplete(), "team/x", "identity_policy c#1"},
		{"who:Is", conditions.Text("u"), "r", "identity_policy e#0"},
		{"who:Is", conditions.Incomplete(), "r", "identity_policy h#1"},
		{"who:Not", conditions.Incomplete(), "r", "unknown_condition e#1"},
		{"who:Not", conditions.Text("v"), "r", "identity_policy h#1"},
		{"only:Known", conditions.Text("x"), "team/x", "identity_policy g#0"},
		{"two:Do", conditions.Incomplete(), "x/u", "identity_policy h#1"}, // one is missing, whatever the other is
		{"three:Do", conditions.Incomplete(), "x/u", "unknown_condition i#1"},
		{"default:Do", conditions.Incomplete(), "team/x", "identity_policy h#1"},
	} {
		r := ask("u", c.action, c.resource)
		r.Context = new(conditions.Context)
		r.Context.Set("team", c.value)
		if got := says(e.Decide(r)); got != c.expect {
			t.Errorf("%s on %s: %s, want %s", c.action, c.resource, got, c.expect)
		}
	}
	r := ask("u", "VERB:do", "r")
	r.Context = context("verb", "verb:DO")
	if got := says(e.Decide(r)); got != "explicit_deny f#0" {
		t.Errorf("an operation from the context: %s", got)
	}
}

// The keys that texts ask for are known, so that doors derive them.
func TestAllowMeNeeds(t *testing.T) {
	e := compile(t, files{"p.json": rules("", rule("allow", "{{http:header/X-User}}", "{{any}}", "{{http:body/a}}/{{identity}}"))})
	for prefix, want := range map[string]bool{"http:header/x-user": true, "http:body/": true, "http:query/": false, "identity": false, "any": false} {
		if e.Needs(prefix) != want {
			t.Errorf("Needs(%q) is %v", prefix, !want)
		}
	}
}

func TestAllowMeAllocatesNothing(t *testing.T) {
	if !pooled {
		return // the pool drops things at random
	}
	e := compile(t, files{"p.json": rules(`, "matcher": "glob"`, rule("deny", "bob", "x:Do", "a/*"), rule("allow", "{{any}}", "x:Do", "a/{{team}}/{{identity}}/*"))})
	r := ask("carol", "x:Do", "a/red/carol/1")
	r.Context = context("team", "red")
	if got := says(e.Decide(r)); got != "identity_policy p#1" {
		t.Fatal(got)
	}
	if n := testing.AllocsPerRun(100, func() { e.Decide(r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
