package conditions

import (
	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/arn/wildcard"
)

// stackFills is how many variables of one value are filled without allocating.
const stackFills = 8

// Resolve looks up the template's variables and returns their texts in the order
// of its holes. It overwrites dst from its start and uses its capacity.
//
// The result is True if all have a text, False if one is missing, and Unknown if
// none is missing and the source of one is incomplete: then nobody knows what the
// text would be, and what depends on it must neither grant nor escape a denial.
func (t *Template) Resolve(src Source, dst []string) ([]string, Tri) {
	dst = dst[:0]
	result := True
	for i := range t.pieces {
		p := &t.pieces[i]
		if p.kind != variable {
			continue
		}
		text, known := p.resolve(src)
		if result = result.And(known); result == False {
			return dst, False
		}
		dst = append(dst, text)
	}
	return dst, result
}

// Fill is Resolve for those to whom incomplete is as bad as missing: it reports
// whether all variables have a text.
func (t *Template) Fill(src Source, dst []string) ([]string, bool) {
	dst, known := t.Resolve(src, dst)
	return dst, known == True
}

// resolve returns a variable's text. Several values are as missing as none, and so
// are the texts that would change the shape of a name: "", "." and "..".
func (p *piece) resolve(src Source) (string, Tri) {
	v := src.Lookup(&p.key)
	if v.IsIncomplete() {
		return "", Unknown
	}
	if v.Len() == 1 {
		text, ok := v.At(0).plain()
		switch {
		case !ok:
			return "", Unknown
		case usable(text):
			return text, True
		}
	}
	return p.text, Of(usable(p.text))
}

func usable(text string) bool { return text != "" && text != "." && text != ".." }

// A variant is a policy value with variables: what it is depends on the request.
type variant struct {
	template    *Template
	glob        wildcard.Pattern
	arn         arn.Components
	byComponent bool // arn, not glob
}

// match says whether a scalar meets the value. A value whose variable is missing
// is met by nothing.
func (v *variant) match(s Scalar, src Source) Tri {
	text, ok := s.plain()
	if !ok {
		return Unknown
	}
	var buffer [stackFills]string
	fills, known := v.template.Resolve(src, buffer[:0])
	if known != True {
		return known
	}
	if v.byComponent {
		matched, _ := v.arn.Match(text, fills)
		return Of(matched)
	}
	return Of(v.glob.Match(text, fills))
}
