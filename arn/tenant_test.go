package arn_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn"
)

func mustTenant(t testing.TB, s string) arn.TenantPath {
	t.Helper()
	p, err := arn.ParseTenantPath(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTenantPath(t *testing.T) {
	for _, c := range []struct {
		path, root, parent, leaf string
		depth                    int
	}{
		{"0", "0", "", "0", 0},
		{"12345678", "12345678", "", "12345678", 0},
		{"1/2", "1", "1", "2", 1},
		{"1/2/18446744073709551615", "1", "1/2", "18446744073709551615", 2},
		{"1/1/1/1", "1", "1/1/1", "1", 3},
	} {
		p := mustTenant(t, c.path)
		if p.String() != c.path || p.Root().String() != c.root || p.Parent().String() != c.parent ||
			p.Leaf() != c.leaf || p.Depth() != c.depth || p.IsZero() {
			t.Errorf("%s: root %s, parent %s, leaf %s, depth %d", p, p.Root(), p.Parent(), p.Leaf(), p.Depth())
		}
		if p.Depth() > 0 && !p.DescendantOf(p.Parent()) || !p.Root().Parent().IsZero() {
			t.Errorf("%s is not below its parent, or its root has one", p)
		}
	}
}

func TestNoTenant(t *testing.T) {
	var none arn.TenantPath
	some := mustTenant(t, "1")
	if !none.IsZero() || none.Depth() != -1 || none.Leaf() != "" || !none.Root().IsZero() || !none.Parent().IsZero() {
		t.Errorf("no tenant: depth %d, leaf %q", none.Depth(), none.Leaf())
	}
	if none.Within(none) || none.Within(some) || some.Within(none) || none.AncestorOf(some) || some.AncestorOf(none) {
		t.Error("no tenant lies in one, or one in it")
	}
	for a := range none.Ancestors() {
		t.Errorf("no tenant has the ancestor %q", a)
	}
}

func TestTenantRelations(t *testing.T) {
	for _, c := range []struct {
		tenant, of         string
		within, descendant bool
	}{
		{"1", "1", true, false},
		{"1/2", "1", true, true},
		{"1/2/3", "1", true, true},
		{"1/2/3", "1/2", true, true},
		{"1", "1/2", false, false},
		{"1/2", "1/3", false, false},
		{"12", "1", false, false},
		{"12/3", "1", false, false},
		{"1/23", "1/2", false, false},
		{"1/2/3", "2/3", false, false},
		{"2/1", "1", false, false},
	} {
		p, of := mustTenant(t, c.tenant), mustTenant(t, c.of)
		if p.Within(of) != c.within || p.DescendantOf(of) != c.descendant || of.AncestorOf(p) != c.descendant {
			t.Errorf("%s in %s: within %v, descendant %v, ancestor %v", p, of, p.Within(of), p.DescendantOf(of), of.AncestorOf(p))
		}
	}
}

func TestBelongsTo(t *testing.T) {
	for _, c := range []struct {
		name, tenant string
		want         bool
	}{
		{"arn:wami:iam:12345678:wami:9:user/x", "12345678", true},
		{"arn:wami:iam:12345678:wami:9:user/x", "1234", false}, // a prefix of its text only
		{"arn:wami:iam:1/2:wami:9:aws:22:eu:user/x", "1", true},
		{"arn:wami:iam:1:wami:9:user/x", "1/2", false},
		{"arn:aws:iam::1:user/x", "1", false}, // an account is no tenant path
		{"arn:mayi:http:::h/1", "1", false},
	} {
		if got := mustParse(t, c.name).BelongsTo(mustTenant(t, c.tenant)); got != c.want {
			t.Errorf("%s belongs to %s: %v", c.name, c.tenant, got)
		}
	}
	var zero arn.ARN
	if zero.BelongsTo(arn.TenantPath{}) || mustParse(t, "arn:aws:s3:::b").BelongsTo(arn.TenantPath{}) {
		t.Error("a name belongs to no tenant")
	}
}

func TestAncestorsStop(t *testing.T) {
	for range mustTenant(t, "1/2/3").Ancestors() {
		break
	}
}

func TestTenantPathText(t *testing.T) {
	var doc struct{ Tenant arn.TenantPath }
	if err := json.Unmarshal([]byte(`{"Tenant":"1/2"}`), &doc); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(doc)
	if err != nil || string(out) != `{"Tenant":"1/2"}` {
		t.Errorf("got %s, %v", out, err)
	}
	for _, bad := range badTenants {
		if err := doc.Tenant.UnmarshalText([]byte(bad)); err == nil || doc.Tenant.String() != "1/2" {
			t.Errorf("%q: the error %v leaves %q", bad, err, doc.Tenant)
		}
	}
	_, err = arn.ParseTenantPath("1/x")
	if want := `invalid tenant path "1/x": tenant path segment "x" is not a number from 0 to 18446744073709551615`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestTenantQuestionsAllocateNothing(t *testing.T) {
	a := mustParse(t, "arn:wami:iam:1/2/3:wami:9:user/x")
	of := mustTenant(t, "1")
	depth := 0
	if n := testing.AllocsPerRun(100, func() {
		p := a.TenantPath()
		if a.BelongsTo(of) && p.Within(of) && p.Root() == of && p.Parent().DescendantOf(of) && p.Leaf() == "3" {
			depth += p.Depth()
		}
		for ancestor := range p.Ancestors() {
			depth += ancestor.Depth()
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if depth == 0 {
		t.Error("nothing was asked")
	}
}

// FuzzTenantPath: what is read prints as itself, also through JSON; its ancestors
// are what splitting the text says, and relations are those of the split lists.
func FuzzTenantPath(f *testing.F) {
	for _, s := range badTenants {
		f.Add(s, "1")
	}
	f.Add("1/2/3", "1/2")
	f.Add("12", "1")
	f.Add("1/2", "1/2")
	f.Fuzz(func(t *testing.T, s, of string) {
		p, err := arn.ParseTenantPath(s)
		if err != nil {
			return
		}
		if p.String() != s {
			t.Fatalf("%q is read as %q", s, p)
		}
		text, err := json.Marshal(p)
		var back arn.TenantPath
		if err != nil || json.Unmarshal(text, &back) != nil || back != p {
			t.Fatalf("%q through JSON: %s, %q, %v", s, text, back, err)
		}
		numbers := strings.Split(s, "/")
		i := 0
		for a := range p.Ancestors() {
			if i++; a.String() != strings.Join(numbers[:i], "/") || a.Depth() != i-1 || !p.Within(a) {
				t.Fatalf("%q: ancestor %d is %q", s, i, a)
			}
		}
		if i != len(numbers) || p.Depth() != i-1 || p.Leaf() != numbers[i-1] {
			t.Fatalf("%q: %d ancestors, depth %d", s, i, p.Depth())
		}
		if q, err := arn.ParseTenantPath(of); err == nil {
			above := strings.Split(of, "/")
			within := len(above) <= len(numbers) && slices.Equal(above, numbers[:len(above)])
			if p.Within(q) != within || p.DescendantOf(q) != (within && p != q) || q.AncestorOf(p) != (within && p != q) {
				t.Fatalf("%q in %q: within %v, descendant %v", p, q, p.Within(q), p.DescendantOf(q))
			}
		}
	})
}
