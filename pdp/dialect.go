package pdp

import (
	"slices"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// statementTells says what a key of a statement makes of a document with
// "statements". Keys that both dialects have tell nothing.
var statementTells = map[string]Dialect{
	"action": DialectRIAM, "actions": DialectRIAM, "sid": DialectRIAM, "conditions": DialectRIAM,
	"identities": DialectAllowMe, "operations": DialectAllowMe,
}

// documentTells says the same of a key beside "statements".
var documentTells = map[string]Dialect{
	"id": DialectRIAM, "name": DialectRIAM,
	"default": DialectAllowMe, "matcher": DialectAllowMe,
}

// dialectPolicy decodes a document with "statements": riam's, told by statements
// with actions, or allow-me's, told by statements with identities.
func (d *decoder) dialectPolicy(n *strictjson.Node, name string) *Policy {
	dialect, ok := d.dialect(n)
	switch {
	case !ok:
		return nil
	case dialect == DialectRIAM:
		return d.riam(n, name)
	}
	return d.allowMe(n, name)
}

// inlinePolicy decodes a policy that stands where its name may stand. One in
// allow-me's dialect cannot: it would speak for everybody whom it names, from the
// entry of one.
func (d *decoder) inlinePolicy(n *strictjson.Node, name string) *Policy {
	if n.Get("statements") == nil || n.Get("Statement") != nil {
		return d.policy(n, name, formIdentity)
	}
	p := d.dialectPolicy(n, name)
	if p != nil && p.Dialect == DialectAllowMe {
		d.errorf(n, ruleUnsupportedDialect, "an allow-me policy speaks for those whom its identities name; expected it in a file of its own")
	}
	return p
}

// addNew adds the problems of what was found whose places have none yet, of all
// since the given number: what cannot be read is said once.
func (d *decoder) addNew(since int, found []*strictjson.Error) {
	old := d.problems[since:]
	for _, e := range found {
		if !slices.ContainsFunc(old, func(o *strictjson.Error) bool { return o.Place == e.Place }) {
			d.problems = append(d.problems, e)
		}
	}
}

// dialect finds the one dialect that a document's keys tell.
func (d *decoder) dialect(n *strictjson.Node) (Dialect, bool) {
	first, told := DialectIAM, ""
	tell := func(tells map[string]Dialect, members []strictjson.Member) bool {
		for _, m := range members {
			switch dialect, ok := tells[m.Name]; {
			case !ok:
			case told == "":
				first, told = dialect, m.Name
			case dialect != first:
				d.errorf(m.Value, ruleMixedDocument, `%q and %q belong to different dialects; a policy is riam's (statements with "actions") or allow-me's (statements with "identities")`, told, m.Name)
				return false
			}
		}
		return true
	}
	statements := n.Get("statements")
	nodes := statements.Items
	if statements.Kind == strictjson.Object {
		nodes = []*strictjson.Node{statements}
	}
	for _, s := range nodes {
		if !tell(statementTells, s.Members) {
			return 0, false
		}
	}
	if !tell(documentTells, n.Members) {
		return 0, false
	}
	if told == "" {
		d.errorf(statements, ruleUnknownDocument, `nothing tells the dialect of these statements; expected statements with "actions" (riam's dialect) or with "identities" (allow-me's)`)
		return 0, false
	}
	return first, true
}
