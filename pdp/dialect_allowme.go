package pdp

import (
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const (
	allowMeElements          = "statements, default, matcher"
	allowMeStatementElements = "effect, identities, operations, resources, description"
)

// allowMe decodes a policy of allow-me's dialect (github.com/vadim-kovalyov/allow-me):
// of its statements the first that matches decides. See firstMatch for what it means.
//
// What it refuses where allow-me does not: fields that nobody reads (an "order" among
// them: the order is that of the document), no statements at all, empty lists and
// strings, variables that are not closed, and texts that could never match, such as
// a star where stars are compared as they stand.
func (d *decoder) allowMe(n *strictjson.Node, name string) *Policy {
	f := &FirstMatch{Place: d.places.Of(n)}
	for _, m := range n.Members {
		switch v := m.Value; m.Name {
		case "statements":
		case "default":
			d.allowMeDefault(v, f)
		case "matcher":
			if t, ok := d.text(v, "matcher"); ok {
				f.Matcher = t
			}
		default:
			d.errorf(v, ruleInvalidElement, "an allow-me policy has no element %q%s; expected %s", m.Name, didYouMean(m.Name, allowMeElements), allowMeElements)
		}
	}
	statements := n.Get("statements")
	if d.is(statements, strictjson.Array, "statements") && len(statements.Items) == 0 {
		d.errorf(statements, ruleMissingStatement, "statements is an empty list; expected at least one statement")
	}
	for i, s := range statements.Items {
		before := len(d.problems)
		f.Statements = append(f.Statements, d.allowMeStatement(s, i))
		c := firstMatchCompiler{matcher: matcherOf(f.Matcher.Text, nil)}
		c.statement(&f.Statements[i])
		d.addNew(before, c.problems)
	}
	return &Policy{Name: name, Dialect: DialectAllowMe, FirstMatch: f, Place: d.places.Of(n)}
}

func (d *decoder) allowMeDefault(n *strictjson.Node, f *FirstMatch) {
	f.DefaultPlace = d.places.Of(n)
	if !d.is(n, strictjson.String, "default") {
		return
	}
	switch n.Text {
	case "allow":
		f.DefaultAllow = true
	case "deny":
	default:
		d.errorf(n, ruleInvalidDefault, `default is %.80q; expected "deny" or "allow", in exactly this case`, n.Text)
	}
}

func (d *decoder) allowMeStatement(n *strictjson.Node, index int) FirstMatchStatement {
	s := FirstMatchStatement{Index: index, Place: d.places.Of(n)}
	if !d.is(n, strictjson.Object, "a statement") {
		return s
	}
	for _, m := range n.Members {
		switch v := m.Value; m.Name {
		case "effect":
			s.Effect = d.lowerEffect(v)
		case "identities":
			s.Identities = d.fullList(v, m.Name, ruleMissingIdentity)
		case "operations":
			s.Operations = d.fullList(v, m.Name, ruleMissingOperation)
		case "resources":
			s.Resources = d.fullList(v, m.Name, ruleEmptyArrayResource)
		case "description":
			if d.is(v, strictjson.String, m.Name) {
				s.Description = v.Text
			}
		default:
			d.errorf(v, ruleInvalidElement, "an allow-me statement has no element %q%s; expected %s", m.Name, didYouMean(m.Name, allowMeStatementElements), allowMeStatementElements)
		}
	}
	if n.Get("effect") == nil {
		d.errorf(n, ruleMissingEffect, `statement %d has no effect; expected "allow" or "deny"`, index)
	}
	if n.Get("identities") == nil {
		d.errorf(n, ruleMissingIdentity, "statement %d has no identities", index)
	}
	if n.Get("operations") == nil {
		d.errorf(n, ruleMissingOperation, "statement %d has no operations", index)
	}
	return s
}

// fullList reads a list of strings that is not empty; allow-me knows no other way
// to write one string.
func (d *decoder) fullList(n *strictjson.Node, what, emptyRule string) []Text {
	if !d.is(n, strictjson.Array, what) {
		return nil
	}
	if len(n.Items) == 0 {
		d.errorf(n, emptyRule, "%s is an empty list", what)
		return nil
	}
	return d.items(n, what)
}
