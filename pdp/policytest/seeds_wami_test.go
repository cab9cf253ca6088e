package policytest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

// Reasons that more than one row has.
const (
	everyStar = "* of a pattern crosses slashes as IAM's does, and ** is the same: one language of patterns for all policies"
	strictARN = "an id that begins with arn: parses strictly, so that arn:wami:tenant::… is malformed as a resource and refused as a pattern; over names that are ARNs, or opaque, the policy decides as in the seed"
)

// wamiRows is every row of the table W: how WAMI evaluates policies.
var wamiRows = []seedRow{
	{"W1", green, "", decides(readBucket, "alice s3:GetObject arn:aws:s3:::mybucket/file.txt -> Allow identity_policy p[0]")},
	{"W2", green, "", decides(readBucket, "alice s3:PutObject arn:aws:s3:::mybucket/file.txt -> Deny implicit_deny")},
	{"W3", green, "", decides(holds(deny("s3:DeleteObject", "*")), "alice s3:DeleteObject arn:aws:s3:::any/object -> Deny explicit_deny p[0]")},
	{"W4", green, "", decides(holds(allow("s3:*", "*")),
		"alice s3:GetObject arn:aws:s3:::b/o -> Allow identity_policy p[0]",
		"alice s3:PutObject arn:aws:s3:::b/o -> Allow identity_policy p[0]")},
	{"W5", green, "", decides(holdsEach(allow("s3:*", "*"), deny("s3:DeleteObject", "*")),
		"alice s3:DeleteObject arn:aws:s3:::b/o -> Deny explicit_deny p2[0]")},
	{"W6", green, "", decides(holdsEach(allow("*", "*"), deny("s3:DeleteBucket", "*")),
		"alice s3:GetObject arn:aws:s3:::b/o -> Allow identity_policy p1[0]",
		"alice s3:DeleteBucket arn:aws:s3:::b -> Deny explicit_deny p2[0]")},
	{"W7", green, "", decides(holds(allowIf("s3:*", "arn:aws:s3:::my-bucket/*", `{"IpAddress": {"aws:SourceIp": ["192.168.1.0/24"]}}`)),
		"alice s3:GetObject arn:aws:s3:::my-bucket/o -> Deny implicit_deny",
		"alice s3:GetObject arn:aws:s3:::my-bucket/o aws:SourceIp=192.168.1.100 -> Allow identity_policy p[0]")},
	{"W8", green, "", decides(holds(allow("iam:*", "*"), deny("iam:DeleteUser", "*")), "alice iam:DeleteUser * -> Deny explicit_deny p[1]")},
	{"W9", deviation, `Effect is "Allow" or "Deny" exactly, as IAM's validator says: "DENY" fails the bundle`, refuses(holds(
		`{"Effect": "DENY", "Action": "s3:*", "Resource": "*"}`), "p.json", "DENY")},
	{"W10", green, "", decides(holds(allow("s3:*", "arn:aws:s3:::bucket/*")), "alice s3:GetObject arn:aws:s3:::bucket/folder/file -> Allow identity_policy p[0]")},
	{"W11", green, "", decides(holds(allow("iam:*", "arn:wami:iam:*:user/*")), "alice iam:GetUser arn:wami:iam:12345678:wami:999:user/alice -> Allow identity_policy p[0]")},
	{"W12", green, "", decides(holds(allow("iam:*", "arn:wami:iam:*:wami:*:user/al*")), "alice iam:GetUser arn:wami:iam:12345678:wami:999:user/alice -> Allow identity_policy p[0]")},
	{"W13", green, "", decides(holds(allow("iam:*", "arn:*:role/*"), allow("iam:*", "arn:wami:iam:12345678:wami:999:role/*")),
		"alice iam:GetUser arn:wami:iam:12345678:wami:999:user/alice -> Deny implicit_deny")},
	{"W14", green, "", decides(holds(allow("app:*", "*.example.com"), allow("app:*", "test-*-prod")),
		"alice app:Call api.example.com -> Allow identity_policy p[0]",
		"alice app:Call test-api-prod -> Allow identity_policy p[1]")},
	{"W15", deviation, "an empty list of actions fails the bundle; the seed takes it and matches nothing", all(
		decides(holds(allow("iam:Get*", "*")), "alice iam:GetUser * -> Allow identity_policy p[0]"),
		decides(holds(allow("iam:Delete*", "*")), "alice iam:GetUser * -> Deny implicit_deny"),
		refuses(holds(`{"Effect": "Allow", "Action": [], "Resource": "*"}`), "p.json", "empty"))},
	{"W16", deviation, everyStar, decides(holds(allow("db:*", "space/*/db")),
		"alice db:Read space/le-zinc/db -> Allow identity_policy p[0]",
		"alice db:Read space/le-zinc/sub/db -> Allow identity_policy p[0]")},
	{"W17", deviation, everyStar + "; the slash before it is not swallowed", decides(holds(allow("db:*", "space/le-zinc/**")),
		"alice db:Read space/le-zinc -> Deny implicit_deny",
		"alice db:Read space/le-zinc/db/menu -> Allow identity_policy p[0]",
		"alice db:Read space/other/db -> Deny implicit_deny")},
	{"W18", deviation, everyStar + "; the slash after it is not swallowed", decides(holds(allow("db:*", "a/**/z")),
		"alice db:Read a/z -> Deny implicit_deny",
		"alice db:Read a/b/c/d/z -> Allow identity_policy p[0]")},
	{"W19", deviation, "the variable is spelled ${wami:TenantId}; ${tenant} is a key of the request's context like any other", all(
		decides(ownUsers("arn:wami:iam:${wami:TenantId}:wami:*:user/*"),
			tenantAlice+" iam:GetUser "+tenantAlice+" -> Allow identity_policy p[0]",
			otherAlice+" iam:GetUser "+tenantAlice+" -> Deny implicit_deny"),
		decides(ownUsers("arn:wami:iam:${tenant}:wami:*:user/*"),
			tenantAlice+" iam:GetUser "+tenantAlice+" -> Deny implicit_deny"))},
	{"W20", green, "", decides(holds(allow("db:*", "doc/${unknown}")),
		"alice db:Read doc/ -> Deny implicit_deny",
		"alice db:Read doc/unknown -> Deny implicit_deny",
		"alice db:Read doc/${unknown} -> Deny implicit_deny")},
	{"W21", green, "", decides(bundle{"dir.json": `{
		"users": {"alice": {"groups": ["staff"], "policies": [` + policy(allow("iam:*", "*")) + `]}},
		"groups": {"staff": {"policies": [` + policy(deny("iam:DeleteUser", "*")) + `]}}}`},
		"alice iam:DeleteUser * -> Deny explicit_deny dir.json#/groups/staff/policies/0[0]",
		"alice iam:GetUser * -> Allow identity_policy dir.json#/users/alice/policies/0[0]")},
	// The rule of the published version: in a session the role's policies alone.
	{"W22", green, "", decides(bundle{"dir.json": `{
		"users": {"arn:aws:iam::1:user/alice": {"groups": ["staff"], "policies": [` + policy(allow("iam:*", "*")) + `]}},
		"groups": {"staff": {"policies": [` + policy(allow("iam:*", "*")) + `]}},
		"roles": {"arn:aws:iam::1:role/ci": {"policies": [` + policy(deny("iam:DeleteUser", "*")) + `]}}}`},
		"arn:aws:sts::1:assumed-role/ci/alice iam:DeleteUser * -> Deny explicit_deny dir.json#/roles/arn:aws:iam::1:role~1ci/policies/0[0]",
		"arn:aws:sts::1:assumed-role/ci/alice iam:GetUser * -> Deny implicit_deny")},
	{"W23", green, "", decides(bundle{"dir.json": `{
		"users": {"alice": {"groups": ["readers", "creators"]}},
		"groups": {"readers": {"policies": [` + policy(allow("iam:GetUser", "*")) + `]}, "creators": {"policies": [` + policy(allow("iam:CreateUser", "*")) + `]}}}`},
		"alice iam:GetUser * -> Allow identity_policy dir.json#/groups/readers/policies/0[0]",
		"alice iam:CreateUser * -> Allow identity_policy dir.json#/groups/creators/policies/0[0]",
		"alice iam:DeleteUser * -> Deny implicit_deny")},
	{"W24", green, "", decides(bundle{"dir.json": `{"users": {"alice": {}, "bob": {"policies": [` + policy(allow("*", "*")) + `]}}}`},
		"alice iam:GetUser * -> Deny implicit_deny")},
	{"W25", green, "", seedRoot},
	{"W26", green, "", decides(bounded(allow("iam:*", "*"), allowAll("iam:Get*", "iam:List*")),
		"alice iam:GetUser * -> Allow identity_policy p[0] boundary[0]",
		"alice iam:ListUsers * -> Allow identity_policy p[0] boundary[0]",
		"alice iam:DeleteUser * -> Deny boundary",
		"alice iam:CreateUser * -> Deny boundary")},
	{"W27", green, "", decides(bounded(allow("iam:*", "*"), allow("s3:*", "*")), "alice iam:GetUser * -> Deny boundary")},
	{"W28", deviation, "an applying Deny is explicit_deny wherever it stands, and names its statement; the seed says BoundaryRestricted", decides(
		bounded(allow("iam:*", "*"), deny("iam:*", "*")), "alice iam:GetUser * -> Deny explicit_deny boundary[0]")},
	{"W29", deviation, "a boundary that is not there fails the bundle before it could decide; the seed denies each request", refuses(
		bundle{"dir.json": `{"users": {"alice": {"policies": ["p"], "boundary": "missing"}}}`, "p.json": policy(allow("iam:*", "*"))}, "dir.json", "missing")},
	{"W30", green, "", decides(func() bundle {
		b := bounded(allow("iam:*", "*"), allow("*", "*"))
		b["p.json"] = policy(allow("iam:*", "*"), deny("iam:DeleteUser", "*"))
		return b
	}(),
		"alice iam:DeleteUser * -> Deny explicit_deny p[1]",
		"alice iam:GetUser * -> Allow identity_policy p[0] boundary[0]")},
	{"W31", green, "", decides(bounded(allow("*", "*"), allow("s3:*", "*")),
		"alice s3:GetObject arn:aws:s3:::b/o -> Allow identity_policy p[0] boundary[0]",
		"alice s3:PutObject arn:aws:s3:::b/o -> Allow identity_policy p[0] boundary[0]",
		"alice ec2:RunInstances * -> Deny boundary",
		"alice iam:CreateUser * -> Deny boundary")},
	{"W32", green, "", decides(bundle{
		"dir.json":      `{"roles": {"arn:aws:iam::1:role/dev": {"policies": ["p"], "boundary": "boundary"}}}`,
		"p.json":        policy(allow("*", "*")),
		"boundary.json": policy(allowAll("s3:Get*", "s3:List*", "ec2:Describe*"))},
		devSession+" s3:GetObject arn:aws:s3:::b/o -> Allow identity_policy p[0] boundary[0]",
		devSession+" ec2:DescribeInstances * -> Allow identity_policy p[0] boundary[0]",
		devSession+" s3:PutObject arn:aws:s3:::b/o -> Deny boundary",
		devSession+" ec2:RunInstances * -> Deny boundary")},
	{"W33", green, "", refuses(holdsEach(allow("iam:*", "*"), `{"Effect": "Deny", "Actions": "iam:DeleteUser", "Resource": "*"}`), "p2.json", "Actions")},
	{"W34", green, "", refuses(bundle{"dir.json": `{"users": {"alice": {"boundary": "boundary"}}}`, "boundary.json": `{"Version": "2012-10-17"}`}, "boundary.json", "Statement")},
	{"W35", green, "", decides(holds(allowIf("iam:GetUser", "*", `{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}`)),
		"alice iam:GetUser * aws:SourceIp=10.1.2.3 -> Allow identity_policy p[0]",
		"alice iam:GetUser * aws:SourceIp=192.168.1.1 -> Deny implicit_deny")},
	{"W36", green, "", all(
		decidesIn(withMFA, withoutMFA, "alice iam:DeleteUser * -> Allow identity_policy p[0]"),
		decidesIn(plainSession, withoutMFA, "alice iam:DeleteUser * -> Deny implicit_deny"))},
	{"W37", green, "", decides(holds(allow("iam:*", "*"), denyIf("iam:DeleteUser", "*", `{"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}`)),
		"alice iam:DeleteUser * aws:SourceIp=203.0.113.50 -> Deny explicit_deny p[1]",
		"alice iam:GetUser * aws:SourceIp=203.0.113.50 -> Allow identity_policy p[0]")},
	{"W38", deviation, "both are reported, in the order of their policies' names, by which group comes before user", decides(bundle{"dir.json": `{
		"users": {"alice": {"groups": ["staff"], "policies": [` + policy(deny("iam:*", "*")) + `]}},
		"groups": {"staff": {"policies": [` + policy(deny("iam:*", "*")) + `]}}}`},
		"alice iam:GetUser * -> Deny explicit_deny dir.json#/groups/staff/policies/0[0] dir.json#/users/alice/policies/0[0]")},
	{"W39", green, "", all(
		refuses(holds(), "p.json", "Statement"),
		refuses(holds(`{"Effect": "Maybe", "Action": "s3:*", "Resource": "*"}`), "p.json", "Maybe"))},
	{"W40", deviation, strictARN, all(
		refuses(holds(allow("tenant:Read", "arn:wami:tenant::acme/*")), "p.json", "tenant path segment"),
		decides(holds(allow("tenant:Read", "*")), "alice tenant:Read arn:wami:tenant::acme/engineering -> Deny malformed_request"),
		decides(holds(allow("tenant:Read", "tenant/acme/*"), allow("tenant:Read", "arn:wami:tenant:7:wami:9:tenant/7/*")),
			"alice tenant:Read tenant/acme/engineering -> Allow identity_policy p[0]",
			"alice tenant:Delete tenant/acme/engineering -> Deny implicit_deny",
			"alice tenant:Read arn:wami:tenant:7:wami:9:tenant/7/8 -> Allow identity_policy p[1]",
			"alice tenant:Delete arn:wami:tenant:7:wami:9:tenant/7/8 -> Deny implicit_deny"))},
	{"W41", deviation, strictARN, all(
		refuses(holds(allow("tenant:*", "*"), deny("tenant:Delete", "arn:wami:tenant::acme/production/*")), "p.json", "tenant path segment"),
		decides(holds(allow("tenant:*", "*")), "alice tenant:Delete arn:wami:tenant::acme/production/frontend -> Deny malformed_request"),
		decides(holds(allow("tenant:*", "*"), deny("tenant:Delete", "tenant/acme/production/*")),
			"alice tenant:Delete tenant/acme/production/frontend -> Deny explicit_deny p[1]",
			"alice tenant:Delete tenant/acme/staging/frontend -> Allow identity_policy p[0]"))},
	{"W42", green, "", decides(ownUsers("*"),
		tenantAlice+" iam:GetUser arn:wami:iam:12345678:wami:999:user/bob -> Allow identity_policy p[0]",
		tenantAlice+" iam:GetUser arn:wami:iam:12345678/87654321:wami:999:user/bob -> Allow identity_policy p[0]",
		tenantAlice+" iam:GetUser arn:wami:iam:99999999:wami:999:user/bob -> Deny cross_tenant",
		tenantAlice+" iam:GetUser arn:wami:iam:0:wami:999:user/root -> Deny tenant_unknown")},
	{"W43", green, "", seedUserName},
}

