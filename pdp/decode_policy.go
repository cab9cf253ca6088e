package pdp

import (
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"

	policyElements    = "Version, Id, Statement"
	statementElements = "Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition"
)

// A form is what a policy is for, as far as its grammar goes.
type form uint8

const (
	formAny      form = iota // an identity or a resource policy, as its statements say
	formIdentity             // inline: no Principal
	formTrust                // of a role: Principal, no Resource, actions of sts
)

// policy decodes a policy document, or an inline policy. The policy returned is
// whole only if no problem was added.
func (d *decoder) policy(n *strictjson.Node, name string, f form) *Policy {
	p := &Policy{Name: name, Version: version2008, Place: d.places.Of(n), Resource: f == formTrust}
	var id, statements *strictjson.Node
	for _, m := range n.Members {
		switch m.Name {
		case "Version":
			d.version(m.Value, p)
		case "Id":
			id = m.Value
			if t, ok := d.text(id, "Id"); ok {
				p.ID = t.Text
			}
		case "Statement":
			statements = m.Value
		default:
			d.errorf(m.Value, ruleInvalidElement, "a policy has no element %q%s; expected %s", m.Name, didYouMean(m.Name, policyElements), policyElements)
		}
	}
	nodes := d.statementNodes(n, statements, f)
	p.Statements = make([]Statement, 0, len(nodes))
	for i, s := range nodes {
		p.Statements = append(p.Statements, d.statement(s, i, f))
	}
	for i := range p.Statements {
		if s := &p.Statements[i]; s.Principal != nil || s.NotPrincipal != nil {
			p.Resource = true
		}
	}
	if f == formIdentity && p.Resource {
		d.errorf(n, ruleUnsupportedPrinc, "an inline policy is an identity policy, which applies where it is attached; it has no Principal")
	}
	if id != nil && !p.Resource && len(nodes) > 0 {
		d.errorf(id, ruleInvalidElement, "Id belongs to resource policies only, and no statement of this policy has a Principal")
	}
	sids := d.noSids()
	for i, s := range nodes {
		if s.Kind == strictjson.Object {
			d.inPolicy(p, s, &p.Statements[i], sids)
		}
	}
	d.problems = append(d.problems, p.finish()...)
	return p
}

func (d *decoder) version(n *strictjson.Node, p *Policy) {
	if !d.is(n, strictjson.String, "Version") {
		return
	}
	if n.Text != version2008 && n.Text != version2012 {
		d.errorf(n, ruleInvalidVersion, "Version is %q; expected %q or %q", n.Text, version2012, version2008)
		return
	}
	p.Version = n.Text
}

// statementNodes returns the statements, one or a list of them. A trust policy
// with an empty list trusts nobody.
func (d *decoder) statementNodes(policy, n *strictjson.Node, f form) []*strictjson.Node {
	switch {
	case n == nil:
		d.errorf(policy, ruleMissingStatement, "a policy needs a Statement")
	case n.Kind == strictjson.Object:
		return []*strictjson.Node{n}
	case n.Kind != strictjson.Array:
		d.errorf(n, ruleDataType, "Statement is %s; expected an object or a list of objects", kindName(n.Kind))
	case len(n.Items) == 0 && f != formTrust:
		d.errorf(n, ruleMissingStatement, "Statement is an empty list; expected at least one statement")
	}
	if n == nil {
		return nil
	}
	return n.Items
}

// noSids returns an empty map, the same again for each policy: none stands inside of
// another.
func (d *decoder) noSids() map[string]int {
	if d.sids == nil {
		d.sids = make(map[string]int)
	}
	clear(d.sids)
	return d.sids
}

