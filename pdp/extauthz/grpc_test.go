package extauthz_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
)

// dial serves Checks and health over gRPC.
func dial(t *testing.T, s client) *grpc.ClientConn {
	t.Helper()
	g := grpc.NewServer(grpc.ForceServerCodecV2(extauthz.Codec(encoding.GetCodecV2("proto"))))
	s.Register(g)
	healthpb.RegisterHealthServer(g, health.NewServer())
	lis := bufconn.Listen(1 << 20)
	done := make(chan error, 1)
	go func() { done <- g.Serve(lis) }()
	conn, err := grpc.NewClient("passthrough:mayi", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		g.Stop()
		<-done
	})
	return conn
}

// Over gRPC a Check is what the generated client expects, small and large, and
// other services are as if it were not there.
func TestOverGRPC(t *testing.T) {
	conn := dial(t, newServer(t, extauthz.Options{Provider: provider{compile(t, shop)}}, door.Options{}))
	check := authv3.NewAuthorizationClient(conn)
	large := asAlice(httpRequest("PUT", "/a"))
	large.Attributes.Request.Http.RawBody = make([]byte, 300_000) // many frames
	for name, req := range map[string]*authv3.CheckRequest{"small": asAlice(httpRequest("GET", "/a")), "large": large} {
		for range 20 {
			if facts := factsOf(check.Check(t.Context(), req)); !slices.Contains(facts, "code 0") {
				t.Errorf("%s: %q", name, facts)
			}
		}
	}
	if facts := factsOf(check.Check(t.Context(), &authv3.CheckRequest{})); !slices.Contains(facts, "code 3") {
		t.Errorf("an empty message: %q", facts)
	}
	if h, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil || h.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("health: %v %v", h, err)
	}
	unable := dial(t, newServer(t, extauthz.Options{Provider: provider{pdp.Unavailable(pdp.ReasonNoSnapshot)}}, door.Options{}))
	if _, err := authv3.NewAuthorizationClient(unable).Check(t.Context(), httpRequest("GET", "/a")); status.Code(err) != codes.Unavailable {
		t.Errorf("without a snapshot: %v", err)
	}
}

// refusing is a codec that refuses everything, as a counting one would see it.
type refusing struct{ encoding.CodecV2 }

var errRefused = errors.New("refused")

func (refusing) Marshal(any) (mem.BufferSlice, error) { return nil, errRefused }
func (refusing) Unmarshal(mem.BufferSlice, any) error { return errRefused }
func (refusing) Name() string                         { return "proto" }

func TestCodecLeavesOthersAlone(t *testing.T) {
	c := extauthz.Codec(refusing{})
	if _, err := c.Marshal(&authv3.CheckResponse{}); !errors.Is(err, errRefused) {
		t.Error(err)
	}
	if err := c.Unmarshal(nil, &authv3.CheckRequest{}); !errors.Is(err, errRefused) || c.Name() != "proto" {
		t.Error(err, c.Name())
	}
}
