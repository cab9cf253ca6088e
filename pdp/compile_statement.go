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
	c := policyCompiler{policy: p, environment: environment}
	compiled := compiledPolicy{statements: make([]compiledStatement, len(p.Statements))}
	c.allocate()
	for i := range p.Statements {
		compiled.statements[i] = c.statement(&p.Statements[i])
	}
	return compiled, c.problems
}

// A policyCompiler compiles the statements of one policy. The patterns of
// all of them share memory.
type policyCompiler struct {
	policy      *Policy
	environment *conditions.Environment
	actions     []wildcard.Pattern
	resources   []resourcePattern
	problems    []*strictjson.Error
}

func (c *policyCompiler) allocate() {
	actions, resources := 0, 0
	for i := range c.policy.Statements {
		a, r := c.policy.Statements[i].texts()
		actions, resources = actions+len(a), resources+len(r)
	}
	c.actions = make([]wildcard.Pattern, actions)
	c.resources = make([]resourcePattern, resources)
}

// room takes room for n of memory.
func room[T any](memory *[]T, n int) []T {
	list := (*memory)[:0:n]
	*memory = (*memory)[n:]
	return list
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

func (c *policyCompiler) statement(s *Statement) compiledStatement {
	compiled := compiledStatement{notAction: len(s.NotActions) > 0, notResource: len(s.NotResources) > 0}
	actions, resources := s.texts()
	compiled.actions = room(&c.actions, len(actions))
	for _, t := range actions {
		if !usualAction(t.Text) {
			if e := checkActionPattern(t, c.policy.Dialect); e != nil {
				c.problems = append(c.problems, e)
			}
		}
		var usual [4]wildcard.Token
		compiled.actions = append(compiled.actions, wildcard.CompileFold(wildcard.AppendTokens(usual[:0], t.Text)))
	}
	compiled.resources = room(&c.resources, len(resources))
	for _, t := range resources {
		compiled.resources = append(compiled.resources, c.resource(t))
	}
	if len(s.Conditions) > 0 {
		set, problems := conditions.CompileIn(c.environment, s.Conditions, c.policy.Variables())
		c.problems = append(c.problems, problems...)
		compiled.conditions = set
	}
	return compiled
}

// usualAction reports whether an action is a service, a colon and a name of letters,
// digits and a few signs, with wildcards in the name alone. Nothing is wrong with
// those, and to see it in one look takes 15 ns where checkActionPattern takes 130.
func usualAction(s string) bool {
	colon := strings.IndexByte(s, ':')
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', isDigit(c), c == '-', c == '_', c == '.':
		case (c == '*' || c == '?') && i > colon, i == colon:
		default:
			return false
		}
	}
	return colon > 0 && colon < len(s)-1
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

// resource compiles a pattern of Resource or NotResource.
func (c *policyCompiler) resource(t Text) resourcePattern {
	var template *conditions.Template // nil for most, which have no "${" and need none
	var tokens []wildcard.Token
	var usual [8]wildcard.Token
	if strings.Contains(t.Text, "${") {
		var problems []*strictjson.Error
		if template, problems = conditions.ParseTemplate(t.Text, t.Place, c.policy.Variables()); len(problems) > 0 {
			c.problems = append(c.problems, problems...)
			return resourcePattern{}
		}
		tokens = template.Tokens()
	} else {
		tokens = wildcard.AppendTokens(usual[:0], t.Text)
	}
	pattern, err := arn.CompilePattern(tokens)
	if err != nil {
		c.problems = append(c.problems, &strictjson.Error{Place: t.Place, Rule: ruleOfPattern(t.Text, tokens), Reason: "resource " + strconv.Quote(t.Text) + ": " + err.Error()})
		return resourcePattern{}
	}
	r := resourcePattern{Pattern: pattern}
	if template != nil && len(template.Keys()) > 0 {
		r.template = template
	}
	return r
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
