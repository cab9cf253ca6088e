package pdp

import (
	"slices"

	"github.com/mayi-authz/mayi/conditions"
)

// A layer asks the statements of one part of the evaluation and notes in
// scratch.found what they say.
type layer func(*scratch)

// layers are all of them in canonical order, so that Denies are noted in it.
var layers = [...]layer{
	askIdentity,
	askBoundary,
	askSession,
	askGuardrails,
	askResource,
	askTrust,
}

// found is what the layers say about one action. Of Denies all count; of Allows the
// first of each use.
type found struct {
	denied Decision // its deciding statements are the Denies that apply
	sure   bool     // a Deny applies without any unknown

	identity, boundary, session *statement  // the first Allow
	rails                       []railAllow // the first Allow of each guardrail policy
	resource, trust             reach
}

// A reach is the first Allow of a layer with principals by how it means the caller.
type reach struct {
	exact      *statement // by its very id
	direct     *statement // by its very id, or "*"
	viaRole    *statement // by the role of its session
	viaAccount *statement // by its account or tenant
	across     *statement // in any way that reaches into other tenants
}

// A railAllow is an Allow of a guardrail.
type railAllow struct {
	policy int32
	ref    *statement
	needed bool // by a level of the principal's path
}

// deny notes a Deny that applies, or is not known not to.
func (f *found) deny(c *statement, layer Layer, t conditions.Tri) {
	f.denied.determine(c, layer)
	f.sure = f.sure || t == conditions.True
}

// ask notes the Denies of a policy without principals that apply, and returns the
// first Allow that does. Allows are not asked for if there is one already, or if
// they would not count.
func (s *scratch) ask(p *policy, layer Layer, allow *statement, counts bool) *statement {
	s.find.found = s.find.found[:0]
	mark := uint32(0)
	if !counts {
		mark = aside
	}
	if p.block != nil {
		s.find.look(p.block, mark)
	} else {
		s.find.all(p.from, p.to, mark)
	}
	return s.askFound(p.of, layer, allow)
}

// askFound is ask for the statements that were found.
func (s *scratch) askFound(of *corpus, layer Layer, allow *statement) *statement {
	last := uint32(0)
	for _, n := range s.find.sorted() {
		if n|aside == last {
			continue
		}
		last = n | aside
		c := &of.statements[n>>1]
		counts := n&aside == 0
		if c.document {
			allow = s.hear(c.from.first, counts, allow)
			continue
		}
		if c.effect == Allow && (allow != nil || !counts) {
			continue
		}
		switch t := c.applies(of, s); {
		case t == conditions.False:
		case c.effect == Deny:
			s.found.deny(c, layer, t)
		case t == conditions.True:
			allow = c
		}
	}
	return allow
}

// askIdentity asks the policies of the principal, and those that speak without
// being attached. What a membership attaches allows in its tenant only, and denies
// everywhere.
func askIdentity(s *scratch) {
	s.find.found = s.find.found[:0]
	for i := range s.blocks {
		h := &s.blocks[i]
		if s.counts(h) {
			s.find.look(h.block, 0)
		} else {
			s.find.look(h.block, aside)
		}
	}
	for _, n := range s.e.speaking {
		s.find.add(n, aside)
	}
	s.found.identity = s.askFound(&s.e.corpus, LayerIdentity, nil)
}

// counts reports whether the Allows of a block count.
func (s *scratch) counts(h *heldBlock) bool {
	for _, m := range h.memberships {
		if int(m) < len(s.memberships) && s.memberships[m].reaches(s.owner) {
			return true
		}
	}
	return h.memberships == nil
}

// hear asks a policy that decides by first match.
func (s *scratch) hear(m *firstMatch, attached bool, allow *statement) *statement {
	c, known := m.opinion(s, attached)
	switch {
	case c == nil:
	case c.effect == Deny:
		s.found.deny(c, LayerIdentity, known)
	case allow == nil:
		return c
	}
	return allow
}

func askBoundary(s *scratch) {
	if s.boundary != nil {
		s.found.boundary = s.ask(s.boundary, LayerBoundary, nil, true)
	}
}

func askSession(s *scratch) {
	for _, p := range s.limits {
		s.found.session = s.ask(p, LayerSession, s.found.session, true)
	}
}

