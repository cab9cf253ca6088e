package policystore_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/policystore"
)

// A changing is a small bundle that changes at random, at times into one that is
// refused.
type changing struct {
	*rand.Rand
	files map[string][]byte
}

func pick[T any](c *changing, list ...T) T { return list[c.IntN(len(list))] }

const (
	chainUser  = "arn:aws:iam::111111111111:user/u"
	chainAlias = "spiffe://t/u"
)

func (c *changing) statement(principal string) string {
	condition := pick(c, "", "", "",
		`{"StringEquals": {"color": ["red", "${aws:username}"]}}`,
		`{"ArnEquals": {"aws:PrincipalArn": "`+chainUser+`"}}`,
		`{"StringLike": {"aws:PrincipalAccount": "111111111111"}}`, `{"DateLessThan": {"aws:CurrentTime": "2100-01-01T00:00:00Z"}}`,
		`{"NumericLessThan": {"size": 5}, "Bool": {"ok": "true"}}`,
		`{"GeoWithinRegion": {"place": "here"}}`)
	if c.IntN(40) == 0 {
		condition = `{"StringEquals": {"aws:PrincipalArn": "` + chainAlias + `"}}` // refused as long as it is one
	}
	s := fmt.Sprintf(`{"Effect": %q, %s, %s`, pick(c, "Allow", "Allow", "Deny"),
		pick(c, `"Action": "docs:*"`, `"Action": ["docs:Read", "docs:List"]`, `"Action": "docs:Read"`, `"Action": "*"`, `"NotAction": "docs:Write"`),
		pick(c, `"Resource": "*"`, `"Resource": "arn:aws:docs:::a/*"`, `"Resource": ["arn:aws:docs:::b/1", "arn:aws:docs:::a/?"]`,
			`"Resource": "arn:aws:docs:::${aws:username}/*"`, `"Resource": "*/1/*"`, `"Resource": "arn:aws:*:::a/*"`, `"NotResource": "arn:aws:docs:::a/*"`))
	if principal != "" {
		s += `, "Principal": ` + principal
	}
	if condition != "" {
		s += `, "Condition": ` + condition
	}
	return s + "}"
}

func (c *changing) policy() string {
	principal := ""
	if c.IntN(5) == 0 {
		principal = pick(c, `"*"`, `{"AWS": "`+chainUser+`"}`, `{"SPIFFE": "`+chainAlias+`"}`)
	}
	var statements []string
	for range 1 + c.IntN(3) {
		statements = append(statements, c.statement(principal))
	}
	switch c.IntN(12) {
	case 0:
		return `{"statements": [{"effect": "allow", "actions": ["docs:Read"], "resources": ["arn:aws:docs:::a/*"]}]}`
	case 1:
		return `{"statements": [{"effect": "deny", "identities": ["` + chainAlias + `"], "operations": ["docs:Write"], "resources": ["arn:aws:docs:::b/1"]}]}`
	case 2:
		if c.IntN(8) == 0 {
			return `{"Statement": []}` // refused
		}
	}
	return `{"Version": "2012-10-17",` + strings.Repeat("\n", c.IntN(3)) + `"Statement": [` + strings.Join(statements, ",\n") + `]}`
}

// change changes one or two files. All identity policies are attached, mostly.
func (c *changing) change() {
	c.files = maps.Clone(c.files)
	for range 1 + c.IntN(2) {
		name := fmt.Sprintf("p%d.json", c.IntN(10))
		switch c.IntN(6) {
		case 0:
			delete(c.files, name)
		case 1:
			c.files["more.json"] = []byte(pick(c, `{"schema": {"actions": {"docs:Read": {}, "docs:List": {}, "docs:Write": {}}}}`,
				`{"schema": {"actions": {"docs:Read": {}}}}`, `{"regions": {}}`, `{"regions": {}}`, `{"routes": []}`))
		default:
			c.files[name] = []byte(c.policy())
		}
	}
	if c.IntN(3) == 0 {
		c.files["regions.json"] = []byte(`{"regions": {"here": [` + pick(c, "-10", "40", "48") + `, -10, 50, 10]}}`)
	}
	var attached []string
	for path, text := range c.files {
		name, found := strings.CutSuffix(path, ".json")
		identity := !strings.Contains(string(text), `"Principal"`) && !strings.Contains(string(text), `"identities"`)
		if found && strings.HasPrefix(name, "p") && identity && c.IntN(60) > 0 {
			attached = append(attached, fmt.Sprintf("%q", name))
		}
	}
	slices.Sort(attached)
	aliases := pick(c, `["`+chainAlias+`"]`, `["`+chainAlias+`"]`, `[]`)
	c.files["users.json"] = []byte(`{"users": {"` + chainUser + `": {"aliases": ` + aliases + `, "groups": ["g"]}}, "groups": {"g": {"policies": [` +
		strings.Join(attached, ", ") + `]}}}`)
}

