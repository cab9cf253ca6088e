package policytest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

const (
	principalTags = "aws:principaltag/"
	resourceTags  = "aws:resourcetag/"
	tenantTags    = "wami:tenanttag/"
)

// underivable are the keys that no request may set either, though they have no
// value yet: their names promise something about principal, resource or tenant.
var underivable = []string{
	"aws:principalorgid", "aws:principalorgpaths", "aws:principalisawsservice",
	"aws:principalservicename", "aws:principalservicenameslist", "aws:resourceorgid", "aws:resourceorgpaths",
	"wami:tenanttier", "wami:tenantregion", "wami:tenantcreationdate",
}

// derived returns a key that follows from principal, session, directory, resource
// and clock: rule 6.2. ok is false for a key that comes with the request.
func (q *question) derived(folded string) (v conditions.Value, ok bool) {
	for _, of := range []func(string) (conditions.Value, bool){q.principalKey, q.sessionKey, q.tenantKey, q.resourceKey} {
		if v, ok := of(folded); ok {
			return v, true
		}
	}
	switch folded {
	case "aws:currenttime":
		return date(q.Time), true
	case "aws:epochtime":
		return number(q.Time.Unix()), true
	}
	return conditions.Absent(), slices.Contains(underivable, folded)
}

func (q *question) principalKey(folded string) (conditions.Value, bool) {
	tenant, userID := q.who.tenant, q.who.id
	if q.who.id == "" {
		tenant, userID = "anonymous", "anonymous"
	}
	if tag, ok := strings.CutPrefix(folded, principalTags); ok {
		return tagValue(q.who.tags, tag), true
	}
	switch folded {
	case "aws:principalarn":
		return text(q.arn()), true
	case "aws:principalaccount":
		return text(tenant), true
	case "aws:principaltype":
		return text(q.who.kind()), true
	case "aws:principalisroot":
		return truth(q.root() || q.who.name.root()), true
	case "aws:userid":
		return text(userID), true
	case "aws:username":
		return text(q.who.username()), true
	case "wami:sourcewamiarn":
		return text(only(q.who.isARN && !q.who.name.aws, q.who.id)), true
	case "wami:identityprovider":
		return text(q.provider()), true
	}
	return conditions.Absent(), false
}

func (q *question) sessionKey(folded string) (conditions.Value, bool) {
	s := q.Session
	there := s != nil
	if !there {
		s = new(pdp.Session)
	}
	named := slices.Contains([]string{"AssumedRole", "FederatedUser"}, q.who.kind())
	switch folded {
	case "aws:tokenissuetime":
		return date(s.IssuedAt), true
	case "aws:multifactorauthpresent":
		return presentIf(there, truth(!s.MFAAt.IsZero())), true
	case "aws:multifactorauthage":
		return q.age(s.MFAAt), true
	case "aws:federatedprovider":
		return text(s.Provider), true
	case "aws:principalsessionname":
		return text(firstOf(s.Name, only(named, q.who.name.last()))), true
	case "wami:multifactormethods":
		return texts(s.MFA), true
	case "wami:assumerolechain":
		return texts(q.chainIDs(s)), true
	case "wami:assumeroledepth":
		return presentIf(there, number(int64(len(s.Chain)))), true
	case "wami:originalprincipalarn":
		return text(q.original(s)), true
	case "wami:sessionid":
		return text(s.ID), true
	case "wami:sessionage":
		return q.age(s.IssuedAt), true
	}
	return conditions.Absent(), false
}

func (q *question) chainIDs(s *pdp.Session) []string {
	var all []string
	for _, id := range s.Chain {
		all = append(all, q.r.canonical(id))
	}
	return all
}

// original is who began a chain of roles, if it has an ARN.
func (q *question) original(s *pdp.Session) string {
	ids := q.chainIDs(s)
	if len(ids) == 0 || !claimsARN(ids[0]) {
		return ""
	}
	return ids[0]
}

// age is how many seconds ago something was, by clocks that show whole ones: rule
// 4.8. Of what is still to come nothing is known, not even that there is an age.
func (q *question) age(since time.Time) conditions.Value {
	switch {
	case since.IsZero():
		return conditions.Absent()
	case since.After(q.Time):
		return conditions.Incomplete()
	}
	return number(q.Time.Unix() - since.Unix())
}

func (q *question) tenantKey(folded string) (conditions.Value, bool) {
	id := q.who.tenant
	chain := q.r.chain(id)
	t := q.r.tenants[id]
	declared := t != nil
	if !declared {
		t = new(pdp.Tenant)
	}
	if tag, ok := strings.CutPrefix(folded, tenantTags); ok {
		return tagValue(t.Tags, tag), true
	}
	switch folded {
	case "wami:tenantid", "wami:principaltenantid":
		return text(id), true
	case "wami:tenantname":
		return text(t.Name), true
	case "wami:tenantstatus":
		return text(only(declared, firstOf(t.Status.Text, "active"))), true
	case "wami:parenttenantid":
		return text(q.r.parent(id)), true
	case "wami:roottenantid":
		if len(chain) == 0 {
			return conditions.Absent(), true
		}
		return text(chain[len(chain)-1]), true
	case "wami:tenanthierarchypath":
		return text(q.r.path(id)), true
	}
	return conditions.Absent(), false
}

