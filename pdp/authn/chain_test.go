package authn_test

import (
	"crypto/x509"
	"net/netip"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// outcome renders who a result names: an id, "anonymous", or the reason of a
// refusal.
func outcome(r authn.Result) string {
	switch {
	case r.Refused:
		return r.Reason.String()
	case r.Principal.Anonymous():
		return "anonymous"
	}
	return r.Source + " " + r.Principal.ID
}

func mtlsSource(m authn.MTLS) authn.Source {
	return authn.Source{Name: "mtls", Asserts: []string{"*"}, MTLS: &m}
}

var spiffe = authn.MTLS{TrustDomains: []string{"acme"}}

func TestCertificate(t *testing.T) {
	const id = "spiffe://acme/ns/web/sa/a"
	withCA := func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }
	expired := func(c *x509.Certificate) { c.NotAfter = now }
	for _, tt := range []struct {
		name   string
		m      authn.MTLS
		cert   string
		want   string
		detail string
	}{
		{"one URI", spiffe, certificate(t, "a", nil, uri(id)), "mtls " + id, ""},
		{"URI and DNS", spiffe, certificate(t, "a", nil, dns("a.example"), uri(id)), "mtls " + id, ""},
		{"no certificate", spiffe, "", "anonymous", ""},
		{"two URIs", spiffe, certificate(t, "a", nil, uri(id), uri("spiffe://acme/b")), "credential_invalid", "2 URI names"},
		{"the same URI twice", spiffe, certificate(t, "a", nil, uri(id), uri(id)), "credential_invalid", "2 URI names"},
		{"DNS only", spiffe, certificate(t, "a", nil, dns("a.example")), "credential_invalid", "0 URI names"},
		{"subject only", spiffe, certificate(t, id, nil), "credential_invalid", "0 URI names"},
		{"NUL in the URI", spiffe, certificate(t, "a", nil, uri(id+"\x00.evil")), "credential_invalid", ""},
		{"blank in the URI", spiffe, certificate(t, "a", nil, uri(id+" ")), "credential_invalid", ""},
		{"NUL in the DNS name", spiffe, certificate(t, "a", nil, uri(id), dns("a\x00b")), "credential_invalid", ""},
		{"other trust domain", spiffe, certificate(t, "a", nil, uri("spiffe://evil/a")), "credential_invalid", "not trusted"},
		{"trust domain that begins alike", spiffe, certificate(t, "a", nil, uri("spiffe://acme.evil/a")), "credential_invalid", "not trusted"},
		{"trust domain in upper case", spiffe, certificate(t, "a", nil, uri("spiffe://ACME/a")), "credential_invalid", "trust domain"},
		{"port", spiffe, certificate(t, "a", nil, uri("spiffe://acme:80/a")), "credential_invalid", "trust domain"},
		{"user", spiffe, certificate(t, "a", nil, uri("spiffe://u@acme/a")), "credential_invalid", "trust domain"},
		{"query", spiffe, certificate(t, "a", nil, uri("spiffe://acme/a?b")), "credential_invalid", "segment"},
		{"fragment", spiffe, certificate(t, "a", nil, uri("spiffe://acme/a#b")), "credential_invalid", "segment"},
		{"escape", spiffe, certificate(t, "a", nil, uri("spiffe://acme/%61")), "credential_invalid", "segment"},
		{"dots", spiffe, certificate(t, "a", nil, uri("spiffe://acme/a/../b")), "credential_invalid", "segment"},
		{"slash at the end", spiffe, certificate(t, "a", nil, uri("spiffe://acme/a/")), "credential_invalid", "segment"},
		{"other scheme", spiffe, certificate(t, "a", nil, uri("https://acme/a")), "credential_invalid", "spiffe://"},
		{"authority", spiffe, certificate(t, "a", withCA, uri(id)), "credential_invalid", "authority"},
		{"expired since", spiffe, certificate(t, "a", expired, uri(id)), "mtls " + id, ""},
		{"expired since, and that counts", authn.MTLS{TrustDomains: []string{"acme"}, RefuseExpired: true}, certificate(t, "a", expired, uri(id)), "credential_invalid", "not valid"},
		{"two certificates", spiffe, strings.Repeat(certificate(t, "a", nil, uri(id)), 2), "credential_invalid", "not one certificate"},
		{"no PEM", spiffe, "certificate", "credential_invalid", "not one certificate"},
		{"broken", spiffe, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "credential_invalid", ""},
		{"too large", spiffe, strings.Repeat("a", 70<<10), "credential_invalid", "limit"},

		{"any URI", authn.MTLS{Identity: authn.URI}, certificate(t, "a", nil, uri("urn:x:1")), "mtls urn:x:1", ""},
		{"any URI, two", authn.MTLS{Identity: authn.URI}, certificate(t, "a", nil, uri("urn:x:1"), uri("urn:x:2")), "credential_invalid", "2 URI"},
		{"DNS", authn.MTLS{Identity: authn.DNS, Prefix: "dns:"}, certificate(t, "a", nil, dns("A.example")), "mtls dns:a.example", ""},
		{"DNS, none", authn.MTLS{Identity: authn.DNS}, certificate(t, "a.example", nil), "credential_invalid", "0 DNS"},
		{"subject", authn.MTLS{Identity: authn.Subject, Prefix: "subject:"}, certificate(t, "a", nil), "mtls subject:CN=a", ""},
		{"subject that looks like an id", authn.MTLS{Identity: authn.Subject}, certificate(t, "spiffe://acme/a", nil), "mtls CN=spiffe://acme/a", ""},
		{"subject, none", authn.MTLS{Identity: authn.Subject}, certificate(t, "", nil, dns("a")), "credential_invalid", "subject is empty"},
		{"subject with a line feed", authn.MTLS{Identity: authn.Subject}, certificate(t, "a\nb", nil), "credential_invalid", "control"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := chain(t, mtlsSource(tt.m)).Authenticate(&authn.Evidence{Certificate: tt.cert}, now)
			if got := outcome(r); got != tt.want || !strings.Contains(r.Detail, tt.detail) {
				t.Errorf("got %s, %q", got, r.Detail)
			}
		})
	}
}

