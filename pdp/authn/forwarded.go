package authn

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// maxForwarded bounds the entries of X-Forwarded-For that are looked at.
const maxForwarded = 64

// Forwarding says how the client's address is found. The zero Forwarding takes
// the address of the connection's other end and reads no header.
type Forwarding struct {
	// TrustedHops makes the client the entry at this place of X-Forwarded-For,
	// from the right, as the header arrives at MayI: 1 is the last one. Behind an
	// Envoy with use_remote_address and xff_num_trusted_hops n it is n+1, because
	// Envoy has added its peer; without use_remote_address it is n+1 too, because
	// it has not, and trusts its peer's entry. 0 reads no header.
	TrustedHops int
	// TrustedProxies are the networks of proxies whose entries are believed. The
	// client is the first address, from the connection's other end on and then
	// through X-Forwarded-For from the right, that is not one of them.
	TrustedProxies []netip.Prefix
	// TrustUnix believes the entries of whoever connects over a unix socket, where
	// TrustedProxies are set.
	TrustUnix bool
}

// Validate reports every problem of the settings, joined.
func (f Forwarding) Validate() error {
	var errs []error
	if f.TrustedHops < 0 || f.TrustedHops > maxForwarded {
		errs = append(errs, fmt.Errorf("trusted hops: %d, expected 0 to %d", f.TrustedHops, maxForwarded))
	}
	if f.TrustedHops > 0 && len(f.TrustedProxies) > 0 {
		errs = append(errs, errors.New("trusted hops and trusted proxies: expected one of them"))
	}
	if f.TrustUnix && len(f.TrustedProxies) == 0 {
		errs = append(errs, errors.New("trust unix: expected trusted proxies beside it"))
	}
	for _, p := range f.TrustedProxies {
		if err := checkNetwork(p); err != nil {
			errs = append(errs, fmt.Errorf("trusted proxies: %w", err))
		}
	}
	return errors.Join(errs...)
}

func checkNetwork(p netip.Prefix) error {
	switch {
	case !p.IsValid():
		return errors.New("invalid network")
	case p.Addr().Is4In6():
		return fmt.Errorf("network %s, expected IPv4 to be written as IPv4", p)
	case p != p.Masked():
		return fmt.Errorf("network %s, expected %s", p, p.Masked())
	}
	return nil
}

// ClientAddress returns the client's address, or false where it cannot be known.
// peer is the connection's other end, invalid for a unix socket (where it is
// invalid for another reason, the caller leaves out TrustUnix); lines are the
// values of X-Forwarded-For. An entry that cannot be read ends the search: what
// stands to its left was written by whoever wrote it.
func (f Forwarding) ClientAddress(peer netip.Addr, lines []string) (netip.Addr, bool) {
	peer = peer.Unmap().WithZone("")
	if f.TrustedHops == 0 {
		if !f.trusts(peer) {
			return peer, peer.IsValid()
		}
	}
	entries := 0
	for i := len(lines) - 1; i >= 0; i-- {
		for rest, more := lines[i], true; more; {
			var entry string
			rest, entry, more = cutLast(rest)
			if entries++; entries > maxForwarded {
				return netip.Addr{}, false
			}
			addr, ok := parseForwarded(entry)
			if !ok {
				return netip.Addr{}, false
			}
			if f.TrustedHops == entries || f.TrustedHops == 0 && !f.trusts(addr) {
				return addr, true
			}
			peer = addr
		}
	}
	// Too few entries for the hops; or all are proxies, the last of which is then
	// where the request began.
	return peer, f.TrustedHops == 0 && peer.IsValid()
}

// trusts reports whether an address is one of the trusted proxies.
func (f Forwarding) trusts(addr netip.Addr) bool {
	if !addr.IsValid() {
		return f.TrustUnix
	}
	return within(f.TrustedProxies, addr)
}

func within(networks []netip.Prefix, addr netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// cutLast cuts what follows the last comma.
func cutLast(s string) (before, last string, found bool) {
	if i := strings.LastIndexByte(s, ','); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return "", s, false
}

// parseForwarded reads an address, with or without a port, IPv6 with or without
// brackets.
func parseForwarded(entry string) (netip.Addr, bool) {
	entry = strings.Trim(entry, " \t")
	addr, err := netip.ParseAddr(entry)
	if err != nil {
		inner, bracketed := strings.CutPrefix(entry, "[")
		if inner, closed := strings.CutSuffix(inner, "]"); bracketed && closed {
			addr, err = netip.ParseAddr(inner)
			if err == nil && !addr.Is6() {
				return netip.Addr{}, false
			}
		} else {
			var ap netip.AddrPort
			ap, err = netip.ParseAddrPort(entry)
			addr = ap.Addr()
		}
	}
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}
