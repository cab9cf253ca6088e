package generator

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	frameHead   = 9
	startWindow = 65535
	ourWindow   = 1 << 30 // what the server may send without hearing from us
	ringSize    = 4096    // streams that may be open at once
)

// A grpcConn is an HTTP/2 connection on which one unary method is called, as much
// of it as gRPC needs and no more.
type grpcConn struct {
	*socket
	in         []byte
	have       int
	first      []byte // the header block of the first call: it fills the server's table
	later      []byte // that of all others: indexes into it
	headers    []byte // the one that is next
	next       uint32 // stream
	open       int
	maxOpen    int
	window     int // what we may send
	received   int // since the last update of the server's window
	streams    [ringSize]stream
	decoder    *hpack.Decoder
	status     string // what the decoder found in a block
	grpcStatus string
	known      []block
}

// A stream is a call in flight.
type stream struct {
	id      uint32 // 0: none
	call    call
	status  string // of HTTP
	message []byte // of gRPC, with its prefix
	size    int
}

// A block is a header block that only points into the decoder's table, and so
// means the same for as long as the table does not change.
type block struct {
	bytes              []byte
	status, grpcStatus string
}

func newGRPC(s *socket, authority, method string) *grpcConn {
	c := &grpcConn{socket: s, in: make([]byte, 512<<10), next: 1, maxOpen: ringSize / 2, window: startWindow}
	for i := range c.streams {
		c.streams[i].message = make([]byte, 0, 2048)
	}
	c.decoder = hpack.NewDecoder(4096, c.field)
	var buf bytes.Buffer
	encoder := hpack.NewEncoder(&buf)
	encode := func() []byte {
		buf.Reset()
		// As a call of Envoy looks, but for the deadline: a server that is kept busy
		// on purpose must not be denied for want of time.
		for _, f := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", authority},
			{"te", "trailers"}, {"grpc-timeout", "10S"}, {"content-type", "application/grpc"}, {"x-envoy-internal", "true"},
			{"x-forwarded-for", "127.0.0.1"}, {"x-envoy-expected-rq-timeout-ms", "250"}} {
			encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		return bytes.Clone(buf.Bytes())
	}
	c.first, c.later = encode(), encode()
	c.headers = c.first
	c.out = append(c.out, http2.ClientPreface...)
	c.out = appendFrame(c.out, http2.FrameSettings, 0, 0, nil)
	c.out = appendFrame(c.out, http2.FrameWindowUpdate, 0, 0, binary.BigEndian.AppendUint32(nil, ourWindow-startWindow))
	return c
}

func appendFrame(out []byte, kind http2.FrameType, flags http2.Flags, stream uint32, payload []byte) []byte {
	return append(appendHead(out, len(payload), kind, flags, stream), payload...)
}

func appendHead(out []byte, size int, kind http2.FrameType, flags http2.Flags, stream uint32) []byte {
	out = append(out, byte(size>>16), byte(size>>8), byte(size), byte(kind), byte(flags))
	return binary.BigEndian.AppendUint32(out, stream)
}

func (c *grpcConn) sock() *socket { return c.socket }

func (c *grpcConn) slot(id uint32) *stream { return &c.streams[id>>1%ringSize] }

func (c *grpcConn) room(size int) bool {
	return c.open < c.maxOpen && c.window >= size+5 && c.slot(c.next).id == 0
}

func (c *grpcConn) send(body []byte, k call) {
	s := c.slot(c.next)
	*s = stream{id: c.next, call: k, message: s.message[:0]}
	c.out = appendFrame(c.out, http2.FrameHeaders, http2.FlagHeadersEndHeaders, c.next, c.headers)
	c.out = appendHead(c.out, len(body)+5, http2.FrameData, http2.FlagDataEndStream, c.next)
	c.out = append(c.out, 0)
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(len(body)))
	c.out = append(c.out, body...)
	c.headers = c.later
	c.window -= len(body) + 5
	c.next += 2
	c.open++
}

func (c *grpcConn) readable(done func(call, answer)) error {
	n, err := c.read(c.in[c.have:])
	if err != nil {
		return err
	}
	now := time.Now()
	c.have += n
	data := c.in[:c.have]
	for len(data) >= frameHead {
		size := int(data[0])<<16 | int(data[1])<<8 | int(data[2])
		if len(data) < frameHead+size {
			break
		}
		kind, flags := http2.FrameType(data[3]), http2.Flags(data[4])
		id := binary.BigEndian.Uint32(data[5:]) & (1<<31 - 1)
		if err := c.frame(kind, flags, id, data[frameHead:frameHead+size], now, done); err != nil {
			return err
		}
		data = data[frameHead+size:]
	}
	c.have = copy(c.in, data)
	return nil
}

