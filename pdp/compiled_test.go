package pdp_test

import (
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// TestChangedDocuments: what Decode compiled counts only as long as the document
// says the same. A change by hand that was overlooked would decide as before.
func TestChangedDocuments(t *testing.T) {
	const policy = `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["docs:Read", "docs:List"], "Resource": ["arn:aws:docs:::a/*", "arn:aws:docs:::b/*"]},
		{"Effect": "Allow", "Action": "docs:Write", "Resource": "arn:aws:docs:::a/*", "Condition": {"StringEquals": {"color": ["red", "blue"]}}}]}`
	read := ask(alice, "docs:Read", "arn:aws:docs:::a/1")
	write := ask(alice, "docs:Write", "arn:aws:docs:::a/1")
	for name, c := range map[string]struct {
		change func(*pdp.Policy)
		r      *pdp.Request
	}{
		"action":            {func(p *pdp.Policy) { p.Statements[0].Actions[0].Text = "docs:Other" }, read},
		"actions":           {func(p *pdp.Policy) { p.Statements[0].Actions = p.Statements[0].Actions[1:] }, read},
		"not actions":       {func(p *pdp.Policy) { s := &p.Statements[0]; s.Actions, s.NotActions = nil, s.Actions }, read},
		"resource":          {func(p *pdp.Policy) { p.Statements[0].Resources[0].Text = "arn:aws:docs:::c/*" }, read},
		"resources":         {func(p *pdp.Policy) { p.Statements[0].Resources = p.Statements[0].Resources[1:] }, read},
		"not resources":     {func(p *pdp.Policy) { s := &p.Statements[0]; s.Resources, s.NotResources = nil, s.Resources }, read},
		"from list to list": {func(p *pdp.Policy) { s := &p.Statements[0]; s.Actions, s.Resources = s.Resources, s.Actions }, read},
		"statements":        {func(p *pdp.Policy) { p.Statements = p.Statements[1:] }, read},
		"order": {func(p *pdp.Policy) {
			p.Statements[0].Actions, p.Statements[1].Actions = p.Statements[1].Actions, p.Statements[0].Actions
		}, read},
		"effect":             {func(p *pdp.Policy) { p.Statements[0].Effect = pdp.Deny }, read},
		"condition's value":  {func(p *pdp.Policy) { p.Statements[1].Conditions[0].Values[0].Text = "green" }, write},
		"condition's kind":   {func(p *pdp.Policy) { p.Statements[1].Conditions[0].Values[0].Kind = conditions.KindNumber }, write},
		"condition's values": {func(p *pdp.Policy) { p.Statements[1].Conditions[0].Values = p.Statements[1].Conditions[0].Values[1:] }, write},
		"condition's key":    {func(p *pdp.Policy) { p.Statements[1].Conditions[0].Key = "colour" }, write},
		"operator":           {func(p *pdp.Policy) { p.Statements[1].Conditions[0].Operator = "StringNotEquals" }, write},
		"new condition":      {func(p *pdp.Policy) { p.Statements[0].Conditions = p.Statements[1].Conditions }, ask(alice, "docs:Read", "arn:aws:docs:::a/1")},
	} {
		t.Run(name, func(t *testing.T) {
			docs := decode(t, files{"p.json": policy, "users.json": `{"users": {"` + alice + `": {"policies": ["p"]}}}`})
			decide := func() pdp.Effect {
				engine, err := pdp.Compile(docs, pdp.Options{}, nil)
				if err != nil {
					return pdp.Deny // refused, which is a difference as well
				}
				r := *c.r
				if name != "new condition" && name != "order" {
					r.Context = context("color", "red")
				}
				return engine.Decide(&r).Effect
			}
			if decide() != pdp.Allow {
				t.Fatal("denied before the change")
			}
			for _, doc := range docs {
				if doc.Policy != nil {
					c.change(doc.Policy)
				}
			}
			if decide() != pdp.Deny {
				t.Error("the change is overlooked")
			}
		})
	}
}

// TestDecodedIsNotCompiledAgain: the path that this is all about is taken, but for
// conditions that refer to what only the whole bundle tells.
func TestDecodedIsNotCompiledAgain(t *testing.T) {
	for condition, want := range map[string]bool{
		`{}`: true,
		`{"StringEquals": {"color": ["red", "${aws:username}"]}, "Bool": {"b": true}}`: true,
		`{"GeoWithinRegion": {"place": "here"}}`:                                       false,
	} {
		docs := decode(t, files{"p.json": `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "a:b",
			"Resource": "arn:aws:docs:::${aws:username}", "Condition": ` + condition + `}}`})
		if got := pdp.CompiledByDecode(docs[0].Policy); got != want {
			t.Errorf("%s: %v, want %v", condition, got, want)
		}
	}
	riam := decode(t, files{"r.json": `{"statements": [{"effect": "allow", "actions": ["a:b:c"], "resources": ["*"]}]}`})
	if !pdp.CompiledByDecode(riam[0].Policy) {
		t.Error("riam's dialect is compiled again")
	}
}

// FuzzUsualAction: nothing is taken at the first look that a closer one refuses.
func FuzzUsualAction(f *testing.F) {
	for action, want := range map[string]bool{
		"s3:GetObject": true, "s3:Get*": true, "s3:*": true, "a-b.c:?x_1": true,
		"*": false, "s3": false, "s3:": false, ":x": false, "s*:x": false, "a:b:c": false, "s3:Get Object": false,
		"s3:${x}": false, "s3:a|b": false, "s3:é": false, "": false, "*:": false, "*:x": false,
	} {
		if usual, _ := pdp.UsualAction(action); usual != want {
			f.Errorf("%q: usual %v, want %v", action, usual, want)
		}
		f.Add(action)
	}
	f.Fuzz(func(t *testing.T, action string) {
		if usual, taken := pdp.UsualAction(action); usual && !taken {
			t.Errorf("%q is refused at a closer look", action)
		}
	})
}
