package pdp

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mayi-authz/mayi/conditions"
)

// establish reads the request into s and returns why it is malformed, or "".
// It comes before every guard: nothing after it can fail.
func (e *Engine) establish(s *scratch, r *Request) string {
	switch {
	case r.Malformed != "":
		return r.Malformed
	case r.Time.IsZero():
		return "time: the request has none"
	}
	if why := r.excess(); why != "" {
		return why
	}
	s.context = r.Context
	if why := e.establishPrincipal(s, r); why != "" {
		return why
	}
	if why := e.establishSession(s, r); why != "" {
		return why
	}
	if why := e.establishFacts(s, &r.Principal); why != "" {
		return why
	}
	if why := e.establishTenant(s, &r.Principal); why != "" {
		return why
	}
	if why := e.establishResource(s, &r.Resource); why != "" {
		return why
	}
	if why := s.establishAction(r); why != "" {
		return why
	}
	s.root = e.isRoot(s, r)
	return checkContext(r)
}

// establishPrincipal finds out who asks.
func (e *Engine) establishPrincipal(s *scratch, r *Request) string {
	p := &r.Principal
	s.who = &s.stranger
	if p.Anonymous() {
		if len(p.Groups)+len(p.Roles)+len(p.Tags) > 0 {
			return "principal: groups, roles and tags belong to somebody, and the id is empty"
		}
		s.stranger = subject{kind: kindAnonymous}
		return ""
	}
	if s.entry = e.entries[p.ID]; s.entry != nil {
		s.who = &s.entry.subject
		return ""
	}
	a, err := parseID(p.ID)
	if err != nil {
		return "principal: " + err.Error()
	}
	s.stranger = readSubject(p.ID, a, &s.identity)
	if s.who.isSession() {
		s.entry = e.sessions[*s.who.session]
	}
	return ""
}

// establishResource finds out what is acted upon, and whose it is.
func (e *Engine) establishResource(s *scratch, r *Resource) string {
	if s.resource = r.ID; s.resource == "" {
		return `resource: the id is empty; an action without a resource acts on "*"`
	}
	var err error
	if s.resourceARN, err = parseID(s.resource); err != nil {
		return "resource: " + err.Error()
	}
	s.known = e.known[s.resource]
	if why := e.establishOwner(s, r); why != "" {
		return why
	}
	if s.known != nil && s.known.tags != nil {
		s.resourceTags = s.known.tags
		return s.known.contradiction(r)
	}
	if len(r.Tags) > 0 {
		var why string
		if s.resourceTags, why = foldTags(&s.tagBuffers[1], r.Tags); why != "" {
			return "resource.tags: " + why
		}
	}
	return ""
}

// contradiction says which tag of a request the bundle knows better, or "".
func (k *knownResource) contradiction(r *Resource) string {
	for key, value := range r.Tags {
		if v, ok := k.tags[conditions.Fold(key)]; !ok || v != value {
			return fmt.Sprintf("resource.tags: by the bundle %.80q does not have the tag %.80q with this value", r.ID, key)
		}
	}
	return ""
}

// establishAction reads the action and what is asked of roles and scopes: the
// alternatives of a permission or, without one, the action.
func (s *scratch) establishAction(r *Request) string {
	s.alternatives = s.alternativesBuffer[:0]
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
			s.alternatives = append(s.alternatives, alternative)
		}
		s.self = r.Permission == self
	}
	if s.fixedAction = r.Action; r.Action != "" || r.Permission == "" {
		if why := checkAction(r.Action); why != "" {
			return "action: " + why
		}
	}
	if r.Permission == "" {
		s.alternatives = append(s.alternatives, r.Action)
	}
	s.alternativesBuffer = s.alternatives
	return ""
}

// self is the permission of whoever is somebody.
const self = "self"

// checkAction says why a request's action is malformed, or "".
func checkAction(action string) string {
	if action == "" {
		return "it is empty"
	}
	if plainAction(action) {
		return ""
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

// plainAction reports whether an action holds nothing but the letters, digits and
// marks that nearly all of them are made of. A look at each rune takes six times as
// long.
func plainAction(action string) bool {
	for i := range len(action) {
		if !plainInAction[action[i]] {
			return false
		}
	}
	return true
}

var plainInAction = func() (plain [256]bool) {
	for c := byte('!'); c <= '~'; c++ {
		plain[c] = c != '|' && c != '*' && c != '?'
	}
	return plain
}()

// checkContext refuses a request that sets the engine's own keys.
func checkContext(r *Request) string {
	for _, name := range r.Context.Names() {
		if ReservedKey(name) {
			return fmt.Sprintf("context: %.80q is derived by MayI and cannot be set", name)
		}
	}
	return ""
}
