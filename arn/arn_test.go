package arn_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn"
)

func mustParse(t testing.TB, s string) arn.ARN {
	t.Helper()
	a, err := arn.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// parts is every accessor of an ARN, in the order of the accessors.
type parts struct {
	text                                 string
	wami                                 bool
	partition, service, region, account  string
	tenant, instance, provider, resource string
	kind, id                             string
}

func partsOf(a arn.ARN) parts {
	return parts{a.String(), a.WAMI(), a.Partition(), a.Service(), a.Region(), a.Account(),
		a.Tenant(), a.Instance(), a.Provider(), a.Resource(), a.ResourceType(), a.ResourceID()}
}

const native = "arn:wami:iam:12345678:wami:9:"

// good holds names with their parts; text is "" where it is the input.
var good = []struct {
	input string
	want  parts
}{
	{"arn:aws:s3:::bucket", parts{partition: "aws", service: "s3", resource: "bucket", id: "bucket"}},
	{"arn:aws:s3:::bucket/a b/c:d*?", parts{partition: "aws", service: "s3", resource: "bucket/a b/c:d*?", kind: "bucket", id: "a b/c:d*?"}},
	{"arn:aws:iam::123456789012:user/division/alice", parts{partition: "aws", service: "iam", account: "123456789012", tenant: "123456789012", resource: "user/division/alice", kind: "user", id: "division/alice"}},
	{"arn:aws-us-gov:sns:us-gov-west-1:123456789012:topic:sub:1", parts{partition: "aws-us-gov", service: "sns", region: "us-gov-west-1", account: "123456789012", tenant: "123456789012", resource: "topic:sub:1", id: "topic:sub:1"}},
	{"arn:mayi:http:::api.example.com/orders/7", parts{partition: "mayi", service: "http", resource: "api.example.com/orders/7", kind: "api.example.com", id: "orders/7"}},
	{"arn:mayi:tcp:::10.0.0.1:5432", parts{partition: "mayi", service: "tcp", resource: "10.0.0.1:5432", id: "10.0.0.1:5432"}},
	{"arn:x:y:r:1/2:é/€:::", parts{partition: "x", service: "y", region: "r", account: "1/2", tenant: "1/2", resource: "é/€:::", kind: "é", id: "€:::"}},
	{"arn:*:?:*:?:*", parts{partition: "*", service: "?", region: "*", account: "?", tenant: "?", resource: "*", id: "*"}},
	{"arn:Aws:s3:::\uFFFD", parts{partition: "Aws", service: "s3", resource: "\uFFFD", id: "\uFFFD"}},
	// W-ARN, by row.
	{"arn:wami:iam:12345678/87654321/99999999:wami:999888777:user/77557755", parts{wami: true, partition: "wami", service: "iam", tenant: "12345678/87654321/99999999", instance: "999888777", resource: "user/77557755", kind: "user", id: "77557755"}},
	{native + "aws:223344556677:global:user/7", parts{wami: true, partition: "wami", service: "iam", account: "223344556677", tenant: "12345678", instance: "9", provider: "aws", resource: "user/7", kind: "user", id: "7"}},
	{native + "aws:223344556677:us-east-1:user/7", parts{wami: true, partition: "wami", service: "iam", region: "us-east-1", account: "223344556677", tenant: "12345678", instance: "9", provider: "aws", resource: "user/7", kind: "user", id: "7"}},
	{native + "aws:22:user/7", parts{text: native + "aws:22:global:user/7", wami: true, partition: "wami", service: "iam", account: "22", tenant: "12345678", instance: "9", provider: "aws", resource: "user/7", kind: "user", id: "7"}},
	{"arn:wami:sts:12345678:wami:111222333:session/sess123", parts{wami: true, partition: "wami", service: "sts", tenant: "12345678", instance: "111222333", resource: "session/sess123", kind: "session", id: "sess123"}},
	{"arn:wami:custom-service:0:wami:9:thing/x", parts{wami: true, partition: "wami", service: "custom-service", tenant: "0", instance: "9", resource: "thing/x", kind: "thing", id: "x"}},
	{native + "policy/path/to/policy", parts{wami: true, partition: "wami", service: "iam", tenant: "12345678", instance: "9", resource: "policy/path/to/policy", kind: "policy", id: "path/to/policy"}},
	{native + "user/a:b", parts{wami: true, partition: "wami", service: "iam", tenant: "12345678", instance: "9", resource: "user/a:b", kind: "user", id: "a:b"}},
	{native + "user/a:b:c:d", parts{wami: true, partition: "wami", service: "iam", tenant: "12345678", instance: "9", resource: "user/a:b:c:d", kind: "user", id: "a:b:c:d"}},
	{native + "aws:22:user/a:b", parts{text: native + "aws:22:global:user/a:b", wami: true, partition: "wami", service: "iam", account: "22", tenant: "12345678", instance: "9", provider: "aws", resource: "user/a:b", kind: "user", id: "a:b"}},
	{native + "aws:22:us-east-1:user/a:b", parts{wami: true, partition: "wami", service: "iam", region: "us-east-1", account: "22", tenant: "12345678", instance: "9", provider: "aws", resource: "user/a:b", kind: "user", id: "a:b"}},
	{native + "aws:user/7", parts{wami: true, partition: "wami", service: "iam", tenant: "12345678", instance: "9", resource: "aws:user/7", kind: "aws:user", id: "7"}},
	{"arn:wami:iam:18446744073709551615:wami:9:user/x", parts{wami: true, partition: "wami", service: "iam", tenant: "18446744073709551615", instance: "9", resource: "user/x", kind: "user", id: "x"}},
	{"arn:wami:IAM:1:wami:9:user/x", parts{wami: true, partition: "wami", service: "IAM", tenant: "1", instance: "9", resource: "user/x", kind: "user", id: "x"}},
	{"arn:wami:iam:1:wami:9/8:aws:22:eu:user/x", parts{wami: true, partition: "wami", service: "iam", region: "eu", account: "22", tenant: "1", instance: "9/8", provider: "aws", resource: "user/x", kind: "user", id: "x"}},
}

func TestParse(t *testing.T) {
	for _, c := range good {
		t.Run(c.input, func(t *testing.T) {
			want := c.want
			if want.text == "" {
				want.text = c.input
			}
			a := mustParse(t, c.input)
			if got := partsOf(a); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if again := mustParse(t, a.String()); again != a {
				t.Errorf("%q parses to another value than %q", a.String(), c.input)
			}
		})
	}
}

// bad holds texts that are no ARNs, with the offset and the reason.
var bad = []struct {
	input  string
	offset int
	reason string
}{
	{"", 0, `expected it to begin with "arn:"`},
	{"not-an-arn", 0, `expected it to begin with "arn:"`},
	{"arn", 0, `expected it to begin with "arn:"`},
	{" arn:aws:s3:::b", 0, `expected it to begin with "arn:"`},
	{"invalid:wami:iam:1:wami:9:user/7", 0, `expected it to begin with "arn:"`},
	{"ARN:aws:s3:::b", 0, `"arn" is written in lower case`},
	{"Arn:wami:iam:1:wami:9:user/7", 0, `"arn" is written in lower case`},
	{"arn:", 4, "expected 6 fields, arn:partition:service:region:account:resource, got 2"},
	{"arn:aws:s3::b", 13, "expected 6 fields, arn:partition:service:region:account:resource, got 5"},
	{"arn::s3:::b", 4, "the partition is empty"},
	{"arn:aws::::b", 8, "the service is empty"},
	{"arn:aws:s3:::", 13, "the resource is empty"},
	{"arn:a ws:s3:::b", 5, "blank in the partition"},
	{"arn:aws:s3 :::b", 10, "blank in the service"},
	{"arn:aws:s3:\u00a0::b", 11, "blank in the region"},
	{"arn:aws:s3:: 1:b", 12, "blank in the account"},
	{"arn:aws:s3:::b\n", 14, "control character"},
	{"arn:aws:s3:::b\x00c", 14, "control character"},
	{"arn:aws:s3:::b\x7f", 14, "control character"},
	{"arn:aws:s3:::b\u0085", 14, "control character"},
	{"arn:aws:s3:::b\xff", 14, "not valid UTF-8"},
	{"arn:aws:s3:::\xed\xa0\x80", 13, "not valid UTF-8"},
	{"arn:Wami:iam:1:wami:9:user/7", 4, "the partition wami is written in lower case"},
	{"arn:WAMI:s3:::b", 4, "the partition wami is written in lower case"},
	// W-ARN, by row.
	{"arn:wami:iam:1:WAMI:9:user/7", 15, `the fifth field of a WAMI name must be "wami"`},
	{"arn:wami:iam:1:other:9:user/7", 15, `the fifth field of a WAMI name must be "wami"`},
	{"arn:wami:iam:1", 14, "expected at least 7 fields, arn:wami:service:tenant:wami:instance:resource, got 4"},
	{"arn:wami:iam::1:user/7", 22, "expected at least 7 fields, arn:wami:service:tenant:wami:instance:resource, got 6"},
	{"arn:wami:tenant::acme", 21, "expected at least 7 fields, arn:wami:service:tenant:wami:instance:resource, got 5"},
	{"arn:wami:iam::wami:9:user/7", 13, `tenant path segment "" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam:1//2:wami:9:user/7", 13, `tenant path segment "" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam:1/:wami:9:user/7", 13, `tenant path segment "" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam:/1:wami:9:user/7", 13, `tenant path segment "" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam:t1/t2:wami:9:user/7", 13, `tenant path segment "t1" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam:-1:wami:9:user/7", 13, `tenant path segment "-1" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam: 1:wami:9:user/7", 13, `tenant path segment " 1" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam:1_0:wami:9:user/7", 13, `tenant path segment "1_0" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam:18446744073709551616:wami:9:user/7", 13, `tenant path segment "18446744073709551616" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam:007:wami:9:user/7", 13, `tenant path segment "007" has a leading zero`},
	{"arn:wami:iam:00:wami:9:user/7", 13, `tenant path segment "00" has a leading zero`},
	{"arn:wami:iam:+5:wami:9:user/7", 13, `tenant path segment "+5" is not a number from 0 to 18446744073709551615`},
	{"arn:wami:iam:1:wami::user/7", 20, "the instance is empty"},
	{native + "invalid", 29, `expected the resource to be type/id, got "invalid"`},
	{native + "aws:22:user", 29, `expected the resource to be type/id, got "aws:22:user"`},
	{native + "user/", 29, "neither type nor id of the resource may be empty"},
	{native + "/7", 29, "neither type nor id of the resource may be empty"},
	{native, 29, "the resource is empty"},
	{native + ":22:global:user/7", 29, "the provider is empty"},
	{native + "aws::global:user/7", 33, "the account is empty"},
	{native + "aws:22::user/7", 36, "the region is empty"},
	{native + ":22:user/7", 29, "the provider is empty"},
	{native + "aws::user/7", 33, "the account is empty"},
	{native + "aws:22:user/", 36, "neither type nor id of the resource may be empty"},
	{native + "aws:2 2:user/x", 34, "blank in the account"},
	{"arn:wami::1:wami:9:user/7", 9, "the service is empty"},
	{"arn:wami:i am:1:wami:9:user/7", 10, "blank in the service"},
	{"arn:aws:s3:::" + strings.Repeat("x", 1<<16-13), 65535, "longer than 65535 bytes"},
}

func TestParseRefuses(t *testing.T) {
	for _, c := range bad {
		name := c.input
		if len(name) > 60 {
			name = name[:60]
		}
		t.Run(name, func(t *testing.T) {
			a, err := arn.Parse(c.input)
			var pe *arn.ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("got %v and the error %v, want a *ParseError", a, err)
			}
			if !a.IsZero() {
				t.Errorf("an error comes with the name %q", a)
			}
			if want := (arn.ParseError{Input: c.input, Offset: c.offset, Reason: c.reason}); *pe != want {
				t.Errorf("got  offset %d: %s\nwant offset %d: %s", pe.Offset, pe.Reason, want.Offset, want.Reason)
			}
		})
	}
}

