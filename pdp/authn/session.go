package authn

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/arn"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// The types of sessions (see pdp.Session).
const (
	sessionUser      = "user"
	sessionRole      = "role"
	sessionFederated = "federated"
	sessionAPIKey    = "api_key"
)

// SessionClaims say what verified claims tell of the session that a token stands
// for: every token is one. It was issued at iat, it ends at exp, and one without
// exp has ended. The other facts count only where a claim is named for them.
type SessionClaims struct {
	// Type is "federated", "api_key" or "". Empty is by the principal's id: an
	// assumed-role ARN is a session of the role, a federated-user ARN a federated
	// one, and every other id that of a user.
	Type string
	// ID names the claim of the session's id, by which it can be revoked; ""
	// means "jti".
	ID string
	// Role names the claim of the role's id, of sessions of roles. A token that has
	// it is such a session, and the role must be one of what the source asserts.
	// Without it an assumed-role ARN says the role, as one without a path.
	Role string
	// Name and Chain name the claims of the session's name and of those who assumed
	// roles before it, the first caller first.
	Name, Chain string
	// Scopes names the claim of an API key's permissions: a list, or one string
	// with commas or blanks between them. It is needed for "api_key", and only for that.
	Scopes string
	// Policies names the claim that lists policies of the bundle that limit the
	// session.
	Policies string
	// MFA names the claim of the authentication's methods (RFC 8176 calls it amr),
	// MFAAt that of its time (auth_time of OpenID Connect).
	MFA, MFAAt string
	// SecondFactors are the methods of which one makes it a multi-factor
	// authentication; empty means "mfa" alone.
	SecondFactors []string
	// Tags name the claim of each session tag.
	Tags map[string]string
}

// session makes the session of verified claims.
func (c *claims) session(m *SessionClaims, root *strictjson.Node, principal string) (*pdp.Session, error) {
	r := reader{claims: c}
	s := &pdp.Session{
		Type:      m.Type,
		ID:        r.text(cmp.Or(m.ID, "jti")),
		Role:      r.text(m.Role),
		Name:      r.text(m.Name),
		Chain:     r.texts(m.Chain),
		IssuedAt:  r.registered(root, "iat"),
		ExpiresAt: r.registered(root, "exp"),
		Tags:      r.tags(m.Tags),
		Scopes:    r.scopes(m.Scopes),
	}
	for _, name := range r.texts(m.Policies) {
		s.Policies = append(s.Policies, pdp.PolicyRef{Name: pdp.Text{Text: name}})
	}
	if methods := r.texts(m.MFA); m.multiFactor(methods) {
		s.MFA, s.MFAAt = methods, r.date(m.MFAAt)
	}
	if r.err != nil {
		return nil, r.err
	}
	byID(s, principal)
	return s, nil
}

// multiFactor reports whether one of the methods says that there was more than one.
func (m *SessionClaims) multiFactor(methods []string) bool {
	for _, method := range methods {
		if len(m.SecondFactors) == 0 && method == "mfa" || slices.Contains(m.SecondFactors, method) {
			return true
		}
	}
	return false
}

// byID completes the type and the role of a session by the id of its principal.
func byID(s *pdp.Session, principal string) {
	a, _ := arn.Parse(principal) // the zero ARN for other ids
	name, _, assumed := a.AssumedRole()
	_, federated := a.FederatedUser()
	switch {
	case s.Role != "":
		s.Type = sessionRole
	case s.Type != "":
	case assumed:
		s.Type, s.Role = sessionRole, roleARN(a, name)
	case federated:
		s.Type = sessionFederated
	default:
		s.Type = sessionUser
	}
}

// roleARN returns the ARN of the role whose session a is, as far as that says it:
// without a path.
func roleARN(a arn.ARN, name string) string {
	prefix, _, _ := strings.Cut(a.String(), ":assumed-role/")
	return strings.Replace(prefix, ":sts:", ":iam:", 1) + ":role/" + name
}

// A reader reads claims for one purpose and keeps the first problem. A path that is
// "" is that of no claim.
type reader struct {
	*claims
	err error
}

func (r *reader) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// text reads a claim that is one string; "" if it is absent.
func (r *reader) text(path string) string {
	list := r.texts(path)
	if len(list) > 1 {
		r.keep(fmt.Errorf("claim %q is not one string", path))
	}
	if len(list) != 1 {
		return ""
	}
	return list[0]
}

func (r *reader) texts(path string) []string {
	if path == "" {
		return nil
	}
	list, err := r.claims.texts(path)
	r.keep(err)
	if len(list) == 0 {
		return nil
	}
	return list
}

func (r *reader) tags(paths map[string]string) map[string]string {
	tags, err := r.claims.tags(paths)
	r.keep(err)
	return tags
}

func (r *reader) registered(root *strictjson.Node, name string) time.Time {
	at, err := numericDate(root, name)
	r.keep(err)
	return at
}

// date reads a claim that is a NumericDate; the zero time if it is absent.
func (r *reader) date(path string) time.Time {
	if path == "" {
		return time.Time{}
	}
	v := r.get(path)
	if v.IsAbsent() {
		return time.Time{}
	}
	if v.Len() != 1 || v.At(0).Kind() != conditions.KindNumber {
		r.keep(fmt.Errorf("claim %q is not a number of seconds since 1970", path))
		return time.Time{}
	}
	at, ok := secondsSince1970(v.At(0).Text())
	if !ok {
		r.keep(fmt.Errorf("claim %q is not a number of seconds since 1970", path))
	}
	return at
}

// scopes reads permissions: a list, or one string with commas or blanks between
// them (RFC 8693, 4.2).
func (r *reader) scopes(path string) []string {
	list := r.texts(path)
	if len(list) == 1 {
		list = strings.FieldsFunc(list[0], func(c rune) bool { return c == ',' || c == ' ' })
	}
	return list
}
