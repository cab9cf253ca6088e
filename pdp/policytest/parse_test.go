package policytest_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

func TestParseCase(t *testing.T) {
	c, err := policytest.ParseCase(`"two words" a:Get "doc \"1\"" at 2026-05-06T07:08:09Z groups=a,b roles=["r,1"] principal.tag/a/b=c=d trust=granted ` +
		`resource.tag/x="" permission=p|q "groups"=key n=12.50 list=["a",1,true] gone=null incomplete=http:body/ ` +
		`-> Deny explicit_deny as "some body" p#S "q r[2]" +3`)
	if err != nil {
		t.Fatal(err)
	}
	r := c.Request()
	want := pdp.Principal{ID: "two words", Groups: []string{"a", "b"}, Roles: []string{"r,1"}, Tags: map[string]string{"a/b": "c=d"}, Trust: pdp.TrustGranted}
	if !reflect.DeepEqual(r.Principal, want) {
		t.Errorf("principal: got %+v, want %+v", r.Principal, want)
	}
	if r.Action != "a:Get" || r.Resource.ID != `doc "1"` || r.Permission != "p|q" || r.Resource.Tags["x"] != "" || len(r.Resource.Tags) != 1 {
		t.Errorf("got %+v", r)
	}
	if !r.Time.Equal(time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)) {
		t.Errorf("time: got %v", r.Time)
	}
	for key, want := range map[string]conditions.Value{
		"groups": conditions.Text("key"), "n": conditions.One(conditions.Number("12.50")), "gone": conditions.Absent(),
		"list":        conditions.Many([]conditions.Scalar{conditions.String("a"), conditions.Number("1"), conditions.Bool(true)}),
		"http:body/x": conditions.Incomplete(), "other": conditions.Absent(),
	} {
		if got := r.Context.Value(key); !reflect.DeepEqual(got, want) {
			t.Errorf("key %s: got %+v, want %+v", key, got, want)
		}
	}
	answer := policytest.Answer{Effect: "Deny", Reason: "explicit_deny", Principal: "some body", Statements: []string{"p#S", "q r[2]"}, More: 3}
	if diff := answer.Diff(c.Want); diff != nil {
		t.Error(diff)
	}
}

func TestParseHTTPCase(t *testing.T) {
	c, err := policytest.ParseCase(`http mtls:spiffe://x/y POST api.example.com/a/b?c=d accept=text/plain x="a b" body={"a": 1} -> Allow permission`)
	if err != nil {
		t.Fatal(err)
	}
	want := &policytest.HTTP{
		Credential: policytest.Credential{Kind: "mtls", ID: "spiffe://x/y"}, Method: "POST", Host: "api.example.com", Path: "/a/b?c=d",
		Headers: []policytest.Header{{Name: "accept", Value: "text/plain"}, {Name: "x", Value: "a b"}}, Body: `{"a": 1}`,
	}
	if !reflect.DeepEqual(c.HTTP, want) {
		t.Errorf("got %+v, want %+v", c.HTTP, want)
	}
	if c.Request() != nil {
		t.Error("an HTTP case is no request for the engine")
	}
	if named, err := policytest.ParseCase(`"http" a:Get doc`); err != nil || named.HTTP != nil || named.Principal.ID != "http" {
		t.Errorf("a quoted principal called http: %+v, %v", named, err)
	}
}

