package pdp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// TestEveryEngineKey decides with a condition on every key that the table of keys
// says is the engine's: each has the value that it should, for a user or for a
// session of a role, and one whose facts MayI cannot know is always absent.
func TestEveryEngineKey(t *testing.T) {
	const (
		user    = "arn:wami:iam:12/34:wami:prod:user/eve"
		role    = "arn:wami:iam:12/34:wami:prod:role/deploy"
		through = "arn:wami:sts:12/34:wami:prod:assumed-role/deploy/build-17"
		doc     = "arn:wami:docs:12/34:wami:prod:doc/7"
	)
	want := map[string]struct{ user, session string }{ // "" is absent
		"aws:PrincipalArn":           {user, role},
		"aws:PrincipalAccount":       {"12/34", "12/34"},
		"aws:PrincipalTag/Team":      {"red", "blue"},
		"aws:PrincipalType":          {"User", "AssumedRole"},
		"aws:PrincipalIsRoot":        {"false", "false"},
		"aws:userid":                 {user, through},
		"aws:username":               {"eve", ""},
		"aws:PrincipalSessionName":   {"", "build-17"},
		"aws:TokenIssueTime":         {"", "2026-11-22T11:00:00Z"},
		"aws:MultiFactorAuthPresent": {"", "true"},
		"aws:MultiFactorAuthAge":     {"", "300"},
		"aws:FederatedProvider":      {"", "corp"},
		"aws:ResourceArn":            {doc, doc},
		"aws:ResourceAccount":        {"12/34", "12/34"},
		"aws:ResourceTag/Owner":      {"x", "x"},
		"aws:CurrentTime":            {"2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"},
		"aws:EpochTime":              {fmt.Sprint(noon.Unix()), fmt.Sprint(noon.Unix())},
		"wami:SessionId":             {"", "s-1"},
		"wami:SessionAge":            {"", "3600"},
		"wami:AssumeRoleChain":       {"", user},
		"wami:AssumeRoleDepth":       {"", "1"},
		"wami:OriginalPrincipalArn":  {"", user},
		"wami:IdentityProvider":      {"ldap", "corp"},
		"wami:MultiFactorMethods":    {"", "totp"},
		"wami:TenantId":              {"12/34", "12/34"},
		"wami:PrincipalTenantId":     {"12/34", "12/34"},
		"wami:ResourceTenantId":      {"12/34", "12/34"},
		"wami:CrossTenantRequest":    {"false", "false"},
		"wami:TenantName":            {"Acme Europe", "Acme Europe"},
		"wami:TenantStatus":          {"active", "active"},
		"wami:TenantTag/Tier":        {"gold", "gold"},
		"wami:TenantHierarchyPath":   {"12/34", "12/34"},
		"wami:ParentTenantId":        {"12", "12"},
		"wami:RootTenantId":          {"12", "12"},
		"wami:Arn":                   {doc, doc},
		"wami:ResourceWamiArn":       {doc, doc},
		"wami:SourceWamiArn":         {user, through},
		"wami:ArnProvider":           {"wami", "wami"},
		"wami:ArnService":            {"docs", "docs"},
		"wami:ArnResourceType":       {"doc", "doc"},
	}
	directory := `{"tenants": {"12": {}, "12/34": {"name": "Acme Europe", "tags": {"Tier": "gold"}}},
		"users": {"` + user + `": {"tags": {"Team": "red"}}}, "roles": {"` + role + `": {"tags": {"Team": "blue"}}}}`
	requests := map[string]*pdp.Request{"user": ask(user, "a:b", doc), "session": ask(through, "a:b", doc)}
	for _, r := range requests {
		r.Resource.Tags = map[string]string{"owner": "x"}
		r.Principal.Provider = "ldap"
	}
	requests["session"].Session = &pdp.Session{
		Type: "role", ID: "s-1", Role: role, Chain: []string{user}, Name: "build-17", Provider: "corp", MFA: []string{"totp"},
		IssuedAt: noon.Add(-time.Hour), ExpiresAt: noon.Add(time.Hour), MFAAt: noon.Add(-5 * time.Minute),
	}
	shown := make(map[string]bool)
	for key := range want {
		family, _, isFamily := strings.Cut(key, "/")
		if isFamily {
			family += "/"
		}
		shown[family] = true
	}
	for _, k := range conditions.KnownKeys() {
		if k.Origin != conditions.FromEngine {
			continue
		}
		if shown[k.Name] != (k.Source != "") {
			t.Errorf("%s: the table has the source %q; in this test: %v", k.Name, k.Source, shown[k.Name])
		}
		if k.Source == "" {
			want[k.Name] = struct{ user, session string }{}
		}
	}
	for key, values := range want {
		for kind, value := range map[string]string{"user": values.user, "session": values.session} {
			answer, literal := "explicit_deny p#0", value
			if value == "" {
				answer, literal = "explicit_deny p#1", "-"
			}
			e := compile(t, files{"d.json": directory, "p.json": `{"Version": "2012-10-17", "Statement": [
				{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"` + key + `": "` + literal + `"}}},
				{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"Null": {"` + key + `": "true"}}}]}`})
			if d := e.Decide(requests[kind]); says(d) != answer {
				t.Errorf("%s of a %s: got %q %s, want %q (%q)", key, kind, says(d), d.Detail, answer, value)
			}
		}
	}
}
