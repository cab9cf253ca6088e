package policytest_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

const (
	worldsPerRound   = 100 // what rapid runs unless it is told otherwise
	requestsPerWorld = 100
	defaultCases     = 100_000
	soakCases        = 1_000_000
)

// cases returns how many random requests to decide: MAYI_DIFFERENTIAL if it is
// set, many if MAYI_SOAK is, and else enough for every run.
func cases(t *testing.T) int {
	t.Helper()
	text, set := os.LookupEnv("MAYI_DIFFERENTIAL")
	switch {
	case set:
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("MAYI_DIFFERENTIAL is %q; expected a number of requests", text)
		}
		return n
	case os.Getenv("MAYI_SOAK") != "":
		return soakCases
	}
	return defaultCases
}

// TestDifferential asks engine and reference the same random questions. On a
// disagreement world and request are shrunk, and what is left is printed as a
// script that can be run and kept.
func TestDifferential(t *testing.T) {
	want := cases(t)
	setFlag(t, "rapid.shrinktime", "0s") // see shrink
	setFlag(t, "rapid.nofailfile", "true")
	seen := make(map[pdp.Reason]int)
	total := 0
	for round := 0; total < want && !t.Failed(); round++ {
		t.Run(fmt.Sprintf("round%d", round), func(t *testing.T) {
			if want == defaultCases { // the usual run asks the same of everybody; longer ones explore
				setFlag(t, "rapid.seed", fmt.Sprint(round+1))
			}
			rapid.Check(t, func(t *rapid.T) {
				d := drawFrom(t)
				w := drawWorld(d)
				engine, reference := w.compile(t)
				for range requestsPerWorld {
					reason := compare(t, w, engine, reference, drawCase(d))
					seen[reason]++
					total++
				}
			})
		})
	}
	if t.Failed() {
		return
	}
	var report []string
	for _, r := range pdp.Reasons() {
		if seen[r] > 0 {
			report = append(report, fmt.Sprintf("%s %.1f%%", r, share(seen[r], total)))
		}
	}
	t.Logf("%d requests: %s", total, strings.Join(report, ", "))
	checkDistribution(t, seen, total)
}

// setFlag sets a flag of the test binary until the end of the test.
func setFlag(t *testing.T, name, value string) {
	t.Helper()
	before := flag.Lookup(name).Value.String()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set(name, before) })
}

func share(n, total int) float64 { return 100 * float64(n) / float64(total) }

// checkDistribution fails if the generator has become a bad judge: if some kind
// of answer hardly ever comes up, agreement says nothing about it.
func checkDistribution(t *testing.T, seen map[pdp.Reason]int, total int) {
	t.Helper()
	for reason, least := range map[pdp.Reason]float64{
		pdp.ReasonIdentityPolicy: 5, pdp.ReasonResourcePolicy: 3, pdp.ReasonPermission: 0.4,
		pdp.ReasonTrustPolicy: 0.05, pdp.ReasonAdmin: 0.02, pdp.ReasonRoot: 0.03, pdp.ReasonGuardrail: 0.5, pdp.ReasonBoundary: 0.5,
		pdp.ReasonSessionPolicy: 0.5, pdp.ReasonTenantUnknown: 1, pdp.ReasonTenantInactive: 0.3, pdp.ReasonTenantSuspended: 0.15,
		pdp.ReasonPrincipalSuspended: 0.1, pdp.ReasonPrincipalErased: 0.1, pdp.ReasonSessionExpired: 1, pdp.ReasonSessionRevoked: 0.5,
		pdp.ReasonProviderNotAllowed: 0.5, pdp.ReasonStale: 0.1,
		pdp.ReasonExplicitDeny: 8, pdp.ReasonUnknownCondition: 1.5, pdp.ReasonImplicitDeny: 10,
		pdp.ReasonCrossTenant: 0.6, pdp.ReasonTrustPolicyDeny: 1, pdp.ReasonMalformedRequest: 2,
	} {
		if share(seen[reason], total) < least {
			t.Errorf("only %.2f%% of the answers are %s; expected at least %g%%", share(seen[reason], total), reason, least)
		}
	}
	if share(seen[pdp.ReasonMalformedRequest], total) > 20 {
		t.Errorf("%.2f%% of the requests are malformed; expected at most 20%%", share(seen[pdp.ReasonMalformedRequest], total))
	}
}

// compile makes both evaluators of the world. The engine gets the documents in
// another order: it must not matter.
func (w *world) compile(t *rapid.T) (*pdp.Engine, *policytest.Reference) {
	var docs []*pdp.Document
	for _, f := range w.sorted() {
		doc, problems := pdp.Decode(f.Name, f.Data)
		if len(problems) > 0 {
			t.Fatalf("the generator drew a bad document: %v\n%s", problems[0], w.script(""))
		}
		docs = append(docs, doc)
	}
	reference := policytest.NewReference(docs, "r1").WithRoot(rootID)
	backwards := slices.Clone(docs)
	slices.Reverse(backwards)
	engine, err := pdp.Compile(backwards, pdp.Options{Revision: "r1", Root: rootID}, nil)
	if err != nil {
		t.Fatalf("the generator drew a bad bundle: %v\n%s", err, w.script(""))
	}
	return engine, reference
}

// rootID is the root principal of the random worlds.
const rootID = "arn:wami:iam:12:wami:9:user/7"

