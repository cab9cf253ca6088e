package conditions

// A Set is a compiled Condition block. It is immutable and may be used
// concurrently. The nil Set is the empty block, which is true.
type Set struct {
	conditions []condition // cheapest first; their order never matters to the result
	keys       []string
	refused    bool // returned beside problems: never true, whatever is asked
}

// Eval evaluates the block for a request: True if every condition is true, False
// if any is false, and Unknown if none is false and some cannot be known.
// It allocates nothing, but where a string operator meets a number with an
// exponent, an address cannot be read, a value has more than eight variables, a
// text of more than 256 bytes is hashed, or a JSON text is parsed.
func (s *Set) Eval(src Source) Tri {
	if s == nil {
		return True
	}
	if s.refused {
		return Unknown
	}
	result := True
	for i := range s.conditions {
		switch s.conditions[i].eval(src) {
		case False:
			return False
		case Unknown:
			result = Unknown
		}
	}
	return result
}

// Keys returns the folded names of all keys and variables that Eval may ask for,
// sorted and each once. Callers must not change it.
func (s *Set) Keys() []string {
	if s == nil {
		return nil
	}
	return s.keys
}

// A condition is one compiled clause: an operator, a key and the policy's values.
type condition struct {
	key        Key
	fixed      matcher
	dates      *dates    // fixed, of a key whose value the engine has as a number; else nil
	variants   []variant // values with variables
	quantifier quantifier
	negated    bool
	absent     Tri      // the result if the key is absent
	presence   presence // the results of byPresence
	cost       int32
}

// A matcher says of one scalar of a request whether it meets any of the policy's
// values that need nothing else. It is Unknown if it cannot be read.
type matcher interface {
	match(Scalar) Tri
}

// quantifier says how many values of the request must meet the condition.
type quantifier uint8

const (
	onlyValue  quantifier = iota // the one that there is
	everyValue                   // ForAllValues
	someValue                    // ForAnyValue
	byPresence                   // none: Null does not look at them
)

// presence holds the results of an operator that asks only what is there.
type presence struct{ absent, present, incomplete Tri }

func (c *condition) eval(src Source) Tri {
	if c.dates != nil {
		if sec, ok := src.Seconds(&c.key); ok {
			return c.sign(c.dates.of(instant{sec: sec}))
		}
	}
	v := src.Lookup(&c.key)
	if c.quantifier == byPresence {
		return c.presence.of(v)
	}
	switch {
	case v.IsIncomplete():
		return Unknown
	case v.IsAbsent():
		return c.absent
	}
	switch c.quantifier {
	case everyValue:
		return c.every(v, src)
	case someValue:
		return c.some(v, src)
	}
	if v.Len() != 1 {
		return Unknown // which of them is meant?
	}
	return c.one(v.At(0), src)
}

func (p presence) of(v Value) Tri {
	switch {
	case v.IsIncomplete():
		return p.incomplete
	case v.IsAbsent():
		return p.absent
	}
	return p.present
}

// every is ForAllValues over a value that is there.
func (c *condition) every(v Value, src Source) Tri {
	result := True
	for i := range v.Len() {
		switch c.one(v.At(i), src) {
		case False:
			return False
		case Unknown:
			result = Unknown
		}
	}
	return result
}

// some is ForAnyValue over a value that is there.
func (c *condition) some(v Value, src Source) Tri {
	result := False
	for i := range v.Len() {
		switch c.one(v.At(i), src) {
		case True:
			return True
		case Unknown:
			result = Unknown
		}
	}
	return result
}

// one evaluates one scalar: whether it meets any of the policy's values, or none
// of them if the operator is negated.
func (c *condition) one(s Scalar, src Source) Tri {
	result := False
	if c.fixed != nil {
		result = c.fixed.match(s)
	}
	for i := 0; i < len(c.variants) && result != True; i++ {
		result = result.Or(c.variants[i].match(s, src))
	}
	return c.sign(result)
}

func (c *condition) sign(t Tri) Tri {
	if c.negated {
		return t.Not()
	}
	return t
}
