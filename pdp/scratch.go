package pdp

import (
	"time"

	"github.com/mayi-authz/mayi/conditions"
)

// A scratch is the memory of one decision, pooled by the Engine. It holds what the
// request's parts turned out to be, and is the conditions.Source of its statements.
type scratch struct {
	// What the guards establish.
	who            subject
	entry          *entry // of the directory, nil for strangers
	caller         caller
	principalTags  map[string]string // folded
	policies       []int32           // of the identity layer, in canonical order
	resource       string
	resourceARN    string // resource if it is an ARN
	resourceWAMI   string // resource if it is a WAMI ARN
	resourceTenant string
	resourceTags   map[string]string // folded
	cross          bool              // the relation is "other"
	context        *conditions.Context
	now            time.Time

	actions []string // one, or the alternatives of a permission
	self    bool     // being somebody is enough

	// What changes with each action.
	action string
	found  found

	// Memory that is used again.
	clock         clock
	fills         []string
	policyBuffer  []int32
	tagBuffers    [2]map[string]string
	actionsBuffer []string
}

// found is what the statements say about one action.
type found struct {
	denied Decision // its deciding statements are the Denies that apply
	sure   bool     // a Deny applies without any unknown

	identity *StatementRef // the first Allow of the identity layer
	// The first Allow of the resource layer by how it means the caller, and of all.
	direct, viaRole, anyhow *StatementRef
}

// anonymous reports whether nobody is asking.
func (s *scratch) anonymous() bool { return s.who.id == "" }

// principalARN returns aws:PrincipalArn: for a session the ARN of its role.
func (s *scratch) principalARN() string {
	switch {
	case !s.who.isSession():
		return s.who.arn
	case s.entry != nil:
		return s.entry.role
	}
	return s.who.session.roleARN()
}

// keptTags is the largest map of tags that is worth keeping.
const keptTags = 256

// forget drops every reference to the request, so that the pool holds none.
func (s *scratch) forget() {
	clear(s.fills[:cap(s.fills)])
	clear(s.actionsBuffer[:cap(s.actionsBuffer)])
	for i := range s.tagBuffers {
		if len(s.tagBuffers[i]) > keptTags {
			s.tagBuffers[i] = nil // or clearing its room would burden every later request
		}
		clear(s.tagBuffers[i])
	}
	*s = scratch{
		clock:         s.clock,
		fills:         s.fills[:0],
		policyBuffer:  s.policyBuffer[:0],
		tagBuffers:    s.tagBuffers,
		actionsBuffer: s.actionsBuffer[:0],
	}
}
