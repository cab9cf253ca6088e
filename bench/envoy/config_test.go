package envoy_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/mayi-authz/mayi/bench/envoy"
)

func TestConfig(t *testing.T) {
	text, err := envoy.Config([]envoy.Listener{
		{Port: 10000},
		{Port: 10001, Network: "unix", Address: "/tmp/a.sock"},
		{Port: 10002, Network: "tcp", Address: "127.0.0.1:9191"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Resources struct {
			Listeners []struct {
				Chains []struct {
					Filters []struct {
						Config struct {
							Filters []struct{ Name string } `yaml:"http_filters"`
						} `yaml:"typed_config"`
					}
				} `yaml:"filter_chains"`
			}
			Clusters []map[string]any
		} `yaml:"static_resources"`
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	filters := 0
	for _, l := range config.Resources.Listeners {
		for _, f := range l.Chains[0].Filters[0].Config.Filters {
			if strings.HasSuffix(f.Name, "ext_authz") {
				filters++
			}
		}
	}
	if len(config.Resources.Listeners) != 3 || filters != 2 || len(config.Resources.Clusters) != 2 {
		t.Errorf("%d filters in\n%s", filters, text)
	}
	if _, err := envoy.Config([]envoy.Listener{{Port: 1, Network: "tcp", Address: "nowhere"}}); err == nil {
		t.Error("an address that is none")
	}
}
