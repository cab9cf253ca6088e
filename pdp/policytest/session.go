package policytest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A SessionFacts is the session of a case as it is written: its times may be
// offsets from the time of the case, and its policies are texts.
type SessionFacts struct {
	Type     string
	ID       string
	Role     string
	Chain    []string
	Name     string
	Issued   Instant
	Expires  Instant
	MFAAt    Instant
	MFA      []string
	Provider string
	Tags     map[string]string
	Policies []SessionPolicy
	Scopes   []string // nil: none said
}

// A SessionPolicy limits a session: the name of a policy of the bundle, or a
// policy document.
type SessionPolicy struct {
	Name   string
	Inline string // JSON; "" for a name
}

// An Instant is a time, or an offset from that of the case. The zero Instant is none.
type Instant struct {
	time   time.Time
	offset time.Duration
	after  bool // offset says it
}

// At returns the time for a case of this time; the zero time for none.
func (i Instant) At(now time.Time) time.Time {
	if i.after {
		return now.Add(i.offset)
	}
	return i.time
}

// parseInstant reads a time in RFC 3339, or an offset such as +1h or -5m.
func parseInstant(p pair) (Instant, error) {
	text, err := p.text()
	if err != nil {
		return Instant{}, err
	}
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-") {
		offset, err := time.ParseDuration(text)
		if err != nil {
			return Instant{}, fmt.Errorf("%s: expected an offset such as +1h or -5m, found %q", p.name.text, text)
		}
		return Instant{offset: offset, after: true}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return Instant{}, fmt.Errorf("%s: expected a time such as 2026-01-02T10:30:00Z, or +1h, found %q", p.name.text, text)
	}
	return Instant{time: t}, nil
}

const (
	sessionName   = "session"
	sessionPrefix = "session."
	sessionTag    = "session.tag/"
)

// setSession takes one fact about the session.
func (c *Case) setSession(p pair) (err error) {
	if c.Session == nil {
		c.Session = new(SessionFacts)
	}
	s := c.Session
	switch name := strings.TrimPrefix(p.name.text, sessionPrefix); name {
	case sessionName:
		s.Type, err = p.text()
	case "id":
		s.ID, err = p.text()
	case "role":
		s.Role, err = p.text()
	case "chain":
		s.Chain, err = p.list()
	case "name":
		s.Name, err = p.text()
	case "issued":
		s.Issued, err = parseInstant(p)
	case "expires":
		s.Expires, err = parseInstant(p)
	case "mfa":
		s.MFAAt, err = parseInstant(p)
	case "mfa.methods":
		s.MFA, err = p.list()
	case "provider":
		s.Provider, err = p.text()
	case "policies":
		var names []string
		names, err = p.list()
		for _, name := range names {
			s.Policies = append(s.Policies, SessionPolicy{Name: name})
		}
	case "policy":
		s.Policies = append(s.Policies, SessionPolicy{Inline: p.raw})
	case "scopes":
		s.Scopes, err = p.list()
	default:
		if !strings.HasPrefix(p.name.text, sessionTag) {
			return fmt.Errorf("a session has no %s; quote the name to mean a key of the context", p.name.text)
		}
		err = addTag(&s.Tags, p.name.text[len(sessionTag):], p)
	}
	return err
}

// session returns the session as the engine gets it. malformed says why a door
// would not have accepted it.
func (c *Case) session() (s *pdp.Session, malformed string) {
	facts := c.Session
	if facts == nil {
		return nil, ""
	}
	s = &pdp.Session{
		Type: facts.Type, ID: facts.ID, Role: facts.Role, Chain: facts.Chain, Name: facts.Name,
		IssuedAt: facts.Issued.At(c.Time), ExpiresAt: facts.Expires.At(c.Time), MFAAt: facts.MFAAt.At(c.Time), MFA: facts.MFA,
		Provider: facts.Provider, Tags: facts.Tags, Scopes: facts.Scopes,
	}
	for i, p := range facts.Policies {
		ref := pdp.PolicyRef{Name: pdp.Text{Text: p.Name}}
		if p.Inline != "" {
			policy, err := inlinePolicy(p.Inline, i)
			if err != nil {
				return s, err.Error()
			}
			ref = pdp.PolicyRef{Inline: policy}
		}
		s.Policies = append(s.Policies, ref)
	}
	return s, ""
}

// inlinePolicy reads a session policy as the Decide API does, where it stands at
// this place of the request.
func inlinePolicy(text string, at int) (*pdp.Policy, error) {
	before := strings.Repeat("0,", at) // so that its pointer is /session/policies/at
	file := `{"session":{"policies":[` + before + text + `]}}`
	root, err := strictjson.Parse("", []byte(file), strictjson.Limits{})
	if err != nil {
		return nil, err
	}
	node := root.Get("session").Get("policies").Items[at]
	policy, problems := pdp.DecodeSessionPolicy(node)
	return policy, strictjson.Join(problems)
}

// jsonSession is the session as the Decide API takes it.
func (c *Case) jsonSession() map[string]any {
	f := c.Session
	out := map[string]any{"type": f.Type}
	put := func(name string, there bool, v any) {
		if there {
			out[name] = v
		}
	}
	stamp := func(i Instant) string { return i.At(c.Time).UTC().Format(time.RFC3339Nano) }
	put("id", f.ID != "", f.ID)
	put("role", f.Role != "", f.Role)
	put("chain", f.Chain != nil, f.Chain)
	put("name", f.Name != "", f.Name)
	put("issued_at", f.Issued != Instant{}, stamp(f.Issued))
	put("expires_at", f.Expires != Instant{}, stamp(f.Expires))
	mfa := make(map[string]any)
	if f.MFAAt != (Instant{}) {
		mfa["at"] = stamp(f.MFAAt)
	}
	if f.MFA != nil {
		mfa["methods"] = f.MFA
	}
	put("mfa", len(mfa) > 0, mfa)
	put("provider", f.Provider != "", f.Provider)
	put("tags", f.Tags != nil, f.Tags)
	put("scopes", f.Scopes != nil, f.Scopes)
	var policies []any
	for _, p := range f.Policies {
		if p.Inline != "" {
			policies = append(policies, jsontext.Value(p.Inline))
		} else {
			policies = append(policies, p.Name)
		}
	}
	put("policies", policies != nil, policies)
	return out
}

// parseFlag reads true or false.
func parseFlag(p pair) (bool, error) {
	if !slices.Contains([]string{"true", "false"}, p.raw) {
		return false, fmt.Errorf("expected %s=true or %s=false, found %s", p.name.text, p.name.text, strconv.Quote(p.raw))
	}
	return p.raw == "true", nil
}
