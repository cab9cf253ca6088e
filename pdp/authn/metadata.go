package authn

import (
	"math"
	"strconv"
	"time"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const jwtAuthnNamespace = "envoy.filters.http.jwt_authn"

// maxExact bounds the numbers that a protobuf double holds exactly: 2^53 may have
// been 2^53+1.
const maxExact = 1 << 53

func (m *Metadata) namespace() string {
	if m.Namespace == "" {
		return jwtAuthnNamespace
	}
	return m.Namespace
}

type metadataSource struct {
	namespace, key string
	rules          registered
	claims         Claims
}

func newMetadata(m *Metadata) *metadataSource {
	return &metadataSource{
		namespace: m.namespace(),
		key:       m.Key,
		rules:     registered{issuer: m.Issuer, audiences: m.Audiences, leeway: m.Leeway},
		claims:    m.Claims,
	}
}

// find takes the claims that the proxy's filter left under the source's key. The
// signature was the proxy's to check; which issuer it was is checked again, since
// the same namespace may hold claims of providers that verify less.
func (s *metadataSource) find(e *Evidence, now time.Time) (*identity, *refusal) {
	if e.Metadata == nil {
		return nil, nil
	}
	root := e.Metadata(s.namespace)
	if root == nil {
		return nil, nil
	}
	if root.Kind != strictjson.Object {
		return nil, invalid("the metadata is no object")
	}
	payload := root.Get(s.key)
	if payload == nil {
		return nil, nil
	}
	if payload.Kind != strictjson.Object {
		return nil, invalid("the metadata's claims are no object")
	}
	if err := s.rules.check(payload, now); err != nil {
		return nil, badToken(err)
	}
	id, err := readClaims(inexact(payload)).identity(&s.claims, payload)
	if err != nil {
		return nil, badToken(err)
	}
	return id, nil
}

// inexact returns a value in which numbers that a double cannot hold exactly are
// unreadable.
func inexact(n *strictjson.Node) *strictjson.Node {
	out := *n
	switch n.Kind {
	case strictjson.Number:
		if f, err := strconv.ParseFloat(n.Text, 64); err != nil || math.Abs(f) >= maxExact {
			return &strictjson.Node{}
		}
	case strictjson.Array:
		out.Items = make([]*strictjson.Node, len(n.Items))
		for i, item := range n.Items {
			out.Items[i] = inexact(item)
		}
	case strictjson.Object:
		out.Members = make([]strictjson.Member, len(n.Members))
		for i, m := range n.Members {
			out.Members[i] = strictjson.Member{Name: m.Name, Value: inexact(m.Value)}
		}
	}
	return &out
}
