package pdp

import (
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
)

// A coreKey is a context key that only the engine sets: from the principal, the
// directory, the resource, their tenants and the request's time. Nobody else may,
// not even where the engine cannot derive it: then it is absent.
type coreKey struct {
	name   string                          // folded; a name that ends in "/" is a family
	derive func(*scratch) conditions.Value // nil: not derivable yet
}

// coreKeys is the table of them: AWS's names first, then WAMI's.
var coreKeys = [...]coreKey{
	{"aws:principalarn", func(s *scratch) conditions.Value { return text(s.principalARN()) }},
	{"aws:principalaccount", func(s *scratch) conditions.Value { return text(s.orAnonymous(s.who.tenant)) }},
	{"aws:principaltype", func(s *scratch) conditions.Value { return text(s.who.kind) }},
	{"aws:principaltag/", nil}, // see tag
	{"aws:principalorgid", nil},
	{"aws:principalorgpaths", nil},
	{"aws:principalisawsservice", nil},
	{"aws:principalservicename", nil},
	{"aws:principalservicenameslist", nil},
	{"aws:principalisroot", nil},
	{"aws:principalsessionname", nil},
	{"aws:username", func(s *scratch) conditions.Value { return text(s.who.username) }},
	{"aws:userid", func(s *scratch) conditions.Value { return text(s.orAnonymous(s.who.id)) }},
	{"aws:resourcearn", func(s *scratch) conditions.Value { return text(s.resourceARN) }},
	{"aws:resourceaccount", func(s *scratch) conditions.Value { return text(s.resourceTenant) }},
	{"aws:resourceorgid", nil},
	{"aws:resourceorgpaths", nil},
	{"aws:resourcetag/", nil}, // see tag
	{"aws:currenttime", func(s *scratch) conditions.Value { return conditions.Text(s.clock.current(s.now)) }},
	{"aws:epochtime", func(s *scratch) conditions.Value { return conditions.One(conditions.Number(s.clock.epoch(s.now))) }},

	{"wami:tenantid", func(s *scratch) conditions.Value { return text(s.who.tenant) }},
	{"wami:principaltenantid", func(s *scratch) conditions.Value { return text(s.who.tenant) }},
	{"wami:resourcetenantid", func(s *scratch) conditions.Value { return text(s.resourceTenant) }},
	{"wami:crosstenantrequest", func(s *scratch) conditions.Value { return conditions.One(conditions.Bool(s.cross)) }},
	{"wami:resourcewamiarn", func(s *scratch) conditions.Value { return text(s.resourceWAMI) }},
	{"wami:arn", nil},
	{"wami:arnprovider", nil},
	{"wami:arnservice", nil},
	{"wami:arnresourcetype", nil},
	{"wami:sourcewamiarn", nil},
	{"wami:originalprincipalarn", nil},
	{"wami:tenantname", nil},
	{"wami:tenanttier", nil},
	{"wami:tenantregion", nil},
	{"wami:tenantcreationdate", nil},
	{"wami:tenantstatus", nil},
	{"wami:tenanttag/", nil},
	{"wami:tenanthierarchypath", nil},
	{"wami:parenttenantid", nil},
	{"wami:roottenantid", nil},
}

const (
	principalTag = "aws:principaltag/"
	resourceTag  = "aws:resourcetag/"
)

// coreIndex finds a row of coreKeys by its name.
var coreIndex = func() map[string]int {
	index := make(map[string]int, len(coreKeys))
	for i, k := range &coreKeys {
		index[k.name] = i
	}
	return index
}()

// ReservedKey reports whether a key, its name folded, is the engine's own: derived
// from principal, directory, resource and clock. A request whose Context holds one
// is malformed, and no route, claim mapping or Decide caller may set one.
func ReservedKey(folded string) bool {
	_, ok := findCoreKey(folded)
	return ok
}

// findCoreKey returns the row of a key or of its family.
func findCoreKey(folded string) (int, bool) {
	if !strings.HasPrefix(folded, "aws:") && !strings.HasPrefix(folded, "wami:") {
		return 0, false
	}
	if family, _, ok := strings.Cut(folded, "/"); ok {
		folded = folded[:len(family)+1]
	}
	i, ok := coreIndex[folded]
	return i, ok
}

// Value is the conditions' view of a request: the engine's own keys first, then
// the request's. It makes a scratch a conditions.Source.
func (s *scratch) Value(folded string) conditions.Value {
	i, ok := findCoreKey(folded)
	switch {
	case !ok:
		return s.context.Value(folded)
	case coreKeys[i].derive != nil:
		return coreKeys[i].derive(s)
	}
	if key, ok := strings.CutPrefix(folded, principalTag); ok {
		return tag(s.principalTags, key)
	}
	if key, ok := strings.CutPrefix(folded, resourceTag); ok {
		return tag(s.resourceTags, key)
	}
	return conditions.Absent()
}

// text is a value that is absent if empty.
func text(s string) conditions.Value {
	if s == "" {
		return conditions.Absent()
	}
	return conditions.Text(s)
}

// tag looks up a tag by its folded key; an empty tag is there.
func tag(tags map[string]string, folded string) conditions.Value {
	v, ok := tags[folded]
	if !ok {
		return conditions.Absent()
	}
	return conditions.Text(v)
}

// orAnonymous is how IAM fills the keys that are always there.
func (s *scratch) orAnonymous(v string) string {
	if s.anonymous() {
		return "anonymous"
	}
	return v
}

// A clock remembers how it wrote a second, since many requests share one.
type clock struct {
	second      int64
	iso, number string
}

// tick makes c the clock of t, truncated to its second.
func (c *clock) tick(t time.Time) {
	if u := t.Unix(); u != c.second || c.iso == "" {
		c.second = u
		c.iso = time.Unix(u, 0).UTC().Format("2006-01-02T15:04:05Z")
		c.number = strconv.FormatInt(u, 10)
	}
}

func (c *clock) current(t time.Time) string { c.tick(t); return c.iso }
func (c *clock) epoch(t time.Time) string   { c.tick(t); return c.number }
