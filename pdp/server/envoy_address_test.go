//go:build envoy

package server_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bob of the orders team may refund from the office's addresses only; where the
// client is, Envoy says.
func TestEnvoyClientAddress(t *testing.T) {
	const sample, office, loopback = "192.0.2.0/24", "198.51.100.0/24", "127.0.0.0/8"
	xff := func(value string) [2]string { return [2]string{"x-forwarded-for", value} }
	type request struct {
		name   string
		header [][2]string
		status int
	}
	for _, setup := range []struct {
		name     string
		allowed  string // the network that the policy names
		settings string // of authn.client_address
		edit     func(hcm, listener, root tree)
		requests []request
	}{
		{"client connects itself", loopback, "", nil, []request{
			{"from an allowed address", nil, 200},
			{"whatever it says of itself", [][2]string{xff("203.0.113.1")}, 200},
		}},
		{"client is elsewhere", office, "", nil, []request{
			{"from another address", nil, 403},
			{"that claims to be the office", [][2]string{xff("198.51.100.9")}, 403},
			{"in every header that some proxy believes", [][2]string{xff("198.51.100.9"), {"x-real-ip", "198.51.100.9"}, {"forwarded", "for=198.51.100.9"},
				{"x-envoy-external-address", "198.51.100.9"}, {"true-client-ip", "198.51.100.9"}, {"aws:sourceip", "198.51.100.9"}}, 403},
		}},
		{"client is elsewhere and Envoy believes it", office, "", func(hcm, _, _ tree) { hcm["use_remote_address"] = false }, []request{
			{"that claims to be the office", [][2]string{xff("198.51.100.9")}, 403},
		}},
		{"load balancer by hops", office, "trusted_hops: 2",
			func(hcm, _, _ tree) { hcm["xff_num_trusted_hops"] = 1 }, []request{
				{"the load balancer's word", [][2]string{xff("198.51.100.9")}, 200},
				{"a forgery before the load balancer's word", [][2]string{xff("198.51.100.9, 203.0.113.1")}, 403},
				{"two lines, as they are joined", [][2]string{xff("198.51.100.9"), xff("203.0.113.1")}, 403},
				{"no word of it", nil, 403},
				{"a word that is no address", [][2]string{xff("office")}, 403},
			}},
		{"load balancer by its network", office, "trusted_proxies: [" + strings.Join(append(ownAddresses(t), loopback), ", ") + "]", nil, []request{
			{"the load balancer's word", [][2]string{xff("198.51.100.9")}, 200},
			{"a forgery before the load balancer's word", [][2]string{xff("198.51.100.9, 203.0.113.1")}, 403},
			{"a forgery behind a gap", [][2]string{xff("198.51.100.9, , 127.0.0.2")}, 403},
			{"no word of it", nil, 403},
		}},
	} {
		t.Run(setup.name, func(t *testing.T) {
			bundle := copyBundle(t)
			policy, err := os.ReadFile(filepath.Join(bundle, "orders-team.json"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(policy), sample) {
				t.Fatalf("orders-team.json does not hold %s", sample)
			}
			replaceFile(t, bundle, "orders-team.json", strings.ReplaceAll(string(policy), sample, setup.allowed))
			var replace []string
			if setup.settings != "" {
				replace = []string{"authn:\n", "authn:\n  client_address: {" + setup.settings + "}\n"}
			}
			w := &world{upstream: newUpstream(t), issuer: newIssuer(t), mayi: startMayI(t, bundle, replace...)}
			w.mayi.ready()
			w.envoy = startEnvoy(t, envoySetup{mayiSocket: w.mayi.socket, upstream: w.upstream.addr(), jwks: w.issuer.file, edit: setup.edit})
			for _, r := range setup.requests {
				header := slices.Concat(r.header, w.as("bob"))
				if got := http1(t, w.envoy.addr, "POST", "/orders/7/refund", header, ""); got.status != r.status {
					t.Errorf("%s: status %d, expected %d; body %q", r.name, got.status, r.status, got.body)
				}
			}
		})
	}
}

// ownAddresses are this machine's. Envoy writes one of them into X-Forwarded-For
// when its client connects over the loopback interface.
func ownAddresses(t *testing.T) (list []string) {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
			list = append(list, n.IP.String())
		}
	}
	return list
}
