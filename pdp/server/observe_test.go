package server_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/server"
)

// lines returns the log's lines with a message.
func (l *logs) lines(t *testing.T, message string) (lines []map[string]any) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if m["msg"] == message {
			lines = append(lines, m)
		}
	}
	return lines
}

func TestMetrics(t *testing.T) {
	l := startLive(t, staff(), byHeader)
	l.grpcDecide("alice")
	l.grpcDecide("bob")
	l.post("/v1/decide", aliceReads)
	l.post("/v1/decide", `[]`)
	l.post("/v1/decide/batch", `{"requests": [`+aliceReads+`, 1]}`)
	for _, r := range []string{"/docs/1", "/docs/../1", "/else"} {
		if _, err := l.check.Check(t.Context(), get("alice", r)); err != nil {
			t.Fatal(err)
		}
	}
	// Bytes that are no CheckRequest are denied: a failed RPC may be an allow.
	var answer string
	err := l.conn.Invoke(t.Context(), "/envoy.service.auth.v3.Authorization/Check", "\xff\xff", &answer, grpc.ForceCodec(raw{}))
	resp := &authv3.CheckResponse{}
	if err != nil || proto.Unmarshal([]byte(answer), resp) != nil || resp.GetDeniedResponse().GetStatus().GetCode() != http.StatusBadRequest {
		t.Errorf("bytes that are no CheckRequest: %v %v", resp, err)
	}
	// Those that are no message of another service never reach it.
	err = l.conn.Invoke(t.Context(), "/mayi.v1.DecisionService/Decide", "\xff\xff", new(string), grpc.ForceCodec(raw{}))
	if status.Code(err) != codes.Internal {
		t.Errorf("bytes that are no message: %v", err)
	}
	code, body := l.get("/metrics")
	if code != http.StatusOK {
		t.Fatal(code, body)
	}
	for _, want := range []string{
		`mayi_decisions_total{door="decide",effect="Allow",reason="identity_policy"} 1`,
		`mayi_decisions_total{door="decide",effect="Deny",reason="implicit_deny"} 1`,
		`mayi_decisions_total{door="decide_json",effect="Allow",reason="identity_policy"} 2`,
		`mayi_decisions_total{door="decide_json",effect="Deny",reason="malformed_request"} 1`,
		`mayi_decisions_total{door="ext_authz",effect="Allow",reason="identity_policy"} 1`,
		`mayi_decisions_total{door="ext_authz",effect="Deny",reason="malformed_request"} 2`,
		`mayi_decisions_total{door="ext_authz",effect="Deny",reason="no_route"} 1`,
		`mayi_decisions_total{door="ext_authz",effect="Deny",reason="internal"} 0`,
		`mayi_rejected_requests_total{door="decide_json",reason="malformed"} 1`,
		`mayi_rejected_requests_total{door="decide",reason="batch_size"} 0`,
		`mayi_rejected_requests_total{door="grpc",reason="undecodable"} 1`,
		`mayi_decision_duration_seconds_bucket{door="ext_authz",le="0.5"} 4`,
		`mayi_decision_duration_seconds_count{door="decide"} 2`,
		`mayi_build_info{go_version="go`,
		`mayi_ready 1`,
		`mayi_dry_run 0`,
		`mayi_panics_total 0`,
		`mayi_reload_total{result="success"} 1`,
		`mayi_snapshot_info{revision="`,
		`go_goroutines `,
	} {
		if !strings.Contains(body, "\n"+want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	labels := regexp.MustCompile(`(?m)^mayi_[a-z_]+\{([^}]*)\}`)
	for _, m := range labels.FindAllStringSubmatch(body, -1) {
		if strings.Contains(m[1], "alice") || strings.Contains(m[1], "docs") {
			t.Errorf("a label tells who or what was asked: %s", m[0])
		}
	}
	families, err := registered(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("names of metrics: %v %v", problems, err)
	}
}

// registered returns a registry with the server's own metrics.
func registered(t *testing.T) *prometheus.Registry {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if _, err := server.InstrumentForTest(nil, r, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return r
}

// raw is a codec that sends strings as they are.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error)      { return []byte(v.(string)), nil }
func (raw) Unmarshal(data []byte, v any) error { *v.(*string) = string(data); return nil }
func (raw) Name() string                       { return "proto" }

var _ encoding.Codec = raw{}

// TestDenyLog shows the one line of a deny, and what it never holds.
func TestDenyLog(t *testing.T) {
	l := startLive(t, staff(), byHeader)
	if _, err := l.check.Check(t.Context(), get("bob", "/docs/7?token=geheim1",
		"authorization", "Bearer geheim2", "cookie", "sid=geheim3", "user-agent", "curl/8\r\n{\"msg\":\"forged\"}",
		"x-request-id", "req-1", "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.check.Check(t.Context(), get("alice", "/docs/7")); err != nil {
		t.Fatal(err)
	}
	l.post("/v1/decide", `{"principal": "bob", "action": "docs:Burn", "resource": "docs/1", "context": {"app:password": "geheim4"}}`)
	denies := l.logs.lines(t, "deny")
	if len(denies) != 2 {
		t.Fatalf("%d lines for two denies:\n%s", len(denies), l.logs)
	}
	want := map[string]any{
		"door": "ext_authz", "reason": "implicit_deny", "principal": "bob", "source": "proxy", "action": "docs:Read", "resource": "docs/7",
		"method": "GET", "host": "docs.example", "path": "/docs/7", "status": 403.0, "request_id": "req-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
	}
	for key, value := range want {
		if denies[0][key] != value {
			t.Errorf("%s is %v, want %v", key, denies[0][key], value)
		}
	}
	for _, key := range []string{"decision_id", "revision", "time", "level"} {
		if denies[0][key] == nil {
			t.Errorf("there is no %s", key)
		}
	}
	headers, _ := denies[0]["headers"].(map[string]any)
	if headers["authorization"] != "[masked]" || headers["cookie"] != "[masked]" {
		t.Errorf("headers %v", headers)
	}
	if d := denies[1]; d["door"] != "decide_json" || d["action"] != "docs:Burn" || d["path"] != nil {
		t.Errorf("the deny of Decide: %v", d)
	}
	if log := l.logs.String(); strings.Contains(log, "geheim") {
		t.Errorf("the log holds a secret:\n%s", log)
	}
	if len(l.logs.lines(t, "forged")) != 0 {
		t.Error("a client wrote a line of its own")
	}
}

func TestDenyLogOff(t *testing.T) {
	l := startLive(t, staff(), func(o *server.Options) { o.Config.Log.Denies = false })
	l.grpcDecide("bob")
	if n := len(l.logs.lines(t, "deny")); n != 0 {
		t.Errorf("%d lines", n)
	}
}

// TestDenyLogIsThrottled: no more lines in a second than the settings say, and the
// next one tells how many are missing. The clock is the test's own.
func TestDenyLogIsThrottled(t *testing.T) {
	var now time.Time
	var l logs
	view := scripted{decide: func(*pdp.Request) pdp.Decision { return pdp.Denied(pdp.ReasonCrossTenant, "") }}
	denying, err := server.ThrottledForTest(view, prometheus.NewPedanticRegistry(), slog.New(slog.NewJSONHandler(&l, nil)), 10,
		func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		name       string
		at         time.Duration
		denies     int
		lines      int
		suppressed float64 // of the first line
	}{
		{"a second's worth at once", 0, 10, 10, 0},
		{"one more", 0, 1, 0, 0},
		{"half a line's time later", 50 * time.Millisecond, 3, 0, 0},
		{"a line's time later", 100 * time.Millisecond, 2, 1, 4},
		{"a clock that goes back", 0, 1, 0, 0},
		{"half a second later", 500 * time.Millisecond, 7, 5, 2},
		{"a quiet hour later", time.Hour, 12, 10, 2},
		{"another", 2 * time.Hour, 1, 1, 2},
	} {
		now = start.Add(step.at)
		before := len(l.lines(t, "deny"))
		for range step.denies {
			denying.Current().Decide(&pdp.Request{})
		}
		lines := l.lines(t, "deny")[before:]
		if len(lines) != step.lines {
			t.Fatalf("%s: %d lines, want %d", step.name, len(lines), step.lines)
		}
		for i, line := range lines {
			want := any(nil)
			if i == 0 && step.suppressed > 0 {
				want = step.suppressed
			}
			if line["suppressed"] != want {
				t.Errorf("%s, line %d: suppressed is %v, want %v", step.name, i, line["suppressed"], want)
			}
		}
	}
}

// scripted is a view that does what a test says.
type scripted struct {
	pdp.View
	decide func(*pdp.Request) pdp.Decision
}

func (s scripted) Decide(r *pdp.Request) pdp.Decision { return s.decide(r) }
func (s scripted) Revision() string                   { return "r1" }
func (s scripted) Current() pdp.View                  { return s }

func TestInstrumentedView(t *testing.T) {
	tests := []struct {
		name   string
		decide func(*pdp.Request) pdp.Decision
		reason pdp.Reason
		panics float64
		log    string
	}{
		{"a deny", func(*pdp.Request) pdp.Decision { return pdp.Denied(pdp.ReasonCrossTenant, "") }, pdp.ReasonCrossTenant, 0, `"reason":"cross_tenant"`},
		{"a panic", func(*pdp.Request) pdp.Decision { panic("the engine is broken") }, pdp.ReasonInternal, 1, `"panic":"the engine is broken"`},
		{"an allow for no reason to allow", func(*pdp.Request) pdp.Decision {
			return pdp.Decision{Effect: pdp.Allow, Reason: pdp.ReasonImplicitDeny}
		}, pdp.ReasonInternal, 0, `the effect contradicts the reason implicit_deny`},
		{"a deny for a reason to allow", func(*pdp.Request) pdp.Decision {
			return pdp.Decision{Reason: pdp.ReasonIdentityPolicy}
		}, pdp.ReasonInternal, 0, `the effect contradicts the reason identity_policy`},
		{"the zero decision", func(*pdp.Request) pdp.Decision { return pdp.Decision{} }, pdp.ReasonInternal, 0, `"reason":"internal"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, r := new(logs), prometheus.NewRegistry()
			views, err := server.InstrumentForTest(scripted{pdp.Unavailable(pdp.ReasonNoSnapshot), tt.decide}, r, slog.New(slog.NewJSONHandler(out, nil)))
			if err != nil {
				t.Fatal(err)
			}
			d := views.Current().Decide(&pdp.Request{Action: "a"})
			if d.Allowed() || d.Reason != tt.reason || d.ID == (pdp.ID{}) {
				t.Errorf("got %+v, want a deny for %v with an id", d, tt.reason)
			}
			if !strings.Contains(out.String(), tt.log) {
				t.Errorf("the log says %s, want %s", out, tt.log)
			}
			if got := value(t, r, "mayi_panics_total"); got != tt.panics {
				t.Errorf("%v panics were counted, want %v", got, tt.panics)
			}
		})
	}
}

// value returns a metric without labels.
func value(t *testing.T, r *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("there is no %s", name)
	return 0
}

// TestMasking shows which headers are shown: those named, and not their value if
// it can be a secret.
func TestMasking(t *testing.T) {
	out := new(logs)
	views, err := server.InstrumentForTest(scripted{pdp.Unavailable(pdp.ReasonNoSnapshot), func(*pdp.Request) pdp.Decision { return pdp.Denied(pdp.ReasonImplicitDeny, "") }},
		prometheus.NewRegistry(), slog.New(slog.NewJSONHandler(out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	header := map[string][]string{"user-agent": {strings.Repeat("u", 600)}, "authorization": {"s1"}, "x-api-key": {"s2"}, "x-other": {"s3"}}
	views.Current().Decide(&pdp.Request{Origin: pdp.Origin{Header: func(name string) []string { return header[name] }}})
	line := out.lines(t, "deny")[0]["headers"].(map[string]any)
	if line["authorization"] != "[masked]" || line["x-api-key"] != "[masked]" || line["x-other"] != nil {
		t.Errorf("headers %v", line)
	}
	if got := line["user-agent"].(string); len(got) > 520 || !strings.HasSuffix(got, "…") {
		t.Errorf("a long value has %d bytes", len(got))
	}
}
