package conditions

import "strings"

// ValueType says how the values of an operator or of a key are read.
type ValueType uint8

// The value types. The zero ValueType is TypeString.
const (
	TypeString ValueType = iota
	TypeNumber
	TypeDate
	TypeBool
	TypeBinary
	TypeIP
	TypeARN
	TypePresence // asks only whether the key is there
	TypePattern  // a regular expression
	TypeVersion  // a semantic version
	TypeJSONPath // a path and a value; of a request a JSON text
	TypeDistance // a place and a distance; of a request a place
	TypeRegion   // an area; of a request a place
	TypeDigest   // a digest; of a request the text that has it
)

func (t ValueType) String() string {
	return [...]string{"string", "number", "date", "boolean", "binary", "IP address", "ARN", "presence",
		"regular expression", "semantic version", "JSONPath", "distance", "region", "digest"}[t]
}

// OperatorInfo describes an operator for documentation and tools. Every operator
// but Null takes the suffix IfExists; all take ForAllValues: and ForAnyValue:.
type OperatorInfo struct {
	Name      string
	Type      ValueType
	Negated   bool // true where its positive twin is false, of an absent key too
	Variables bool // policy variables may stand in its values
	Wildcards bool // "*" and "?" in its values are wildcards
	IfExists  bool
	Extension bool // not one of IAM's
}

// Operators returns the operators: IAM's in the order of its documentation, then
// the others.
func Operators() []OperatorInfo {
	list := make([]OperatorInfo, len(operators))
	for i := range operators {
		op := &operators[i]
		list[i] = OperatorInfo{
			Name:      op.name,
			Type:      op.typ,
			Negated:   op.flags&negates != 0,
			Variables: op.flags&takesVariables != 0,
			Wildcards: op.flags&takesWildcards != 0,
			IfExists:  op.typ != TypePresence,
			Extension: op.flags&isExtension != 0,
		}
	}
	return list
}

// An operator is a row of the operator table.
type operator struct {
	name   string // exact: IAM's names tell upper from lower case
	typ    ValueType
	flags  flags
	accept orders // of the operators that compare
	cost   uint8  // of one evaluation, in relation to the others
	build  func(*builder)
}

type flags uint8

const (
	negates flags = 1 << iota
	takesVariables
	takesWildcards
	isExtension
)

// operators is all there is: an operator that is not here does not exist.
var operators = [...]operator{
	{"StringEquals", TypeString, takesVariables, 0, 1, buildStringEquals},
	{"StringNotEquals", TypeString, takesVariables | negates, 0, 1, buildStringEquals},
	{"StringEqualsIgnoreCase", TypeString, takesVariables, 0, 2, buildStringFold},
	{"StringNotEqualsIgnoreCase", TypeString, takesVariables | negates, 0, 2, buildStringFold},
	{"StringLike", TypeString, takesVariables | takesWildcards, 0, 4, buildStringLike},
	{"StringNotLike", TypeString, takesVariables | takesWildcards | negates, 0, 4, buildStringLike},

	{"NumericEquals", TypeNumber, 0, equal, 3, buildNumeric},
	{"NumericNotEquals", TypeNumber, negates, equal, 3, buildNumeric},
	{"NumericLessThan", TypeNumber, 0, below, 3, buildNumeric},
	{"NumericLessThanEquals", TypeNumber, 0, below | equal, 3, buildNumeric},
	{"NumericGreaterThan", TypeNumber, 0, above, 3, buildNumeric},
	{"NumericGreaterThanEquals", TypeNumber, 0, above | equal, 3, buildNumeric},

	{"DateEquals", TypeDate, 0, equal, 3, buildDate},
	{"DateNotEquals", TypeDate, negates, equal, 3, buildDate},
	{"DateLessThan", TypeDate, 0, below, 3, buildDate},
	{"DateLessThanEquals", TypeDate, 0, below | equal, 3, buildDate},
	{"DateGreaterThan", TypeDate, 0, above, 3, buildDate},
	{"DateGreaterThanEquals", TypeDate, 0, above | equal, 3, buildDate},

	{"Bool", TypeBool, 0, 0, 1, buildBool},
	{"BinaryEquals", TypeBinary, 0, 0, 2, buildBinary},

	{"IpAddress", TypeIP, 0, 0, 3, buildIP},
	{"NotIpAddress", TypeIP, negates, 0, 3, buildIP},

	{"ArnEquals", TypeARN, takesVariables | takesWildcards, 0, 6, buildARN},
	{"ArnNotEquals", TypeARN, takesVariables | takesWildcards | negates, 0, 6, buildARN},
	{"ArnLike", TypeARN, takesVariables | takesWildcards, 0, 6, buildARN},
	{"ArnNotLike", TypeARN, takesVariables | takesWildcards | negates, 0, 6, buildARN},

	{"Null", TypePresence, 0, 0, 0, buildNull},

	{"RegexMatch", TypePattern, isExtension, 0, 60, buildRegex},
	{"RegexNotMatch", TypePattern, isExtension | negates, 0, 60, buildRegex},
	{"SemanticVersionEquals", TypeVersion, isExtension, equal, 3, buildVersion},
	{"SemanticVersionLessThan", TypeVersion, isExtension, below, 3, buildVersion},
	{"SemanticVersionGreaterThan", TypeVersion, isExtension, above, 3, buildVersion},
	{"JsonPathEquals", TypeJSONPath, isExtension, 0, 200, buildJSONPath},
	{"GeoDistance", TypeDistance, isExtension, 0, 8, buildDistance},
	{"GeoWithinRegion", TypeRegion, isExtension, 0, 8, buildRegion},
	{"HashEquals", TypeDigest, isExtension, 0, 40, buildDigest},
}

// The qualifiers and the suffix of an operator's name.
const (
	forAllValues = "ForAllValues:"
	forAnyValue  = "ForAnyValue:"
	ifExists     = "IfExists"
)

// parseOperator takes a name apart. It returns nil for a name that is none.
func parseOperator(name string) (op *operator, q quantifier, exists bool) {
	if rest, ok := strings.CutPrefix(name, forAllValues); ok {
		name, q = rest, everyValue
	} else if rest, ok := strings.CutPrefix(name, forAnyValue); ok {
		name, q = rest, someValue
	}
	name, exists = strings.CutSuffix(name, ifExists)
	for i := range operators {
		if operators[i].name == name {
			return &operators[i], q, exists
		}
	}
	return nil, 0, false
}

// suggestOperator returns the name that an author who wrote a wrong one most
// likely meant: the same in another case. It returns "" if there is none.
func suggestOperator(name string) string {
	for i := range operators {
		for _, q := range [...]string{"", forAllValues, forAnyValue} {
			for _, suffix := range [...]string{"", ifExists} {
				if meant := q + operators[i].name + suffix; equalFold(name, meant) {
					return meant
				}
			}
		}
	}
	return ""
}
