package pdp_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// brief renders a problem as the tables below write it.
func brief(e *strictjson.Error) string {
	return fmt.Sprintf("%d:%d %s %s", e.Place.Line, e.Place.Column, e.Place.Pointer, e.Rule)
}

func briefs(problems []*strictjson.Error) []string {
	var all []string
	for _, e := range problems {
		all = append(all, brief(e))
	}
	return all
}

// A refusal is a document and all of its problems: line:column pointer rule.
type refusal struct {
	name, doc string
	want      []string
}

func testRefusals(t *testing.T, cases []refusal) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc, problems := pdp.Decode("dir/file.json", []byte(c.doc))
			if doc != nil {
				t.Errorf("a document was returned beside problems")
			}
			if got := briefs(problems); !slices.Equal(got, c.want) {
				t.Errorf("problems:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
			for _, e := range problems {
				if e.Place.File != "dir/file.json" || e.Reason == "" {
					t.Errorf("problem without file or reason: %v", e)
				}
			}
		})
	}
}

// policy puts elements into the one statement of a policy; they begin in column 2
// of line 3.
func policy(elements string) string {
	return `{"Version": "2012-10-17",
"Statement":
{` + elements + `}}`
}

func TestDecodeRefusesDocuments(t *testing.T) {
	testRefusals(t, []refusal{
		{"not JSON", `{"Statement": [}`, []string{"1:16 /Statement/0 JSON syntax"}},
		{"two documents", "{} {}", []string{"1:4  JSON syntax"}},
		{"duplicate name", `{"Statement": [], "Statement": []}`, []string{"1:19 /Statement JSON syntax"}},
		{"byte order mark", "\ufeff{}", []string{"1:1  JSON syntax"}},
		{"list", `[]`, []string{"1:1  Data type mismatch"}},
		{"empty object", ` {}`, []string{"1:2  Unknown document"}},
		{"unknown key", `{"policy": {}}`, []string{"1:1  Unknown document"}},
		{"wrong case", `{"statement": []}`, []string{"1:1  Unknown document"}},
		{"routes' second key alone", `{"default": "deny"}`, []string{"1:1  Unknown document"}},
		{"policy and directory", `{"Statement": [], "users": {}}`, []string{"1:28 /users Mixed document"}},
		{"directory and manifest", `{"users": {}, "groups": {}, "bundle": {}}`, []string{"1:39 /bundle Mixed document"}},
		{"IAM and riam", `{"Statement": [], "statements": []}`, []string{"1:33 /statements Mixed document"}},
		{"riam or allow-me", `{"statements": []}`, []string{"1:16 /statements Unknown document"}},
		{"resources and schema", `{"resources": {}, "schema": {}}`, []string{"1:29 /schema Mixed document"}},
		{"tests", `{"tests": []}`, []string{"1:11 /tests Not supported yet"}},
	})
}

func TestDecodeNamesTheKnownKinds(t *testing.T) {
	for _, doc := range []string{`{"polices": []}`, `{"Statement": [], "bundle": {}}`, `3`, `{"tests": []}`} {
		_, problems := pdp.Decode("x.json", []byte(doc))
		if len(problems) != 1 {
			t.Fatalf("%s: %d problems", doc, len(problems))
		}
		for _, kind := range []string{`"Statement"`, `"tenants"`, `"users"`, `"groups"`, `"roles"`, `"resources"`, `"schema"`, `"routes"`, `"bundle"`} {
			if !strings.Contains(problems[0].Reason, kind) {
				t.Errorf("%s: %q does not name %s", doc, problems[0].Reason, kind)
			}
		}
	}
	_, problems := pdp.Decode("x.json", []byte(`{"STATEMENT": []}`))
	if len(problems) != 1 || !strings.Contains(problems[0].Reason, `"STATEMENT" is not "Statement"`) {
		t.Errorf("no hint at the right case: %v", problems)
	}
}

