package pdp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

// Documents and requests that the fuzz targets of both dialects begin with.
var (
	riamSeeds = []string{
		riamStatement(`"actions": "a", "resources": "*"`), riamStatement(`"action": ["a:b:c", "*"], "resource": ["x*", "arn:aws:s3:::b/*"], "sid": "s"`),
		riamStatement(`"actions": "a", "resources": "*", "conditions": [{"IfExists:DateBefore": {"riam:CurrentTime": "2030-01-01T00:00:00Z"}}, {"ForAllValues:StringNotLike": {"k": ["a*", "b"]}}]`),
		`{"id": "00000000-0000-4000-8000-000000000000", "name": "n", "statements": [{"effect": "deny", "actions": ["a"], "resources": ["*"], "conditions": [{"NumericNotEquals": {"n": [1, "2"]}}]}]}`,
	}
	allowMeSeeds = []string{
		rules("", rule("deny", "{{any}}", "a", "x"), rule("allow", "u", "{{any}}", "{{any}}")), rules(`, "default": "allow"`, rule("deny", "u", "a", "")),
		rules(`, "matcher": "glob"`, rule("allow", "{{identity}}", "{{operation}}", "home/{{identity}}/*/{{k}}?")),
		rules(`, "matcher": "starts_with"`, rule("allow", "{{anonymous}}", "a", "../{{aws:PrincipalTag/x}}"), rule("deny", "a{{k}}", "{{k}}", "x")),
	}
)

// FuzzRiam: any bytes are one valid policy or are refused with places; what is valid
// compiles or is refused, and decides without a panic, never allowing without a
// statement.
func FuzzRiam(f *testing.F) { fuzzDialect(f, riamSeeds, pdp.DialectRIAM) }

// FuzzAllowMe is the same for the other dialect. Besides, a deny that is put in front
// of a document never makes it allow more.
func FuzzAllowMe(f *testing.F) { fuzzDialect(f, allowMeSeeds, pdp.DialectAllowMe) }

func fuzzDialect(f *testing.F, seeds []string, dialect pdp.Dialect) {
	for _, s := range seeds {
		f.Add([]byte(s), "u", "a", "x/../home/u")
	}
	f.Fuzz(func(t *testing.T, data []byte, principal, action, resource string) {
		doc, problems := pdp.Decode("p.json", data)
		if (doc == nil) == (len(problems) == 0) {
			t.Fatalf("%v beside %v", doc, problems)
		}
		for _, e := range problems {
			if e.Place.Line == 0 || e.Rule == "" || e.Reason == "" {
				t.Fatalf("a problem without place, rule or reason: %v", e)
			}
		}
		if doc == nil || doc.Policy == nil || doc.Policy.Dialect != dialect {
			return
		}
		request := ask(principal, action, resource)
		before, ok := decideAlone(doc, request)
		if !ok {
			return
		}
		if before.Allowed() && before.Total() == 0 || before.Reason == pdp.ReasonInternal {
			t.Fatalf("%s", says(before))
		}
		if dialect == pdp.DialectAllowMe {
			deny := pdp.FirstMatchStatement{Identities: []pdp.Text{{Text: "{{any}}"}}, Operations: []pdp.Text{{Text: "{{any}}"}}, Resources: []pdp.Text{{Text: "{{any}}"}}}
			first := *doc.Policy.FirstMatch
			first.Statements = append([]pdp.FirstMatchStatement{deny}, first.Statements...)
			policy := *doc.Policy
			policy.FirstMatch = &first
			if after, ok := decideAlone(&pdp.Document{File: "p.json", Policy: &policy}, request); !ok || after.Allowed() {
				t.Fatalf("%s behind a deny for everybody", says(after))
			}
		}
	})
}

// decideAlone asks a bundle of one policy, which is attached to the asker.
func decideAlone(doc *pdp.Document, r *pdp.Request) (pdp.Decision, bool) {
	docs := []*pdp.Document{doc}
	attach := doc.Policy.Dialect == pdp.DialectRIAM || doc.Policy.FirstMatch.DefaultAllow
	if attach {
		id, _ := json.Marshal(strings.ToValidUTF8(r.Principal.ID, "?"))
		directory, problems := pdp.Decode("d.json", fmt.Appendf(nil, `{"users": {%s: {"policies": ["p"]}}}`, id))
		if len(problems) > 0 {
			return pdp.Decision{}, false
		}
		docs = append(docs, directory)
	}
	e, err := pdp.Compile(docs, pdp.Options{}, nil)
	if err != nil {
		return pdp.Decision{}, false
	}
	return e.Decide(r), true
}
