package policytest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// derived returns a key that follows from principal, directory, resource and
// clock: rule 6.2. An empty text stands for an absent key; ok is false for a key
// that comes with the request.
func (q *question) derived(folded string) (text string, ok bool) {
	account, userID := q.who.name.account, q.who.id
	if q.who.id == "" {
		account, userID = "anonymous", "anonymous"
	}
	resource, isARN := parseName(q.Resource.ID)
	switch folded {
	case "aws:currenttime":
		return q.Time.UTC().Truncate(time.Second).Format(time.RFC3339), true
	case "aws:epochtime":
		return strconv.FormatInt(q.Time.Unix(), 10), true
	case "aws:principalarn":
		return q.r.arnOf(q.who), true
	case "aws:principalaccount":
		return account, true
	case "aws:principaltype":
		return q.who.kind(), true
	case "aws:userid":
		return userID, true
	case "aws:username":
		return q.who.username(), true
	case "aws:resourcearn":
		return only(isARN, q.Resource.ID), true
	case "aws:resourceaccount", "wami:resourcetenantid":
		return q.owner, true
	case "wami:tenantid", "wami:principaltenantid":
		return q.who.name.account, true
	case "wami:crosstenantrequest":
		return strconv.FormatBool(!q.sameTenant()), true
	case "wami:resourcewamiarn":
		return only(isARN && !resource.aws, q.Resource.ID), true
	}
	return "", slices.Contains(underivable, folded)
}

func only(ok bool, s string) string {
	if ok {
		return s
	}
	return ""
}

// underivable are the keys that no request may set either, though they have no
// value yet: their names promise something about principal, resource or tenant.
var underivable = []string{
	"aws:principalorgid", "aws:principalorgpaths", "aws:principalisawsservice",
	"aws:principalservicename", "aws:principalservicenameslist", "aws:principalisroot",
	"aws:principalsessionname", "aws:resourceorgid", "aws:resourceorgpaths",
	"wami:arn", "wami:arnprovider", "wami:arnservice", "wami:arnresourcetype",
	"wami:sourcewamiarn", "wami:originalprincipalarn", "wami:tenantname", "wami:tenanttier",
	"wami:tenantregion", "wami:tenantcreationdate", "wami:tenantstatus",
	"wami:tenanthierarchypath", "wami:parenttenantid", "wami:roottenantid",
}

const (
	principalTags = "aws:principaltag/"
	resourceTags  = "aws:resourcetag/"
	tenantTags    = "wami:tenanttag/"
)

// reserved reports whether no request may set a key.
func reserved(folded string) bool {
	if strings.HasPrefix(folded, principalTags) || strings.HasPrefix(folded, resourceTags) || strings.HasPrefix(folded, tenantTags) {
		return true
	}
	_, ok := (&question{Request: new(pdp.Request), r: new(Reference)}).derived(folded)
	return ok
}

// value answers what the request says about a folded key.
func (q *question) value(folded string) conditions.Value {
	if tag, ok := strings.CutPrefix(folded, principalTags); ok {
		return tagValue(q.who.tags, tag)
	}
	if tag, ok := strings.CutPrefix(folded, resourceTags); ok {
		return tagValue(q.Resource.Tags, tag)
	}
	text, ok := q.derived(folded)
	switch {
	case strings.HasPrefix(folded, tenantTags), ok && text == "":
		return conditions.Absent()
	case !ok:
		return q.Context.Value(folded)
	case folded == "aws:epochtime":
		return conditions.One(conditions.Number(text))
	case folded == "wami:crosstenantrequest":
		return conditions.One(conditions.Bool(text == "true"))
	}
	return conditions.Text(text)
}

func tagValue(tags map[string]string, folded string) conditions.Value {
	for k, v := range tags {
		if lower(k) == folded {
			return conditions.Text(v)
		}
	}
	return conditions.Absent()
}

// arnOf is aws:PrincipalArn: of a session its role's ARN, with the role's path if
// the directory knows it.
func (r *Reference) arnOf(who principal) string {
	role, ok := who.name.assumed()
	switch {
	case !who.isARN:
		return ""
	case !ok || who.name.account == "":
		return who.id
	case who.role != "":
		return who.role
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
	case p.user:
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

// owner returns the account or tenant that a resource's ARN names.
func owner(id string) string {
	n, _ := parseName(id)
	return n.account
}

// sameTenant is rule 1.4, where no tenants are declared: the resource is the
// principal's own or below it, or one of the two belongs to nobody.
func (q *question) sameTenant() bool {
	mine := q.who.name.account
	return mine == "" || q.owner == "" || mine == q.owner || strings.HasPrefix(q.owner, mine+"/")
}