// path is a tenant's path from its root: ids that are paths already hold that of
// their parent.
func (r *Reference) path(id string) string {
	above := r.parent(id)
	switch {
	case above == "":
		return id
	case strings.HasPrefix(id, above+"/"):
		return r.path(above) + strings.TrimPrefix(id, above)
	}
	return r.path(above) + "/" + id
}

func (q *question) resourceKey(folded string) (conditions.Value, bool) {
	n, isARN := parseName(q.Resource.ID)
	wami := isARN && !n.aws
	if tag, ok := strings.CutPrefix(folded, resourceTags); ok {
		return tagValue(q.what.tags, tag), true
	}
	switch folded {
	case "aws:resourcearn":
		return text(only(isARN, q.Resource.ID)), true
	case "aws:resourceaccount", "wami:resourcetenantid":
		return text(q.what.tenant), true
	case "wami:crosstenantrequest":
		return truth(!q.sameTenant()), true
	case "wami:resourcewamiarn", "wami:arn":
		return text(only(wami, q.Resource.ID)), true
	case "wami:arnservice":
		return text(n.service), true
	case "wami:arnprovider":
		return text(n.provider()), true
	case "wami:arnresourcetype":
		return text(n.kind()), true
	}
	return conditions.Absent(), false
}

// provider is the provider of a cloud resource that WAMI names, else the partition.
func (n name) provider() string {
	f := strings.Split(n.where, ":")
	if f[0] == "wami" && len(f) > 5 {
		return f[4]
	}
	return f[0]
}

// kind is the type of the named resource: what stands before the first separator.
func (n name) kind() string {
	if i := strings.IndexAny(n.resource, "/:"); i > 0 {
		return n.resource[:i]
	}
	return ""
}

func only(ok bool, s string) string {
	if ok {
		return s
	}
	return ""
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// text is a value, absent if there is nothing to say.
func text(s string) conditions.Value { return presentIf(s != "", conditions.Text(s)) }

func texts(all []string) conditions.Value {
	var list []conditions.Scalar
	for _, s := range all {
		list = append(list, conditions.String(s))
	}
	return conditions.Many(list)
}

func number(n int64) conditions.Value {
	return conditions.One(conditions.Number(strconv.FormatInt(n, 10)))
}

func truth(b bool) conditions.Value { return conditions.One(conditions.Bool(b)) }

func date(t time.Time) conditions.Value {
	return presentIf(!t.IsZero(), conditions.Text(t.UTC().Truncate(time.Second).Format(time.RFC3339)))
}

func presentIf(there bool, v conditions.Value) conditions.Value {
	if there {
		return v
	}
	return conditions.Absent()
}

// reserved reports whether no request may set a key.
func reserved(folded string) bool {
	_, ok := (&question{Request: new(pdp.Request), r: new(Reference)}).derived(folded)
	return ok || riamName(folded)
}

// value answers what the request says about a folded key.
func (q *question) value(folded string) conditions.Value {
	if v, ok := q.derived(folded); ok {
		return v
	}
	return q.Context.Value(folded)
}

func tagValue(tags map[string]string, folded string) conditions.Value {
	for k, v := range tags {
		if lower(k) == folded {
			return conditions.Text(v)
		}
	}
	return conditions.Absent()
}

// arn is aws:PrincipalArn: of a session its role's ARN, with the role's path if
// directory or session know it.
func (q *question) arn() string {
	who := q.who
	role, ok := who.name.assumed()
	switch {
	case !who.isARN:
		return ""
	case !ok || who.name.account == "":
		return who.id
	case who.role != nil:
		return who.role.ID.Text
	case who.session:
		return q.Session.Role
	}
	service := strings.Replace(who.id, ":sts:", ":iam:", 1)
	return strings.TrimSuffix(service, who.name.resource) + "role/" + role
}

// kind is aws:PrincipalType.
func (p principal) kind() string {
	_, session := p.name.assumed()
	begins := func(service, kind string) bool {
		return p.name.service == service && strings.HasPrefix(p.name.resource, kind+"/") && p.name.last() != ""
	}
	switch {
	case p.id == "":
		return "Anonymous"
	case p.name.root():
		return "Account"
	case session:
		return "AssumedRole"
	case begins("iam", "user"):
		return "User"
	case begins("iam", "role"):
		return "Role"
	case begins("sts", "federated-user") && strings.Count(p.name.resource, "/") == 1:
		return "FederatedUser"
	case p.user != nil:
		return "User"
	}
	return ""
}

// username is aws:username: the last part of a user's path, the whole id of a
// WAMI user.
func (p principal) username() string {
	switch {
	case p.kind() != "User" || p.name.service != "iam" || !strings.HasPrefix(p.name.resource, "user/"):
		return ""
	case p.name.aws:
		return p.name.last()
	}
	return strings.TrimPrefix(p.name.resource, "user/")
}
