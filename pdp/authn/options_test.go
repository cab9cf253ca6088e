package authn_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp/authn"
)

func TestValidate(t *testing.T) {
	jwt := func(edit func(*authn.JWT)) authn.Source {
		j := authn.JWT{JWKSFile: "f", Issuer: "i", Audiences: []string{"a"}}
		edit(&j)
		return authn.Source{Name: "s", Asserts: []string{"a*"}, JWT: &j}
	}
	ext := func(name string, asserts ...string) authn.Source {
		return authn.Source{Name: name, Asserts: asserts, Extension: &authn.Extension{Key: "k"}}
	}
	shared := func(s authn.Source) authn.Source { s.Shared = true; return s }
	mtls := func(m authn.MTLS) authn.Source {
		return authn.Source{Name: "s", Asserts: []string{"a"}, MTLS: &m}
	}
	header := func(h authn.Header) authn.Source {
		return authn.Source{Name: "s", Asserts: []string{"a"}, Header: &h}
	}
	ten := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct {
		name    string
		sources []authn.Source
		want    string // "" is no problem
	}{
		{"nothing", nil, ""},
		{"jwt", []authn.Source{jwt(func(*authn.JWT) {})}, ""},
		{"header", []authn.Source{header(authn.Header{Name: "x-user", TrustedPeers: ten})}, ""},
		{"no name", []authn.Source{ext("", "a")}, "name"},
		{"name with a blank", []authn.Source{ext("a b", "a")}, "name"},
		{"no range", []authn.Source{ext("s")}, "asserts nothing"},
		{"empty pattern", []authn.Source{ext("s", "")}, "is empty"},
		{"wildcard inside", []authn.Source{ext("s", "a*b")}, "before its end"},
		{"range that is no ARN", []authn.Source{ext("s", "arn:aws")}, "no ARN"},
		{"range cut within a trust domain", []authn.Source{ext("s", "spiffe://acme*")}, "trust domain"},
		{"range of a trust domain", []authn.Source{ext("s", "spiffe://acme/*")}, ""},
		{"no kind", []authn.Source{{Name: "s", Asserts: []string{"a"}}}, "has 0 kinds"},
		{"two kinds", []authn.Source{{Name: "s", Asserts: []string{"a"}, Extension: &authn.Extension{Key: "k"}, MTLS: &authn.MTLS{Identity: authn.DNS}}}, "has 2 kinds"},
		{"same name", []authn.Source{ext("s", "a"), ext("s", "b")}, "same name"},
		{"overlap", []authn.Source{ext("a", "x*"), ext("b", "xy")}, "overlaps"},
		{"overlap of prefixes", []authn.Source{ext("a", "xy*"), ext("b", "x*")}, "overlaps"},
		{"overlap with anything", []authn.Source{ext("a", "q"), ext("b", "*")}, "overlaps"},
		{"overlap, one shares", []authn.Source{ext("a", "x"), shared(ext("b", "x"))}, "overlaps"},
		{"overlap, both share", []authn.Source{shared(ext("a", "x")), shared(ext("b", "x"))}, ""},
		{"ranges apart", []authn.Source{ext("a", "x/*"), ext("b", "xy")}, ""},
		{"no key file", []authn.Source{jwt(func(j *authn.JWT) { j.JWKSFile = "" })}, "no key file"},
		{"no issuer", []authn.Source{jwt(func(j *authn.JWT) { j.Issuer = "" })}, "no issuer"},
		{"no audiences", []authn.Source{jwt(func(j *authn.JWT) { j.Audiences = nil })}, "no audiences"},
		{"empty audience", []authn.Source{jwt(func(j *authn.JWT) { j.Audiences = []string{""} })}, "audience is empty"},
		{"alg none", []authn.Source{jwt(func(j *authn.JWT) { j.Algorithms = []string{"none"} })}, `algorithm "none"`},
		{"HMAC", []authn.Source{jwt(func(j *authn.JWT) { j.Algorithms = []string{"HS256"} })}, `algorithm "HS256"`},
		{"empty type", []authn.Source{jwt(func(j *authn.JWT) { j.Types = []string{""} })}, "type is empty"},
		{"leeway", []authn.Source{jwt(func(j *authn.JWT) { j.Leeway = time.Hour })}, "leeway"},
		{"size", []authn.Source{jwt(func(j *authn.JWT) { j.MaxBytes = -1 })}, "max bytes"},
		{"principal without a claim", []authn.Source{jwt(func(j *authn.JWT) { j.Claims.Principal = "root" })}, "principal"},
		{"principal with two claims", []authn.Source{jwt(func(j *authn.JWT) { j.Claims.Principal = "{iss}{sub}" })}, "principal"},
		{"principal with something behind", []authn.Source{jwt(func(j *authn.JWT) { j.Claims.Principal = "{sub}x" })}, "principal"},
		{"tag without a claim", []authn.Source{jwt(func(j *authn.JWT) { j.Claims.Tags = map[string]string{"a": ""} })}, "tags"},
		{"tags twice", []authn.Source{jwt(func(j *authn.JWT) { j.Claims.Tags = map[string]string{"a": "x", "A": "y"} })}, "twice"},
		{"two sources of an issuer", []authn.Source{jwt(func(*authn.JWT) {}), func() authn.Source {
			s := jwt(func(*authn.JWT) {})
			s.Name, s.Asserts = "t", []string{"b"}
			return s
		}()}, "issuer of source"},
		{"metadata without a key", []authn.Source{{Name: "s", Asserts: []string{"a"}, Metadata: &authn.Metadata{Issuer: "i"}}}, "key is empty"},
		{"metadata twice", []authn.Source{
			{Name: "s", Asserts: []string{"a"}, Metadata: &authn.Metadata{Issuer: "i", Key: "k"}},
			{Name: "t", Asserts: []string{"b"}, Metadata: &authn.Metadata{Issuer: "j", Key: "k", Namespace: "envoy.filters.http.jwt_authn"}},
		}, "metadata key of source"},
		{"no trust domains", []authn.Source{mtls(authn.MTLS{})}, "no trust domains"},
		{"bad trust domain", []authn.Source{mtls(authn.MTLS{TrustDomains: []string{"a/b"}})}, "no trust domain"},
		{"prefix of SPIFFE", []authn.Source{mtls(authn.MTLS{TrustDomains: []string{"a"}, Prefix: "x"})}, "prefix"},
		{"peer principal of DNS", []authn.Source{mtls(authn.MTLS{Identity: authn.DNS, PeerPrincipal: true})}, "for SPIFFE"},
		{"unknown identity", []authn.Source{mtls(authn.MTLS{Identity: 9})}, "unknown identity"},
		{"two of mtls", []authn.Source{mtls(authn.MTLS{Identity: authn.DNS}), {Name: "t", Asserts: []string{"b"}, MTLS: &authn.MTLS{Identity: authn.URI}}}, "second source"},
		{"extension without a key", []authn.Source{{Name: "s", Asserts: []string{"a"}, Extension: &authn.Extension{}}}, "key is empty"},
		{"header without trust", []authn.Source{header(authn.Header{Name: "x-user"})}, "nobody is trusted"},
		{"header with a bad name", []authn.Source{header(authn.Header{Name: "X-User", TrustUnix: true})}, "lower-case"},
		{"header with a secret", []authn.Source{header(authn.Header{Name: "authorization", TrustUnix: true})}, "secret"},
		{"network with host bits", []authn.Source{header(authn.Header{Name: "x", TrustedPeers: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/8")}})}, "expected 10.0.0.0/8"},
		{"network invalid", []authn.Source{header(authn.Header{Name: "x", TrustedPeers: []netip.Prefix{{}}})}, "invalid network"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := authn.New(authn.Options{Sources: tt.sources})
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestValidateReportsAll(t *testing.T) {
	o := authn.Options{Realm: `"`, Sources: []authn.Source{{JWT: &authn.JWT{}}, {Header: &authn.Header{}}}}
	err := o.Validate()
	if err == nil || len(strings.Split(err.Error(), "\n")) < 9 {
		t.Errorf("got %v", err)
	}
}

func TestRealm(t *testing.T) {
	c, err := authn.New(authn.Options{Realm: "acme api", Sources: []authn.Source{jwtSource("f")}})
	if err != nil || c.Challenge() != `Bearer realm="acme api"` {
		t.Errorf("got %v, %v", c.Challenge(), err)
	}
}
