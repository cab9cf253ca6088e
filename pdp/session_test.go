package pdp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

func TestSessionsThatDoNotFit(t *testing.T) {
	e := compile(t, files{"all.json": allowAll, "d.json": `{"users": {"amy": {"policies": ["all"], "tags": {"Team": "red"}}},
		"roles": {"` + ci + `": {"policies": ["all"], "tags": {"Team": "blue"}, "session_tags": ["Cost", "team"]}}}`})
	const foreign = "arn:aws:sts::999999999999:assumed-role/x/s"
	tags := func(pairs ...string) func(*pdp.Session) {
		return func(s *pdp.Session) {
			s.Tags = map[string]string{}
			for i := 0; i < len(pairs); i += 2 {
				s.Tags[pairs[i]] = pairs[i+1]
			}
		}
	}
	named := func(name string) func(*pdp.Session) { return func(s *pdp.Session) { s.Name = name } }
	chain := func(ids ...string) func(*pdp.Session) { return func(s *pdp.Session) { s.Chain = ids } }
	for _, c := range []struct {
		name, who string
		change    change
		want      string // in Detail; "" fits
	}{
		{"a user's", "amy", through("user"), ""},
		{"an API key's", "amy", through("api_key", scopes("*")), ""},
		{"a federated one", federated, through("federated"), ""},
		{"a role's", session, ofRole(ci), ""},
		{"a role's that is not in the directory", foreign, ofRole("arn:aws:iam::999999999999:role/path/x"), ""},
		{"nobody's", "", through("user"), "session: it belongs to somebody"},
		{"of no type", "amy", through(""), "session: the type"},
		{"of another type", "amy", through("User"), "session: the type"},
		{"a user's, of a role", session, through("user"), "session: the type is user"},
		{"a role's, of a user", "amy", ofRole(ci), "session: the type is role"},
		{"a user's, of a federated user", federated, through("user"), "session: the type is user"},
		{"a role's without its role", session, through("role"), "session: the role is"},
		{"of another role", session, ofRole("arn:aws:iam::111111111111:role/build/cd"), "session: the role is"},
		{"of a role of the same name", session, ofRole("arn:aws:iam::111111111111:role/ci"), "session: the role is"},
		{"of a stranger's other role", foreign, ofRole("arn:aws:iam::999999999999:role/y"), "session: the role is"},
		{"of no role", foreign, ofRole("x"), "session: the role is"},
		{"a user's with a role", "amy", through("user", func(s *pdp.Session) { s.Role = ci }), "session: only"},
		{"its name", session, ofRole(ci, named("job-7")), ""},
		{"another name", session, ofRole(ci, named("job-8")), "session: the name"},
		{"a user's name", "amy", through("user", named("laptop")), ""},
		{"a chain", session, ofRole(ci, chain("amy", "spiffe://x/y", alice)), ""},
		{"a chain with nobody", session, ofRole(ci, chain("")), "session.chain"},
		{"a chain with what looks like an ARN", session, ofRole(ci, chain("ARN:x")), "session.chain"},

		{"tags of the role's list", session, ofRole(ci, tags("COST", "1", "Team", "red")), ""},
		{"a tag that the role does not list", session, ofRole(ci, tags("Other", "1")), "session.tags: the role"},
		{"tags that are one", session, ofRole(ci, tags("Cost", "1", "cost", "1")), "session.tags: \"Cost\" and \"cost\""},
		{"a user's own tag", "amy", through("user", tags("team", "red")), ""},
		{"a tag that the user does not have", "amy", through("user", tags("team", "blue")), "session.tags: by the directory"},
		{"trusted facts", "amy", func(r *pdp.Request) {
			r.Principal.Trust = pdp.TrustFacts
			through("user", tags("team", "blue"))(r)
		}, ""},
		{"a principal's tag that its session changes", session, func(r *pdp.Request) {
			r.Principal.Tags = map[string]string{"team": "blue"}
			ofRole(ci, tags("team", "red"))(r)
		}, "principal.tags: by the directory"},
		{"two tags of trusted facts", "amy", func(r *pdp.Request) {
			r.Principal.Trust, r.Principal.Tags = pdp.TrustFacts, map[string]string{"team": "blue"}
			through("user", tags("team", "red"))(r)
		}, "principal.tags: the session"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ask(c.who, "x:A", "r")
			c.change(r)
			d := e.Decide(r)
			if c.want == "" && d.Reason == pdp.ReasonMalformedRequest || c.want != "" && (d.Reason != pdp.ReasonMalformedRequest || !strings.Contains(d.Detail, c.want)) {
				t.Errorf("got %s %q, want %q", d.Reason, d.Detail, c.want)
			}
		})
	}
}

