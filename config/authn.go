package config

import "time"

// Authn says who is believed about who sends a request through a proxy. Without
// sources everybody is anonymous.
type Authn struct {
	// Realm stands in the challenges of a 401; empty means "mayi".
	Realm string `yaml:"realm"`
	// ClientAddress says how aws:SourceIp is found.
	ClientAddress ClientAddress `yaml:"client_address"`
	// Sources are asked in this order; the first that finds a valid credential
	// names the principal, and one that finds an invalid one ends with a deny.
	Sources []Source `yaml:"sources"`
	// Root is who may do everything.
	Root Root `yaml:"root"`
}

// Root is the root principal, whom no policy stops. Its zero value is nobody.
type Root struct {
	// ID is the principal's exact id.
	ID string `yaml:"id"`
	// Source is the name of the one source that may establish it.
	Source string `yaml:"source"`
}

// ClientAddress says how the client's address is found. Its zero value takes the
// connection's other end and reads no header.
type ClientAddress struct {
	// TrustedHops makes the client the entry at this place of X-Forwarded-For, from
	// the right; 0 reads no header.
	TrustedHops int `yaml:"trusted_hops"`
	// TrustedProxies are networks whose entries of X-Forwarded-For are believed.
	TrustedProxies []string `yaml:"trusted_proxies"`
	// TrustUnix believes the entries of whoever connects over a unix socket.
	TrustUnix bool `yaml:"trust_unix"`
}

// A Source is one way to establish who sends a request. Exactly one of JWT,
// Metadata, MTLS, Extension and Header is set.
type Source struct {
	// Name is unique; logs and metrics show it.
	Name string `yaml:"name"`
	// Asserts are the ids that the source may establish: an id, or a prefix and "*".
	Asserts []string `yaml:"asserts"`
	// Shared says that other sources may assert the same ids; both have to say so.
	Shared bool `yaml:"shared"`
	// Provider is the auth provider that the source is for tenants; empty means
	// "mtls" for client certificates, "api_key" for API keys, else the name.
	Provider string `yaml:"provider"`
	// Tenants are the tenants that claims may name: an id, an id and "/*", or "*".
	Tenants   []string         `yaml:"tenants"`
	JWT       *JWTSource       `yaml:"jwt"`
	Metadata  *MetadataSource  `yaml:"metadata"`
	MTLS      *MTLSSource      `yaml:"mtls"`
	Extension *ExtensionSource `yaml:"extension"`
	Header    *HeaderSource    `yaml:"header"`
}

// Claims say what verified claims mean. A claim is named by its path: the names
// of nested objects joined by "/".
type Claims struct {
	// Principal is the id: text and, at its end, one claim in braces; empty means "{sub}".
	Principal string `yaml:"principal"`
	// Groups and Roles name claims; empty grants none.
	Groups string `yaml:"groups"`
	Roles  string `yaml:"roles"`
	// Tags name the claim of each principal tag.
	Tags map[string]string `yaml:"tags"`
	// Tenant names the claim of the principal's tenant; empty is none.
	Tenant string `yaml:"tenant"`
	// Session says what the claims tell of the session that a token is.
	Session SessionClaims `yaml:"session"`
}

// SessionClaims name the claims of a session's facts; a fact without a claim is
// not there. The session began at iat and ends at exp.
type SessionClaims struct {
	Type          string            `yaml:"type"`     // federated, api_key; empty means by the principal's id
	ID            string            `yaml:"id"`       // empty means "jti"
	Role          string            `yaml:"role"`     // of a session of a role
	Name          string            `yaml:"name"`     // of the session
	Chain         string            `yaml:"chain"`    // who assumed roles before
	Scopes        string            `yaml:"scopes"`   // permissions of an API key
	Policies      string            `yaml:"policies"` // names of policies that limit the session
	MFA           string            `yaml:"mfa"`      // methods of authentication
	MFAAt         string            `yaml:"mfa_at"`   // time of authentication
	SecondFactors []string          `yaml:"second_factors"`
	Tags          map[string]string `yaml:"tags"` // of the session
}

// JWTSource verifies bearer tokens.
type JWTSource struct {
	JWKSFile   string        `yaml:"jwks_file"`
	Issuer     string        `yaml:"issuer"`
	Audiences  []string      `yaml:"audiences"`
	Algorithms []string      `yaml:"algorithms"` // empty means RS256, ES256 and EdDSA
	Types      []string      `yaml:"types"`      // of the typ header; empty means JWT and at+jwt
	Leeway     time.Duration `yaml:"leeway"`     // for nbf and iat
	MaxBytes   int           `yaml:"max_bytes"`  // of a token; 0 means 8192
	Claims     Claims        `yaml:"claims"`
}

// MetadataSource takes claims that Envoy's jwt_authn verified.
type MetadataSource struct {
	Namespace string        `yaml:"namespace"` // empty means envoy.filters.http.jwt_authn
	Key       string        `yaml:"key"`       // the provider's payload_in_metadata
	Issuer    string        `yaml:"issuer"`
	Audiences []string      `yaml:"audiences"` // empty leaves them to Envoy
	Leeway    time.Duration `yaml:"leeway"`
	Claims    Claims        `yaml:"claims"`
}

// MTLSSource takes client certificates that the proxy verified.
type MTLSSource struct {
	Identity      string   `yaml:"identity"` // spiffe, uri, dns, subject; empty means spiffe
	TrustDomains  []string `yaml:"trust_domains"`
	Prefix        string   `yaml:"prefix"`
	PeerPrincipal bool     `yaml:"peer_principal"` // accept source.principal without a certificate
	RefuseExpired bool     `yaml:"refuse_expired"`
}

// ExtensionSource takes a context extension.
type ExtensionSource struct {
	Key    string `yaml:"key"`
	Prefix string `yaml:"prefix"`
}

// HeaderSource takes a header that a trusted proxy sets.
type HeaderSource struct {
	Name         string   `yaml:"name"`
	Prefix       string   `yaml:"prefix"`
	TrustedPeers []string `yaml:"trusted_peers"` // networks
	TrustUnix    bool     `yaml:"trust_unix"`
}

func defaultAuthn() Authn { return Authn{Realm: "mayi"} }

func (v *validation) authn() {
	if r := v.Authn.Root; (r.ID == "") != (r.Source == "") {
		v.fail("authn.root", "id and source belong together; one of them is missing")
	}
	for i, s := range v.Authn.Sources {
		key := indexed("authn.sources", i)
		kinds := 0
		for _, set := range []bool{s.JWT != nil, s.Metadata != nil, s.MTLS != nil, s.Extension != nil, s.Header != nil} {
			if set {
				kinds++
			}
		}
		if kinds != 1 {
			v.fail(key, "has %d kinds, expected exactly one of jwt, metadata, mtls, extension and header", kinds)
		}
		switch {
		case s.JWT != nil:
			v.session(key+".jwt", &s.JWT.Claims.Session)
		case s.Metadata != nil:
			v.session(key+".metadata", &s.Metadata.Claims.Session)
		}
		if s.MTLS != nil && s.MTLS.Identity != "" {
			v.word(key+".mtls.identity", s.MTLS.Identity, "spiffe", "uri", "dns", "subject")
		}
	}
}

func (v *validation) session(key string, s *SessionClaims) {
	if s.Type != "" {
		v.word(key+".claims.session.type", s.Type, "federated", "api_key")
	}
}
