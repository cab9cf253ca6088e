package main

import (
	"context"
	"net/netip"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
	"github.com/mayi-authz/mayi/policystore"
)

// snapshot is one bundle for ever, whose decisions are numbered.
type snapshot struct {
	pdp.View
	number *byte
}

func (s snapshot) Current() pdp.View { return s }

func (s snapshot) Decide(r *pdp.Request) pdp.Decision {
	d := s.View.Decide(r)
	*s.number |= 1
	d.ID = pdp.ID{15: *s.number}
	return d
}

// deciding is MayI's own handler, from bytes to bytes, with the settings that the
// load is measured with: the principal in a header, the address in another.
func deciding(bundle string) (handler, error) {
	engine, err := policystore.Load(context.Background(), bundle)
	if err != nil {
		return nil, err
	}
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	chain, err := authn.New(authn.Options{Sources: []authn.Source{
		{Name: "edge", Asserts: []string{"*"}, Header: &authn.Header{Name: "x-user", TrustedPeers: loopback}},
	}})
	if err != nil {
		return nil, err
	}
	d, err := door.New(door.Options{Authenticator: chain, Client: authn.Forwarding{TrustedHops: 1}})
	if err != nil {
		return nil, err
	}
	s, err := extauthz.New(extauthz.Options{Door: d, Provider: snapshot{engine, new(byte)}})
	if err != nil {
		return nil, err
	}
	return func(out, message []byte) ([]byte, error) { return s.Check(context.Background(), message, out) }, nil
}