// compare decides a case, written as a line of a script, by both.
func compare(t *rapid.T, w *world, engine *pdp.Engine, reference *policytest.Reference, line string) pdp.Reason {
	c, err := policytest.ParseCase(line)
	if err != nil {
		t.Fatalf("the generator drew a bad case: %v\n%s", err, line)
	}
	got, want := engine.Decide(c.Request()), reference.Decide(c.Request())
	if diff := policytest.AnswerOf(want).Diff(policytest.AnswerOf(got)); diff != nil {
		small, line := shrink(w, line, disagrees)
		t.Fatalf("%s\n(want is the reference's answer, got the engine's)\n%s", strings.Join(diff, "\n"), small.script(line))
	}
	if known := c.Refused == nil && got.Reason != pdp.ReasonMalformedRequest; known && got.Tenant != want.Tenant {
		t.Fatalf("tenant: want %q, got %q\n%s", want.Tenant, got.Tenant, w.script(line))
	}
	if got.Revision != want.Revision || !sameRefs(got.Determining(nil), want.Determining(nil)) {
		t.Fatalf("revision or places of the deciding statements differ\n%s", w.script(line))
	}
	return got.Reason
}

func sameRefs(a, b []pdp.StatementRef) bool {
	return slices.Equal(a, b)
}

// drawCase draws a request, most of the time one that can be read.
func drawCase(d draw) string {
	principal, action, resource := drawPrincipal(d), drawAction(d), drawResource(d)
	if strings.HasPrefix(strings.ToLower(action), "sts:") && d.often(5) {
		resource = d.one(append(slices.Clone(roleARNs), "ops")...)
	}
	root := ""
	if principal == rootID && d.often(1) {
		root = "root=true"
	}
	session := ""
	if _, assumed := rolesOfSessions[principal]; assumed && d.often(8) || !d.often(3) {
		session = drawSession(d, principal)
	}
	if principal = word(principal); principal == `"-"` {
		principal = "-"
	}
	return strings.Join([]string{
		principal, word(action), word(resource),
		drawFacts(d, resource), root, session, drawContext(d), d.one("", "", "", "at 2026-01-02T11:00:00.25+01:00", "at 1969-12-31T23:59:59Z"),
	}, " ")
}

func drawPrincipal(d draw) string {
	switch n := d.between(0, 80); {
	case n == 80:
		return d.one(badIDs...)
	case n > 76:
		return "-"
	case n > 72:
		return d.one(oddIDs...)
	case n > 66:
		return d.one(aliases...)
	}
	if !d.often(20) {
		return rootID
	}
	if d.often(1) {
		return d.one(principalIDs[:11]...) // who may be users of the directory
	}
	return d.one(principalIDs...)
}

func drawAction(d draw) string {
	if !d.often(100) {
		return d.one("", "a:*", "a|b", "a b", "a:\u00a0")
	}
	if d.often(11) {
		return d.one(actions[:7]...)
	}
	return d.one(actions[7:]...)
}

func drawResource(d draw) string {
	if !d.often(100) {
		return d.one(append(slices.Clone(badIDs), "")...)
	}
	if !d.often(12) {
		return d.one(oddIDs...)
	}
	return d.one(resources...)
}

func drawFacts(d draw, resource string) string {
	var facts []string
	if !d.often(7) {
		facts = append(facts, "permission="+d.one("self", "a:Get|b:Get", "plain", "a:Put|plain", "self|plain"))
	}
	if !d.often(11) {
		facts = append(facts, "trust="+d.one("nothing", "granted", "facts"))
		for _, f := range []string{"groups=g", "groups=h,nobody", "roles=ops", "principal.tag/DEPT=alice", "principal.tag/dept=a", "roles=arn:aws:iam::111122223333:role/team/deploy"} {
			if !d.often(2) && !slices.ContainsFunc(facts, func(has string) bool { return strings.HasPrefix(has, strings.SplitN(f, "=", 2)[0]) }) {
				facts = append(facts, f)
			}
		}
	}
	if !d.often(40) {
		facts = append(facts, "tenant="+d.one(tenantClaims...))
	}
	if !d.often(60) || strings.HasPrefix(resource, "doc") && !d.often(3) {
		facts = append(facts, "resource.tenant="+d.one(tenantClaims...))
	}
	if !d.often(2) {
		facts = append(facts, "provider="+d.one(providers...))
	}
	if !d.often(80) {
		facts = append(facts, d.one("refused=credential_invalid", "refused=no_route", "malformed=why"))
	}
	if !d.often(9) {
		facts = append(facts, "root="+d.one("true", "true", "false"))
	}
	if !d.often(9) {
		facts = append(facts, "resource.tag/Env="+d.one("a", "10", "true", `""`, "alice"))
	}
	if !d.often(120) {
		facts = append(facts, d.one(coreKeys...)+"=x")
	}
	return strings.Join(facts, " ")
}

// drawContext draws the caller's keys.
func drawContext(d draw) string {
	var pairs []string
	for _, key := range []string{"k1", "K2", "k3", "http:body/x", "app:list"} {
		if d.often(2) {
			pairs = append(pairs, key+"="+drawGot(d))
		}
	}
	if !d.often(20) {
		pairs = append(pairs, "incomplete=HTTP:body/,k")
	}
	return strings.Join(pairs, " ")
}

func drawGot(d draw) string {
	switch d.between(0, 12) {
	case 0:
		return "?"
	case 1:
		return d.one("null", "[]")
	case 2, 3:
		var list []string
		for range d.between(1, 3) {
			list = append(list, jsonWord(d.one(gots...)))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	return d.one(gots...)
}

// jsonWord is a request value as an element of a JSON list.
func jsonWord(s string) string {
	if jsontext.Value(s).IsValid() {
		return s
	}
	return word(s)
}

// word quotes s, so that it reads back whatever it holds.
func word(s string) string {
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}
