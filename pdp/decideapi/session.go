package decideapi

import (
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// session reads what the principal acts through. Which session fits which
// principal, and whether it still holds, is the engine's to say.
func (p *parser) session(n *strictjson.Node) *pdp.Session {
	s := &pdp.Session{}
	p.object(n, "a session", map[string]func(*strictjson.Node){
		"type": func(n *strictjson.Node) {
			if s.Type = p.text(n); !knownType(s.Type) {
				p.fail(n, "%s", expectedType)
			}
		},
		"role":       func(n *strictjson.Node) { s.Role = p.id(n) },
		"chain":      func(n *strictjson.Node) { s.Chain = p.texts(n) },
		"name":       func(n *strictjson.Node) { s.Name = p.id(n) },
		"issued_at":  func(n *strictjson.Node) { s.IssuedAt = p.time(n) },
		"expires_at": func(n *strictjson.Node) { s.ExpiresAt = p.time(n) },
		"mfa":        func(n *strictjson.Node) { p.mfa(n, s) },
		"provider":   func(n *strictjson.Node) { s.Provider = p.id(n) },
		"tags":       func(n *strictjson.Node) { s.Tags = p.tags(n) },
		"policies":   func(n *strictjson.Node) { s.Policies = p.policies(n) },
		"scopes":     func(n *strictjson.Node) { s.Scopes = p.texts(n) },
		"id":         func(n *strictjson.Node) { s.ID = p.id(n) },
	})
	if n.Get("type") == nil {
		p.fail(n, "type is missing")
	}
	return s
}

const expectedType = "expected user, role, federated or api_key"

func knownType(t string) bool {
	switch t {
	case "user", "role", "federated", "api_key":
		return true
	}
	return false
}

func (p *parser) mfa(n *strictjson.Node, s *pdp.Session) {
	p.object(n, "a multi-factor authentication", map[string]func(*strictjson.Node){
		"at":      func(n *strictjson.Node) { s.MFAAt = p.time(n) },
		"methods": func(n *strictjson.Node) { s.MFA = p.texts(n) },
	})
}

// policies reads names of the bundle's policies, and documents in their place.
func (p *parser) policies(n *strictjson.Node) []pdp.PolicyRef {
	if n.Kind != strictjson.Array {
		p.fail(n, "expected a list of policies, each a name or a document")
		return nil
	}
	refs := make([]pdp.PolicyRef, len(n.Items))
	for i, item := range n.Items {
		switch item.Kind {
		case strictjson.Object:
			policy, problems := pdp.DecodeSessionPolicy(item)
			if len(problems) > 0 && p.err == nil {
				p.err = problems[0]
			}
			refs[i].Inline = policy
		case strictjson.String:
			refs[i].Name.Text = p.id(item)
		default:
			p.fail(item, "expected a policy: its name or a document")
		}
	}
	return refs
}

// time reads a time of RFC 3339. The zero time stands for none and is refused.
func (p *parser) time(n *strictjson.Node) time.Time {
	text := p.text(n)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !wellFormed(text) || !goodTime(t) {
		p.fail(n, "expected a time like 2026-03-01T09:00:00Z")
		return time.Time{}
	}
	return t.UTC()
}

// wellFormed reports whether a time that Go reads is one of RFC 3339 to the letter:
// Go also takes an hour of one digit and a comma before the fraction.
func wellFormed(text string) bool {
	return len(text) > 19 && text[10] == 'T' && text[13] == ':' && text[16] == ':' && text[19] != ','
}

// goodTime reports whether a time is one that both codecs can carry.
func goodTime(t time.Time) bool {
	return !t.IsZero() && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999
}
