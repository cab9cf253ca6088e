package decideapi

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
)

// This file, message_session.go and those of gRPC are the only ones that know mayiv1.

// fromMessage reads one request from its message by the rules of ParseRequest.
// pointer is where the message stands in the call.
func fromMessage(m *mayiv1.DecideRequest, pointer string, trust pdp.Trust) (*pdp.Request, error) {
	c := converter{}
	c.unknown(m, pointer)
	r := &pdp.Request{
		Principal:  c.principal(m.GetPrincipal(), pointer+"/principal"),
		Action:     m.GetAction(),
		Permission: m.GetPermission(),
		Session:    c.session(m.GetSession(), pointer+"/session"),
		Context:    c.context(m.GetContext(), pointer+"/context"),
	}
	r.Principal.Trust = trust
	if m.GetResource() == nil {
		c.fail(pointer, "resource is missing")
	}
	r.Resource = pdp.Resource{
		ID:     c.id(m.GetResource().GetId(), pointer+"/resource/id"),
		Tags:   c.tags(m.GetResource().GetTags(), pointer+"/resource/tags"),
		Tenant: m.GetResource().GetTenant(),
	}
	if m.GetAction() == "" && m.GetPermission() == "" {
		c.fail(pointer, "action is missing")
	}
	if c.err != nil {
		return nil, c.err
	}
	return r, nil
}

// converter remembers the first problem.
type converter struct{ err error }

func (c *converter) fail(pointer, reason string) {
	if c.err == nil {
		c.err = errors.New(strings.TrimPrefix(pointer+": "+reason, ": "))
	}
}

// unknown refuses fields that this version does not know, in m and below.
func (c *converter) unknown(m proto.Message, pointer string) {
	var walk func(m protoreflect.Message, pointer string)
	walk = func(m protoreflect.Message, pointer string) {
		if raw := m.GetUnknown(); len(raw) > 0 {
			c.fail(pointer, "the message holds a field that this version does not know")
		}
		for field, v := range m.Range {
			at := pointer + "/" + string(field.Name())
			switch {
			case field.IsMap() && field.MapValue().Message() != nil:
				for key, value := range v.Map().Range {
					walk(value.Message(), token(at, key.String()))
				}
			case field.IsList() && field.Message() != nil:
				for i := range v.List().Len() {
					walk(v.List().Get(i).Message(), fmt.Sprintf("%s/%d", at, i))
				}
			case !field.IsMap() && !field.IsList() && field.Message() != nil:
				walk(v.Message(), at)
			}
		}
	}
	walk(m.ProtoReflect(), pointer)
}

func (c *converter) id(id, pointer string) string {
	if id == "" {
		c.fail(pointer, "an id must not be empty")
	}
	return id
}

func (c *converter) principal(m *mayiv1.Principal, pointer string) pdp.Principal {
	if m == nil {
		return pdp.Principal{}
	}
	return pdp.Principal{
		ID:     c.id(m.GetId(), pointer+"/id"),
		Groups: c.texts(m.GetGroups(), pointer+"/groups"),
		Roles:  c.texts(m.GetRoles(), pointer+"/roles"),
		Tags:   c.tags(m.GetTags(), pointer+"/tags"),
		Tenant: m.GetTenant(),
	}
}

func (c *converter) texts(list []string, pointer string) []string {
	for i, text := range list {
		c.id(text, fmt.Sprintf("%s/%d", pointer, i))
	}
	return list
}

func (c *converter) tags(tags map[string]string, pointer string) map[string]string {
	folded := make(map[string]bool, len(tags))
	for name := range tags {
		fold := conditions.Fold(name)
		if folded[fold] {
			c.fail(token(pointer, fold), "another tag has this name in another case")
		}
		folded[fold] = true
	}
	return tags
}

func (c *converter) context(values map[string]*mayiv1.Value, pointer string) *conditions.Context {
	if len(values) == 0 {
		return nil
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // so that the first problem is always the same
	ctx := new(conditions.Context)
	for _, name := range names {
		at := token(pointer, name)
		if reason := checkKey(name); reason != "" {
			c.fail(at, reason)
		} else if !ctx.Add(name, c.value(values[name], at)) {
			c.fail(at, "another key has this name in another case")
		}
	}
	return ctx
}

func (c *converter) value(v *mayiv1.Value, pointer string) conditions.Value {
	switch kind := v.GetKind().(type) {
	case *mayiv1.Value_NullValue:
		return conditions.Absent()
	case *mayiv1.Value_ListValue:
		list := make([]conditions.Scalar, len(kind.ListValue.GetValues()))
		for i, item := range kind.ListValue.GetValues() {
			list[i] = c.scalar(item, fmt.Sprintf("%s/%d", pointer, i))
		}
		return conditions.Many(list)
	}
	return conditions.One(c.scalar(v, pointer))
}

func (c *converter) scalar(v *mayiv1.Value, pointer string) conditions.Scalar {
	switch kind := v.GetKind().(type) {
	case *mayiv1.Value_StringValue:
		return conditions.String(kind.StringValue)
	case *mayiv1.Value_NumberValue:
		if literal := jsontext.Value(kind.NumberValue); literal.Kind() != '0' || !literal.IsValid() || strings.TrimSpace(kind.NumberValue) != kind.NumberValue {
			c.fail(pointer, "expected a JSON number")
		}
		return conditions.Number(kind.NumberValue)
	case *mayiv1.Value_BoolValue:
		return conditions.Bool(kind.BoolValue)
	}
	c.fail(pointer, "expected a string, a number, a boolean or a list of those")
	return conditions.Unreadable()
}

// token appends one name to a JSON pointer.
func token(pointer, name string) string {
	return pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// toMessage renders an answer. Its text is made valid UTF-8, without which
// protobuf refuses to encode.
func toMessage(a *Answer) *mayiv1.DecideResponse {
	d := &a.Decision
	m := &mayiv1.DecideResponse{
		Decision:   mayiv1.Decision_DECISION_DENY,
		Reason:     d.Reason.String(),
		DecisionId: d.ID.String(),
		Revision:   clean(d.Revision),
		Error:      clean(a.Error),
	}
	if d.Allowed() {
		m.Decision = mayiv1.Decision_DECISION_ALLOW
	}
	for _, s := range d.Determining(nil) {
		m.Determining = append(m.Determining, &mayiv1.Statement{
			Policy: clean(s.Policy),
			Sid:    clean(s.Sid),
			Index:  uint32(s.Index),
			Effect: s.Effect.String(),
			Layer:  s.Layer.String(),
			At:     clean(s.At()),
		})
	}
	if d.Total() > len(m.Determining) {
		m.DeterminingTotal = uint32(d.Total())
	}
	return m
}