// Each derived key is what it should be, absent where it should be, and nobody else's
// to set. The policy denies with the key's value in a variable.
func TestTenantAndSessionKeys(t *testing.T) {
	bundle := files{
		"t.json": `{"tenants": {"platform": {"name": "The Platform", "aliases": ["222222222222"]}, "acme": {"parent": "platform", "aliases": ["111111111111"], "name": "Acme", "tags": {"Tier": "gold"}}, "acme/eu": {}, "12345678": {}, "12345678/5": {}}}`,
		"d.json": `{"users": {"amy": {"aliases": ["al"], "tenant": "acme"}, "eu": {"tenant": "acme/eu"}, "free": {}}, "roles": {"` + ci + `": {"tags": {"Team": "blue", "Floor": "3"}, "session_tags": ["team"]}}}`,
	}
	const wami, cloud = "arn:wami:iam:12345678/5:wami:prod:user/bo", "arn:wami:s3:12345678:wami:prod:aws:111:eu-west-1:bucket/b"
	full := func(s *pdp.Session) {
		s.ID, s.Name, s.Provider = "s-9", "laptop", "okta"
		s.IssuedAt, s.MFAAt, s.MFA = noon.Add(-90*time.Second), noon.Add(-30*time.Second), []string{"totp", "webauthn"}
	}
	chained := func(s *pdp.Session) {
		s.Chain, s.Tags = []string{alice, "al"}, map[string]string{"Team": "red"}
	}
	early := func(s *pdp.Session) { s.MFAAt = noon.Add(time.Minute) }
	for _, c := range []struct {
		key, who, resource string
		changes            []change
		want               string // "" is absent; "?" is unknown
	}{
		{"aws:PrincipalAccount", "amy", "r", nil, "acme"},
		{"aws:PrincipalAccount", alice, "r", nil, "acme"},
		{"wami:TenantId", "eu", "r", nil, "acme/eu"},
		{"wami:PrincipalTenantId", "free", "r", nil, ""},
		{"aws:ResourceAccount", "amy", "arn:aws:sqs:us-east-1:111111111111:q", nil, "acme"},
		{"wami:ResourceTenantId", "amy", "r", []change{in("111111111111")}, "acme"},
		{"wami:ResourceTenantId", "amy", "r", []change{in("shared")}, ""},
		{"wami:CrossTenantRequest", "amy", "r", []change{in("acme/eu")}, "false"},
		{"wami:CrossTenantRequest", "amy", "r", []change{in("platform")}, "true"},
		{"wami:TenantName", "amy", "r", nil, "Acme"},
		{"wami:TenantName", "eu", "r", nil, ""},
		{"wami:TenantStatus", "eu", "r", nil, "active"},
		{"wami:TenantStatus", "free", "r", nil, ""},
		{"wami:TenantTag/tier", "amy", "r", nil, "gold"},
		{"wami:TenantTag/tier", "eu", "r", nil, ""},
		{"wami:TenantHierarchyPath", "eu", "r", nil, "platform/acme/eu"},
		{"wami:TenantHierarchyPath", wami, "r", nil, "12345678/5"},
		{"wami:ParentTenantId", "eu", "r", nil, "acme"},
		{"wami:ParentTenantId", "amy", "r", nil, "platform"},
		{"wami:ParentTenantId", bob, "r", nil, ""},
		{"wami:RootTenantId", "eu", "r", nil, "platform"},
		{"wami:RootTenantId", wami, "r", nil, "12345678"},
		{"wami:TenantTier", "amy", "r", nil, ""},
		{"wami:Arn", "free", cloud, nil, cloud},
		{"wami:ResourceWamiArn", "free", "arn:aws:s3:::b", nil, ""},
		{"wami:SourceWamiArn", wami, "r", nil, wami},
		{"wami:SourceWamiArn", alice, "r", nil, ""},
		{"wami:ArnProvider", "free", cloud, nil, "aws"},
		{"wami:ArnProvider", "free", wami, nil, "wami"},
		{"wami:ArnProvider", "free", "r", nil, ""},
		{"wami:ArnService", "free", cloud, nil, "s3"},
		{"wami:ArnResourceType", "free", cloud, nil, "bucket"},
		{"aws:PrincipalIsRoot", "amy", "r", nil, "false"},
		{"aws:PrincipalIsRoot", "arn:aws:iam::111111111111:root", "r", nil, "true"},

		{"aws:TokenIssueTime", "amy", "r", []change{through("user", full)}, "2026-11-22T11:58:30Z"},
		{"aws:TokenIssueTime", "amy", "r", nil, ""},
		{"aws:MultiFactorAuthPresent", "amy", "r", []change{through("user", full)}, "true"},
		{"aws:MultiFactorAuthPresent", "amy", "r", []change{through("user")}, "false"},
		{"aws:MultiFactorAuthPresent", "amy", "r", nil, ""},
		{"aws:MultiFactorAuthAge", "amy", "r", []change{through("user", full)}, "30"},
		{"aws:MultiFactorAuthAge", "amy", "r", []change{through("user")}, ""},
		{"aws:MultiFactorAuthAge", "amy", "r", nil, ""},
		{"aws:MultiFactorAuthAge", "amy", "r", []change{through("user", early)}, "?"},
		{"wami:MultiFactorMethods", "amy", "r", []change{through("user", full)}, "totp,webauthn"},
		{"wami:SessionId", "amy", "r", []change{through("user", full)}, "s-9"},
		{"wami:SessionAge", "amy", "r", []change{through("user", full)}, "90"},
		{"aws:FederatedProvider", "amy", "r", []change{through("user", full)}, "okta"},
		{"wami:IdentityProvider", "amy", "r", []change{through("user", full)}, "okta"},
		{"wami:IdentityProvider", "amy", "r", []change{by("mtls")}, "mtls"},
		{"aws:PrincipalSessionName", "amy", "r", []change{through("user", full)}, "laptop"},
		{"aws:PrincipalSessionName", session, "r", []change{ofRole(ci)}, "job-7"},
		{"aws:PrincipalSessionName", "amy", "r", nil, ""},
		{"wami:AssumeRoleChain", session, "r", []change{ofRole(ci, chained)}, alice + ",amy"},
		{"wami:AssumeRoleDepth", session, "r", []change{ofRole(ci, chained)}, "2"},
		{"wami:AssumeRoleDepth", session, "r", []change{ofRole(ci)}, "0"},
		{"wami:AssumeRoleDepth", "amy", "r", nil, ""},
		{"wami:OriginalPrincipalArn", session, "r", []change{ofRole(ci, chained)}, alice},
		{"wami:OriginalPrincipalArn", session, "r", []change{ofRole(ci)}, ""},
		{"aws:PrincipalTag/team", session, "r", []change{ofRole(ci, chained)}, "red"},
		{"aws:PrincipalTag/team", session, "r", []change{ofRole(ci)}, "blue"},
		{"aws:PrincipalTag/floor", session, "r", []change{ofRole(ci, chained)}, "3"},
	} {
		t.Run(c.key+" "+c.want, func(t *testing.T) {
			if got := derived(t, bundle, c.key, ask(c.who, "x:A", c.resource), c.changes, c.want); got != "explicit_deny p#0" {
				t.Errorf("the key is not %q: %s", c.want, got)
			}
			if !pdp.ReservedKey(conditions.Fold(c.key)) {
				t.Error("anybody may set it")
			}
		})
	}
}

// derived asks a policy that denies if the key is what it should be.
func derived(t *testing.T, bundle files, key string, r *pdp.Request, changes []change, want string) string {
	condition := `{"StringEquals": {"` + key + `": "` + want + `"}, "Null": {"` + key + `": "false"}}`
	switch values := strings.Split(want, ","); {
	case want == "":
		condition = `{"Null": {"` + key + `": "true"}}`
	case want == "?":
		condition = `{"NumericLessThan": {"` + key + `": "-1"}}`
	case len(values) > 1:
		condition = `{"ForAnyValue:StringEquals": {"` + key + `": "` + values[0] + `"}, "ForAllValues:StringEquals": {"` + key + `": ["` + strings.Join(values, `", "`) + `"]}}`
	}
	with := files{"p.json": `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": ` + condition + `}}`}
	for name, doc := range bundle {
		with[name] = doc
	}
	for _, c := range changes {
		c(r)
	}
	d := compile(t, with).Decide(r)
	if want == "?" && d.Reason == pdp.ReasonUnknownCondition {
		d.Reason = pdp.ReasonExplicitDeny
	}
	return says(d)
}
