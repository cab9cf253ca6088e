package pdp

import (
	"fmt"
	"maps"
	"slices"

	"github.com/mayi-authz/mayi/conditions"
)

// establishFacts weighs what the request says about its principal against the
// directory (see Trust).
func (e *Engine) establishFacts(s *scratch, p *Principal) string {
	trusted := e.trusts(p)
	if s.entry != nil {
		s.blocks, s.principalTags, s.boundary = s.entry.blocks, s.entry.tags, s.entry.boundary
		if !s.who.isSession() {
			s.memberships = s.entry.memberships
		}
		trusted = p.Trust == TrustFacts
	}
	if why := s.sessionTags(trusted); why != "" {
		return "session.tags: " + why
	}
	if len(p.Groups)+len(p.Roles)+len(p.Tags) == 0 {
		return ""
	}
	if s.entry != nil && !trusted {
		return s.entry.contradiction(p, s.principalTags)
	}
	if !trusted {
		return ""
	}
	if len(p.Tags) > 0 {
		if why := s.trustedTags(p.Tags); why != "" {
			return "principal.tags: " + why
		}
	}
	if len(p.Groups) > 0 || len(p.Roles) > 0 {
		e.attach(s, p)
	}
	return ""
}

// trustedTags takes the tags of the request for the principal's; those of its
// session stay beside them.
func (s *scratch) trustedTags(tags map[string]string) string {
	own, why := foldTags(&s.tagBuffers[0], tags)
	if why != "" {
		return why
	}
	if s.session != nil {
		for key, v := range s.session.Tags {
			key = conditions.Fold(key)
			if has, ok := own[key]; ok && has != v {
				return fmt.Sprintf("the session says something else of %.80q", key)
			}
			own[key] = v
		}
	}
	s.principalTags = own
	return ""
}

// sessionTags lays the tags of the session over those of its role, which lists the
// keys that a session may bring. The tags of other sessions are what their
// principal's tags are.
func (s *scratch) sessionTags(trusted bool) string {
	if s.session == nil || len(s.session.Tags) == 0 {
		return ""
	}
	ofRole := s.entry != nil && s.entry.role != nil && s.who.isSession()
	if s.entry != nil && !trusted && !ofRole {
		return s.entry.tagContradiction(s.session.Tags, s.entry.tags)
	}
	if s.entry == nil && !trusted {
		return ""
	}
	brought, why := foldTags(&s.tagBuffers[2], s.session.Tags)
	if why != "" {
		return why
	}
	if !ofRole {
		s.principalTags = brought
		return ""
	}
	all, _ := foldTags(&s.tagBuffers[3], s.entry.tags)
	for key, v := range brought {
		if !trusted && !s.entry.role.sessionTags[key] {
			return fmt.Sprintf("the role %.80q does not list the tag %.80q under session_tags", s.entry.role.id, key)
		}
		all[key] = v
	}
	s.principalTags = all
	return ""
}

// attach gathers the policies of the groups and roles that a trusted request
// lists. Groups replace those of the directory. Names that the directory does not
// have attach nothing.
func (e *Engine) attach(s *scratch, p *Principal) {
	list := s.blockBuffer[:0]
	switch {
	case s.entry != nil && len(p.Groups) > 0:
		list = append(list, s.entry.own...)
	case s.entry != nil:
		list = append(list, s.entry.blocks...)
	}
	for _, g := range distinct(p.Groups) {
		if b := e.groups[g]; b != nil {
			list = append(list, heldBlock{block: b})
		}
	}
	for _, r := range distinct(p.Roles) {
		if role := e.roles[r]; role != nil && role.block != nil {
			list = append(list, heldBlock{block: role.block})
		}
	}
	s.blockBuffer, s.blocks = list, list
}

// distinct returns names without repeats, so that a request that names one group a
// thousand times costs no more than one that names it once. A few repeats
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

// contradiction says which fact of a request the directory does not have, or "".
// tags are the principal's, its session's among them.
func (e *entry) contradiction(p *Principal, tags map[string]string) string {
	for _, g := range distinct(p.Groups) {
		if !slices.Contains(e.groups, g) {
			return fmt.Sprintf("principal.groups: by the directory %.80q is not in the group %.80q", p.ID, g)
		}
	}
	for _, r := range distinct(p.Roles) {
		if e.role == nil || r != e.roleARN && r != e.id {
			return fmt.Sprintf("principal.roles: by the directory %.80q does not have the role %.80q", p.ID, r)
		}
	}
	if why := e.tagContradiction(p.Tags, tags); why != "" {
		return "principal.tags: " + why
	}
	return ""
}

func (e *entry) tagContradiction(says, has map[string]string) string {
	for key, value := range says {
		if v, ok := has[conditions.Fold(key)]; !ok || v != value {
			return fmt.Sprintf("by the directory %.80q does not have the tag %.80q with this value", e.id, key)
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