func TestDecodeRefusesPolicies(t *testing.T) {
	testRefusals(t, []refusal{
		{"no statement", `{"Version": "2012-10-17"}`, []string{"1:1  Missing statement"}},
		{"empty statement list", `{"Statement": []}`, []string{"1:15 /Statement Missing statement"}},
		{"statement is a string", `{"Statement": "x"}`, []string{"1:15 /Statement Data type mismatch"}},
		{"statement is null", `{"Statement": null}`, []string{"1:15 /Statement Data type mismatch"}},
		{"one statement is no object", `{"Statement": [[]]}`, []string{"1:16 /Statement/0 Data type mismatch"}},
		{"version is unknown", `{"Version": "2012-10-18", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}`,
			[]string{"1:13 /Version Invalid Version value"}},
		{"version is a number", `{"Version": 2012, "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}`,
			[]string{"1:13 /Version Data type mismatch"}},
		{"unknown policy element", `{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}, "Comment": ""}`,
			[]string{"1:78 /Comment Invalid policy element"}},
		{"Id in an identity policy", `{"Id": "x", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}`,
			[]string{"1:8 /Id Invalid policy element"}},
		{"Id is empty", `{"Id": "", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}`,
			[]string{"1:8 /Id Empty string"}},

		{"empty statement", policy(``), []string{
			"3:1 /Statement Missing effect", "3:1 /Statement Missing action", "3:1 /Statement Missing resource"}},
		{"unknown statement element", policy(`"Effect": "Deny", "Action": "*", "Resource": "*", "resource": "x"`),
			[]string{"3:64 /Statement/resource Invalid policy element"}},
		{"effect in lower case", policy(`"Effect": "allow", "Action": "*", "Resource": "*"`), []string{"3:12 /Statement/Effect Invalid effect"}},
		{"effect is a boolean", policy(`"Effect": true, "Action": "*", "Resource": "*"`), []string{"3:12 /Statement/Effect Data type mismatch"}},
		{"Sid is a number", policy(`"Sid": 1, "Effect": "Deny", "Action": "*", "Resource": "*"`), []string{"3:9 /Statement/Sid Data type mismatch"}},
		{"Sid is empty", policy(`"Sid": "", "Effect": "Deny", "Action": "*", "Resource": "*"`), []string{"3:9 /Statement/Sid Empty Sid value"}},
		{"Sid with a dash", policy(`"Sid": "a-b", "Effect": "Deny", "Action": "*", "Resource": "*"`), []string{"3:9 /Statement/Sid Unsupported Sid"}},
		{"Sid with a blank", policy(`"Sid": "a b", "Effect": "Deny", "Action": "*", "Resource": "*"`), []string{"3:9 /Statement/Sid Unsupported Sid"}},
		{"Sid twice", `{"Statement": [{"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"}, {"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"}]}`,
			[]string{"1:88 /Statement/1/Sid Unique Sids required"}},
		{"Action and NotAction", policy(`"Effect": "Deny", "Action": "*", "NotAction": "a:b", "Resource": "*"`),
			[]string{"3:48 /Statement/NotAction Unsupported element combination"}},
		{"Resource and NotResource", policy(`"Effect": "Deny", "Action": "*", "Resource": "*", "NotResource": "x"`),
			[]string{"3:67 /Statement/NotResource Unsupported element combination"}},
		{"Principal and NotPrincipal", policy(`"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*", "NotPrincipal": {"Id": "x"}`),
			[]string{"3:86 /Statement/NotPrincipal Unsupported element combination"}},
		{"Allow with NotPrincipal", policy(`"Effect": "Allow", "Action": "*", "Resource": "*", "NotPrincipal": {"Id": "x"}`),
			[]string{"3:69 /Statement/NotPrincipal Allow with NotPrincipal"}},
		{"statements with and without Principal", `{"Statement": [
{"Effect": "Deny", "Action": "*", "Resource": "*"},
{"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"},
{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`,
			[]string{"2:1 /Statement/0 Missing principal", "4:1 /Statement/2 Missing principal"}},
	})
}

