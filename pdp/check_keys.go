package pdp

import (
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// policyKeys checks the keys and variables of a policy against the declared
// context: a key that nobody declares is never there, and a Deny that asks for it
// never applies.
func (k *checker) policyKeys(s *declaration, p *Policy) {
	if p.FirstMatch != nil {
		k.bracedKeys(s, p.FirstMatch)
	}
	for i := range p.Statements {
		st := &p.Statements[i]
		for _, clause := range st.Conditions {
			k.clauseKey(s, clause)
			if p.Variables() {
				for _, v := range clause.Values {
					k.variables(s, Text{v.Text, v.Place})
				}
			}
		}
		if !p.Variables() {
			continue
		}
		for _, list := range [...][]Text{st.Resources, st.NotResources} {
			for _, t := range list {
				k.variables(s, t)
			}
		}
	}
}

// routeKeys checks the keys that routes set for policies to read.
func (k *checker) routeKeys(s *declaration) {
	for _, doc := range k.c.docs {
		if doc.Routes == nil {
			continue
		}
		for i := range doc.Routes.Routes {
			r := &doc.Routes.Routes[i]
			for _, kv := range r.Context {
				if _, declared := s.key(kv.Key); !declared {
					k.undeclared(kv.Key, r.Place)
				}
			}
		}
	}
}

func (k *checker) clauseKey(s *declaration, clause conditions.Clause) {
	key, declared := s.key(clause.Key)
	switch {
	case !declared:
		k.undeclared(clause.Key, clause.KeyPlace)
		return
	case !s.fits(clause.Operator, key.Type.Text):
		k.c.errorf(clause.KeyPlace, ruleOperatorType, "%s does not read %s: the schema declares it as %s", clause.Operator, clause.Key, key.Type.Text)
	}
	if op, qualified := baseOperator(clause.Operator); key.Multi && !qualified && op != "Null" {
		k.c.errorf(clause.KeyPlace, "Missing qualifier", "the schema declares %s as multivalued; expected ForAllValues:%s or ForAnyValue:%s", clause.Key, clause.Operator, clause.Operator)
	}
}

// variables checks the keys that stand in ${…}.
func (k *checker) variables(s *declaration, t Text) {
	if !strings.Contains(t.Text, "${") {
		return
	}
	template, problems := conditions.ParseTemplate(t.Text, t.Place, true)
	if len(problems) > 0 {
		return // reported with the statement
	}
	for _, key := range template.Keys() {
		if _, declared := s.key(key); !declared {
			k.undeclared(key, t.Place)
		}
	}
}

// undeclared refuses a key that the schema should declare: one that neither MayI,
// nor a door, nor IAM gives a meaning.
func (k *checker) undeclared(key string, at strictjson.Place) {
	folded := conditions.Fold(key)
	for _, prefix := range [...]string{"aws:", "wami:", "http:", "grpc:", "jwt:", "mtls:", "envoy:", "sts:", "riam:"} {
		if strings.HasPrefix(folded, prefix) {
			return
		}
	}
	for _, known := range conditions.KnownKeys() {
		if conditions.Fold(known.Name) == folded {
			return
		}
	}
	k.c.errorf(at, ruleUndeclaredKey, "%q is none of the schema's context keys", key)
}

// key finds a declared key, or the family that it belongs to.
func (s *declaration) key(name string) (SchemaKey, bool) {
	folded := conditions.Fold(name)
	if key, ok := s.keys[folded]; ok {
		return key, true
	}
	for i := len(folded) - 1; i > 0; i-- {
		if folded[i-1] != '/' {
			continue
		}
		if key, ok := s.keys[folded[:i]]; ok {
			return key, true
		}
	}
	return SchemaKey{}, false
}

// baseOperator takes the qualifier and IfExists off an operator's name.
func baseOperator(name string) (base string, qualified bool) {
	if _, rest, ok := strings.Cut(name, ":"); ok {
		name, qualified = rest, true
	}
	return strings.TrimSuffix(name, "IfExists"), qualified
}

// fits reports whether an operator reads values of a declared type. Operators that
// do not exist are reported with the statement.
func (s *declaration) fits(operator, declared string) bool {
	base, _ := baseOperator(operator)
	reads, exists := s.operators[base]
	return !exists || reads == conditions.TypePresence || typesOf(declared, reads)
}

// typesOf says which operators read a declared type. Any operator that has no type
// of its own here, such as RegexMatch, reads strings.
func typesOf(declared string, t conditions.ValueType) bool {
	switch t {
	case conditions.TypeNumber:
		return declared == keyNumeric
	case conditions.TypeDate:
		return declared == keyDate
	case conditions.TypeBool:
		return declared == keyBool
	case conditions.TypeIP:
		return declared == keyIP
	case conditions.TypeBinary:
		return declared == keyBinary
	case conditions.TypeARN:
		return declared == keyARN
	}
	return declared == keyString || declared == keyARN
}
