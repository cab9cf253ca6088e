package unary

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"golang.org/x/net/http2"
)

// handle does what a frame asks for. It is there as a whole. An error ends the
// connection.
func (c *conn) handle(h http2.FrameHeader) error {
	switch h.Type {
	case http2.FrameHeaders, http2.FrameContinuation, http2.FrameData, http2.FrameWindowUpdate:
		// Every call has these: they are read where they lie.
		payload, err := c.in.Peek(int(h.Length))
		if err != nil {
			return err
		}
		switch h.Type {
		case http2.FrameHeaders:
			err = c.headers(h, payload)
		case http2.FrameContinuation:
			err = c.continuation(h, payload)
		case http2.FrameData:
			err = c.data(h, payload)
		default:
			err = c.windowUpdate(h, payload)
		}
		c.in.Discard(len(payload)) //nolint:errcheck // they are there
		return err
	}
	c.idle++
	frame, err := c.framer.ReadFrameForHeader(h)
	var wrong http2.StreamError
	switch {
	case errors.As(err, &wrong):
		c.fault(wrong.StreamID, wrong.Code)
		return nil
	case err != nil:
		return c.broken(err)
	}
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		return c.settings(f)
	case *http2.PingFrame:
		return c.ping(f)
	case *http2.RSTStreamFrame:
		if c.neverOpened(f.StreamID) {
			return c.protocol(http2.ErrCodeProtocol)
		}
		if s := c.streams[f.StreamID]; s != nil {
			c.close(s)
		}
	case *http2.PushPromiseFrame:
		return c.protocol(http2.ErrCodeProtocol)
	}
	return nil // a client's GOAWAY, priorities, and what nobody knows
}

// unpad takes the padding, and the priority of HEADERS, off a frame's payload.
func (c *conn) unpad(h http2.FrameHeader, p []byte) ([]byte, error) {
	pad := 0
	if h.Flags.Has(http2.FlagDataPadded) {
		if len(p) == 0 {
			return nil, c.protocol(http2.ErrCodeFrameSize)
		}
		pad, p = int(p[0]), p[1:]
	}
	if h.Type == http2.FrameHeaders && h.Flags.Has(http2.FlagHeadersPriority) {
		if len(p) < 5 {
			return nil, c.protocol(http2.ErrCodeFrameSize)
		}
		p = p[5:]
	}
	if pad > len(p) {
		return nil, c.protocol(http2.ErrCodeProtocol)
	}
	return p[:len(p)-pad], nil
}

func (c *conn) settings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	initial := c.initial
	err := f.ForeachSetting(func(s http2.Setting) error {
		if err := s.Valid(); err != nil {
			return c.broken(err)
		}
		switch s.ID {
		case http2.SettingInitialWindowSize:
			initial = int64(s.Val) // the last one holds
		case http2.SettingMaxFrameSize:
			c.frame = int(s.Val)
		case http2.SettingHeaderTableSize:
			c.table.resize(s.Val)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.write(c.framer.WriteSettingsAck())
	if more := initial - c.initial; more != 0 {
		c.initial = initial
		for _, s := range c.streams {
			if s.window += more; s.window > math.MaxInt32 {
				return c.protocol(http2.ErrCodeFlowControl)
			}
		}
		c.sendWaiting()
	}
	return nil
}

// ping answers a ping. Without calls between them, they may not come too often.
func (c *conn) ping(f *http2.PingFrame) error {
	if f.IsAck() {
		if c.draining.Load() != 0 && f.Data == goawayPing {
			c.finish()
		}
		return nil
	}
	now := time.Now()
	if now.Sub(c.pinged) < c.s.o.KeepaliveMinTime {
		c.pings++
	}
	c.pinged = now
	if c.pings > 2 {
		c.s.o.Rejected(rejectFlood)
		c.write(c.framer.WriteGoAway(c.last, http2.ErrCodeEnhanceYourCalm, []byte("too_many_pings")))
		return errFinished
	}
	c.write(c.framer.WritePing(true, f.Data))
	return nil
}

func (c *conn) windowUpdate(h http2.FrameHeader, p []byte) error {
	if len(p) != 4 {
		return c.protocol(http2.ErrCodeFrameSize)
	}
	if len(c.waiting) == 0 {
		c.idle++
	}
	more := int64(binary.BigEndian.Uint32(p) & math.MaxInt32)
	if h.StreamID == 0 {
		if more == 0 {
			return c.protocol(http2.ErrCodeProtocol)
		}
		if c.send += more; c.send > math.MaxInt32 {
			return c.protocol(http2.ErrCodeFlowControl)
		}
		c.sendWaiting()
		return nil
	}
	s := c.streams[h.StreamID]
	switch {
	case c.neverOpened(h.StreamID):
		return c.protocol(http2.ErrCodeProtocol)
	case s == nil: // it was answered meanwhile
	case more == 0:
		c.fault(h.StreamID, http2.ErrCodeProtocol)
	case s.window+more > math.MaxInt32:
		c.fault(h.StreamID, http2.ErrCodeFlowControl)
	default:
		if s.window += more; s.answered {
			c.sendWaiting()
		}
	}
	return nil
}

// neverOpened reports whether the peer has not opened a stream, which is then idle:
// nothing but HEADERS may name it. One that it opened after our last GOAWAY is not
// idle, but ignored, and so is whatever else it says of it (RFC 9113, §6.8).
func (c *conn) neverOpened(id uint32) bool { return id > c.last && id <= c.limit }

// fault ends a stream for breaking a rule.
func (c *conn) fault(id uint32, code http2.ErrCode) {
	c.s.o.Rejected(rejectProtocol)
	c.abandon(id, code)
}

// abandon ends a stream without an answer.
func (c *conn) abandon(id uint32, code http2.ErrCode) {
	c.write(c.framer.WriteRSTStream(id, code))
	c.forget(id)
	if s := c.streams[id]; s != nil {
		c.close(s)
	}
}

// forget notes a stream that has ended for us, and perhaps not yet for the peer.
func (c *conn) forget(id uint32) {
	c.reset[c.resetCount%len(c.reset)] = id
	c.resetCount++
}

func (c *conn) forgotten(id uint32) bool {
	for _, r := range c.reset {
		if r == id {
			return true
		}
	}
	return false
}
