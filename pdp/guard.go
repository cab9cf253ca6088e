package pdp

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/conditions"
)

// establish reads the request into s and returns why it is malformed, or "".
// It is the guard in front of every decision: nothing after it can fail.
func (e *Engine) establish(s *scratch, r *Request) string {
	switch {
	case r.Malformed != "":
		return r.Malformed
	case r.Time.IsZero():
		return "time: the request has none"
	}
	s.now, s.context = r.Time, r.Context
	if why := e.establishPrincipal(s, r); why != "" {
		return why
	}
	if why := s.establishResource(r); why != "" {
		return why
	}
	if why := s.establishAction(r); why != "" {
		return why
	}
	return checkContext(r)
}

// establishPrincipal finds out who asks and what is attached to them.
func (e *Engine) establishPrincipal(s *scratch, r *Request) string {
	p := &r.Principal
	if p.Anonymous() {
		if len(p.Groups)+len(p.Roles)+len(p.Tags) > 0 {
			return "principal: groups, roles and tags belong to somebody, and the id is empty"
		}
		s.who = subject{kind: kindAnonymous}
		return ""
	}
	id := e.Canonical(p.ID)
	if s.entry = e.entries[id]; s.entry != nil {
		s.who = s.entry.subject
	} else {
		a, err := parseID(id)
		if err != nil {
			return "principal: " + err.Error()
		}
		s.who = newSubject(id, a)
		if s.who.isSession() {
			s.entry = e.sessions[s.who.session]
		}
	}
	s.caller = e.roster.find(&s.who)
	return e.establishFacts(s, p)
}

// establishFacts weighs what the request says about its principal against the
// directory (see Trust).
func (e *Engine) establishFacts(s *scratch, p *Principal) string {
	trusted := p.Trust != TrustNothing || !e.declaresUsers
	if s.entry != nil {
		s.policies, s.principalTags = s.entry.policies, s.entry.tags
		if trusted = p.Trust == TrustFacts; !trusted {
			return s.entry.contradiction(p)
		}
	}
	if !trusted {
		return ""
	}
	if len(p.Tags) > 0 {
		var why string
		if s.principalTags, why = foldTags(&s.tagBuffers[0], p.Tags); why != "" {
			return "principal.tags: " + why
		}
	}
	if len(p.Groups) > 0 || len(p.Roles) > 0 {
		e.attach(s, p)
	}
	return ""
}

// attach gathers the policies of the groups and roles that a trusted request
// lists. Groups replace those of the directory. Names that the directory does not
// have attach nothing.
func (e *Engine) attach(s *scratch, p *Principal) {
	list := s.policyBuffer[:0]
	switch {
	case s.entry != nil && len(p.Groups) > 0:
		list = append(list, s.entry.own...)
	case s.entry != nil:
		list = append(list, s.entry.policies...)
	}
	for _, g := range distinct(p.Groups) {
		list = append(list, e.groups[g]...)
	}
	for _, r := range distinct(p.Roles) {
		list = append(list, e.roles[r]...)
	}
	slices.Sort(list)
	s.policyBuffer = list
	s.policies = slices.Compact(list)
}

// distinct returns names without repeats, so that a request that names one group a
// hundred thousand times costs no more than one that names it once. A few repeats
// do no harm.
func distinct(names []string) []string {
	const few = 32
	if len(names) <= few {
		return names
	}
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// establishResource finds out what is acted upon, and whose it is.
func (s *scratch) establishResource(r *Request) string {
	if s.resource = r.Resource.ID; s.resource == "" {
		return `resource: the id is empty; an action without a resource acts on "*"`
	}
	a, err := parseID(s.resource)
	if err != nil {
		return "resource: " + err.Error()
	}
	if !a.IsZero() {
		s.resourceARN, s.resourceTenant = s.resource, a.Tenant()
	}
	if a.WAMI() {
		s.resourceWAMI = s.resource
	}
	s.cross = !sameTenant(s.who.tenant, s.resourceTenant)
	if len(r.Resource.Tags) > 0 {
		var why string
		if s.resourceTags, why = foldTags(&s.tagBuffers[1], r.Resource.Tags); why != "" {
			return "resource.tags: " + why
		}
	}
	return ""
}

// sameTenant is the relation in a bundle that declares no tenants: same if equal,
// if the resource's tenant lies below the principal's, or if one side has none.
func sameTenant(principal, resource string) bool {
	if principal == "" || resource == "" || principal == resource {
		return true
	}
	below, ok := strings.CutPrefix(resource, principal)
	return ok && below[0] == '/'
}

// establishAction reads the action, or the alternatives that a permission without
// an action stands for.
func (s *scratch) establishAction(r *Request) string {
	s.actions = s.actionsBuffer[:0]
	if r.Permission != "" {
		if strings.Count(r.Permission, "|") >= MaxAlternatives {
			return "permission: it has more than " + strconv.Itoa(MaxAlternatives) + " alternatives"
		}
		for alternative := range strings.SplitSeq(r.Permission, "|") {
			if why := checkAction(alternative); why != "" {
				return "permission: " + why
			}
			if alternative == self && r.Permission != self {
				return `permission: "self" stands alone, not among alternatives`
			}
			s.actions = append(s.actions, alternative)
		}
		s.self = r.Permission == self
	}
	if r.Action != "" || r.Permission == "" {
		if why := checkAction(r.Action); why != "" {
			return "action: " + why
		}
		s.actions = append(s.actions[:0], r.Action)
	}
	s.actionsBuffer = s.actions
	return ""
}

// MaxAlternatives is how many alternatives a Permission may have. Each costs a
// decision of its own.
const MaxAlternatives = 64

// self is the permission of whoever is somebody.
const self = "self"

// checkAction says why a request's action is malformed, or "".
func checkAction(action string) string {
	if action == "" {
		return "it is empty"
	}
	for _, r := range action {
		if forbiddenInAction(r) || r == '*' || r == '?' {
			return fmt.Sprintf(`%.80q holds a blank, a control character, "|", "*" or "?"`, action)
		}
	}
	if !utf8.ValidString(action) {
		return fmt.Sprintf("%.80q is not valid UTF-8", action)
	}
	return ""
}

// checkContext refuses a request that sets the engine's own keys.
func checkContext(r *Request) string {
	for _, name := range r.Context.Names() {
		if ReservedKey(name) {
			return fmt.Sprintf("context: %.80q is derived by MayI and cannot be set", name)
		}
	}
	return ""
}

// foldTags returns the tags by their folded keys, in buffer if there is anything
// to fold, or says which keys would be one.
func foldTags(buffer *map[string]string, tags map[string]string) (map[string]string, string) {
	if *buffer == nil {
		*buffer = make(map[string]string, len(tags))
	}
	for key, v := range tags {
		(*buffer)[conditions.Fold(key)] = v
	}
	if _, empty := tags[""]; empty {
		return nil, "a tag has an empty key"
	}
	if len(*buffer) == len(tags) {
		return *buffer, ""
	}
	seen := make(map[string]string, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if first, dup := seen[conditions.Fold(key)]; dup {
			return nil, fmt.Sprintf("%.80q and %.80q differ only in case", first, key)
		}
		seen[conditions.Fold(key)] = key
	}
	return *buffer, ""
}
