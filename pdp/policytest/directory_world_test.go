package policytest_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// The tenants of the random worlds: two that AWS's accounts are aliases of, one
// below the other or not, WAMI's paths, and a name. Ids in 99, 123 and the third
// account are undeclared.
var (
	tenantClaims = []string{"acme", "globex", "12", "12/34", "12/34/5", "lone", "99", "shared", "111122223333", "444455556666", "nobody"}
	permissions  = []string{"*", "a:Get", "a:Put", "plain", "x.*", "x.y", "b:Get", "sts:AssumeRole", "a.*"}
	roleARNs     = []string{"arn:aws:iam::111122223333:role/team/deploy", "arn:wami:iam:12:wami:9:role/deploy", "arn:aws:iam::444455556666:role/deploy"}
	trusts       = []string{
		`"*"`, `"*"`, `{"AWS":"111122223333"}`, `{"AWS":"12"}`, `{"Id":["alice","carol"]}`, `{"AWS":"arn:aws:iam::111122223333:user/alice"}`,
		`{"AWS":"arn:aws:iam::111122223333:role/team/deploy"}`, `{"AWS":"arn:aws:iam::444455556666:root"}`, `{"SPIFFE":"spiffe://x/web"}`,
		`{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy/run"}`,
	}
	tenantPrincipals = []string{`{"Tenant":"acme"}`, `{"Tenant":["globex","12/34"]}`, `{"Tenant":"12"}`, `{"Tenant":"lone"}`, `{"AWS":"12/34"}`}
	providers        = []string{"mtls", "google", "api_key", "none"}
)

const allowEverything = `{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`

// some draws some of the texts, each once in n+1 times, in order, as JSON.
func (d draw) some(n int, from ...string) string {
	picked := []string{}
	for _, text := range from {
		if !d.often(n) {
			picked = append(picked, text)
		}
	}
	data, _ := json.Marshal(picked)
	return string(data)
}

func object(fields ...string) string {
	fields = slices.DeleteFunc(fields, func(f string) bool { return f == "" })
	return "{" + strings.Join(fields, ", ") + "}"
}

// maybe is the field once in n+1 times.
func (d draw) maybe(n int, field string) string {
	if d.often(n) {
		return ""
	}
	return field
}

// drawTenants draws the tenants of a world, "" for a world that declares none.
func (w *world) drawTenants(d draw) string {
	if !d.often(2) {
		return ""
	}
	w.tenants = []string{"acme", "globex", "12", "12/34", "lone"}
	if d.often(1) {
		w.tenants = append(w.tenants, "12/34/5")
	}
	var all []string
	for _, id := range w.tenants {
		all = append(all, fmt.Sprintf("%q: %s", id, w.drawTenant(d, id)))
	}
	return strings.Join(all, ",\n  ")
}

func (w *world) drawTenant(d draw, id string) string {
	status := `"status": "` + d.one("active", "active", "suspended", "suspended", "inactive", "pending", "deleted") + `"`
	rows := `"auth_providers": {"mtls": ` + d.one("true", "true", "false") + `, "google": ` + d.one("true", "false") + "}"
	fields := []string{
		d.maybe(24, status),
		d.maybe(1, `"rbac_mode": "`+d.one("override", "additive")+`"`),
		d.maybe(7, `"guardrails": `+w.drawAttached(d)),
		d.maybe(1, `"admins": `+d.some(2, "bob", "dave", "spiffe://x/web", "alice", "al", "carol", "arn:wami:iam:12:wami:9:user/7", "arn:aws:iam::111122223333:user/alice", "arn:aws:sts::111122223333:assumed-role/deploy/run")),
		d.maybe(14, rows),
		d.maybe(1, `"name": "`+d.one("Acme", "alice", "*")+`"`),
		d.maybe(1, `"tags": {"Tier": "`+d.one("a", "alice", "10")+`"}`),
	}
	switch {
	case id == "acme":
		fields = append(fields, `"aliases": ["111122223333"]`)
	case id == "globex":
		fields = append(fields, `"aliases": ["444455556666", "gx"]`, d.maybe(1, `"parent": "`+d.one("acme", "111122223333", "12")+`"`))
	case id == "lone":
		fields = append(fields, d.maybe(1, `"parent": "globex"`))
	}
	return object(fields...)
}

