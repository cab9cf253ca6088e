package conditions_test

import (
	"testing"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// TestEngineKeys compares the table with what the engine reserves.
func TestEngineKeys(t *testing.T) {
	for name, k := range keyTable() {
		if k.Family() {
			name += "x"
		}
		if reserved := pdp.ReservedKey(name); reserved != (k.Origin == conditions.FromEngine) {
			t.Errorf("%s: the table says %v; reserved by the engine: %v", k.Name, k.Origin, reserved)
		}
	}
	for _, name := range namesIn(t, "../pdp/keys.go", `\{"((?:aws|wami):[a-z]+/?)", `) {
		if k, ok := keyTable()[name]; !ok || k.Origin != conditions.FromEngine {
			t.Errorf("%s is the engine's and not so in the table", name)
		}
	}
}
