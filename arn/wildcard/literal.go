package wildcard

// Head returns the literal text that every match begins with, "" if the pattern has
// none. It is what an index of patterns is keyed by. Of a pattern that folds, a match
// may begin with the same letters in another case.
func (p Pattern) Head() string {
	switch p.shape {
	case exact, prefix:
		return p.text
	case affixes:
		return p.text[:p.cut]
	case fixed, general:
		return leading(p.prog.head)
	}
	return ""
}

// Whole reports whether the pattern asks for nothing but its Head: whatever begins
// with it, or that text alone.
func (p Pattern) Whole() bool {
	return p.shape == exact || p.shape == prefix || p.shape == anything
}

// Star reports whether the pattern is a single star: what an author writes who means
// everything.
func (p Pattern) Star() bool { return p.shape == anything && p.cut == 1 }

// Literal reports whether the pattern is a text without wildcards and holes.
func (p Pattern) Literal() bool { return p.shape == exact }

// Literals calls yield with each text that every match contains, as it stands in the
// pattern, the Head first. They are the literals between wildcards and holes.
func (p Pattern) Literals(yield func(string)) {
	switch p.shape {
	case exact, prefix, suffix, contains:
		yield(p.text)
	case affixes:
		yield(p.text[:p.cut])
		yield(p.text[p.cut:])
	case fixed, general:
		literals(p.prog.head, yield)
		for _, segment := range p.prog.middle {
			literals(segment, yield)
		}
		literals(p.prog.tail, yield)
	}
}

func leading(segment []piece) string {
	if len(segment) > 0 && segment[0].kind == Literal {
		return segment[0].text
	}
	return ""
}

func literals(segment []piece, yield func(string)) {
	for i := range segment {
		if segment[i].kind == Literal {
			yield(segment[i].text)
		}
	}
}
