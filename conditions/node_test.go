package conditions_test

import (
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func TestFromJSON(t *testing.T) {
	tests := map[string]struct {
		json  string
		kinds []conditions.ScalarKind // none: absent
		texts []string
	}{
		"null":         {`null`, nil, nil},
		"empty list":   {`[]`, nil, nil},
		"string":       {`"a"`, []conditions.ScalarKind{conditions.KindString}, []string{"a"}},
		"empty string": {`""`, []conditions.ScalarKind{conditions.KindString}, []string{""}},
		"exact number": {`12345678901234567890.10`, []conditions.ScalarKind{conditions.KindNumber}, []string{"12345678901234567890.10"}},
		"bool":         {`false`, []conditions.ScalarKind{conditions.KindBool}, []string{"false"}},
		"object":       {`{"a": 1}`, []conditions.ScalarKind{conditions.KindUnreadable}, []string{""}},
		"list of scalars": {`["a", 1, true]`, []conditions.ScalarKind{conditions.KindString, conditions.KindNumber, conditions.KindBool},
			[]string{"a", "1", "true"}},
		"list of others": {`["a", null, [], {}]`, []conditions.ScalarKind{conditions.KindString, conditions.KindUnreadable, conditions.KindUnreadable, conditions.KindUnreadable},
			[]string{"a", "", "", ""}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n, err := strictjson.Parse("", []byte(tt.json), strictjson.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			v := conditions.FromJSON(n)
			if v.IsAbsent() != (tt.kinds == nil) || v.IsIncomplete() || v.Len() != len(tt.kinds) {
				t.Fatalf("absent %v, incomplete %v, %d scalars; want %d", v.IsAbsent(), v.IsIncomplete(), v.Len(), len(tt.kinds))
			}
			for i := range tt.kinds {
				if s := v.At(i); s.Kind() != tt.kinds[i] || s.Text() != tt.texts[i] {
					t.Errorf("scalar %d is %v %q; want %v %q", i, s.Kind(), s.Text(), tt.kinds[i], tt.texts[i])
				}
			}
		})
	}
	if v := conditions.FromJSON(&strictjson.Node{}); v.IsAbsent() || v.Len() != 1 || v.At(0).Kind() != conditions.KindUnreadable {
		t.Error("a node of kind 0 is not one unreadable scalar")
	}
}