func TestDecodeRefusesActionsAndResources(t *testing.T) {
	action := func(v string) string { return policy(`"Effect": "Deny", "Resource": "*", "Action": ` + v) }
	resource := func(v string) string { return policy(`"Effect": "Deny", "Action": "*", "Resource": ` + v) }
	one := func(place, rule string) []string { return []string{place + " " + rule} }
	const a, r = "3:47 /Statement/Action", "3:47 /Statement/Resource"
	testRefusals(t, []refusal{
		{"action is a number", action(`1`), one(a, "Data type mismatch")},
		{"action is null", action(`null`), one(a, "Data type mismatch")},
		{"empty list of actions", action(`[]`), one(a, "Empty array action")},
		{"empty action", action(`""`), one(a, "Empty string")},
		{"action in a list is an object", action(`["a:b", {}]`), []string{"3:55 /Statement/Action/1 Data type mismatch"}},
		{"wildcard in the service", action(`"s3*:Get"`), one(a, "Invalid action")},
		{"star for every service", action(`"*:*"`), one(a, "Invalid action")},
		{"no service", action(`":Get"`), one(a, "Invalid action")},
		{"no name", action(`"s3:"`), one(a, "Invalid action")},
		{"two colons", action(`"s3:Get:Object"`), one(a, "Invalid action")},
		{"blank in an action", action(`"s3:Get Object"`), one(a, "Invalid action")},
		{"bar in an action", action(`"a:b|c:d"`), one(a, "Invalid action")},
		{"control character in an action", action(`"a:\u0007"`), one(a, "Invalid action")},
		{"variable in an action", action(`"s3:${aws:username}"`), one(a, "Variable unsupported in element")},
		{"three actions are wrong", action(`["a:b:c", "a:b", ":", "x y"]`), []string{
			"3:48 /Statement/Action/0 Invalid action", "3:64 /Statement/Action/2 Invalid action", "3:69 /Statement/Action/3 Invalid action"}},

		{"resource is an object", resource(`{}`), one(r, "Data type mismatch")},
		{"empty list of resources", resource(`[]`), one(r, "Empty array resource")},
		{"empty resource", resource(`[""]`), []string{"3:48 /Statement/Resource/0 Empty string"}},
		{"ARN in upper case", resource(`"ARN:aws:s3:::x"`), one(r, "Invalid ARN prefix")},
		{"ARN without resource", resource(`"arn:aws:s3:::"`), one(r, "Invalid ARN")},
		{"older spelling of a WAMI name", resource(`"arn:wami:s3:1:wami:prod:aws:123:bucket/x"`), one(r, "Invalid ARN")},
		{"variable before the fifth colon", resource(`"arn:aws:s3:${aws:RequestedRegion}::x"`), one(r, "Variable unsupported in element")},
		{"variable without brace", resource(`"arn:aws:s3:::${aws:username"`), one(r, "Missing brace in variable")},
		{"variable without name", resource(`"arn:aws:s3:::${}"`), one(r, "Empty variable")},
		{"variable in 2008", `{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "x/${aws:username}"}}`,
			[]string{"1:61 /Statement/Resource Variable unsupported in version"}},
		{"variable in a value in 2008", `{"Version": "2008-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
"Condition": {"StringEquals": {"a:b": "${aws:username}"}}}}`,
			[]string{"2:39 /Statement/Condition/StringEquals/a:b Variable unsupported in version"}},
	})
}

