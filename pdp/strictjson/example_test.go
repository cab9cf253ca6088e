package strictjson_test

import (
	"fmt"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func ExampleParse() {
	_, err := strictjson.Parse("policies/admin.json", []byte(`{
  "Effect": "Allow",
  "\u0045ffect": "Deny"
}`), strictjson.Limits{})
	fmt.Println(err)
	// Output: policies/admin.json:3:3 /Effect: JSON syntax: duplicate member name "Effect"
}
