package extauthz_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
)

// certificate returns a client certificate as Envoy passes it on: PEM, URL-encoded.
func certificate(t *testing.T, uris ...string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "web"}, NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(time.Hour)}
	for _, u := range uris {
		parsed, err := url.Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = append(template.URIs, parsed)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// The real sources of credentials, from Envoy's message to the answer.
func TestCredentials(t *testing.T) {
	chain, err := authn.New(authn.Options{Sources: []authn.Source{
		{Name: "mesh", Asserts: []string{"spiffe://shop/*"}, Shared: true, MTLS: &authn.MTLS{TrustDomains: []string{"shop"}}},
		{Name: "login", Asserts: []string{"*"}, Shared: true, Metadata: &authn.Metadata{Key: "shop", Issuer: "https://login.shop.example"}},
		{Name: "edge", Asserts: []string{"bob"}, Shared: true, Extension: &authn.Extension{Key: "user"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	const alice, account = "spiffe://shop/ns/web/sa/alice", "arn:aws:iam::123456789012:user/alice"
	claims := func(fields map[string]any) *corev3.Metadata {
		payload, err := structpb.NewStruct(map[string]any{"shop": fields})
		if err != nil {
			t.Fatal(err)
		}
		return &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{"envoy.filters.http.jwt_authn": payload}}
	}
	valid := map[string]any{"iss": "https://login.shop.example", "sub": alice, "exp": float64(noon.Unix() + 60)}
	for _, test := range []struct {
		name   string
		change func(*authv3.AttributeContext)
		want   []string
	}{
		{"a certificate", func(a *authv3.AttributeContext) { a.Source.Certificate = certificate(t, alice) },
			[]string{"code 0", "saw Allow identity_policy", "source mesh", "principal " + alice, "set x-mayi-principal: " + account}},
		{"a certificate of two names", func(a *authv3.AttributeContext) {
			a.Source.Certificate = certificate(t, alice, "spiffe://shop/ns/web/sa/bob")
		}, []string{"code 16", "status 401", "saw Deny credential_invalid"}},
		{"a certificate of another domain", func(a *authv3.AttributeContext) { a.Source.Certificate = certificate(t, "spiffe://else/x") },
			[]string{"code 16", "saw Deny credential_invalid"}},
		{"a certificate that is none", func(a *authv3.AttributeContext) { a.Source.Certificate = "-----BEGIN%20CERTIFICATE-----" },
			[]string{"code 16", "saw Deny credential_invalid"}},
		{"claims", func(a *authv3.AttributeContext) { a.MetadataContext = claims(valid) },
			[]string{"code 0", "source login", "set x-mayi-principal: " + account}},
		{"claims of another issuer", func(a *authv3.AttributeContext) {
			a.MetadataContext = claims(map[string]any{"iss": "https://evil.example", "sub": alice, "exp": valid["exp"]})
		}, []string{"code 16", "saw Deny credential_invalid"}},
		{"claims that have run out", func(a *authv3.AttributeContext) {
			a.MetadataContext = claims(map[string]any{"iss": valid["iss"], "sub": alice, "exp": float64(noon.Unix())})
		}, []string{"code 16", "saw Deny credential_invalid"}},
		{"claims in the route's metadata", func(a *authv3.AttributeContext) { a.RouteMetadataContext = claims(valid) },
			[]string{"code 16", "saw Deny implicit_deny", "source "}},
		{"a context extension", func(a *authv3.AttributeContext) { a.ContextExtensions = map[string]string{"user": "bob"} },
			[]string{"code 7", "status 403", "saw Deny implicit_deny", "source edge", "metadata principal bob"}},
		{"nothing", func(*authv3.AttributeContext) {}, []string{"code 16", "status 401", "saw Deny implicit_deny", "source "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			req := httpRequest("GET", "/a", "x-mayi-principal", alice)
			test.change(req.Attributes)
			view, seen := &stamped{View: compile(t, shop)}, &recorder{}
			s := newServer(t, extauthz.Options{Provider: view, Observer: seen}, door.Options{Authenticator: chain})
			facts := slices.Concat(factsOf(s.Check(t.Context(), req)), view.asked, factsSeen(seen.outcome))
			for _, want := range test.want {
				if !slices.Contains(facts, want) {
					t.Errorf("not %q: %q (%s)", want, facts, seen.outcome.Decision.Detail)
				}
			}
		})
	}
}
