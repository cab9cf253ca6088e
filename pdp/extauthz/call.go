package extauthz

import (
	"context"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/pdp/door"
)

// A call is the memory of one Check, and of later ones: a Check is one allocation,
// that of its texts.
type call struct {
	message message
	request door.Request
	outcome door.Outcome
	verdict door.Verdict
	limit   limit

	// texts begins with the request's own bytes, which all its texts are parts of,
	// and goes on with those that are made on the way. It is never written twice:
	// whoever keeps a text by mistake keeps that text, not one of another request.
	// (The copy costs 0.2 µs of 5; aliasing the bytes of gRPC would save it, and let
	// one such mistake decide by somebody else's words.)
	texts strings.Builder

	pseudo, joined          door.Headers
	metadata, routeMetadata metadata
	body                    []byte
}

// made is room for the texts that are made on the way: a resource's name, an id,
// the body of a denial.
const made = 512

// keptBody is the largest room for a body that is kept.
const keptBody = 64 << 10

// take reads a request. Bytes that are none make it malformed.
func (c *call) take(wire []byte) {
	c.texts.Grow(len(wire) + made)
	c.texts.Write(wire)
	c.request.Texts = &c.texts
	if !c.message.decode(wire, c.texts.String()) {
		c.message.reset() // what was read of it means nothing
		c.request.Malformed = "request: not a CheckRequest"
		return
	}
	c.read()
}

// reset forgets the request and everything made of it.
func (c *call) reset() {
	c.message.reset()
	c.request.Reset()
	c.pseudo.Reset()
	c.joined.Reset()
	c.texts.Reset()
	c.outcome, c.limit = door.Outcome{}, limit{}
	c.metadata, c.routeMetadata = metadata{}, metadata{}
	if cap(c.body) > keptBody {
		c.body = nil
	}
}

// A limit gives an answer four fifths of the caller's time, so that it arrives
// while Envoy still listens. It goes by the clock, which a late timer cannot
// change, and needs none.
type limit struct {
	ctx  context.Context
	ends time.Time // zero: the caller says no time
}

func (l *limit) begin(ctx context.Context, now time.Time) {
	*l = limit{ctx: ctx}
	if deadline, ok := ctx.Deadline(); ok {
		l.ends = now.Add(deadline.Sub(now) / 5 * 4)
	}
}

// Err implements door.Deadline.
func (l *limit) Err() error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	if !l.ends.IsZero() && !time.Now().Before(l.ends) {
		return context.DeadlineExceeded
	}
	return nil
}