func TestCertificateKeys(t *testing.T) {
	cert := certificate(t, "a", nil, uri("spiffe://acme/a"), dns("b.example"), dns("c.example"), san{1, "m@example"}, san{7, "\x0a\x00\x00\x01"})
	got := values(chain(t, mtlsSource(spiffe)).Authenticate(&authn.Evidence{Certificate: cert}, now))
	for name, want := range map[string]string{
		"mtls:spiffe": "[1:spiffe://acme/a]", "mtls:subject": "[1:CN=a]", "mtls:issuer": "[1:CN=a]", "mtls:san/uri": "[1:spiffe://acme/a]",
		"mtls:san/dns": "[1:b.example 1:c.example]", "mtls:san/email": "[1:m@example]", "mtls:san/ip": "[1:10.0.0.1]",
	} {
		if got[name] != want {
			t.Errorf("%s: got %s, want %s", name, got[name], want)
		}
	}
	if len(got["mtls:sha256"]) != len("[1:]")+64 {
		t.Errorf("mtls:sha256: %s", got["mtls:sha256"])
	}
	for _, k := range []string{"urn:x"} {
		r := chain(t, mtlsSource(authn.MTLS{Identity: authn.URI})).Authenticate(&authn.Evidence{Certificate: certificate(t, "a", nil, uri(k))}, now)
		if _, ok := values(r)["mtls:spiffe"]; ok {
			t.Errorf("%s is taken for a SPIFFE id", k)
		}
	}
}

func TestPeerPrincipal(t *testing.T) {
	on := authn.MTLS{TrustDomains: []string{"acme"}, PeerPrincipal: true}
	for _, tt := range []struct {
		m    authn.MTLS
		text string
		want string
	}{
		{on, "spiffe://acme/a", "mtls spiffe://acme/a"},
		{on, "", "anonymous"},
		{on, "CN=spiffe://acme/a", "credential_invalid"},
		{on, "spiffe://acme/a,O=x", "credential_invalid"},
		{on, "a.example", "credential_invalid"},
		{on, "spiffe://evil/a", "credential_invalid"},
		{spiffe, "spiffe://acme/a", "anonymous"},
	} {
		r := chain(t, mtlsSource(tt.m)).Authenticate(&authn.Evidence{PeerPrincipal: tt.text}, now)
		if got := outcome(r); got != tt.want {
			t.Errorf("%q, accepted %t: got %s, %s", tt.text, tt.m.PeerPrincipal, got, r.Detail)
		}
	}
	// The certificate itself counts, whatever the text says.
	r := chain(t, mtlsSource(on)).Authenticate(&authn.Evidence{PeerPrincipal: "spiffe://acme/admin", Certificate: certificate(t, "a", nil, uri("spiffe://acme/a"))}, now)
	if got := outcome(r); got != "mtls spiffe://acme/a" {
		t.Errorf("got %s", got)
	}
}

