//go:build !race

package extauthz_test

import (
	"slices"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/pdp/extauthz"
)

// A Check from bytes to bytes is at most two allocations, whoever asks and however
// it ends: one for its texts, and one in reserve.
func TestCheckAllocates(t *testing.T) {
	s, err := extauthz.New(extauthz.Options{Door: officeDoor(t), Provider: &named{compile(t, office())}, Observer: forgetful{}})
	if err != nil {
		t.Fatal(err)
	}
	for name, req := range officeRequests() {
		wire, err := proto.Marshal(req.CheckRequest)
		if err != nil {
			t.Fatal(err)
		}
		if facts := factsOf(client{s}.bytes(t.Context(), wire)); !slices.Contains(facts, req.want) {
			t.Errorf("%s: not %q: %q", name, req.want, facts)
		}
		var answer []byte
		if n := testing.AllocsPerRun(500, func() { answer, err = s.Check(t.Context(), wire, answer[:0]) }); n > 2 || err != nil {
			t.Errorf("%s: %v allocations, want 2 at most (%v)", name, n, err)
		}
	}
}

// What is read of a Check stays what it was after it, and after others: no text is
// memory that is used again.
func TestTextsOutliveTheCall(t *testing.T) {
	seen := &recorder{}
	s, err := extauthz.New(extauthz.Options{Door: officeDoor(t), Provider: &named{compile(t, office())}, Observer: seen})
	if err != nil {
		t.Fatal(err)
	}
	wire, err := proto.Marshal(browserRequest("GET", "/home/u7/a.txt", "x-user", "u7"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Check(t.Context(), wire, nil); err != nil {
		t.Fatal(err)
	}
	clear(wire)
	first := *seen.outcome
	for _, user := range []string{"u1", "u22", "u333"} {
		if _, err := (client{s}).Check(t.Context(), browserRequest("GET", "/home/"+user+"/b", "x-user", user)); err != nil {
			t.Fatal(err)
		}
	}
	texts := []string{first.Subject, first.Decision.Principal, first.Path, first.Resource, first.Host, first.Request.Headers.Values("x-user")[0]}
	want := []string{"arn:aws:iam::123456789012:user/u7", "arn:aws:iam::123456789012:user/u7", "/home/u7/a.txt", "arn:aws:svc:::home/u7/a.txt", "shop.example", "u7"}
	if !slices.Equal(texts, want) {
		t.Errorf("%q, want %q", texts, want)
	}
}

// One request leaves nothing to the next.
func TestCallsAreApart(t *testing.T) {
	s := newServer(t, extauthz.Options{Provider: &stamped{View: compile(t, shop)}}, shopDoor())
	requests := []*authv3.CheckRequest{
		asAlice(httpRequest("GET", "/a?stop=0", "x-flag", "go", "content-type", "application/grpc", "upgrade", "websocket")),
		rawRequest("GET", "/a", "x-flag", "go", "x-flag", "stop"),
		asAlice(httpRequest("POST", "/a/b/c/d", "content-type", "application/json", "content-length", "2")),
		{},
		asAlice(httpRequest("GET", "/../a")),
		asAlice(httpRequest("GET", "/admin", "x.mayi.principal", "x")),
	}
	requests[2].Attributes.Request.Http.Body = "{}"
	requests[0].Attributes.ContextExtensions = map[string]string{"tier": "free"}
	alone := make([][]string, len(requests))
	for i, req := range requests {
		fresh := newServer(t, extauthz.Options{Provider: &stamped{View: compile(t, shop)}}, shopDoor())
		alone[i] = factsOf(fresh.Check(t.Context(), req))
	}
	for round := range 50 {
		i := (round*5 + round/6) % len(requests)
		if facts := factsOf(s.Check(t.Context(), requests[i])); !slices.Equal(facts, alone[i]) {
			t.Fatalf("request %d answers %q, alone %q", i, facts, alone[i])
		}
	}
}
