package arn_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn"
)

func provider(t testing.TB, name string) *arn.Provider {
	t.Helper()
	p, ok := arn.ProviderNamed(name)
	if !ok || p.Name() != name {
		t.Fatalf("no provider %q", name)
	}
	return p
}

// formats checks the provider's name of a WAMI name.
func formats(t *testing.T, of, name, want string) {
	t.Helper()
	if got, err := provider(t, of).Format(mustParse(t, name)); err != nil || got != want {
		t.Errorf("%s at %s: got %q, %v, want %q", name, of, got, err, want)
	}
}

// reads checks what a provider's name says.
func reads(t *testing.T, of, name string, want arn.WAMI) {
	t.Helper()
	if got, err := provider(t, of).Parse(name); err != nil || got != want {
		t.Errorf("%s of %s: got %+v, %v, want %+v", name, of, got, err, want)
	}
}

func refusesName(t *testing.T, of, name string) {
	t.Helper()
	if got, err := provider(t, of).Parse(name); err == nil || got != (arn.WAMI{}) {
		t.Errorf("%q of %s is read as %+v", name, of, got)
	}
}

func TestProviderNamed(t *testing.T) {
	for _, name := range []string{"aws", "gcp", "azure", "scaleway"} {
		provider(t, name)
	}
	for _, name := range []string{"", "AWS", "aws ", "custom"} {
		if p, ok := arn.ProviderNamed(name); ok || p != nil {
			t.Errorf("there is a provider %q", name)
		}
	}
}

// translations hold names with what they say, both ways: each WAMI name gives the
// provider's, and the provider's gives the parts of the WAMI name.
var translations = []struct{ wami, theirs string }{
	{"iam:1:wami:9:aws:22:global:user/x", "arn:aws:iam::22:user/x"},
	{"iam:1:wami:9:aws:22:us-east-1:user/x", "arn:aws:iam:us-east-1:22:user/x"},
	{"sts:1:wami:9:aws:22:global:assumed-role/ci/run", "arn:aws:sts::22:assumed-role/ci/run"},
	{"sso-admin:1:wami:9:aws:22:global:instance/i", "arn:aws:sso::22:instance/i"},
	{"lambda:1:wami:9:aws:22:eu:function:f/v:1", "arn:aws:lambda:eu:22:function:f/v:1"},
	{"iam:1:wami:9:gcp:p-1:global:serviceAccount/x", "//iam.googleapis.com/projects/p-1/serviceAccounts/x"},
	{"iam:1:wami:9:gcp:p-1:global:serviceAccount/x/keys/k", "//iam.googleapis.com/projects/p-1/serviceAccounts/x/keys/k"},
	{"sso-admin:1:wami:9:gcp:p-1:global:group/x", "//cloudidentity.googleapis.com/projects/p-1/groups/x"},
	{"iam:1:wami:9:gcp:p-1:global:policy/x", "//iam.googleapis.com/projects/p-1/policies/x"},
	{"iam:1:wami:9:gcp:p-1:global:key/x", "//iam.googleapis.com/projects/p-1/keys/x"},
	{"net:1:wami:9:gcp:p-1:global:address/x", "//net/projects/p-1/addresses/x"},
	{"sql:1:wami:9:gcp:p-1:global:database/x", "//sql/projects/p-1/databases/x"},
	{"sql:1:wami:9:gcp:p-1:global:cache/x", "//sql/projects/p-1/caches/x"},
	{"sql:1:wami:9:gcp:p-1:global:batch/x", "//sql/projects/p-1/batches/x"},
	{"sql:1:wami:9:gcp:p-1:global:proxy/x", "//sql/projects/p-1/proxies/x"},
	{"sql:1:wami:9:gcp:p-1:global:index/x", "//sql/projects/p-1/indexes/x"},
	{"iam:1:wami:9:azure:s-1:global:user/x", "/subscriptions/s-1/resourceGroups/wami-resources/providers/Microsoft.Authorization/user/x"},
	{"sso-admin:1:wami:9:azure:s-1:global:user/x", "/subscriptions/s-1/resourceGroups/wami-resources/providers/Microsoft.AzureActiveDirectory/user/x"},
	{"Microsoft.Compute:1:wami:9:azure:s-1:global:virtualMachines/vm/extensions/e", "/subscriptions/s-1/resourceGroups/wami-resources/providers/Microsoft.Compute/virtualMachines/vm/extensions/e"},
	{"iam:1:wami:9:scaleway:22:global:user/x", "scw:22:iam:user/x"},
	{"sso-admin:1:wami:9:scaleway:22:global:user/x", "scw:22:sso:user/x"},
	{"object:1:wami:9:scaleway:22:global:bucket/a:b/c", "scw:22:object:bucket/a:b/c"},
}