// sessionRows is the one row of the table W-ARN that asks a decision.
var sessionRows = []seedRow{
	{"W-ARN-33", green, "", all(
		decidesIn(&pdp.Session{Type: "user", ExpiresAt: seedNow}, ownSessions, "alice app:Do thing -> Deny session_expired"),
		decidesIn(&pdp.Session{Type: "user", ExpiresAt: seedNow.Add(time.Hour), ID: "s-1"}, ownSessions, "alice app:Do thing -> Deny session_revoked"),
		decidesIn(&pdp.Session{Type: "user", ExpiresAt: seedNow.Add(time.Nanosecond), ID: "s-2"}, ownSessions, "alice app:Do thing -> Allow identity_policy p[0]"))},
}

func TestSeedRowsW(t *testing.T)       { runSeedRows(t, wamiRows, 43) }
func TestSeedRowsSession(t *testing.T) { runSeedRows(t, sessionRows, 1) }

// ownSessions is a bundle that calls one session back.
var ownSessions = bundle{
	"dir.json": `{"users": {"alice": {"policies": ["p"]}}, "revoked_sessions": ["s-1"]}`,
	"p.json":   policy(allow("*", "*")),
}

const (
	tenantAlice = "arn:wami:iam:12345678:wami:999:user/alice"
	otherAlice  = "arn:wami:iam:99999999:wami:999:user/alice"
	devSession  = "arn:aws:sts::1:assumed-role/dev/run"
)

