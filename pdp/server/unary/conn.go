package unary

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// What one connection may hold.
const (
	frameHeader   = 9
	maxFrame      = 16 << 10 // of what is read; the least that HTTP/2 has
	maxHeaderList = 64 << 10
	readBuffer    = 64 << 10 // holds a frame and more
	writeBuffer   = 64 << 10 // is written at the latest when it is this full
	recvWindow    = 1 << 20  // of a connection, given back as it is used
	maxWaiting    = 4 << 20  // answers that wait for a window
	maxIdle       = 10_000   // frames in a row that bring no call forward
)

// A conn is one connection. All but the marks for the watch belongs to its loop.
type conn struct {
	s  *Server
	nc net.Conn // as it was accepted; the watch closes it and sets its deadline
	rw net.Conn // the same, or TLS on it

	// Marks; see watch.go.
	born     int64
	maxAge   time.Duration
	greeted  atomic.Bool
	partial  atomic.Int64 // a frame or header block was begun
	writing  atomic.Int64
	oldest   atomic.Int64 // no open stream is older
	active   atomic.Int64 // the last call
	draining atomic.Int64
	orders   atomic.Uint32

	in     *bufio.Reader
	framer *http2.Framer // for all but the frames that every call has
	out    []byte        // frames to be written

	decoder   *hpack.Decoder
	head      head
	inHeaders bool // a header block goes on in the next frame

	streams    map[uint32]*stream
	free       []*stream
	last       uint32     // the highest stream that the peer opened
	limit      uint32     // higher ones are none of ours
	reset      [64]uint32 // some of the streams that we ended before the peer did
	resetCount int
	buffered   int // bytes of messages that came in part

	recv    int64 // what the peer may send still
	send    int64 // what we may, all streams together
	initial int64 // and on a new one
	frame   int   // of what is written

	waiting      []*stream // answers without a window, in their order
	waitingBytes int

	table    table
	call     call
	idle     int // frames in a row that brought no call forward
	pinged   time.Time
	pings    int
	finished bool
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{
		s: s, nc: nc, rw: nc, born: s.clock.Load(),
		// Not all that were opened at once should end at once.
		maxAge:  time.Duration(float64(s.o.MaxConnectionAge) * (0.9 + 0.2*rand.Float64())),
		streams: make(map[uint32]*stream),
		limit:   1<<31 - 1,
		recv:    recvWindow, send: 65535, initial: 65535, frame: maxFrame,
	}
	c.active.Store(c.born)
	return c
}

var (
	errNoHTTP2  = errors.New("not HTTP/2")
	errFinished = errors.New("nothing more is to be done")
)

// serve runs the connection from its first byte to its last.
func (c *conn) serve() {
	if err := c.greet(); err != nil {
		if !errors.Is(err, io.EOF) && !c.s.isStopping() { // a probe that only connects is none
			c.s.o.Rejected(rejectHandshake)
		}
		return
	}
	c.greeted.Store(true)
	err := c.loop()
	var broken http2.ConnectionError
	switch {
	case errors.As(err, &broken):
		c.goAway(c.last, http2.ErrCode(broken))
	case !errors.Is(err, errFinished):
		return // the peer is gone, or the watch has closed the connection
	}
	if c.flush() == nil {
		c.linger()
	}
}

// greet makes the connection one of HTTP/2.
func (c *conn) greet() error {
	if c.s.o.TLS != nil {
		encrypted := tls.Server(c.nc, c.s.o.TLS)
		if err := encrypted.Handshake(); err != nil {
			return err
		}
		if encrypted.ConnectionState().NegotiatedProtocol != "h2" {
			return errNoHTTP2
		}
		c.rw = encrypted
	}
	c.in = bufio.NewReaderSize(c.rw, readBuffer)
	preface, err := c.in.Peek(len(http2.ClientPreface))
	if err != nil {
		return err
	}
	if string(preface) != http2.ClientPreface {
		return errNoHTTP2
	}
	c.in.Discard(len(preface)) //nolint:errcheck // they are there
	c.framer = http2.NewFramer((*appender)(&c.out), c.in)
	c.framer.SetMaxReadFrameSize(maxFrame)
	c.decoder = hpack.NewDecoder(4096, c.field)
	c.decoder.SetMaxStringLength(maxHeaderList)
	c.write(c.framer.WriteSettings(
		http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: uint32(c.s.o.MaxStreams)},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: c.streamWindow()},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: maxHeaderList},
	))
	c.write(c.framer.WriteWindowUpdate(0, recvWindow-65535))
	return nil
}

