package authn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// New makes a chain of valid options. It reads no files: a key file that is
// missing is a fault of the requests that need it, and is seen in Status.
func New(o Options) (*Chain, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	c := &Chain{}
	issuers := o.issuers()
	for i := range o.Sources {
		s := &o.Sources[i]
		l := link{name: s.Name, provider: s.provider(), asserts: slices.Clone(s.Asserts), tenants: slices.Clone(s.Tenants), root: o.Root}
		if claims := s.claims(); claims != nil {
			l.roleClaim = claims.Session.Role != ""
		}
		switch {
		case s.JWT != nil:
			l.kind = newJWT(s.JWT, issuers)
		case s.Metadata != nil:
			l.kind = newMetadata(s.Metadata)
		case s.MTLS != nil:
			m := *s.MTLS
			m.TrustDomains = slices.Clone(m.TrustDomains)
			l.kind = &m
		case s.Extension != nil:
			x := *s.Extension
			l.kind = &x
		case s.Header != nil:
			h := *s.Header
			h.TrustedPeers = slices.Clone(h.TrustedPeers)
			l.kind = &h
		}
		c.supportsBearers = c.supportsBearers || s.JWT != nil || s.Metadata != nil
		c.links = append(c.links, l)
	}
	if c.supportsBearers {
		realm := o.Realm
		if realm == "" {
			realm = "mayi"
		}
		c.challenge = `Bearer realm="` + realm + `"`
		c.invalidToken = c.challenge + `, error="invalid_token"`
	}
	return c, nil
}

// claims returns the mapping of a source of tokens, nil for others.
func (s *Source) claims() *Claims {
	switch {
	case s.JWT != nil:
		return &s.JWT.Claims
	case s.Metadata != nil:
		return &s.Metadata.Claims
	}
	return nil
}

// provider is the name of the auth provider that the source is.
func (s *Source) provider() string {
	claims := s.claims()
	switch {
	case s.Provider != "":
		return s.Provider
	case s.MTLS != nil:
		return "mtls"
	case claims != nil && claims.Session.Type == sessionAPIKey:
		return sessionAPIKey
	}
	return s.Name
}

func (o *Options) issuers() []string {
	var list []string
	for i := range o.Sources {
		if j := o.Sources[i].JWT; j != nil {
			list = append(list, j.Issuer)
		}
	}
	return list
}

// Validate reports every problem of the options, joined.
func (o *Options) Validate() error {
	v := &validator{}
	if strings.ContainsFunc(o.Realm, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		v.fail("realm", "%q, expected visible ASCII without quotes and backslashes", o.Realm)
	}
	for i := range o.Sources {
		s := &o.Sources[i]
		at := fmt.Sprintf("source %d", i+1)
		if s.Name != "" {
			at = fmt.Sprintf("source %q", s.Name)
		}
		v.source(at, s)
		for j := range i {
			v.pair(at, s, &o.Sources[j])
		}
	}
	v.root(o)
	return errors.Join(v.errs...)
}

type validator struct{ errs []error }

func (v *validator) fail(at, format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf("%s: "+format, append([]any{at}, args...)...))
}

func (v *validator) source(at string, s *Source) {
	if s.Name == "" || strings.Trim(s.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
		v.fail(at, "name %q, expected letters, digits, hyphens, underscores and dots", s.Name)
	}
	if len(s.Asserts) == 0 {
		v.fail(at, `asserts nothing, expected ids, or prefixes and "*"`)
	}
	for _, p := range s.Asserts {
		if reason := checkPattern(p); reason != "" {
			v.fail(at, "asserts: %q %s", p, reason)
		}
	}
	kinds := 0
	if s.JWT != nil {
		kinds++
		v.jwt(at, s.JWT)
	}
	if s.Metadata != nil {
		kinds++
		v.metadata(at, s.Metadata)
	}
	if s.MTLS != nil {
		kinds++
		v.mtls(at, s.MTLS)
	}
	if s.Extension != nil {
		kinds++
		if s.Extension.Key == "" {
			v.fail(at, "extension: the key is empty")
		}
	}
	if s.Header != nil {
		kinds++
		v.header(at, s.Header)
	}
	v.facts(at, s)
	if kinds != 1 {
		v.fail(at, "has %d kinds, expected one of jwt, metadata, mtls, extension and header", kinds)
	}
}

