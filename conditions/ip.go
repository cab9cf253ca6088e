package conditions

import (
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"
)

// tableFrom is the number of networks from which a routing table, whose cost does
// not grow with them, is surely faster than a loop over a slice. Between 4 and 15
// they are close and the slice is half as big (BenchmarkNetworks).
const tableFrom = 16

// parseAddr reads an IP address. A zone is dropped, an IPv4-mapped address is the
// IPv4 address. A port, brackets, a network or leading zeros are unreadable.
func parseAddr(s string) (netip.Addr, bool) {
	if address, zone, ok := strings.Cut(s, "%"); ok {
		if zone == "" || !strings.Contains(address, ":") {
			return netip.Addr{}, false
		}
		s = address // before parsing: netip would keep every zone it ever saw
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

// parsePrefix reads a network, whose host bits are ignored as AWS does, or an
// address, which is the network of that one host. An IPv4-mapped network of /96
// or longer is the IPv4 network.
func parsePrefix(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		a, ok := parseAddr(s)
		return netip.PrefixFrom(a, a.BitLen()), ok
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

// networks matches an address in any of a few networks. An IPv4 address is never
// in an IPv6 network, nor the other way round.
type networks struct {
	all []netip.Prefix
	v4  []network4 // the IPv4 networks of all
}

// A network4 is an IPv4 network: the addresses that are base under the mask.
type network4 struct{ base, mask uint32 }

func (m *networks) match(s Scalar) Tri {
	if a, ok := shortIPv4(s.text); ok {
		for _, n := range m.v4 {
			if a&n.mask == n.base {
				return True
			}
		}
		return False
	}
	a, ok := parseAddr(s.text)
	if !ok {
		return Unknown
	}
	for _, p := range m.all {
		if p.Contains(a) {
			return True
		}
	}
	return False
}

// networkTable matches an address in any of many networks.
type networkTable struct{ table bart.Lite }

func (m *networkTable) match(s Scalar) Tri {
	a, ok := parseAddr(s.text)
	if !ok {
		return Unknown
	}
	return Of(m.table.Contains(a))
}

func buildIP(b *builder) {
	var list []netip.Prefix
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if p, ok := parsePrefix(l.Text); ok {
			list = append(list, p)
			continue
		}
		b.mismatch(l, "Type mismatch IP range",
			`an address or a network in CIDR notation such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32`)
	}
	b.fixed = chooseNetworks(list)
}

func chooseNetworks(list []netip.Prefix) matcher {
	if len(list) < tableFrom {
		m := &networks{all: list}
		for _, p := range list {
			if p.Addr().Is4() {
				base := p.Addr().As4()
				address := uint32(base[0])<<24 | uint32(base[1])<<16 | uint32(base[2])<<8 | uint32(base[3])
				m.v4 = append(m.v4, network4{address, ^uint32(0) << (32 - p.Bits())})
			}
		}
		return m
	}
	t := &networkTable{}
	for _, p := range list {
		t.table.Insert(p)
	}
	return t
}
