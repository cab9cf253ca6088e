package pdp

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const tenantFields = "name, type, parent, status, rbac_mode, guardrails, admins, auth_providers, aliases, tags"

// The words that a tenant, a user and a membership may use; the first is what
// saying nothing means.
var (
	tenantStatuses     = [...]string{statusActive, "pending", statusSuspended, "inactive", "deleted"}
	userStatuses       = [...]string{statusActive, statusSuspended, statusErased}
	membershipStatuses = [...]string{statusActive, statusSuspended}
	rbacModes          = [...]string{"override", "additive"}
)

func (d *decoder) tenant(e strictjson.Member) Tenant {
	t := Tenant{ID: Text{Text: e.Name, Place: d.places.Of(e.Value)}}
	d.checkTenant(t.ID)
	for _, m := range e.Value.Members {
		switch v := m.Value; m.Name {
		case "name":
			name, _ := d.text(v, "name")
			t.Name = name.Text
		case "type":
			t.Type, _ = d.text(v, "type")
		case "parent":
			t.Parent = d.tenantRef(v, "parent")
		case "status":
			t.Status = d.word(v, "status", tenantStatuses[:]...)
		case "rbac_mode":
			t.RBACMode = d.word(v, "rbac_mode", rbacModes[:]...)
		case "guardrails":
			t.Guardrails = d.policyRefs(v, "guardrails")
		case "admins":
			t.Admins = d.admins(v)
		case "auth_providers":
			t.Providers = d.providers(v)
		case "aliases":
			t.Aliases = d.list(v, "aliases")
			for _, a := range t.Aliases {
				d.checkTenant(a)
			}
		case "tags":
			t.Tags = d.tags(v, "tags")
		default:
			d.unknown(m, "a tenant", tenantFields)
		}
	}
	return t
}

// tenantRef reads the id or an alias of a tenant.
func (d *decoder) tenantRef(n *strictjson.Node, what string) Text {
	t, ok := d.text(n, what)
	if ok {
		d.checkTenant(t)
	}
	return t
}

func (d *decoder) checkTenant(t Text) {
	if t.Text == "" {
		d.refuse(t, ruleInvalidTenant, "a tenant has an empty id")
	} else if reason := checkTenantName(t.Text); reason != "" {
		d.refuse(t, ruleInvalidTenant, "%s", reason)
	}
}

// admins reads principals, who need not be in the directory. They are compared
// exactly, so that a wildcard among them would mean nobody.
func (d *decoder) admins(n *strictjson.Node) []Text {
	all := d.list(n, "admins")
	for _, t := range all {
		if strings.Contains(t.Text, "*") {
			d.refuse(t, ruleInvalidID, "%q holds a wildcard; admins are compared exactly", t.Text)
			continue
		}
		d.checkID(t)
	}
	return all
}

// providers reads which auth providers vouch for principals of the tenant. An
// empty object is as if absent: no rows.
func (d *decoder) providers(n *strictjson.Node) map[string]bool {
	if !d.is(n, strictjson.Object, "auth_providers") || len(n.Members) == 0 {
		return nil
	}
	providers := make(map[string]bool, len(n.Members))
	for _, m := range n.Members {
		if m.Name == "" {
			d.errorf(m.Value, ruleInvalidName, "auth_providers has a provider without a name")
			continue
		}
		providers[m.Name] = d.flag(m.Value, fmt.Sprintf("auth provider %q", m.Name))
	}
	return providers
}
