package decideapi_test

import (
	"fmt"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/decideapi"
)

func ExampleAppendAnswer() {
	answer := decideapi.Answer{Decision: pdp.Denied(pdp.ReasonMalformedRequest, ""), Error: "/action: expected a string"}
	fmt.Println(string(decideapi.AppendAnswer(nil, &answer)))
	// Output: {"decision":"Deny","reason":"malformed_request","determining":[],"error":"/action: expected a string"}
}
