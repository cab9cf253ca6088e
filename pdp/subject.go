package pdp

import (
	"github.com/mayi-authz/mayi/arn"
)

// A subject is what the id of a principal says by itself: no directory, no facts
// of the request. Those of the directory's entries are made at compile time.
type subject struct {
	session  *roleIdentity // of a role session: whose; else nil
	behind   *roleIdentity // of a federated user: the user behind it; else nil
	id       string
	kind     string // aws:PrincipalType, "" if it cannot be told
	username string // aws:username, of IAM users only
	arn      string // aws:PrincipalArn: the id if it is an ARN
	wami     string // the id if it is a WAMI ARN
	tenant   string // account or tenant field of the ARN
}

// A roleIdentity is what a role and its sessions have in common: an assumed-role
// ARN leaves out the path of its role, so that the path does not count.
type roleIdentity struct {
	partition, region, tenant, account, instance, provider, name string
}

// The values of aws:PrincipalType.
const (
	kindAnonymous   = "Anonymous"
	kindUser        = "User"
	kindRole        = "Role"
	kindAssumedRole = "AssumedRole"
	kindFederated   = "FederatedUser"
	kindAccount     = "Account"
)

// newSubject reads an id. a is the id's ARN, zero for other ids.
func newSubject(id string, a arn.ARN) subject { return readSubject(id, a, new(roleIdentity)) }

// readSubject is newSubject with room for the identity.
func readSubject(id string, a arn.ARN, room *roleIdentity) subject {
	s := subject{id: id}
	if a.IsZero() {
		return s
	}
	s.arn, s.wami, s.tenant = id, wamiARN(a), a.Tenant()
	if name, ok := a.User(); ok {
		s.kind, s.username = kindUser, name
		if a.WAMI() {
			s.username = a.ResourceID() // a WAMI id may hold slashes, and they are part of the name
		}
	} else if _, ok := a.Role(); ok {
		s.kind = kindRole
	} else if name, _, ok := a.AssumedRole(); ok {
		s.kind, s.session = kindAssumedRole, room.read(a, name)
	} else if name, ok := a.FederatedUser(); ok {
		s.kind, s.behind = kindFederated, room.read(a, userPrefix+name)
	} else if a.AccountRoot() {
		s.kind = kindAccount
	}
	return s
}

// read makes r the identity of the role called name that a belongs to, and returns
// it, or nil if a belongs to no account.
func (r *roleIdentity) read(a arn.ARN, name string) *roleIdentity {
	if *r = newRoleIdentity(a, name); r.tenant == "" {
		return nil
	}
	return r
}

// newRoleIdentity returns the identity of the role called name that a, a role or
// a session of it, belongs to. It is zero if a belongs to no account: a role of
// nobody has no sessions.
func newRoleIdentity(a arn.ARN, name string) roleIdentity {
	if a.Tenant() == "" {
		return roleIdentity{}
	}
	return roleIdentity{
		partition: a.Partition(), region: a.Region(), tenant: a.Tenant(), account: a.Account(),
		instance: a.Instance(), provider: a.Provider(), name: name,
	}
}

// userPrefix tells the identity of a user from that of a role: no role's name
// holds a slash.
const userPrefix = "user/"

// isSession reports whether the subject is a session of a role.
func (s *subject) isSession() bool { return s.session != nil }

// roleARN returns the ARN of the session's role as far as it is known without a
// directory: without a path.
func (r roleIdentity) roleARN() string {
	if r.instance == "" {
		return "arn:" + r.partition + ":iam:" + r.region + ":" + r.account + ":role/" + r.name
	}
	prefix := "arn:wami:iam:" + r.tenant + ":wami:" + r.instance + ":"
	if r.provider == "" {
		return prefix + "role/" + r.name
	}
	region := r.region
	if region == "" {
		region = "global"
	}
	return prefix + r.provider + ":" + r.account + ":" + region + ":role/" + r.name
}
