package workload

import (
	"github.com/mayi-authz/mayi/pdp"
)

// A Workload is a bundle and the requests that are asked of it.
type Workload struct {
	Name  string            // "W2", "W4/10000", "W4/inner/10000"
	About string            // one line for tables
	Files map[string][]byte // the bundle, by path
	Model Model             // the same bundle
	// Requests are asked in this order, round and round. They hit, miss and are
	// denied, and touch more of the bundle than the caches of a core hold, where the
	// bundle is that large. Want is what each must be answered.
	Requests []Request
}

// A Request is one question and its answer.
type Request struct {
	pdp.Request
	Want pdp.Effect
}

// A Model is a bundle without its language. Names are as in the Files.
type Model struct {
	Principals []Principal
	Policies   []Policy // identity policies, boundaries, guardrails and session policies
	Resource   []Policy // resource policies; their statements name everyone ("*")
	Groups     []Group
	Tenants    []Tenant // none but in W6
	Unattached []int    // Policies that only sessions bring; none but in W6
}

// A Group is a named set of Policies, by number.
type Group struct {
	Name     string
	Policies []int
}

// A Principal is a user, or a role, with all that is attached to it.
type Principal struct {
	ID          string // an ARN
	Username    string // aws:username; "" of a role, which has none
	Own         []int  // Policies, by number
	Groups      []string
	Roles       []string     // of Memberships
	Memberships []Membership // none but in W6
	All         []int        // Own and those of the groups, sorted, without repeats
	Boundary    int          // a policy's number, -1 is none
	Tenant      string
}

// A Membership gives roles in a tenant and all below it. Modes are additive.
type Membership struct {
	Tenant string
	Roles  []string
}

// A Policy is a named list of statements.
type Policy struct {
	Name       string
	Statements []Statement
}

// A Statement applies if one of the actions, one of the resources and all of the
// conditions do. "*" is a wildcard in actions and resources and
// "${aws:username}" in resources the principal's name; there is nothing else of
// IAM's patterns in them.
type Statement struct {
	Sid        string
	Allow      bool // else it denies
	Actions    []string
	Resources  []string
	Conditions []Condition
}

// A Condition compares one context key with any of the values.
type Condition struct {
	Operator string // IAM's name: IpAddress, StringLike, NumericLessThan, Bool, DateGreaterThan, StringEquals
	Key      string // "aws:SourceIp"
	Values   []string
}

// A Tenant is one of a tree.
type Tenant struct {
	ID         string // its path
	Account    string // what stands for it in ARNs: its alias
	Guardrails []int  // Policies, by number
	// Permissions are what each role grants here and below, by the role's name; "*"
	// is a wildcard at their end. They are the same in all tenants.
	Permissions map[string][]string
}
