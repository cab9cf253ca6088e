package pdp

import (
	"strings"
	"time"

	"github.com/mayi-authz/mayi/arn"
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
	{"aws:principalaccount", func(s *scratch) conditions.Value { return text(s.orAnonymous(s.tenant)) }},
	{"aws:principaltype", func(s *scratch) conditions.Value { return text(s.who.kind) }},
	{"aws:principaltag/", nil}, // see coreTags
	{"aws:principalorgid", nil},
	{"aws:principalorgpaths", nil},
	{"aws:principalisawsservice", nil},
	{"aws:principalservicename", nil},
	{"aws:principalservicenameslist", nil},
	{"aws:principalisroot", func(s *scratch) conditions.Value { return yes(s.root || s.who.kind == kindAccount) }},
	{"aws:username", func(s *scratch) conditions.Value { return text(s.who.username) }},
	{"aws:userid", func(s *scratch) conditions.Value { return text(s.orAnonymous(s.who.id)) }},
	{"aws:resourcearn", func(s *scratch) conditions.Value { return text(s.resourceARN.String()) }},
	{"aws:resourceaccount", func(s *scratch) conditions.Value { return text(s.resourceTenant) }},
	{"aws:resourceorgid", nil},
	{"aws:resourceorgpaths", nil},
	{"aws:resourcetag/", nil}, // see coreTags
	{"aws:currenttime", func(s *scratch) conditions.Value { return conditions.Text(s.clock.current(s.now)) }},
	{"aws:epochtime", func(s *scratch) conditions.Value { return conditions.One(conditions.Number(s.clock.epoch(s.now))) }},

	// What only a session has.
	{"aws:principalsessionname", (*scratch).sessionName},
	{"aws:tokenissuetime", (*scratch).tokenIssueTime},
	{"aws:multifactorauthpresent", (*scratch).mfaPresent},
	{"aws:multifactorauthage", (*scratch).mfaAge},
	{"aws:federatedprovider", (*scratch).federatedProvider},
	{"wami:multifactormethods", (*scratch).mfaMethods},
	{"wami:assumerolechain", (*scratch).assumeRoleChain},
	{"wami:assumeroledepth", (*scratch).assumeRoleDepth},
	{"wami:originalprincipalarn", (*scratch).originalPrincipal},
	{"wami:sessionid", (*scratch).sessionID},
	{"wami:sessionage", (*scratch).sessionAge},
	{"wami:identityprovider", func(s *scratch) conditions.Value { return text(s.provider) }},

	{"wami:tenantid", func(s *scratch) conditions.Value { return text(s.tenant) }},
	{"wami:principaltenantid", func(s *scratch) conditions.Value { return text(s.tenant) }},
	{"wami:resourcetenantid", func(s *scratch) conditions.Value { return text(s.resourceTenant) }},
	{"wami:crosstenantrequest", func(s *scratch) conditions.Value { return yes(s.cross) }},
	{"wami:arn", func(s *scratch) conditions.Value { return text(wamiARN(s.resourceARN)) }},
	{"wami:resourcewamiarn", func(s *scratch) conditions.Value { return text(wamiARN(s.resourceARN)) }},
	{"wami:sourcewamiarn", func(s *scratch) conditions.Value { return text(s.who.wami) }},
	{"wami:arnprovider", func(s *scratch) conditions.Value { return text(providerOf(s.resourceARN)) }},
	{"wami:arnservice", func(s *scratch) conditions.Value { return text(ofARN(s.resourceARN, arn.ARN.Service)) }},
	{"wami:arnresourcetype", func(s *scratch) conditions.Value { return text(ofARN(s.resourceARN, arn.ARN.ResourceType)) }},
	{"wami:tenantname", func(s *scratch) conditions.Value { return text(s.home.getName()) }},
	{"wami:tenantstatus", func(s *scratch) conditions.Value { return text(s.home.getStatus()) }},
	{"wami:tenanttag/", nil}, // see coreTags
	{"wami:tenanthierarchypath", func(s *scratch) conditions.Value { return text(s.tenantPath()) }},
	{"wami:parenttenantid", func(s *scratch) conditions.Value { return text(s.parentTenant()) }},
	{"wami:roottenantid", func(s *scratch) conditions.Value { return text(s.rootTenant()) }},
	{"wami:tenanttier", nil},
	{"wami:tenantregion", nil},
	{"wami:tenantcreationdate", nil},
}