func TestMetadata(t *testing.T) {
	src := authn.Source{Name: "meta", Asserts: []string{"*"}, Metadata: &authn.Metadata{Key: "payload", Issuer: issuer, Audiences: []string{audience}}}
	c := chain(t, src)
	base := `"iss":"` + issuer + `","aud":["mayi"],"sub":"alice"`
	for _, tt := range []struct{ name, ns, want string }{
		{"good", `{"payload":{` + base + `,"exp":4000000000}}`, "meta alice"},
		{"exp is the proxy's to demand", `{"payload":{` + base + `}}`, "meta alice"},
		{"exp as a double is written", `{"payload":{` + base + `,"exp":4e9}}`, "meta alice"},
		{"no namespace", ``, "anonymous"},
		{"another provider", `{"other":{` + base + `}}`, "anonymous"},
		{"no claims", `{"payload":{}}`, "credential_invalid"},
		{"no object", `{"payload":"alice"}`, "credential_invalid"},
		{"namespace no object", `[]`, "credential_invalid"},
		{"issuer of another", `{"payload":{"iss":"evil","aud":"mayi","sub":"alice"}}`, "credential_invalid"},
		{"audience of another", `{"payload":{"iss":"` + issuer + `","aud":"x","sub":"alice"}}`, "credential_invalid"},
		{"expired", `{"payload":{` + base + `,"exp":1000}}`, "credential_invalid"},
		{"not yet", `{"payload":{` + base + `,"nbf":4000000000}}`, "credential_invalid"},
		{"no subject", `{"payload":{"iss":"` + issuer + `","aud":"mayi"}}`, "credential_invalid"},
		{"groups overage", `{"payload":{` + base + `,"hasgroups":true}}`, "credential_invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &authn.Evidence{Metadata: func(ns string) *strictjson.Node {
				if ns != "envoy.filters.http.jwt_authn" || tt.ns == "" {
					return nil
				}
				return parse(t, tt.ns)
			}}
			r := c.Authenticate(e, now)
			if got := outcome(r); got != tt.want {
				t.Errorf("got %s, %s", got, r.Detail)
			}
		})
	}
	src.Metadata.Audiences = nil
	e := &authn.Evidence{Metadata: func(string) *strictjson.Node {
		return parse(t, `{"payload":{"iss":"`+issuer+`","sub":"a","big":9007199254740992,"small":9007199254740991,"list":[1,-9007199254740993],"o":{"big":1e300}}}`)
	}}
	got := values(chain(t, src).Authenticate(e, now))
	for name, want := range map[string]string{"jwt:big": "[0:]", "jwt:small": "[2:9007199254740991]", "jwt:list": "[2:1 0:]", "jwt:o/big": "[0:]"} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
}

func TestExtension(t *testing.T) {
	c := chain(t, authn.Source{Name: "ext", Asserts: []string{"svc:*"}, Extension: &authn.Extension{Key: "id", Prefix: "svc:"}})
	for value, want := range map[string]string{"web": "ext svc:web", "": "credential_invalid", "a\nb": "credential_invalid"} {
		if got := outcome(c.Authenticate(&authn.Evidence{Extensions: map[string]string{"id": value}}, now)); got != want {
			t.Errorf("%q: got %s", value, got)
		}
	}
	if got := outcome(c.Authenticate(&authn.Evidence{Extensions: map[string]string{"ID": "web"}}, now)); got != "anonymous" {
		t.Errorf("another key: got %s", got)
	}
}

