package door_test

import (
	"context"
	"fmt"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
)

// A request for a path that can be read in two ways, as a client gets it answered.
func ExampleDoor() {
	d, err := door.New(door.Options{})
	if err != nil {
		panic(err)
	}
	r := &door.Request{Method: "GET", Authority: "shop.example", Target: "/public/%2e%2e/admin", Headers: door.Headers{}}
	r.Headers.Add("Accept", "application/json")

	o := d.Decide(context.Background(), pdp.Unavailable(pdp.ReasonNoSnapshot), r, time.Unix(1795348800, 0))
	v := d.Render(&o)
	fmt.Println(o.Decision.Effect, o.Decision.Reason)
	fmt.Println(v.Status, v.Headers[0].Value)
	fmt.Print(v.Body)
	// Output:
	// Deny malformed_request
	// 400 application/problem+json
	// {"type":"about:blank","title":"Bad Request","status":400,"detail":"this request can be read in more than one way, or in none","reason":"malformed_request"}
}
