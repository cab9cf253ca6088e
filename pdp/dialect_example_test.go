package pdp_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A topicFilter is an MQTT topic filter, in which "+" is one level and "#" all that
// follow.
type topicFilter []wildcard.Token

// compileTopicFilter is a pdp.CompileMatcher.
func compileTopicFilter(pattern []wildcard.Token) (pdp.Matcher, error) {
	for i, t := range pattern {
		at := strings.Index(t.Text, "#")
		if at >= 0 && (i < len(pattern)-1 || at < len(t.Text)-1) {
			return nil, fmt.Errorf(`has a "#" that is not at its end`)
		}
	}
	return topicFilter(pattern), nil
}

// Match compares level by level. A "+" counts only where the author wrote it: what
// fills a hole is text.
func (f topicFilter) Match(topic string, fills []string) bool {
	levels := [][]wildcard.Token{nil}
	for _, t := range f {
		if t.Kind == wildcard.Hole {
			levels[len(levels)-1] = append(levels[len(levels)-1], wildcard.Token{Text: fills[t.Hole]})
			continue
		}
		for i, text := range strings.Split(t.Text, "/") {
			if i > 0 {
				levels = append(levels, nil)
			}
			level := wildcard.Token{Text: text}
			if text == "+" {
				level = wildcard.Token{Kind: wildcard.Any}
			}
			levels[len(levels)-1] = append(levels[len(levels)-1], level)
		}
	}
	parts := strings.Split(topic, "/")
	for i, level := range levels {
		switch {
		case len(level) == 1 && level[0].Text == "#":
			return true
		case i == len(parts) || !wildcard.Compile(level).Match(parts[i], nil):
			return false
		}
	}
	return len(levels) == len(parts)
}

// A program that embeds the engine teaches allow-me documents a matcher and a
// variable of its own, and checks documents by its own rules.
func ExampleExtensions() {
	fleet := map[string]string{"pump-7": "north"}
	extensions := pdp.Extensions{
		Matchers: map[string]pdp.CompileMatcher{"mqtt": compileTopicFilter},
		Variables: map[string]pdp.VariableFunc{"site": func(a pdp.Asked) conditions.Value {
			if site, ok := fleet[a.Principal]; ok {
				return conditions.Text(site)
			}
			return conditions.Absent()
		}},
		Validators: []pdp.Validator{func(d *pdp.Document) []*strictjson.Error {
			var problems []*strictjson.Error
			if d.Policy != nil && d.Policy.FirstMatch != nil {
				for _, s := range d.Policy.FirstMatch.Statements {
					if s.Description == "" {
						problems = append(problems, &strictjson.Error{Place: s.Place, Rule: "House rule", Reason: "a statement needs a description"})
					}
				}
			}
			return problems
		}},
	}
	for _, document := range []string{
		`{"matcher": "mqtt", "statements": [
			{"effect": "deny", "identities": ["{{any}}"], "operations": ["mqtt:publish"], "resources": ["site/+/alarm"], "description": "alarms are for the operators"},
			{"effect": "allow", "identities": ["{{any}}"], "operations": ["mqtt:publish"], "resources": ["site/{{site}}/#"], "description": "their own site"}]}`,
		`{"matcher": "mqtt", "statements": [{"effect": "allow", "identities": ["{{any}}"], "operations": ["mqtt:publish"], "resources": ["site/#/x"]}]}`,
	} {
		doc, problems := pdp.Decode("devices.json", []byte(document))
		if len(problems) > 0 {
			fmt.Println(problems)
			return
		}
		engine, err := pdp.Compile([]*pdp.Document{doc}, pdp.Options{Extensions: extensions}, nil)
		if err != nil {
			fmt.Println(err)
			continue
		}
		for _, topic := range []string{"site/north/pressure/7", "site/south/pressure/7", "site/north/alarm"} {
			d := engine.Decide(&pdp.Request{
				Principal: pdp.Principal{ID: "pump-7"}, Action: "mqtt:publish", Resource: pdp.Resource{ID: topic},
				Time: time.Unix(1_800_000_000, 0),
			})
			fmt.Println(topic, d.Effect, d.Reason)
		}
	}
	// Output:
	// site/north/pressure/7 Allow identity_policy
	// site/south/pressure/7 Deny implicit_deny
	// site/north/alarm Deny explicit_deny
	// devices.json:1:36 /statements/0: House rule: a statement needs a description
	// devices.json:1:129 /statements/0/resources/0: Invalid resource: resource "site/#/x" has a "#" that is not at its end
}
