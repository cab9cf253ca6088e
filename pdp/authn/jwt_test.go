package authn_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
)

func TestJWTAlgorithms(t *testing.T) {
	src := jwtSource(keyFile(t, "rsa", "ec", "ec384", "ed"))
	for _, tt := range []struct {
		key  string
		alg  jose.SignatureAlgorithm
		more []string // besides the default algorithms
		ok   bool
	}{
		{"rsa", jose.RS256, nil, true},
		{"ec", jose.ES256, nil, true},
		{"ed", jose.EdDSA, nil, true},
		{"rsa", jose.PS256, nil, false},
		{"rsa", jose.PS256, []string{"PS256"}, true},
		{"ec384", jose.ES384, nil, false},
		{"ec384", jose.ES384, []string{"ES384"}, true},
		{"ed", jose.EdDSA, []string{"RS256"}, false},
		{"rsa", jose.HS256, nil, false},
		{"ec", jose.HS256, nil, false},
	} {
		src.JWT.Algorithms = tt.more
		r := chain(t, src).Authenticate(bearer(sign(t, tt.key, tt.alg, object{"typ": "JWT"}, good(nil))), now)
		if r.Refused == tt.ok || tt.ok != (r.Principal.ID == "alice") {
			t.Errorf("%s with %s, algorithms %v: %+v", tt.alg, tt.key, tt.more, r)
		}
	}
}

