package pdp_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// naiveDecide asks a bundle's statements one by one: those that match by action and
// resource have no conditions here, so that the first Allow or all Denies decide.
func naiveDecide(matching []pdp.StatementRef) string {
	var denies, allows []string
	for _, ref := range matching {
		name := fmt.Sprintf("%s#%d", ref.Policy, ref.Index)
		if ref.Effect == pdp.Deny {
			denies = append(denies, name)
		} else {
			allows = append(allows, name)
		}
	}
	switch {
	case len(denies) > 0:
		return strings.Join(append([]string{"explicit_deny"}, denies[:min(len(denies), pdp.MaxDetermining)]...), " ")
	case len(allows) == 0:
		return "implicit_deny"
	case matching[0].Layer == pdp.LayerResource:
		return "resource_policy " + allows[0]
	}
	return "identity_policy " + allows[0]
}

// Of ten thousand statements, spread or hostile, a handful are looked at, the same as
// of a hundred; and no other decides.
func TestOnlyWhatCanMatchIsLookedAt(t *testing.T) {
	const most = 8
	for _, s := range shapes {
		for _, everyone := range []bool{false, true} {
			for _, n := range []int{100, 10_000} {
				e := compile(t, s.bundle(n, everyone))
				for i, r := range s.requests(n) {
					looked, matching, _ := e.Looked(r)
					if len(looked) > most {
						t.Fatalf("%s/%d: %s on %s looks at %d statements", s.name, n, r.Action, r.Resource.ID, len(looked))
					}
					if (len(matching) == 0) != (i%3 == 2) {
						t.Fatalf("%s/%d: %s on %s matches %v", s.name, n, r.Action, r.Resource.ID, matching)
					}
					if got := says(e.Decide(r)); got != naiveDecide(matching) {
						t.Fatalf("%s/%d: %s on %s: got %s, want %s", s.name, n, r.Action, r.Resource.ID, got, naiveDecide(matching))
					}
					if i >= 50 {
						break
					}
				}
			}
		}
	}
}

func TestIndexAllocatesNothing(t *testing.T) {
	for _, s := range shapes {
		for _, everyone := range []bool{false, true} {
			e, requests := compile(t, s.bundle(1000, everyone)), s.requests(1000)
			i := 0
			if n := testing.AllocsPerRun(500, func() { e.Decide(requests[i%len(requests)]); i++ }); n != 0 && pooled {
				t.Errorf("%s: %v allocations", s.name, n)
			}
		}
	}
}

// Each shape takes the path that is made for it.
func TestIndexPaths(t *testing.T) {
	for _, test := range []struct {
		shape                          string
		indexes, groups, eights, fours int
	}{
		{"spread", 1, 97, 0, 0}, {"grid", 1, 100, 0, 0}, {"prefix", 1, 1, 0, 0}, {"inner", 1, 1, 1000, 0}, {"fields", 1, 1, 1000, 0}, {"short", 1, 1, 0, 1000},
	} {
		for _, s := range append(shapes, shape{
			name: "short", action: func(int) string { return "svc:Get*" }, resource: func(i int) string { return fmt.Sprintf("*-%03d?", i) },
		}) {
			if s.name != test.shape {
				continue
			}
			indexes, groups, eights, fours := compile(t, s.bundle(1000, false)).Shape()
			if indexes != test.indexes || groups != test.groups || eights != test.eights || fours != test.fours {
				t.Errorf("%s: %d indexes, %d groups, %d and %d windows; want %+v", s.name, indexes, groups, eights, fours, test)
			}
		}
	}
	if indexes, _, _, _ := compile(t, shapes[0].bundle(20, false)).Shape(); indexes != 0 {
		t.Error("twenty statements are indexed; looking at each is cheaper")
	}
}

// What a Deny with an unreadable variable says does not depend on what its pattern
// begins with: such statements are looked at whatever the resource.
func TestIndexKeepsWhatMayBeUnknown(t *testing.T) {
	s := shapes[0]
	f := s.bundle(1000, false)
	f["p0003.json"] = document(statement("Deny", "", "*", "arn:aws:svc:::${app:body}/x"), statement("Deny", "", "*", "arn:aws:svc:::${aws:username}/x"))
	e := compile(t, f)
	r := ask("u", "any:Thing", "somewhere else")
	r.Context = new(conditions.Context)
	if got := says(e.Decide(r)); got != "implicit_deny" {
		t.Errorf("got %s", got)
	}
	r.Context.MarkIncomplete("app:body")
	if got := says(e.Decide(r)); got != "unknown_condition p0003#0" {
		t.Errorf("with a body that cannot be read: got %s", got)
	}
}

