package pdp

import "github.com/mayi-authz/mayi/conditions"

// A firstMatch is a compiled document of allow-me's dialect.
type firstMatch struct {
	statements []matchStatement
	fallback   *statement // of "default": "allow"; nil: the default is to say nothing
}

// A matchStatement is one statement. It matches if one of its identities, one of its
// operations and one of its resources does.
type matchStatement struct {
	name       *statement // what it is called; nothing of it is asked
	effect     Effect
	anonymous  bool // {{anonymous}} is listed
	identities matchList
	operations matchList
	resources  matchList
}

// A matchList is the texts of one element; any is {{any}} among them.
type matchList struct {
	any   bool
	texts []matchText
}

type matchText struct {
	Matcher
	holes []hole
}

func (l *matchList) add(m Matcher, holes []hole) {
	l.texts = append(l.texts, matchText{m, holes})
}

// opinion returns what the document says: the first statement that matches, in the
// document's order; its effect is what it says, and nil says nothing. attached says
// whether the document is attached to the caller, whom its "default": "allow" is for.
//
// A statement whose variable cannot be read may or may not match. Then whichever
// statement comes first in the end, the decision must not be wider than it:
//
//   - A deny that may match denies, with Unknown. Nothing after it is looked at: an
//     allow behind it would hold only if the deny does not.
//   - An allow that may match is passed over: if it does not match, the statements
//     behind it speak, and only what they allow too is allowed. So it shadows no
//     later deny; such a deny is Unknown itself, because the allow may come first.
//   - A later allow that does match allows: whether the one in front of it matches
//     or not, the outcome is allow. The same goes for the default.
//
// So to learn less about a request never turns a deny into an allow, and each
// outcome is the least of those that the missing fact would lead to.
func (m *firstMatch) opinion(s *scratch, attached bool) (*statement, conditions.Tri) {
	certain := conditions.True
	for i := range m.statements {
		c := &m.statements[i]
		switch t := c.matches(s); {
		case t == conditions.False:
		case c.effect == Deny:
			return c.name, t.And(certain)
		case t == conditions.True:
			return c.name, conditions.True
		default:
			certain = conditions.Unknown
		}
	}
	if attached && m.fallback != nil {
		return m.fallback, conditions.True
	}
	return nil, conditions.False
}

// matches says whether the statement matches, the cheapest question first.
func (c *matchStatement) matches(s *scratch) conditions.Tri {
	t := c.operations.match(s, s.action, s.action)
	if t == conditions.False {
		return t
	}
	if t = t.And(c.matchesIdentity(s)); t == conditions.False {
		return t
	}
	return t.And(c.resources.match(s, s.resource, s.plainResource()))
}

// matchesIdentity never takes nobody for somebody: an allow for {{any}} is for
// whoever has said who they are. A deny for {{any}} holds for the rest too.
func (c *matchStatement) matchesIdentity(s *scratch) conditions.Tri {
	if s.anonymous() {
		return conditions.Of(c.anonymous || c.identities.any && c.effect == Deny)
	}
	return c.identities.match(s, s.who.id, s.who.id)
}

// match says whether one of the texts matches. plain is the value in its other
// reading: where the two disagree, nobody knows what the value means.
func (l *matchList) match(s *scratch, value, plain string) conditions.Tri {
	if l.any {
		return conditions.True
	}
	result := conditions.False
	for i := range l.texts {
		t := &l.texts[i]
		known := t.fill(s)
		if known == conditions.False {
			continue
		}
		if known == conditions.True {
			known = conditions.Of(t.Match(value, s.fills))
			if len(plain) != len(value) && known != conditions.Of(t.Match(plain, s.fills)) {
				known = conditions.Unknown
			}
		}
		if result = result.Or(known); result == conditions.True {
			return result
		}
	}
	return result
}

// fill puts the values of the variables into s.fills. It is False if one is
// missing, which matches nothing, and else Unknown if one cannot be known.
func (t *matchText) fill(s *scratch) conditions.Tri {
	fills, result := s.fills[:0], conditions.True
	for i := range t.holes {
		value, known := t.holes[i].value(s)
		result = result.And(known)
		fills = append(fills, value)
	}
	s.fills = fills
	return result
}

// A hole is one variable.
type hole struct {
	name     string
	template *conditions.Template // of a key; it reads the value as policy variables are read
	custom   VariableFunc
}

func (h *hole) value(s *scratch) (string, conditions.Tri) {
	var source conditions.Source = s
	switch {
	case h.custom != nil:
		source = fixed{h.custom(Asked{Principal: s.who.id, Action: s.action, Resource: s.resource, Context: s})}
	case h.name == nameIdentity:
		return s.who.id, conditions.Of(usable(s.who.id))
	case h.name == nameOperation:
		return s.action, conditions.Of(usable(s.action))
	}
	var buffer [1]string
	fills, known := h.template.Resolve(source, buffer[:0])
	if known != conditions.True {
		return "", known
	}
	return fills[0], known
}

// usable reports whether a text may stand in a name: nothing, "." and ".." would
// change its shape.
func usable(text string) bool { return text != "" && text != "." && text != ".." }

// fixed is the source of one value, whatever its name.
type fixed struct{ value conditions.Value }

func (o fixed) Value(string) conditions.Value           { return o.value }
func (o fixed) Lookup(*conditions.Key) conditions.Value { return o.value }
func (o fixed) Seconds(*conditions.Key) (int64, bool)   { return 0, false }

// plainResource returns the resource without dot segments. It is worked out once a
// decision, and only if an allow-me document asks.
func (s *scratch) plainResource() string {
	if s.plain == "" {
		s.plain = withoutDots(s.resource)
	}
	return s.plain
}