func TestHeader(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	peers := authn.Header{Name: "x-user", TrustedPeers: trusted}
	unix := authn.Header{Name: "x-user", TrustUnix: true}
	for _, tt := range []struct {
		name   string
		h      authn.Header
		peer   string
		values []string
		want   string
	}{
		{"trusted peer", peers, "10.1.2.3", []string{"alice"}, "hdr alice"},
		{"trusted peer, mapped", peers, "::ffff:10.1.2.3", []string{"alice"}, "hdr alice"},
		{"trusted peer, zone", peers, "fd00::1%eth0", []string{"alice"}, "hdr alice"},
		{"forged", peers, "192.0.2.1", []string{"alice"}, "credential_invalid"},
		{"not there", peers, "192.0.2.1", nil, "anonymous"},
		{"unix is no peer", peers, "", []string{"alice"}, "credential_invalid"},
		{"unix", unix, "", []string{"alice"}, "hdr alice"},
		{"a peer is no unix", unix, "127.0.0.1", []string{"alice"}, "credential_invalid"},
		{"several", peers, "10.1.2.3", []string{"alice", "bob"}, "credential_invalid"},
		{"several, joined", peers, "10.1.2.3", []string{"alice,bob"}, "credential_invalid"},
		{"empty", peers, "10.1.2.3", []string{""}, "credential_invalid"},
		{"blank", peers, "10.1.2.3", []string{"alice "}, "credential_invalid"},
		{"not UTF-8", peers, "10.1.2.3", []string{"alice\xff"}, "credential_invalid"},
		{"everybody", peers, "10.1.2.3", []string{"*"}, "credential_invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := chain(t, authn.Source{Name: "hdr", Asserts: []string{"*"}, Header: &tt.h})
			var peer netip.Addr
			if tt.peer != "" {
				peer = netip.MustParseAddr(tt.peer)
			}
			e := &authn.Evidence{Peer: peer, PeerUnix: tt.peer == "", Header: func(name string) []string {
				if name == "x-user" {
					return tt.values
				}
				return nil
			}}
			if r := c.Authenticate(e, now); outcome(r) != tt.want {
				t.Errorf("got %s, %s", outcome(r), r.Detail)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	jwt := jwtSource(keyFile(t, "ed"))
	jwt.Asserts = []string{"alice", "bob"}
	mtls := mtlsSource(spiffe)
	mtls.Asserts = []string{"spiffe://acme/*"}
	ext := authn.Source{Name: "ext", Asserts: []string{"svc"}, Extension: &authn.Extension{Key: "id"}}
	token := sign(t, "ed", jose.EdDSA, object{}, good(nil))
	cert := certificate(t, "a", nil, uri("spiffe://acme/a"))
	all := authn.Evidence{Header: headers("authorization", "Bearer "+token), Certificate: cert, Extensions: map[string]string{"id": "svc"}}
	only := func(edit func(*authn.Evidence)) *authn.Evidence { e := all; edit(&e); return &e }
	for _, tt := range []struct {
		name    string
		sources []authn.Source
		e       *authn.Evidence
		want    string
	}{
		{"the first wins", []authn.Source{jwt, mtls, ext}, &all, "jwt alice"},
		{"the first wins, in another order", []authn.Source{mtls, ext, jwt}, &all, "mtls spiffe://acme/a"},
		{"absent, so the next", []authn.Source{jwt, mtls, ext}, only(func(e *authn.Evidence) { e.Header = nil }), "mtls spiffe://acme/a"},
		{"absent and absent", []authn.Source{jwt, mtls, ext}, only(func(e *authn.Evidence) { e.Header, e.Certificate = nil, "" }), "ext svc"},
		{"nothing", []authn.Source{jwt, mtls, ext}, &authn.Evidence{}, "anonymous"},
		{"no sources", nil, &all, "anonymous"},
		{"invalid, not the next", []authn.Source{jwt, mtls, ext}, only(func(e *authn.Evidence) { e.Header = headers("authorization", "Bearer x.y.z") }), "credential_invalid"},
		{"invalid behind a valid one", []authn.Source{mtls, jwt}, only(func(e *authn.Evidence) { e.Header = headers("authorization", "Bearer x.y.z") }), "credential_invalid"},
		{"out of range", []authn.Source{jwt, ext}, only(func(e *authn.Evidence) { e.Header = nil; e.Extensions = map[string]string{"id": "alice"} }), "credential_invalid"},
		{"out of range behind a valid one", []authn.Source{jwt, ext}, only(func(e *authn.Evidence) { e.Extensions = map[string]string{"id": "alice"} }), "credential_invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := chain(t, tt.sources...).Authenticate(tt.e, now)
			if got := outcome(r); got != tt.want {
				t.Errorf("got %s, %s", got, r.Detail)
			}
		})
	}
	got := values(chain(t, jwt, mtls).Authenticate(&all, now))
	if got["jwt:sub"] != "[1:alice]" || got["mtls:spiffe"] != "[1:spiffe://acme/a]" {
		t.Errorf("keys of both: %v", got)
	}
}

func TestKeysThatDisagree(t *testing.T) {
	jwt := jwtSource(keyFile(t, "ed"))
	meta := authn.Source{Name: "meta", Asserts: []string{"*"}, Shared: true, Metadata: &authn.Metadata{Key: "k", Issuer: issuer}}
	jwt.Shared = true
	e := bearer(sign(t, "ed", jose.EdDSA, object{}, good(object{"scope": "read", "list": []string{"a"}})))
	e.Metadata = func(string) *strictjson.Node {
		return parse(t, `{"k":{"iss":"`+issuer+`","sub":"bob","SCOPE":"write","list":["a"],"more":1}}`)
	}
	r := chain(t, jwt, meta).Authenticate(e, now)
	got := values(r)
	if r.Principal.ID != "alice" || got["jwt:sub"] != "?" || got["jwt:scope"] != "?" || got["jwt:list"] != "[1:a]" || got["jwt:more"] != "[2:1]" {
		t.Errorf("got %+v, %v", r, got)
	}
}

func TestTrust(t *testing.T) {
	src := jwtSource(keyFile(t, "ed"))
	token := bearer(sign(t, "ed", jose.EdDSA, object{}, good(object{"groups": []string{"a"}})))
	if r := chain(t, src).Authenticate(token, now); r.Principal.Trust != pdp.TrustNothing || r.Principal.Groups != nil {
		t.Errorf("without a mapping: %+v", r.Principal)
	}
	src.JWT.Claims.Groups = "groups"
	if r := chain(t, src).Authenticate(token, now); r.Principal.Trust != pdp.TrustGranted || len(r.Principal.Groups) != 1 {
		t.Errorf("with a mapping: %+v", r.Principal)
	}
}
