package authn

import (
	"strings"
	"time"
)

// find takes the id from the context extension.
func (x *Extension) find(e *Evidence, _ time.Time) (*identity, *refusal) {
	value, ok := e.Extensions[x.Key]
	if !ok {
		return nil, nil
	}
	if value == "" {
		return nil, invalid("the context extension is empty")
	}
	return e.named(x.Prefix, value), nil
}

// find takes the id from the header, if who sent it may set it. One that somebody
// else sent is a forgery, and is refused rather than overlooked.
func (h *Header) find(e *Evidence, _ time.Time) (*identity, *refusal) {
	if e.Header == nil {
		return nil, nil
	}
	values := e.Header(h.Name)
	switch {
	case len(values) == 0:
		return nil, nil
	case !h.trusts(e):
		return nil, invalid("the header " + h.Name + " comes from a peer that may not set it")
	case len(values) > 1 || strings.Contains(values[0], ","):
		return nil, invalid("the header " + h.Name + " has several values")
	case values[0] == "" || strings.Trim(values[0], " \t") != values[0]:
		return nil, invalid("the header " + h.Name + " is empty or begins or ends with a blank")
	}
	return e.named(h.Prefix, values[0]), nil
}

// trusts reports whether who sent the header may set it. A peer without an address
// that is no unix socket may be anybody.
func (h *Header) trusts(e *Evidence) bool {
	if e.PeerUnix {
		return h.TrustUnix
	}
	return within(h.TrustedPeers, e.Peer.Unmap().WithZone(""))
}
