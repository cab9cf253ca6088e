package pdp

import (
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// trust decodes the trust policy of a role: who may assume it. It stands inline,
// so that it can be of this role only. Its resource is the role itself.
func (d *decoder) trust(n *strictjson.Node) *Policy {
	if !d.is(n, strictjson.Object, "trust") {
		return nil
	}
	place := d.places.Of(n)
	return d.policy(n, place.File+"#"+place.Pointer, formTrust)
}

// trustStatement checks what a statement of a trust policy may not have, as IAM
// does: a Resource, NotPrincipal, and actions other than those of sts.
func (d *decoder) trustStatement(n *strictjson.Node, s *Statement) {
	for _, name := range [...]string{"Resource", "NotResource"} {
		if v := n.Get(name); v != nil {
			d.errorf(v, ruleInvalidElement, "a trust policy has no %s: it is about the role that it stands in", name)
		}
	}
	if v := n.Get("NotPrincipal"); v != nil {
		d.errorf(v, ruleInvalidElement, "a trust policy has no NotPrincipal; name who is trusted, or who is not, with Principal")
	}
	for _, t := range append(s.Actions[:len(s.Actions):len(s.Actions)], s.NotActions...) {
		if !strings.HasPrefix(conditions.Fold(t.Text), "sts:") {
			d.refuse(t, ruleInvalidAction, `action %q has no place in a trust policy, which is only asked who may assume the role; expected "sts:AssumeRole" or another action of sts`, t.Text)
		}
	}
}