// askGuardrails asks the guardrails on the paths of both tenants. Those of the
// resource's path only deny.
func askGuardrails(s *scratch) {
	var mine, theirs []int32
	if s.home != nil {
		mine = s.home.pathRails
	}
	if s.owner != nil && s.owner != s.home {
		theirs = s.owner.pathRails
	}
	s.found.rails = s.railBuffer[:0]
	for len(mine)+len(theirs) > 0 {
		var n int32
		counts := len(theirs) == 0 || len(mine) > 0 && mine[0] <= theirs[0]
		if counts {
			n, mine = mine[0], mine[1:]
		} else {
			n = theirs[0]
		}
		if len(theirs) > 0 && theirs[0] == n {
			theirs = theirs[1:]
		}
		if ref := s.ask(&s.e.identity[n], LayerGuardrail, nil, counts); ref != nil {
			s.found.rails = append(s.found.rails, railAllow{policy: n, ref: ref})
		}
	}
	s.railBuffer = s.found.rails
}

func askResource(s *scratch) {
	s.find.found = s.find.found[:0]
	s.find.lookFor(s.caller, s.e.audience)
	s.askPrincipals(&s.e.corpus, LayerResource, &s.found.resource)
}

// askTrust asks the trust policy of the role that is to be assumed; no other action
// has to do with it.
func askTrust(s *scratch) {
	if !assumesRole(s.action) {
		return
	}
	r := s.e.roles[s.resource]
	if r == nil || r.trust == nil {
		return
	}
	s.find.found = s.find.found[:0]
	if r.trust.audience != nil {
		s.find.lookFor(s.caller, r.trust.audience)
	} else {
		s.find.all(r.trust.from, r.trust.to, 0)
	}
	s.askPrincipals(r.trust.of, LayerTrust, &s.found.trust)
}

// askPrincipals asks the statements that were found, which say themselves whom they
// are for.
func (s *scratch) askPrincipals(of *corpus, layer Layer, to *reach) {
	last := ^uint32(0)
	for _, n := range s.find.sorted() {
		if n == last {
			continue
		}
		last = n
		c := &of.statements[n>>1]
		principals := of.principals[c.principals]
		g := principals.grip(s.caller)
		if principals.not && s.boundary != nil {
			g = gripExact // IAM: a NotPrincipal means whoever has a permissions boundary
		}
		if g == 0 || c.effect == Allow && !to.wants(g, s.e.starReaches()) {
			continue
		}
		switch t := c.applies(of, s); {
		case t == conditions.False:
		case c.effect == Deny:
			s.found.deny(c, layer, t)
		case t == conditions.True:
			to.note(g, s.e.starReaches(), c)
		}
	}
}

// starReaches reports whether "*" means principals of other tenants too.
func (e *Engine) starReaches() bool { return !e.declaresTenants || e.starCrosses }

// wants reports whether an Allow with this grip would add anything.
func (r *reach) wants(g grip, star bool) bool {
	return g&gripExact != 0 && r.exact == nil ||
		g&(gripExact|gripEveryone) != 0 && r.direct == nil ||
		g&gripRole != 0 && r.viaRole == nil ||
		g&gripAccount != 0 && r.viaAccount == nil ||
		g.crosses(star) && r.across == nil
}

// note notes an Allow for each use that had none yet.
func (r *reach) note(g grip, star bool, c *statement) {
	set := func(to **statement, first bool) {
		if first && *to == nil {
			*to = c
		}
	}
	set(&r.exact, g&gripExact != 0)
	set(&r.direct, g&(gripExact|gripEveryone) != 0)
	set(&r.viaRole, g&gripRole != 0)
	set(&r.viaAccount, g&gripAccount != 0)
	set(&r.across, g.crosses(star))
}

// guarded reports whether each level of the principal's path that has guardrails
// has one that allows, and marks the first of each level as needed.
func (s *scratch) guarded() bool {
	for t := s.home; t != nil; t = t.parent {
		if len(t.rails) > 0 && !s.found.railed(t) {
			return false
		}
	}
	return true
}

func (f *found) railed(t *tenant) bool {
	for i := range f.rails {
		if _, ok := slices.BinarySearch(t.rails, f.rails[i].policy); ok {
			f.rails[i].needed = true
			return true
		}
	}
	return false
}
