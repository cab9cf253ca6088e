package authn

import (
	"net/netip"
	"time"
)

// Options configure a Chain. The zero Options have no sources: everybody is
// anonymous.
type Options struct {
	// Sources are asked in this order.
	Sources []Source
	// Realm stands in challenges; "" means "mayi".
	Realm string
	// Root is who may do everything; zero is nobody.
	Root Root
}

// Root is the root principal: an id, and the name of the one source that may
// establish it. The same id from another source is not acceptable.
type Root struct{ ID, Source string }

// A Source is one way to establish who sends a request. Exactly one of the kinds
// is set.
type Source struct {
	// Name is unique among the sources; logs and metrics show it.
	Name string
	// Asserts are the ids that the source may establish: an id, or a prefix and
	// "*". At least one is needed; "*" alone is any id.
	Asserts []string
	// Shared says that other sources may assert the same ids. Both have to say so.
	Shared bool
	// Provider is what the auth providers of a tenant call this source; "" means
	// "mtls" for client certificates, "api_key" for sessions of API keys, and the
	// source's name for all others.
	Provider string
	// Tenants are the tenants that the source may say a principal is of: an id, "*",
	// or an id and "/*" for all below it. Claims.Tenant needs at least one.
	Tenants []string

	JWT       *JWT
	Metadata  *Metadata
	MTLS      *MTLS
	Extension *Extension
	Header    *Header
}

// Claims say what verified claims mean. A claim is named by its path: the names of
// nested objects joined by "/".
type Claims struct {
	// Principal is the id: a literal and, at its end, one claim in braces, as in
	// "user:{sub}". "" means "{sub}".
	Principal string
	// Groups and Roles name claims that hold a string or a list of strings.
	// "" grants none.
	Groups, Roles string
	// Tags name the claim of each principal tag.
	Tags map[string]string
	// Tenant names the claim of the principal's tenant; "" is none.
	Tenant string
	// Session says what the claims tell of the session.
	Session SessionClaims
}

// JWT is a source that verifies bearer tokens from the Authorization header.
type JWT struct {
	// JWKSFile holds the public keys. It is read again when it changes; while it
	// cannot be read the last good keys stay.
	JWKSFile string
	// Issuer is the exact iss of the tokens. Two sources cannot share one.
	Issuer string
	// Audiences are those of which a token must name one. At least one is needed.
	Audiences []string
	// Algorithms are the acceptable signature algorithms; empty means RS256, ES256
	// and EdDSA. "none" and HMAC are never acceptable.
	Algorithms []string
	// Types are the acceptable typ headers, without "application/", whatever their
	// case; empty means JWT and at+jwt. A token without typ is always acceptable.
	Types []string
	// Leeway is how far the issuer's clock may be ahead, for nbf and iat; exp has
	// none. 0 is no leeway, ten minutes the most.
	Leeway time.Duration
	// MaxBytes bounds the token; 0 means 8 KiB.
	MaxBytes int
	Claims   Claims
}

// Metadata is a source of claims that the proxy verified: Envoy's jwt_authn
// filter with payload_in_metadata.
type Metadata struct {
	// Namespace is that of the metadata; "" means envoy.filters.http.jwt_authn.
	Namespace string
	// Key is the payload_in_metadata of the one provider whose tokens this source
	// takes.
	Key string
	// Issuer is the exact iss of its claims, which is checked again.
	Issuer string
	// Audiences are those of which the claims must name one; empty leaves the
	// audience to the proxy.
	Audiences []string
	// Leeway is as that of JWT.
	Leeway time.Duration
	Claims Claims
}

// MTLS is a source of client certificates, which the proxy verified when the
// connection began.
type MTLS struct {
	// Identity is what of the certificate names the principal.
	Identity CertificateIdentity
	// TrustDomains are the acceptable SPIFFE trust domains; at least one is needed
	// for SPIFFE.
	TrustDomains []string
	// Prefix begins the id, before what the certificate says. SPIFFE takes none.
	Prefix string
	// PeerPrincipal accepts Envoy's source.principal where the certificate itself
	// is not passed on, for SPIFFE only. Its text may have been a DNS name or a
	// subject, so it counts only if it is a SPIFFE id to the letter.
	PeerPrincipal bool
	// RefuseExpired refuses a certificate that expired since the connection began.
	RefuseExpired bool
}

// CertificateIdentity says what of a certificate names the principal.
type CertificateIdentity uint8

// The identities of certificates. Of the first three the certificate must hold
// exactly one.
const (
	SPIFFE  CertificateIdentity = iota // the URI SAN, which must be a SPIFFE id
	URI                                // the URI SAN
	DNS                                // the DNS SAN, in lower case
	Subject                            // the subject (RFC 2253)
)

// Extension is a source of a context extension, which the proxy's operator sets.
type Extension struct {
	Key    string // of the context extension
	Prefix string // begins the id
}

// Header is a source of a request header that a trusted proxy sets.
type Header struct {
	Name   string // in lower case
	Prefix string // begins the id
	// TrustedPeers are the addresses whose word is taken. The header from anybody
	// else is not acceptable.
	TrustedPeers []netip.Prefix
	// TrustUnix takes the word of whoever connects over a unix socket.
	TrustUnix bool
}
