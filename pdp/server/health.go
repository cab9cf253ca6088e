package server

import (
	"context"
	"time"

	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/mayi-authz/mayi/pdp/extauthz"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
)

// healthService says over gRPC what /readyz says over HTTP. A Check asks ready
// itself; streams of Watch learn of a change within a period.
type healthService struct {
	*health.Server
	names   []string // of services; "" is the server as a whole
	ready   func() bool
	stopped context.Context // done once watchers are to go
	end     context.CancelFunc
}

// healthPeriod is how often watchers are told of a change.
const healthPeriod = 100 * time.Millisecond

// newHealth answers for the services that are mounted; directory says whether that
// of the directory is.
func newHealth(ready func() bool, directory bool) *healthService {
	h := &healthService{Server: health.NewServer(), ready: ready}
	h.names = []string{"", extauthz.ServiceName, mayiv1.DecisionService_ServiceDesc.ServiceName}
	if directory {
		h.names = append(h.names, mayiv1.DirectoryService_ServiceDesc.ServiceName)
	}
	h.stopped, h.end = context.WithCancel(context.Background())
	h.update()
	return h
}

// Check answers for the very moment.
func (h *healthService) Check(ctx context.Context, r *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	h.update()
	return h.Server.Check(ctx, r)
}

// Watch ends with the server: a graceful stop waits for every stream, and
// watchers never end theirs.
func (h *healthService) Watch(r *healthpb.HealthCheckRequest, stream healthpb.Health_WatchServer) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	defer context.AfterFunc(h.stopped, cancel)()
	return h.Server.Watch(r, watchStream{stream, ctx})
}

type watchStream struct {
	healthpb.Health_WatchServer
	ctx context.Context
}

// Context implements grpc.ServerStream.
func (s watchStream) Context() context.Context { return s.ctx }

// update tells watchers what ready says.
func (h *healthService) update() {
	status := healthpb.HealthCheckResponse_NOT_SERVING
	if h.ready() {
		status = healthpb.HealthCheckResponse_SERVING
	}
	for _, name := range h.names {
		h.SetServingStatus(name, status)
	}
}

// run keeps watchers current until ctx is done.
func (h *healthService) run(ctx context.Context) error {
	ticker := time.NewTicker(healthPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			h.update()
		}
	}
}
