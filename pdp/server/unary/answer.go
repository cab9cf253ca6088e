package unary

import (
	"bytes"
	"context"
	"encoding/binary"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A call is the context of one call. There is one for each connection, as its calls
// come one after the other.
type call struct{ ends time.Time }

var _ context.Context = (*call)(nil)

// Deadline implements context.Context.
func (c *call) Deadline() (time.Time, bool) { return c.ends, !c.ends.IsZero() }

// Done implements context.Context: nobody can wait for a call that does not block.
func (c *call) Done() <-chan struct{} { return nil }

// Err implements context.Context.
func (c *call) Err() error {
	if !c.ends.IsZero() && !time.Now().Before(c.ends) {
		return context.DeadlineExceeded
	}
	return nil
}

// Value implements context.Context.
func (c *call) Value(any) any { return nil }

// A failure is a call that ends without a message.
type failure struct {
	http    int
	code    codes.Code
	message string
	reject  string // what it is counted as; "": the handler's own
}

func failed(code codes.Code, message, reject string) *failure {
	return &failure{200, code, message, reject}
}

// answer answers a call. The handler writes right behind the frames that are about
// to be sent: the answer is not copied.
func (c *conn) answer(s *stream, message []byte) {
	c.idle, c.pings = 0, 0
	began, table := len(c.out), c.table
	c.out = c.table.begin(c.out, s.id)
	at := len(c.out)
	c.out = append(c.out, make([]byte, frameHeader+messageHeader)...)
	c.call.ends = s.ends
	out, err := c.run(s.handler, message, c.out)
	if err != nil {
		c.out, c.table = c.out[:began], table
		st := status.Convert(err)
		c.fail(s.id, &failure{200, st.Code(), st.Message(), ""}, true)
		return
	}
	c.out = out
	framed := c.out[at+frameHeader:]
	binary.BigEndian.PutUint32(framed[1:], uint32(len(framed)-messageHeader))
	if n := int64(len(framed)); n > min(c.send, s.window, int64(c.frame)) || len(c.waiting) > 0 {
		rest := bytes.Clone(framed)
		c.out, c.table = c.out[:began], table
		c.queue(s, rest)
		c.sendWaiting()
		return
	}
	putFrame(c.out[at:], len(framed), http2.FrameData, 0, s.id)
	c.send -= int64(len(framed))
	c.out = c.table.end(c.out, s.id)
	c.close(s)
}

// run calls a handler. A panic is the call's end, not the connection's, and so is an
// answer shorter than dst: the answers before it are in there too.
func (c *conn) run(h Handler, message, dst []byte) (out []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			c.s.o.Panicked(value, debug.Stack())
			out, err = nil, status.Error(codes.Internal, "internal")
		}
	}()
	out, err = h(&c.call, message, dst)
	if err == nil && len(out) < len(dst) {
		panic("the handler's answer does not follow what it was given")
	}
	return out, err
}

// fail ends a call without a message. If the peer has not ended its side, it is told
// to stop.
func (c *conn) fail(id uint32, f *failure, ended bool) {
	if f.reject != "" {
		c.s.o.Rejected(f.reject)
	}
	c.out = c.table.fail(c.out, id, f)
	if !ended {
		c.abandon(id, http2.ErrCodeNo)
		return
	}
	c.forget(id)
	if s := c.streams[id]; s != nil {
		c.close(s)
	}
}

// queue keeps an answer that the peer has no window for, or that takes more than one
// frame.
func (c *conn) queue(s *stream, answer []byte) {
	c.buffered -= len(s.body)
	s.body, s.answered, s.since = answer, true, c.s.clock.Load()
	c.waiting = append(c.waiting, s)
	c.waitingBytes += len(answer)
}

func (c *conn) unqueue(s *stream) {
	c.waitingBytes -= len(s.body)
	if i := slices.Index(c.waiting, s); i >= 0 {
		c.waiting = slices.Delete(c.waiting, i, i+1)
	}
}

// sendWaiting sends what the windows let through, in the order of the calls.
func (c *conn) sendWaiting() {
	if c.send <= 0 { // or each of the smallest frames would cost a look at every stream
		return
	}
	for i := 0; i < len(c.waiting); {
		s := c.waiting[i]
		if c.sendPart(s); len(s.body) > 0 {
			i++
			continue
		}
		c.out = c.table.end(c.out, s.id)
		c.close(s) // takes it out of the queue
	}
}

// sendPart sends as much of a stream's answer as its windows let through.
func (c *conn) sendPart(s *stream) {
	for len(s.body) > 0 {
		n := int(min(c.send, s.window, int64(c.frame), int64(len(s.body))))
		if n <= 0 {
			return
		}
		if !s.begun {
			s.begun = true
			c.out = c.table.begin(c.out, s.id)
		}
		at := len(c.out)
		c.out = append(append(c.out, make([]byte, frameHeader)...), s.body[:n]...)
		putFrame(c.out[at:], n, http2.FrameData, 0, s.id)
		s.body = s.body[n:]
		c.pings = 0 // clients ping to measure how much they can take
		c.send, s.window, c.waitingBytes = c.send-int64(n), s.window-int64(n), c.waitingBytes-n
	}
}
