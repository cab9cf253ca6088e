package config

// Authn says who is believed about who sends a request through a proxy. Nobody
// is, where it is empty: everybody is anonymous.
type Authn struct {
	// Sources are asked in this order; the first that finds a valid credential
	// names the principal, and one that finds an invalid one ends with a deny.
	Sources []Source `yaml:"sources"`
}

// A Source is one kind of credential.
type Source struct {
	Name string `yaml:"name"`
	Type string `yaml:"type"`
}

func defaultAuthn() Authn { return Authn{} }

func (v *validation) authn() {}
