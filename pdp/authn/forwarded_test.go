package authn_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/authn"
)

var proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}

var forwarded = []struct {
	name  string
	f     authn.Forwarding
	peer  string
	lines []string
	want  string // "" is unknown
}{
	{"nothing configured", authn.Forwarding{}, "192.0.2.1", []string{"198.51.100.1"}, "192.0.2.1"},
	{"nothing configured, unix", authn.Forwarding{}, "", []string{"198.51.100.1"}, ""},
	{"nothing configured, mapped", authn.Forwarding{}, "::ffff:192.0.2.1", nil, "192.0.2.1"},

	{"one hop", authn.Forwarding{TrustedHops: 1}, "192.0.2.1", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
	{"two hops", authn.Forwarding{TrustedHops: 2}, "", []string{"1.1.1.1, 198.51.100.1"}, "1.1.1.1"},
	{"two hops, two lines", authn.Forwarding{TrustedHops: 2}, "192.0.2.1", []string{"9.9.9.9,1.1.1.1", "198.51.100.1"}, "1.1.1.1"},
	{"too few entries", authn.Forwarding{TrustedHops: 3}, "192.0.2.1", []string{"1.1.1.1, 198.51.100.1"}, ""},
	{"no header", authn.Forwarding{TrustedHops: 1}, "192.0.2.1", nil, ""},
	{"empty header", authn.Forwarding{TrustedHops: 1}, "192.0.2.1", []string{""}, ""},
	{"garbage to the right is not skipped", authn.Forwarding{TrustedHops: 2}, "192.0.2.1", []string{"1.1.1.1, unknown"}, ""},
	{"garbage to the left does not matter", authn.Forwarding{TrustedHops: 1}, "192.0.2.1", []string{"unknown, 1.1.1.1"}, "1.1.1.1"},
	{"garbage is not the client", authn.Forwarding{TrustedHops: 1}, "192.0.2.1", []string{"_hidden"}, ""},

	{"peer not trusted", authn.Forwarding{TrustedProxies: proxies}, "192.0.2.1", []string{"1.1.1.1"}, "192.0.2.1"},
	{"peer trusted", authn.Forwarding{TrustedProxies: proxies}, "10.0.0.1", []string{"9.9.9.9, 1.1.1.1"}, "1.1.1.1"},
	{"chain of proxies", authn.Forwarding{TrustedProxies: proxies}, "10.0.0.1", []string{"9.9.9.9, 1.1.1.1, 10.0.0.2,fd00::1"}, "1.1.1.1"},
	{"all trusted", authn.Forwarding{TrustedProxies: proxies}, "10.0.0.1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
	{"trusted and no header", authn.Forwarding{TrustedProxies: proxies}, "10.0.0.1", nil, "10.0.0.1"},
	{"garbage among proxies", authn.Forwarding{TrustedProxies: proxies}, "10.0.0.1", []string{"1.1.1.1, x, 10.0.0.2"}, ""},
	{"empty entry", authn.Forwarding{TrustedProxies: proxies}, "10.0.0.1", []string{"1.1.1.1,,10.0.0.2"}, ""},
	{"unix not trusted", authn.Forwarding{TrustedProxies: proxies}, "", []string{"1.1.1.1"}, ""},
	{"unix trusted", authn.Forwarding{TrustedProxies: proxies, TrustUnix: true}, "", []string{"1.1.1.1, 10.0.0.1"}, "1.1.1.1"},
	{"unix trusted, no header", authn.Forwarding{TrustedProxies: proxies, TrustUnix: true}, "", nil, ""},
	{"peer with a zone", authn.Forwarding{TrustedProxies: proxies}, "fd00::1%eth0", []string{"1.1.1.1"}, "1.1.1.1"},

	{"port", authn.Forwarding{TrustedHops: 1}, "", []string{"1.1.1.1:80"}, "1.1.1.1"},
	{"IPv6", authn.Forwarding{TrustedHops: 1}, "", []string{"2001:DB8::1"}, "2001:db8::1"},
	{"IPv6 in brackets", authn.Forwarding{TrustedHops: 1}, "", []string{"[2001:db8::1]"}, "2001:db8::1"},
	{"IPv6 and port", authn.Forwarding{TrustedHops: 1}, "", []string{"[2001:db8::1]:80"}, "2001:db8::1"},
	{"IPv6, mapped", authn.Forwarding{TrustedHops: 1}, "", []string{"::ffff:1.1.1.1"}, "1.1.1.1"},
	{"mapped and trusted", authn.Forwarding{TrustedProxies: proxies}, "::ffff:10.0.0.1", []string{"1.1.1.1,::ffff:10.0.0.2"}, "1.1.1.1"},
	{"IPv6 zone", authn.Forwarding{TrustedHops: 1}, "", []string{"fe80::1%eth0"}, ""},
	{"IPv4 in brackets", authn.Forwarding{TrustedHops: 1}, "", []string{"[1.1.1.1]"}, ""},
	{"leading zeros", authn.Forwarding{TrustedHops: 1}, "", []string{"01.1.1.1"}, ""},
	{"quotes", authn.Forwarding{TrustedHops: 1}, "", []string{`"1.1.1.1"`}, ""},
	{"bad port", authn.Forwarding{TrustedHops: 1}, "", []string{"1.1.1.1:x"}, ""},

	{"many entries", authn.Forwarding{TrustedProxies: proxies}, "10.0.0.1", []string{"1.1.1.1" + strings.Repeat(",10.0.0.1", 63)}, "1.1.1.1"},
	{"too many entries", authn.Forwarding{TrustedProxies: proxies}, "10.0.0.1", []string{"1.1.1.1" + strings.Repeat(",10.0.0.1", 64)}, ""},
}

func addr(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a
}

func TestClientAddress(t *testing.T) {
	for _, tt := range forwarded {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.f.Validate(); err != nil {
				t.Fatal(err)
			}
			got, ok := tt.f.ClientAddress(addr(tt.peer), tt.lines)
			if ok != (tt.want != "") || ok && got.String() != tt.want {
				t.Errorf("got %s, %t; want %q", got, ok, tt.want)
			}
		})
	}
}