func TestDecodeRefusesConditions(t *testing.T) {
	condition := func(v string) string {
		return policy(`"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": ` + v)
	}
	testRefusals(t, []refusal{
		{"condition is a list", condition(`[]`), []string{"3:65 /Statement/Condition Data type mismatch"}},
		{"condition is null", condition(`null`), []string{"3:65 /Statement/Condition Data type mismatch"}},
		{"operator is a string", condition(`{"Bool": "x"}`), []string{"3:74 /Statement/Condition/Bool Data type mismatch"}},
		{"operator without keys", condition(`{"Bool": {}}`), []string{"3:74 /Statement/Condition/Bool Empty object condition operator"}},
		{"unknown operator", condition(`{"StringEqual": {"a:b": "c"}}`), []string{"3:81 /Statement/Condition/StringEqual Invalid condition operator"}},
		{"empty list of values", condition(`{"StringEquals": {"a:b": []}}`), []string{"3:90 /Statement/Condition/StringEquals/a:b Empty array condition"}},
		{"empty value", condition(`{"StringEquals": {"a:b": ""}}`), []string{"3:90 /Statement/Condition/StringEquals/a:b Empty string condition"}},
		{"null value", condition(`{"StringEquals": {"a:b": ["x", null]}}`), []string{"3:96 /Statement/Condition/StringEquals/a:b/1 Data type mismatch"}},
		{"nested list", condition(`{"StringEquals": {"a:b": [["x"]]}}`), []string{"3:91 /Statement/Condition/StringEquals/a:b/0 Data type mismatch"}},
		{"object value", condition(`{"StringEquals": {"a:b": {}}}`), []string{"3:90 /Statement/Condition/StringEquals/a:b Data type mismatch"}},
		{"key twice but for case", condition(`{"StringEquals": {"a:b": "x", "A:B": "y"}}`),
			[]string{"3:102 /Statement/Condition/StringEquals/A:B Duplicate keys with different case"}},
		{"multivalued key without qualifier", condition(`{"StringEquals": {"aws:TagKeys": "x"}}`),
			[]string{"3:98 /Statement/Condition/StringEquals/aws:TagKeys Missing qualifier"}},
		{"bad number", condition(`{"NumericEquals": {"a:b": "x"}}`), []string{"3:91 /Statement/Condition/NumericEquals/a:b Type mismatch number"}},
	})
}

// Everything that is wrong with a file is said at once, in its order.
func TestDecodeReportsAllProblems(t *testing.T) {
	testRefusals(t, []refusal{{"many", `{"Version": "2013-10-17",
 "Statement": [
  {"Sid": "A", "Effect": "Permit", "Action": "s3:*:x", "Condition": {"Sometimes": {"a:b": "c"}}},
  {"Sid": "A", "Effect": "Allow", "Action": [], "Resource": "*", "Extra": 1}
]}`, []string{
		"1:13 /Version Invalid Version value",
		"3:3 /Statement/0 Missing resource",
		"3:26 /Statement/0/Effect Invalid effect",
		"3:46 /Statement/0/Action Invalid action",
		"3:83 /Statement/0/Condition/Sometimes Invalid condition operator",
		"4:11 /Statement/1/Sid Unique Sids required",
		"4:45 /Statement/1/Action Empty array action",
		"4:75 /Statement/1/Extra Invalid policy element",
	}}})
}

