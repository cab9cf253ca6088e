package pdp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

// A door that names a reason to allow as its refusal must not be taken at its word.
func TestRefusalNeverAllows(t *testing.T) {
	e := compile(t, files{"p.json": allowAllWho})
	r := ask("x", "a:b", "r")
	r.Refused = &pdp.Refusal{Reason: pdp.ReasonIdentityPolicy}
	for name, d := range map[string]pdp.Decision{
		"Refused":     e.Decide(r),
		"Denied":      pdp.Denied(pdp.ReasonPermission, ""),
		"Unavailable": pdp.Unavailable(pdp.ReasonResourcePolicy).Decide(r),
	} {
		if d.Allowed() || d.Reason != pdp.ReasonInternal {
			t.Errorf("%s: %s for %s", name, d.Effect, d.Reason)
		}
	}
}

// In a Principal element these ids mean more than the one caller that an alias
// stands for: a Deny would lose the others.
func TestCompileRefusesAliasesThatMeanMany(t *testing.T) {
	for _, alias := range []string{"arn:aws:iam::111111111111:root", ci, "arn:wami:iam:1:wami:9:role/x"} {
		bundle := files{"p.json": allowAllWho, "d.json": `{"users": {"u": {"aliases": ["` + alias + `"]}}}`}
		_, err := pdp.Compile(decode(t, bundle), pdp.Options{}, nil)
		if got := places(err); len(got) != 1 || !strings.Contains(got[0], "/users/u/aliases/0 Invalid id") {
			t.Errorf("%s: %v", alias, err)
		}
	}
}

// "users": {} says that there are users, and that they are none: whoever asks is
// a stranger, as if the last user had just left.
func TestDecideEmptyUsersAreDeclared(t *testing.T) {
	e := compile(t, files{"p.json": allowAll, "d.json": `{"users": {}, "groups": {"g": {"policies": ["p"]}}}`})
	r := ask("x", "a:b", "r")
	r.Principal.Groups = []string{"g"}
	if d := e.Decide(r); says(d) != "implicit_deny" {
		t.Errorf("got %s", says(d))
	}
}

// Repeats cost no more than the names that they repeat, and details stay short.
func TestDecideHostileSizes(t *testing.T) {
	bundle := files{"m.json": `{"bundle": {"unattached": []}}`}
	var names []string
	for i := range 200 {
		bundle[fmt.Sprintf("p%d.json", i)] = allowAll
		names = append(names, fmt.Sprintf(`"p%d"`, i))
	}
	bundle["d.json"] = `{"users": {"` + alice + `": {"groups": ["g"]}}, "groups": {"g": {"policies": [` + strings.Join(names, ",") + `]}}}`
	e := compile(t, bundle)
	groups := make([]string, pdp.MaxFacts)
	for i := range groups {
		groups[i] = "g"
	}
	long := strings.Repeat("x", 1<<20)
	for _, c := range []struct {
		name   string
		change func(*pdp.Request)
		want   string
	}{
		{"groups", func(r *pdp.Request) { r.Principal = pdp.Principal{ID: "x", Groups: groups, Trust: pdp.TrustFacts} }, "identity_policy p0#0"},
		{"contradiction", func(r *pdp.Request) {
			r.Principal = pdp.Principal{ID: alice, Groups: append(groups[1:len(groups):len(groups)], long)}
		}, "malformed_request"},
		{"role", func(r *pdp.Request) { r.Principal = pdp.Principal{ID: alice, Roles: []string{long}} }, "malformed_request"},
		{"tag", func(r *pdp.Request) { r.Principal = pdp.Principal{ID: alice, Tags: map[string]string{long: ""}} }, "malformed_request"},
		{"tags that are one", func(r *pdp.Request) { r.Resource.Tags = map[string]string{long: "", "X" + long[1:]: ""} }, "malformed_request"},
		{"principal", func(r *pdp.Request) { r.Principal.ID = "arn:" + long }, "malformed_request"},
		{"opaque principal", func(r *pdp.Request) { r.Principal.ID = long }, "implicit_deny"},
		{"resource", func(r *pdp.Request) { r.Resource.ID = "arn:" + long }, "malformed_request"},
		{"opaque resource", func(r *pdp.Request) { r.Resource.ID = long }, "implicit_deny"},
		{"action", func(r *pdp.Request) { r.Action = long + "*" }, "malformed_request"},
		{"action in bytes", func(r *pdp.Request) { r.Action = long + "\xff" }, "malformed_request"},
		{"context", func(r *pdp.Request) { r.Context = context("aws:principaltag/"+long, "x") }, "malformed_request"},
		{"alternatives", func(r *pdp.Request) { r.Action, r.Permission = "", "a"+strings.Repeat("|a", pdp.MaxAlternatives-1) }, "implicit_deny"},
		{"too many alternatives", func(r *pdp.Request) { r.Action, r.Permission = "", "a"+strings.Repeat("|a", pdp.MaxAlternatives) }, "malformed_request"},
		{"very many alternatives", func(r *pdp.Request) { r.Permission = strings.Repeat("a|", 1<<19) }, "malformed_request"},
		{"opaque principal in bytes", func(r *pdp.Request) { r.Principal.ID = "x\xff" }, "malformed_request"},
		{"opaque resource in bytes", func(r *pdp.Request) { r.Resource.ID = "x\xc3" }, "malformed_request"},
		{"NUL", func(r *pdp.Request) { r.Principal.ID, r.Resource.ID = "x\x00", "\x00" }, "implicit_deny"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ask("x", "a:b", "r")
			c.change(r)
			d := e.Decide(r)
			if says(d) != c.want || len(d.Detail) > 2048 {
				t.Errorf("got %s with %d bytes of detail, want %s", says(d), len(d.Detail), c.want)
			}
		})
	}
}

