package extauthz_test

import (
	"net/netip"
	"slices"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"

	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
)

// Trust in a unix socket is for a peer that Envoy says is one, and for none of the
// other peers that have no address.
func TestTrustInUnixSockets(t *testing.T) {
	const account = "arn:aws:iam::123456789012:user/alice"
	chain, err := authn.New(authn.Options{Sources: []authn.Source{
		{Name: "edge", Asserts: []string{account}, Header: &authn.Header{Name: "x-user", TrustUnix: true}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	client := authn.Forwarding{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, TrustUnix: true}
	office := map[string]string{
		"office.json": `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}}`,
	}
	at := func(a *corev3.Address) *authv3.AttributeContext_Peer {
		return &authv3.AttributeContext_Peer{Address: a}
	}
	named := peer("envoy.internal", 1)
	for _, test := range []struct {
		name   string
		source *authv3.AttributeContext_Peer
		user   string // what the header source makes of it
		office string // what the policy on aws:SourceIp makes of it
	}{
		{"a unix socket", at(&corev3.Address{Address: &corev3.Address_Pipe{Pipe: &corev3.Pipe{Path: "/run/edge.sock"}}}), "source edge", "code 0"},
		{"a unix socket without a name", at(&corev3.Address{Address: &corev3.Address_Pipe{Pipe: &corev3.Pipe{}}}), "source edge", "code 0"},
		{"an internal listener", at(&corev3.Address{Address: &corev3.Address_EnvoyInternalAddress{EnvoyInternalAddress: &corev3.EnvoyInternalAddress{}}}), "saw Deny credential_invalid", "denied"},
		{"a name", named, "saw Deny credential_invalid", "denied"},
		{"no address", at(nil), "saw Deny credential_invalid", "denied"},
		{"no source at all", nil, "saw Deny credential_invalid", "denied"},
		{"an address", peer("192.0.2.7", 1), "saw Deny credential_invalid", "denied"},
	} {
		for _, ask := range []struct {
			bundle  map[string]string
			options door.Options
			header  string
			value   string
			want    string
		}{
			{shop, door.Options{Authenticator: chain}, "x-user", account, test.user},
			{office, door.Options{Client: client}, "x-forwarded-for", "198.51.100.4", test.office},
		} {
			req := httpRequest("GET", "/a", ask.header, ask.value)
			req.Attributes.Source = test.source
			seen := &recorder{}
			s := newServer(t, extauthz.Options{Provider: &stamped{View: compile(t, ask.bundle)}, Observer: seen}, ask.options)
			facts := slices.Concat(factsOf(s.Check(t.Context(), req)), factsSeen(seen.outcome))
			if !slices.Contains(facts, ask.want) {
				t.Errorf("%s: not %q: %q (%s)", test.name, ask.want, facts, seen.outcome.Decision.Detail)
			}
		}
	}
}
