package arn_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn"
)

// A status says what became of a row of the seed systems' fact tables.
type status string

const (
	green         status = "green"
	deviation     status = "deviation"      // MayI answers otherwise; the test pins how
	notApplicable status = "not applicable" // MayI has nothing that the row asks
)

// seedRows is every row of the table W-ARN but 33, which is about sessions and
// stands with the engine's tests in pdp/policytest. The reason says what differs, or why
// a row asks nothing of MayI. Texts of errors are MayI's own throughout: they name
// the offset and what was expected there.
var seedRows = []struct {
	row    string
	status status
	reason string
	test   func(t *testing.T)
}{
	{"W-ARN-1", green, "", seedNative},
	{"W-ARN-2", green, "", seedCloud("aws:223344556677:global:user/77557755", "")},
	{"W-ARN-3", green, "", seedCloud("aws:223344556677:us-east-1:user/77557755", "us-east-1")},
	{"W-ARN-4", green, "", seedOlder},
	{"W-ARN-5", green, "", seedParts("arn:wami:sts:12345678:wami:111222333:session/sess123",
		arn.WAMI{Service: "sts", Tenant: "12345678", Instance: "111222333", Type: "session", ID: "sess123"})},
	{"W-ARN-6", green, "", seedServices},
	{"W-ARN-7", green, "", seedParts(native+"policy/path/to/policy", at(arn.WAMI{Type: "policy", ID: "path/to/policy"}))},
	{"W-ARN-8", green, "", seedColons},
	{"W-ARN-9", deviation, "an older cloud name whose id holds a colon is a cloud name, not a native one of type aws:22:user", seedParts(native+"aws:22:user/a:b",
		at(arn.WAMI{Provider: "aws", Account: "22", Type: "user", ID: "a:b"}))},
	{"W-ARN-10", green, "", seedParts(native+"aws:22:us-east-1:user/a:b",
		at(arn.WAMI{Provider: "aws", Account: "22", Region: "us-east-1", Type: "user", ID: "a:b"}))},
	{"W-ARN-11", green, "", seedParts(native+"aws:user/7", at(arn.WAMI{Type: "aws:user", ID: "7"}))},
	{"W-ARN-12", green, "", seedRefused("invalid:wami:iam:1:wami:9:user/7")},
	{"W-ARN-13", deviation, "a partition other than wami makes a name in the AWS form, an error only with fewer than six fields", seedPartition},
	{"W-ARN-14", green, "", seedRefused("arn:wami:iam:1:other:9:user/7", "arn:wami:iam:1:WAMI:9:user/7")},
	{"W-ARN-15", deviation, "an AWS ARN of six fields is read in the AWS form; four fields and the empty text are errors", seedShort},
	{"W-ARN-16", green, "", seedTenants},
	{"W-ARN-17", green, "", seedParts("arn:wami:iam:18446744073709551615:wami:9:user/x",
		arn.WAMI{Service: "iam", Tenant: "18446744073709551615", Instance: "9", Type: "user", ID: "x"})},
	{"W-ARN-18", deviation, "a tenant number has one spelling: 007 and +5 are refused, where the seed reads 7 and 5", seedRefused(
		"arn:wami:iam:007:wami:9:user/7", "arn:wami:iam:+5:wami:9:user/7")},
	{"W-ARN-19", green, "", seedRefused("arn:wami:iam:1:wami::user/7")},
	{"W-ARN-20", green, "", seedRefused(native+"invalid", native+"user")},
	{"W-ARN-21", green, "", seedRefused(native+"user/", native+"/7")},
	{"W-ARN-22", green, "", seedRefused(native+":22:global:user/7", native+"aws::global:user/7", native+"aws:22::user/7",
		native+":22:user/7", native+"aws::user/7")},
	{"W-ARN-23", deviation, "an empty service is refused, as the specification says; IAM is a service of its own as in the seed", seedEmptyService},
	{"W-ARN-24", green, "", seedBelongs},
	{"W-ARN-25", green, "", seedSamePath},
	{"W-ARN-26", green, "", seedTenantErrors},
	{"W-ARN-27", green, "", seedAncestors},
	{"W-ARN-28", green, "", seedToAWS},
	{"W-ARN-29", green, "", seedToOthers},
	{"W-ARN-30", green, "", seedNoTranslation},
	{"W-ARN-31", green, "", seedFromAWS},
	{"W-ARN-32", green, "", seedFromOthers},
	{"W-ARN-34", notApplicable, "it tests a write API: a boundary in MayI is a policy of the bundle by its name, and one that is not there fails the bundle", nil},
	{"W-ARN-35", notApplicable, "it tests a write API: MayI issues no sessions and reads those that others issued", nil},
}