func TestTranslations(t *testing.T) {
	for _, c := range translations {
		a := mustParse(t, "arn:wami:"+c.wami)
		formats(t, a.Provider(), a.String(), c.theirs)
		parts, _ := a.Parts()
		back, err := provider(t, a.Provider()).Parse(c.theirs)
		if err != nil {
			t.Error(err)
			continue
		}
		back.Tenant, back.Instance = parts.Tenant, parts.Instance
		if built, err := back.ARN(); err != nil || built != a {
			t.Errorf("%s: there and back it is %q, %v", a, built, err)
		}
	}
}

// What a provider's name does not hold is not there on the way back.
func TestTranslationsThatLose(t *testing.T) {
	formats(t, "gcp", "arn:wami:sts:1:wami:9:gcp:p:eu:user/x", "//iam.googleapis.com/projects/p/users/x")
	reads(t, "gcp", "//iam.googleapis.com/projects/p/users/x", arn.WAMI{Service: "iam", Provider: "gcp", Account: "p", Type: "user", ID: "x"})
	formats(t, "azure", "arn:wami:sts:1:wami:9:azure:s:eu:user/x", "/subscriptions/s/resourceGroups/wami-resources/providers/Microsoft.Authorization/user/x")
	formats(t, "scaleway", "arn:wami:sts:1:wami:9:scaleway:s:eu:user/x", "scw:s:iam:user/x")
	reads(t, "aws", "arn:aws:iam:global:22:user/x", arn.WAMI{Service: "iam", Provider: "aws", Account: "22", Type: "user", ID: "x"})
}

// What a provider's name does not say must be added before it is a WAMI name.
func TestTranslatedPartsAreIncomplete(t *testing.T) {
	parts, err := provider(t, "aws").Parse("arn:aws:s3:us-east-1::bucket/my-bucket")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := parts.ARN(); err == nil {
		t.Errorf("without tenant, instance and account it is %q", a)
	}
	parts.Tenant, parts.Instance, parts.Account = "1", "9", "22"
	if a, err := parts.ARN(); err != nil || a.String() != "arn:wami:s3:1:wami:9:aws:22:us-east-1:bucket/my-bucket" {
		t.Errorf("got %q, %v", a, err)
	}
}

func TestFormatRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"arn:wami:a/b:1:wami:9:gcp:p:global:user/x":                    "its parts cannot be told apart",
		"arn:wami:a/b:1:wami:9:azure:s:global:user/x":                  "its parts cannot be told apart",
		"arn:wami:sso:1:wami:9:aws:22:global:user/x":                   `"sso" is its name for the service "sso-admin"`,
		"arn:wami:iam.googleapis.com:1:wami:9:gcp:p:global:user/x":     `"iam.googleapis.com" is its name for the service "iam"`,
		"arn:wami:iam:1:wami:9:gcp:p:global:alias/x":                   `the type "alias" has no plural that leads back to it`,
		"arn:wami:iam:1:wami:9:gcp:p:global:movie/x":                   `the type "movie" has no plural that leads back to it`,
		"arn:wami:iam:1:wami:9:gcp:p:global:ie/x":                      `the type "ie" has no plural that leads back to it`,
		"arn:wami:iam:1:wami:9:custom:p:global:user/x":                 `the provider is "custom"`,
		"arn:wami:iam:1:wami:9:user/x":                                 "not cloud-synced",
		"arn:wami:iam:1:wami:9:AWS:22:global:user/x":                   `the provider is "AWS"`,
		"arn:wami:i:1:wami:9:aws:2:eu:u/" + strings.Repeat("x", 65500): "",
	} {
		a := mustParse(t, name)
		refused := 0
		for _, of := range []string{"aws", "gcp", "azure", "scaleway"} {
			p := provider(t, of)
			got, err := p.Format(a)
			switch {
			case err == nil && (want != "" || of != "aws"):
				t.Errorf("%s at %s is %q", name, of, got)
			case err != nil && want != "" && strings.Contains(err.Error(), want):
				refused++
			}
		}
		if want != "" && refused == 0 {
			t.Errorf("no provider refuses %s for %q", name, want)
		}
	}
}

