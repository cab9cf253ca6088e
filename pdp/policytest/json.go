package policytest

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mayi-authz/mayi/pdp"
)

// ErrUnsayable is wrapped by the error of a case that a decider has no way to
// be asked. Such a case is skipped there, and counted.
var ErrUnsayable = errors.New("cannot be said here")

func unsayable(what string) error { return fmt.Errorf("%s %w", what, ErrUnsayable) }

// JSON returns the question as a JSON request of the Decide API, for a listener
// that trusts its callers' facts. What that API has no words for is ErrUnsayable:
// values that cannot be known, facts that are not trusted, another clock's zero.
// The server under test must decide at the case's Time.
func (c *Case) JSON() ([]byte, error) {
	if err := c.sayable(); err != nil {
		return nil, err
	}
	context := make(map[string]jsontext.Value, len(c.Keys))
	for _, k := range c.Keys {
		if k.json == "" {
			return nil, unsayable("the value of " + k.Name)
		}
		context[k.Name] = jsontext.Value(k.json)
	}
	body := map[string]any{"principal": c.jsonPrincipal(), "resource": c.jsonResource()}
	if c.Action != "" {
		body["action"] = c.Action
	}
	if c.Permission != "" {
		body["permission"] = c.Permission
	}
	if len(context) > 0 {
		body["context"] = context
	}
	if c.Session != nil {
		body["session"] = c.jsonSession()
	}
	data, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", unsayable("text that is not UTF-8"), err)
	}
	return data, nil
}

func (c *Case) sayable() error {
	p := &c.Principal
	switch {
	case c.HTTP != nil:
		return unsayable("an HTTP request")
	case len(c.Incomplete) > 0:
		return unsayable("an incomplete source")
	case c.Malformed != "" || c.Refused != nil:
		return unsayable("a request that a door refused")
	case c.Time.IsZero():
		return unsayable("a request without a time")
	case p.Anonymous() && c.facts():
		return unsayable("facts about nobody")
	case p.Provider != "" || p.Root:
		return unsayable("who vouched for a principal")
	case p.Trust != pdp.TrustFacts && (c.facts() || c.Session != nil && c.Session.Tags != nil):
		return unsayable("facts that are not trusted")
	}
	return nil
}

func (c *Case) facts() bool {
	return c.Principal.Groups != nil || c.Principal.Roles != nil || c.Principal.Tags != nil ||
		c.Principal.Tenant != ""
}

func (c *Case) jsonPrincipal() any {
	p := &c.Principal
	switch {
	case p.Anonymous():
		return nil
	case !c.facts():
		return p.ID
	}
	out := map[string]any{"id": p.ID}
	if p.Groups != nil {
		out["groups"] = p.Groups
	}
	if p.Roles != nil {
		out["roles"] = p.Roles
	}
	if p.Tags != nil {
		out["tags"] = p.Tags
	}
	if p.Tenant != "" {
		out["tenant"] = p.Tenant
	}
	return out
}

func (c *Case) jsonResource() any {
	if c.Resource.Tags == nil && c.Resource.Tenant == "" {
		return c.Resource.ID
	}
	out := map[string]any{"id": c.Resource.ID}
	if c.Resource.Tags != nil {
		out["tags"] = c.Resource.Tags
	}
	if c.Resource.Tenant != "" {
		out["tenant"] = c.Resource.Tenant
	}
	return out
}
