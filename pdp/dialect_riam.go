package pdp

import (
	"strings"
	"unicode"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const (
	riamElements          = "id, name, statements"
	riamStatementElements = "sid, effect, actions, resources, conditions"
)

// riam decodes a policy of riam's dialect (github.com/aajtodd/riam and its issue 1)
// into IAM's terms, so that nothing after the decoder knows the difference. It
// attaches by its file's name, as IAM's policies do.
//
// What differs from IAM's dialect:
//
//   - Elements are lower-case, and lists by name: actions, resources, conditions;
//     the singular action and resource are the same. Effects are allow and deny.
//   - An action may hold several colons ("account:describe:limits").
//   - There are no variables; "${" is refused, for its author meant something.
//   - conditions is a list of maps of one operator each, all of which must hold,
//     so that an operator and even its key may stand there several times.
//   - A modifier stands in front: IfExists:, ForAnyValue:, ForAllValues:. Dates
//     compare by DateBefore, DateAtOrBefore, DateAfter and DateAtOrAfter. IAM's
//     spellings, and IAM's other operators, are known too.
//   - The values of a Numeric operator may be numbers and strings side by side.
//   - An absent key under a negated operator or ForAllValues is unknown: riam says
//     false there and IAM true, and unknown is what neither grants nor lets go.
//
// riam's own name is a label for people: attachments mean the file's.
func (d *decoder) riam(n *strictjson.Node, name string) *Policy {
	p := &Policy{Name: name, Dialect: DialectRIAM, Version: version2008, Place: d.places.Of(n)}
	for _, m := range n.Members {
		switch v := m.Value; m.Name {
		case "id":
			d.riamID(v, p)
		case "name":
			if t, ok := d.text(v, "name"); ok {
				p.Label = t.Text
			}
		case "statements":
		default:
			d.errorf(v, ruleInvalidElement, "a riam policy has no element %q%s; expected %s", m.Name, didYouMean(m.Name, riamElements), riamElements)
		}
	}
	nodes := d.riamStatements(n.Get("statements"))
	sids, before := d.noSids(), len(d.problems)
	for i, s := range nodes {
		p.Statements = append(p.Statements, d.riamStatement(s, i))
		if sid := p.Statements[i].Sid; sid != "" {
			if first, dup := sids[sid]; dup {
				d.errorf(s.Get("sid"), ruleUniqueSids, "sid %q is that of statement %d too", sid, first)
			} else {
				sids[sid] = i
			}
		}
	}
	d.addNew(before, p.finish())
	return p
}

// riamStatements returns the statements, one or a list of them.
func (d *decoder) riamStatements(n *strictjson.Node) []*strictjson.Node {
	switch {
	case n.Kind == strictjson.Object:
		return []*strictjson.Node{n}
	case d.is(n, strictjson.Array, "statements") && len(n.Items) == 0:
		d.errorf(n, ruleMissingStatement, "statements is an empty list; expected at least one statement")
	}
	return n.Items
}

// riamID reads the UUID that riam gives a policy.
func (d *decoder) riamID(n *strictjson.Node, p *Policy) {
	t, ok := d.text(n, "id")
	if !ok {
		return
	}
	p.ID = t.Text
	groups := strings.Split(t.Text, "-")
	valid := len(groups) == 5
	for i, g := range groups {
		valid = valid && len(g) == [...]int{8, 4, 4, 4, 12}[i] && only(g, isHexDigit)
	}
	if !valid {
		d.errorf(n, ruleInvalidID, "id is %.80q; expected a UUID", t.Text)
	}
}

func isHexDigit(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func (d *decoder) riamStatement(n *strictjson.Node, index int) Statement {
	s := Statement{Index: index, Place: d.places.Of(n)}
	if !d.is(n, strictjson.Object, "a statement") {
		return s
	}
	for _, m := range n.Members {
		switch v := m.Value; m.Name {
		case "sid":
			d.riamSid(v, &s)
		case "effect":
			s.Effect = d.lowerEffect(v)
		case "action", "actions":
			s.Actions = d.texts(v, m.Name, ruleEmptyArrayAction)
		case "resource", "resources":
			s.Resources = d.texts(v, m.Name, ruleEmptyArrayResource)
			d.noVariables(s.Resources, m.Name)
		case "conditions":
			s.Conditions = d.riamConditions(v)
		default:
			d.errorf(v, ruleInvalidElement, "a riam statement has no element %q%s; expected %s", m.Name, didYouMean(m.Name, riamStatementElements), riamStatementElements)
		}
	}
	if n.Get("effect") == nil {
		d.errorf(n, ruleMissingEffect, `statement %d has no effect; expected "allow" or "deny"`, index)
	}
	d.oneSpelling(n, index, "action", ruleMissingAction)
	d.oneSpelling(n, index, "resource", ruleMissingResource)
	return s
}

// oneSpelling checks that an element is there in exactly one of its spellings.
func (d *decoder) oneSpelling(n *strictjson.Node, index int, name, missing string) {
	one, many := n.Get(name), n.Get(name+"s")
	switch {
	case one != nil && many != nil:
		d.errorf(many, ruleElementCombination, "statement %d has both %s and %ss, which are two spellings of one element", index, name, name)
	case one == nil && many == nil:
		d.errorf(n, missing, "statement %d has no %ss", index, name)
	}
}

func (d *decoder) riamSid(n *strictjson.Node, s *Statement) {
	switch {
	case !d.is(n, strictjson.String, "sid"):
	case n.Text == "":
		d.errorf(n, ruleEmptySid, "sid is an empty string; leave it out")
	case strings.ContainsFunc(n.Text, unicode.IsControl):
		d.errorf(n, ruleUnsupportedSid, "sid %.80q has a control character", n.Text)
	default:
		s.Sid = n.Text
	}
}

// lowerEffect reads an effect as riam and allow-me spell it.
func (d *decoder) lowerEffect(n *strictjson.Node) Effect {
	if !d.is(n, strictjson.String, "effect") {
		return Deny
	}
	switch n.Text {
	case "allow":
		return Allow
	case "deny":
	default:
		d.errorf(n, ruleInvalidEffect, `effect is %.80q; expected "allow" or "deny", in exactly this case`, n.Text)
	}
	return Deny
}

// noVariables refuses IAM's variables where a dialect has none.
func (d *decoder) noVariables(texts []Text, what string) {
	for _, t := range texts {
		if strings.Contains(t.Text, "${") {
			d.problems = append(d.problems, &strictjson.Error{Place: t.Place, Rule: ruleVariableInElement,
				Reason: "an element of " + what + ` holds "${"; riam's dialect has no policy variables`})
		}
	}
}

// riamConditions decodes a list of maps of one operator each.
func (d *decoder) riamConditions(n *strictjson.Node) []conditions.Clause {
	if !d.is(n, strictjson.Array, "conditions") {
		return nil
	}
	if len(n.Items) == 0 {
		d.errorf(n, ruleEmptyArrayCondition, "conditions is an empty list, so that nothing is asked; leave it out if that is meant")
	}
	var clauses []conditions.Clause
	for block, item := range n.Items {
		if !d.is(item, strictjson.Object, "an element of conditions") {
			continue
		}
		if len(item.Members) != 1 {
			d.errorf(item, ruleOneOperator, "an element of conditions has %d operators; expected one, and one element for each", len(item.Members))
			continue
		}
		clauses = append(clauses, d.riamOperator(item.Members[0], block)...)
	}
	return clauses
}

// riamOperator decodes {"Operator": {"key": values, …}}.
func (d *decoder) riamOperator(op strictjson.Member, block int) []conditions.Clause {
	if !d.is(op.Value, strictjson.Object, "operator "+op.Name) {
		return nil
	}
	if len(op.Value.Members) == 0 {
		d.errorf(op.Value, ruleEmptyObjectOperator, "operator %.80s has no keys", op.Name)
	}
	operator, why := iamOperator(op.Name)
	if why != "" {
		d.errorf(op.Value, ruleInvalidOperator, "%.80q %s", op.Name, why)
		return nil
	}
	var clauses []conditions.Clause
	place := d.places.Of(op.Value)
	for _, key := range op.Value.Members {
		values := d.literals(key.Value)
		for i := range values {
			if values[i].Kind == conditions.KindString && strings.Contains(values[i].Text, "${") {
				d.noVariables([]Text{{Text: values[i].Text, Place: values[i].Place}}, op.Name)
				return nil
			}
			if strings.Contains(operator, "Numeric") && values[i].Kind == conditions.KindNumber {
				values[i].Kind = conditions.KindString // read the same, and may stand beside strings
			}
		}
		clauses = append(clauses, conditions.Clause{
			Operator: operator, Key: iamKey(key.Name), Values: values, Block: block, AbsentIsUnknown: true,
			OperatorPlace: place, KeyPlace: d.places.Of(key.Value),
		})
	}
	return clauses
}

// iamOperator spells one of riam's operators as IAM does, or says what is wrong
// with its modifiers. Names that IAM does not know either are left as they are, for
// package conditions to refuse.
func iamOperator(name string) (operator, why string) {
	modifier, base, modified := strings.Cut(name, ":")
	if !modified {
		modifier, base = "", name
	}
	if strings.Contains(base, ":") || modified && strings.HasSuffix(base, "IfExists") {
		return "", "has two modifiers; expected one of IfExists:, ForAnyValue: and ForAllValues:"
	}
	if iam, ok := riamDates[base]; ok {
		base = iam
	}
	switch modifier {
	case "":
		return base, ""
	case "IfExists":
		return base + modifier, ""
	case "ForAnyValue", "ForAllValues":
		return modifier + ":" + base, ""
	}
	return "", "has an unknown modifier; expected one of IfExists:, ForAnyValue: and ForAllValues:"
}

// riamDates are the comparisons that riam calls otherwise than IAM does.
var riamDates = map[string]string{
	"DateBefore":     "DateLessThan",
	"DateAtOrBefore": "DateLessThanEquals",
	"DateAfter":      "DateGreaterThan",
	"DateAtOrAfter":  "DateGreaterThanEquals",
}
