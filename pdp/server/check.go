package server

import (
	"context"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mayi-authz/mayi/pdp/extauthz"
	"github.com/mayi-authz/mayi/pdp/server/unary"
)

// The methods of the listener "check".
const (
	methodCheck  = "/" + extauthz.ServiceName + "/Check"
	methodHealth = "/grpc.health.v1.Health/Check"
)

// wireCheck builds the listener of its own for ext_authz: the same Check, without
// what grpc-go costs.
func (s *Server) wireCheck(see *observers, check *extauthz.Server) error {
	c := s.o.Config.Check
	settings, err := newTLS("check", c.TLS, s.log, "h2")
	if err != nil {
		return err
	}
	s.check.server = unary.New(unary.Options{
		Methods:               map[string]unary.Handler{methodCheck: check.Check, methodHealth: s.health.answer},
		TLS:                   settings,
		MaxMessageBytes:       c.MaxMessageBytes,
		MaxStreams:            c.MaxStreams,
		KeepaliveMinTime:      c.KeepaliveMinTime,
		ConnectionTimeout:     c.ConnectionTimeout,
		MaxConnectionAge:      c.MaxConnectionAge,
		MaxConnectionAgeGrace: c.MaxConnectionAgeGrace,
		Rejected:              see.rejected(doorExtAuthz, unary.RejectReasons()),
		Panicked:              see.metrics.onPanic(s.log),
	})
	return nil
}

// answer is Check as bytes.
func (h *healthService) answer(ctx context.Context, request, dst []byte) ([]byte, error) {
	var r healthpb.HealthCheckRequest
	if err := proto.Unmarshal(request, &r); err != nil {
		return dst, status.Errorf(codes.Internal, "grpc: error unmarshalling request: %v", err)
	}
	m, err := h.Check(ctx, &r)
	if err != nil {
		return dst, err
	}
	return proto.MarshalOptions{}.MarshalAppend(dst, m)
}