// drawMemberships draws a user's memberships.
func (w *world) drawMemberships(d draw, user string) string {
	if w.tenants == nil || !d.often(1) || strings.Contains(user, ":assumed-role/") {
		return ""
	}
	var all []string
	for _, id := range w.tenants {
		if !d.often(2) {
			continue
		}
		roles := []string{"ops", "reader", "admin", "member"}
		if id == "12/34" {
			roles = append(roles, "r34")
		}
		all = append(all, fmt.Sprintf("%q: %s", id, object(`"roles": `+d.some(1, roles...), d.maybe(3, `"status": "suspended"`))))
	}
	return `"memberships": {` + strings.Join(all, ", ") + "}"
}

// drawUserFields draws what a user has beside groups and policies.
func (w *world) drawUserFields(d draw, id string) []string {
	fields := []string{
		d.maybe(30, `"status": "`+d.one("active", "suspended", "erased")+`"`),
		d.maybe(4, `"boundary": `+w.drawOne(d)),
		d.maybe(6, `"sessions_not_before": "`+d.one("2026-01-02T10:00:00Z", "2026-01-02T10:20:00+00:00", "2026-01-02T10:31:00Z")+`"`),
		w.drawMemberships(d, id),
	}
	if !strings.HasPrefix(id, "arn:") && w.tenants != nil {
		fields = append(fields, d.maybe(1, `"tenant": "`+d.one("acme", "12", "12/34", "gx")+`"`))
	}
	return fields
}

func (w *world) drawOne(d draw) string { return fmt.Sprintf("%q", d.one(w.identity...)) }

func (w *world) drawRoles(d draw) string {
	var all []string
	add := func(id string, fields ...string) {
		fields = append(fields, `"policies": `+w.drawAttached(d), `"tags": {"dept": "a"}`)
		all = append(all, fmt.Sprintf("%q: %s", id, object(fields...)))
	}
	for _, id := range roleARNs {
		if d.often(2) {
			add(id, d.maybe(3, `"boundary": `+w.drawOne(d)), d.maybe(1, `"session_tags": ["dept", "Extra"]`),
				d.maybe(4, `"max_session_seconds": `+d.one("60", "360", "3600")), d.usually(4, `"trust": `+drawTrust(d)))
		}
	}
	add("ops", `"permissions": `+d.some(3, permissions...))
	add("reader", `"permissions": `+d.some(5, permissions...))
	if w.tenants != nil {
		add("r34", `"permissions": `+d.some(2, permissions...), `"tenant": "12/34"`)
	}
	if !d.often(3) {
		add("member", `"permissions": `+d.some(3, permissions...))
	}
	return strings.Join(all, ",\n  ")
}

// usually is the field n times of n+1.
func (d draw) usually(n int, field string) string {
	if d.often(n) {
		return field
	}
	return ""
}

func drawTrust(d draw) string {
	var all []string
	for range d.between(1, 3) {
		condition := ""
		if !d.often(4) {
			condition = `"Condition": ` + drawCondition(d, true)
		}
		all = append(all, object(`"Effect": "`+d.one("Allow", "Allow", "Allow", "Allow", "Allow", "Allow", "Deny")+`"`, `"Principal": `+d.one(trusts...),
			`"Action": "`+d.one("sts:AssumeRole", "sts:*", "sts:assumeRole*", "sts:*", "sts:TagSession")+`"`, condition))
	}
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(all, ", ") + "]}"
}

// drawResources draws what the world knows of resources.
func (w *world) drawResources(d draw) string {
	var all []string
	for _, id := range []string{"doc/1", "doc/alice", "arn:aws:s3:::b/alice", "arn:aws:sqs:eu:111122223333:q", "arn:wami:app:12/34:wami:9:doc/1"} {
		if !d.often(1) {
			continue
		}
		tenant := ""
		switch {
		case strings.HasPrefix(id, "arn:wami") || strings.Contains(id, "1111"):
		case w.tenants == nil:
			tenant = d.maybe(2, `"tenant": "`+d.one("shared", "111122223333", "12")+`"`)
		default:
			tenant = d.usually(3, `"tenant": "`+d.one("shared", "acme", "12", "12/34", "444455556666", "lone")+`"`)
		}
		all = append(all, fmt.Sprintf("%q: %s", id, object(tenant, d.maybe(1, `"tags": {"Env": "`+d.one("a", "10", "alice")+`"}`), d.maybe(1, `"owner": "alice"`))))
	}
	return `{"resources": {` + strings.Join(all, ",\n  ") + `}, "regions": {"here": [-10, -10, 10, 10]}}`
}

// drawSchema declares every action of the random requests, some of them reads.
func drawSchema(d draw) string {
	var all []string
	for _, a := range []string{"a:Get", "a:Put", "a:Get2", "b:Get", "plain", "x.y", "sts:AssumeRole", "sts:AssumeRoleWithSAML", "t"} {
		all = append(all, fmt.Sprintf("%q: %s", a, object(d.maybe(1, `"access": "`+d.one("read", "read", "write", "list")+`"`))))
	}
	return `{"schema": {"actions": {` + strings.Join(all, ", ") + `}}}`
}