func TestForwardingValidate(t *testing.T) {
	for _, tt := range []struct {
		f    authn.Forwarding
		want string
	}{
		{authn.Forwarding{TrustedHops: -1}, "trusted hops"},
		{authn.Forwarding{TrustedHops: 65}, "trusted hops"},
		{authn.Forwarding{TrustedHops: 1, TrustedProxies: proxies}, "one of them"},
		{authn.Forwarding{TrustUnix: true}, "trust unix"},
		{authn.Forwarding{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")}}, "IPv4"},
	} {
		if err := tt.f.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %v", tt.f, err)
		}
	}
}

// FuzzClientAddress checks against the plainest reading: split everything, walk
// from the right. What is known is an address without zone, and is the peer or
// stands in the header.
func FuzzClientAddress(f *testing.F) {
	for _, tt := range forwarded {
		f.Add(uint8(tt.f.TrustedHops), tt.f.TrustUnix, tt.peer, strings.Join(tt.lines, "\n"))
	}
	f.Fuzz(func(t *testing.T, hops uint8, unix bool, peer, header string) {
		fw := authn.Forwarding{TrustedHops: int(hops % 65)}
		if fw.TrustedHops == 0 {
			fw.TrustedProxies, fw.TrustUnix = proxies, unix
		}
		lines := strings.Split(header, "\n")
		got, ok := fw.ClientAddress(addr(peer), lines)
		if !ok {
			return
		}
		if !got.IsValid() || got.Zone() != "" || got.Is4In6() {
			t.Fatalf("got %s", got)
		}
		entries := strings.Split(strings.Join(lines, ","), ",")
		if fw.TrustedHops > 0 {
			entry := strings.Trim(entries[len(entries)-fw.TrustedHops], " \t")
			if one, known := (authn.Forwarding{TrustedHops: 1}).ClientAddress(netip.Addr{}, []string{entry}); !known || one != got {
				t.Errorf("entry %q is %s, got %s", entry, one, got)
			}
			return
		}
		if p := addr(peer).Unmap().WithZone(""); got == p {
			return
		}
		for _, e := range entries {
			if one, known := (authn.Forwarding{TrustedHops: 1}).ClientAddress(netip.Addr{}, []string{e}); known && one == got {
				return
			}
		}
		t.Errorf("%s is neither peer nor entry", got)
	})
}
