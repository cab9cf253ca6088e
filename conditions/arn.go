package conditions

import "github.com/mayi-authz/mayi/arn"

// arns matches an ARN each of whose six components fits that of any of several
// patterns. What is no ARN fits none.
type arns []arn.Components

func (m arns) match(s Scalar) Tri {
	text, ok := s.plain()
	if !ok {
		return Unknown
	}
	for i := range m {
		if matched, isARN := m[i].Match(text, nil); matched || !isARN {
			return Of(matched)
		}
	}
	return False
}

func buildARN(b *builder) {
	var m arns
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		t := b.template(l)
		if t == nil {
			continue
		}
		c, err := arn.CompileComponents(t.Tokens())
		switch {
		case err != nil:
			b.refuse(l.Place, "Type mismatch ARN", "%s cannot read %.80q: %v", b.clause.Operator, l.Text, err)
		case t.holes == 0:
			m = append(m, c)
		default:
			b.variants = append(b.variants, variant{template: t, arn: c, byComponent: true})
		}
	}
	b.fixed = m
}
