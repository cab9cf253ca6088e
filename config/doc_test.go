package config_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/config"
)

// TestDocumentation compares docs/configuration.md with the settings there are:
// every key once, with its default.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z0-9_.\\[\\]]+)` \\| (?:`([^`]*)` )?\\| (.*)\\|$")
	documented := make(map[string]string)
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		if _, twice := documented[m[1]]; twice {
			t.Errorf("%s stands twice", m[1])
		}
		documented[m[1]] = m[2]
	}
	names := config.Names()
	for _, name := range names {
		if _, ok := documented[name]; !ok {
			t.Errorf("%s is not documented", name)
		}
	}
	for name := range documented {
		if !slices.Contains(names, name) {
			t.Errorf("%s is documented and does not exist", name)
		}
	}
	for _, key := range config.Keys() {
		if documented[key.Name] != key.Default {
			t.Errorf("%s is documented with the default %q, it is %q", key.Name, documented[key.Name], key.Default)
		}
		if key.Env != "MAYI_"+strings.ToUpper(strings.ReplaceAll(key.Name, ".", "_")) {
			t.Errorf("%s has the variable %s", key.Name, key.Env)
		}
	}
}