// inPolicy checks what of a statement depends on its policy: the kind, the
// version, and the Sids before it.
func (d *decoder) inPolicy(p *Policy, n *strictjson.Node, s *Statement, sids map[string]int) {
	if p.Resource && n.Get("Principal") == nil && n.Get("NotPrincipal") == nil {
		d.errorf(n, ruleMissingPrincipal, "statement %d has no Principal; all statements of a resource or trust policy have one, and none of an identity policy", s.Index)
	}
	if s.Sid != "" {
		d.sid(n.Get("Sid"), p, s)
		if first, dup := sids[s.Sid]; dup {
			d.errorf(n.Get("Sid"), ruleUniqueSids, "Sid %q is that of statement %d too", s.Sid, first)
		} else {
			sids[s.Sid] = s.Index
		}
	}
}

// sid checks characters. Resource policies may have spaces in their Sids, as those
// of some AWS services do.
func (d *decoder) sid(n *strictjson.Node, p *Policy, s *Statement) {
	for _, c := range []byte(s.Sid) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && (c != ' ' || !p.Resource) {
			d.errorf(n, ruleUnsupportedSid, "Sid %q has a character other than A-Z, a-z and 0-9", s.Sid)
			return
		}
	}
}

func (d *decoder) statement(n *strictjson.Node, index int, f form) Statement {
	s := Statement{Index: index, Place: d.places.Of(n)}
	if !d.is(n, strictjson.Object, "a statement") {
		return s
	}
	for _, m := range n.Members {
		switch v := m.Value; m.Name {
		case "Sid":
			if d.is(v, strictjson.String, "Sid") {
				if s.Sid = v.Text; v.Text == "" {
					d.errorf(v, ruleEmptySid, "Sid is an empty string; leave it out")
				}
			}
		case "Effect":
			d.effect(v, &s)
		case "Principal":
			s.Principal = d.principals(v, m.Name)
		case "NotPrincipal":
			s.NotPrincipal = d.principals(v, m.Name)
		case "Action":
			s.Actions = d.texts(v, m.Name, ruleEmptyArrayAction)
		case "NotAction":
			s.NotActions = d.texts(v, m.Name, ruleEmptyArrayAction)
		case "Resource":
			s.Resources = d.texts(v, m.Name, ruleEmptyArrayResource)
		case "NotResource":
			s.NotResources = d.texts(v, m.Name, ruleEmptyArrayResource)
		case "Condition":
			s.Conditions = d.condition(v)
		default:
			d.errorf(v, ruleInvalidElement, "a statement has no element %q%s; expected %s", m.Name, didYouMean(m.Name, statementElements), statementElements)
		}
	}
	d.combination(n, &s, f)
	return s
}

func (d *decoder) effect(n *strictjson.Node, s *Statement) {
	if !d.is(n, strictjson.String, "Effect") {
		return
	}
	switch n.Text {
	case "Allow":
		s.Effect = Allow
	case "Deny":
		s.Effect = Deny
	default:
		d.errorf(n, ruleInvalidEffect, `Effect is %q; expected "Allow" or "Deny", in exactly this case`, n.Text)
	}
}

// combination checks which elements a statement has.
func (d *decoder) combination(n *strictjson.Node, s *Statement, f form) {
	if n.Get("Effect") == nil {
		d.errorf(n, ruleMissingEffect, `statement %d has no Effect; expected "Allow" or "Deny"`, s.Index)
	}
	pair := func(name, missing string) {
		plain, not := n.Get(name), n.Get("Not"+name)
		switch {
		case plain != nil && not != nil:
			d.errorf(not, ruleElementCombination, "statement %d has both %s and Not%s; expected one of them", s.Index, name, name)
		case plain == nil && not == nil && missing != "":
			d.errorf(n, missing, "statement %d has neither %s nor Not%s", s.Index, name, name)
		}
	}
	pair("Principal", "")
	pair("Action", ruleMissingAction)
	if f == formTrust {
		d.trustStatement(n, s)
		return
	}
	pair("Resource", ruleMissingResource)
	if v := n.Get("NotPrincipal"); v != nil && s.Effect == Allow {
		d.errorf(v, ruleAllowNotPrincipal, "an Allow for everyone but the ones listed is refused, for it allows whoever was not thought of; use Principal, or Deny with NotPrincipal")
	}
}
