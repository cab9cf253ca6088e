package authn

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// claims are a token's claims by path. Claims whose paths are equal after folding
// ({"a/b": 1, "a": {"b": 2}}, or "Sub" beside "sub") cannot be told apart where
// they are asked for, and are unknown.
type claims struct {
	keys  []Key // "jwt:" and the path
	index map[string]int
}

const claimPrefix = "jwt:"

// readClaims flattens an object of claims.
func readClaims(root *strictjson.Node) *claims {
	c := &claims{index: make(map[string]int)}
	c.object("", root)
	return c
}

// object adds the members of an object, and theirs below; other values have none.
func (c *claims) object(prefix string, n *strictjson.Node) {
	for _, m := range n.Members {
		path := prefix + m.Name
		c.add(path, conditions.FromJSON(m.Value))
		c.object(path+"/", m.Value)
	}
}

func (c *claims) add(path string, v conditions.Value) {
	name := claimPrefix + path
	folded := conditions.Fold(name)
	if i, ok := c.index[folded]; ok {
		c.keys[i].Value = conditions.Incomplete()
		return
	}
	c.index[folded] = len(c.keys)
	c.keys = append(c.keys, Key{Name: name, Value: v})
}

// get returns the claim at a path, exact case.
func (c *claims) get(path string) conditions.Value {
	i, ok := c.index[conditions.Fold(claimPrefix+path)]
	switch {
	case !ok:
		return conditions.Absent()
	case c.keys[i].Value.IsIncomplete():
		return c.keys[i].Value
	case c.keys[i].Name != claimPrefix+path:
		return conditions.Absent()
	}
	return c.keys[i].Value
}

// texts returns a claim that is a string or a list of strings.
func (c *claims) texts(path string) ([]string, error) {
	v := c.get(path)
	if v.IsIncomplete() {
		return nil, fmt.Errorf("claim %q is there twice", path)
	}
	list := make([]string, 0, v.Len())
	for i := range v.Len() {
		if v.At(i).Kind() != conditions.KindString || v.At(i).Text() == "" {
			return nil, fmt.Errorf("claim %q is not a string or a list of strings", path)
		}
		list = append(list, v.At(i).Text())
	}
	return list, nil
}

// parsePrincipal reads the template of a principal: what stands before the claim
// cannot be forged by what the claim says, because nothing stands after it.
func parsePrincipal(template string) (prefix, claim string, err error) {
	if template == "" {
		return "", "sub", nil
	}
	prefix, rest, opened := strings.Cut(template, "{")
	claim, closed := strings.CutSuffix(rest, "}")
	if !opened || !closed || claim == "" || strings.ContainsAny(prefix+claim, "{}") {
		return "", "", fmt.Errorf("%q, expected text that ends in one claim, as in user:{sub}", template)
	}
	return prefix, claim, nil
}

// identity makes an identity of verified claims, which are those of root.
func (c *claims) identity(m *Claims, root *strictjson.Node) (*identity, error) {
	prefix, path, err := parsePrincipal(m.Principal)
	if err != nil {
		return nil, err
	}
	v := c.get(path)
	if v.Len() != 1 || v.At(0).Kind() != conditions.KindString || v.At(0).Text() == "" {
		return nil, fmt.Errorf("claim %q, which names the principal, is not one string", path)
	}
	p := pdp.Principal{ID: prefix + v.At(0).Text()}
	if m.Groups != "" || m.Roles != "" || len(m.Tags) > 0 || m.Tenant != "" || len(m.Session.Tags) > 0 {
		p.Trust = pdp.TrustGranted
	}
	if m.Groups != "" {
		if p.Groups, err = c.texts(m.Groups); err != nil {
			return nil, err
		}
	}
	if m.Roles != "" {
		if p.Roles, err = c.texts(m.Roles); err != nil {
			return nil, err
		}
	}
	if p.Tags, err = c.tags(m.Tags); err != nil {
		return nil, err
	}
	r := reader{claims: c}
	if p.Tenant = r.text(m.Tenant); r.err != nil {
		return nil, r.err
	}
	session, err := c.session(&m.Session, root, p.ID)
	if err != nil {
		return nil, err
	}
	return &identity{principal: p, session: session, keys: c.keys}, nil
}

