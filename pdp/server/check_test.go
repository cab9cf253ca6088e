package server_test

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/pdp/mayiv1"
	"github.com/mayi-authz/mayi/pdp/server"
)

// startBoth runs a server with both listeners that serve Check, and returns clients
// of them: that of grpc first.
func startBoth(t *testing.T, bundle files, change func(*server.Options)) (*live, [2]*grpc.ClientConn) {
	t.Helper()
	own := filepath.Join(folder(t), "check")
	l := startLive(t, bundle, func(o *server.Options) {
		o.Config.Check.Listen = "unix:" + own
		if change != nil {
			change(o)
		}
	})
	conn, err := grpc.NewClient("unix:"+own, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) //nolint:errcheck // the test is over
	return l, [2]*grpc.ClientConn{l.conn, conn}
}

// wire sends a message as it is and returns the answer as it came.
func wire(ctx context.Context, conn *grpc.ClientConn, method string, message []byte) (answer []byte, err error) {
	err = conn.Invoke(ctx, method, &message, &answer, grpc.ForceCodecV2(wireCodec{}))
	return answer, err
}

type wireCodec struct{}

func (wireCodec) Name() string { return "proto" }
func (wireCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}
func (wireCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

var uuidText = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

const checkMethod = "/envoy.service.auth.v3.Authorization/Check"

// TestListenersAgree: the same bytes get the same bytes from both listeners, but for
// the decision's id.
func TestListenersAgree(t *testing.T) {
	_, conns := startBoth(t, staff(), byHeader)
	var questions [][]byte
	ask := func(r *authv3.CheckRequest) {
		data, err := proto.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		questions = append(questions, data)
	}
	for _, user := range []string{"alice", "bob", ""} {
		for _, path := range []string{"/docs/1", "/docs/1?a=%2e", "/docs/../1", "/docs//1", "/docs/%2f", "/elsewhere", "", "docs", "/docs/1;x=1", "/docs/%zz"} {
			ask(get(user, path))
			ask(get(user, path, "accept", "application/json"))
		}
	}
	ask(&authv3.CheckRequest{})
	ask(&authv3.CheckRequest{Attributes: &authv3.AttributeContext{Source: &authv3.AttributeContext_Peer{Principal: "x"}}}) // L4
	ask(get("alice", "/docs/1", "cookie", strings.Repeat("c", 100_000)))
	questions = append(questions, []byte("no CheckRequest"), []byte{0xff}, nil, make([]byte, 4<<20+1))
	allowed := 0
	for i, q := range questions {
		var answers [2][]byte
		var errs [2]error
		for k, conn := range conns {
			answers[k], errs[k] = wire(t.Context(), conn, checkMethod, q)
			answers[k] = uuidText.ReplaceAll(answers[k], []byte(strings.Repeat("0", 36)))
		}
		if string(answers[0]) != string(answers[1]) {
			t.Errorf("question %d %.200q:\n%q\n%q", i, q, answers[0], answers[1])
		}
		a, b := status.Convert(errs[0]), status.Convert(errs[1])
		if a.Code() != b.Code() || a.Message() != b.Message() {
			t.Errorf("question %d %.200q:\n%v\n%v", i, q, a, b)
		}
		var r authv3.CheckResponse
		if err := proto.Unmarshal(answers[1], &r); err == nil && r.GetOkResponse() != nil {
			allowed++
		}
	}
	if allowed == 0 || allowed > len(questions)/2 {
		t.Errorf("%d of %d allowed", allowed, len(questions))
	}
}

// TestListenersAgreeOnStatus: what is no call of theirs has the same code from both.
func TestListenersAgreeOnStatus(t *testing.T) {
	_, conns := startBoth(t, staff(), nil)
	for _, tt := range []struct {
		method string
		call   []byte
		want   codes.Code
	}{
		{"/envoy.service.auth.v3.Authorization/Nothing", nil, codes.Unimplemented},
		{"/no.Such/Service", nil, codes.Unimplemented},
		{"/grpc.health.v1.Health/Check", []byte("\xff"), codes.Internal},
		{"/grpc.health.v1.Health/Check", []byte("\x0a\x03nix"), codes.NotFound},
	} {
		for _, conn := range conns {
			if _, err := wire(t.Context(), conn, tt.method, tt.call); status.Code(err) != tt.want {
				t.Errorf("%s: got %v", tt.method, err)
			}
		}
	}
	for _, service := range []string{"", "envoy.service.auth.v3.Authorization"} {
		h, err := healthpb.NewHealthClient(conns[1]).Check(t.Context(), &healthpb.HealthCheckRequest{Service: service})
		if err != nil || h.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("health of %q: %v %v", service, h, err)
		}
	}
	stream, err := healthpb.NewHealthClient(conns[1]).Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("Watch: %v", err)
	}
	if _, err := mayiv1.NewDecisionServiceClient(conns[1]).Decide(t.Context(), &mayiv1.DecideRequest{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("Decide: %v", err)
	}
}

// TestOwnListenerIsSeen: its decisions and refusals are counted as those of ext_authz.
func TestOwnListenerIsSeen(t *testing.T) {
	l, conns := startBoth(t, staff(), byHeader)
	for range 3 {
		if _, err := authv3.NewAuthorizationClient(conns[1]).Check(t.Context(), get("bob", "/docs/1")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := wire(t.Context(), conns[1], "/no.Such/Service", nil); status.Code(err) != codes.Unimplemented {
		t.Fatal(err)
	}
	_, metrics := l.get("/metrics")
	for _, want := range []string{
		`mayi_decisions_total{door="ext_authz",effect="Deny",reason="implicit_deny"} 3`,
		`mayi_rejected_requests_total{door="ext_authz",reason="unimplemented"} 1`,
		`mayi_rejected_requests_total{door="ext_authz",reason="flood"} 0`,
		`mayi_decision_duration_seconds_count{door="ext_authz"} 3`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(l.logs.String(), `"door":"ext_authz"`); n != 3 {
		t.Errorf("%d denies logged", n)
	}
}

// TestOwnListenerWithoutBundle: nothing is served before a first good snapshot.
func TestOwnListenerWithoutBundle(t *testing.T) {
	_, conns := startBoth(t, nil, nil)
	_, err := authv3.NewAuthorizationClient(conns[1]).Check(t.Context(), get("alice", "/docs/1"))
	if s := status.Convert(err); s.Code() != codes.Unavailable || !strings.HasPrefix(s.Message(), "mayi cannot decide: ") {
		t.Error(err)
	}
	h, err := healthpb.NewHealthClient(conns[1]).Check(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil || h.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Errorf("health %v %v", h, err)
	}
}

// TestOwnListenerStops with the server, in order.
func TestOwnListenerStops(t *testing.T) {
	l, conns := startBoth(t, staff(), byHeader)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	client := authv3.NewAuthorizationClient(conns[1])
	started := make(chan struct{})
	go func() {
		ended <- func() error {
			for i := 0; ctx.Err() == nil; i++ {
				if _, err := client.Check(ctx, get("alice", "/docs/1")); err != nil {
					if i == 0 || status.Code(err) != codes.Unavailable {
						return fmt.Errorf("call %d: %w", i, err)
					}
					return nil
				}
				if i == 100 {
					close(started)
				}
			}
			return nil
		}()
	}()
	<-started
	l.stop() // reports what goes wrong; calls end with the server, and none in between
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
