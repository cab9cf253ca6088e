package authn

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Evidence is what a request brings along to show who sends it. Doors fill it;
// nothing of it is trusted unless a source in the configuration says so.
type Evidence struct {
	// Header returns the values of a header by its lower-case name.
	Header func(lowerName string) []string
	// Peer is the address of the connection's other end as the proxy saw it;
	// invalid for a unix socket, and where the proxy does not say. PeerUnix is set
	// if the proxy says that it is a unix socket.
	Peer     netip.Addr
	PeerUnix bool
	// Certificate is the client certificate in PEM, already unescaped; "" if none.
	Certificate string
	// PeerPrincipal is Envoy's source.principal: text of an ambiguous kind.
	PeerPrincipal string
	// Extensions are the operator's context extensions.
	Extensions map[string]string
	// Metadata returns a namespace of the proxy's dynamic metadata, nil if it is
	// not there. A node of kind 0 is a value that cannot be read exactly.
	Metadata func(namespace string) *strictjson.Node
	// Room is memory that is used again, so that finding out who asks costs no
	// allocation; nil: memory of its own. Evidence that has one is not to be used
	// concurrently.
	Room *Room
}

// A Room is the memory of one Authenticate after the other. The Keys of a Result
// made in it hold until the next one.
type Room struct {
	// Texts is where ids are written that are not one text of the request. Required.
	Texts *strings.Builder

	found      identity
	keys, list []Key
}

// Reset lets go of what was found and keeps the room.
func (r *Room) Reset() {
	keys, list := r.keys, r.list
	clear(keys)
	clear(list)
	*r = Room{keys: keys[:0], list: list[:0]}
}

// named is the identity of whoever has the id that two texts make together, until
// the next one is found.
func (e *Evidence) named(prefix, id string, keys ...Key) *identity {
	if e.Room == nil {
		return &identity{principal: pdp.Principal{ID: prefix + id}, keys: slices.Clone(keys)}
	}
	r := e.Room
	if prefix != "" {
		from := r.Texts.Len()
		r.Texts.WriteString(prefix)
		r.Texts.WriteString(id)
		id = r.Texts.String()[from:]
	}
	r.keys = append(r.keys[:0], keys...)
	r.found = identity{principal: pdp.Principal{ID: id}, keys: r.keys}
	return &r.found
}

// A Result is what the chain of sources says of a request.
type Result struct {
	// Principal is who asks; anonymous if no source found a credential.
	Principal pdp.Principal
	// Session is what the principal acts through; nil if its credential is no token.
	Session *pdp.Session
	// Source is the name of the source that established the principal.
	Source string
	// Keys are what the valid credentials establish (jwt:…, mtls:…), the ones that
	// did not become the principal too. Names are unique after folding.
	Keys []Key
	// Refused is set when a credential was present and is not acceptable: the
	// request is denied with Reason and Detail, and no later source is asked.
	Refused   bool
	Reason    pdp.Reason // ReasonCredentialInvalid or ReasonJWKSUnavailable
	Detail    string     // for the log, never for the client
	Challenge string     // a WWW-Authenticate value to send with a 401; may be ""
}

// A Key is one context key that a credential established.
type Key struct {
	Name  string
	Value conditions.Value
}

// An Authenticator finds out who sends a request. It is safe for concurrent use.
type Authenticator interface {
	Authenticate(e *Evidence, now time.Time) Result
	// Challenge is the WWW-Authenticate value for a request without credential;
	// "" if no source could use one.
	Challenge() string
}
