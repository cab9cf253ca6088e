package pdp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/pdp"
)

// A world is a random bundle with something in every layer. Its parts are what the
// properties change.
type world struct {
	status      map[string]string   // of tenants, by id
	guardrails  map[string][]string // of tenants: policies
	mode        string
	userStatus  string
	home        string
	memberships map[string]string   // of the user: tenant to status
	roles       map[string]string   // of the memberships
	attached    []string            // the user's policies
	boundary    string              // "" is none
	statements  map[string][]string // of policies without principals, by name
	resource    []string
	trust       []string
}

var (
	worldTenants  = []string{"P", "P/a", "P/a/x", "P/b"}
	worldPolicies = []string{"p0", "p1", "p2", "edge", "team"}
	worldActions  = []string{"x:Get", "x:Put", "sts:AssumeRole", "docs.read"}
)

func drawWorld(t *rapid.T) *world {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	w := &world{
		status: map[string]string{}, guardrails: map[string][]string{}, memberships: map[string]string{}, roles: map[string]string{}, statements: map[string][]string{},
		mode: pick("mode", "override", "additive"), userStatus: "active", home: pick("home", worldTenants...),
		boundary: pick("boundary", "", "", "edge"),
	}
	for _, id := range worldTenants {
		w.status[id] = "active"
		w.guardrails[id] = rapid.SliceOfNDistinct(rapid.SampledFrom(worldPolicies), 0, 1, rapid.ID[string]).Draw(t, "guardrails")
		if m := pick("membership", "", "", "active", "suspended"); m != "" {
			w.memberships[id], w.roles[id] = m, pick("role", "dev", "idle")
		}
	}
	for _, name := range worldPolicies {
		for range rapid.IntRange(1, 3).Draw(t, "statements") {
			w.statements[name] = append(w.statements[name], worldStatement(t, ""))
		}
	}
	w.attached = rapid.SliceOfNDistinct(rapid.SampledFrom(worldPolicies), 0, 2, rapid.ID[string]).Draw(t, "attached")
	who := []string{`"*"`, `{"Id": "u"}`, `{"Tenant": "P/a"}`, `{"Tenant": ["P", "P/b"]}`}
	for range rapid.IntRange(0, 3).Draw(t, "resource statements") {
		w.resource = append(w.resource, worldStatement(t, `"Principal": `+pick("principal", who...)+`, `))
	}
	for range rapid.IntRange(0, 2).Draw(t, "trust statements") {
		w.trust = append(w.trust, `{"Effect": "`+pick("effect", "Allow", "Allow", "Deny")+`", "Principal": `+pick("trusted", who...)+`, "Action": "sts:*"}`)
	}
	return w
}

func worldStatement(t *rapid.T, principal string) string {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	return `{"Effect": "` + pick("effect", "Allow", "Allow", "Allow", "Deny") + `", ` + principal +
		pick("action", `"Action": "*"`, `"Action": "*"`, `"Action": ["x:Get", "sts:*"]`, `"NotAction": "x:Put"`) + `, "Resource": "*"` +
		pick("condition", ``, ``, `, "Condition": {"StringLike": {"wami:ResourceTenantId": "P/a*"}}`, `, "Condition": {"NumericLessThan": {"k:n": "5"}}`) + `}`
}

func (w *world) engine(t testing.TB) *pdp.Engine {
	var tenants, members []string
	for _, id := range worldTenants {
		tenants = append(tenants, fmt.Sprintf(`%q: {"status": %q, "rbac_mode": %q, "guardrails": [%s]}`, id, w.status[id], w.mode, quoted(w.guardrails[id])))
		if status, ok := w.memberships[id]; ok {
			members = append(members, fmt.Sprintf(`%q: {"status": %q, "roles": [%q]}`, id, status, w.roles[id]))
		}
	}
	user := fmt.Sprintf(`{"tenant": %q, "status": %q, "policies": [%s], "memberships": {%s}`, w.home, w.userStatus, quoted(w.attached), strings.Join(members, ", "))
	if w.boundary != "" {
		user += fmt.Sprintf(`, "boundary": %q`, w.boundary)
	}
	bundle := files{
		"m.json": `{"bundle": {"name": "b", "unattached": [` + quoted(worldPolicies) + `]}}`,
		"t.json": `{"tenants": {` + strings.Join(tenants, ", ") + `}}`,
		"d.json": `{"users": {"u": ` + user + `}}, "roles": {"dev": {"permissions": ["docs.*"], "policies": ["team"]}, "idle": {},
			"target": {"trust": {"Version": "2012-10-17", "Statement": [` + strings.Join(w.trust, ", ") + `]}}}}`,
		"s.json": `{"schema": {"actions": {"x:Get": {"access": "read"}, "x:Put": {}, "sts:AssumeRole": {}, "docs.read": {"access": "read"}, "sts:TagSession": {}}}}`,
	}
	for name, statements := range w.statements {
		bundle[name+".json"] = document(statements...)
	}
	if len(w.resource) > 0 {
		bundle["r.json"] = document(w.resource...)
	}
	return compile(t, bundle)
}

func quoted(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return `"` + strings.Join(names, `", "`) + `"`
}

