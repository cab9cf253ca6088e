package policytest_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/pdp"
)

// TestDifferentialCrowded is TestDifferential with many more statements in each
// policy, so that the engine finds them by its indexes. The crowd begins alike and
// ends alike, and much of it matches, too.
func TestDifferentialCrowded(t *testing.T) {
	want := cases(t) / 5
	setFlag(t, "rapid.shrinktime", "0s")
	setFlag(t, "rapid.nofailfile", "true")
	seen := make(map[pdp.Reason]int)
	total := 0
	for round := 0; total < want && !t.Failed(); round++ {
		t.Run(fmt.Sprintf("round%d", round), func(t *testing.T) {
			if want == defaultCases/5 {
				setFlag(t, "rapid.seed", fmt.Sprint(round+1))
			}
			rapid.Check(t, func(t *rapid.T) {
				d := drawFrom(t)
				w := drawWorld(d)
				delete(w.files, "schema.json") // it would not know the crowd's actions
				for name, data := range w.files {
					if strings.HasPrefix(name, "i") || strings.HasPrefix(name, "r") && name != "resources.json" {
						w.files[name] = crowd(d, data)
					}
				}
				engine, reference := w.compile(t)
				for range requestsPerWorld / 2 {
					line := drawCase(d)
					if !d.often(2) && !strings.Contains(line, `"`) {
						words := strings.SplitN(line, " ", 4)
						words[2] = d.one(crowdedResources...)
						line = strings.Join(words, " ")
					}
					seen[compare(t, w, engine, reference, line)]++
					total++
				}
			})
		})
	}
	for _, reason := range []pdp.Reason{pdp.ReasonIdentityPolicy, pdp.ReasonResourcePolicy, pdp.ReasonExplicitDeny, pdp.ReasonImplicitDeny, pdp.ReasonUnknownCondition} {
		if !t.Failed() && share(seen[reason], total) < 0.5 {
			t.Errorf("only %.2f%% of the answers are %s", share(seen[reason], total), reason)
		}
	}
}

var (
	crowdedResources = []string{"x/tenant-3/y", "arn:aws:s3:::b/tenant-4/z", "doc/3/tenant-3/", "arn:aws:sqs:eu:111122223333:tenant-5/q", "doc/11", "é/tenant-6/alice"}
	crowdedActions   = []string{"a:Get", "a:P?t", "a:G*", "b:*", "c:Get%d", "A:get%d*", "x.%d", "*"}
	crowdedTexts     = []string{
		"doc/%d/*", "*/tenant-%d/*", "*/tenant-%d/?", "arn:aws:s3:::*/tenant-%d/*", "arn:aws:*:*:*:*tenant-%d/*", "doc/%d", "*é/tenant-%d/*", "*t-%d/*",
		"arn:aws:sqs:eu:111122223333:tenant-%d*", "*-%d", "doc/*%d",
	}
)

// crowd adds statements to the policies among others' documents.
func crowd(d draw, data string) string {
	const list = `"Statement": [` + "\n"
	at := strings.Index(data, list)
	if at < 0 {
		return data // another dialect's
	}
	who := ""
	var added strings.Builder
	for i := range d.between(30, 90) {
		if strings.Contains(data, `"Principal"`) || strings.Contains(data, `"NotPrincipal"`) {
			who = `"Principal": ` + d.one(policyPrincipals...) + `, `
		}
		fill := func(text string) string {
			return strings.ReplaceAll(text, "%d", fmt.Sprint(i%17))
		}
		condition := ""
		if d.often(1) {
			condition = fmt.Sprintf(`, "Condition": {"StringEquals": {"k1": "v%d"}}`, i)
		}
		fmt.Fprintf(&added, `  {"Effect": %q, %s"Action": [%q, %q], "Resource": [%q, %q]%s},`+"\n", d.one("Allow", "Allow", "Allow", "Allow", "Deny"), who,
			fill(d.one(crowdedActions...)), fmt.Sprintf("c:Do%d", i), fill(d.one(crowdedTexts...)), fmt.Sprintf("*/never-%d/*", i), condition)
	}
	return data[:at+len(list)] + added.String() + data[at+len(list):]
}
