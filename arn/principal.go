package arn

import "strings"

// AccountRoot reports whether a names an account as a whole:
// arn:partition:iam::account:root. In a Principal element it means the account,
// and as the principal of a request the account's root user.
func (a ARN) AccountRoot() bool {
	return a.form == formAWS && a.Service() == "iam" && a.Region() == "" &&
		a.Account() != "" && a.Resource() == "root"
}

// User returns the name of the IAM user that a names: the last element of its
// path, without the path. ok reports whether a names a user.
func (a ARN) User() (name string, ok bool) { return a.iam("user") }

// Role returns the name of the IAM role that a names: the last element of its
// path, without the path. ok reports whether a names a role.
func (a ARN) Role() (name string, ok bool) { return a.iam("role") }

func (a ARN) iam(kind string) (name string, ok bool) {
	if a.Service() != "iam" || a.ResourceType() != kind {
		return "", false
	}
	path := a.ResourceID()
	name = path[strings.LastIndexByte(path, '/')+1:]
	return name, name != ""
}

// AssumedRole returns what an assumed-role ARN names,
// arn:partition:sts::account:assumed-role/role/session: the name of the role,
// which leaves out the role's path, and the name of the session. ok reports
// whether a is one.
func (a ARN) AssumedRole() (role, session string, ok bool) {
	if a.Service() != "sts" || a.ResourceType() != "assumed-role" {
		return "", "", false
	}
	role, session, _ = strings.Cut(a.ResourceID(), "/")
	if role == "" || session == "" || strings.Contains(session, "/") {
		return "", "", false
	}
	return role, session, true
}

// FederatedUser returns the name of the federated user that a names,
// arn:partition:sts::account:federated-user/name. ok reports whether it does.
func (a ARN) FederatedUser() (name string, ok bool) {
	name = a.ResourceID()
	if a.Service() != "sts" || a.ResourceType() != "federated-user" || name == "" || strings.Contains(name, "/") {
		return "", false
	}
	return name, true
}

// SessionOf reports whether a is an assumed-role ARN of the role that the ARN
// role names: the same name in the same partition, account, tenant and instance.
// Account and tenant must be there: a role of nobody has no sessions.
func (a ARN) SessionOf(role ARN) bool {
	session, _, ok := a.AssumedRole()
	if !ok {
		return false
	}
	name, ok := role.Role()
	return ok && name == session && a.form == role.form && a.Tenant() != "" &&
		a.Partition() == role.Partition() && a.Region() == role.Region() &&
		a.Tenant() == role.Tenant() && a.Account() == role.Account() &&
		a.Instance() == role.Instance() && a.Provider() == role.Provider()
}