func TestDecodeRefusesPrincipals(t *testing.T) {
	principal := func(v string) string {
		return policy(`"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": ` + v)
	}
	not := func(v string) string {
		return policy(`"Effect": "Deny", "Action": "*", "Resource": "*", "NotPrincipal": ` + v)
	}
	at := func(pointer, rule string) []string { return []string{pointer + " " + rule} }
	const aws = "3:73 /Statement/Principal/AWS"
	testRefusals(t, []refusal{
		{"text", principal(`"123456789012"`), at("3:65 /Statement/Principal", "Invalid principal format")},
		{"list", principal(`["*"]`), at("3:65 /Statement/Principal", "Invalid principal format")},
		{"null", principal(`null`), at("3:65 /Statement/Principal", "Invalid principal format")},
		{"empty text", principal(`""`), at("3:65 /Statement/Principal", "Invalid principal format")},
		{"empty object", principal(`{}`), at("3:65 /Statement/Principal", "Empty object principal")},
		{"unknown key", principal(`{"aws": "*"}`), at("3:73 /Statement/Principal/aws", "Invalid principal key")},
		{"Tenant is no tenant", principal(`{"Tenant": ["1", "a:b", "shared"]}`), []string{
			"3:82 /Statement/Principal/Tenant/1 Invalid tenant", "3:89 /Statement/Principal/Tenant/2 Invalid tenant"}},
		{"empty list", principal(`{"AWS": []}`), at(aws, "Empty array principal")},
		{"empty id", principal(`{"AWS": ""}`), at(aws, "Empty string")},
		{"id is a number", principal(`{"AWS": 123456789012}`), at(aws, "Data type mismatch")},
		{"partial wildcard", principal(`{"AWS": "arn:aws:iam::123456789012:user/*"}`), at(aws, "Unsupported wildcard in principal")},
		{"question mark", principal(`{"Id": "user?"}`), at("3:72 /Statement/Principal/Id", "Unsupported wildcard in principal")},
		{"star under Service", principal(`{"Service": "*"}`), at("3:77 /Statement/Principal/Service", "Unsupported wildcard in principal")},
		{"star under Id", principal(`{"Id": "*"}`), at("3:72 /Statement/Principal/Id", "Unsupported wildcard in principal")},
		{"star under NotPrincipal", not(`"*"`), at("3:68 /Statement/NotPrincipal", "Unsupported wildcard in principal")},
		{"star under NotPrincipal AWS", not(`{"AWS": "*"}`), at("3:76 /Statement/NotPrincipal/AWS", "Unsupported wildcard in principal")},
		{"variable", principal(`{"AWS": "arn:aws:iam::123456789012:user/${aws:username}"}`), at(aws, "Variable unsupported in element")},
		{"ARN too short", principal(`{"AWS": "arn:aws:iam"}`), at(aws, "Invalid principal format")},
		{"ARN in upper case", principal(`{"AWS": "ARN:aws:iam::123456789012:user/a"}`), at(aws, "Invalid principal format")},
		{"group", principal(`{"AWS": "arn:aws:iam::123456789012:group/devs"}`), at(aws, "Invalid principal format")},
		{"session without name", principal(`{"AWS": "arn:aws:sts::123456789012:assumed-role/ci"}`), at(aws, "Invalid principal format")},
		{"tenant with leading zero", principal(`{"AWS": "0123"}`), at(aws, "Invalid principal format")},
		{"SPIFFE under AWS", principal(`{"AWS": "spiffe://acme/a"}`), at(aws, "Invalid principal format")},
		{"Service is no host", principal(`{"Service": "ec2"}`), at("3:77 /Statement/Principal/Service", "Invalid service principal format")},
		{"Service in upper case", principal(`{"Service": "EC2.amazonaws.com"}`), at("3:77 /Statement/Principal/Service", "Invalid service principal format")},
		{"Federated is neither", principal(`{"Federated": "google"}`), at("3:79 /Statement/Principal/Federated", "Invalid federated principal format")},
		{"Federated is a broken ARN", principal(`{"Federated": "arn:aws:iam:x"}`), at("3:79 /Statement/Principal/Federated", "Invalid federated principal format")},
		{"canonical user too short", principal(`{"CanonicalUser": "79a5"}`), at("3:83 /Statement/Principal/CanonicalUser", "Invalid canonical user format")},
		{"SPIFFE without scheme", principal(`{"SPIFFE": "acme/web"}`), at("3:76 /Statement/Principal/SPIFFE", "Invalid principal format")},
		{"SPIFFE in upper case", principal(`{"SPIFFE": "spiffe://Acme/web"}`), at("3:76 /Statement/Principal/SPIFFE", "Invalid principal format")},
		{"SPIFFE with dots", principal(`{"SPIFFE": "spiffe://acme/../web"}`), at("3:76 /Statement/Principal/SPIFFE", "Invalid principal format")},
		{"SPIFFE with trailing slash", principal(`{"SPIFFE": "spiffe://acme/"}`), at("3:76 /Statement/Principal/SPIFFE", "Invalid principal format")},
		{"ARN under Id", principal(`{"Id": "arn:aws:iam::123456789012:user/a"}`), at("3:72 /Statement/Principal/Id", "Invalid principal format")},
		{"two of three wrong", principal(`{"AWS": [":", "123456789012", "*?"]}`), []string{
			"3:74 /Statement/Principal/AWS/0 Invalid principal format", "3:95 /Statement/Principal/AWS/2 Unsupported wildcard in principal"}},
	})
}

