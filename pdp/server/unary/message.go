package unary

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/http2"
	"google.golang.org/grpc/codes"
)

const messageHeader = 5 // one byte says whether it is compressed, four how long it is

// streamWindow is what a peer may send on one stream: the largest message fits in,
// so that no stream needs more.
func (c *conn) streamWindow() uint32 {
	return uint32(min(c.s.o.MaxMessageBytes+messageHeader+maxFrame, 1<<31-1))
}

func (c *conn) data(h http2.FrameHeader, payload []byte) error {
	if h.StreamID == 0 || c.neverOpened(h.StreamID) {
		return c.protocol(http2.ErrCodeProtocol)
	}
	if err := c.receive(len(payload)); err != nil {
		return err
	}
	data, err := c.unpad(h, payload)
	if err != nil {
		return err
	}
	ends := h.Flags.Has(http2.FlagDataEndStream)
	s := c.streams[h.StreamID]
	if len(data) == 0 && !ends || s == nil {
		c.idle++
	}
	switch {
	case s == nil:
		if h.StreamID <= c.last && !c.forgotten(h.StreamID) {
			c.fault(h.StreamID, http2.ErrCodeStreamClosed)
			c.forget(h.StreamID)
		}
		return nil
	case s.answered:
		c.fault(s.id, http2.ErrCodeStreamClosed)
		return nil
	}
	if s.wire += int64(len(payload)); s.wire > int64(c.streamWindow()) {
		c.fault(s.id, http2.ErrCodeFlowControl)
		return nil
	}
	if padding := len(payload) - len(data); padding > 0 && !ends {
		s.wire -= int64(padding)
		c.write(c.framer.WriteWindowUpdate(s.id, uint32(padding)))
	}
	if len(s.body) == 0 && ends { // as a rule a message comes whole, and is not copied
		c.message(s, data, true)
		return nil
	}
	s.body = append(s.body, data...)
	if c.buffered += len(data); c.buffered > 16*c.s.o.MaxMessageBytes {
		c.fail(s.id, failed(codes.ResourceExhausted, "too many bytes in flight on one connection", rejectRefused), ends)
		return nil
	}
	c.message(s, s.body, ends)
	return nil
}

// receive takes bytes from the connection's window, and gives them back in time.
func (c *conn) receive(n int) error {
	if c.recv -= int64(n); c.recv < 0 {
		return c.protocol(http2.ErrCodeFlowControl)
	}
	if c.recv < recvWindow/2 {
		c.write(c.framer.WriteWindowUpdate(0, uint32(recvWindow-c.recv)))
		c.recv = recvWindow
	}
	return nil
}

// message looks at what came of a stream's message, and answers the call once it is
// whole.
func (c *conn) message(s *stream, body []byte, ends bool) {
	f := c.check(s, body, ends)
	switch {
	case f != nil:
		c.fail(s.id, f, ends)
	case ends:
		c.answer(s, body[messageHeader:])
	}
}

// check returns what is wrong with a message so far; the words are grpc-go's.
func (c *conn) check(s *stream, body []byte, ends bool) *failure {
	if len(body) < messageHeader {
		if ends {
			return failed(codes.Internal, "unexpected EOF", rejectMalformed)
		}
		return nil
	}
	length, have := uint64(binary.BigEndian.Uint32(body[1:])), uint64(len(body)-messageHeader)
	switch {
	case body[0] > 1:
		return failed(codes.Internal, fmt.Sprintf("grpc: received unexpected payload format %d", body[0]), rejectMalformed)
	case body[0] == 1 && s.squeeze == "":
		return failed(codes.Internal, "grpc: compressed flag set with identity or empty encoding", rejectMalformed)
	case s.squeeze != "":
		return failed(codes.Unimplemented, fmt.Sprintf("grpc: Decompressor is not installed for grpc-encoding %q", s.squeeze), rejectUnimplemented)
	case length > uint64(c.s.o.MaxMessageBytes):
		return failed(codes.ResourceExhausted, fmt.Sprintf("grpc: received message larger than max (%d vs. %d)", length, c.s.o.MaxMessageBytes), rejectTooLarge)
	case have > length:
		return failed(codes.Internal, "a unary call has one message, and more came", rejectMalformed)
	case ends && have < length:
		return failed(codes.Internal, "unexpected EOF", rejectMalformed)
	}
	return nil
}
