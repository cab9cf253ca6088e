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

// A compiledPolicy is what the statements of a policy come to by themselves, without
// the rest of the bundle. It is immutable.
type compiledPolicy struct {
	statements []compiledStatement
}

// A compiledStatement is one of them: all but its principals, which depend on the
// rest of the bundle. Nothing of it can fail any more.
type compiledStatement struct {
	actions     []wildcard.Pattern
	resources   []resourcePattern
	conditions  *conditions.Set // nil is always true
	notAction   bool
	notResource bool
}

// compilePolicy compiles the statements of a policy. environment is what their
// conditions may refer to; it may be nil.
func compilePolicy(environment *conditions.Environment, p *Policy) (compiledPolicy, []*strictjson.Error) {
	compiled := compiledPolicy{statements: make([]compiledStatement, len(p.Statements))}
	var problems []*strictjson.Error
	for i := range p.Statements {
		s, errs := compileStatement(environment, p, &p.Statements[i])
		compiled.statements[i], problems = s, append(problems, errs...)
	}
	return compiled, problems
}

// texts returns the patterns of Action or NotAction, and of Resource or NotResource.
func (s *Statement) texts() (actions, resources []Text) {
	actions, resources = s.Actions, s.Resources
	if len(s.NotActions) > 0 {
		actions = s.NotActions
	}
	if len(s.NotResources) > 0 {
		resources = s.NotResources
	}
	return actions, resources
}

// compileStatement compiles one statement.
func compileStatement(environment *conditions.Environment, p *Policy, s *Statement) (compiledStatement, []*strictjson.Error) {
	c := compiledStatement{notAction: len(s.NotActions) > 0, notResource: len(s.NotResources) > 0}
	var problems []*strictjson.Error
	actions, resources := s.texts()
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
