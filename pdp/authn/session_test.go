package authn_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func TestSession(t *testing.T) {
	const (
		role     = "arn:mayi:iam::111122223333:role/"
		assumed  = "arn:mayi:sts::111122223333:assumed-role/"
		wamiRole = "arn:wami:iam:5/7:wami:prod:role/ci"
	)
	issued, expires := time.Unix(now.Unix(), 0), time.Unix(now.Unix()+60, 0)
	for _, tt := range []struct {
		name    string
		mapping authn.SessionClaims
		claims  object
		want    pdp.Session // IssuedAt and ExpiresAt are filled in where zero
	}{
		{"nothing mapped", authn.SessionClaims{}, object{"amr": []string{"mfa"}, "auth_time": 1, "scope": "a", "role": role + "x"},
			pdp.Session{Type: "user"}},
		{"id", authn.SessionClaims{}, object{"jti": "j-1"}, pdp.Session{Type: "user", ID: "j-1"}},
		{"id of another claim", authn.SessionClaims{ID: "sid"}, object{"jti": "j-1", "sid": "s-1"}, pdp.Session{Type: "user", ID: "s-1"}},
		{"fractions of a second", authn.SessionClaims{}, object{"exp": float64(now.Unix()) + 60.5},
			pdp.Session{Type: "user", ExpiresAt: time.Unix(now.Unix()+60, 5e8)}},
		{"federated by its ARN", authn.SessionClaims{}, object{"sub": "arn:aws:sts::123456789012:federated-user/bob"}, pdp.Session{Type: "federated"}},
		{"federated by the mapping", authn.SessionClaims{Type: "federated"}, nil, pdp.Session{Type: "federated"}},
		{"a role by its ARN", authn.SessionClaims{}, object{"sub": assumed + "auditor/nightly"},
			pdp.Session{Type: "role", Role: role + "auditor"}},
		{"a role by its ARN of WAMI", authn.SessionClaims{}, object{"sub": "arn:wami:sts:5/7:wami:prod:assumed-role/ci/run"},
			pdp.Session{Type: "role", Role: wamiRole}},
		{"a role by a claim", authn.SessionClaims{Role: "role", Name: "name", Chain: "chain"},
			object{"sub": assumed + "auditor/nightly", "role": role + "team/auditor", "name": "nightly", "chain": []string{"alice", "bob"}},
			pdp.Session{Type: "role", Role: role + "team/auditor", Name: "nightly", Chain: []string{"alice", "bob"}}},
		{"no claim of a role", authn.SessionClaims{Role: "role"}, nil, pdp.Session{Type: "user"}},
		{"scopes as a list", authn.SessionClaims{Type: "api_key", Scopes: "scopes"}, object{"scopes": []string{"orders.read", "a b"}},
			pdp.Session{Type: "api_key", Scopes: []string{"orders.read", "a b"}}},
		{"scopes with commas", authn.SessionClaims{Type: "api_key", Scopes: "scopes"}, object{"scopes": "orders.read, orders.write"},
			pdp.Session{Type: "api_key", Scopes: []string{"orders.read", "orders.write"}}},
		{"no scopes", authn.SessionClaims{Type: "api_key", Scopes: "scopes"}, nil, pdp.Session{Type: "api_key"}},
		{"policies", authn.SessionClaims{Policies: "p"}, object{"p": []string{"read-only", "eu"}},
			pdp.Session{Type: "user", Policies: []pdp.PolicyRef{{Name: pdp.Text{Text: "read-only"}}, {Name: pdp.Text{Text: "eu"}}}}},
		{"two factors", authn.SessionClaims{MFA: "amr", MFAAt: "auth_time"}, object{"amr": []string{"pwd", "mfa"}, "auth_time": now.Unix() - 30},
			pdp.Session{Type: "user", MFA: []string{"pwd", "mfa"}, MFAAt: time.Unix(now.Unix()-30, 0)}},
		{"one factor", authn.SessionClaims{MFA: "amr", MFAAt: "auth_time"}, object{"amr": []string{"pwd"}, "auth_time": now.Unix() - 30},
			pdp.Session{Type: "user"}},
		{"a second factor that counts", authn.SessionClaims{MFA: "amr", SecondFactors: []string{"hwk", "otp"}}, object{"amr": []string{"otp"}},
			pdp.Session{Type: "user", MFA: []string{"otp"}}},
		{"mfa, which does not count here", authn.SessionClaims{MFA: "amr", SecondFactors: []string{"hwk"}}, object{"amr": []string{"mfa"}},
			pdp.Session{Type: "user"}},
		{"tags", authn.SessionClaims{Tags: map[string]string{"cost": "c", "none": "n"}}, object{"c": 12}, pdp.Session{Type: "user", Tags: map[string]string{"cost": "12"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := jwtSource(keyFile(t, "ed"))
			src.JWT.Claims.Session = tt.mapping
			r := chain(t, src).Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, good(tt.claims))), now)
			if r.Refused {
				t.Fatal(r.Detail)
			}
			want := tt.want
			if want.IssuedAt = issued; want.ExpiresAt.IsZero() {
				want.ExpiresAt = expires
			}
			if !reflect.DeepEqual(r.Session, &want) {
				t.Errorf("got  %+v\nwant %+v", r.Session, &want)
			}
		})
	}
}

