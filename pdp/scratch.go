package pdp

import (
	"time"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/conditions"
)

// A scratch is the memory of one decision, pooled by the Engine. It holds what the
// request's parts turned out to be, and is the conditions.Source of its statements.
type scratch struct {
	e *Engine
	established
	stranger subject      // who asks, if the directory does not have it
	identity roleIdentity // of the stranger
	found    found
	memory
}

// established is what the request establishes, and what changes with each of its
// alternatives.
type established struct {
	// Who asks,
	who           *subject // never nil
	entry         *entry   // of the directory, nil for strangers
	caller        caller
	principalTags map[string]string // folded
	blocks        []heldBlock       // of the identity layer
	boundary      *policy           // nil: none
	memberships   []membership
	root          bool
	// through what,
	session  *Session
	provider string
	chain    []*entry  // those of the session's chain whom the directory knows
	limits   []*policy // session policies, in canonical order
	scoped   bool      // the session has scopes, be it none
	// upon what,
	resource     string
	plain        string // the same without dot segments, "" until asked
	resourceARN  arn.ARN
	known        *knownResource
	resourceTags map[string]string // folded
	// how the two are related,
	tenant, resourceTenant string  // "" is none
	home, owner            *tenant // the same if declared
	shared, cross          bool    // the relation is "other"
	// and in which circumstances.
	context *conditions.Context
	now     time.Time

	fixedAction  string   // "": each alternative is the action
	alternatives []string // permissions; the first that is allowed is enough
	self         bool     // being somebody is enough

	action, permission string // of the alternative
}

// memory is what a scratch uses again.
type memory struct {
	clock, issued      clock
	ages               [2]counter // of MFA and of the session
	fills              []string
	foldBuffer         []byte
	blockBuffer        []heldBlock
	find               *finder
	tagBuffers         [4]map[string]string
	alternativesBuffer []string
	chainBuffer        []*entry
	limitBuffer        []*policy
	railBuffer         []railAllow
	listBuffers        [2][]conditions.Scalar
}

// anonymous reports whether nobody is asking.
func (s *scratch) anonymous() bool { return s.who.id == "" }

// principalARN returns aws:PrincipalArn: for a session the ARN of its role. Of a role
// that the directory does not have, the session itself knows the path.
func (s *scratch) principalARN() string {
	switch {
	case !s.who.isSession():
		return s.who.arn
	case s.entry != nil && s.entry.role != nil:
		return s.entry.roleARN
	case s.session != nil && s.session.Role != "":
		return s.session.Role
	case s.entry != nil:
		return s.entry.roleARN
	}
	return s.who.session.roleARN()
}

// keptTags is the largest map of tags that is worth keeping.
const keptTags = 256

// forget drops every reference to the request, so that the pool holds none.
func (s *scratch) forget() {
	m := &s.memory
	if m.find != nil {
		m.find.text = ""
	}
	clear(m.fills[:cap(m.fills)])
	clear(m.alternativesBuffer[:cap(m.alternativesBuffer)])
	clear(m.limitBuffer[:cap(m.limitBuffer)])
	for i := range m.listBuffers {
		clear(m.listBuffers[i][:cap(m.listBuffers[i])])
	}
	for i := range m.tagBuffers {
		switch n := len(m.tagBuffers[i]); {
		case n > keptTags:
			m.tagBuffers[i] = nil // or clearing its room would burden every later request
		case n > 0:
			clear(m.tagBuffers[i])
		}
	}
	if s.who == &s.stranger {
		s.stranger, s.identity = subject{}, roleIdentity{}
	}
	if len(s.limits) > 0 {
		s.found = found{} // it may hold statements that the request brought
	}
	s.established = established{}
}