// tags reads the claim of each tag; one that is absent is no tag.
func (c *claims) tags(paths map[string]string) (map[string]string, error) {
	var tags map[string]string
	for tag, path := range paths {
		v := c.get(path)
		if v.IsAbsent() {
			continue
		}
		if v.Len() != 1 || v.At(0).Kind() == conditions.KindUnreadable {
			return nil, fmt.Errorf("claim %q, which is the tag %q, is not one value", path, tag)
		}
		if tags == nil {
			tags = make(map[string]string, len(paths))
		}
		tags[tag] = v.At(0).Text()
	}
	return tags, nil
}

// registered are the rules for registered claims (RFC 7519, 4.1) of one source.
type registered struct {
	issuer    string
	audiences []string
	leeway    time.Duration
	// needExp says that exp must be there. In metadata the proxy has checked it.
	needExp bool
}

// check holds the claims against the rules. exp has no leeway: at exp itself a
// token has expired.
func (r *registered) check(root *strictjson.Node, now time.Time) error {
	if iss := root.Get("iss"); iss == nil || iss.Kind != strictjson.String || iss.Text != r.issuer {
		return errors.New("iss is not the source's issuer")
	}
	if len(r.audiences) > 0 {
		if err := r.audience(root.Get("aud")); err != nil {
			return err
		}
	}
	exp, err := numericDate(root, "exp")
	switch {
	case err != nil:
		return err
	case exp.IsZero() && r.needExp:
		return errors.New("exp is missing")
	case !exp.IsZero() && !now.Before(exp):
		return errors.New("expired at " + exp.UTC().Format(time.RFC3339))
	}
	for _, name := range []string{"nbf", "iat"} {
		at, err := numericDate(root, name)
		if err != nil {
			return err
		}
		if !at.IsZero() && now.Add(r.leeway).Before(at) {
			return fmt.Errorf("%s is in the future: %s", name, at.UTC().Format(time.RFC3339))
		}
	}
	return overage(root)
}

func (r *registered) audience(aud *strictjson.Node) error {
	var list []*strictjson.Node
	switch {
	case aud == nil:
		return errors.New("aud is missing")
	case aud.Kind == strictjson.Array:
		list = aud.Items
	default:
		list = []*strictjson.Node{aud}
	}
	found := false
	for _, a := range list {
		if a.Kind != strictjson.String {
			return errors.New("aud is not a string or a list of strings")
		}
		found = found || slices.Contains(r.audiences, a.Text)
	}
	if !found {
		return errors.New("aud names none of the source's audiences")
	}
	return nil
}

// numericDate reads a NumericDate: seconds since 1970, maybe with a fraction. An
// absent one is the zero time.
func numericDate(root *strictjson.Node, name string) (time.Time, error) {
	n := root.Get(name)
	if n == nil {
		return time.Time{}, nil
	}
	at, ok := secondsSince1970(n.Text)
	if n.Kind != strictjson.Number || !ok {
		return time.Time{}, fmt.Errorf("%s is not a number of seconds since 1970", name)
	}
	return at, nil
}

func secondsSince1970(text string) (time.Time, bool) {
	// Later than the year 9999 is a mistake, and times that far wrap around.
	const last = 253402300799
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= 0 && f <= last) {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(f)
	return time.Unix(int64(whole), int64(fraction*1e9)), true
}

// overage refuses claims that say of themselves that groups are missing: an issuer
// leaves them out when there are too many, and a deny by group would be lost.
func overage(root *strictjson.Node) error {
	for _, name := range []string{"_claim_names", "_claim_sources"} {
		if root.Get(name) != nil {
			return fmt.Errorf("%s says that claims were left out", name)
		}
	}
	if h := root.Get("hasgroups"); h != nil && !(h.Kind == strictjson.Bool && h.Text == "false") {
		return errors.New("hasgroups says that groups were left out")
	}
	return nil
}
