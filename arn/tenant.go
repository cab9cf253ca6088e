package arn

import (
	"errors"
	"iter"
	"strings"
)

// A TenantPath is the tenant of a WAMI name: decimal numbers of 64 bits from the
// root tenant down to the tenant itself, between slashes, such as "1/2/3". It is a
// small value, comparable with ==. The zero TenantPath is no tenant: it lies in no
// tenant and holds none, itself included. No question allocates.
type TenantPath struct{ text string }

// ParseTenantPath parses a path strictly: a number has one spelling, without sign
// and leading zeros, since two spellings could be taken for two tenants.
func ParseTenantPath(s string) (TenantPath, error) {
	if reason := checkTenant(s); reason != "" {
		return TenantPath{}, errors.New("invalid tenant path " + quote(s) + ": " + reason)
	}
	return TenantPath{s}, nil
}

// String returns the path as text, "" for the zero TenantPath.
func (t TenantPath) String() string { return t.text }

// IsZero reports whether t is no tenant.
func (t TenantPath) IsZero() bool { return t.text == "" }

// Depth returns how many tenants lie above t: 0 for a root, -1 for no tenant.
func (t TenantPath) Depth() int {
	if t.IsZero() {
		return -1
	}
	return strings.Count(t.text, "/")
}

// Root returns the tenant at the top of the path, which may be t itself.
func (t TenantPath) Root() TenantPath {
	root, _, _ := strings.Cut(t.text, "/")
	return TenantPath{root}
}

// Parent returns the tenant right above t, no tenant for a root.
func (t TenantPath) Parent() TenantPath {
	return TenantPath{t.text[:max(0, strings.LastIndexByte(t.text, '/'))]}
}

// Leaf returns the last number of the path, which is t's own.
func (t TenantPath) Leaf() string {
	return t.text[strings.LastIndexByte(t.text, '/')+1:]
}

// Ancestors yields the tenants of the path, the root first and t itself last.
func (t TenantPath) Ancestors() iter.Seq[TenantPath] {
	return func(yield func(TenantPath) bool) {
		for i := 0; i < len(t.text); i++ {
			if t.text[i] == '/' && !yield(TenantPath{t.text[:i]}) {
				return
			}
		}
		if !t.IsZero() {
			yield(t)
		}
	}
}

// Within reports whether t is the tenant of, or lies below it. It compares whole
// numbers: "12345" is not within "123".
func (t TenantPath) Within(of TenantPath) bool {
	return t == of && !t.IsZero() || t.DescendantOf(of)
}

// DescendantOf reports whether t lies below the tenant of.
func (t TenantPath) DescendantOf(of TenantPath) bool {
	return !of.IsZero() && len(t.text) > len(of.text) &&
		t.text[len(of.text)] == '/' && t.text[:len(of.text)] == of.text
}

// AncestorOf reports whether t lies above the tenant of.
func (t TenantPath) AncestorOf(of TenantPath) bool { return of.DescendantOf(t) }

// MarshalText returns the path as text.
func (t TenantPath) MarshalText() ([]byte, error) { return []byte(t.text), nil }

// UnmarshalText parses a path as ParseTenantPath does. An error leaves t as it was.
func (t *TenantPath) UnmarshalText(text []byte) error {
	parsed, err := ParseTenantPath(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// TenantPath returns the tenant of a WAMI name; no tenant in the AWS form, whose
// account is no path.
func (a ARN) TenantPath() TenantPath {
	if !a.WAMI() {
		return TenantPath{}
	}
	return TenantPath{a.Tenant()}
}

// BelongsTo reports whether a is a WAMI name of this tenant or of one below it.
func (a ARN) BelongsTo(tenant TenantPath) bool { return a.TenantPath().Within(tenant) }

// CloudSynced reports whether a is a WAMI name of what lives at a cloud provider.
func (a ARN) CloudSynced() bool { return a.form == formCloud }
