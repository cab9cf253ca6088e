package authn_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
)

// FuzzAuthenticate signs any header and any claims, and damages the outcome. What
// is accepted must be undamaged and say, to the plainest reader, what the source
// demands; whatever is not is refused or for nobody.
func FuzzAuthenticate(f *testing.F) {
	header, claims := `{"alg":"EdDSA","kid":"ed"}`, func(change string) string {
		return `{"iss":"` + issuer + `","aud":["mayi"],"exp":4000000000,` + change + `}`
	}
	f.Add(header, claims(`"sub":"alice"`), "Bearer ", uint16(0), byte(0))
	f.Add(header, claims(`"sub":"alice"`), "bearer  ", uint16(40), byte(1))
	f.Add(header, claims(`"sub":"alice","SUB":"x"`), "Bearer ", uint16(0), byte(0))
	f.Add(header, claims(`"sub":"alice","sub":"x"`), "Bearer ", uint16(0), byte(0))
	f.Add(header, claims(`"sub":{"a":"b"},"groups":["a",1]`), "Basic ", uint16(0), byte(0))
	f.Add(`{"alg":"none"}`, `{}`, "Bearer", uint16(3), byte(' '))
	f.Add(`{"alg":"EdDSA","crit":["x"],"x":1}`, claims(`"nbf":1e300`), "Bearer ", uint16(9), byte('.'))
	c := chain(f, jwtSource(keyFile(f, "ed")))
	f.Fuzz(func(t *testing.T, header, claims, scheme string, at uint16, flip byte) {
		signed := encode([]byte(header)) + "." + encode([]byte(claims))
		token := []byte(signed + "." + encode(signature(t, "ed", jose.EdDSA, signed)))
		damaged := flip != 0 && int(at) < len(token)
		if damaged {
			token[at] ^= flip
		}
		r := c.Authenticate(&authn.Evidence{Header: headers("authorization", scheme+string(token))}, now)
		if r.Refused {
			if r.Reason != pdp.ReasonCredentialInvalid || r.Detail == "" || !r.Principal.Anonymous() || r.Keys != nil {
				t.Errorf("refused as %+v", r)
			}
			return
		}
		if r.Principal.Anonymous() {
			if r.Keys != nil || strings.EqualFold(scheme, "Bearer ") {
				t.Errorf("nobody, with %+v", r)
			}
			return
		}
		if damaged {
			t.Errorf("accepted with byte %d damaged by %#x", at, flip)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(claims), &got); err != nil {
			t.Fatalf("accepted claims %q: %v", claims, err)
		}
		if exp, ok := got["exp"].(float64); got["iss"] != issuer || got["sub"] != r.Principal.ID || !ok || exp <= float64(now.Unix()) {
			t.Errorf("accepted claims %q as %q", claims, r.Principal.ID)
		}
		seen := map[string]bool{}
		for _, k := range r.Keys {
			if name := conditions.Fold(k.Name); seen[name] || !strings.HasPrefix(k.Name, "jwt:") {
				t.Errorf("key %q is there twice or is none of a token", k.Name)
			} else {
				seen[name] = true
			}
		}
	})
}
