package server

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
	"github.com/mayi-authz/mayi/pdp/route"
)

// The words of the configuration and what they mean. config has checked that
// there are no others.
var (
	inabilities = map[string]extauthz.Inability{
		"rpc_error": extauthz.InabilityRPC, "error_response": extauthz.InabilityError, "denied": extauthz.InabilityDenied,
	}
	formats = map[string]door.Format{
		"negotiated": door.Negotiated, "problem_json": door.ProblemJSON, "plain_text": door.PlainText,
	}
	identities = map[string]authn.CertificateIdentity{
		"": authn.SPIFFE, "spiffe": authn.SPIFFE, "uri": authn.URI, "dns": authn.DNS, "subject": authn.Subject,
	}
	emptySegments  = map[string]route.EmptySegments{"refuse": route.RefuseEmpty, "merge": route.MergeEmpty}
	escapedSlashes = map[string]route.EscapedSlashes{"refuse": route.RefuseEscapedSlash, "keep": route.KeepEscapedSlash}
	dotSegments    = map[string]route.DotSegments{"refuse": route.RefuseDots, "remove": route.RemoveDots}
	semicolons     = map[string]route.Semicolons{"refuse": route.RefuseSemicolon, "strip": route.StripParameters, "keep": route.KeepSemicolon}
	doubleEscapes  = map[string]route.DoubleEscapes{"refuse": route.RefuseDoubleEscape, "keep": route.KeepDoubleEscape}
)

// doorOptions turns the section ext_authz into the door's options.
func doorOptions(c *config.Config) (door.Options, error) {
	x := &c.ExtAuthz
	client, err := forwardingOptions(&c.Authn.ClientAddress)
	return door.Options{
		RequireCredential: x.RequireCredential,
		Client:            client,
		Paths: route.Options{
			EmptySegments:  emptySegments[x.Paths.EmptySegments],
			EscapedSlashes: escapedSlashes[x.Paths.EscapedSlashes],
			DotSegments:    dotSegments[x.Paths.DotSegments],
			Semicolons:     semicolons[x.Paths.Semicolons],
			DoubleEscapes:  doubleEscapes[x.Paths.DoubleEscapes],
			MaxTarget:      x.Paths.MaxTarget,
		},
		TenantExtension: x.TenantExtension,
		AlwaysTLS:       x.DownstreamTLS == "always",
		MaxRequestBytes: x.MaxRequestBytes,
		Identity: door.IdentityHeaders{
			Principal:  x.IdentityHeaders.Principal,
			Tenant:     x.IdentityHeaders.Tenant,
			DecisionID: x.IdentityHeaders.DecisionID,
		},
		RemoveHeaders:   x.RemoveHeaders,
		RemoveQuery:     x.RemoveQuery,
		SetQuery:        texts(x.SetQuery),
		ResponseHeaders: headers(x.ResponseHeaders),
		Denial: door.Denial{
			Status:     x.Denial.Status,
			Text:       x.Denial.Text,
			Type:       x.Denial.Type,
			Format:     formats[x.Denial.Format],
			HideReason: x.Denial.HideReason,
			Headers:    headers(x.Denial.Headers),
		},
		DryRun: x.DryRun,
	}, err
}

func headers(pairs []config.Pair) (list []door.Header) {
	for _, p := range pairs {
		list = append(list, door.Header{Name: p.Name, Value: p.Value})
	}
	return list
}

func texts(pairs []config.Pair) map[string]string {
	m := make(map[string]string, len(pairs))
	for _, p := range pairs {
		m[p.Name] = p.Value
	}
	return m
}

func forwardingOptions(c *config.ClientAddress) (authn.Forwarding, error) {
	proxies, err := networks("authn.client_address.trusted_proxies", c.TrustedProxies)
	return authn.Forwarding{TrustedHops: c.TrustedHops, TrustedProxies: proxies, TrustUnix: c.TrustUnix}, err
}

