package conditions

import (
	"fmt"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// problem makes an error of a document. rule is the title that AWS's validator
// (IAM Access Analyzer, policy check reference) gives to the same fault.
func problem(at strictjson.Place, rule, format string, args ...any) *strictjson.Error {
	return &strictjson.Error{Place: at, Rule: rule, Reason: fmt.Sprintf(format, args...)}
}
