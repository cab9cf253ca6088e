package arn

// Head returns the literal text that every name begins with that the pattern
// matches, "" if there is none. See wildcard.Pattern.Head.
func (p Pattern) Head() string {
	if p.fields == nil {
		return p.glob.Head()
	}
	head := scheme
	for i := range p.fields {
		head += p.fields[i].Head()
		if !p.fields[i].Literal() {
			break
		}
		head += ":"
	}
	return head
}

// Whole reports whether the pattern asks for nothing but its Head.
func (p Pattern) Whole() bool { return p.fields == nil && p.glob.Whole() }

// Literals calls yield with texts that every name contains that the pattern matches.
// See wildcard.Pattern.Literals.
func (p Pattern) Literals(yield func(string)) {
	if p.fields == nil {
		p.glob.Literals(yield)
		return
	}
	for i := range p.fields {
		p.fields[i].Literals(yield)
	}
}