// appender is a writer to the end of a buffer, for the framer.
type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// write takes the result of writing a frame into memory, which cannot fail.
func (c *conn) write(err error) {
	if err != nil {
		panic("unary: " + err.Error())
	}
}

func (c *conn) loop() error {
	first := true
	for {
		if err := c.await(); err != nil {
			return err
		}
		h, err := c.framer.ReadFrameHeader()
		if err != nil {
			return c.broken(err)
		}
		if first && (h.Type != http2.FrameSettings || h.Flags.Has(http2.FlagSettingsAck)) {
			return c.protocol(http2.ErrCodeProtocol)
		}
		first = false
		if err := c.handle(h); err != nil {
			return err
		}
		if c.finished && len(c.streams) == 0 {
			return errFinished
		}
		if c.idle > maxIdle {
			c.s.o.Rejected(rejectFlood)
			return http2.ConnectionError(http2.ErrCodeEnhanceYourCalm)
		}
	}
}

// await waits until a whole frame is there, so that reading it cannot block. Before
// it blocks, everything is written that there is to be said.
func (c *conn) await() error {
	for !c.whole() {
		if err := c.flush(); err != nil {
			return err
		}
		if (c.in.Buffered() > 0 || c.inHeaders) && c.partial.Load() == 0 {
			c.partial.Store(c.s.clock.Load())
		}
		if _, err := c.in.Peek(c.in.Buffered() + 1); errors.Is(err, os.ErrDeadlineExceeded) {
			if err := c.obey(); err != nil {
				return err
			}
			if c.finished && len(c.streams) == 0 {
				return errFinished
			}
		} else if err != nil {
			return err
		}
	}
	if !c.inHeaders && c.partial.Load() != 0 {
		c.partial.Store(0)
	}
	if len(c.out) >= writeBuffer {
		return c.flush()
	}
	return nil
}

// whole reports whether a frame is there. One that is too long is refused unread.
func (c *conn) whole() bool {
	have := c.in.Buffered()
	if have < frameHeader {
		return false
	}
	b, _ := c.in.Peek(frameHeader)
	length := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	return length > maxFrame || have >= frameHeader+length
}

// flush writes what there is to write. The watch sees to it that it does not take
// for ever.
func (c *conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	c.writing.Store(c.s.clock.Load())
	_, err := c.rw.Write(c.out)
	c.writing.Store(0)
	if c.out = c.out[:0]; cap(c.out) > 4*writeBuffer {
		c.out = nil
	}
	return err
}

// broken turns an error of the framer into the connection's.
func (c *conn) broken(err error) error {
	var code http2.ConnectionError
	switch {
	case errors.As(err, &code):
		return c.protocol(http2.ErrCode(code))
	case errors.Is(err, http2.ErrFrameTooLarge):
		return c.protocol(http2.ErrCodeFrameSize)
	}
	return c.protocol(http2.ErrCodeProtocol)
}

// protocol ends the connection for breaking a rule.
func (c *conn) protocol(code http2.ErrCode) error {
	c.s.o.Rejected(rejectProtocol)
	return http2.ConnectionError(code)
}

// linger lets the peer read the last words: closing at once would make the system
// throw them away if there is something left to read.
func (c *conn) linger() {
	half, ok := c.rw.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.nc.SetReadDeadline(time.Now().Add(time.Second)) != nil {
		return
	}
	io.CopyN(io.Discard, c.rw, 1<<20) //nolint:errcheck // whatever comes, it is over
}
