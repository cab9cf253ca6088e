package conditions_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/conditions"
)

// naiveInNetwork is the slow twin: net/netip, said as plainly as possible.
func naiveInNetwork(network, address string) (in, networkOK, addressOK bool) {
	if i := strings.Index(address, "%"); i >= 0 && strings.Contains(address[:i], ":") && i+1 < len(address) {
		address = address[:i]
	}
	a, err := netip.ParseAddr(address)
	addressOK = err == nil
	a = a.Unmap()

	var p netip.Prefix
	if strings.Contains(network, "/") {
		p, err = netip.ParsePrefix(network)
	} else {
		if i := strings.Index(network, "%"); i >= 0 && strings.Contains(network[:i], ":") && i+1 < len(network) {
			network = network[:i]
		}
		var host netip.Addr
		if host, err = netip.ParseAddr(network); err == nil {
			p = netip.PrefixFrom(host, host.BitLen())
		}
	}
	networkOK = err == nil
	if !networkOK || !addressOK {
		return false, networkOK, addressOK
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Contains(a), true, true
}

var ipCases = []struct {
	name, network, address string
	want                   conditions.Tri
}{
	{"in", "203.0.113.0/24", "203.0.113.42", conditions.True},
	{"out", "203.0.113.0/24", "198.51.100.42", conditions.False},
	{"first", "203.0.113.0/24", "203.0.113.0", conditions.True},
	{"last", "203.0.113.0/24", "203.0.113.255", conditions.True},
	{"after the last", "203.0.113.0/24", "203.0.114.0", conditions.False},
	{"bare address", "203.0.113.7", "203.0.113.7", conditions.True},
	{"bare address, other", "203.0.113.7", "203.0.113.8", conditions.False},
	{"host bits are ignored", "10.0.0.1/8", "10.200.0.9", conditions.True},
	{"everything v4", "0.0.0.0/0", "8.8.8.8", conditions.True},
	{"v6", "2001:db8::/32", "2001:db8::1", conditions.True},
	{"v6 out", "2001:db8::/32", "2001:db9::1", conditions.False},
	{"v6 bare is one host", "2001:db8::1", "2001:db8::2", conditions.False},
	{"v6 in other spelling", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", conditions.True},
	{"v4 is not in v6", "::/0", "10.0.0.1", conditions.False},
	{"v6 is not in v4", "0.0.0.0/0", "2001:db8::1", conditions.False},
	{"mapped address is v4", "10.0.0.0/8", "::ffff:10.1.2.3", conditions.True},
	{"mapped address in hex", "10.0.0.0/8", "::ffff:0a01:0203", conditions.True},
	{"mapped bare address in policy", "::ffff:10.1.2.3", "10.1.2.3", conditions.True},
	{"mapped network of /104", "::ffff:10.0.0.0/104", "10.1.2.3", conditions.True},
	{"mapped network of /96", "::ffff:0:0/96", "203.0.113.9", conditions.True},
	{"mapped network shorter than /96", "::ffff:0:0/95", "10.1.2.3", conditions.False},
	{"zone is dropped", "fe80::/10", "fe80::1%eth0", conditions.True},
	{"zone in the policy is dropped", "fe80::1%eth0", "fe80::1", conditions.True},
	{"mapped with a zone", "10.0.0.0/8", "::ffff:10.1.2.3%1", conditions.True},

	{"port", "10.0.0.0/8", "10.0.0.1:443", conditions.Unknown},
	{"brackets", "::/0", "[2001:db8::1]", conditions.Unknown},
	{"brackets and port", "::/0", "[2001:db8::1]:443", conditions.Unknown},
	{"leading zeros", "10.0.0.0/8", "010.0.0.1", conditions.Unknown},
	{"octal", "10.0.0.0/8", "012.1.2.3", conditions.Unknown},
	{"three fields", "10.0.0.0/8", "10.0.1", conditions.Unknown},
	{"integer", "10.0.0.0/8", "167772161", conditions.Unknown},
	{"hex", "10.0.0.0/8", "0x0a000001", conditions.Unknown},
	{"field too big", "10.0.0.0/8", "10.0.0.256", conditions.Unknown},
	{"network as a value", "10.0.0.0/8", "10.0.0.0/8", conditions.Unknown},
	{"empty zone", "fe80::/10", "fe80::1%", conditions.Unknown},
	{"zone on v4", "10.0.0.0/8", "10.0.0.1%eth0", conditions.Unknown},
	{"blank", "10.0.0.0/8", " 10.0.0.1", conditions.Unknown},
	{"empty", "10.0.0.0/8", "", conditions.Unknown},
	{"list in one string", "10.0.0.0/8", "10.0.0.1, 10.0.0.2", conditions.Unknown},
	{"name", "10.0.0.0/8", "localhost", conditions.Unknown},
}

func TestNetworks(t *testing.T) {
	for _, tt := range ipCases {
		t.Run(tt.name, func(t *testing.T) {
			for _, negated := range []bool{false, true} {
				operator, want := "IpAddress", tt.want
				if negated {
					operator, want = "NotIpAddress", tt.want.Not()
				}
				s := mustCompile(t, clause(operator, "aws:SourceIp", tt.network))
				if got := s.Eval(with("aws:SourceIp", conditions.Text(tt.address))); got != want {
					t.Errorf("%s %s of %s = %v, want %v", operator, tt.network, tt.address, got, want)
				}
			}
		})
	}
}

func TestUnreadableNetworks(t *testing.T) {
	for _, text := range []string{
		"/invalid", "10.0.0.0/33", "2001:db8::/129", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1",
		"10.0/8", "10.0.0.0/8/8", "010.0.0.0/8", "[::1]", "::1/64%eth0", "fe80::1%eth0/64", "10.0.0.1:80", "*", "10.0.0.*", "10.0.0.0-10.0.0.9", "10",
	} {
		wantProblem(t, "Type mismatch IP range", clause("IpAddress", "aws:SourceIp", "10.0.0.0/8", text))
	}
}

// TestNetworkShape pins which structure is chosen, and that both agree.
func TestNetworkShape(t *testing.T) {
	for n, shape := range map[int]string{1: "slice", 15: "slice", 16: "table", 300: "table"} {
		networks := make([]string, n)
		for i := range networks {
			networks[i] = fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)
		}
		s := mustCompile(t, clause("IpAddress", "k", networks...))
		if got := conditions.MatcherShape(s); got != shape {
			t.Errorf("%d networks: %s, want %s", n, got, shape)
		}
	}
}

func TestNetworkShapesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.Custom(func(t *rapid.T) string {
			// Few bits vary, so that hits are common; mapped and IPv6 ones too.
			low := rapid.Uint32Range(0, 0x3ff).Draw(t, "low") << rapid.SampledFrom([]int{0, 8, 22}).Draw(t, "shift")
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], low)
			v4 := netip.AddrFrom4(b)
			return rapid.SampledFrom([]string{v4.String(), "::ffff:" + v4.String(), "2001:db8::" + v4.String()}).Draw(t, "form")
		})
		network := rapid.Custom(func(t *rapid.T) string {
			a := netip.MustParseAddr(addr.Draw(t, "address"))
			return fmt.Sprintf("%s/%d", a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))
		})
		networks := rapid.SliceOfN(network, 1, 40).Draw(t, "networks")
		s := mustCompile(t, clause("IpAddress", "k", networks...))
		for range 20 {
			a := addr.Draw(t, "asked")
			want := false
			for _, n := range networks {
				in, _, _ := naiveInNetwork(n, a)
				want = want || in
			}
			if got := s.Eval(with("k", conditions.Text(a))); got != conditions.Of(want) {
				t.Fatalf("%s in %v = %v, want %v", a, networks, got, want)
			}
		}
	})
}

func FuzzIP(f *testing.F) {
	for _, tt := range ipCases {
		f.Add(tt.network, tt.address)
	}
	f.Fuzz(func(t *testing.T, network, address string) {
		in, networkOK, addressOK := naiveInNetwork(network, address)
		s, problems := conditions.Compile([]conditions.Clause{clause("IpAddress", "k", network)}, true)
		if (len(problems) == 0) != networkOK {
			t.Fatalf("network %q: problems %v, want readable %v", network, problems, networkOK)
		}
		want := conditions.Unknown
		if networkOK && addressOK {
			want = conditions.Of(in)
		}
		if got := s.Eval(with("k", conditions.Text(address))); got != want {
			t.Errorf("%s in %s = %v, want %v", address, network, got, want)
		}
	})
}
