package conditions_test

import (
	"fmt"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
)

func TestKeyOf(t *testing.T) {
	known := conditions.KnownKeys()
	for _, tt := range []struct {
		name, folded, row, tag string
		own                    bool
	}{
		{"aws:CurrentTime", "aws:currenttime", "aws:CurrentTime", "", false},
		{"AWS:PrincipalTag/Team/Red", "aws:principaltag/team/red", "aws:PrincipalTag/", "team/red", false},
		{"aws:SourceIp", "aws:sourceip", "aws:SourceIp", "", false},
		{"aws:Nothing", "aws:nothing", "", "", false},
		{"aws:SourceIp/x", "aws:sourceip/x", "", "", false},
		{"wami:TenantTag/", "wami:tenanttag/", "wami:TenantTag/", "", false},
		{"http:header/x-Team", "http:header/x-team", "", "", true},
		{"level", "level", "", "", true},
		{"", "", "", "", true},
	} {
		k := conditions.KeyOf(tt.name)
		row := ""
		if k.Row() >= 0 {
			row = known[k.Row()].Name
		}
		if k.Name() != tt.folded || row != tt.row || k.Tag() != tt.tag || k.Own() != tt.own {
			t.Errorf("KeyOf(%q) is %q, row %q, tag %q, own %v; want %+v", tt.name, k.Name(), row, k.Tag(), k.Own(), tt)
		}
	}
	for i, info := range known {
		if k := conditions.KeyOf(info.Name); k.Row() != i {
			t.Errorf("KeyOf(%q) has the row %d, want %d", info.Name, k.Row(), i)
		}
	}
}

// A Context answers alike for a name and for its key, however many it holds.
func TestContextLookup(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 100} {
		var c conditions.Context
		for i := range n {
			c.Set(fmt.Sprintf("k:%d", i), conditions.Text(fmt.Sprint(i)))
		}
		c.MarkIncomplete("k:9")
		for i := range n + 100 {
			k := conditions.KeyOf(fmt.Sprintf("K:%d", i))
			got, want := c.Lookup(&k), c.Value(k.Name())
			if got.IsAbsent() != want.IsAbsent() || got.IsIncomplete() != want.IsIncomplete() || got.Len() > 0 && got.At(0) != want.At(0) {
				t.Errorf("of %d, %s is %+v by its key and %+v by its name", n, k.Name(), got, want)
			}
		}
	}
	var none *conditions.Context
	k := conditions.KeyOf("k")
	if _, ok := none.Seconds(&k); ok || !none.Lookup(&k).IsAbsent() {
		t.Error("the nil Context is not empty")
	}
}