func TestSeedRows(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range seedRows {
		if seen[r.row] {
			t.Errorf("%s stands twice", r.row)
		}
		seen[r.row] = true
		if (r.status == notApplicable) != (r.test == nil) || (r.status == green) != (r.reason == "") {
			t.Errorf("%s: %s with reason %q and test %v", r.row, r.status, r.reason, r.test != nil)
		}
		if r.test != nil {
			t.Run(r.row, r.test)
		}
	}
	if len(seen) != 34 {
		t.Errorf("%d rows, want 34", len(seen))
	}
}

// at fills in the service, tenant and instance of native.
func at(w arn.WAMI) arn.WAMI {
	w.Service, w.Tenant, w.Instance = "iam", "12345678", "9"
	return w
}

func seedParts(name string, want arn.WAMI) func(*testing.T) {
	return func(t *testing.T) {
		if got, ok := mustParse(t, name).Parts(); got != want || !ok {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func seedRefused(names ...string) func(*testing.T) {
	return func(t *testing.T) {
		for _, name := range names {
			if a, err := arn.Parse(name); err == nil {
				t.Errorf("%q is read as %v", name, a)
			}
		}
	}
}

func seedNative(t *testing.T) {
	const name = "arn:wami:iam:12345678/87654321/99999999:wami:999888777:user/77557755"
	a := mustParse(t, name)
	if a.String() != name || a.CloudSynced() || a.TenantPath().Depth() != 2 {
		t.Errorf("got %q, cloud-synced %v, depth %d", a, a.CloudSynced(), a.TenantPath().Depth())
	}
	seedParts(name, arn.WAMI{Service: "iam", Tenant: "12345678/87654321/99999999", Instance: "999888777", Type: "user", ID: "77557755"})(t)
}

func seedCloud(tail, region string) func(*testing.T) {
	return func(t *testing.T) {
		a := mustParse(t, native+tail)
		if a.String() != native+tail || !a.CloudSynced() {
			t.Errorf("got %q, cloud-synced %v", a, a.CloudSynced())
		}
		seedParts(native+tail, at(arn.WAMI{Provider: "aws", Account: "223344556677", Region: region, Type: "user", ID: "77557755"}))(t)
	}
}

func seedOlder(t *testing.T) {
	const name, printed = native + "aws:223344556677:user/77557755", native + "aws:223344556677:global:user/77557755"
	if a := mustParse(t, name); a != mustParse(t, printed) || a.String() != printed || !a.CloudSynced() {
		t.Errorf("got %q", a)
	}
}

func seedServices(t *testing.T) {
	for _, service := range []string{"custom-service", "sso-admin"} {
		a := mustParse(t, "arn:wami:"+service+":12345678:wami:9:user/7")
		if a.Service() != service {
			t.Errorf("got %q, want %q", a.Service(), service)
		}
	}
}

func seedColons(t *testing.T) {
	for _, id := range []string{"a:b", "a:b:c", "a:b:c:d"} {
		seedParts(native+"user/"+id, at(arn.WAMI{Type: "user", ID: id}))(t)
	}
}

func seedPartition(t *testing.T) {
	seedRefused("arn:invalid", "arn:invalid:iam:1:user/7")(t)
	if a := mustParse(t, "arn:invalid:iam:12345678:wami:9:user/7"); a.WAMI() || !a.TenantPath().IsZero() {
		t.Errorf("%q is a WAMI name", a)
	}
}

func seedShort(t *testing.T) {
	seedRefused("arn:wami:iam:12345678", "arn:wami:iam::1:user/7", "")(t)
	if a := mustParse(t, "arn:aws:iam::123456789012:user/alice"); a.WAMI() || a.Tenant() != "123456789012" {
		t.Errorf("%q is a WAMI name", a)
	}
}

// badTenants are no tenant paths.
var badTenants = []string{"", "1//2", "1/", "/1", "t1/t2", "-1", " 1", "18446744073709551616"}

func seedTenants(t *testing.T) {
	for _, tenant := range badTenants {
		seedRefused("arn:wami:iam:" + tenant + ":wami:9:user/7")(t)
	}
}

func seedEmptyService(t *testing.T) {
	seedRefused("arn:wami::1:wami:9:user/7")(t)
	if a := mustParse(t, "arn:wami:IAM:1:wami:9:user/7"); a.Service() != "IAM" {
		t.Errorf("the service is %q", a.Service())
	}
}

func seedBelongs(t *testing.T) {
	a := mustParse(t, "arn:wami:iam:12345678/87654321/99999999:wami:9:user/7")
	for tenant, want := range map[string]bool{
		"12345678/87654321/99999999": true, "12345678/87654321": true, "12345678": true,
		"99999999": false, "12345678/11111111": false,
	} {
		if got := a.BelongsTo(mustTenant(t, tenant)); got != want {
			t.Errorf("belongs to %s: %v, want %v", tenant, got, want)
		}
	}
}

func seedSamePath(t *testing.T) {
	p := mustTenant(t, "12345678/87654321")
	if !p.Within(p) || p.DescendantOf(p) || p.AncestorOf(p) {
		t.Errorf("within %v, descendant %v, ancestor %v", p.Within(p), p.DescendantOf(p), p.AncestorOf(p))
	}
}

func seedTenantErrors(t *testing.T) {
	for _, s := range []string{"", "invalid", "123/abc", "tenant-x"} {
		if p, err := arn.ParseTenantPath(s); err == nil || !p.IsZero() {
			t.Errorf("%q is read as %v", s, p)
		}
	}
	var p arn.TenantPath
	if err := json.Unmarshal([]byte("123"), &p); err == nil || !p.IsZero() {
		t.Errorf("a JSON number is read as %v", p)
	}
}

func seedAncestors(t *testing.T) {
	p := mustTenant(t, "12345678/87654321/99999999")
	var got []string
	for a := range p.Ancestors() {
		got = append(got, a.String())
	}
	if want := "12345678 12345678/87654321 12345678/87654321/99999999"; strings.Join(got, " ") != want || p.Depth() != 2 {
		t.Errorf("depth %d, ancestors %v", p.Depth(), got)
	}
}

func seedToAWS(t *testing.T) {
	for service, tails := range map[string]map[string]string{
		"iam": {
			"223344556677:global:user/77557755":         "arn:aws:iam::223344556677:user/77557755",
			"223344556677:global:policy/path/to/policy": "arn:aws:iam::223344556677:policy/path/to/policy",
			"223344556677:us-east-1:user/alice":         "arn:aws:iam:us-east-1:223344556677:user/alice",
		},
		"sts":       {"223344556677:global:assumed-role/role123": "arn:aws:sts::223344556677:assumed-role/role123"},
		"sso-admin": {"22:global:instance/i": "arn:aws:sso::22:instance/i"},
		"s3":        {"22:global:bucket/b": "arn:aws:s3::22:bucket/b"},
	} {
		for tail, want := range tails {
			formats(t, "aws", "arn:wami:"+service+":1:wami:9:aws:"+tail, want)
		}
	}
}

func seedToOthers(t *testing.T) {
	formats(t, "gcp", native+"gcp:554433221:global:serviceAccount/77557755", "//iam.googleapis.com/projects/554433221/serviceAccounts/77557755")
	formats(t, "azure", native+"azure:sub-12345:global:user/77557755", "/subscriptions/sub-12345/resourceGroups/wami-resources/providers/Microsoft.Authorization/user/77557755")
	formats(t, "scaleway", native+"scaleway:112233445:global:user/77557755", "scw:112233445:iam:user/77557755")
}

func seedNoTranslation(t *testing.T) {
	aws, _ := arn.ProviderNamed("aws")
	for name, want := range map[string]string{
		native + "user/7":                                "not cloud-synced",
		"arn:aws:iam::22:user/7":                         "not cloud-synced",
		native + "gcp:223344556677:global:user/77557755": `the provider is "gcp", expected "aws"`,
	} {
		if got, err := aws.Format(mustParse(t, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %q and the error %v, want %s", name, got, err, want)
		}
	}
}

func seedFromAWS(t *testing.T) {
	reads(t, "aws", "arn:aws:sts::123456789012:assumed-role/MyRole/session",
		arn.WAMI{Service: "sts", Provider: "aws", Account: "123456789012", Type: "assumed-role", ID: "MyRole/session"})
	reads(t, "aws", "arn:aws:s3:us-east-1::bucket/my-bucket",
		arn.WAMI{Service: "s3", Provider: "aws", Region: "us-east-1", Type: "bucket", ID: "my-bucket"})
	for _, name := range []string{"not-an-arn", "arn:aws:s3:::my-bucket", "arn:aws-cn:iam::123456789012:user/alice"} {
		refusesName(t, "aws", name)
	}
}

func seedFromOthers(t *testing.T) {
	refusesName(t, "azure", "/invalid")
	refusesName(t, "azure", "/subscriptions/123")
	refusesName(t, "scaleway", "invalid")
}
