package server_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mayi-authz/mayi/pdp/mayiv1"
	"github.com/mayi-authz/mayi/pdp/server"
)

// A panic anywhere in a call ends that call, without an allow. It is counted and
// logged, and the server serves on. The clock stands for whatever may be broken
// around the engine.
func TestPanicsEndOnlyTheirCall(t *testing.T) {
	var broken atomic.Bool
	l := startLive(t, staff(), func(o *server.Options) {
		byHeader(o)
		o.Now = func() time.Time {
			if broken.Load() {
				panic("the clock is broken")
			}
			return time.Now()
		}
	})
	request := &mayiv1.DecideRequest{Principal: &mayiv1.Principal{Id: "alice"}, Action: "docs:Read", Resource: &mayiv1.Resource{Id: "docs/1"}}
	broken.Store(true)
	_, err := l.decide.Decide(t.Context(), request)
	if s := status.Convert(err); s.Code() != codes.Internal || strings.Contains(s.Message(), "clock") {
		t.Errorf("Decide: %v", err)
	}
	_, err = l.decide.DecideBatch(t.Context(), &mayiv1.DecideBatchRequest{Requests: []*mayiv1.DecideRequest{request}})
	if status.Code(err) != codes.Internal {
		t.Errorf("DecideBatch: %v", err)
	}
	if code, body := l.post("/v1/decide", aliceReads); code != http.StatusInternalServerError || strings.Contains(body, "clock") || strings.Contains(body, "Allow") {
		t.Errorf("/v1/decide: %d %s", code, body)
	}
	if r, err := l.check.Check(t.Context(), get("alice", "/docs/1")); err != nil || r.GetStatus().GetCode() == 0 {
		t.Errorf("Check: %v %v", r, err)
	}
	broken.Store(false)
	if got := l.grpcDecide("alice"); got != "identity_policy" {
		t.Errorf("afterwards: %s", got)
	}
	if code, body := l.get("/metrics"); code != http.StatusOK || !strings.Contains(body, "mayi_panics_total 4") {
		t.Errorf("metrics: %d %s", code, body)
	}
	for _, line := range l.logs.lines(t, "panic; the call ended without an allow") {
		if !strings.Contains(line["panic"].(string), "the clock is broken") || !strings.Contains(line["stack"].(string), ".go:") {
			t.Errorf("%v", line)
		}
	}
	if n := len(l.logs.lines(t, "panic; the call ended without an allow")); n != 4 {
		t.Errorf("%d panics in the log, want 4", n)
	}
}