const (
	principalTag = "aws:principaltag/"
	resourceTag  = "aws:resourcetag/"
	tenantTag    = "wami:tenanttag/"
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
// is malformed, and no route, claim mapping or Decide caller may set one. The names
// that riam has for some of AWS's keys are reserved too: a policy means AWS's by
// them, and nobody would look at them in a request.
func ReservedKey(folded string) bool {
	_, ok := findCoreKey(folded)
	return ok || strings.HasPrefix(folded, "riam:") && riamKeys[folded] != ""
}

// findCoreKey returns the row of a key or of its family.
func findCoreKey(folded string) (int, bool) {
	if !strings.HasPrefix(folded, "aws:") && !strings.HasPrefix(folded, "wami:") {
		return 0, false
	}
	if family, _, ok := strings.Cut(folded, "/"); ok {
		folded = folded[:len(family)+1]
	}
	if coreLengths[len(folded)%len(coreLengths)]&(1<<(folded[len(folded)-1]&31)) == 0 {
		return 0, false
	}
	i, ok := coreIndex[folded]
	return i, ok
}

// coreLengths has for each length of a name the letters in which names of core keys
// of that length end. Of the names that a door sets, hardly one passes, so that the
// others need not be hashed: 13 ns instead of 21.
var coreLengths = func() (letters [64]uint32) {
	for _, k := range &coreKeys {
		letters[len(k.name)%len(letters)] |= 1 << (k.name[len(k.name)-1] & 31)
	}
	return letters
}()

// byRow puts what belongs to some core keys in the order of coreKeys.
func byRow[T any](of map[string]T) (rows [len(coreKeys)]T) {
	for name, x := range of {
		rows[coreIndex[name]] = x
	}
	return rows
}

// coreTags are the families of tags.
var coreTags = byRow(map[string]func(*scratch) map[string]string{
	principalTag: func(s *scratch) map[string]string { return s.principalTags },
	resourceTag:  func(s *scratch) map[string]string { return s.resourceTags },
	tenantTag:    func(s *scratch) map[string]string { return s.home.getTags() },
})

// coreTimes are the points in time; a zero one is absent.
var coreTimes = byRow(map[string]func(*scratch) time.Time{
	"aws:currenttime":    func(s *scratch) time.Time { return s.now },
	"aws:epochtime":      func(s *scratch) time.Time { return s.now },
	"aws:tokenissuetime": (*scratch).issuedAt,
})

// coreRows are the rows of coreKeys by those of conditions.KnownKeys, -1 for the
// keys that are not the engine's.
var coreRows = func() []int {
	known := conditions.KnownKeys()
	rows := make([]int, len(known))
	for i := range known {
		rows[i] = -1
		if row, ok := findCoreKey(conditions.Fold(known[i].Name)); ok {
			rows[i] = row
		}
	}
	return rows
}()

// Value is the conditions' view of a request: the engine's own keys first, then
// the request's. With Lookup and Seconds it makes a scratch a conditions.Source.
func (s *scratch) Value(folded string) conditions.Value {
	if row, ok := findCoreKey(folded); ok {
		return s.core(row, folded[len(coreKeys[row].name):])
	}
	return s.context.Value(folded)
}

// Lookup is Value for a key that need not be found by its name any more.
func (s *scratch) Lookup(k *conditions.Key) conditions.Value {
	if k.Own() {
		return s.context.Lookup(k)
	}
	known := k.Row()
	switch {
	case known < 0:
		return s.Value(k.Name())
	case coreRows[known] >= 0:
		return s.core(coreRows[known], k.Tag())
	}
	return s.context.Lookup(k)
}

// core returns the value of a core key. tag is what follows the name of its family.
func (s *scratch) core(row int, tag string) conditions.Value {
	switch {
	case coreKeys[row].derive != nil:
		return coreKeys[row].derive(s)
	case coreTags[row] != nil:
		return tagOf(coreTags[row](s), tag)
	}
	return conditions.Absent()
}

// Seconds answers for the points in time among the core keys, of years that as a
// text, or as a number, could not be taken for anything else.
func (s *scratch) Seconds(k *conditions.Key) (int64, bool) {
	known := k.Row()
	if known < 0 || coreRows[known] < 0 || coreTimes[coreRows[known]] == nil {
		return 0, false
	}
	t := coreTimes[coreRows[known]](s)
	if t.IsZero() {
		return 0, false
	}
	const first, last = 10_000, 253_402_300_799 // a shorter number is a year; 9999-12-31T23:59:59Z
	sec := t.Unix()
	return sec, first <= sec && sec <= last
}

// text is a value that is absent if empty.
func text(s string) conditions.Value {
	if s == "" {
		return conditions.Absent()
	}
	return conditions.Text(s)
}

// yes is a boolean.
func yes(b bool) conditions.Value { return conditions.One(conditions.Bool(b)) }

// tagOf looks up a tag by its folded key; an empty tag is there.
func tagOf(tags map[string]string, folded string) conditions.Value {
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

// wamiARN returns a WAMI ARN as text, "" for any other.
func wamiARN(a arn.ARN) string {
	if a.WAMI() {
		return a.String()
	}
	return ""
}

// providerOf returns the cloud that an ARN is of: the provider of a WAMI name, and
// of any other its partition.
func providerOf(a arn.ARN) string {
	if provider := a.Provider(); provider != "" {
		return provider
	}
	return ofARN(a, arn.ARN.Partition)
}

// ofARN returns a part of an ARN, "" if there is none.
func ofARN(a arn.ARN, part func(arn.ARN) string) string {
	if a.IsZero() {
		return ""
	}
	return part(a)
}
