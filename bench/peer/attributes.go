package peer

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// A kind is what a context key is compared as.
type kind uint8

const (
	asText kind = iota
	asAddress
	asNumber
	asBool
	asDate
)

var kinds = map[string]kind{
	"StringEquals": asText, "StringLike": asText, "IpAddress": asAddress, "NumericLessThan": asNumber,
	"Bool": asBool, "DateGreaterThan": asDate,
}

// keys are the context keys that conditions ask for, by folded name.
type keys map[string]attribute

// An attribute is what a request says of one key.
type attribute struct {
	key   string // as conditions spell it: "aws:SourceIp"
	ident string // the same as a name in a language: "aws_SourceIp"
	kind  kind
	text  string
}

// keysOf finds what the conditions of a model ask for.
func keysOf(m *workload.Model) (keys, error) {
	k := make(keys)
	for _, list := range [][]workload.Policy{m.Policies, m.Resource} {
		for i := range list {
			for j := range list[i].Statements {
				for _, c := range list[i].Statements[j].Conditions {
					is, known := kinds[c.Operator]
					if !known {
						return nil, fmt.Errorf("condition operator %s is not known here", c.Operator)
					}
					folded := conditions.Fold(c.Key)
					if before, ok := k[folded]; ok && before.kind != is {
						return nil, fmt.Errorf("key %s is compared in two ways", c.Key)
					}
					k[folded] = attribute{key: c.Key, ident: ident(c.Key), kind: is}
				}
			}
		}
	}
	return k, nil
}

// ident makes a key a name that every language accepts.
func ident(key string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, key)
}

// of returns the attributes of a request: its context, its time, if that is asked
// for, and what the conditions do not ask for too, as text.
func (k keys) of(r *pdp.Request) []attribute {
	var list []attribute
	for _, name := range r.Context.Names() {
		a, asked := k[name]
		if !asked {
			a = attribute{key: name, ident: ident(name)}
		}
		a.text = r.Context.Value(name).At(0).Text()
		list = append(list, a)
	}
	if a, asked := k["aws:currenttime"]; asked {
		a.text = r.Time.UTC().Format(time.RFC3339)
		list = append(list, a)
	}
	return list
}

// native returns the attribute as a value of Go; an address and a date stay text.
func (a attribute) native() any {
	switch a.kind {
	case asNumber:
		if n, err := strconv.ParseInt(a.text, 10, 64); err == nil {
			return n
		}
	case asBool:
		return strings.EqualFold(a.text, "true")
	}
	return a.text
}
