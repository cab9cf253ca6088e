package policytest

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// claimsARN reports whether an id must be an ARN, being one but for letter case.
func claimsARN(id string) bool { return strings.HasPrefix(lower(id), "arn:") }

// A name is an ARN cut into its fields. resource is what follows the fields that
// say where the name belongs.
type name struct {
	service  string
	account  string // or the tenant of a WAMI ARN
	where    string // all but service and resource, to compare two names by
	resource string
	aws      bool
}

var tenantForm = regexp.MustCompile(`^(0|[1-9][0-9]*)(/(0|[1-9][0-9]*))*$`)

// parseName reads an ARN strictly: rule 1.1.
func parseName(id string) (name, bool) {
	if !strings.HasPrefix(id, "arn:") || !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl) || len(id) > 65535 {
		return name{}, false
	}
	if strings.HasPrefix(id, "arn:wami:") {
		return parseWAMI(id)
	}
	f := strings.SplitN(id, ":", 6)
	if len(f) < 6 || f[1] == "" || f[2] == "" || f[5] == "" || lower(f[1]) == "wami" {
		return name{}, false
	}
	if strings.ContainsFunc(strings.Join(f[:5], ""), unicode.IsSpace) {
		return name{}, false
	}
	return name{service: f[2], account: f[4], where: f[1] + ":" + f[3] + ":" + f[4], resource: f[5], aws: true}, true
}

// parseWAMI reads arn:wami:service:tenant:wami:instance:…, where … is type/id, or
// provider:account:region:type/id.
func parseWAMI(id string) (name, bool) {
	f := strings.Split(id, ":")
	if len(f) < 7 || f[2] == "" || f[4] != "wami" || f[5] == "" || !tenantForm.MatchString(f[3]) || overflows(f[3]) {
		return name{}, false
	}
	fixed := 6
	slash := 6 // the first field after the instance that holds a slash
	for slash < len(f) && !strings.Contains(f[slash], "/") {
		slash++
	}
	switch {
	case slash == 8:
		return name{}, false // the older spelling, without region, of another name
	case slash > 8 && slash < len(f):
		fixed = 9
	}
	for _, field := range f[:fixed] {
		if field == "" || strings.ContainsFunc(field, unicode.IsSpace) {
			return name{}, false
		}
	}
	resource := strings.Join(f[fixed:], ":")
	kind, rest, _ := strings.Cut(resource, "/")
	if kind == "" || rest == "" {
		return name{}, false
	}
	where := "wami:" + strings.Join(f[3:fixed], ":")
	return name{service: f[2], account: f[3], where: where, resource: resource}, true
}

// overflows reports whether a segment of a tenant path is beyond 64 bits.
func overflows(tenant string) bool {
	const most = "18446744073709551615"
	for _, segment := range strings.Split(tenant, "/") {
		if len(segment) > len(most) || len(segment) == len(most) && segment > most {
			return true
		}
	}
	return false
}

// assumed returns the name of the role that an assumed-role session is of.
func (n name) assumed() (role string, ok bool) {
	part := strings.Split(n.resource, "/")
	ok = n.service == "sts" && len(part) == 3 && part[0] == "assumed-role" && part[1] != "" && part[2] != ""
	if !ok {
		return "", false
	}
	return part[1], true
}

// last returns the last element of a path such as role/team/name.
func (n name) last() string { return n.resource[strings.LastIndexByte(n.resource, '/')+1:] }

// sessionOf reports whether n is a session of the role. A role of no account has
// no sessions.
func (n name) sessionOf(role name) bool {
	assumed, ok := n.assumed()
	return ok && n.account != "" && role.service == "iam" && strings.HasPrefix(role.resource, "role/") &&
		role.last() == assumed && role.where == n.where
}

// root reports whether n stands for a whole account.
func (n name) root() bool {
	return n.aws && n.service == "iam" && n.resource == "root" && n.account != "" && strings.Contains(n.where, "::")
}
