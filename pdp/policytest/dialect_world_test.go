package policytest_test

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/mayi-authz/mayi/conditions"
)

// What allow-me's texts are drawn from: few, so that they meet requests, and the
// ones that have fooled policy engines.
var (
	allowMeIdentities = []string{
		"{{any}}", "{{any}}", "{{any}}", "{{identity}}", "{{anonymous}}", "alice", "al", "bob", "carol", "spiffe://x/web", "arn:aws:iam::111122223333:user/alice",
		"arn:aws:sts::111122223333:assumed-role/deploy/run", "{{k1}}", "{{k2}}", "{{aws:PrincipalTag/dept}}", "a{{k3}}", "{{aws:username}}",
	}
	allowMeOperations = []string{"{{any}}", "{{any}}", "{{any}}", "{{operation}}", "a:Get", "A:put", "b:Get", "plain", "{{k1}}", "a:{{k2}}", "sts:AssumeRole"}
	allowMeResources  = map[string][]string{
		"equals": {
			"{{any}}", "{{any}}", "doc/1", "doc/{{aws:username}}", "doc/{{identity}}", "arn:aws:s3:::b/{{identity}}", "{{k1}}", "doc/{{k2}}", "../doc/1", "doc", "{{operation}}",
		},
		"starts_with": {
			"{{any}}", "doc/", "doc", "arn:aws:s3:::", "arn:aws:sqs:eu:444455556666:", "doc/{{k1}}", "{{aws:PrincipalTag/dept}}", "doc/{{identity}}", "{{k1}}{{k2}}", "/", "arn:mayi:http:::h/",
		},
		"glob": {
			"{{any}}", "*", "*", "doc/*", "doc/?", "*1", "arn:aws:*", "arn:*:{{k1}}", "doc/{{k2}}*", "*{{identity}}", "??c/{{aws:username}}", "doc/{{k1}}?", "*/*",
		},
	}
)

// drawDialects adds policies in the other two dialects: riam's among the identity
// policies, and documents of allow-me's, of which some allow by default and wait to
// be attached.
func (w *world) drawDialects(d draw) {
	for i := range d.between(0, 2) {
		name := fmt.Sprintf("m%d", i)
		w.identity = append(w.identity, name)
		w.files[name+".json"] = drawRIAM(d)
	}
	for i := range d.between(-1, 2) { // worlds without any hear the other layers better
		name := fmt.Sprintf("f%d", i)
		byDefault := !d.often(3)
		if byDefault {
			w.held = append(w.held, name)
		}
		w.files[name+".json"] = drawAllowMe(d, byDefault)
	}
}

// drawHeld draws what a group attaches: any identity policies, and all documents
// that wait to be.
func (w *world) drawHeld(d draw) string {
	attached := w.drawAttached(d)
	for _, name := range w.held {
		attached = strings.TrimSuffix(attached, "]") + fmt.Sprintf(", %q]", name)
	}
	return strings.Replace(attached, "[, ", "[", 1)
}

func drawRIAM(d draw) string {
	var statements []string
	for i := range d.between(1, 3) {
		fields := []string{fmt.Sprintf(`"effect": %q`, d.one("allow", "allow", "allow", "deny"))}
		if d.often(1) {
			fields = append(fields, fmt.Sprintf(`"sid": "s %d"`, i))
		}
		if d.often(1) {
			fields = append(fields, fmt.Sprintf(`"action": %q`, d.one(actionPatterns...)))
		} else {
			fields = append(fields, `"actions": `+d.list(1, 3, actionPatterns...))
		}
		fields = append(fields, fmt.Sprintf(`%q: %s`, d.one("resource", "resources"), d.list(1, 3, resourceTexts...)))
		if d.often(1) {
			var maps []string
			for range d.between(1, 3) {
				maps = append(maps, drawRIAMCondition(d))
			}
			fields = append(fields, `"conditions": [`+strings.Join(maps, ", ")+`]`)
		}
		statements = append(statements, "  {"+strings.Join(fields, ", ")+"}")
	}
	return fmt.Sprintf("{\"statements\": [\n%s\n]}\n", strings.Join(statements, ",\n"))
}

// drawRIAMCondition draws a map of one operator over a key or two.
func drawRIAMCondition(d draw) string {
	modifier := d.one("", "", "", "IfExists:", "ForAnyValue:", "ForAllValues:")
	op := operators[d.IntN(len(operators))]
	for op.Extension || op.Type == conditions.TypePresence || op.Type == conditions.TypeARN || op.Type == conditions.TypeBinary {
		op = operators[d.IntN(len(operators))]
	}
	name := strings.NewReplacer("DateLessThanEquals", "DateAtOrBefore", "DateLessThan", "DateBefore",
		"DateGreaterThanEquals", "DateAtOrAfter", "DateGreaterThan", "DateAfter").Replace(op.Name)
	var pairs []string
	for _, key := range [][]string{{"k1", "k2", "http:body/x"}, {"k3", "riam:CurrentTime", "riam:EpochTime", "riam:SourceIP", "aws:PrincipalTag/dept"}} {
		if len(pairs) > 0 && d.often(2) {
			continue
		}
		values := []string{d.one(wants[op.Type]...)}
		if op.Type != conditions.TypeBool {
			for range d.between(0, 2) {
				values = append(values, d.one(wants[op.Type]...))
			}
		}
		if op.Type == conditions.TypeNumber && d.often(1) {
			values = append(values, d.one(numbersAsJSON...)) // beside strings
		}
		pairs = append(pairs, fmt.Sprintf("%q: [%s]", d.one(key...), strings.Join(values, ", ")))
	}
	return fmt.Sprintf("{%q: {%s}}", modifier+name, strings.Join(pairs, ", "))
}

func drawAllowMe(d draw, byDefault bool) string {
	matcher := d.one("equals", "starts_with", "glob")
	var statements []string
	for range d.between(1, 4) {
		fields := []string{
			fmt.Sprintf(`"effect": %q`, d.one("allow", "allow", "allow", "deny")),
			`"identities": ` + d.list(1, 2, allowMeIdentities...),
			`"operations": ` + d.list(1, 2, allowMeOperations...),
		}
		if d.often(6) {
			fields = append(fields, `"resources": `+d.list(1, 2, allowMeResources[matcher]...))
		}
		statements = append(statements, "  {"+strings.Join(fields, ", ")+"}")
	}
	more := ""
	if byDefault {
		more = `, "default": "allow"`
	} else if d.often(1) {
		more = `, "default": "deny"`
	}
	if matcher != "equals" || d.often(1) {
		more += fmt.Sprintf(`, "matcher": %q`, matcher)
	}
	return fmt.Sprintf("{\"statements\": [\n%s\n]%s}\n", strings.Join(statements, ",\n"), more)
}

// list draws from low to high texts as JSON.
func (d draw) list(low, high int, from ...string) string {
	var texts []string
	for range d.between(low, high) {
		texts = append(texts, d.one(from...))
	}
	data, _ := json.Marshal(texts)
	return string(data)
}