func TestJWTRefused(t *testing.T) {
	src := jwtSource(keyFile(t, "rsa", "ec", "ed"))
	c := chain(t, src)
	ed := func(header, claims any) string { return sign(t, "ed", jose.EdDSA, header, claims) }
	none := encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(`{"iss":"`+issuer+`"}`)) + "."
	valid, bob := ed(object{}, good(nil)), ed(object{}, good(object{"sub": "bob"}))
	for _, tt := range []struct{ name, token, detail string }{
		{"alg none", none, "signature is empty"},
		{"alg none with a signature", none + "AAAA", `algorithm "none"`},
		{"alg missing", ed(object{"alg": nil}, good(nil)), "algorithm"},
		{"alg of another key", ed(object{"alg": "RS256"}, good(nil)), "keys fit"},
		{"alg in lower case", ed(object{"alg": "eddsa"}, good(nil)), "algorithm"},
		{"signed by another", sign(t, "rsa2", jose.RS256, object{"kid": "rsa"}, good(nil)), "signature"},
		{"signature of another token", valid[:strings.LastIndex(valid, ".")] + bob[strings.LastIndex(bob, "."):], "signature"},
		{"signature cut", valid[:len(valid)-4], "signature"},
		{"signature with stray bits", valid[:len(valid)-1] + "_", "signature"},
		{"kid unknown", ed(object{"kid": "ghost"}, good(nil)), "0 keys fit"},
		{"kid no string", ed(object{"kid": 1}, good(nil)), "kid in the header is no string"},
		{"typ of another kind", ed(object{"typ": "logout+jwt"}, good(nil)), "type"},
		{"typ empty", ed(object{"typ": ""}, good(nil)), "type"},
		{"crit", ed(object{"crit": []string{"exp"}}, good(nil)), "critical"},
		{"b64", ed(object{"b64": false, "crit": []string{"b64"}}, good(nil)), "critical"},
		{"nested", ed(object{"cty": "JWT"}, good(nil)), "nested"},
		{"alg twice", ed(`{"alg":"EdDSA","kid":"ed","alg":"none"}`, good(nil)), "duplicate"},
		{"header is no object", ed(`[]`, good(nil)), "no object"},

		{"iss wrong", ed(object{}, good(object{"iss": "https://evil.example"})), "issuer"},
		{"iss missing", ed(object{}, good(object{"iss": nil})), "issuer"},
		{"iss a list", ed(object{}, good(object{"iss": []string{issuer}})), "issuer"},
		{"iss in another case", ed(object{}, good(object{"iss": nil, "ISS": issuer})), "issuer"},
		{"aud wrong", ed(object{}, good(object{"aud": "other"})), "audiences"},
		{"aud missing", ed(object{}, good(object{"aud": nil})), "aud is missing"},
		{"aud empty", ed(object{}, good(object{"aud": []string{}})), "audiences"},
		{"aud not strings", ed(object{}, good(object{"aud": []any{audience, 1}})), "aud is not"},
		{"exp missing", ed(object{}, good(object{"exp": nil})), "exp is missing"},
		{"exp a string", ed(object{}, good(object{"exp": "2000000000"})), "exp is not"},
		{"exp at this very time", ed(object{}, good(object{"exp": now.Unix()})), "expired"},
		{"exp before", ed(object{}, good(object{"exp": now.Unix() - 1})), "expired"},
		{"exp endless", ed(object{}, `{"iss":"`+issuer+`","aud":"mayi","sub":"a","exp":1e300}`), "exp is not"},
		{"exp negative", ed(object{}, good(object{"exp": -1})), "exp is not"},
		{"nbf in the future", ed(object{}, good(object{"nbf": now.Unix() + 1})), "nbf is in the future"},
		{"nbf a string", ed(object{}, good(object{"nbf": "0"})), "nbf is not"},
		{"iat in the future", ed(object{}, good(object{"iat": now.Unix() + 1})), "iat is in the future"},
		{"sub missing", ed(object{}, good(object{"sub": nil})), "names the principal"},
		{"sub empty", ed(object{}, good(object{"sub": ""})), "names the principal"},
		{"sub a number", ed(object{}, good(object{"sub": 7})), "names the principal"},
		{"sub a list", ed(object{}, good(object{"sub": []string{"a", "b"}})), "names the principal"},
		{"sub twice but for case", ed(object{}, good(object{"SUB": "root"})), "names the principal"},
		{"sub twice", ed(object{}, `{"iss":"`+issuer+`","aud":"mayi","sub":"a","sub":"b","exp":4000000000}`), "duplicate"},
		{"sub with a line feed", ed(object{}, good(object{"sub": "a\nb"})), "control"},
		{"sub no ARN", ed(object{}, good(object{"sub": "arn:aws:iam"})), "no ARN"},
		{"sub an ARN in upper case", ed(object{}, good(object{"sub": "ARN:aws:iam::123456789012:user/a"})), "no ARN"},
		{"sub no SPIFFE id", ed(object{}, good(object{"sub": "SPIFFE://td/a"})), "no SPIFFE id"},
		{"sub too long", ed(object{}, good(object{"sub": strings.Repeat("a", 2049)})), "longer"},
		{"groups overage", ed(object{}, good(object{"_claim_names": object{"groups": "src1"}})), "left out"},
		{"groups overage, implicit flow", ed(object{}, good(object{"hasgroups": true})), "left out"},
		{"groups overage, told as a text", ed(object{}, good(object{"hasgroups": "true"})), "left out"},
		{"claims are no object", ed(object{}, `"a"`), "no object"},
		{"claims deep", ed(object{}, `{"a":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)+`}`), "deeper"},
		{"claims with something behind", ed(object{}, `{}{}`), "follows"},

		{"oversize", "a." + strings.Repeat("b", 8<<10) + ".c", "limit is 8192"},
		{"one dot", "a.b", "1 dots"},
		{"four dots, as if encrypted", "a.b.c.d.e", "4 dots"},
		{"opaque", "opaque", "0 dots"},
		{"no base64", "a.b.c", "base64url"},
		{"padded", valid + "=", "byte 0x3d"},
		{"general serialization", `{"payload":"e30"}`, "byte 0x7b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := c.Authenticate(bearer(tt.token), now)
			if !r.Refused || r.Reason != pdp.ReasonCredentialInvalid || r.Source != "jwt" || !r.Principal.Anonymous() || r.Keys != nil {
				t.Fatalf("got %+v", r)
			}
			if !strings.Contains(r.Detail, tt.detail) {
				t.Errorf("detail %q does not say %q", r.Detail, tt.detail)
			}
		})
	}
	if r := c.Authenticate(bearer(valid), now); r.Refused {
		t.Errorf("the valid token: %+v", r)
	}
}

func TestJWTAccepted(t *testing.T) {
	src := jwtSource(keyFile(t, "ed"))
	src.JWT.Leeway = 30 * time.Second
	c := chain(t, src)
	for _, tt := range []struct {
		name           string
		header, claims object
	}{
		{"typ in another spelling", object{"typ": "application/AT+JWT"}, nil},
		{"no kid, one key", object{"kid": nil}, nil},
		{"key in the header is not looked at", object{"jwk": public(t, "rsa"), "jku": "https://evil.example"}, nil},
		{"several audiences", nil, object{"aud": []string{"other", audience}}},
		{"nbf within the leeway", nil, object{"nbf": now.Unix() + 30}},
		{"nbf zero", nil, object{"nbf": 0}},
		{"iat within the leeway", nil, object{"iat": now.Unix() + 30}},
		{"iat missing", nil, object{"iat": nil}},
		{"exp with a fraction", nil, object{"exp": float64(now.Unix()) + 0.5}},
		{"hasgroups false", nil, object{"hasgroups": false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.header == nil {
				tt.header = object{}
			}
			r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, tt.header, good(tt.claims))), now)
			if r.Refused || r.Principal.ID != "alice" || r.Source != "jwt" {
				t.Errorf("got %+v", r)
			}
		})
	}
	// exp has no leeway, whatever nbf and iat have.
	if r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, good(object{"exp": now.Unix()}))), now); !r.Refused {
		t.Errorf("expired: %+v", r)
	}
}

func TestJWTWithoutKid(t *testing.T) {
	c := chain(t, jwtSource(keyFile(t, "rsa", "rsa2", "ed")))
	if r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{"kid": nil}, good(nil))), now); r.Refused {
		t.Errorf("one key of the kind: %+v", r)
	}
	if r := c.Authenticate(bearer(sign(t, "rsa", jose.RS256, object{"kid": nil}, good(nil))), now); !r.Refused {
		t.Errorf("two keys of the kind: %+v", r)
	}
}

func TestAuthorizationHeader(t *testing.T) {
	c := chain(t, jwtSource(keyFile(t, "ed")))
	token := sign(t, "ed", jose.EdDSA, object{}, good(nil))
	for _, tt := range []struct {
		name   string
		values []string
		want   string // "alice", "anonymous" or "refused"
	}{
		{"none", nil, "anonymous"},
		{"bearer", []string{"Bearer " + token}, "alice"},
		{"scheme in another case", []string{"bEARER " + token}, "alice"},
		{"more blanks", []string{"Bearer   " + token}, "alice"},
		{"another scheme", []string{"Basic YTpi"}, "anonymous"},
		{"another scheme with commas", []string{`Digest a="b", c="d"`}, "anonymous"},
		{"a scheme that begins alike", []string{"Bearerish " + token}, "anonymous"},
		{"two", []string{"Bearer " + token, "Bearer " + token}, "refused"},
		{"two of different schemes", []string{"Basic YTpi", "Bearer " + token}, "refused"},
		{"two joined", []string{"Bearer " + token + ",Bearer " + token}, "refused"},
		{"two joined, ours last", []string{"Basic YTpi, bearer " + token}, "refused"},
		{"empty", []string{""}, "refused"},
		{"scheme alone", []string{"Bearer"}, "refused"},
		{"scheme and a tab", []string{"Bearer\t" + token}, "refused"},
		{"blank before", []string{" Bearer " + token}, "refused"},
		{"blank behind", []string{"Bearer " + token + " "}, "refused"},
		{"two tokens", []string{"Bearer " + token + " " + token}, "refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := c.Authenticate(&authn.Evidence{Header: func(string) []string { return tt.values }}, now)
			got := r.Principal.ID
			if r.Refused {
				got = "refused"
			} else if got == "" {
				got = "anonymous"
			}
			if got != tt.want {
				t.Errorf("got %s: %+v", got, r)
			}
		})
	}
}

func TestChallenge(t *testing.T) {
	c := chain(t, jwtSource(keyFile(t, "ed")))
	if got := c.Challenge(); got != `Bearer realm="mayi"` {
		t.Errorf("got %q", got)
	}
	if r := c.Authenticate(bearer("x"), now); r.Challenge != `Bearer realm="mayi", error="invalid_token"` {
		t.Errorf("got %q", r.Challenge)
	}
	ext := authn.Source{Name: "ext", Asserts: []string{"*"}, Extension: &authn.Extension{Key: "id"}}
	if got := chain(t, ext).Challenge(); got != "" {
		t.Errorf("without tokens: %q", got)
	}
}

func TestClaims(t *testing.T) {
	src := jwtSource(keyFile(t, "ed"))
	src.Asserts = []string{"user:*"}
	src.JWT.Claims = authn.Claims{
		Principal: "user:{act/sub}",
		Groups:    "groups",
		Roles:     "realm_access/roles",
		Tags:      map[string]string{"department": "dep", "level": "lvl", "none": "nothing"},
	}
	c := chain(t, src)
	claims := good(object{
		"act": object{"sub": "robot", "deep": object{"er": true}}, "groups": "eng", "realm_access": object{"roles": []string{"a", "b"}},
		"dep": "it", "lvl": 12, "null": nil, "list": []any{1, "x", true, object{}, []int{1}}, "empty": []int{}, "https://x/y": "z",
		"A": 1, "a": 1, "p": object{"q": 1}, "p/q": 2, "text": "",
	})
	r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, claims)), now)
	if r.Refused {
		t.Fatal(r.Detail)
	}
	want := pdp.Principal{
		ID: "user:robot", Groups: []string{"eng"}, Roles: []string{"a", "b"},
		Tags: map[string]string{"department": "it", "level": "12"}, Trust: pdp.TrustGranted, Provider: "jwt",
	}
	if !reflect.DeepEqual(r.Principal, want) {
		t.Errorf("got %+v", r.Principal)
	}
	got := values(r)
	for name, want := range map[string]string{
		"jwt:sub": "[1:alice]", "jwt:act/sub": "[1:robot]", "jwt:act/deep/er": "[3:true]", "jwt:lvl": "[2:12]",
		"jwt:list": "[2:1 1:x 3:true 0: 0:]", "jwt:https://x/y": "[1:z]", "jwt:A": "?", "jwt:p/q": "?", "jwt:text": "[1:]",
		"jwt:act": "[0:]", "jwt:act/deep": "[0:]", "jwt:realm_access": "[0:]", // objects are there, and cannot be read
		"jwt:null": "", "jwt:empty": "", "jwt:realm_access/roles": "[1:a 1:b]",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	for name, change := range map[string]object{
		"groups of numbers":       {"groups": []int{1}},
		"groups an object's list": {"groups": []any{object{}}},
		"a group is empty":        {"groups": []string{"a", ""}},
		"roles twice but case":    {"realm_access": object{"roles": []string{"a"}, "ROLES": []string{"b"}}},
		"tag a list":              {"dep": []string{"a", "b"}},
		"principal an object":     {"act": object{"sub": object{"x": 1}}},
	} {
		for k, v := range claims {
			if _, ok := change[k]; !ok {
				change[k] = v
			}
		}
		if r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, change)), now); !r.Refused {
			t.Errorf("%s: %+v", name, r.Principal)
		}
	}
}

func TestExactNumbers(t *testing.T) {
	c := chain(t, jwtSource(keyFile(t, "ed")))
	r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, `{"iss":"`+issuer+`","aud":"mayi","sub":"a","exp":4000000000,"id":12345678901234567890.10}`)), now)
	if got := values(r)["jwt:id"]; got != "[2:12345678901234567890.10]" {
		t.Errorf("got %q, %s", got, r.Detail)
	}
}

func TestTwoIssuers(t *testing.T) {
	one, two := jwtSource(keyFile(t, "ed")), jwtSource(keyFile(t, "ec"))
	one.Name, one.Asserts, one.JWT.Claims.Principal = "one", []string{"one:*"}, "one:{sub}"
	two.Name, two.Asserts, two.JWT.Claims.Principal = "two", []string{"two:*"}, "two:{sub}"
	two.JWT.Issuer = "https://two.example"
	c := chain(t, one, two)
	if r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, good(nil))), now); r.Principal.ID != "one:alice" || r.Source != "one" {
		t.Errorf("first issuer: %+v", r)
	}
	second := good(object{"iss": "https://two.example"})
	if r := c.Authenticate(bearer(sign(t, "ec", jose.ES256, object{}, second)), now); r.Principal.ID != "two:alice" || r.Source != "two" {
		t.Errorf("second issuer: %+v", r)
	}
	if r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, second)), now); !r.Refused || r.Source != "two" {
		t.Errorf("second issuer, first key: %+v", r)
	}
	if r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, good(object{"iss": "https://three.example"}))), now); !r.Refused {
		t.Errorf("unknown issuer: %+v", r)
	}
}
