package strictjson_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Places are kept for most values of a policy, and each holds a pointer. A long
// name over many values would make them quadratic in the document's size.
func TestPointersAreBounded(t *testing.T) {
	list := "[" + strings.Repeat("1,", 100_000) + "1]"
	object := func(value string) string { return `{"` + strings.Repeat("x", 1000) + `": ` + value + `}` }
	for _, c := range []struct {
		name, data string
		refused    bool
	}{
		{"many values", list, false},
		{"below usual names", `{"Statement": [{"Condition": {"IpAddress": {"aws:SourceIp": ` + list + `}}}]}`, false},
		{"below a long name", object(list), true},
		{"below many", strings.Repeat(`{"`+strings.Repeat("x", 20)+`":`, 60) + list + strings.Repeat("}", 60), true},
		{"a long name over few", object("[1, 2]"), false},
		{"long names side by side", "[" + strings.Repeat(object("1")+",", 1000) + "1]", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := strictjson.Parse("f.json", []byte(c.data), strictjson.Limits{})
			var got *strictjson.Error
			if errors.As(err, &got) != c.refused {
				t.Fatalf("error %v", err)
			}
			if c.refused && (got.Rule != "Size" || !strings.Contains(got.Reason, "shorter names")) {
				t.Errorf("refused by %s: %s", got.Rule, got.Reason)
			}
		})
	}
}