var (
	readBucket = holds(allow("s3:GetObject", "arn:aws:s3:::mybucket/*"))
	withoutMFA = holds(allowIf("iam:DeleteUser", "*", `{"Bool": {"aws:MultiFactorAuthPresent": "true"}}`))
)

// statement writes one statement.
func statement(effect string, actions []string, resource, condition string) string {
	text := `{"Effect": "` + effect + `", "Action": ["` + strings.Join(actions, `", "`) + `"], "Resource": "` + resource + `"`
	if condition != "" {
		text += `, "Condition": ` + condition
	}
	return text + "}"
}

func allow(action, resource string) string { return statement("Allow", []string{action}, resource, "") }
func deny(action, resource string) string  { return statement("Deny", []string{action}, resource, "") }
func allowAll(actions ...string) string    { return statement("Allow", actions, "*", "") }
func allowIf(action, resource, condition string) string {
	return statement("Allow", []string{action}, resource, condition)
}
func denyIf(action, resource, condition string) string {
	return statement("Deny", []string{action}, resource, condition)
}

// policy writes a policy of statements.
func policy(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ", ") + `]}`
}

// holds is a bundle in which alice has the policy p of these statements.
func holds(statements ...string) bundle {
	return bundle{"dir.json": `{"users": {"alice": {"policies": ["p"]}}}`, "p.json": policy(statements...)}
}