// TestSessionRefused holds facts of a session that cannot be read: what a token
// meant to say must not get lost.
func TestSessionRefused(t *testing.T) {
	mapping := authn.SessionClaims{Role: "role", Name: "name", Chain: "chain", Policies: "policies", MFA: "amr", MFAAt: "auth_time", Tags: map[string]string{"t": "tag"}}
	for _, tt := range []struct {
		name   string
		claims object
		want   string
	}{
		{"id a number", object{"jti": 7}, `claim "jti"`},
		{"two ids", object{"jti": []string{"a", "b"}}, `claim "jti" is not one string`},
		{"ids that differ in case", object{"jti": "a", "JTI": "b"}, `claim "jti" is there twice`},
		{"role a list", object{"role": []string{"x", "y"}}, `claim "role"`},
		{"role out of range", object{"role": "arn:mayi:iam::1:role/x"}, "outside of what the source may assert"},
		{"name an object", object{"name": object{}}, `claim "name"`},
		{"chain of numbers", object{"chain": []int{1}}, `claim "chain"`},
		{"policies with an empty one", object{"policies": []string{""}}, `claim "policies"`},
		{"methods a number", object{"amr": 1}, `claim "amr"`},
		{"time of the authentication a text", object{"amr": "mfa", "auth_time": "now"}, `claim "auth_time"`},
		{"time of the authentication negative", object{"amr": "mfa", "auth_time": -1}, `claim "auth_time"`},
		{"tag a list", object{"tag": []string{"a", "b"}}, `claim "tag"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := jwtSource(keyFile(t, "ed"))
			src.Asserts = []string{"alice"}
			src.JWT.Claims.Session = mapping
			r := chain(t, src).Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, good(tt.claims))), now)
			if !r.Refused || r.Reason != pdp.ReasonCredentialInvalid || !strings.Contains(r.Detail, tt.want) {
				t.Errorf("got %+v", r)
			}
			if r.Session != nil {
				t.Errorf("a session %+v", r.Session)
			}
		})
	}
}

// TestSessionOfMetadata: what the proxy verified is a session too, and one without
// an end has ended.
func TestSessionOfMetadata(t *testing.T) {
	c := chain(t, authn.Source{Name: "login", Asserts: []string{"*"}, Metadata: &authn.Metadata{Key: "k", Issuer: "i"}})
	for claims, want := range map[string]pdp.Session{
		`{"iss": "i", "sub": "a", "exp": 4000000000, "jti": "j"}`: {Type: "user", ID: "j", ExpiresAt: time.Unix(4000000000, 0)},
		`{"iss": "i", "sub": "a"}`:                                {Type: "user"},
	} {
		r := c.Authenticate(metadata(t, `{"k": `+claims+`}`), now)
		if r.Refused || !reflect.DeepEqual(r.Session, &want) {
			t.Errorf("%s: got %+v, %s", claims, r.Session, r.Detail)
		}
	}
}

func TestTenantClaim(t *testing.T) {
	for _, tt := range []struct {
		name    string
		tenants []string
		claims  object
		want    string // the tenant, or a part of why it is refused
		refused bool
	}{
		{"exact", []string{"5/7"}, object{"tid": "5/7"}, "5/7", false},
		{"below", []string{"5/*"}, object{"tid": "5/7/9"}, "5/7/9", false},
		{"any", []string{"*"}, object{"tid": "acme"}, "acme", false},
		{"absent", []string{"*"}, nil, "", false},
		{"another", []string{"5/7"}, object{"tid": "5/8"}, `the tenant "5/8" is outside`, true},
		{"above", []string{"5/*"}, object{"tid": "5"}, `the tenant "5" is outside`, true},
		{"one that begins alike", []string{"5/7"}, object{"tid": "5/77"}, "is outside", true},
		{"a number", []string{"*"}, object{"tid": 5}, `claim "tid"`, true},
		{"two", []string{"*"}, object{"tid": []string{"5", "6"}}, `claim "tid" is not one string`, true},
		{"empty", []string{"*"}, object{"tid": ""}, `claim "tid"`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := jwtSource(keyFile(t, "ed"))
			src.Tenants, src.JWT.Claims.Tenant = tt.tenants, "tid"
			r := chain(t, src).Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, good(tt.claims))), now)
			if r.Refused != tt.refused || !tt.refused && r.Principal.Tenant != tt.want || tt.refused && !strings.Contains(r.Detail, tt.want) {
				t.Errorf("got %q, refused %t: %s", r.Principal.Tenant, r.Refused, r.Detail)
			}
		})
	}
}

func TestProvider(t *testing.T) {
	key := jwtSource(keyFile(t, "ed"))
	key.JWT.Claims.Session = authn.SessionClaims{Type: "api_key", Scopes: "scopes"}
	named := jwtSource(keyFile(t, "ed"))
	named.Provider = "google"
	token := bearer(sign(t, "ed", jose.EdDSA, object{}, good(nil)))
	cert := &authn.Evidence{Certificate: certificate(t, "a", nil, uri("spiffe://acme/a"))}
	partner := mtlsSource(spiffe)
	partner.Provider = "partner"
	ext := authn.Source{Name: "edge", Asserts: []string{"*"}, Extension: &authn.Extension{Key: "k"}}
	for _, tt := range []struct {
		name     string
		source   authn.Source
		evidence *authn.Evidence
		want     string
		session  bool
	}{
		{"a token: the source's name", jwtSource(keyFile(t, "ed")), token, "jwt", true},
		{"a token, named", named, token, "google", true},
		{"an API key", key, token, "api_key", true},
		{"a certificate", mtlsSource(spiffe), cert, "mtls", false},
		{"a certificate, named", partner, cert, "partner", false},
		{"an extension", ext, &authn.Evidence{Extensions: map[string]string{"k": "a"}}, "edge", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := chain(t, tt.source).Authenticate(tt.evidence, now)
			if r.Refused || r.Principal.Provider != tt.want || (r.Session != nil) != tt.session {
				t.Errorf("got %+v, %+v, %s", r.Principal, r.Session, r.Detail)
			}
		})
	}
	// What a second credential says of a session is not the principal's.
	both := *token
	both.Certificate = cert.Certificate
	shared := func(s authn.Source) authn.Source { s.Shared = true; return s }
	r := chain(t, shared(mtlsSource(spiffe)), shared(jwtSource(keyFile(t, "ed")))).Authenticate(&both, now)
	if r.Refused || r.Source != "mtls" || r.Session != nil || r.Principal.Provider != "mtls" {
		t.Errorf("got %+v", r)
	}
}

func TestRoot(t *testing.T) {
	const root = "arn:mayi:iam::111122223333:root"
	breakGlass := authn.Source{Name: "break-glass", Asserts: []string{root, "x"}, Shared: true, Extension: &authn.Extension{Key: "admin"}}
	login := jwtSource(keyFile(t, "ed"))
	login.Shared = true
	c, err := authn.New(authn.Options{Sources: []authn.Source{breakGlass, login}, Root: authn.Root{ID: root, Source: "break-glass"}})
	if err != nil {
		t.Fatal(err)
	}
	ext := func(id string) *authn.Evidence { return &authn.Evidence{Extensions: map[string]string{"admin": id}} }
	if r := c.Authenticate(ext(root), now); r.Refused || !r.Principal.Root {
		t.Errorf("root: %+v", r)
	}
	if r := c.Authenticate(ext("x"), now); r.Refused || r.Principal.Root {
		t.Errorf("another id of the same source: %+v", r)
	}
	token := bearer(sign(t, "ed", jose.EdDSA, object{}, good(object{"sub": root})))
	if r := c.Authenticate(token, now); !r.Refused || !strings.Contains(r.Detail, "only the source break-glass establishes the root principal") {
		t.Errorf("the id as a token's subject: %+v", r)
	}
	if r := c.Authenticate(bearer(sign(t, "ed", jose.EdDSA, object{}, good(nil))), now); r.Refused || r.Principal.Root {
		t.Errorf("a token: %+v", r)
	}
	without := chain(t, breakGlass)
	if r := without.Authenticate(ext(root), now); r.Refused || r.Principal.Root {
		t.Errorf("no root is configured: %+v", r)
	}
}

func TestValidateFacts(t *testing.T) {
	claims := func(edit func(*authn.Source)) authn.Options {
		s := authn.Source{Name: "s", Asserts: []string{"a*"}, JWT: &authn.JWT{JWKSFile: "f", Issuer: "i", Audiences: []string{"a"}}}
		edit(&s)
		return authn.Options{Sources: []authn.Source{s}}
	}
	session := func(x authn.SessionClaims) authn.Options {
		return claims(func(s *authn.Source) { s.JWT.Claims.Session = x })
	}
	root := func(id, source string) authn.Options {
		o := claims(func(*authn.Source) {})
		o.Root = authn.Root{ID: id, Source: source}
		return o
	}
	for _, tt := range []struct {
		name string
		o    authn.Options
		want string // "" is no problem
	}{
		{"API key", session(authn.SessionClaims{Type: "api_key", Scopes: "s"}), ""},
		{"API key without scopes", session(authn.SessionClaims{Type: "api_key"}), "may do nothing"},
		{"scopes of a user", session(authn.SessionClaims{Scopes: "s"}), "scopes are for API keys"},
		{"unknown type", session(authn.SessionClaims{Type: "user"}), `type "user"`},
		{"role of another type", session(authn.SessionClaims{Type: "federated", Role: "r"}), "no other type"},
		{"time without methods", session(authn.SessionClaims{MFAAt: "auth_time"}), "methods of authentication"},
		{"second factors without methods", session(authn.SessionClaims{SecondFactors: []string{"otp"}}), "methods of authentication"},
		{"empty second factor", session(authn.SessionClaims{MFA: "amr", SecondFactors: []string{""}}), "second factor is empty"},
		{"session tag without a claim", session(authn.SessionClaims{Tags: map[string]string{"a": ""}}), "session: tags"},
		{"session tags twice", session(authn.SessionClaims{Tags: map[string]string{"a": "x", "A": "y"}}), "twice"},
		{"provider with a blank", claims(func(s *authn.Source) { s.Provider = "a b" }), "provider"},
		{"tenant", claims(func(s *authn.Source) { s.JWT.Claims.Tenant, s.Tenants = "t", []string{"5/*", "6"} }), ""},
		{"tenant without a range", claims(func(s *authn.Source) { s.JWT.Claims.Tenant = "t" }), "no tenants are listed"},
		{"a range without a claim", claims(func(s *authn.Source) { s.Tenants = []string{"5"} }), "no claim names one"},
		{"a range cut within an id", claims(func(s *authn.Source) { s.JWT.Claims.Tenant, s.Tenants = "t", []string{"5*"} }), `tenants: "5*"`},
		{"an empty tenant", claims(func(s *authn.Source) { s.JWT.Claims.Tenant, s.Tenants = "t", []string{""} }), `tenants: ""`},
		{"root", root("a1", "s"), ""},
		{"root of no source", root("a1", "t"), `no source is called "t"`},
		{"root out of range", root("b", "s"), "does not assert"},
		{"root without an id", root("", "s"), "is empty"},
		{"root that is anybody", root("*", "s"), `is "*"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.o.Validate()
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func metadata(t *testing.T, namespace string) *authn.Evidence {
	t.Helper()
	return &authn.Evidence{Metadata: func(string) *strictjson.Node { return parse(t, namespace) }}
}
