package server

import (
	"log"
	"log/slog"

	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers the codec that is wrapped
	"google.golang.org/grpc/mem"
)

// rejectUndecodable counts messages that are not what their call says.
const rejectUndecodable = "undecodable"

// codec is grpc's own for protobuf, counting what it refuses: no handler and no
// interceptor gets to see that.
type codec struct {
	encoding.CodecV2
	rejected func(reason string)
}

func countingCodec(rejected func(reason string)) encoding.CodecV2 {
	return codec{encoding.GetCodecV2("proto"), rejected}
}

// Unmarshal implements encoding.CodecV2.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	err := c.CodecV2.Unmarshal(data, v)
	if err != nil {
		c.rejected(rejectUndecodable)
	}
	return err
}

// httpErrorLog takes what net/http complains about, such as failed handshakes,
// which any stranger can cause.
func httpErrorLog(l *slog.Logger, listener string) *log.Logger {
	return slog.NewLogLogger(l.With("listener", listener).Handler(), slog.LevelDebug)
}
