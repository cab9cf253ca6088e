package authn

import (
	"slices"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// A Chain is the configured sources in their order. It is an Authenticator, and
// safe for concurrent use.
type Chain struct {
	links           []link
	challenge       string // "" if no source could use a token
	invalidToken    string // the challenge after a token that was not acceptable
	supportsBearers bool
}

// A link is a source as the chain sees it.
type link struct {
	name     string
	provider string
	asserts  idRange
	tenants  []string
	root     Root
	// roleClaim says that the session's role is a claim, not read off the id.
	roleClaim bool
	kind      kind
}

// A kind looks for one kind of credential: nil and nil if there is none, else
// what it establishes or why it is not acceptable.
type kind interface {
	find(e *Evidence, now time.Time) (*identity, *refusal)
}

// An identity is what a valid credential establishes.
type identity struct {
	principal pdp.Principal
	session   *pdp.Session
	keys      []Key
}

// A refusal is why a credential is not acceptable. detail is for the log.
type refusal struct {
	reason pdp.Reason
	detail string
	token  bool // the credential was a bearer token
}

func invalid(detail string) *refusal {
	return &refusal{reason: pdp.ReasonCredentialInvalid, detail: detail}
}

// Authenticate asks the sources in order. All are asked, even when one has named
// the principal: what is present must be valid.
func (c *Chain) Authenticate(e *Evidence, now time.Time) Result {
	var result Result
	var keys keySet
	if e.Room != nil {
		keys.list = e.Room.list[:0]
	}
	for i := range c.links {
		l := &c.links[i]
		id, no := l.kind.find(e, now)
		if id != nil {
			no = l.check(id)
		}
		switch {
		case no != nil:
			return c.refused(l, no)
		case id == nil:
			continue
		case result.Source == "":
			result.Principal, result.Session, result.Source = id.principal, id.session, l.name
			result.Principal.Provider = l.provider
			result.Principal.Root = l.root.ID != "" && id.principal.ID == l.root.ID
		}
		for _, k := range id.keys {
			keys.add(k)
		}
	}
	if len(keys.list) > 0 {
		result.Keys = keys.list
	}
	if e.Room != nil {
		e.Room.list = keys.list
	}
	return result
}

// check holds an identity against what its source may assert.
func (l *link) check(id *identity) *refusal {
	if reason := checkID(id.principal.ID); reason != "" {
		return invalid("the id " + reason)
	}
	if !l.asserts.contains(id.principal.ID) {
		return invalid("the id " + clip(id.principal.ID) + " is outside of what the source may assert")
	}
	if l.root.ID == id.principal.ID && l.root.Source != l.name {
		return invalid("only the source " + l.root.Source + " establishes the root principal")
	}
	if t := id.principal.Tenant; t != "" && !withinTenants(l.tenants, t) {
		return invalid("the tenant " + clip(t) + " is outside of what the source may assert")
	}
	// A role that the ARN of its session says is within what that asserts.
	if s := id.session; s != nil && s.Role != "" && l.roleClaim && !l.asserts.contains(s.Role) {
		return invalid("the role " + clip(s.Role) + " is outside of what the source may assert")
	}
	return nil
}

// withinTenants reports whether a tenant is one of a list of ids, "*", and ids with
// "/*".
func withinTenants(list []string, tenant string) bool {
	for _, p := range list {
		above, below := strings.CutSuffix(p, "*")
		if p == tenant || below && strings.HasPrefix(tenant, above) {
			return true
		}
	}
	return false
}

func (c *Chain) refused(l *link, no *refusal) Result {
	r := Result{Refused: true, Source: l.name, Reason: no.reason, Detail: "source " + l.name + ": " + no.detail, Challenge: c.challenge}
	if no.token {
		r.Challenge = c.invalidToken
	}
	return r
}

// Challenge returns the WWW-Authenticate value for a request without credential;
// "" if no source could use a bearer token.
func (c *Chain) Challenge() string { return c.challenge }

// A keySet collects keys under unique names. Two credentials that disagree about
// a key make it unknown.
type keySet struct {
	list  []Key
	index map[string]int // by folded name; nil up to manyKeys
}

// manyKeys is from when on an index is cheaper than to look at each.
const manyKeys = 16

func (s *keySet) add(k Key) {
	switch i := s.find(k.Name); {
	case i < 0:
		s.list = append(s.list, k)
		if s.index != nil {
			s.index[conditions.Fold(k.Name)] = len(s.list) - 1
		}
	case !sameValue(s.list[i].Value, k.Value):
		s.list[i].Value = conditions.Incomplete()
	}
}

// find returns the place of a name, -1 if it is not there.
func (s *keySet) find(name string) int {
	if s.index == nil && len(s.list) < manyKeys {
		return slices.IndexFunc(s.list, func(k Key) bool { return k.Name == name || conditions.Fold(k.Name) == conditions.Fold(name) })
	}
	if s.index == nil {
		s.index = make(map[string]int, 2*manyKeys)
		for i := range s.list {
			s.index[conditions.Fold(s.list[i].Name)] = i
		}
	}
	if i, ok := s.index[conditions.Fold(name)]; ok {
		return i
	}
	return -1
}

func sameValue(a, b conditions.Value) bool {
	if a.IsIncomplete() || b.IsIncomplete() || a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if a.At(i) != b.At(i) {
			return false
		}
	}
	return true
}

// A SourceStatus is how a source is doing.
type SourceStatus struct {
	Name string
	// Keys is how many keys a JWT source verifies with at the moment.
	Keys int
	// Err is why the key file could not be read when it was last tried; the keys
	// are then those of before. nil if all is well.
	Err error
}

// Status says how the sources are doing, in their order.
func (c *Chain) Status() []SourceStatus {
	list := make([]SourceStatus, len(c.links))
	for i, l := range c.links {
		list[i].Name = l.name
		if j, ok := l.kind.(*jwtSource); ok {
			keys, err := j.keys.current(time.Time{})
			list[i].Keys, list[i].Err = len(keys), err
		}
	}
	return list
}
