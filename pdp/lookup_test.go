package pdp_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// A request answers alike for the name of a key and for the key, and a time that it
// has as a number is the one that it has as a text.
func TestLookupIsValue(t *testing.T) {
	asked := 0
	site := func(a pdp.Asked) conditions.Value {
		asked++
		names := []string{"level", "http:header/x", "aws:nothing", "wami:other", "aws:PrincipalTag/Team", "aws:ResourceTag/owner", "wami:TenantTag/tier", "aws:PrincipalTag/none"}
		for _, k := range conditions.KnownKeys() {
			names = append(names, k.Name)
		}
		for _, name := range names {
			k := conditions.KeyOf(name)
			sameValue(t, name, a.Context.Lookup(&k), a.Context.Value(k.Name()))
			if sec, ok := a.Context.Seconds(&k); ok {
				sameSeconds(t, name, sec, a.Context.Value(k.Name()).At(0).Text())
			}
		}
		return conditions.Text("here")
	}
	e, err := pdp.Compile(decode(t, files{
		"d.json": `{"tenants": {"111111111111": {"name": "acme", "tags": {"Tier": "gold"}}}, "users": {"` + alice + `": {"tags": {"Team": "red"}}}}`,
		"p.json": `{"statements": [{"effect": "allow", "identities": ["{{any}}"], "operations": ["read"], "resources": ["{{site}}/x"]}]}`,
	}), pdp.Options{Extensions: pdp.Extensions{Variables: map[string]pdp.VariableFunc{"site": site}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{noon, time.Unix(0, 1), time.Unix(9_999, 0), time.Unix(10_000, 0), time.Unix(-1, 0),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		for _, session := range []*pdp.Session{nil, {Type: "user", IssuedAt: at, ExpiresAt: at.Add(time.Hour)}, {Type: "user", ExpiresAt: at.Add(time.Hour)}} {
			r := ask(alice, "read", "here/x")
			r.Time, r.Session, r.Context = at, session, context("level", "5", "aws:SourceIp", "10.0.0.1")
			r.Resource.Tags = map[string]string{"owner": "x"}
			before := asked
			if d := e.Decide(r); asked == before {
				t.Errorf("at %v: the variable was not asked: %s %s", at, says(d), d.Detail)
			}
		}
	}
}

func sameValue(t *testing.T, name string, got, want conditions.Value) {
	t.Helper()
	same := got.IsAbsent() == want.IsAbsent() && got.IsIncomplete() == want.IsIncomplete() && got.Len() == want.Len()
	for i := 0; same && i < want.Len(); i++ {
		same = got.At(i) == want.At(i)
	}
	if !same {
		t.Errorf("%s is %+v by its key and %+v by its name", name, got, want)
	}
}

func sameSeconds(t *testing.T, name string, sec int64, text string) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if n, isNumber := strconv.ParseInt(text, 10, 64); isNumber == nil {
		at, err = time.Unix(n, 0), nil
	}
	if err != nil || at.Unix() != sec || len(text) <= 4 {
		t.Errorf("%s is %d and %q", name, sec, text)
	}
}
