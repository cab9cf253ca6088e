package authn_test

import (
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
)

// TestScopesRefused holds scopes that cannot be read whole: half of what an API key
// was given is not what it was given.
func TestScopesRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		scopes any
	}{
		{"a list with a number", []any{"read", 5}},
		{"a number", 7},
		{"an object", object{"read": true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := jwtSource(keyFile(t, "ed"))
			src.Asserts = []string{"alice"}
			src.JWT.Claims.Session = authn.SessionClaims{Type: "api_key", Scopes: "scopes"}
			r := chain(t, src).Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, good(object{"scopes": tt.scopes}))), now)
			if !r.Refused || r.Reason != pdp.ReasonCredentialInvalid || !strings.Contains(r.Detail, `claim "scopes"`) || r.Session != nil {
				t.Errorf("got %+v", r)
			}
		})
	}
}
