package pdp

import (
	"strings"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const principalKeys = "AWS, Federated, Service, CanonicalUser, SPIFFE, Id, Tenant"

// principals decodes the value of Principal or NotPrincipal: "*", or an object of
// lists. No string but "*" alone holds a wildcard.
func (d *decoder) principals(n *strictjson.Node, element string) *Principals {
	p := &Principals{Place: d.places.Of(n)}
	switch {
	case n.Kind == strictjson.String && n.Text == "*":
		d.everyone(n, element, p)
	case n.Kind == strictjson.String:
		d.errorf(n, rulePrincipalFormat, `%s is %q; expected "*" or an object such as {"AWS": %q}`, element, n.Text, n.Text)
	case n.Kind != strictjson.Object:
		d.errorf(n, rulePrincipalFormat, `%s is %s; expected "*" or an object`, element, kindName(n.Kind))
	case len(n.Members) == 0:
		d.errorf(n, ruleEmptyObjectPrinc, "%s is an empty object, so that the statement would never mean anybody", element)
	default:
		for _, m := range n.Members {
			d.principalKey(m, element, p)
		}
	}
	return p
}

// everyone notes "*". Under NotPrincipal it would mean nobody at all.
func (d *decoder) everyone(n *strictjson.Node, element string, p *Principals) {
	if element == "NotPrincipal" {
		d.errorf(n, rulePrincipalWildcard, `NotPrincipal "*" leaves nobody out of the list, so that the statement would never apply`)
		return
	}
	p.Any = true
}

func (d *decoder) principalKey(m strictjson.Member, element string, p *Principals) {
	switch m.Name {
	case "AWS":
		p.AWS = d.principalTexts(m, element, func(n *strictjson.Node) { d.everyone(n, element, p) }, d.aws)
	case "Federated":
		p.Federated = d.principalTexts(m, element, nil, d.federated)
	case "Service":
		p.Service = d.principalTexts(m, element, nil, d.service)
	case "CanonicalUser":
		p.CanonicalUser = d.principalTexts(m, element, nil, d.canonicalUser)
	case "SPIFFE":
		p.SPIFFE = d.principalTexts(m, element, nil, d.spiffe)
	case "Id":
		p.ID = d.principalTexts(m, element, nil, d.opaque)
	case "Tenant":
		p.Tenant = d.principalTexts(m, element, nil, d.tenantName)
	default:
		d.errorf(m.Value, rulePrincipalKey, "%s has no key %q%s; expected %s", element, m.Name, didYouMean(m.Name, principalKeys), principalKeys)
	}
}

// principalTexts reads the ids under one key. star is called for "*", where that
// is an id; check is called for every other id.
func (d *decoder) principalTexts(m strictjson.Member, element string, star, check func(*strictjson.Node)) []Text {
	nodes := []*strictjson.Node{m.Value}
	if m.Value.Kind == strictjson.Array {
		if nodes = m.Value.Items; len(nodes) == 0 {
			d.errorf(m.Value, ruleEmptyArrayPrinc, "%s of %s is an empty list", m.Name, element)
		}
	}
	var ids []Text
	for _, n := range nodes {
		id, ok := d.text(n, "a principal under "+m.Name)
		switch {
		case !ok:
		case id.Text == "*" && star != nil:
			star(n)
		case strings.ContainsAny(id.Text, "*?"):
			d.errorf(n, rulePrincipalWildcard, `%q holds a wildcard; principals are compared exactly, only "*" alone (or {"AWS": "*"}) means everyone`, id.Text)
		case strings.Contains(id.Text, "${"):
			d.errorf(n, ruleVariableInElement, "%q holds a policy variable; %s takes none", id.Text, element)
		default:
			check(n)
			ids = append(ids, id)
		}
	}
	return ids
}

// aws checks an id under "AWS": an ARN, an account or a tenant. Whether a name is
// that of a tenant is known once all documents are (see checker.principalTenants).
func (d *decoder) aws(n *strictjson.Node) {
	if isAccount(n.Text) {
		return
	}
	if !arn.IsARN(n.Text) {
		if checkTenantName(n.Text) != "" {
			d.errorf(n, rulePrincipalFormat, notAWS, n.Text)
		}
		return
	}
	a, err := parseID(n.Text)
	if err != nil {
		d.errorf(n, rulePrincipalFormat, "%v", err)
		return
	}
	if a.Service() != "iam" && a.Service() != "sts" {
		return // the id of a workload; ids are compared exactly
	}
	_, user := a.User()
	_, role := a.Role()
	_, _, session := a.AssumedRole()
	_, federated := a.FederatedUser()
	if !user && !role && !session && !federated && !a.AccountRoot() {
		d.errorf(n, rulePrincipalFormat, "%q cannot be a principal; expected a user, a role, a session (assumed-role/role/session), a federated user or an account (…:root); groups are never principals", n.Text)
	}
}

const notAWS = `%q under AWS is neither an ARN nor an account nor a declared tenant; other ids stand under "SPIFFE" or "Id"`

// federated checks the name of an identity provider: a host or its ARN.
func (d *decoder) federated(n *strictjson.Node) {
	if arn.IsARN(n.Text) {
		if _, err := parseID(n.Text); err != nil {
			d.errorf(n, ruleFederatedPrincipal, "%v", err)
		}
		return
	}
	if !isHost(n.Text) {
		d.errorf(n, ruleFederatedPrincipal, `%q is no identity provider; expected a host such as "accounts.google.com", or the provider's ARN`, n.Text)
	}
}

func (d *decoder) service(n *strictjson.Node) {
	if !isHost(n.Text) {
		d.errorf(n, ruleServicePrincipal, `%q is no service; expected a host such as "events.amazonaws.com"`, n.Text)
	}
}

func (d *decoder) canonicalUser(n *strictjson.Node) {
	hex := func(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' }
	if len(n.Text) != 64 || !only(n.Text, hex) {
		d.errorf(n, ruleCanonicalUser, "%q is no canonical user id; expected 64 hexadecimal digits in lower case", n.Text)
	}
}

func (d *decoder) spiffe(n *strictjson.Node) {
	if reason := checkSPIFFE(n.Text); reason != "" {
		d.errorf(n, rulePrincipalFormat, "%s", reason)
	}
}

// opaque checks an id under "Id": any but ARNs, which have a meaning of their own.
func (d *decoder) opaque(n *strictjson.Node) {
	if arn.IsARN(n.Text) {
		d.errorf(n, rulePrincipalFormat, `%q is an ARN; expected it under "AWS"`, n.Text)
	} else if reason := checkDocumentID(n.Text); reason != "" {
		d.errorf(n, rulePrincipalFormat, "%s", reason)
	}
}

// isHost reports whether s is a host name of at least two labels, in lower case.
// A path may follow, as it does in the issuers of some identity providers.
func isHost(s string) bool {
	host, _, _ := strings.Cut(s, "/")
	labels := 0
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || !only(label, func(c byte) bool { return isTrustDomain(c) && c != '.' }) {
			return false
		}
		labels++
	}
	return labels > 1
}
