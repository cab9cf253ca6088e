package config

// ExtAuthz holds the settings of the door for Envoy.
type ExtAuthz struct {
	// RequireCredential denies a request without credential, but on a public
	// route; otherwise the policies decide about the anonymous principal.
	RequireCredential bool `yaml:"require_credential"`
	// DownstreamTLS is "always" if the proxy takes nothing but TLS from its
	// clients, so that aws:SecureTransport is true without a certificate;
	// "unknown" otherwise.
	DownstreamTLS string `yaml:"downstream_tls"`
	// MaxRequestBytes mirrors Envoy's with_request_body.max_request_bytes; 0
	// means that it is not known.
	MaxRequestBytes int `yaml:"max_request_bytes"`
	// TenantExtension is the key of a context extension that says whose the resource
	// is; empty means that none does.
	TenantExtension string `yaml:"tenant_extension"`
	// DryRun lets through whatever would be denied, and says so in the metadata.
	DryRun bool `yaml:"dry_run"`
	// Inability says how Envoy is told that nothing can be decided: "rpc_error",
	// "error_response" or "denied".
	Inability string `yaml:"inability"`
	// Paths says how paths are read that two programs could read in two ways.
	Paths Paths `yaml:"paths"`
	// IdentityHeaders names the headers that tell the upstream who was allowed.
	IdentityHeaders IdentityHeaders `yaml:"identity_headers"`
	// RemoveHeaders are request headers that the upstream must not see.
	RemoveHeaders []string `yaml:"remove_headers"`
	// RemoveQuery are query parameters that the upstream must not see.
	RemoveQuery []string `yaml:"remove_query"`
	// SetQuery are query parameters that the upstream always sees with this value.
	SetQuery []Pair `yaml:"set_query"`
	// ResponseHeaders are added to the response of an allowed request.
	ResponseHeaders []Pair `yaml:"response_headers"`
	// Denial says what a denied client gets to see.
	Denial Denial `yaml:"denial"`
}

// Paths holds the options of the path canonicaliser. What is refused is denied
// as malformed.
type Paths struct {
	EmptySegments  string `yaml:"empty_segments"`  // refuse, merge
	EscapedSlashes string `yaml:"escaped_slashes"` // refuse, keep
	DotSegments    string `yaml:"dot_segments"`    // refuse, remove
	Semicolons     string `yaml:"semicolons"`      // refuse, strip, keep
	DoubleEscapes  string `yaml:"double_escapes"`  // refuse, keep
	MaxTarget      int    `yaml:"max_target"`      // bytes of path and query; 0 means the default
}

// IdentityHeaders holds header names in lower case.
type IdentityHeaders struct {
	Principal  string `yaml:"principal"`
	Tenant     string `yaml:"tenant"`
	DecisionID string `yaml:"decision_id"`
}

// A Pair is a name and its value.
type Pair struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// Denial is what a denied client gets to see.
type Denial struct {
	Status     int    `yaml:"status"` // of a deny by policy, 400 to 599
	Text       string `yaml:"text"`   // the human sentence; empty means a default one
	Type       string `yaml:"type"`   // the problem's type, a URI; empty means about:blank
	Format     string `yaml:"format"` // negotiated, problem_json, plain_text
	HideReason bool   `yaml:"hide_reason"`
	Headers    []Pair `yaml:"headers"`
}

func defaultExtAuthz() ExtAuthz {
	return ExtAuthz{
		DownstreamTLS: "unknown",
		Inability:     "rpc_error",
		Paths: Paths{
			EmptySegments:  "refuse",
			EscapedSlashes: "refuse",
			DotSegments:    "refuse",
			Semicolons:     "refuse",
			DoubleEscapes:  "refuse",
			MaxTarget:      16 << 10,
		},
		IdentityHeaders: IdentityHeaders{
			Principal:  "x-mayi-principal",
			Tenant:     "x-mayi-tenant",
			DecisionID: "x-mayi-decision-id",
		},
		Denial: Denial{Status: 403, Format: "negotiated"},
	}
}