// drawManifest draws the settings that change decisions.
func (w *world) drawManifest(d draw) string {
	unattached, _ := json.Marshal(w.identity)
	return `{"bundle": ` + object(`"name": "random"`, `"format": 1`, `"unattached": `+string(unattached),
		d.maybe(3, `"star_crosses_tenants": true`), d.maybe(3, `"suspended_membership": "fall_through"`),
		d.maybe(40, `"expiry": "`+d.one("2026-01-02T10:30:00Z", "2026-01-02T10:00:00.5Z", "2027-01-01T00:00:00Z")+`"`)) + "}"
}

// rolesOfSessions says which role a session ARN may be of.
var rolesOfSessions = map[string]string{
	"arn:aws:sts::111122223333:assumed-role/deploy/run": "arn:aws:iam::111122223333:role/team/deploy",
	"arn:aws:sts::444455556666:assumed-role/deploy/run": "arn:aws:iam::444455556666:role/deploy",
	"arn:aws:sts::111122223333:assumed-role/other/run":  "arn:aws:iam::111122223333:role/other",
	"arn:wami:sts:12:wami:9:assumed-role/deploy/run":    "arn:wami:iam:12:wami:9:role/deploy",
	"arn:aws:sts:::assumed-role/deploy/run":             "arn:aws:iam:::role/deploy",
}

// strays are policies that some bundles would refuse: for an action that their schema
// does not declare, or for an alias.
var strays = []string{
	`{"Statement":{"Effect":"Allow","Action":["*","a:Gte"],"Resource":"*"}}`,
	`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalArn":"al"}}}}`,
	`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:ResourceAccount":"111122223333"}}}}`,
}

// drawSession draws the session that a principal acts through.
func drawSession(d draw, principal string) string {
	role, assumed := rolesOfSessions[principal]
	kind := d.one("user", "user", "api_key", "api_key", "federated", "role")
	if assumed && d.often(40) {
		kind = "role"
	} else if !assumed && kind == "role" && d.often(15) {
		kind = "user"
	}
	if strings.Contains(principal, "federated-user") && d.often(20) {
		kind = "federated"
	}
	facts := []string{"session=" + kind}
	if assumed && d.often(30) {
		facts = append(facts, "session.role="+word(role))
	}
	add := func(n int, fact string) {
		if !d.often(n) {
			facts = append(facts, fact)
		}
	}
	facts = append(facts, "session.expires="+d.one("+1h", "+1h", "+1h", "+1h", "+1h", "+1h", "+1h", "+1h", "+1h", "+1h", "+1h", "+1h", "+1h", "+1h", "+1s", "+0s", "-1s"))
	if d.often(5) {
		facts = append(facts, "session.issued="+d.one("-5m", "-5m", "-15m", "-59s", "-60s", "+1m"))
	}
	add(3, "session.id="+d.one("s1", "s2", "s3", "alice", "revoked"))
	add(4, "session.chain="+d.one("alice", "al", "arn:aws:iam::111122223333:user/al,bob", "nobody", "arn:aws:iam::111122223333:role/team/deploy,carol"))
	add(3, "session.mfa="+d.one("-10s", "-1h", "+5s", "-90s", "+500ms", "-9.5s"))
	add(5, "session.mfa.methods="+d.one("a", "a,alice", "10"))
	add(5, "session.provider="+d.one(providers...))
	add(12, "session.tag/"+d.one("dept", "Extra", "Extra", "DEPT", "dept", "dept", "dept", "other")+"="+d.one("a", "alice", "b"))
	add(9, "session.name="+d.one("run", "run", "run", "else"))
	if kind == "api_key" && d.often(9) || !d.often(5) {
		facts = append(facts, "session.scopes="+d.one("", "*", "*", "a:Get", "a:Get,a:Put,plain", "x.*,self", "plain,sts:AssumeRole,x.y"))
	}
	if !d.often(3) {
		facts = append(facts, "session.policies="+d.one("i0", "i0", "i0", "i0", "i0", "i0", "i0", "i0,i1", "i1", "i0", "i0", "i0", "r0", "no"))
	}
	if !d.often(5) {
		facts = append(facts, "session.policy="+d.one(allowEverything, strings.Join(strings.Fields(drawPolicy(d, false)), " "), d.one(strays...)))
	}
	return strings.Join(facts, " ")
}
