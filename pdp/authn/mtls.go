package authn

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// maxCertificate bounds a certificate in PEM.
const maxCertificate = 64 << 10

// find reads the client certificate. The proxy has checked its chain when the
// connection began.
func (m *MTLS) find(e *Evidence, now time.Time) (*identity, *refusal) {
	if e.Certificate == "" {
		return m.fromPeerPrincipal(e)
	}
	cert, names, err := parseCertificate(e.Certificate)
	if err != nil {
		return nil, invalid("certificate: " + err.Error())
	}
	if m.RefuseExpired && (now.Before(cert.NotBefore) || !now.Before(cert.NotAfter)) {
		return nil, invalid("certificate: not valid at this time")
	}
	if cert.IsCA {
		return nil, invalid("certificate: it is that of an authority")
	}
	id, err := m.name(cert, names)
	if err != nil {
		return nil, invalid("certificate: " + err.Error())
	}
	return &identity{principal: pdp.Principal{ID: id}, keys: certificateKeys(cert, names)}, nil
}

// fromPeerPrincipal takes a text of an unknown kind for a SPIFFE id, if it is one
// to the letter and the configuration says so. A subject "CN=spiffe://…" is none.
func (m *MTLS) fromPeerPrincipal(e *Evidence) (*identity, *refusal) {
	text := e.PeerPrincipal
	if text == "" || !m.PeerPrincipal {
		return nil, nil
	}
	if err := m.trusted(text); err != nil {
		return nil, invalid("peer principal: " + err.Error())
	}
	return e.named("", text, Key{Name: "mtls:spiffe", Value: conditions.Text(text)}), nil
}

// trusted checks a SPIFFE id and its trust domain.
func (m *MTLS) trusted(id string) error {
	domain, reason := parseSPIFFE(id)
	if reason != "" {
		return fmt.Errorf("%s is no SPIFFE id: it %s", clip(id), reason)
	}
	if !slices.Contains(m.TrustDomains, domain) {
		return fmt.Errorf("%s is of a trust domain that is not trusted", clip(id))
	}
	return nil
}

// name returns the id that the certificate names.
func (m *MTLS) name(cert *x509.Certificate, names *altNames) (string, error) {
	one := func(kind string, list []string) (string, error) {
		if len(list) != 1 {
			return "", fmt.Errorf("%d %s names, expected one", len(list), kind)
		}
		return m.Prefix + list[0], nil
	}
	switch m.Identity {
	case SPIFFE:
		id, err := one("URI", names.uris)
		if err == nil {
			err = m.trusted(id)
		}
		return id, err
	case URI:
		return one("URI", names.uris)
	case DNS:
		return one("DNS", names.dns)
	}
	if subject := cert.Subject.String(); subject != "" {
		return m.Prefix + subject, nil
	}
	return "", errors.New("its subject is empty")
}

// altNames are the subject alternative names as they stand in the certificate.
// x509 gives URIs as parsed by net/url, which is not to the letter.
type altNames struct{ uris, dns, emails, ips []string }

func parseCertificate(text string) (*x509.Certificate, *altNames, error) {
	if len(text) > maxCertificate {
		return nil, nil, fmt.Errorf("%d bytes, the limit is %d", len(text), maxCertificate)
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil, nil, errors.New("not one certificate in PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, err
	}
	names := &altNames{}
	for _, e := range cert.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			if err := names.read(e.Value); err != nil {
				return nil, nil, err
			}
		}
	}
	for _, ip := range cert.IPAddresses {
		names.ips = append(names.ips, ip.String())
	}
	if !clean(cert.Subject.String()) || !clean(cert.Issuer.String()) {
		return nil, nil, errors.New("its subject or issuer holds control characters")
	}
	return cert, names, nil
}

// read takes the names from the extension (RFC 5280, 4.2.1.6).
func (n *altNames) read(der []byte) error {
	var list []asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &list); err != nil || len(rest) > 0 {
		return errors.New("its alternative names cannot be read")
	}
	for _, v := range list {
		if v.Class != asn1.ClassContextSpecific {
			return errors.New("its alternative names cannot be read")
		}
		text := string(v.Bytes)
		switch v.Tag {
		case 1, 2, 6:
			if text == "" || !clean(text) || !ascii(text) {
				return fmt.Errorf("its alternative name %s is not printable ASCII", clip(text))
			}
		}
		switch v.Tag {
		case 1:
			n.emails = append(n.emails, text)
		case 2:
			n.dns = append(n.dns, conditions.Fold(text))
		case 6:
			n.uris = append(n.uris, text)
		}
	}
	return nil
}

// clean reports whether s is UTF-8 without control characters.
func clean(s string) bool {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = ' ' <= s[i] && s[i] <= '~'
	}
	return plain || utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func certificateKeys(cert *x509.Certificate, names *altNames) []Key {
	sum := sha256.Sum256(cert.Raw)
	keys := []Key{
		{Name: "mtls:subject", Value: conditions.Text(cert.Subject.String())},
		{Name: "mtls:issuer", Value: conditions.Text(cert.Issuer.String())},
		{Name: "mtls:sha256", Value: conditions.Text(hex.EncodeToString(sum[:]))},
		{Name: "mtls:san/uri", Value: conditions.Texts(names.uris...)},
		{Name: "mtls:san/dns", Value: conditions.Texts(names.dns...)},
		{Name: "mtls:san/email", Value: conditions.Texts(names.emails...)},
		{Name: "mtls:san/ip", Value: conditions.Texts(names.ips...)},
	}
	if len(names.uris) == 1 {
		if _, reason := parseSPIFFE(names.uris[0]); reason == "" {
			keys = append(keys, Key{Name: "mtls:spiffe", Value: conditions.Text(names.uris[0])})
		}
	}
	return keys
}