func (c *grpcConn) frame(kind http2.FrameType, flags http2.Flags, id uint32, payload []byte, now time.Time, done func(call, answer)) error {
	switch kind {
	case http2.FrameData:
		return c.data(flags, id, payload)
	case http2.FrameHeaders:
		return c.head(flags, id, payload, now, done)
	case http2.FrameSettings:
		return c.settings(flags, payload)
	case http2.FramePing:
		if !flags.Has(http2.FlagPingAck) {
			c.out = appendFrame(c.out, http2.FramePing, http2.FlagPingAck, 0, payload)
		}
	case http2.FrameWindowUpdate:
		if id == 0 && len(payload) == 4 {
			c.window += int(binary.BigEndian.Uint32(payload))
		}
	case http2.FrameRSTStream:
		if s := c.slot(id); s.id == id {
			c.end(s, answer{failed: fmt.Sprintf("stream reset: %v", http2.ErrCode(binary.BigEndian.Uint32(payload))), at: now}, done)
		}
	case http2.FrameGoAway:
		return fmt.Errorf("the server goes away: %q", payload)
	case http2.FrameContinuation, http2.FramePushPromise:
		return fmt.Errorf("a frame of kind %v, which nothing here needs", kind)
	}
	return nil
}

func (c *grpcConn) data(flags http2.Flags, id uint32, payload []byte) error {
	if c.received += len(payload); c.received > ourWindow/2 {
		c.out = appendFrame(c.out, http2.FrameWindowUpdate, 0, 0, binary.BigEndian.AppendUint32(nil, uint32(c.received)))
		c.received = 0
	}
	s := c.slot(id)
	if s.id != id || flags.Has(http2.FlagDataPadded|http2.FlagDataEndStream) {
		return errors.New("data that is padded, ends its stream, or belongs to none")
	}
	s.message = append(s.message, payload...)
	return nil
}

func (c *grpcConn) head(flags http2.Flags, id uint32, payload []byte, now time.Time, done func(call, answer)) error {
	if !flags.Has(http2.FlagHeadersEndHeaders) || flags.Has(http2.FlagHeadersPadded|http2.FlagHeadersPriority) {
		return errors.New("headers in several frames, padded or with a priority")
	}
	if err := c.decode(payload); err != nil {
		return err
	}
	s := c.slot(id)
	if s.id != id {
		return errors.New("headers of a stream that is not open")
	}
	if c.status != "" {
		s.status = c.status
	}
	if !flags.Has(http2.FlagHeadersEndStream) {
		return nil
	}
	a := answer{bytes: len(s.message), at: now}
	if s.status != "200" || c.grpcStatus != "0" {
		a.failed = "HTTP status " + s.status + ", gRPC status " + c.grpcStatus
	} else if code, ok := checkStatus(s.message); ok {
		a.allowed = code == 0
	} else {
		a.failed = "no CheckResponse with a status"
	}
	c.end(s, a, done)
	return nil
}

func (c *grpcConn) end(s *stream, a answer, done func(call, answer)) {
	s.id = 0
	c.open--
	done(s.call, a)
}

// decode finds the two statuses of a header block. What only points into the table
// is looked up once.
func (c *grpcConn) decode(b []byte) error {
	indexed := true
	for _, octet := range b {
		indexed = indexed && octet >= 0x80 && octet != 0xff
	}
	if indexed {
		for i := range c.known {
			if k := &c.known[i]; bytes.Equal(k.bytes, b) {
				c.status, c.grpcStatus = k.status, k.grpcStatus
				return nil
			}
		}
	}
	c.status, c.grpcStatus = "", ""
	if _, err := c.decoder.Write(b); err != nil {
		return err
	}
	if err := c.decoder.Close(); err != nil {
		return err
	}
	if !indexed {
		c.known = c.known[:0] // the table changed
	} else if len(c.known) < 8 {
		c.known = append(c.known, block{bytes.Clone(b), c.status, c.grpcStatus})
	}
	return nil
}

func (c *grpcConn) field(f hpack.HeaderField) {
	switch f.Name {
	case ":status":
		c.status = f.Value
	case "grpc-status":
		c.grpcStatus = f.Value
	}
}

func (c *grpcConn) settings(flags http2.Flags, payload []byte) error {
	if flags.Has(http2.FlagSettingsAck) {
		return nil
	}
	for ; len(payload) >= 6; payload = payload[6:] {
		value := binary.BigEndian.Uint32(payload[2:])
		switch http2.SettingID(binary.BigEndian.Uint16(payload)) {
		case http2.SettingMaxConcurrentStreams:
			c.maxOpen = int(min(value, ringSize/2))
		case http2.SettingInitialWindowSize:
			if value < 1<<14 {
				return errors.New("the server's streams begin with less than 16 KiB")
			}
		}
	}
	c.out = appendFrame(c.out, http2.FrameSettings, http2.FlagSettingsAck, 0, nil)
	return nil
}
