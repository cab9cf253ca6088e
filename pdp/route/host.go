package route

import (
	"net/netip"
	"strconv"
	"strings"
)

// splitHost reads an authority: lower case, without one trailing dot, the port
// apart. Proxies check little of it: "a,b" (two Host lines), "user@h", "h:80:80"
// and "*" all arrive, and are refused here. An IPv6 address keeps its brackets.
func splitHost(authority string) (host, port string, err error) {
	if authority == "" {
		return "", "", nil
	}
	name, port, hasPort := authority, "", false
	if strings.HasPrefix(authority, "[") {
		end := strings.IndexByte(authority, ']')
		if end < 0 {
			return "", "", malformed("host", "%q opens a bracket and does not close it", authority)
		}
		name, port = authority[:end+1], authority[end+1:]
		if port != "" {
			if port[0] != ':' {
				return "", "", malformed("host", "%q goes on after its bracket, expected : and a port", authority)
			}
			port, hasPort = port[1:], true
		}
	} else {
		name, port, hasPort = strings.Cut(authority, ":")
	}
	if hasPort && !validPort(port) {
		return "", "", malformed("host", "%q has port %q, expected 1 to 65535", authority, port)
	}
	host, reason := readHost(name)
	if reason != "" {
		return "", "", malformed("host", "%q %s", authority, reason)
	}
	return host, port, nil
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && port[0] != '0'
}

// readHost reads a host without a port, or says what is wrong with it. Routes
// and requests share it.
func readHost(name string) (host, reason string) {
	if strings.HasPrefix(name, "[") {
		addr, err := netip.ParseAddr(strings.TrimSuffix(name[1:], "]"))
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", "is no IPv6 address in brackets"
		}
		return "[" + addr.String() + "]", ""
	}
	name = strings.TrimSuffix(name, ".")
	if len(name) > 253 {
		return "", "is longer than 253 bytes"
	}
	label := ""
	for rest, more := name, true; more; {
		label, rest, more = strings.Cut(rest, ".")
		if label == "" || len(label) > 63 {
			return "", "has a label that is empty or longer than 63 bytes"
		}
		for i := 0; i < len(label); i++ {
			if c := label[i]; !alphanumeric(c) && c != '-' && c != '_' {
				return "", "holds " + strconv.QuoteToASCII(label[i:i+1]) + ", expected letters, digits, - _ and dots"
			}
		}
	}
	// 127.1, 0x7f.0.0.1 and 2130706433 are addresses to some and names to others.
	if numeric(label) {
		if addr, err := netip.ParseAddr(name); err != nil || !addr.Is4() {
			return "", "ends in a number and is no IPv4 address"
		}
	}
	return fold(name), ""
}

// numeric reports whether a host that ends in this label is read as an address
// by browsers and libraries (WHATWG URL, "ends in a number").
func numeric(label string) bool {
	hex := len(label) >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X')
	if hex {
		label = label[2:]
	}
	for i := 0; i < len(label); i++ {
		_, isHex := hexDigit(label[i])
		if digit := '0' <= label[i] && label[i] <= '9'; !digit && !(hex && isHex) {
			return false
		}
	}
	return true
}

// fold lowers ASCII letters and nothing else.
func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