func TestDecodeRefusesDirectories(t *testing.T) {
	testRefusals(t, []refusal{
		{"unknown field", `{"users": {}, "policies": {}}`, []string{"1:27 /policies Unknown field"}},
		{"users is a list", `{"users": []}`, []string{"1:11 /users Data type mismatch"}},
		{"user is null", `{"users": {"a": null}}`, []string{"1:17 /users/a Data type mismatch"}},
		{"user without id", `{"users": {"": {}}}`, []string{"1:16 /users/ Invalid id"}},
		{"user star", `{"users": {"*": {}}}`, []string{"1:17 /users/* Invalid id"}},
		{"broken ARN", `{"users": {"arn:aws:iam": {}}}`, []string{"1:27 /users/arn:aws:iam Invalid id"}},
		{"ARN in upper case", `{"users": {"Arn:aws:iam::1:user/a": {}}}`, []string{"1:37 /users/Arn:aws:iam::1:user~1a Invalid id"}},
		{"older spelling", `{"users": {"arn:wami:iam:1:wami:p:aws:2:user/a": {}}}`, []string{"1:50 /users/arn:wami:iam:1:wami:p:aws:2:user~1a Invalid id"}},
		{"broken SPIFFE id", `{"users": {"SPIFFE://a/b": {}}}`, []string{"1:28 /users/SPIFFE:~1~1a~1b Invalid id"}},
		{"alias is no id", `{"users": {"a": {"aliases": ["arn:x", ""]}}}`, []string{
			"1:30 /users/a/aliases/0 Invalid id", "1:39 /users/a/aliases/1 Empty string"}},
		{"unknown field of a user", `{"users": {"a": {"policy": []}}}`, []string{"1:28 /users/a/policy Unknown field"}},
		{"fields of users of other types", `{"users": {"a": {"status": 1, "boundary": 2, "memberships": 3, "tenant": 4, "roles": 5}}}`, []string{
			"1:28 /users/a/status Data type mismatch", "1:43 /users/a/boundary Data type mismatch",
			"1:61 /users/a/memberships Data type mismatch", "1:74 /users/a/tenant Data type mismatch", "1:86 /users/a/roles Unknown field"}},
		{"fields of roles of other types", `{"roles": {"r": {"permissions": "p", "trust": [], "max_session_seconds": "1", "aliases": []}}}`, []string{
			"1:33 /roles/r/permissions Data type mismatch", "1:47 /roles/r/trust Data type mismatch",
			"1:74 /roles/r/max_session_seconds Data type mismatch", "1:90 /roles/r/aliases Unknown field"}},
		{"unknown field of a group", `{"groups": {"g": {"users": []}}}`, []string{"1:28 /groups/g/users Unknown field"}},
		{"group without name", `{"groups": {"": {}}}`, []string{"1:17 /groups/ Invalid name"}},
		{"groups is a string", `{"users": {"a": {"groups": "g"}}}`, []string{"1:28 /users/a/groups Data type mismatch"}},
		{"policies is a string", `{"users": {"a": {"policies": "p"}}}`, []string{"1:30 /users/a/policies Data type mismatch"}},
		{"policy is a number", `{"users": {"a": {"policies": [1, ""]}}}`, []string{
			"1:31 /users/a/policies/0 Data type mismatch", "1:34 /users/a/policies/1 Empty string"}},
		{"inline policy without statement", `{"groups": {"g": {"policies": [{}]}}}`, []string{"1:32 /groups/g/policies/0 Missing statement"}},
		{"inline resource policy", `{"roles": {"r": {"policies": [{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}]}}}`,
			[]string{"1:31 /roles/r/policies/0 Unsupported principal"}},
		{"tag is a number", `{"users": {"a": {"tags": {"x": 1}}}}`, []string{"1:32 /users/a/tags/x Data type mismatch"}},
		{"tag without name", `{"users": {"a": {"tags": {"": "x"}}}}`, []string{"1:31 /users/a/tags/ Invalid name"}},
		{"tags differ in case", `{"users": {"a": {"tags": {"Team": "x", "team": "y"}}}}`, []string{"1:48 /users/a/tags/team Duplicate keys with different case"}},
	})
}