func TestParseCaseRefuses(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"no action", `alice`, "expected an action"},
		{"no resource", `alice a:Get`, "expected a resource"},
		{"open quote", `"alice a:Get doc`, "not a JSON value"},
		{"word after the resource", `alice a:Get doc extra`, "expected name=value"},
		{"open list", `alice a:Get doc k=["a"`, "not a JSON value"},
		{"text after a value", `alice a:Get doc k=["a"]b`, "expected a blank"},
		{"key twice", `alice a:Get doc k=1 K=2`, "stands twice"},
		{"tag twice", `alice a:Get doc resource.tag/a=1 resource.tag/a=2`, "stands twice"},
		{"trust in what", `alice a:Get doc trust=me`, "trust=facts"},
		{"groups that are numbers", `alice a:Get doc groups=[1]`, "is no string"},
		{"refused for joy", `alice a:Get doc refused=identity_policy`, "reason of a deny"},
		{"no time", `alice a:Get doc at`, "expected a time"},
		{"bad time", `alice a:Get doc at noon`, "expected a time"},
		{"no answer", `alice a:Get doc ->`, "expected Allow or Deny"},
		{"answer in lower case", `alice a:Get doc -> allow identity_policy`, "expected Allow or Deny"},
		{"no reason", `alice a:Get doc -> Deny`, "expected a reason"},
		{"unknown reason", `alice a:Get doc -> Deny because`, "no reason"},
		{"bad count", `alice a:Get doc -> Deny explicit_deny p#s +x`, "expected + and how many"},
		{"as whom", `alice a:Get doc -> Deny explicit_deny as`, "canonical id"},
		{"http without method", `http none`, "expected a method"},
		{"http without path", `http none GET host`, "expected host/path"},
		{"bad credential", `http password:x GET host/`, "as credential"},
		{"nobody's token", `http jwt GET host/`, "as credential"},
		{"somebody without credential", `http none:x GET host/`, "as credential"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := policytest.ParseCase(test.line); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing to show", "comment\n-- p.json --\n{}\n", "neither a file"},
		{"file twice", "-- cases --\n-- cases --\n", "stands twice"},
		{"path out of the bundle", "-- ../p.json --\n-- cases --\n", "not a path"},
		{"refused without errors", "-- refused/x/p.json --\n{}\n", "errors is missing"},
		{"refused without name", "-- refused/p.json --\n{}\n", "expected refused/NAME/FILE"},
		{"bad line", "-- cases --\n# fine\nalice a:Get doc\nalice\n", "cases line 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := policytest.Parse("x.txtar", []byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

const story = `A story.

rules: 1.1 2.2a
-- d.json --
{"users": {"alice": {"policies": ["p"]}}}
-- p.json --
{"Version": "2012-10-17", "Statement": {"Sid": "S", "Effect": "Allow", "Action": "a:Get", "Resource": "*",
  "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01"}}}}
-- cases --
# a comment
alice  a:Get  doc
at 2025-12-31T00:00:00Z
alice  a:Get  doc
  k=1
	-> Deny no_route
alice  a:Put  doc   -> Allow permission x#y +2
`

func TestRewrite(t *testing.T) {
	s, err := policytest.Parse("story.txtar", []byte(story))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(s.Rules, " ") != "1.1 2.2a" || len(s.Files) != 2 || len(s.Cases) != 3 {
		t.Fatalf("got %+v", s)
	}
	docs, err := s.Documents()
	if err != nil {
		t.Fatal(err)
	}
	d := policytest.Decide(policytest.NewReference(docs, "").Decide)
	result, err := s.Run(d)
	if result.Ran != 3 || err == nil || !strings.Contains(err.Error(), "story.txtar: cases line 2") || strings.Count(err.Error(), "cases line") != 3 {
		t.Errorf("%+v: %v", result, err)
	}
	first := true
	data := s.Rewrite(func(c *policytest.Case) policytest.Answer {
		if first { // left as it is
			first = false
			return policytest.Answer{}
		}
		a, err := d.Answer(c)
		if err != nil {
			t.Error(err)
		}
		return a
	}, func(*policytest.Refused) error { return nil })
	want := strings.NewReplacer(
		"  k=1\n\t-> Deny no_route", "  k=1  -> Allow identity_policy p#S",
		"doc   -> Allow permission x#y +2", "doc  -> Deny implicit_deny",
	).Replace(story)
	if string(data) != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
}

func TestRunSkipsWhatCannotBeSaid(t *testing.T) {
	s, err := policytest.Parse("story.txtar", []byte(story))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	calls := 0
	result, err := s.Run(policytest.DeciderFunc(func(*policytest.Case) (policytest.Answer, error) {
		if calls++; calls == 1 {
			return policytest.Answer{}, fmt.Errorf("no words: %w", policytest.ErrUnsayable)
		}
		return policytest.Answer{}, broken
	}))
	if result.Skipped != 1 || result.Ran != 2 || !errors.Is(err, broken) {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestRefusedDiff(t *testing.T) {
	s, err := policytest.Parse("x.txtar", []byte("-- p.json --\n{\"Version\": \"2012-10-17\"}\n-- refused/x/errors --\np.json:1:1: Missing statement\n# and\np.json:9:9: Nonsense\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := &s.Refused[0]
	_, problem := r.Documents()
	if diff := strings.Join(r.Diff(problem), "\n"); diff != "not reported: p.json:9:9: Nonsense" {
		t.Errorf("got %s", diff)
	}
	if diff := r.Diff(nil); len(diff) != 3 || diff[2] != "the bundle was accepted" {
		t.Errorf("got %q", diff)
	}
	if got := policytest.Problems(fmt.Errorf("load: %w", problem)); len(got) != 1 || got[0] != "p.json:1:1: Missing statement" {
		t.Errorf("a wrapped problem: got %q", got)
	}
	if got := policytest.Problems(errors.New("disk")); len(got) != 1 || got[0] != "disk" {
		t.Errorf("another error: got %q", got)
	}
}

// FuzzParse: a script that reads is written back so that it reads the same.
func FuzzParse(f *testing.F) {
	f.Add(story)
	f.Add("-- cases --\n\"a\" - \"\" \"k\"=[1] at zero -> Deny malformed_request\n")
	f.Add("-- cases --\nhttp jwt:x GET h/p body={\"a\":1} -> Allow root\n-- refused/a/errors --\nx\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := policytest.Parse("fuzz", []byte(text))
		if err != nil {
			return
		}
		answer := policytest.Answer{Effect: "Deny", Reason: "explicit_deny", Principal: "x -> y", Statements: []string{"a b#c", "d[0]"}, More: 1}
		data := s.Rewrite(func(*policytest.Case) policytest.Answer { return answer }, func(*policytest.Refused) error { return nil })
		again, err := policytest.Parse("fuzz", data)
		if err != nil {
			t.Fatalf("written back it does not read: %v\n%s", err, data)
		}
		if len(again.Cases) != len(s.Cases) {
			t.Fatalf("%d cases became %d\n%s", len(s.Cases), len(again.Cases), data)
		}
		for i, c := range again.Cases {
			if diff := answer.Diff(c.Want); diff != nil {
				t.Fatalf("%q\n%s", diff, data)
			}
			if before := s.Cases[i]; !reflect.DeepEqual(before.Request(), c.Request()) || !reflect.DeepEqual(before.HTTP, c.HTTP) {
				t.Fatalf("case %d: %+v became %+v", i, before, c)
			}
		}
	})
}
