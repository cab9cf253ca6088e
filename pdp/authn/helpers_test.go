package authn_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// now is the time of all tests. Key files are older than it, or younger, as the
// clock of the machine has it; neither may matter.
var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

const (
	issuer   = "https://issuer.example"
	audience = "mayi"
)

// signers are made once: an RSA key takes its time.
var signers = sync.OnceValue(func() map[string]any {
	must := func(key any, err error) any {
		if err != nil {
			panic(err)
		}
		return key
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	return map[string]any{
		"rsa":   must(rsa.GenerateKey(rand.Reader, 2048)),
		"rsa2":  must(rsa.GenerateKey(rand.Reader, 2048)),
		"ec":    must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		"ec384": must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
		"ed":    must(ed, err),
	}
})

func public(t testing.TB, name string) jose.JSONWebKey {
	t.Helper()
	k := jose.JSONWebKey{Key: signers()[name], KeyID: name}
	if k.Key == nil {
		t.Fatalf("no key %q", name)
	}
	return k.Public()
}

// jwks is a JWKS of the public halves of these keys.
func jwks(t testing.TB, names ...string) string {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, name := range names {
		set.Keys = append(set.Keys, public(t, name))
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// write puts a file where the source looks for it.
func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace puts a file in the place of another, at once.
func replace(t testing.TB, path, text string) {
	t.Helper()
	write(t, path+".new", text)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func keyFile(t testing.TB, names ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jwks.json")
	write(t, path, jwks(t, names...))
	return path
}

type object = map[string]any

// good are claims that every rule likes; change sets or, by nil, removes some.
func good(change object) object {
	c := object{"iss": issuer, "aud": audience, "sub": "alice", "exp": now.Unix() + 60, "iat": now.Unix()}
	for k, v := range change {
		if v == nil {
			delete(c, k)
		} else {
			c[k] = v
		}
	}
	return c
}

// sign makes a token with a key and any header and claims; both may be text.
func sign(t testing.TB, key string, alg jose.SignatureAlgorithm, header, claims any) string {
	t.Helper()
	text := func(v any) []byte {
		if s, ok := v.(string); ok {
			return []byte(s)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	h, ok := header.(string)
	if !ok {
		all := object{"alg": string(alg), "kid": key}
		for k, v := range header.(object) {
			all[k] = v
			if v == nil {
				delete(all, k)
			}
		}
		h = string(text(all))
	}
	signed := encode([]byte(h)) + "." + encode(text(claims))
	return signed + "." + encode(signature(t, key, alg, signed))
}

// signature signs bytes as they are, so that headers which no library would write
// can be signed too.
func signature(t testing.TB, key string, alg jose.SignatureAlgorithm, signed string) []byte {
	t.Helper()
	sig, err := rawSign(signers()[key], alg, []byte(signed))
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func headers(list ...string) func(string) []string {
	return func(name string) []string {
		var values []string
		for i := 0; i < len(list); i += 2 {
			if list[i] == name {
				values = append(values, list[i+1])
			}
		}
		return values
	}
}

func bearer(token string) *authn.Evidence {
	return &authn.Evidence{Header: headers("authorization", "Bearer "+token)}
}

func chain(t testing.TB, sources ...authn.Source) *authn.Chain {
	t.Helper()
	c, err := authn.New(authn.Options{Sources: sources})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func jwtSource(file string) authn.Source {
	return authn.Source{Name: "jwt", Asserts: []string{"*"}, JWT: &authn.JWT{JWKSFile: file, Issuer: issuer, Audiences: []string{audience}}}
}

func parse(t testing.TB, text string) *strictjson.Node {
	t.Helper()
	n, err := strictjson.Parse("", []byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// values renders the keys that a result has.
func values(r authn.Result) map[string]string {
	m := make(map[string]string)
	for _, k := range r.Keys {
		switch {
		case k.Value.IsIncomplete():
			m[k.Name] = "?"
		case k.Value.IsAbsent():
		default:
			var list []string
			for i := range k.Value.Len() {
				s := k.Value.At(i)
				list = append(list, fmt.Sprintf("%d:%s", s.Kind(), s.Text()))
			}
			m[k.Name] = fmt.Sprint(list)
		}
	}
	return m
}

// A san is one subject alternative name: its tag and its bytes.
type san struct {
	tag  int
	text string
}

func uri(s string) san { return san{6, s} }
func dns(s string) san { return san{2, s} }

// certificate makes a leaf with these names, byte for byte.
func certificate(t testing.TB, subject string, edit func(*x509.Certificate), names ...san) string {
	t.Helper()
	key := signers()["ec"].(*ecdsa.PrivateKey)
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: subject},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(time.Hour),
	}
	var raw []asn1.RawValue
	for _, n := range names {
		raw = append(raw, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: n.tag, Bytes: []byte(n.text)})
	}
	if len(raw) > 0 {
		der, err := asn1.Marshal(raw)
		if err != nil {
			t.Fatal(err)
		}
		tpl.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: der}}
	}
	if edit != nil {
		edit(tpl)
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