func TestDecodeRefusesManifests(t *testing.T) {
	testRefusals(t, []refusal{
		{"bundle is a string", `{"bundle": "x"}`, []string{"1:12 /bundle Data type mismatch"}},
		{"a setting outside of bundle", `{"bundle": {}, "allow_empty": true}`, []string{"1:31 /allow_empty Unknown field"}},
		{"unknown setting", `{"bundle": {"allowempty": true}}`, []string{"1:27 /bundle/allowempty Unknown field"}},
		{"settings of other types", `{"bundle": {"serial": "1", "expiry": 2, "star_crosses_tenants": "no", "suspended_membership": ""}}`, []string{
			"1:23 /bundle/serial Data type mismatch", "1:38 /bundle/expiry Data type mismatch",
			"1:65 /bundle/star_crosses_tenants Data type mismatch", "1:95 /bundle/suspended_membership Empty string"}},
		{"values of settings", `{"bundle": {"serial": 1.5, "expiry": "2030-01-31", "suspended_membership": "fallthrough"}}`, []string{
			"1:23 /bundle/serial Invalid number", "1:38 /bundle/expiry Invalid time", "1:76 /bundle/suspended_membership Unknown value"}},
		{"serial is negative", `{"bundle": {"serial": -1}}`, []string{"1:23 /bundle/serial Invalid number"}},
		{"serial is too large", `{"bundle": {"serial": 9223372036854775808}}`, []string{"1:23 /bundle/serial Invalid number"}},
		{"expiry is the zero time", `{"bundle": {"expiry": "0001-01-01T00:00:00Z"}}`, []string{"1:23 /bundle/expiry Invalid time"}},
		{"expiry with a comma", `{"bundle": {"expiry": "2030-01-01T00:00:00,5Z"}}`, []string{"1:23 /bundle/expiry Invalid time"}},
		{"format 2", `{"bundle": {"format": 2}}`, []string{"1:23 /bundle/format Invalid bundle format"}},
		{"format is a string", `{"bundle": {"format": "1"}}`, []string{"1:23 /bundle/format Data type mismatch"}},
		{"name is empty", `{"bundle": {"name": ""}}`, []string{"1:21 /bundle/name Empty string"}},
		{"unattached is a string", `{"bundle": {"unattached": "x"}}`, []string{"1:27 /bundle/unattached Data type mismatch"}},
		{"allow_empty is a string", `{"bundle": {"allow_empty": "true"}}`, []string{"1:28 /bundle/allow_empty Data type mismatch"}},
	})
}

func TestDecodeSuggestsTheRightCase(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "condition": {}}}`, `did you mean "Condition"?`},
		{`{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}, "version": "2012-10-17"}`, `did you mean "Version"?`},
		{`{"users": {"a": {"Tags": {}}}}`, `did you mean "tags"?`},
		{`{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": {"spiffe": "x"}}}`, `did you mean "SPIFFE"?`},
	} {
		_, problems := pdp.Decode("x.json", []byte(c.doc))
		if len(problems) != 1 || !strings.Contains(problems[0].Reason, c.want) {
			t.Errorf("%s: %v; expected %s", c.doc, problems, c.want)
		}
	}
}

