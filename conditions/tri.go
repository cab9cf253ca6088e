package conditions

// Tri is a truth value of Kleene's three-valued logic. The zero Tri is False.
type Tri uint8

// The three truth values.
const (
	False Tri = iota
	True
	Unknown
)

// Of returns True or False.
func Of(b bool) Tri {
	if b {
		return True
	}
	return False
}

// Not is negation: what is unknown stays unknown.
func (t Tri) Not() Tri {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return Unknown
}

// And is conjunction: False wins, then Unknown.
func (t Tri) And(u Tri) Tri {
	switch {
	case t == False || u == False:
		return False
	case t == Unknown || u == Unknown:
		return Unknown
	}
	return True
}

// Or is disjunction: True wins, then Unknown.
func (t Tri) Or(u Tri) Tri {
	switch {
	case t == True || u == True:
		return True
	case t == Unknown || u == Unknown:
		return Unknown
	}
	return False
}

func (t Tri) String() string {
	return [...]string{"false", "true", "unknown"}[t]
}
