package pdp

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/arn"
)

// The types of sessions.
const (
	sessionUser      = "user"
	sessionRole      = "role"
	sessionFederated = "federated"
	sessionAPIKey    = "api_key"
)

// establishSession reads what the principal acts through: whether it fits the
// principal, who is in its chain, and what limits it.
func (e *Engine) establishSession(s *scratch, r *Request) string {
	x := r.Session
	s.provider = r.Principal.Provider
	if x == nil {
		return ""
	}
	s.session = x
	if x.Provider != "" {
		s.provider = x.Provider
	}
	if why := s.fits(x); why != "" {
		return "session: " + why
	}
	s.chain = s.chainBuffer[:0]
	for _, id := range x.Chain {
		id = e.Canonical(id)
		if _, err := parseID(id); err != nil || id == "" {
			return fmt.Sprintf("session.chain: %.80q is no id", id)
		}
		if member := e.entries[id]; member != nil {
			s.chain = append(s.chain, member)
		}
	}
	s.chainBuffer = s.chain
	s.scoped = x.Scopes != nil || x.Type == sessionAPIKey
	if why := e.limit(s, x.Policies); why != "" {
		return "session.policies: " + why
	}
	return ""
}

// fits says why the session cannot be the principal's, or "".
func (s *scratch) fits(x *Session) string {
	switch {
	case s.anonymous():
		return "it belongs to somebody, and the principal's id is empty"
	case x.Type == sessionRole:
		return s.fitsRole(x)
	case x.Type != sessionUser && x.Type != sessionFederated && x.Type != sessionAPIKey:
		return fmt.Sprintf("the type is %.80q; expected user, role, federated or api_key", x.Type)
	case s.who.kind == kindAssumedRole:
		return fmt.Sprintf("the type is %s, and the principal is a session of a role", x.Type)
	case s.who.kind == kindFederated && x.Type != sessionFederated:
		return fmt.Sprintf("the type is %s, and the principal is a federated user", x.Type)
	case x.Role != "":
		return "only a session of the type role has a role"
	}
	return ""
}

// fitsRole says why the session is not one of the role that it names, or "".
func (s *scratch) fitsRole(x *Session) string {
	if !s.who.isSession() {
		return "the type is role, and the principal is no assumed-role ARN"
	}
	if s.entry != nil && s.entry.role != nil {
		if x.Role != s.entry.role.id {
			return fmt.Sprintf("the role is %.80q, and the principal is a session of %.80q", x.Role, s.entry.role.id)
		}
	} else if a, _ := arn.Parse(x.Role); !s.who.isSessionOf(a) {
		return fmt.Sprintf("the role is %.80q, of which the principal is no session", x.Role)
	}
	if x.Name != "" && x.Name != s.who.sessionName() {
		return fmt.Sprintf("the name is %.80q, and that of the principal is another", x.Name)
	}
	return ""
}

// isSessionOf reports whether the subject is a session of the role.
func (s *subject) isSessionOf(role arn.ARN) bool {
	name, ok := role.Role()
	return ok && newRoleIdentity(role, name) == *s.session
}

// sessionName returns the name that the ARN of a session ends in.
func (s *subject) sessionName() string {
	if s.kind != kindAssumedRole && s.kind != kindFederated {
		return ""
	}
	return s.id[strings.LastIndexByte(s.id, '/')+1:]
}

// limit gathers the policies that limit the session, in canonical order.
func (e *Engine) limit(s *scratch, refs []PolicyRef) string {
	s.limits = s.limitBuffer[:0]
	for i := range refs {
		if refs[i].Inline != nil {
			p, why := e.compileInline(refs[i].Inline)
			if why != "" {
				return why
			}
			s.limits = append(s.limits, p)
			continue
		}
		name := refs[i].Name.Text
		n, ok := slices.BinarySearchFunc(e.identity, name, func(p policy, name string) int { return strings.Compare(p.name, name) })
		if !ok || e.identity[n].first != nil {
			return fmt.Sprintf("the bundle has no policy %.80q that could limit a session", name)
		}
		s.limits = append(s.limits, &e.identity[n])
	}
	s.limitBuffer = s.limits
	slices.SortStableFunc(s.limits, func(a, b *policy) int { return strings.Compare(a.name, b.name) })
	s.limits = slices.Compact(s.limits)
	return ""
}

// limited reports whether the session has less than its principal.
func (s *scratch) limited() bool { return len(s.limits) > 0 || s.scoped }

// expired reports whether the session is over, to the instant. One without an end
// is, and so is one of a role with a limit of which nobody knows when it began.
func (s *scratch) expired() bool {
	x := s.session
	if x.ExpiresAt.IsZero() || !s.now.Before(x.ExpiresAt) {
		return true
	}
	if x.Type != sessionRole || s.entry == nil || s.entry.role == nil || s.entry.role.maxSession == 0 {
		return false
	}
	return x.IssuedAt.IsZero() || !s.now.Before(x.IssuedAt.Add(s.entry.role.maxSession))
}

// revoked reports whether the directory calls the session back: by its id, or
// because it, or one that it came from, began too early.
func (s *scratch) revoked() bool {
	x := s.session
	if s.e.revokedSessions[x.ID] && x.ID != "" {
		return true
	}
	if s.entry != nil && s.entry.revokes(x.IssuedAt) {
		return true
	}
	for _, member := range s.chain {
		if member.revokes(x.IssuedAt) {
			return true
		}
	}
	return false
}

// revokes reports whether a session that began then is none any more.
func (e *entry) revokes(issued time.Time) bool {
	return !e.notBefore.IsZero() && issued.Before(e.notBefore)
}
