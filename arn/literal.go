package arn

// Head returns the literal text that every name begins with that the pattern
// matches, "" if there is none. See wildcard.Pattern.Head.
func (p Pattern) Head() string {
	fields := p.fields()
	if fields == nil {
		return p.glob.Head()
	}
	head := scheme
	for i := range fields {
		head += fields[i].Head()
		if !fields[i].Literal() {
			break
		}
		head += ":"
	}
	return head
}

// Whole reports whether the pattern asks for nothing but its Head.
func (p Pattern) Whole() bool { return p.fields() == nil && p.glob.Whole() }

// Literals calls yield with texts that every name contains that the pattern matches.
// See wildcard.Pattern.Literals.
func (p Pattern) Literals(yield func(string)) {
	fields := p.fields()
	if fields == nil {
		p.glob.Literals(yield)
		return
	}
	for i := range fields {
		fields[i].Literals(yield)
	}
}

func (p Pattern) fields() *fieldPatterns {
	if p.special == nil {
		return nil
	}
	return p.special.fields
}
