package authn

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// maxToken is the default of JWT.MaxBytes.
const maxToken = 8 << 10

// tokenLimits bound the header and the claims of a token; the bytes are bounded
// before.
var tokenLimits = strictjson.Limits{Bytes: 64 << 10, Depth: 16, Values: 4096, Members: 1024}

type jwtSource struct {
	rules      registered
	claims     Claims
	algorithms []jose.SignatureAlgorithm
	types      []string
	maxBytes   int
	others     []string // issuers of the other jwt sources
	keys       *keyFile
}

func newJWT(j *JWT, issuers []string) *jwtSource {
	s := &jwtSource{
		rules:    registered{issuer: j.Issuer, audiences: slices.Clone(j.Audiences), leeway: j.Leeway, needExp: true},
		claims:   j.Claims,
		types:    slices.Clone(j.Types),
		maxBytes: j.MaxBytes,
		keys:     &keyFile{path: j.JWKSFile},
	}
	for _, issuer := range issuers {
		if issuer != j.Issuer {
			s.others = append(s.others, issuer)
		}
	}
	names := j.Algorithms
	if len(names) == 0 {
		names = []string{"RS256", "ES256", "EdDSA"}
	}
	for _, name := range names {
		s.algorithms = append(s.algorithms, jose.SignatureAlgorithm(name))
	}
	if len(s.types) == 0 {
		s.types = []string{"JWT", "at+jwt"}
	}
	if s.maxBytes == 0 {
		s.maxBytes = maxToken
	}
	return s
}

// algorithms are all that a source may accept: signatures that who verifies them
// cannot make. HMAC would let anybody who holds the public key sign.
func algorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

func (s *jwtSource) find(e *Evidence, now time.Time) (*identity, *refusal) {
	if e.Header == nil {
		return nil, nil
	}
	text, err := bearer(e.Header("authorization"))
	if err != nil {
		return nil, badToken(err)
	}
	if text == "" {
		return nil, nil
	}
	t, err := parseToken(text, s.maxBytes)
	if err != nil {
		return nil, badToken(err)
	}
	if iss := t.payload.Get("iss"); iss != nil && iss.Kind == strictjson.String && slices.Contains(s.others, iss.Text) {
		return nil, nil
	}
	if no := s.verify(t, now); no != nil {
		return nil, no
	}
	if err := s.rules.check(t.payload, now); err != nil {
		return nil, badToken(err)
	}
	id, err := readClaims(t.payload).identity(&s.claims, t.payload)
	if err != nil {
		return nil, badToken(err)
	}
	return id, nil
}

func badToken(err error) *refusal {
	return &refusal{reason: pdp.ReasonCredentialInvalid, detail: "token: " + err.Error(), token: true}
}

// bearer returns the token of the Authorization header, "" if there is none. A
// header of another scheme is a credential that no source here reads, so it is as
// if absent. Several headers, joined or not, are never acceptable: the upstream
// might read the other one.
func bearer(values []string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 {
		return "", errors.New("several Authorization headers")
	}
	value := values[0]
	if value == "" || strings.Trim(value, " \t") != value {
		return "", errors.New("the Authorization header is empty or begins or ends with a blank")
	}
	if !isBearer(value) {
		for part := range strings.SplitSeq(value, ",") {
			if isBearer(strings.TrimLeft(part, " \t")) {
				return "", errors.New("several Authorization headers, joined by a comma")
			}
		}
		return "", nil
	}
	after := value[len("bearer"):]
	token := strings.TrimLeft(after, " ")
	if token == "" || token == after {
		return "", errors.New("the Authorization header has no token after Bearer")
	}
	for i := 0; i < len(token); i++ {
		if c := token[i]; !tokenChar(c) {
			return "", fmt.Errorf("byte %#02x in the token", c)
		}
	}
	return token, nil
}

// isBearer reports whether a header's scheme is Bearer, however the header goes on.
func isBearer(value string) bool {
	const scheme = "bearer"
	return len(value) >= len(scheme) && strings.EqualFold(value[:len(scheme)], scheme) &&
		(len(value) == len(scheme) || !tokenChar(value[len(scheme)]))
}

// tokenChar reports whether c may stand in a token (RFC 6750, 2.1, without "=").
func tokenChar(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~+/", c) >= 0
}

