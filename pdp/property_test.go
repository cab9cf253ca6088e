package pdp_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/pdp"
)

// A model is a random bundle: the statements of each policy, identity and resource.
type model struct {
	identity [2][]string
	resource [2][]string
}

func drawStatement(t *rapid.T, effects, principals []string) string {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	s := `{"Effect": "` + pick("effect", effects...) + `", `
	if len(principals) > 0 {
		who := pick("principal", principals...)
		if strings.Contains(s, "Deny") && who != `"*"` && rapid.Bool().Draw(t, "not") {
			s += `"NotPrincipal": ` + who + `, `
		} else {
			s += `"Principal": ` + who + `, `
		}
	}
	s += pick("action", `"Action": "*"`, `"Action": "x:Get*"`, `"Action": ["x:Put", "y:?"]`, `"NotAction": "x:Put"`) + `, `
	s += pick("resource", `"Resource": "*"`, `"Resource": "d/*"`, `"Resource": "d/${k:v}"`, `"NotResource": ["d/${k:v}", "e"]`, `"Resource": "arn:aws:s3:::*"`)
	return s + pick("condition", ``, ``, `, "Condition": {"NumericLessThan": {"k:n": 5}}`, `, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}`) + `}`
}

var principalElements = []string{`"*"`, `{"AWS": "` + alice + `"}`, `{"AWS": "111111111111"}`, `{"AWS": ["` + ci + `"]}`, `{"Id": "plain"}`}

func drawModel(t *rapid.T) *model {
	m := &model{}
	for i := range m.identity {
		for range rapid.IntRange(0, 3).Draw(t, "identity statements") {
			m.identity[i] = append(m.identity[i], drawStatement(t, []string{"Allow", "Allow", "Deny"}, nil))
		}
		for range rapid.IntRange(0, 3).Draw(t, "resource statements") {
			m.resource[i] = append(m.resource[i], drawStatement(t, []string{"Allow", "Allow", "Deny"}, principalElements))
		}
	}
	return m
}

// lists points at the statements of every policy, identity policies first.
func (m *model) lists() []*[]string {
	return []*[]string{&m.identity[0], &m.identity[1], &m.resource[0], &m.resource[1]}
}

func (m *model) clone() *model {
	c := *m
	for _, l := range c.lists() {
		*l = slices.Clone(*l)
	}
	return &c
}

// files writes the model down. Each policy begins with a statement that applies to
// nothing, so that none is empty.
func (m *model) files() files {
	f := files{"dir.json": `{"users": {"` + alice + `": {"policies": ["id0"], "groups": ["g"]}, "plain": {"policies": ["id1"]}},
		"groups": {"g": {"policies": ["id1"]}}, "roles": {"` + ci + `": {"policies": ["id1"]}}}`}
	for i := range m.identity {
		f[fmt.Sprintf("id%d.json", i)] = document(append([]string{statement("Allow", "", "never:Never", "never")}, m.identity[i]...)...)
		f[fmt.Sprintf("r%d.json", i)] = document(append([]string{statement("Allow", `"*"`, "never:Never", "never")}, m.resource[i]...)...)
	}
	return f
}

func drawRequest(t *rapid.T) *pdp.Request {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	r := ask(
		pick("who", "", alice, session, "plain", "stranger", bob),
		pick("action", "x:Get", "X:GETALL", "x:Put", "y:Z", "sts:AssumeRole"),
		pick("resource", "d/1", "d/2", "e", "arn:aws:s3:::b", "arn:aws:s3::222222222222:b", "*"))
	r.Permission = pick("permission", "", "", "", "self")
	if n := pick("number", "", "4", "5", "many"); n != "" {
		r.Context = context("k:n", n, "k:v", pick("variable", "1", "*", ""))
	}
	return r
}

func mustCompile(t *rapid.T, docs []*pdp.Document) *pdp.Engine {
	e, err := pdp.Compile(docs, pdp.Options{}, nil)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	return e
}

func decodeFiles(t *rapid.T, f files) []*pdp.Document {
	var docs []*pdp.Document
	for _, name := range slices.Sorted(maps.Keys(f)) {
		doc, problems := pdp.Decode(name, []byte(f[name]))
		if len(problems) > 0 {
			t.Fatalf("%s: %v\n%s", name, problems, f[name])
		}
		docs = append(docs, doc)
	}
	return docs
}

// A bundle with one Deny more allows nothing more.
func TestAddingADenyNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		before := mustCompile(t, decodeFiles(t, m.files()))
		more, i := m.clone(), rapid.IntRange(0, 3).Draw(t, "policy")
		principals := principalElements
		if i < 2 {
			principals = nil
		}
		l := more.lists()[i]
		*l = slices.Insert(*l, rapid.IntRange(0, len(*l)).Draw(t, "at"), drawStatement(t, []string{"Deny"}, principals))
		after := mustCompile(t, decodeFiles(t, more.files()))
		for range 8 {
			r := drawRequest(t)
			if b, a := before.Decide(r), after.Decide(r); a.Allowed() && !b.Allowed() {
				t.Fatalf("%+v was %s and became %s", r, says(b), says(a))
			}
		}
	})
}

// A bundle with one Allow less allows nothing more, and denies for no new Deny.
func TestRemovingAnAllowNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		less := m.clone()
		for _, l := range less.lists() {
			*l = slices.DeleteFunc(*l, func(s string) bool { return strings.Contains(s, "Allow") && rapid.Bool().Draw(t, "remove") })
		}
		before := mustCompile(t, decodeFiles(t, m.files()))
		after := mustCompile(t, decodeFiles(t, less.files()))
		for range 8 {
			r := drawRequest(t)
			b, a := before.Decide(r), after.Decide(r)
			if a.Allowed() && !b.Allowed() {
				t.Fatalf("%+v was %s and became %s", r, says(b), says(a))
			}
			if explicit := a.Reason == pdp.ReasonExplicitDeny; explicit != (b.Reason == pdp.ReasonExplicitDeny) {
				t.Fatalf("%+v: Allows changed which Denies apply: %s and %s", r, says(b), says(a))
			}
		}
	})
}

// The order of documents, the engine before, and what an engine was asked before
// change nothing.
func TestOnlyTheBundleDecides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := decodeFiles(t, drawModel(t).files())
		first := mustCompile(t, docs)
		second, err := pdp.Compile(rapid.Permutation(docs).Draw(t, "order"), pdp.Options{}, first)
		if err != nil {
			t.Fatal(err)
		}
		for range 8 {
			r := drawRequest(t)
			want := first.Decide(r)
			second.Decide(drawRequest(t))
			if got := second.Decide(r); says(got) != says(want) || got.Principal != want.Principal || got.Total() != want.Total() {
				t.Fatalf("%+v is %s and %s", r, says(want), says(got))
			}
		}
	})
}