func TestLongestName(t *testing.T) {
	const head = "arn:aws:s3:::"
	a := mustParse(t, head+strings.Repeat("x", 1<<16-1-len(head)))
	if got := len(a.Resource()); got != 1<<16-1-len(head) {
		t.Errorf("the resource has %d bytes", got)
	}
	if _, err := arn.Parse(native + "aws:22:u/" + strings.Repeat("x", 1<<16-1-len(native)-9)); err == nil {
		t.Error("an older name that becomes too long is taken")
	}
	far := mustParse(t, "arn:aws:s3:"+strings.Repeat("r", 60_000)+":1:b")
	if far.Account() != "1" || far.Resource() != "b" {
		t.Errorf("account %q, resource %q behind a long region", far.Account(), far.Resource())
	}
}

func TestParseErrorText(t *testing.T) {
	_, err := arn.Parse("arn:aws:s3\x00:::b")
	if got, want := err.Error(), `invalid ARN "arn:aws:s3\x00:::b" at offset 10: control character`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err = arn.Parse("ARN:" + strings.Repeat("x", 10_000))
	if len(err.Error()) > 400 {
		t.Errorf("a long input makes a message of %d bytes", len(err.Error()))
	}
}

func TestIsARN(t *testing.T) {
	for s, want := range map[string]bool{
		"arn:": true, "ARN:x": true, "aRn:aws": true, "arn:aws:s3:::b": true,
		"": false, "arn": false, "arns:": false, " arn:": false, "spiffe://arn:": false, "\x01rn:": false, "arn;": false,
	} {
		if got := arn.IsARN(s); got != want {
			t.Errorf("IsARN(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestZeroARN(t *testing.T) {
	var a arn.ARN
	if got := partsOf(a); got != (parts{}) || !a.IsZero() {
		t.Errorf("the zero ARN has parts: %+v", got)
	}
	if mustParse(t, "arn:aws:s3:::b").IsZero() {
		t.Error("a name is zero")
	}
}

func TestComparable(t *testing.T) {
	set := map[arn.ARN]bool{mustParse(t, native+"aws:22:user/7"): true}
	if !set[mustParse(t, strings.Clone(native+"aws:22:global:user/7"))] {
		t.Error("two spellings of one name differ")
	}
	if set[mustParse(t, native+"aws:22:us-east-1:user/7")] {
		t.Error("two names are the same")
	}
}

func TestText(t *testing.T) {
	var doc struct{ Name arn.ARN }
	if err := json.Unmarshal([]byte(`{"Name":"arn:aws:s3:::b"}`), &doc); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(doc)
	if err != nil || string(out) != `{"Name":"arn:aws:s3:::b"}` {
		t.Errorf("got %s, %v", out, err)
	}
	before := doc.Name
	if err := doc.Name.UnmarshalText([]byte("arn:aws")); err == nil || doc.Name != before {
		t.Errorf("after the error %v the value is %v", err, doc.Name)
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	for _, s := range []string{"arn:aws:s3:::bucket/é", native + "aws:22:us-east-1:user/7", "arn:wami:iam:1/2/3:wami:9:user/7"} {
		if n := testing.AllocsPerRun(100, func() { _, _ = arn.Parse(s) }); n != 0 {
			t.Errorf("%s: %v allocations", s, n)
		}
	}
}

// FuzzParse: what parses prints as itself (but for the older WAMI spelling), parses
// again to the same value, also through JSON, is made up of its parts, and claims to
// be an ARN.
func FuzzParse(f *testing.F) {
	for _, c := range good {
		f.Add(c.input)
	}
	for _, c := range bad {
		f.Add(c.input)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := arn.Parse(s)
		if err != nil {
			var pe *arn.ParseError
			if !errors.As(err, &pe) || pe.Input != s || pe.Offset < 0 || pe.Offset > len(s) || pe.Reason == "" {
				t.Fatalf("%q: poor error %#v", s, err)
			}
			return
		}
		if !arn.IsARN(s) {
			t.Fatalf("%q parses and does not begin with arn:", s)
		}
		if again, err := arn.Parse(a.String()); err != nil || again != a {
			t.Fatalf("%q: parsed again %v, %v", s, again, err)
		}
		var back arn.ARN
		if text, err := json.Marshal(a); err != nil || json.Unmarshal(text, &back) != nil || back != a {
			t.Fatalf("%q through JSON: %s, %q, %v", a, text, back, err)
		}
		if got := joined(a); got != a.String() {
			t.Fatalf("%q: the parts make up %q", a, got)
		}
		if older := strings.Replace(a.String(), ":global:", ":", 1); a.String() != s && older != s {
			t.Fatalf("%q became %q", s, a)
		}
		if p, err := arn.ParsePattern(a.String()); err != nil || !p.Match(a.String(), nil) {
			t.Fatalf("%q as a pattern does not match itself: %v", a, err)
		}
	})
}

// joined puts an ARN together from its parts.
func joined(a arn.ARN) string {
	fields := []string{"arn", a.Partition(), a.Service()}
	switch {
	case !a.WAMI():
		fields = append(fields, a.Region(), a.Account())
	case a.Provider() == "":
		fields = append(fields, a.Tenant(), "wami", a.Instance())
	default:
		region := a.Region()
		if region == "" {
			region = "global"
		}
		fields = append(fields, a.Tenant(), "wami", a.Instance(), a.Provider(), a.Account(), region)
	}
	return strings.Join(append(fields, a.Resource()), ":")
}
