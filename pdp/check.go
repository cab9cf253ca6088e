package pdp

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A checker asks what only all documents together can answer: whether what they
// refer to is there, and whether they contradict each other. It changes nothing of
// the engine, so that what the compiler steps build may rely on all of it.
type checker struct {
	c        *compiler
	declared bool               // tenants are declared
	tenants  map[string]*Tenant // by id
	aliases  map[string]string  // of tenants, to ids
	claims   map[string]claimed // ids and aliases of tenants
	owners   map[string]string  // of declared roles, their tenants; "" is everybody
}

// check refuses documents that are right alone and wrong together. It needs all
// policies and roles. Whether a policy that is attached is there is asked where it is
// attached.
func (c *compiler) check() {
	k := &checker{
		c:       c,
		tenants: make(map[string]*Tenant), aliases: make(map[string]string), claims: make(map[string]claimed),
		owners: make(map[string]string),
	}
	for _, doc := range c.docs {
		if dir := doc.Directory; dir != nil {
			k.declared = k.declared || dir.Tenants != nil
			k.claimTenants(dir)
		}
	}
	k.tenantTree()
	for dir := range k.directories() {
		for i := range dir.Roles {
			k.role(&dir.Roles[i])
		}
	}
	for dir := range k.directories() {
		for i := range dir.Tenants {
			k.tenant(&dir.Tenants[i])
		}
		for i := range dir.Users {
			k.user(&dir.Users[i])
		}
	}
	k.revokedSessions()
	k.knownResources()
	k.regions()
	k.policyTenants()
	k.routeTenants()
	c.e.declared = k.schema()
	k.settings()
}

func (k *checker) directories() iter.Seq[*Directory] {
	return func(yield func(*Directory) bool) {
		for _, doc := range k.c.docs {
			if doc.Directory != nil && !yield(doc.Directory) {
				return
			}
		}
	}
}

// word checks what Decode has seen to already, for documents made by hand: an
// unknown status or mode must not become the usual one.
func (k *checker) word(t Text, what string, known []string) {
	if t.Text != "" && !slices.Contains(known, t.Text) {
		k.c.errorf(t.Place, ruleUnknownValue, "%s is %q; expected one of %s", what, t.Text, strings.Join(known, ", "))
	}
}

func (k *checker) instant(t Text, what string) {
	if t.Text == "" {
		return
	}
	if _, err := parseInstant(t.Text); err != nil {
		k.c.errorf(t.Place, ruleInvalidTime, "%s is %.80q; expected a time as in RFC 3339, such as 2030-01-31T12:00:00Z", what, t.Text)
	}
}

func (k *checker) settings() {
	for _, doc := range k.c.docs {
		if doc.Manifest != nil {
			k.instant(doc.Manifest.Expiry, "expiry")
		}
	}
}

// revokedSessions refuses ids that are empty or there twice.
func (k *checker) revokedSessions() {
	first := make(map[string]strictjson.Place)
	for dir := range k.directories() {
		for _, id := range dir.RevokedSessions {
			switch place, dup := first[id.Text]; {
			case id.Text == "":
				k.c.errorf(id.Place, ruleEmptyString, "the id of a revoked session is empty")
			case dup:
				k.c.errorf(id.Place, ruleDuplicate, "session %q is revoked at %s too", id.Text, place)
			default:
				first[id.Text] = id.Place
			}
		}
	}
}

// called says what a thing of a document is, for messages.
func called(what string, id Text) string { return fmt.Sprintf("%s %.256q", what, id.Text) }
