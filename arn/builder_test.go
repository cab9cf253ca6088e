package arn_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn"
)

func TestBuild(t *testing.T) {
	for _, c := range []struct {
		parts arn.WAMI
		want  string
	}{
		{arn.WAMI{Service: "iam", Tenant: "1/2", Instance: "9", Type: "user", ID: "alice"}, "arn:wami:iam:1/2:wami:9:user/alice"},
		{arn.WAMI{Service: "iam", Tenant: "1", Instance: "prod", Type: "policy", ID: "a b/c:d*"}, "arn:wami:iam:1:wami:prod:policy/a b/c:d*"},
		{arn.WAMI{Service: "s3", Tenant: "0", Instance: "9", Type: "aws:bucket", ID: "b"}, "arn:wami:s3:0:wami:9:aws:bucket/b"},
		{arn.WAMI{Service: "iam", Tenant: "1", Instance: "9", Provider: "aws", Account: "22", Type: "user", ID: "x"}, "arn:wami:iam:1:wami:9:aws:22:global:user/x"},
		{arn.WAMI{Service: "iam", Tenant: "1", Instance: "9", Provider: "aws", Account: "22", Region: "global", Type: "user", ID: "x"}, "arn:wami:iam:1:wami:9:aws:22:global:user/x"},
		{arn.WAMI{Service: "iam", Tenant: "1", Instance: "9", Provider: "aws", Account: "22", Region: "eu", Type: "a:b:c", ID: "x"}, "arn:wami:iam:1:wami:9:aws:22:eu:a:b:c/x"},
	} {
		a, err := c.parts.ARN()
		if err != nil || a.String() != c.want {
			t.Errorf("%+v: got %q, %v, want %q", c.parts, a, err, c.want)
			continue
		}
		if again, err := arn.Parse(c.want); err != nil || again != a {
			t.Errorf("%q is read as %v, %v", c.want, again, err)
		}
	}
}

func TestBuildReportsEveryProblem(t *testing.T) {
	good := arn.WAMI{Service: "iam", Tenant: "1", Instance: "9", Type: "user", ID: "x"}
	cloud := good
	cloud.Provider, cloud.Account = "aws", "22"
	with := func(w arn.WAMI, change func(*arn.WAMI)) arn.WAMI { change(&w); return w }
	for _, c := range []struct {
		name  string
		parts arn.WAMI
		want  []string
	}{
		{"nothing", arn.WAMI{}, []string{"the service is empty", "the type is empty", "the id is empty",
			`tenant path segment "" is not a number from 0 to 18446744073709551615`, "the instance is empty"}},
		{"a tenant's number", with(good, func(w *arn.WAMI) { w.Tenant = "1/007" }), []string{`tenant path segment "007" has a leading zero`}},
		{"colons", with(cloud, func(w *arn.WAMI) {
			w.Service, w.Instance, w.Provider, w.Account, w.Region = "a:b", "c:d", "e:f", "g:h", "i:j"
		}), []string{`":" in the service "a:b"`, `":" in the region "i:j"`, `":" in the instance "c:d"`, `":" in the provider "e:f"`, `":" in the account "g:h"`}},
		{"slashes", with(cloud, func(w *arn.WAMI) { w.Provider, w.Account, w.Region, w.Type = "a/b", "c/d", "e/f", "g/h" }),
			[]string{`"/" in the region "e/f"`, `"/" in the type "g/h"`, `"/" in the provider "a/b"`, `"/" in the account "c/d"`}},
		{"blanks", with(cloud, func(w *arn.WAMI) { w.Service, w.Instance, w.Region, w.ID = "a b", "c\u00a0d", " ", "a b" }),
			[]string{`blank in the service "a b"`, `blank in the region " "`, `blank in the instance "c\u00a0d"`}},
		{"bytes", with(good, func(w *arn.WAMI) { w.Service, w.Type, w.ID = "a\x00", "b\xff", "c\u0085" }),
			[]string{`control character in the service "a\x00"`, `the type "b\xff" is not valid UTF-8`, `control character in the id "c\u0085"`}},
		{"half a cloud", with(good, func(w *arn.WAMI) { w.Account = "22" }), []string{"the provider is empty"}},
		{"the other half", with(good, func(w *arn.WAMI) { w.Provider = "aws" }), []string{"the account is empty"}},
		{"a region alone", with(good, func(w *arn.WAMI) { w.Region = "eu" }), []string{"the region is of no use without a provider and an account"}},
		{"a type that would be read as a provider", with(good, func(w *arn.WAMI) { w.Type = "aws:22:user" }),
			[]string{"more than one colon in the type of a native name, which would be read as provider and account"}},
		{"too long", with(good, func(w *arn.WAMI) { w.ID = strings.Repeat("x", 1<<16) }), []string{"longer than 65535 bytes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := c.parts.ARN()
			if err == nil || !a.IsZero() {
				t.Fatalf("got %q, %v", a, err)
			}
			if got, want := err.Error(), strings.Join(c.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if got := c.parts.Validate(); got == nil || got.Error() != err.Error() {
				t.Errorf("Validate says %v", got)
			}
		})
	}
}

func TestPartsOfOtherNames(t *testing.T) {
	for _, a := range []arn.ARN{{}, mustParse(t, "arn:aws:iam::1:user/x")} {
		if parts, ok := a.Parts(); ok || parts != (arn.WAMI{}) {
			t.Errorf("%q has the parts %+v", a, parts)
		}
	}
}

// FuzzBuild: parts that are valid make a name with these very parts, which prints
// and parses as itself, also through JSON.
func FuzzBuild(f *testing.F) {
	f.Add("iam", "1/2", "9", "", "", "", "user", "x")
	f.Add("iam", "1", "9", "aws", "22", "global", "user", "a:b/c")
	f.Add("iam", "1", "9/8", "aws", "22", "eu", "a:b:c:d", "x")
	f.Add("iam", "1", "9", "", "", "", "aws:22:user", "x")
	f.Add("iam", "1", "9", "", "", "", "a:b", "c:d:e/f")
	f.Add("i am", "1", "9", "\xff", "\x00", "/", "", "")
	f.Fuzz(func(t *testing.T, service, tenant, instance, provider, account, region, kind, id string) {
		w := arn.WAMI{Service: service, Tenant: tenant, Instance: instance, Provider: provider, Account: account, Region: region, Type: kind, ID: id}
		a, err := w.ARN()
		if invalid := w.Validate(); (invalid == nil) != (err == nil) {
			t.Fatalf("%+v: Validate says %v, ARN %v", w, invalid, err)
		}
		if err != nil {
			return
		}
		if w.Region == "global" {
			w.Region = ""
		}
		if parts, ok := a.Parts(); parts != w || !ok {
			t.Fatalf("%+v came back from %q as %+v", w, a, parts)
		}
		if again, err := arn.Parse(a.String()); err != nil || again != a {
			t.Fatalf("%q parses as %q, %v", a, again, err)
		}
		text, err := json.Marshal(a)
		var back arn.ARN
		if err != nil || json.Unmarshal(text, &back) != nil || back != a {
			t.Fatalf("%q through JSON: %s, %q, %v", a, text, back, err)
		}
	})
}
