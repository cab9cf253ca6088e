package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp/policytest"
	"github.com/mayi-authz/mayi/pdp/server"
)

// TestScripts asks a live server every case of every script: questions through
// Decide as JSON, HTTP requests through Check, with real credentials.
func TestScripts(t *testing.T) {
	scripts, err := policytest.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	credentials := newCredentials(t)
	var ran, skipped, checked int
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(script.Name, ".txtar"), func(t *testing.T) {
			if len(script.Cases) == 0 {
				return // only bundles that are refused, which the store's tests show
			}
			bundle := files{}
			for _, f := range script.Files {
				bundle[f.Name] = string(f.Data)
			}
			var clock atomic.Pointer[time.Time]
			clock.Store(&time.Time{})
			l := startLive(t, bundle, func(o *server.Options) {
				o.Now = func() time.Time { return *clock.Load() }
				o.Config.Decide.TrustFacts = true
				o.Config.ExtAuthz.RequireCredential = true
				o.Config.Authn.Sources = credentials.sources
			})
			result, err := script.Run(policytest.DeciderFunc(func(c *policytest.Case) (policytest.Answer, error) {
				clock.Store(&c.Time)
				if c.HTTP != nil {
					checked++
					return l.ask(credentials.request(t, c))
				}
				body, err := c.JSON()
				if err != nil {
					return policytest.Answer{}, err
				}
				_, answer := l.post("/v1/decide", string(body))
				return policytest.ParseAnswer([]byte(answer))
			}))
			if err != nil {
				t.Error(err)
			}
			ran, skipped = ran+result.Ran, skipped+result.Skipped
		})
	}
	t.Logf("%d cases asked, %d of them through Check, %d cannot be said", ran, checked, skipped)
	if ran < 5*skipped || checked == 0 {
		t.Errorf("%d cases asked, %d through Check, %d skipped: the scripts hardly reached the server", ran, checked, skipped)
	}
}

// ask sends a Check and reads the decision from the metadata.
func (l *live) ask(r *authv3.CheckRequest) (policytest.Answer, error) {
	resp, err := l.check.Check(context.Background(), r)
	if err != nil {
		return policytest.Answer{}, err
	}
	f := resp.GetDynamicMetadata().GetFields()
	a := policytest.Answer{
		Effect:    f["decision"].GetStringValue(),
		Reason:    f["reason"].GetStringValue(),
		Principal: f["principal"].GetStringValue(),
		Brief:     true,
	}
	if s := f["statement"].GetStringValue(); s != "" {
		a.Statements = []string{s}
	}
	if (resp.GetStatus().GetCode() == 0) != (a.Effect == "Allow") || (resp.GetOkResponse() != nil) != (a.Effect == "Allow") {
		l.t.Errorf("metadata says %s and the answer is %v", a.Effect, resp)
	}
	return a, nil
}

// credentials make the real thing of what a case names.
type credentials struct {
	sources []config.Source
	signer  jose.Signer
	forger  jose.Signer
	key     *ecdsa.PrivateKey
}

func newCredentials(t *testing.T) *credentials {
	t.Helper()
	c := &credentials{}
	key, forged := newKey(t), newKey(t)
	c.signer, c.forger, c.key = signer(t, key), signer(t, forged), key
	keys, err := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}.Keys[0].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	jwks := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(jwks, []byte(`{"keys":[`+string(keys)+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	all := []string{"*"}
	c.sources = []config.Source{
		{Name: "tokens", Asserts: all, Shared: true, JWT: &config.JWTSource{JWKSFile: jwks, Issuer: "https://issuer.test", Audiences: []string{"mayi"}}},
		{Name: "certificates", Asserts: all, Shared: true, MTLS: &config.MTLSSource{TrustDomains: []string{"shop.example"}}},
		{Name: "proxy", Asserts: all, Shared: true, Header: &config.HeaderSource{Name: "x-user", TrustedPeers: []string{"127.0.0.1"}}},
	}
	return c
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signer(t *testing.T, key *ecdsa.PrivateKey) jose.Signer {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// request is a case as Envoy sends it.
func (c *credentials) request(t *testing.T, k *policytest.Case) *authv3.CheckRequest {
	t.Helper()
	h := &authv3.AttributeContext_HttpRequest{
		Method: k.HTTP.Method, Host: k.HTTP.Host, Path: k.HTTP.Path, Scheme: "https", Protocol: "HTTP/1.1",
		Body:      k.HTTP.Body,
		HeaderMap: &corev3.HeaderMap{},
	}
	add := func(name, value string) {
		h.HeaderMap.Headers = append(h.HeaderMap.Headers, &corev3.HeaderValue{Key: name, RawValue: []byte(value)})
	}
	add(":method", h.Method)
	add(":path", h.Path)
	add(":authority", h.Host)
	add(":scheme", "https")
	for _, line := range k.HTTP.Headers {
		add(strings.ToLower(line.Name), line.Value)
	}
	if h.Body != "" {
		add("content-length", big.NewInt(int64(len(h.Body))).String())
		add("x-envoy-auth-partial-body", "false")
	}
	source := &authv3.AttributeContext_Peer{Address: address("192.0.2.1")}
	switch kind, id := k.HTTP.Credential.Kind, k.HTTP.Credential.ID; kind {
	case "jwt":
		add("authorization", "Bearer "+c.token(t, c.signer, id, k.Time))
	case "invalid":
		add("authorization", "Bearer "+c.token(t, c.forger, "alice", k.Time))
	case "mtls":
		source.Certificate = strings.ReplaceAll(url.QueryEscape(c.certificate(t, id, k.Time)), "+", "%20") // as Envoy escapes
	case "header":
		source.Address = address("127.0.0.1")
		add("x-user", id)
	}
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source: source, Destination: &authv3.AttributeContext_Peer{Address: address("192.0.2.9")},
		Request:         &authv3.AttributeContext_Request{Http: h},
		MetadataContext: &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{}},
	}}
}

func address(ip string) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address: ip, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: 4711},
	}}}
}

func (c *credentials) token(t *testing.T, s jose.Signer, subject string, now time.Time) string {
	t.Helper()
	token, err := jwt.Signed(s).Claims(jwt.Claims{
		Issuer: "https://issuer.test", Subject: subject, Audience: jwt.Audience{"mayi"},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Hour)),
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (c *credentials) certificate(t *testing.T, uri string, now time.Time) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, URIs: []*url.URL{u},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, c.key.Public(), c.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