// A token is a JWT that was taken apart and not verified yet.
type token struct {
	text    string
	raw     []byte // the payload's bytes
	header  *strictjson.Node
	payload *strictjson.Node
}

func parseToken(text string, limit int) (*token, error) {
	if len(text) > limit {
		return nil, fmt.Errorf("%d bytes, the limit is %d", len(text), limit)
	}
	if n := strings.Count(text, "."); n != 2 {
		return nil, fmt.Errorf("%d dots, expected 2", n)
	}
	parts := strings.Split(text, ".")
	t := &token{text: text}
	var err error
	if _, t.header, err = tokenPart("header", parts[0]); err != nil {
		return nil, err
	}
	if t.raw, t.payload, err = tokenPart("payload", parts[1]); err != nil {
		return nil, err
	}
	// Strict decoding leaves a token one spelling only.
	if sig, err := base64.RawURLEncoding.Strict().DecodeString(parts[2]); err != nil || len(sig) == 0 {
		return nil, errors.New("the signature is empty or no base64url")
	}
	return t, nil
}

func tokenPart(name, text string) ([]byte, *strictjson.Node, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, nil, fmt.Errorf("the %s is no base64url", name)
	}
	n, err := strictjson.Parse("", raw, tokenLimits)
	if err != nil {
		return nil, nil, fmt.Errorf("the %s: %w", name, err)
	}
	if n.Kind != strictjson.Object {
		return nil, nil, fmt.Errorf("the %s is no object", name)
	}
	return raw, n, nil
}

// verify checks header and signature.
func (s *jwtSource) verify(t *token, now time.Time) *refusal {
	alg, kid, err := s.checkHeader(t.header)
	if err != nil {
		return badToken(err)
	}
	keys, err := s.keys.current(now)
	if len(keys) == 0 {
		return &refusal{reason: pdp.ReasonJWKSUnavailable, detail: fmt.Sprintf("no keys to verify tokens with: %v", err)}
	}
	var fit []*key
	for _, k := range keys {
		if k.fits(alg, kid) {
			fit = append(fit, k)
		}
	}
	// Without a kid the choice must be clear: trying keys until one fits would
	// make work for whoever sends garbage.
	if len(fit) == 0 || kid == "" && len(fit) > 1 {
		return badToken(fmt.Errorf("%d keys fit algorithm %s and kid %s, expected one", len(fit), alg, clip(kid)))
	}
	jws, err := jose.ParseSignedCompact(t.text, s.algorithms)
	if err != nil {
		return badToken(err)
	}
	for _, k := range fit {
		if verified, err := jws.Verify(k.public); err == nil && bytes.Equal(verified, t.raw) {
			return nil
		}
	}
	return badToken(errors.New("the signature does not hold"))
}

// checkHeader reads the JOSE header. No parameter of it may name a key to trust.
func (s *jwtSource) checkHeader(h *strictjson.Node) (alg jose.SignatureAlgorithm, kid string, err error) {
	text := func(name string) string {
		n := h.Get(name)
		if n != nil && n.Kind != strictjson.String && err == nil {
			err = fmt.Errorf("%s in the header is no string", name)
		}
		if n == nil {
			return ""
		}
		return n.Text
	}
	alg, kid = jose.SignatureAlgorithm(text("alg")), text("kid")
	typ, cty := text("typ"), text("cty")
	switch {
	case err != nil:
	case !slices.Contains(s.algorithms, alg):
		err = fmt.Errorf("algorithm %s is not one of the source's", clip(string(alg)))
	case h.Get("crit") != nil || h.Get("b64") != nil:
		err = errors.New("the header has critical extensions")
	case cty != "":
		err = errors.New("the header has a content type; nested tokens are not read")
	case h.Get("typ") != nil && !s.accepts(typ):
		err = fmt.Errorf("type %s is not one of the source's", clip(typ))
	}
	return alg, kid, err
}

// accepts reports whether a typ is one of the source's (RFC 7515, 4.1.9).
func (s *jwtSource) accepts(typ string) bool {
	if len(typ) > len("application/") && strings.EqualFold(typ[:len("application/")], "application/") {
		typ = typ[len("application/"):]
	}
	return slices.ContainsFunc(s.types, func(t string) bool { return strings.EqualFold(t, typ) })
}