// What no decoder would hand over is refused, not guessed at.
func TestCompileChecksHandmadeDetails(t *testing.T) {
	star := []pdp.Text{{Text: "*"}}
	policy := func(s pdp.Statement) *pdp.Document {
		s.Principal, s.Actions, s.Resources = &pdp.Principals{Any: true}, star, star
		return &pdp.Document{Policy: &pdp.Policy{Name: "p", Resource: true, Statements: []pdp.Statement{s}}}
	}
	directory := func(d pdp.Directory) *pdp.Document { return &pdp.Document{Directory: &d} }
	for name, doc := range map[string]*pdp.Document{
		"a third effect":      policy(pdp.Statement{Effect: 7}),
		"an ARN that is none": directory(pdp.Directory{Users: []pdp.User{{ID: pdp.Text{Text: "ARN:x"}}}}),
		"an empty alias":      directory(pdp.Directory{Users: []pdp.User{{ID: pdp.Text{Text: "u"}, Aliases: []pdp.Text{{}}}}}),
		"an empty role":       directory(pdp.Directory{Roles: []pdp.Role{{}}}),
		"tags that are one":   directory(pdp.Directory{Users: []pdp.User{{ID: pdp.Text{Text: "u"}, Tags: map[string]string{"A": "", "a": ""}}}}),
	} {
		docs := []*pdp.Document{doc, decode(t, files{"q.json": allowAllWho})[0]}
		if e, err := pdp.Compile(docs, pdp.Options{}, nil); e != nil || err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// Users with the same groups share their policies, and only those: a name may hold
// whatever would separate two names.
func TestUsersOfTheSameGroups(t *testing.T) {
	e := compile(t, files{
		"p.json": document(statement("Allow", "", "x:P", "*")), "q.json": document(statement("Allow", "", "x:Q", "*")),
		"d.json": `{"groups": {"a": {"policies": ["p"]}, "b": {}, "a\" \"b": {"policies": ["q"]}}, "users": {
			"u": {"groups": ["a", "b"]}, "v": {"groups": ["a", "b"]}, "w": {"groups": ["a\" \"b"]}, "x": {"groups": ["a"], "policies": ["q"]}, "y": {}}}`,
	})
	for who, want := range map[string][2]bool{"u": {true, false}, "v": {true, false}, "w": {false, true}, "x": {true, true}, "y": {}} {
		for i, action := range []string{"x:P", "x:Q"} {
			if d := e.Decide(ask(who, action, "r")); d.Allowed() != want[i] {
				t.Errorf("%s, %s: %s", who, action, says(d))
			}
		}
	}
}