// A long resource that repeats itself finds the same statements again and again, and
// keeps them once.
func TestIndexOfRepeatingText(t *testing.T) {
	f := files{}
	var list []string
	for i := range 400 { // forty statements for each of ten names
		list = append(list, statement("Allow", "", "svc:Get*", fmt.Sprintf("*/tenant-%d/*", i%10)))
	}
	f["p.json"], f["users.json"] = document(list...), `{"users": {"u": {"policies": ["p"]}}}`
	e := compile(t, f)
	looked, matching, _ := e.Looked(ask("u", "svc:GetThing", strings.Repeat("/tenant-3", 10_000)+"/"))
	times := 0
	for _, n := range looked {
		times += n
	}
	if len(matching) != 40 || len(looked) != 40 || times > 400 {
		t.Errorf("%d statements match, %d are looked at, and found %d times", len(matching), len(looked), times)
	}
}

func TestHeadKeys(t *testing.T) {
	for _, text := range []string{"", "a", "abcdefg", "abcdefgh", "abcdefghi", "arn:aws:s3:::bucket/ÄÖ\u212a/x", strings.Repeat("0123456789", 30)} {
		for length := 0; length <= min(len(text), 255); length++ {
			whole, ok := pdp.HeadKey(text, length, false)
			alone, ok2 := pdp.HeadKey(text[:length], length, false)
			if !ok || !ok2 || whole != alone || whole>>24 != uint32(length) {
				t.Errorf("%.40q: the key of the first %d bytes is %x, by themselves %x", text, length, whole, alone)
			}
		}
	}
	for _, fold := range [][2]string{{"S3:GetObject", "s3:getobject"}, {"@AZ[`az{", "@az[`az{"}, {"\u212aEY:Ä", "\u212aey:Ä"}} {
		a, _ := pdp.HeadKey(fold[0], len(fold[0]), true)
		b, _ := pdp.HeadKey(fold[1], len(fold[1]), false)
		if a != b {
			t.Errorf("%q and %q have different keys", fold[0], fold[1])
		}
	}
	if a, _ := pdp.HeadKey("\u212a", 3, true); a == 0 {
		t.Error("no key")
	} else if b, _ := pdp.HeadKey("k\x00\x00", 3, true); a == b {
		t.Error("the Kelvin sign is a k")
	}
	if _, ok := pdp.HeadKey("abc", 4, false); ok {
		t.Error("a text of three bytes begins with four")
	}
}

// Membership roles, groups and own policies of many statements, some the same.
func TestIndexedBlocksOverlap(t *testing.T) {
	f := shapes[0].bundle(400, false)
	for name, data := range f { // whosever it is
		f[name] = strings.ReplaceAll(data, ":111111111111:", ":*:")
	}
	f["users.json"] = `{"tenants": {"111111111111": {}, "222222222222": {}}, "users": {"u": {"tenant": "111111111111", "policies": ["p0000", "p0001", "p0007"], "groups": ["g", "h"],
		"memberships": {"222222222222": {"roles": ["r"]}}}},
		"groups": {"g": {"policies": ["p0001", "p0002"]}, "h": {"policies": ["p0003", "p0002"]}},
		"roles": {"r": {"policies": ["p0004", "p0005", "p0006", "p0001"]}}}`
	e := compile(t, f)
	for _, test := range []struct {
		i     int
		other bool // the resource is of the membership's tenant
		want  string
	}{
		{0, false, "identity_policy p0000#0"}, {60, false, "identity_policy p0001#10"}, {107, false, "explicit_deny p0002#7"},
		{199, false, "identity_policy p0003#49"}, {350, false, "identity_policy p0007#0"}, {200, false, "implicit_deny"}, {207, false, "explicit_deny p0004#7"},
		{0, true, "identity_policy p0000#0"}, {60, true, "identity_policy p0001#10"}, {200, true, "identity_policy p0004#0"}, {207, true, "explicit_deny p0004#7"}, {310, true, "identity_policy p0006#10"},
	} {
		s := shapes[0]
		r := ask("u", s.does(test.i), s.asks(test.i))
		if test.other {
			r.Resource.ID = strings.Replace(r.Resource.ID, "111111111111", "222222222222", 1)
		}
		if got := says(e.Decide(r)); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}

// A bundle's memory: what is kept of a simple statement beside its own JSON.
func TestHeapPerStatement(t *testing.T) {
	const n = 50_000
	for i, most := range []int{130, 65, 140, 150, 330} { // published: docs say 150 for a simple one
		s := shapes[i]
		bundle := s.bundle(n, false)
		size := 0
		for _, data := range bundle {
			size += len(data)
		}
		before := heap()
		e := compile(t, bundle)
		grown := (int(heap()-before) - size) / n
		runtime.KeepAlive(bundle)
		if grown > most && pooled {
			t.Errorf("%s: a statement takes %d bytes beside its JSON; expected at most %d", s.name, grown, most)
		}
		t.Logf("%s: %d bytes beside %d of JSON", s.name, grown, size/n)
		runtime.KeepAlive(e)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
