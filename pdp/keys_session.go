package pdp

import (
	"strconv"
	"time"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/conditions"
)

// The keys of a session. All but its name are absent without one.

// sessionName is what the session's ARN ends in, or what the session says.
func (s *scratch) sessionName() conditions.Value {
	name := s.who.sessionName()
	if name == "" && s.session != nil {
		name = s.session.Name
	}
	return text(name)
}

// issuedAt is zero without a session and where nobody knows.
func (s *scratch) issuedAt() time.Time {
	if s.session == nil {
		return time.Time{}
	}
	return s.session.IssuedAt
}

func (s *scratch) tokenIssueTime() conditions.Value {
	if s.issuedAt().IsZero() {
		return conditions.Absent()
	}
	return conditions.Text(s.issued.current(s.session.IssuedAt))
}

func (s *scratch) mfaPresent() conditions.Value {
	if s.session == nil {
		return conditions.Absent()
	}
	return yes(!s.session.MFAAt.IsZero())
}

func (s *scratch) mfaAge() conditions.Value {
	if s.session == nil {
		return conditions.Absent()
	}
	return s.since(s.session.MFAAt, &s.ages[0])
}

func (s *scratch) sessionAge() conditions.Value {
	if s.session == nil {
		return conditions.Absent()
	}
	return s.since(s.session.IssuedAt, &s.ages[1])
}

// since is an age in whole seconds, between those that aws:EpochTime and
// aws:TokenIssueTime show. That of what has not happened yet cannot be known, not
// even whether there is one (Null), and that of what never happened is absent.
func (s *scratch) since(t time.Time, c *counter) conditions.Value {
	switch {
	case t.IsZero():
		return conditions.Absent()
	case t.After(s.now):
		return conditions.Incomplete()
	}
	return conditions.One(conditions.Number(c.text(s.now.Unix() - t.Unix())))
}

func (s *scratch) federatedProvider() conditions.Value {
	if s.session == nil {
		return conditions.Absent()
	}
	return text(s.session.Provider)
}

func (s *scratch) sessionID() conditions.Value {
	if s.session == nil {
		return conditions.Absent()
	}
	return text(s.session.ID)
}

func (s *scratch) mfaMethods() conditions.Value {
	if s.session == nil {
		return conditions.Absent()
	}
	list := s.listBuffers[0][:0]
	for _, method := range s.session.MFA {
		list = append(list, conditions.String(method))
	}
	s.listBuffers[0] = list
	return conditions.Many(list)
}

// assumeRoleChain is who assumed before, the first caller first.
func (s *scratch) assumeRoleChain() conditions.Value {
	if s.session == nil {
		return conditions.Absent()
	}
	list := s.listBuffers[1][:0]
	for _, id := range s.session.Chain {
		list = append(list, conditions.String(s.e.Canonical(id)))
	}
	s.listBuffers[1] = list
	return conditions.Many(list)
}

func (s *scratch) assumeRoleDepth() conditions.Value {
	if s.session == nil {
		return conditions.Absent()
	}
	return conditions.One(conditions.Number(strconv.Itoa(len(s.session.Chain))))
}

func (s *scratch) originalPrincipal() conditions.Value {
	if s.session == nil || len(s.session.Chain) == 0 {
		return conditions.Absent()
	}
	id := s.e.Canonical(s.session.Chain[0])
	if !arn.IsARN(id) {
		return conditions.Absent()
	}
	return text(id)
}

// A clock remembers how it wrote a second, since many requests share one.
type clock struct {
	second      int64
	iso, number string
}

// tick makes c the clock of t, truncated to its second.
func (c *clock) tick(t time.Time) {
	if u := t.Unix(); u != c.second || c.iso == "" {
		c.second = u
		c.iso = time.Unix(u, 0).UTC().Format("2006-01-02T15:04:05Z")
		c.number = strconv.FormatInt(u, 10)
	}
}

func (c *clock) current(t time.Time) string { c.tick(t); return c.iso }
func (c *clock) epoch(t time.Time) string   { c.tick(t); return c.number }

// A counter remembers how it wrote a number.
type counter struct {
	n       int64
	decimal string
}

func (c *counter) text(n int64) string {
	if n != c.n || c.decimal == "" {
		c.n, c.decimal = n, strconv.FormatInt(n, 10)
	}
	return c.decimal
}