// holdsEach is a bundle in which alice has two policies, p1 and p2.
func holdsEach(p1, p2 string) bundle {
	return bundle{"dir.json": `{"users": {"alice": {"policies": ["p1", "p2"]}}}`, "p1.json": policy(p1), "p2.json": policy(p2)}
}

// bounded is a bundle in which alice has the policy p within a boundary.
func bounded(p, boundary string) bundle {
	return bundle{"dir.json": `{"users": {"alice": {"policies": ["p"], "boundary": "boundary"}}}`, "p.json": policy(p), "boundary.json": policy(boundary)}
}

// ownUsers is a bundle with tenants, in which alice of each may do everything on
// what the pattern says.
func ownUsers(pattern string) bundle {
	return bundle{
		"dir.json": `{"tenants": {"12345678": {}, "12345678/87654321": {}, "99999999": {}},
			"users": {"` + tenantAlice + `": {"policies": ["p"]}, "` + otherAlice + `": {"policies": ["p"]}}}`,
		"p.json": policy(allow("iam:*", pattern)),
	}
}

// seedRoot: root passes without any policy, and only as the one source that may
// establish it says.
func seedRoot(t *testing.T) {
	const root = "arn:wami:iam:0:wami:9:user/root"
	docs, engine, err := bundle{"dir.json": `{"users": {}}`, "b.json": `{"bundle": {"name": "empty", "format": 1, "allow_empty": true}}`}.load(pdp.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	reference := policytest.NewReference(docs, "").WithRoot(root)
	for line, established := range map[string]bool{
		root + " iam:DeleteUser * -> Allow root":                                           true,
		root + " iam:DeleteUser * at 2026-01-01T00:00:00Z -> Deny implicit_deny":           false,
		"arn:wami:iam:0:wami:8:user/root iam:DeleteUser * -> Deny implicit_deny":           true,
		"arn:wami:iam:0:wami:9:user/root/x iam:DeleteUser * -> Deny implicit_deny":         true,
		"arn:wami:iam:0:wami:9:user/Root iam:DeleteUser arn:a:b:::c -> Deny implicit_deny": true,
	} {
		c, err := policytest.ParseCase(line)
		if err != nil {
			t.Fatal(err)
		}
		r := c.Request()
		r.Principal.Root = established
		for name, d := range map[string]pdp.Decision{"engine": engine.Decide(r), "reference": reference.Decide(r)} {
			if diff := c.Want.Diff(policytest.AnswerOf(d)); diff != nil {
				t.Errorf("%s: %s\n\t%s", name, line, strings.Join(diff, "\n\t"))
			}
		}
	}
}

// seedUserName: the name of a user is the last element of its path.
func seedUserName(t *testing.T) {
	const id = "arn:aws:iam::123456789012:user/department/team/alice"
	a, err := arn.Parse(id)
	if err != nil {
		t.Fatal(err)
	}
	if name, ok := a.User(); a.ResourceType() != "user" || name != "alice" || !ok {
		t.Errorf("type %q, name %q", a.ResourceType(), name)
	}
	decides(bundle{
		"dir.json": `{"users": {"` + id + `": {"policies": ["p"]}}}`,
		"p.json":   policy(allowIf("iam:GetUser", "*", `{"StringEquals": {"aws:username": "alice"}}`)),
	}, id+" iam:GetUser * -> Allow identity_policy p[0]")(t)
}