// requests are the user's, in each tenant.
func (w *world) requests() []*pdp.Request {
	var all []*pdp.Request
	for _, tenant := range append([]string{""}, worldTenants...) {
		for _, action := range worldActions {
			for _, limits := range [][]string{nil, {"p1"}} {
				r := ask("u", action, "target")
				r.Resource.Tenant, r.Context = tenant, context("k:n", "4")
				if limits != nil {
					through("user", limitedBy(limits...))(r)
				}
				all = append(all, r)
			}
		}
	}
	return all
}

// never says that after a change nothing is allowed that was not before.
func never(t *rapid.T, tb testing.TB, what string, before, after *world) {
	one, other := before.engine(tb), after.engine(tb)
	for _, r := range before.requests() {
		was, is := one.Decide(r), other.Decide(r)
		if is.Allowed() && !was.Allowed() {
			t.Fatalf("%s allows %s in %q: %s before, %s after", what, r.Action, r.Resource.Tenant, says(was), says(is))
		}
	}
}

func (w *world) clone() *world {
	c := *w
	c.status, c.memberships = cloneMap(w.status), cloneMap(w.memberships)
	c.guardrails, c.statements = cloneMap(w.guardrails), cloneMap(w.statements)
	c.resource, c.trust = slices.Clone(w.resource), slices.Clone(w.trust)
	return &c
}

func cloneMap[V any](m map[string]V) map[string]V {
	c := make(map[string]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// Suspending a user, a membership or a tenant never allows more.
func TestSuspendingNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		user := w.clone()
		user.userStatus = "suspended"
		never(rt, t, "suspending the user", w, user)
		for _, id := range worldTenants {
			tenant := w.clone()
			tenant.status[id] = rapid.SampledFrom([]string{"suspended", "inactive", "deleted", "pending"}).Draw(rt, "status")
			never(rt, t, "suspending "+id, w, tenant)
			if w.memberships[id] == "active" {
				member := w.clone()
				member.memberships[id] = "suspended"
				never(rt, t, "suspending the membership of "+id, w, member)
			}
		}
	})
}

// A Deny more, an Allow less, a boundary, a session policy or a guardrail's Allow
// less: none of them allows more, whatever the layer.
func TestLessNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		name := rapid.SampledFrom(worldPolicies).Draw(rt, "policy")
		denied := w.clone()
		denied.statements[name] = append(slices.Clone(w.statements[name]), `{"Effect": "Deny", "Action": "x:*", "Resource": "*"}`)
		never(rt, t, "a Deny in "+name, w, denied)
		for i, s := range w.statements[name] {
			if strings.Contains(s, `"Allow"`) && len(w.statements[name]) > 1 {
				less := w.clone()
				less.statements[name] = slices.Delete(slices.Clone(w.statements[name]), i, i+1)
				never(rt, t, "an Allow less in "+name, w, less)
			}
		}
		for i, s := range w.trust {
			if strings.Contains(s, `"Allow"`) {
				less := w.clone()
				less.trust = slices.Delete(less.trust, i, i+1)
				never(rt, t, "less trust", w, less)
			}
		}
		bound := w.clone()
		if bound.boundary == "" {
			bound.boundary = "edge"
			never(rt, t, "a boundary", w, bound)
		}
		e := w.engine(t)
		for _, r := range w.requests() {
			was := e.Decide(r)
			limited := *r
			through("user", limitedBy(rapid.SampledFrom(worldPolicies).Draw(rt, "limit")))(&limited)
			if r.Session != nil {
				limited.Session.Scopes, limited.Session.Policies = []string{"x:Get"}, r.Session.Policies
			}
			if is := e.Decide(&limited); is.Allowed() && !was.Allowed() {
				rt.Fatalf("a session allows %s: %s before, %s after", r.Action, says(was), says(is))
			}
		}
	})
}

// A tenant's principal never reaches a sibling without a document that names it: a
// membership there, or a resource or trust policy that names the user or its tenant.
func TestSiblingsAreIsolated(t *testing.T) {
	names := func(statements []string, home string) bool {
		return slices.ContainsFunc(statements, func(s string) bool {
			return strings.Contains(s, `"Allow"`) && (strings.Contains(s, `"Id": "u"`) || strings.Contains(s, `"`+home+`"`))
		})
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		w.home = "P/a"
		delete(w.memberships, "P")
		delete(w.memberships, "P/b")
		if names(w.resource, w.home) || names(w.trust, w.home) {
			return
		}
		e := w.engine(t)
		for _, r := range w.requests() {
			if r.Resource.Tenant != "P" && r.Resource.Tenant != "P/b" && r.Resource.Tenant != "" {
				continue
			}
			if d := e.Decide(r); d.Allowed() {
				rt.Fatalf("%s in %q: %s", r.Action, r.Resource.Tenant, says(d))
			}
		}
	})
}

// A session is over from its end on, whatever the bundle says.
func TestSessionsOnlyEnd(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		e := w.engine(t)
		minutes := rapid.IntRange(-120, 120).Draw(rt, "minutes")
		for _, r := range w.requests() {
			if r.Session == nil {
				continue
			}
			r.Time = noon.Add(time.Duration(minutes) * time.Minute)
			if d := e.Decide(r); minutes >= 60 && d.Reason != pdp.ReasonSessionExpired || minutes < 60 && d.Reason == pdp.ReasonSessionExpired {
				rt.Fatalf("after %d minutes: %s", minutes, says(d))
			}
		}
	})
}
