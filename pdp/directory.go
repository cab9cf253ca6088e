package pdp

import "time"

// An entry is a compiled user or role of the directory: all that is known about a
// principal before it asks anything.
//
// Most decisions find it in no cache. What all of them read stands in front, and takes
// three lines of memory: with the fields in any order it was five, and with the whole
// directory in use that was a tenth of a decision.
type entry struct {
	blocks      []heldBlock       // own and those of its groups
	homeTenant  *tenant           // that of home if it is declared
	caller      caller            // its numbers
	boundary    *policy           // nil: none
	tags        map[string]string // folded
	memberships []membership
	home        string // the tenant's canonical id; "" is none
	gone        Reason // why it may do nothing any more; 0: it may
	subject
	roleARN   string      // of a role, or a session: the role's ARN
	role      *role       // of a role; else nil
	own       []heldBlock // policies attached to it, by memberships too
	groups    []string
	notBefore time.Time // sessions that began before are revoked; zero: none
}

// A role is a compiled role of the directory.
type role struct {
	id          string
	block       *block // of its policies; nil: none
	permissions permissionSet
	boundary    *policy         // nil: none
	trust       *policy         // nil: nobody may assume it
	sessionTags map[string]bool // folded keys
	maxSession  time.Duration   // 0: no limit of its own
}

// A knownResource is what the bundle knows of a resource.
type knownResource struct {
	tenant string            // canonical, or shared; "" is not said
	tags   map[string]string // folded; nil is not said
}