func TestProviderParseRefuses(t *testing.T) {
	for of, names := range map[string][]string{
		"aws": {"", "arn:aws:s3:::bucket", "arn:aws:sns:eu:22:topic", "arn:aws:iam::22:root", "arn:aws:lambda:eu:22:function:f",
			"arn:aws-us-gov:iam::22:user/x", "arn:wami:iam:1:wami:9:user/x", "arn:aws:iam::22:/x", "arn:aws:iam::22:user/",
			"arn:aws:iam:a/b:22:user/x", "arn:aws:iam::2/2:user/x", "ARN:aws:iam::22:user/x", "scw:22:iam:user/x", "arn:aws:sso-admin::22:user/x"},
		"gcp": {"", "//", "iam/projects/p/users/x", "/iam/projects/p/users/x", "//iam/projects/p/users", "//iam/projects/p/users/",
			"//iam/folders/p/users/x", "//iam/projects//users/x", "///projects/p/users/x", "//iam/projects/p/user/x", "//iam/projects/p/s/x",
			"//iam/projects/p//x", "//iam/projects/p/access/x", "//i:am/projects/p/users/x", "//iam/projects/p q/users/x", "//iam/projects/p/users/\x00"},
		"azure": {"", "/", "/subscriptions/s/resourceGroups/wami-resources/providers/N/user", "/subscriptions/s/resourceGroups/wami-resources/providers/N/user/",
			"/subscriptions/s/resourceGroups/other/providers/N/user/x", "x/subscriptions/s/resourceGroups/wami-resources/providers/N/user/x",
			"/subscriptions//resourceGroups/wami-resources/providers/N/user/x", "/subscriptions/s/resourceGroups/wami-resources/providers//user/x",
			"/subscriptions/s/resourceGroups/wami-resources/providers/N//x", "/subscriptions/s/resourcegroups/wami-resources/providers/N/user/x"},
		"scaleway": {"", "scw", "scw:22:iam", "scw:22:iam:user", "scw:22:iam:user/", "scw:22:iam:/x", "scw::iam:user/x", "scw:22::user/x", "SCW:22:iam:user/x", "scw:22:sts:user/x", "scw:2/2:iam:user/x"},
	} {
		for _, name := range names {
			refusesName(t, of, name)
		}
	}
	_, err := provider(t, "scaleway").Parse("scw:::user/")
	if want := `invalid name "scw:::user/" of scaleway: the service is empty; the id is empty; the account is empty`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// FuzzTranslate: a provider's name that is read is written again as it was (but
// for a region called global, which is none), and a WAMI name that is written is
// read again with the parts that are kept.
func FuzzTranslate(f *testing.F) {
	for _, c := range translations {
		f.Add("arn:wami:"+c.wami, c.theirs)
	}
	f.Add("arn:wami:sso:1:wami:9:aws:22:global:user/x", "arn:aws:sso-admin::22:user/x")
	f.Add("arn:wami:iam:1:wami:9:gcp:p:global:ies/x", "//iam/projects/p/users/x")
	f.Add("arn:wami:a/b:1:wami:9:gcp:p:global:user/x", "//iam/projects/p/ies/x")
	f.Fuzz(func(t *testing.T, name, theirs string) {
		for _, of := range []string{"aws", "gcp", "azure", "scaleway"} {
			p := provider(t, of)
			if parts, err := p.Parse(theirs); err == nil {
				checkWritten(t, p, parts, theirs)
			}
			a, err := arn.Parse(name)
			if err != nil {
				continue
			}
			if theirs, err := p.Format(a); err == nil {
				checkRead(t, p, a, theirs)
			}
		}
	})
}

// checkWritten: what was read is written as it was.
func checkWritten(t *testing.T, p *arn.Provider, parts arn.WAMI, theirs string) {
	if parts.Tenant != "" || parts.Instance != "" || parts.Provider != p.Name() {
		t.Fatalf("%q of %s says %+v", theirs, p.Name(), parts)
	}
	parts.Tenant, parts.Instance = "1", "9"
	if parts.Account == "" {
		return
	}
	a, err := parts.ARN()
	if err != nil {
		if len(theirs) < 60_000 {
			t.Fatalf("%q of %s is read, and is no name: %v", theirs, p.Name(), err)
		}
		return
	}
	again, err := p.Format(a)
	if err != nil {
		t.Fatalf("%q of %s is read as %q, which is not written: %v", theirs, p.Name(), a, err)
	}
	if read, err := arn.Parse(theirs); err == nil && read.Region() == "global" {
		theirs = strings.Replace(theirs, ":"+read.Service()+":global:", ":"+read.Service()+"::", 1)
	}
	if again != theirs {
		t.Fatalf("%q of %s is written %q", theirs, p.Name(), again)
	}
}

// checkRead: what was written is read with all but tenant, instance, and, except
// at AWS, the region and the difference between iam and sts.
func checkRead(t *testing.T, p *arn.Provider, a arn.ARN, theirs string) {
	back, err := p.Parse(theirs)
	want, _ := a.Parts()
	want.Tenant, want.Instance = "", ""
	if p.Name() != "aws" {
		want.Region = ""
	}
	if p.Name() != "aws" && want.Service == "sts" {
		want.Service = "iam"
	}
	if err != nil || back != want {
		t.Fatalf("%q is written %q and read as %+v, %v", a, theirs, back, err)
	}
}
