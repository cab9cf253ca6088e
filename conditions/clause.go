package conditions

import "github.com/mayi-authz/mayi/pdp/strictjson"

// A Clause is one key of a Condition block as its author wrote it:
// {"Operator": {"Key": Values}}. The clauses of a block are joined by AND.
type Clause struct {
	Operator string // with qualifier and IfExists, as written
	Key      string // as written
	Values   []Literal
	// Block numbers the block that the clause stands in: riam has several, which
	// are joined by AND too, and a key may stand in each.
	Block int
	// AbsentIsUnknown is riam's: where its reading of an absent key and IAM's differ
	// (a negated operator, ForAllValues) the clause is unknown.
	AbsentIsUnknown bool
	OperatorPlace   strictjson.Place
	KeyPlace        strictjson.Place
}

// A Literal is one policy value with its JSON type. Text is the string, the
// number's literal, or "true"/"false".
type Literal struct {
	Kind  ScalarKind
	Text  string
	Place strictjson.Place
}