// authnOptions turns the section authn into the chain's options.
func authnOptions(c *config.Authn) (authn.Options, error) {
	o := authn.Options{Realm: c.Realm, Root: authn.Root{ID: c.Root.ID, Source: c.Root.Source}}
	var errs []error
	for i, s := range c.Sources {
		out := authn.Source{Name: s.Name, Asserts: s.Asserts, Shared: s.Shared, Provider: s.Provider, Tenants: s.Tenants}
		switch {
		case s.JWT != nil:
			out.JWT = &authn.JWT{
				JWKSFile: s.JWT.JWKSFile, Issuer: s.JWT.Issuer, Audiences: s.JWT.Audiences,
				Algorithms: s.JWT.Algorithms, Types: s.JWT.Types, Leeway: s.JWT.Leeway,
				MaxBytes: s.JWT.MaxBytes, Claims: claims(&s.JWT.Claims),
			}
		case s.Metadata != nil:
			out.Metadata = &authn.Metadata{
				Namespace: s.Metadata.Namespace, Key: s.Metadata.Key, Issuer: s.Metadata.Issuer,
				Audiences: s.Metadata.Audiences, Leeway: s.Metadata.Leeway, Claims: claims(&s.Metadata.Claims),
			}
		case s.MTLS != nil:
			out.MTLS = &authn.MTLS{
				Identity: identities[s.MTLS.Identity], TrustDomains: s.MTLS.TrustDomains, Prefix: s.MTLS.Prefix,
				PeerPrincipal: s.MTLS.PeerPrincipal, RefuseExpired: s.MTLS.RefuseExpired,
			}
		case s.Extension != nil:
			out.Extension = &authn.Extension{Key: s.Extension.Key, Prefix: s.Extension.Prefix}
		case s.Header != nil:
			peers, err := networks(fmt.Sprintf("authn.sources[%d].header.trusted_peers", i), s.Header.TrustedPeers)
			errs = append(errs, err)
			out.Header = &authn.Header{Name: s.Header.Name, Prefix: s.Header.Prefix, TrustedPeers: peers, TrustUnix: s.Header.TrustUnix}
		}
		o.Sources = append(o.Sources, out)
	}
	return o, errors.Join(errs...)
}

func claims(c *config.Claims) authn.Claims {
	s := &c.Session
	return authn.Claims{
		Principal: c.Principal, Groups: c.Groups, Roles: c.Roles, Tags: c.Tags, Tenant: c.Tenant,
		Session: authn.SessionClaims{
			Type: s.Type, ID: s.ID, Role: s.Role, Name: s.Name, Chain: s.Chain, Scopes: s.Scopes, Policies: s.Policies,
			MFA: s.MFA, MFAAt: s.MFAAt, SecondFactors: s.SecondFactors, Tags: s.Tags,
		},
	}
}

// networks reads CIDRs; a bare address is the network of itself.
func networks(key string, list []string) (all []netip.Prefix, err error) {
	var errs []error
	for i, text := range list {
		p, err := netip.ParsePrefix(text)
		if addr, errAddr := netip.ParseAddr(text); errAddr == nil && addr.Zone() == "" {
			p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s[%d]: %q, expected an address or a network like 10.0.0.0/8", key, i, text))
			continue
		}
		all = append(all, p)
	}
	return all, errors.Join(errs...)
}

// prefixed puts the section in front of each of the problems of a part.
func prefixed(section string, err error) error {
	if err == nil {
		return nil
	}
	var errs []error
	for _, err := range flatten(err) {
		if !strings.HasPrefix(err.Error(), section) {
			err = fmt.Errorf("%s: %w", section, err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, err := range joined.Unwrap() {
		all = append(all, flatten(err)...)
	}
	return all
}

// Validate reports what the parts of a server find wrong with a configuration
// whose shape is right. It opens no file and no listener.
func Validate(c *config.Config) error {
	sources, errSources := authnOptions(&c.Authn)
	options, errOptions := doorOptions(c)
	return errors.Join(
		errSources, errOptions,
		prefixed("authn", sources.Validate()),
		prefixed("ext_authz", options.Validate()),
	)
}
