package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
)

// A handler appends the answer to a message.
type handler func(out, message []byte) ([]byte, error)

var ok = mustMarshal(&authv3.CheckResponse{
	Status:       &status.Status{Code: 0},
	HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{}},
})

func mustMarshal(m proto.Message) []byte {
	data, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return data
}

func alwaysOK(out, _ []byte) ([]byte, error) { return append(out, ok...), nil }

func decoded(out, message []byte) ([]byte, error) {
	if err := proto.Unmarshal(message, &authv3.CheckRequest{}); err != nil {
		return nil, err
	}
	return proto.MarshalOptions{}.MarshalAppend(out, &authv3.CheckResponse{
		Status:       &status.Status{Code: 0},
		HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{}},
	})
}

const checkPath = "/envoy.service.auth.v3.Authorization/Check"

// A connection is served by one goroutine, calls one after the other: a decision
// takes a microsecond, so there is nothing to gain from handing it to another.
// Answers to all that came in one read go out in one write.
type connection struct {
	net.Conn
	handle  handler
	framer  *http2.Framer
	out     bytes.Buffer
	encoded bytes.Buffer
	encoder *hpack.Encoder
	decoder *hpack.Decoder
	path    string
	message map[uint32][]byte // of streams whose data came in part
	answer  []byte
	window  int64 // what the client lets us send
	waiting []pending
	taken   uint32
}

// pending is an answer that the client's window has no room for.
type pending struct {
	stream uint32
	answer []byte
}

func serve(conn net.Conn, h handler) {
	defer conn.Close()
	c := &connection{Conn: conn, handle: h, message: make(map[uint32][]byte), window: 65535}
	c.encoder = hpack.NewEncoder(&c.encoded)
	c.decoder = hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if f.Name == ":path" {
			c.path = f.Value
		}
	})
	in := bufio.NewReaderSize(conn, 64<<10)
	c.framer = http2.NewFramer(&c.out, in)
	c.framer.SetReuseFrames()
	if err := c.loop(in); err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, "lean:", err)
	}
}

func (c *connection) loop(in *bufio.Reader) error {
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(in, preface); err != nil || string(preface) != http2.ClientPreface {
		return fmt.Errorf("no preface: %q %w", preface, err)
	}
	c.framer.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1000}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
	c.framer.WriteWindowUpdate(0, 1<<30)
	for {
		if in.Buffered() < 9 && c.out.Len() > 0 {
			if _, err := c.Write(c.out.Bytes()); err != nil {
				return err
			}
			c.out.Reset()
		}
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return err
		}
		if err := c.frame(frame); err != nil {
			return err
		}
	}
}

func (c *connection) frame(frame http2.Frame) error {
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			return c.framer.WriteSettingsAck()
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			return c.framer.WritePing(true, f.Data)
		}
	case *http2.WindowUpdateFrame:
		if f.StreamID == 0 {
			c.window += int64(f.Increment)
			return c.flushWaiting()
		}
	case *http2.RSTStreamFrame:
		delete(c.message, f.StreamID)
	case *http2.HeadersFrame:
		if !f.HeadersEnded() {
			return errors.New("headers in several frames")
		}
		if _, err := c.decoder.Write(f.HeaderBlockFragment()); err != nil {
			return err
		}
		if err := c.decoder.Close(); err != nil {
			return err
		}
		if c.path != checkPath {
			return fmt.Errorf("path %q", c.path)
		}
	case *http2.DataFrame:
		return c.data(f)
	case *http2.GoAwayFrame:
		return io.EOF
	}
	return nil
}

func (c *connection) data(f *http2.DataFrame) error {
	if c.taken += f.Length; c.taken > 1<<29 {
		if err := c.framer.WriteWindowUpdate(0, c.taken); err != nil {
			return err
		}
		c.taken = 0
	}
	message := f.Data()
	if part, ok := c.message[f.StreamID]; ok || !f.StreamEnded() {
		message = append(part, message...)
		if c.message[f.StreamID] = message; !f.StreamEnded() {
			return nil
		}
		delete(c.message, f.StreamID)
	}
	if len(message) < 5 || message[0] != 0 || int(binary.BigEndian.Uint32(message[1:])) != len(message)-5 {
		return errors.New("no whole message in a stream")
	}
	answer, err := c.handle(append(c.answer[:0], 0, 0, 0, 0, 0), message[5:])
	if err != nil {
		return err
	}
	c.answer = answer
	binary.BigEndian.PutUint32(answer[1:], uint32(len(answer)-5))
	if int64(len(answer)) > c.window || len(c.waiting) > 0 {
		c.waiting = append(c.waiting, pending{f.StreamID, bytes.Clone(answer)})
		return nil
	}
	return c.respond(f.StreamID, answer)
}

func (c *connection) flushWaiting() error {
	for len(c.waiting) > 0 && int64(len(c.waiting[0].answer)) <= c.window {
		if err := c.respond(c.waiting[0].stream, c.waiting[0].answer); err != nil {
			return err
		}
		c.waiting = c.waiting[1:]
	}
	return nil
}

func (c *connection) respond(stream uint32, answer []byte) error {
	c.window -= int64(len(answer))
	return errors.Join(
		c.headers(stream, false, hpack.HeaderField{Name: ":status", Value: "200"}, hpack.HeaderField{Name: "content-type", Value: "application/grpc"}),
		c.framer.WriteData(stream, false, answer),
		c.headers(stream, true, hpack.HeaderField{Name: "grpc-status", Value: "0"}),
	)
}

func (c *connection) headers(stream uint32, end bool, fields ...hpack.HeaderField) error {
	c.encoded.Reset()
	for _, f := range fields {
		if err := c.encoder.WriteField(f); err != nil {
			return err
		}
	}
	return c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: c.encoded.Bytes(), EndStream: end, EndHeaders: true})
}
