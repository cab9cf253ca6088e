package route_test

import (
	"fmt"

	"github.com/mayi-authz/mayi/pdp/route"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func Example() {
	root, err := strictjson.Parse("routes.json", []byte(`{"routes": [
		{"path": "/documents/{id}", "methods": ["GET"], "action": "docs:Read", "resource": "arn:app:docs:::document/{id}"},
		{"grpc": "acme.Orders/*", "action": "orders:{rpc}", "resource": "arn:app:orders:::all"}
	]}`), strictjson.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, problems := route.Decode(root)
	if problems != nil {
		fmt.Println(strictjson.Join(problems))
		return
	}
	table, problems := route.Compile([]*route.Document{doc})
	if problems != nil {
		fmt.Println(strictjson.Join(problems))
		return
	}
	for _, target := range []string{"/documents/a%20b", "/other", "/documents/../admin"} {
		h, err := route.Canonical("GET", "API.example.com:443", target, route.Options{})
		if err != nil {
			fmt.Println(err)
			continue
		}
		found, err := table.Find(&h)
		if err != nil {
			fmt.Println(err)
			continue
		}
		t, err := found.Expand(&h, route.Caller{ID: "alice"})
		fmt.Println(t.Action, t.Resource, err)
	}
	// Output:
	// docs:Read arn:app:docs:::document/a b <nil>
	// http:GET arn:mayi:http:::api.example.com/other <nil>
	// path: holds the segment ".."
}
