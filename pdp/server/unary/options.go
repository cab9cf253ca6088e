package unary

import (
	"context"
	"crypto/tls"
	"time"
)

// A Handler answers one call by appending the answer to dst; a handler of an error
// appends nothing that counts. The error's gRPC status is the call's. It must not
// block, and must keep neither request nor dst. ctx knows the deadline of the call
// and no cancellation: Done is nil.
type Handler func(ctx context.Context, request, dst []byte) ([]byte, error)

// Options are the settings of a Server.
type Options struct {
	// Methods are the calls that there are, by their path: "/package.Service/Method".
	Methods map[string]Handler
	// TLS is for connections that are encrypted; nil: they are not. Its protocols
	// must hold "h2".
	TLS *tls.Config
	// MaxMessageBytes bounds one request; 0 means 4 MiB.
	MaxMessageBytes int
	// MaxStreams bounds the calls in flight on one connection; 0 means 1000.
	MaxStreams int
	// KeepaliveMinTime is how often a client may ping without calls; 0 means 1 s.
	KeepaliveMinTime time.Duration
	// ConnectionTimeout bounds a handshake; 0 means 5 s.
	ConnectionTimeout time.Duration
	// ReadTimeout bounds the time from a call's first byte to its last, and that an
	// answer may wait for a window; 0 means 10 s.
	ReadTimeout time.Duration
	// WriteTimeout bounds one write; 0 means 10 s.
	WriteTimeout time.Duration
	// IdleTimeout ends connections without calls; 0 means two hours.
	IdleTimeout time.Duration
	// MaxConnectionAge ends connections of this age, give or take a tenth; 0: never.
	MaxConnectionAge time.Duration
	// MaxConnectionAgeGrace is how long a connection that is to end may go on; 0
	// means 10 s.
	MaxConnectionAgeGrace time.Duration
	// Rejected is told why a call or a connection was refused, with one of
	// RejectReasons; nil: nobody is.
	Rejected func(reason string)
	// Panicked is told of a handler's panic; nil: nobody is. The call ends with
	// INTERNAL.
	Panicked func(value any, stack []byte)
}

// Why a call or a connection is refused.
const (
	rejectHandshake     = "handshake"     // no TLS, no HTTP/2
	rejectProtocol      = "protocol"      // a connection that breaks the rules of HTTP/2, or does so with a stream
	rejectFlood         = "flood"         // a connection that works for nothing
	rejectRefused       = "refused"       // calls beyond what one connection may have in flight
	rejectMalformed     = "malformed"     // a call that is no unary gRPC call
	rejectUnimplemented = "unimplemented" // of a method or with a compression that there is not
	rejectTooLarge      = "too_large"     // a message
	rejectLate          = "late"          // a call that did not arrive in time, or whose answer was not taken
)

// RejectReasons are all that Options.Rejected is ever told.
func RejectReasons() []string {
	return []string{
		rejectHandshake, rejectProtocol, rejectFlood, rejectRefused,
		rejectMalformed, rejectUnimplemented, rejectTooLarge, rejectLate,
	}
}

func (o *Options) fill() {
	or(&o.MaxMessageBytes, 4<<20)
	or(&o.MaxStreams, 1000)
	or(&o.KeepaliveMinTime, time.Second)
	or(&o.ConnectionTimeout, 5*time.Second)
	or(&o.ReadTimeout, 10*time.Second)
	or(&o.WriteTimeout, 10*time.Second)
	or(&o.IdleTimeout, 2*time.Hour)
	or(&o.MaxConnectionAgeGrace, 10*time.Second)
	if o.Rejected == nil {
		o.Rejected = func(string) {}
	}
	if o.Panicked == nil {
		o.Panicked = func(any, []byte) {}
	}
}

func or[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}
