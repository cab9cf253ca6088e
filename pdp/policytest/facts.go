package policytest

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// The two families of names that stand for tags; the tag's key follows.
const (
	principalTag = "principal.tag/"
	resourceTag  = "resource.tag/"
)

// set takes one name=value of a question: a fact about the principal or the
// resource, or else a key of the context. A quoted name is always a key.
func (c *Case) set(p pair) (err error) {
	if p.name.quoted {
		return c.addKey(p)
	}
	switch name := p.name.text; {
	case name == "groups":
		c.Principal.Groups, err = p.list()
	case name == "roles":
		c.Principal.Roles, err = p.list()
	case name == "incomplete":
		c.Incomplete, err = p.list()
	case name == "permission":
		c.Permission, err = p.text()
	case name == "malformed":
		c.Malformed, err = p.text()
	case name == "refused":
		c.Refused, err = parseRefusal(p.raw)
	case name == "tenant":
		c.Principal.Tenant, err = p.text()
	case name == "provider":
		c.Principal.Provider, err = p.text()
	case name == "root":
		c.Principal.Root, err = parseFlag(p)
	case name == "resource.tenant":
		c.Resource.Tenant, err = p.text()
	case name == sessionName || strings.HasPrefix(name, sessionPrefix):
		err = c.setSession(p)
	case name == "trust":
		c.Principal.Trust, err = parseTrust(p.raw)
	case strings.HasPrefix(name, principalTag):
		err = addTag(&c.Principal.Tags, name[len(principalTag):], p)
	case strings.HasPrefix(name, resourceTag):
		err = addTag(&c.Resource.Tags, name[len(resourceTag):], p)
	default:
		err = c.addKey(p)
	}
	return err
}

func (c *Case) addKey(p pair) error {
	for _, k := range c.Keys {
		if conditions.Fold(k.Name) == conditions.Fold(p.name.text) {
			return fmt.Errorf("key %s stands twice", p.name.text)
		}
	}
	v, json, err := parseValue(p.raw)
	if err != nil {
		return fmt.Errorf("%s: %w", p.name.text, err)
	}
	c.Keys = append(c.Keys, Key{Name: p.name.text, Value: v, json: json})
	return nil
}

func addTag(tags *map[string]string, key string, p pair) error {
	text, err := p.text()
	if err != nil {
		return err
	}
	if *tags == nil {
		*tags = make(map[string]string)
	}
	if _, ok := (*tags)[key]; ok {
		return fmt.Errorf("tag %s stands twice", key)
	}
	(*tags)[key] = text
	return nil
}

func parseRefusal(raw string) (*pdp.Refusal, error) {
	for _, r := range pdp.Reasons() {
		if r.String() == raw && r.Class() != pdp.ClassAllow {
			return &pdp.Refusal{Reason: r}, nil
		}
	}
	return nil, fmt.Errorf("expected the reason of a deny after refused=, found %q", raw)
}

func parseTrust(raw string) (pdp.Trust, error) {
	switch raw {
	case "nothing":
		return pdp.TrustNothing, nil
	case "granted":
		return pdp.TrustGranted, nil
	case "facts":
		return pdp.TrustFacts, nil
	}
	return 0, fmt.Errorf("expected trust=nothing, trust=granted or trust=facts, found %q", raw)
}