// pair checks what two sources may not have in common.
func (v *validator) pair(at string, s, before *Source) {
	if s.Name != "" && s.Name == before.Name {
		v.fail(at, "another source has the same name")
	}
	if a, b, ok := idRange(before.Asserts).overlap(s.Asserts); ok && !(s.Shared && before.Shared) {
		v.fail(at, "asserts %q, which overlaps %q of source %q; mark both as shared if they may assert the same ids", b, a, before.Name)
	}
	if s.JWT != nil && before.JWT != nil && s.JWT.Issuer == before.JWT.Issuer {
		v.fail(at, "has the issuer of source %q", before.Name)
	}
	if s.MTLS != nil && before.MTLS != nil {
		v.fail(at, "is a second source of client certificates beside source %q; a connection has one", before.Name)
	}
	if s.Metadata != nil && before.Metadata != nil && s.Metadata.Key == before.Metadata.Key &&
		s.Metadata.namespace() == before.Metadata.namespace() {
		v.fail(at, "has the metadata key of source %q", before.Name)
	}
}

func (v *validator) jwt(at string, j *JWT) {
	if j.JWKSFile == "" {
		v.fail(at, "jwt: no key file")
	}
	if len(j.Audiences) == 0 {
		v.fail(at, "jwt: no audiences; a token for somebody else must not be good here")
	}
	for _, a := range j.Algorithms {
		if !slices.Contains(algorithms(), a) {
			v.fail(at, "jwt: algorithm %q, expected one of %s", a, strings.Join(algorithms(), " "))
		}
	}
	if slices.Contains(j.Types, "") {
		v.fail(at, "jwt: a type is empty")
	}
	if j.MaxBytes < 0 || j.MaxBytes > 64<<10 {
		v.fail(at, "jwt: max bytes %d, expected 0 to 65536", j.MaxBytes)
	}
	v.token(at, j.Issuer, j.Audiences, j.Leeway, &j.Claims)
}

func (v *validator) metadata(at string, m *Metadata) {
	if m.Key == "" {
		v.fail(at, "metadata: the key is empty")
	}
	v.token(at, m.Issuer, m.Audiences, m.Leeway, &m.Claims)
}

// token checks what tokens and their claims in metadata have in common.
func (v *validator) token(at, issuer string, audiences []string, leeway time.Duration, c *Claims) {
	if issuer == "" {
		v.fail(at, "no issuer")
	}
	if slices.Contains(audiences, "") {
		v.fail(at, "an audience is empty")
	}
	if leeway < 0 || leeway > 10*time.Minute {
		v.fail(at, "leeway %s, expected 0 to 10m", leeway)
	}
	if _, _, err := parsePrincipal(c.Principal); err != nil {
		v.fail(at, "principal: %w", err)
	}
	v.tags(at+": tags", c.Tags)
	v.session(at+": session", c)
}

func (v *validator) mtls(at string, m *MTLS) {
	if m.Identity > Subject {
		v.fail(at, "mtls: unknown identity %d", m.Identity)
	}
	if m.Identity == SPIFFE {
		if len(m.TrustDomains) == 0 {
			v.fail(at, "mtls: no trust domains")
		}
		if m.Prefix != "" {
			v.fail(at, "mtls: prefix %q; a SPIFFE id takes none", m.Prefix)
		}
	} else if len(m.TrustDomains) > 0 || m.PeerPrincipal {
		v.fail(at, "mtls: trust domains and peer principal are for SPIFFE")
	}
	for _, d := range m.TrustDomains {
		if domain, reason := parseSPIFFE(spiffeScheme + d); reason != "" || domain != d {
			v.fail(at, "mtls: %q is no trust domain", d)
		}
	}
}

func (v *validator) header(at string, h *Header) {
	if h.Name == "" || strings.Trim(h.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		v.fail(at, "header: name %q, expected lower-case letters, digits and hyphens", h.Name)
	}
	if h.Name == "authorization" || h.Name == "cookie" {
		v.fail(at, "header: %s holds a secret and not an id", h.Name)
	}
	if len(h.TrustedPeers) == 0 && !h.TrustUnix {
		v.fail(at, "header: nobody is trusted to set it; expected trusted peers or trust in the unix socket")
	}
	for _, p := range h.TrustedPeers {
		if err := checkNetwork(p); err != nil {
			v.fail(at, "header: trusted peers: %w", err)
		}
	}
}