// answers are what an engine says to all requests that the changing bundle is about,
// with the reason, what decided and where that stands.
func answers(e *pdp.Engine) string {
	var b strings.Builder
	for _, who := range []string{chainUser, chainAlias, "nobody"} {
		for _, action := range []string{"docs:Read", "docs:Write", "other:Do"} {
			for _, resource := range []string{"arn:aws:docs:::a/1", "arn:aws:docs:::b/1", "arn:aws:docs:::u/2", "x/1/y"} {
				for _, context := range []string{"", "red"} {
					r := pdp.Request{Principal: pdp.Principal{ID: who}, Action: action, Resource: pdp.Resource{ID: resource}, Time: time.Unix(1_800_000_000, 0)}
					if context != "" {
						r.Context = new(conditions.Context)
						r.Context.Set("color", conditions.Texts(context))
						r.Context.Set("size", conditions.Texts("4"))
						r.Context.Set("ok", conditions.Texts("true"))
						r.Context.Set("place", conditions.Texts("45,5"))
					}
					d := e.Decide(&r)
					fmt.Fprintln(&b, who, action, resource, context, d.Effect, d.Reason, d.Determining(nil))
				}
			}
		}
	}
	fmt.Fprintln(&b, e.Counts(), e.Revision(), e.Bundle())
	for _, key := range []string{"color", "size", "aws:username", "aws:principalarn", "place"} {
		fmt.Fprintln(&b, key, e.Needs(key))
	}
	return b.String()
}

// TestReloadsAreFreshLoads: whatever a bundle has been before, an engine that takes
// from the one before answers as one that is made anew, and refuses as one.
func TestReloadsAreFreshLoads(t *testing.T) {
	good, refused, taken := 0, 0, 0
	for seed := range uint64(40) {
		c := &changing{Rand: rand.New(rand.NewPCG(seed, 5)), files: map[string][]byte{
			"m.json": []byte(`{"bundle": {"name": "b", "allow_empty": true}}`), "regions.json": []byte(`{"regions": {"here": [40, -10, 50, 10]}}`),
		}}
		var chain policystore.Chain
		for step := range 25 {
			c.change()
			taken += chain.Known(c.files)
			got, err := chain.Load(c.files)
			want, wantErr := policystore.LoadFiles(c.files)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("seed %d, step %d: got the error\n%v\nwant\n%v", seed, step, err, wantErr)
			}
			if err != nil {
				refused++
				continue
			}
			good++
			if a, b := answers(got), answers(want); a != b {
				t.Fatalf("seed %d, step %d: got\n%s\nwant\n%s\nof %s", seed, step, a, b, c.files)
			}
		}
	}
	t.Logf("%d good, %d refused, %d documents taken", good, refused, taken)
	if good < 200 || refused < 50 || taken < 500 {
		t.Errorf("%d good, %d refused, %d documents taken: too few to tell", good, refused, taken)
	}
}

// TestReloadTakes: a reload that changes one file of many does little more than that
// one file asks for.
func TestReloadTakes(t *testing.T) {
	files := simpleStatements()
	var chain policystore.Chain
	_, err := chain.Load(files)
	must(t, err)
	whole := testing.AllocsPerRun(1, func() {
		_, err := policystore.LoadFiles(files)
		must(t, err)
	})
	n := 0
	one := testing.AllocsPerRun(2, func() {
		n++
		files["p0500.json"] = []byte(strings.Replace(string(files["p0500.json"]), "docs:Read", fmt.Sprintf("docs:Read%d", n), 1))
		_, err := chain.Load(files)
		must(t, err)
	})
	t.Logf("a load allocates %.0f times, a reload %.0f", whole, one)
	if one > whole/2 {
		t.Errorf("a load allocates %.0f times, a reload %.0f", whole, one)
	}
}
