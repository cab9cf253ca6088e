package pdp_test

import (
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// A seedCase is one question of a numbered row of the seed systems' fact tables.
// seed is what the seed says; want is what MayI says, as says writes it. Where the
// two differ, deviates says why; docs/deviations.md has the list.
type seedCase struct {
	name, principal, action, resource string
	context                           map[string]conditions.Value
	seed                              pdp.Effect
	want                              string
	deviates                          string
}

func (c *seedCase) request() *pdp.Request {
	r := ask(c.principal, c.action, c.resource)
	r.Context = new(conditions.Context)
	for key, v := range c.context {
		r.Context.Set(key, v)
	}
	return r
}

// testSeedRow asks every question of a row.
func testSeedRow(t *testing.T, e *pdp.Engine, cases []seedCase) {
	t.Helper()
	for _, c := range cases {
		d := e.Decide(c.request())
		if got := says(d); got != c.want {
			t.Errorf("%s: %s %s %s: got %q, want %q", c.name, c.principal, c.action, c.resource, got, c.want)
		}
		if differs := d.Effect != c.seed; differs != (c.deviates != "") {
			t.Errorf("%s: %s %s %s: MayI says %s and the seed %s; deviates: %q", c.name, c.principal, c.action, c.resource, d.Effect, c.seed, c.deviates)
		}
	}
}
