package pdp

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A statement is a compiled Statement: nothing of it can fail any more.
type statement struct {
	principals  *principalSet // of a resource or trust policy; else nil
	actions     []wildcard.Pattern
	resources   []resourcePattern
	conditions  *conditions.Set // nil is always true
	effect      Effect
	notAction   bool
	notResource bool
}

// A resourcePattern is one pattern of Resource or NotResource.
type resourcePattern struct {
	arn.Pattern
	template *conditions.Template // nil unless the pattern has variables
}

// compileStatement compiles all of s but its principals, which depend on the rest
// of the bundle. environment is what its conditions may refer to; it may be nil.
func compileStatement(environment *conditions.Environment, p *Policy, s *Statement) (statement, []*strictjson.Error) {
	c := statement{effect: s.Effect, notAction: len(s.NotActions) > 0, notResource: len(s.NotResources) > 0}
	var problems []*strictjson.Error
	actions, resources := s.Actions, s.Resources
	if c.notAction {
		actions = s.NotActions
	}
	if c.notResource {
		resources = s.NotResources
	}
	c.actions = make([]wildcard.Pattern, 0, len(actions))
	for _, t := range actions {
		if e := checkActionPattern(t, p.Dialect); e != nil {
			problems = append(problems, e)
		}
		c.actions = append(c.actions, wildcard.CompileFold(wildcard.Tokens(t.Text)))
	}
	c.resources = make([]resourcePattern, 0, len(resources))
	for _, t := range resources {
		r, errs := compileResource(t, p.Variables())
		problems = append(problems, errs...)
		c.resources = append(c.resources, r)
	}
	if len(s.Conditions) > 0 {
		set, errs := conditions.CompileIn(environment, s.Conditions, p.Variables())
		problems = append(problems, errs...)
		c.conditions = set
	}
	return c, problems
}

// checkActionPattern refuses what IAM refuses in Action, and what no request's
// action could ever match. In riam's dialect names have as many colons as they like.
func checkActionPattern(t Text, dialect Dialect) *strictjson.Error {
	rule, reason := ruleInvalidAction, ""
	service, name, colon := strings.Cut(t.Text, ":")
	switch {
	case strings.Contains(t.Text, "${"):
		rule, reason = ruleVariableInElement, "holds a policy variable; actions take none"
	case strings.ContainsFunc(t.Text, forbiddenInAction):
		reason = `holds a blank, a control character or "|"; no action does`
	case colon && strings.ContainsAny(service, "*?"):
		reason = `has a wildcard in front of its colon; expected the name of one service, or "*" alone for every action`
	case colon && (service == "" || name == ""):
		reason = "has nothing on one side of its colon; expected service:Name"
	case strings.Contains(name, ":") && dialect != DialectRIAM:
		reason = "has more than one colon; expected service:Name"
	default:
		return nil
	}
	return &strictjson.Error{Place: t.Place, Rule: rule, Reason: "action " + strconv.Quote(t.Text) + " " + reason}
}

func forbiddenInAction(r rune) bool {
	return r == '|' || unicode.IsSpace(r) || unicode.IsControl(r)
}

// compileResource compiles a pattern of Resource or NotResource.
func compileResource(t Text, variables bool) (resourcePattern, []*strictjson.Error) {
	template, problems := conditions.ParseTemplate(t.Text, t.Place, variables)
	if len(problems) > 0 {
		return resourcePattern{}, problems
	}
	tokens := template.Tokens()
	pattern, err := arn.CompilePattern(tokens)
	if err != nil {
		return resourcePattern{}, []*strictjson.Error{{Place: t.Place, Rule: ruleOfPattern(t.Text, tokens), Reason: "resource " + strconv.Quote(t.Text) + ": " + err.Error()}}
	}
	r := resourcePattern{Pattern: pattern}
	if len(template.Keys()) > 0 {
		r.template = template
	}
	return r, nil
}

// ruleOfPattern finds AWS's title for what arn refuses.
func ruleOfPattern(text string, tokens []wildcard.Token) string {
	switch {
	case arn.IsARN(text) && !strings.HasPrefix(text, "arn:"):
		return ruleInvalidARNPrefix
	case slices.ContainsFunc(tokens, func(t wildcard.Token) bool { return t.Kind == wildcard.Hole }):
		return ruleVariableInElement
	}
	return ruleInvalidARN
}

// matchesAction reports whether the statement covers the action.
func (c *statement) matchesAction(action string) bool {
	for i := range c.actions {
		if c.actions[i].Match(action, nil) {
			return !c.notAction
		}
	}
	return c.notAction
}

// matchesResource says whether the statement covers the resource. A pattern with
// a variable that the request lacks matches nothing under Resource, and is unknown
// under NotResource: "none of these" must not hold because one of them cannot be
// read. A variable whose source is incomplete is unknown under both.
//
// A trust policy's statements have none: their resource is the role that is asked
// about.
func (c *statement) matchesResource(s *scratch) conditions.Tri {
	if len(c.resources) == 0 {
		return conditions.True
	}
	unknown := false
	for i := range c.resources {
		p := &c.resources[i]
		if p.template != nil {
			fills, known := p.template.Resolve(s, s.fills)
			if s.fills = fills; known != conditions.True {
				unknown = unknown || c.notResource || known == conditions.Unknown
				continue
			}
		}
		if p.Match(s.resource, s.fills) {
			return conditions.Of(!c.notResource)
		}
	}
	if unknown {
		return conditions.Unknown
	}
	return conditions.Of(c.notResource)
}

// applies says whether the statement, whoever it is for, applies to the request
// whose action this is. The cheapest question comes first.
func (c *statement) applies(s *scratch) conditions.Tri {
	if !c.matchesAction(s.action) {
		return conditions.False
	}
	t := c.matchesResource(s)
	if t == conditions.False || c.conditions == nil {
		return t
	}
	return t.And(c.conditions.Eval(s))
}
