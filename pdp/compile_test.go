package pdp_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// files is a bundle as a test writes it: file name to content.
type files map[string]string

// decode decodes every file, in the order of their names.
func decode(t testing.TB, bundle files) []*pdp.Document {
	t.Helper()
	var docs []*pdp.Document
	for _, name := range slices.Sorted(maps.Keys(bundle)) {
		doc, problems := pdp.Decode(name, []byte(bundle[name]))
		if len(problems) > 0 {
			t.Fatalf("decode: %v", strictjson.Join(problems))
		}
		docs = append(docs, doc)
	}
	return docs
}

func compile(t testing.TB, bundle files) *pdp.Engine {
	t.Helper()
	e, err := pdp.Compile(decode(t, bundle), pdp.Options{Revision: "r1"}, nil)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	return e
}

const (
	allowAll     = `{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`
	allowAllWho  = `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}`
	allowedEmpty = `{"bundle": {"allow_empty": true}}`
)

func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		bundle files
		want   []string // file, line:column pointer rule
	}{
		{"nothing", files{}, []string{" 0:0  Empty bundle"}},
		{"a directory alone", files{"d.json": `{"users": {}}`}, []string{" 0:0  Empty bundle"}},
		{"two manifests", files{"a.json": allowedEmpty, "b.json": allowedEmpty}, []string{"b.json 1:1  Duplicate name"}},
		{"attached nowhere", files{"p.json": allowAll}, []string{"p.json 1:1  Unattached policy"}},
		{"attached only to nobody's group is attached", files{"p.json": allowAll, "d.json": `{"groups": {"g": {"policies": ["p"]}}}`}, nil},
		{"excused", files{"p.json": allowAll, "m.json": `{"bundle": {"unattached": ["p"]}}`}, nil},
		{"excused and not there", files{"m.json": `{"bundle": {"unattached": ["p"], "allow_empty": true}}`}, []string{"m.json 1:28 /bundle/unattached/0 Missing policy"}},
		{"excused resource policy", files{"p.json": allowAllWho, "m.json": `{"bundle": {"unattached": ["p"]}}`},
			[]string{"m.json 1:28 /bundle/unattached/0 Unattached policy"}},
		{"attached policies that are not there", files{"p.json": allowAllWho, "d.json": `{
"users": {"u": {"policies": ["x"]}},
"groups": {"g": {"policies": ["y"]}},
"roles": {"r": {"policies": ["z"]}}}`}, []string{
			"d.json 2:30 /users/u/policies/0 Missing policy", "d.json 3:31 /groups/g/policies/0 Missing policy", "d.json 4:30 /roles/r/policies/0 Missing policy"}},
		{"attached resource policy", files{"p.json": allowAllWho, "d.json": `{"users": {"u": {"policies": ["p"]}}}`},
			[]string{"d.json 1:31 /users/u/policies/0 Unsupported principal"}},
		{"group that is not there", files{"p.json": allowAllWho, "d.json": `{"users": {"u": {"groups": ["g"]}}}`},
			[]string{"d.json 1:29 /users/u/groups/0 Missing group"}},
		{"user twice", files{"p.json": allowAllWho, "a.json": `{"users": {"u": {}}}`, "b.json": `{"users": {"u": {}}}`},
			[]string{"b.json 1:17 /users/u Duplicate id"}},
		{"group twice", files{"p.json": allowAllWho, "a.json": `{"groups": {"u": {}}}`, "b.json": `{"groups": {"u": {}}}`},
			[]string{"b.json 1:18 /groups/u Duplicate name"}},
		{"role twice", files{"p.json": allowAllWho, "a.json": `{"roles": {"u": {}}}`, "b.json": `{"roles": {"u": {}}}`},
			[]string{"b.json 1:17 /roles/u Duplicate id"}},
		{"alias is an id of another file", files{"p.json": allowAllWho, "a.json": `{"users": {"u": {}}}`, "b.json": `{"users": {"v": {"aliases": ["u"]}}}`},
			[]string{"b.json 1:30 /users/v/aliases/0 Duplicate id"}},
		{"alias is the own id", files{"p.json": allowAllWho, "a.json": `{"users": {"u": {"aliases": ["u"]}}}`},
			[]string{"a.json 1:30 /users/u/aliases/0 Duplicate id"}},
		{"alias twice", files{"p.json": allowAllWho, "a.json": `{"users": {"u": {"aliases": ["x", "x"]}}}`},
			[]string{"a.json 1:35 /users/u/aliases/1 Duplicate id"}},
		{"role has a user's name", files{"p.json": allowAllWho, "a.json": `{"users": {"manager": {}}, "roles": {"manager": {}}}`},
			[]string{"a.json 1:23 /users/manager Duplicate id"}},
		{"a group may have a user's name", files{"p.json": allowAllWho, "a.json": `{"users": {"x": {}}, "groups": {"x": {}}}`}, nil},
		{"roles whose sessions are the same", files{"p.json": allowAllWho, "a.json": `{"roles": {"arn:aws:iam::123456789012:role/a/ci": {}, "arn:aws:iam::123456789012:role/b/ci": {}}}`},
			[]string{"a.json 1:94 /roles/arn:aws:iam::123456789012:role~1b~1ci Ambiguous role"}},
		{"roles of two accounts", files{"p.json": allowAllWho, "a.json": `{"roles": {"arn:aws:iam::123456789012:role/ci": {}, "arn:aws:iam::210987654321:role/ci": {}}}`}, nil},
		{"user is a session of a role", files{"p.json": allowAllWho, "a.json": `{"roles": {"arn:aws:iam::123456789012:role/ci": {}}}`,
			"b.json": `{"users": {"arn:aws:sts::123456789012:assumed-role/ci/x": {}}}`},
			[]string{"b.json 1:59 /users/arn:aws:sts::123456789012:assumed-role~1ci~1x Ambiguous role"}},
		{"aliases in conditions", files{"d.json": `{"users": {"arn:aws:iam::123456789012:user/a": {"aliases": ["arn:aws:iam::1:user/a", "acme"]}}}`,
			"p.json": `{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {
"ArnLike": {"AWS:principalarn": "arn:aws:iam::1:user/a"}, "StringNotEquals": {"aws:PrincipalAccount": ["x", "acme"], "a:b": "acme"}}}}`},
			[]string{"p.json 2:33 /Statement/Condition/ArnLike/AWS:principalarn Alias in condition",
				"p.json 2:109 /Statement/Condition/StringNotEquals/aws:PrincipalAccount/1 Alias in condition"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs := decode(t, c.bundle)
			e, err := pdp.Compile(docs, pdp.Options{}, nil)
			if (e == nil) == (err == nil) {
				t.Fatalf("engine %v, error %v", e, err)
			}
			if got := places(err); !slices.Equal(got, c.want) {
				t.Errorf("problems:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
			slices.Reverse(docs)
			_, again := pdp.Compile(docs, pdp.Options{}, e)
			if !slices.Equal(places(again), places(err)) {
				t.Errorf("another order of files says\n%v\ninstead of\n%v", again, err)
			}
		})
	}
}

// places lists the problems of a joined error.
func places(err error) []string {
	if err == nil {
		return nil
	}
	var all []string
	for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
		var e *strictjson.Error
		if !errors.As(one, &e) {
			return []string{"not a place: " + one.Error()}
		}
		all = append(all, e.Place.File+" "+brief(e))
	}
	return all
}

