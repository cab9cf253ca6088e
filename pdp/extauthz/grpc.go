package extauthz

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/mayi-authz/mayi/pdp/door"
)

// ServiceName is the service by which Envoy asks, as gRPC knows it.
const ServiceName = "envoy.service.auth.v3.Authorization"

// The service as gRPC knows it. It is described as a stream of one message each
// way, which is what every unary call is on the wire: so one function sees a call
// from its first byte to its last, and knows when its memory is free.
var service = grpc.ServiceDesc{
	ServiceName: ServiceName,
	HandlerType: (*any)(nil),
	Streams:     []grpc.StreamDesc{{StreamName: "Check", Handler: handle}},
	Metadata:    "envoy/service/auth/v3/external_auth.proto",
}

// Register adds the service to a gRPC server, whose codec must be Codec.
func (s *Server) Register(r grpc.ServiceRegistrar) { r.RegisterService(&service, s) }

// An exchange is the bytes of one call, both ways.
type exchange struct {
	request mem.Buffer
	answer  []byte
}

func handle(srv any, stream grpc.ServerStream) (err error) {
	s := srv.(*Server)
	x := s.exchanges.Get().(*exchange)
	defer func() {
		if p := recover(); p != nil { // Check catches its own; this is for what is around it
			s.confess(panicked(new(door.Request), p), 0)
			err = status.Error(codes.Internal, "internal")
			return
		}
		x.free()
		s.exchanges.Put(x)
	}()
	if err := stream.RecvMsg(x); err != nil {
		return err
	}
	if x.answer, err = s.Check(stream.Context(), x.request.ReadOnlyData(), x.answer[:0]); err != nil {
		return err
	}
	return stream.SendMsg(x)
}

// keptAnswer is the largest room for an answer that is kept.
const keptAnswer = 64 << 10

func (x *exchange) free() {
	if x.request != nil {
		x.request.Free()
		x.request = nil
	}
	if x.answer = x.answer[:0]; cap(x.answer) > keptAnswer {
		x.answer = nil
	}
}

// Codec returns a codec that passes the messages of this service on as they are,
// and leaves those of all others to other.
func Codec(other encoding.CodecV2) encoding.CodecV2 { return codec{other} }

type codec struct{ encoding.CodecV2 }

// Unmarshal implements encoding.CodecV2. It cannot fail for a Check: an error here
// would be one of the RPC, which failure_mode_allow makes an allow.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	x, ok := v.(*exchange)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	x.free()
	x.request = data.MaterializeToBuffer(mem.DefaultBufferPool())
	return nil
}

// Marshal implements encoding.CodecV2. The bytes are copied, since gRPC sends them
// after the call.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	x, ok := v.(*exchange)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	return mem.BufferSlice{mem.Copy(x.answer, mem.DefaultBufferPool())}, nil
}
