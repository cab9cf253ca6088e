package conditions

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Compile is CompileIn without an environment.
func Compile(clauses []Clause, variables bool) (*Set, []*strictjson.Error) {
	return CompileIn(nil, clauses, variables)
}

// CompileIn compiles the clauses of one Condition block, which may refer to what
// is in the environment; a nil one is empty. variables says whether the document's
// version knows policy variables.
//
// It reports every problem of every clause. What it returns beside problems is
// never true, so that no caller who overlooks them grants anything. The Set keeps
// the areas of the environment that it refers to; they must not change any more.
func CompileIn(environment *Environment, clauses []Clause, variables bool) (*Set, []*strictjson.Error) {
	if len(clauses) == 0 {
		return nil, nil
	}
	set := &Set{conditions: make([]condition, 0, len(clauses))}
	problems := duplicateKeys(clauses)
	for i := range clauses {
		b := builder{clause: &clauses[i], environment: environment, variablesKnown: variables}
		b.compile()
		problems = append(problems, b.problems...)
		set.conditions = append(set.conditions, b.condition)
	}
	if len(problems) > 0 {
		return &Set{refused: true}, problems
	}
	set.keys = keysOf(set.conditions)
	slices.SortStableFunc(set.conditions, func(a, b condition) int { return cmp.Compare(a.cost, b.cost) })
	return set, nil
}

// A builder compiles one clause into its condition.
type builder struct {
	condition
	op             *operator
	clause         *Clause
	environment    *Environment // may be nil
	variablesKnown bool
	problems       []*strictjson.Error
}

func (b *builder) refuse(at strictjson.Place, rule, format string, args ...any) {
	b.problems = append(b.problems, problem(at, rule, format, args...))
}

// mismatch refuses a value that the operator cannot read.
func (b *builder) mismatch(l *Literal, rule, want string) {
	if l.Kind == KindString && strings.Contains(l.Text, "${") {
		b.refuse(l.Place, "Invalid variable for operator",
			"%s takes no policy variables, only String and Arn operators do", b.clause.Operator)
		return
	}
	b.refuse(l.Place, rule, "%s cannot read %.80q; expected %s", b.clause.Operator, l.Text, want)
}

func (b *builder) compile() {
	c := b.clause
	op, q, exists := parseOperator(c.Operator)
	b.problems = append(b.problems, checkKey(c.Key, c.KeyPlace)...)
	if op == nil {
		b.unknownOperator()
		return
	}
	b.op, b.quantifier = op, q
	b.key = KeyOf(c.Key)
	b.negated = op.flags&negates != 0
	b.absent = absentResult(q, b.negated, exists)
	if c.AbsentIsUnknown && !exists && (q == everyValue || q == onlyValue && b.negated) {
		b.absent = Unknown
	}
	if exists && op.typ == TypePresence {
		b.refuse(c.OperatorPlace, "Null with if exists", "%s: Null already asks whether the key exists; drop the suffix", c.Operator)
	}
	if q == onlyValue && op.typ != TypePresence {
		if k, ok := knownKey(c.Key); ok && k.Multivalued {
			b.refuse(c.KeyPlace, "Missing qualifier", "%s has many values; expected %s%s or %s%s",
				c.Key, forAllValues, c.Operator, forAnyValue, c.Operator)
		}
	}
	b.checkValues()
	op.build(b)
	b.cost = int32(op.cost) + 8*int32(len(b.variants))
	if b.quantifier == everyValue || b.quantifier == someValue {
		b.cost += 4
	}
}

func (b *builder) unknownOperator() {
	c := b.clause
	if meant := suggestOperator(c.Operator); meant != "" {
		b.refuse(c.OperatorPlace, "Invalid condition operator", "no condition operator %.80q; did you mean %s?", c.Operator, meant)
		return
	}
	b.refuse(c.OperatorPlace, "Invalid condition operator", "no condition operator %.80q", c.Operator)
}

// absentResult is what IAM makes of a key that the request says nothing about.
func absentResult(q quantifier, negated, exists bool) Tri {
	switch q {
	case everyValue:
		return True
	case someValue:
		return False // with IfExists and of a negated operator too
	}
	return Of(negated || exists)
}

// checkValues checks what holds for the values of every operator, and leaves the
// constructor only those that it can try to read.
func (b *builder) checkValues() {
	c := b.clause
	if len(c.Values) == 0 {
		b.refuse(c.KeyPlace, "Empty array condition", "%s of %q has no values; expected at least one", c.Operator, c.Key)
		return
	}
	before := len(b.problems)
	mixed := false
	for _, l := range c.Values {
		switch {
		case l.Kind == KindUnreadable:
			b.refuse(l.Place, "Data type mismatch", "expected a string, a number or a boolean")
		case emptyString(l):
			b.refuse(l.Place, "Empty string condition", "%s of %q has an empty value; it would say nothing", c.Operator, c.Key)
		case l.Kind != c.Values[0].Kind && !mixed && c.Values[0].Kind != KindUnreadable:
			mixed = true
			b.refuse(l.Place, "Invalid condition data type", "values of %q have different JSON types; expected one type", c.Key)
		}
	}
	if len(b.problems) > before {
		clause := *c
		clause.Values = slices.DeleteFunc(slices.Clone(c.Values), func(l Literal) bool {
			return l.Kind == KindUnreadable || emptyString(l)
		})
		b.clause = &clause
	}
}

func emptyString(l Literal) bool { return l.Kind == KindString && l.Text == "" }

// duplicateKeys refuses two keys of one operator in one block that are equal after
// folding. A
// key that is there twice in one spelling is a duplicate member of a JSON object
// and does not come this far.
func duplicateKeys(clauses []Clause) []*strictjson.Error {
	if len(clauses) < 2 {
		return nil
	}
	type member struct {
		block         int
		place         strictjson.Place
		operator, key string
	}
	first := make(map[member]string, len(clauses))
	var problems []*strictjson.Error
	for i := range clauses {
		c := &clauses[i]
		m := member{c.Block, c.OperatorPlace, c.Operator, Fold(c.Key)}
		other, seen := first[m]
		switch {
		case !seen:
			first[m] = c.Key
		case other != c.Key:
			problems = append(problems, problem(c.KeyPlace, "Duplicate keys with different case",
				"%q and %q are one key; expected it once under %s", other, c.Key, c.Operator))
		}
	}
	return problems
}

func keysOf(conditions []condition) []string {
	keys := make([]string, 0, len(conditions))
	for i := range conditions {
		keys = append(keys, conditions[i].key.name)
		for j := range conditions[i].variants {
			keys = append(keys, conditions[i].variants[j].template.keys...)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
