package decideapi

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// session reads a session from its message by the rules of (*parser).session. A
// text that is empty is as if it were not there.
func (c *converter) session(m *mayiv1.Session, pointer string) *pdp.Session {
	if m == nil {
		return nil
	}
	switch {
	case m.GetType() == "":
		c.fail(pointer, "type is missing")
	case !knownType(m.GetType()):
		c.fail(pointer+"/type", expectedType)
	}
	return &pdp.Session{
		Type:      m.GetType(),
		ID:        m.GetId(),
		Role:      m.GetRole(),
		Chain:     c.texts(m.GetChain(), pointer+"/chain"),
		Name:      m.GetName(),
		IssuedAt:  c.time(m.GetIssuedAt(), pointer+"/issued_at"),
		ExpiresAt: c.time(m.GetExpiresAt(), pointer+"/expires_at"),
		MFAAt:     c.time(m.GetMfa().GetAt(), pointer+"/mfa/at"),
		MFA:       c.texts(m.GetMfa().GetMethods(), pointer+"/mfa/methods"),
		Provider:  m.GetProvider(),
		Tags:      c.tags(m.GetTags(), pointer+"/tags"),
		Policies:  c.policies(m.GetPolicies(), pointer+"/policies"),
		Scopes:    c.texts(m.GetScopes(), pointer+"/scopes"),
	}
}

func (c *converter) time(m *timestamppb.Timestamp, pointer string) time.Time {
	if m == nil {
		return time.Time{}
	}
	if m.CheckValid() != nil || !goodTime(m.AsTime()) {
		c.fail(pointer, "expected a time like 2026-03-01T09:00:00Z")
		return time.Time{}
	}
	return m.AsTime()
}

func (c *converter) policies(list []*mayiv1.SessionPolicy, pointer string) []pdp.PolicyRef {
	var refs []pdp.PolicyRef
	for i, m := range list {
		at := fmt.Sprintf("%s/%d", pointer, i)
		switch kind := m.GetKind().(type) {
		case *mayiv1.SessionPolicy_Name:
			refs = append(refs, pdp.PolicyRef{Name: pdp.Text{Text: c.id(kind.Name, at)}})
		case *mayiv1.SessionPolicy_Document:
			refs = append(refs, pdp.PolicyRef{Inline: c.document(kind.Document, at)})
		default:
			c.fail(at, "expected a policy: its name or a document")
		}
	}
	return refs
}

// document reads an inline policy from its JSON. Its name is what it would be if
// the whole request were JSON.
func (c *converter) document(text, pointer string) *pdp.Policy {
	n, err := strictjson.Parse("", []byte(text), strictjson.Limits{Bytes: max(len(text), 1), Depth: maxDepth})
	if placed := (*strictjson.Error)(nil); errors.As(err, &placed) {
		c.fail(pointer+placed.Place.Pointer, placed.Reason)
		return nil
	}
	if err != nil {
		c.fail(pointer, err.Error())
		return nil
	}
	policy, problems := pdp.DecodeSessionPolicy(n)
	if len(problems) > 0 {
		c.fail(pointer+problems[0].Place.Pointer, problems[0].Reason)
		return nil
	}
	policy.Name = "session#" + pointer
	return policy
}