func TestDecodePolicy(t *testing.T) {
	doc, problems := pdp.Decode("team/docs.json", []byte(`{
 "Version": "2012-10-17", "Id": "of docs",
 "Statement": [
  {"Sid": "Every one", "Effect": "Allow", "Principal": "*", "Action": "docs:Get*", "Resource": ["a", "b"],
   "Condition": {"StringEquals": {"k:s": ["x", "y"]}, "NumericLessThan": {"k:n": 5}, "Bool": {"k:b": true}}},
  {"Effect": "Deny", "NotPrincipal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:role/x/y", "12/34"],
    "Federated": "accounts.google.com", "Service": ["ec2.amazonaws.com"], "SPIFFE": "spiffe://acme.org/web", "Id": "svc 1",
    "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
   "NotAction": ["docs:List", "Upload"], "NotResource": "*", "Condition": {}}
 ]}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p := doc.Policy
	if p.Name != "team/docs" || p.ID != "of docs" || !p.Resource || !p.Variables() || len(p.Statements) != 2 {
		t.Fatalf("policy %+v", p)
	}
	first, second := &p.Statements[0], &p.Statements[1]
	if first.Sid != "Every one" || first.Effect != pdp.Allow || !first.Principal.Any || first.Place.Line != 4 {
		t.Errorf("first statement %+v", first)
	}
	if got := texts(first.Resources); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("resources %q", got)
	}
	if got := first.Conditions; len(got) != 3 || got[0].Operator != "StringEquals" || got[0].Key != "k:s" || len(got[0].Values) != 2 ||
		got[1].Values[0].Text != "5" || got[2].Values[0].Text != "true" {
		t.Errorf("conditions %+v", got)
	}
	n := second.NotPrincipal
	if second.Index != 1 || second.Effect != pdp.Deny || n == nil || n.Any || second.Conditions != nil {
		t.Fatalf("second statement %+v", second)
	}
	got := [][]string{texts(n.AWS), texts(n.Federated), texts(n.Service), texts(n.SPIFFE), texts(n.ID), texts(second.NotActions), texts(second.NotResources)}
	want := [][]string{{"123456789012", "arn:aws:iam::123456789012:role/x/y", "12/34"}, {"accounts.google.com"},
		{"ec2.amazonaws.com"}, {"spiffe://acme.org/web"}, {"svc 1"}, {"docs:List", "Upload"}, {"*"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("second statement holds %q, want %q", got, want)
	}
}

func TestDecodeVersion(t *testing.T) {
	for version, want := range map[string]string{``: "2008-10-17", `"Version": "2008-10-17",`: "2008-10-17", `"Version": "2012-10-17",`: "2012-10-17"} {
		doc, problems := pdp.Decode("p.json", []byte(`{`+version+`"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}`))
		if len(problems) > 0 || doc.Policy.Version != want || doc.Policy.Resource {
			t.Errorf("%s: %v, %+v", version, problems, doc)
		}
	}
}

func TestDecodeDirectory(t *testing.T) {
	doc, problems := pdp.Decode("who.json", []byte(`{
 "users": {"arn:aws:iam::123456789012:user/alice": {"aliases": ["spiffe://acme/alice", "alice"], "groups": ["g"], "tags": {"Dept": ""},
   "policies": ["p", {"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"}}]}, "bob": {"aliases": [], "policies": []}},
 "groups": {"g": {"policies": ["q"]}, "h": {}},
 "roles": {"arn:aws:iam::123456789012:role/ci": {"policies": ["p"], "tags": {"x": "y"}}, "manager": {}}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d := doc.Directory
	if len(d.Users) != 2 || len(d.Groups) != 2 || len(d.Roles) != 2 {
		t.Fatalf("directory %+v", d)
	}
	alice := d.Users[0]
	if alice.ID.Text != "arn:aws:iam::123456789012:user/alice" || !slices.Equal(texts(alice.Aliases), []string{"spiffe://acme/alice", "alice"}) ||
		!slices.Equal(texts(alice.Groups), []string{"g"}) || alice.Tags["Dept"] != "" || len(alice.Tags) != 1 {
		t.Errorf("alice %+v", alice)
	}
	inline := alice.Policies[1].Inline
	const name = "who.json#/users/arn:aws:iam::123456789012:user~1alice/policies/1"
	if alice.Policies[0].Name.Text != "p" || inline == nil || inline.Name != name || inline.Place.Line != 3 {
		t.Errorf("alice's policies %+v", alice.Policies)
	}
	if d.Groups[0].Name.Text != "g" || d.Groups[0].Policies[0].Name.Text != "q" || d.Roles[1].ID.Text != "manager" || d.Roles[0].Tags["x"] != "y" {
		t.Errorf("groups %+v, roles %+v", d.Groups, d.Roles)
	}
}

func TestDecodeManifest(t *testing.T) {
	doc, problems := pdp.Decode("bundle.json", []byte(`{"bundle": {"name": "acme", "format": 1, "unattached": ["a", "b"], "allow_empty": true}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	m := doc.Manifest
	if m.Name != "acme" || m.Format != 1 || !m.AllowEmpty || !slices.Equal(texts(m.Unattached), []string{"a", "b"}) {
		t.Errorf("manifest %+v", m)
	}
	doc, problems = pdp.Decode("bundle.json", []byte(`{"bundle": {}}`))
	if len(problems) > 0 || doc.Manifest.Format != 1 || doc.Manifest.AllowEmpty {
		t.Errorf("empty manifest: %v, %+v", problems, doc)
	}
}

func texts(list []pdp.Text) []string {
	var all []string
	for _, t := range list {
		all = append(all, t.Text)
	}
	return all
}