// Problems of all files are said at once, sorted by file and place.
func TestCompileReportsAllProblems(t *testing.T) {
	bundle := files{
		"a.json": `{"users": {"u": {"policies": ["none"], "groups": ["none"]}}}`,
		"b.json": `{"users": {"u": {}}}`,
		"c.json": allowAll,
		"m.json": `{"bundle": {}}`, "n.json": `{"bundle": {"unattached": ["x"]}}`,
	}
	_, err := pdp.Compile(decode(t, bundle), pdp.Options{}, nil)
	want := []string{
		"a.json 1:31 /users/u/policies/0 Missing policy",
		"a.json 1:51 /users/u/groups/0 Missing group",
		"b.json 1:17 /users/u Duplicate id",
		"c.json 1:1  Unattached policy",
		"n.json 1:1  Duplicate name",
		"n.json 1:28 /bundle/unattached/0 Missing policy",
	}
	if got := places(err); !slices.Equal(got, want) {
		t.Errorf("problems:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestCompileMessages(t *testing.T) {
	for _, c := range []struct {
		name   string
		bundle files
		want   string
	}{
		{"a path with suffix", files{"team/p.json": allowAll, "d.json": `{"users": {"u": {"policies": ["team/p.json"]}}}`},
			`the name of a policy is its path without ".json": "team/p"`},
		{"a path without folder", files{"team/p.json": allowAll, "d.json": `{"users": {"u": {"policies": ["p"]}}}`}, `did you mean "team/p"?`},
		{"the canonical id of an alias", files{"d.json": `{"users": {"u": {"aliases": ["v"]}}}`,
			"p.json": `{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalArn": "v"}}}}`},
			`"v" is an alias, and aws:PrincipalArn only ever holds canonical ids; expected "u"`},
		{"the first owner of an id", files{"p.json": allowAllWho, "a.json": `{"users": {"u": {"aliases": ["v"]}}}`, "b.json": `{"users": {"v": {}}}`},
			`the id is that of the alias of u at a.json:1:30 /users/u/aliases/0`},
	} {
		_, err := pdp.Compile(decode(t, c.bundle), pdp.Options{}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v; expected it to say %s", c.name, err, c.want)
		}
	}
}

// Documents made by hand are as strictly read as decoded ones.
func TestCompileChecksHandmadeDocuments(t *testing.T) {
	star := []pdp.Text{{Text: "*"}}
	everyone := &pdp.Principals{Any: true}
	made := func(resource bool, s pdp.Statement) *pdp.Document {
		return &pdp.Document{File: "p.json", Policy: &pdp.Policy{Name: "p", Version: "2012-10-17", Resource: resource, Statements: []pdp.Statement{s}}}
	}
	for _, c := range []struct {
		name string
		doc  *pdp.Document
		want string
	}{
		{"nil", nil, "Mixed document"},
		{"empty", &pdp.Document{}, "Mixed document"},
		{"two in one", &pdp.Document{Directory: &pdp.Directory{}, Manifest: &pdp.Manifest{}}, "Mixed document"},
		{"no action", made(true, pdp.Statement{Principal: everyone, Resources: star}), "Missing action"},
		{"two actions", made(true, pdp.Statement{Principal: everyone, Resources: star, Actions: star, NotActions: star}), "Missing action"},
		{"no resource", made(true, pdp.Statement{Principal: everyone, Actions: star}), "Missing resource"},
		{"no principal", made(true, pdp.Statement{Actions: star, Resources: star}), "Missing principal"},
		{"a principal in an identity policy", made(false, pdp.Statement{Principal: everyone, Actions: star, Resources: star}), "Missing principal"},
		{"Allow with NotPrincipal", made(true, pdp.Statement{NotPrincipal: everyone, Effect: pdp.Allow, Actions: star, Resources: star}), "Unsupported element combination"},
		{"bad action", made(true, pdp.Statement{Principal: everyone, Actions: []pdp.Text{{Text: "*:*"}}, Resources: star}), "Invalid action"},
		{"bad resource", made(true, pdp.Statement{Principal: everyone, Actions: star, Resources: []pdp.Text{{Text: "${"}}}), "Missing brace in variable"},
	} {
		e, err := pdp.Compile([]*pdp.Document{c.doc}, pdp.Options{}, nil)
		if e != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v; expected %s", c.name, err, c.want)
		}
	}
	_, err := pdp.Compile([]*pdp.Document{
		made(true, pdp.Statement{Principal: everyone, Actions: star, Resources: star}),
		made(true, pdp.Statement{Principal: everyone, Actions: star, Resources: star}),
	}, pdp.Options{}, nil)
	if err == nil || !strings.Contains(err.Error(), `Duplicate name: policy "p"`) {
		t.Errorf("two policies of one name: %v", err)
	}
}

func TestCompileRoutes(t *testing.T) {
	routes := func(context string) string {
		return `{"routes": [{"path": "/docs/{name}", "methods": ["GET"], "action": "docs:Read", "resource": "docs/{name}"` + context + `}]}`
	}
	e := compile(t, files{"p.json": allowAllWho, "r.json": routes(`, "context": {"my:key": "x"}`)})
	if e.Counts().Routes != 1 || e.Routes() == nil {
		t.Errorf("counts %+v, routes %v", e.Counts(), e.Routes())
	}
	if _, problems := pdp.Decode("r.json", []byte(routes(`, "context": {"AWS:PrincipalArn": "x"}`))); len(problems) == 0 {
		t.Error("a route sets a key of the engine")
	}
	_, err := pdp.Compile(decode(t, files{"p.json": allowAllWho, "a.json": routes(""), "b.json": routes("")}), pdp.Options{}, nil)
	if got := places(err); len(got) == 0 || !strings.HasPrefix(got[0], "a.json") && !strings.HasPrefix(got[0], "b.json") {
		t.Errorf("one route in two files: %v", err)
	}
}

func TestEngineView(t *testing.T) {
	e := compile(t, files{
		"m.json": `{"bundle": {"name": "acme"}}`,
		"d.json": `{"users": {"u": {"policies": ["p"]}, "v": {"groups": ["g"]}}, "groups": {"g": {"policies": [` + allowAll + `]}}, "roles": {"r": {}}}`,
		"p.json": `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "x/${jwt:Sub}", "Condition":
			{"StringEquals": {"http:body/a~1b": "${aws:PrincipalTag/Team}"}}}, {"Effect": "Deny", "Action": "a:b", "Resource": "*"}]}`,
	})
	if got, want := e.Counts(), (pdp.Counts{Policies: 2, Statements: 3, Users: 2, Groups: 1, Roles: 1}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	if e.Revision() != "r1" || e.Bundle() != "acme" {
		t.Errorf("revision %q, bundle %q", e.Revision(), e.Bundle())
	}
	for prefix, want := range map[string]bool{
		"http:body/": true, "http:body/a~1b": true, "jwt:sub": true, "jwt:": true, "aws:principaltag/": true,
		"http:query/": false, "http:body/a~1bc": false, "zzz": false, "jwt:Sub": false,
	} {
		if got := e.Needs(prefix); got != want {
			t.Errorf("Needs(%q) = %t", prefix, got)
		}
	}
}
