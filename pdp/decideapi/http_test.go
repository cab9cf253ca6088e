package decideapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/decideapi"
)

func post(t *testing.T, api *decideapi.API, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	api.Handler().ServeHTTP(w, r)
	if got := w.Header().Get("Content-Length"); got != fmt.Sprint(w.Body.Len()) {
		t.Errorf("Content-Length %s for %d bytes", got, w.Body.Len())
	}
	if !json.Valid(w.Body.Bytes()) {
		t.Errorf("the body is not JSON: %s", w.Body)
	}
	return w
}

func TestHTTPDecide(t *testing.T) {
	const never = `"determining":[{"policy":"never","sid":"Never","index":0,"effect":"Deny","layer":"identity","at":"never.json:1"}]`
	tests := []struct {
		name, body, want string
	}{
		{"allow", `{"principal": "alice", "action": "docs:Read", "resource": "d"}`,
			`{"decision":"Allow","reason":"identity_policy","determining":[{"policy":"read","sid":"Read","index":0,"effect":"Allow","layer":"identity","at":"read.json:1"}],"revision":"r1"}`},
		{"explicit deny", `{"principal": {"id": "alice"}, "action": "docs:Burn", "resource": {"id": "d"}}`,
			`{"decision":"Deny","reason":"explicit_deny",` + never + `,"revision":"r1"}`},
		{"implicit deny", `{"principal": "bob", "action": "docs:Read", "resource": "d"}`,
			`{"decision":"Deny","reason":"implicit_deny","determining":[],"revision":"r1"}`},
		{"anonymous", `{"principal": null, "action": "docs:Read", "resource": "d"}`,
			`{"decision":"Deny","reason":"implicit_deny","determining":[],"revision":"r1"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api, _ := newAPI(t, engine(t), decideapi.Options{})
			w := post(t, api, "/v1/decide", tt.body)
			if w.Code != http.StatusOK || strings.TrimSuffix(w.Body.String(), "\n") != tt.want {
				t.Errorf("got %d %s\nwant 200 %s", w.Code, w.Body, tt.want)
			}
			if got := w.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type %q", got)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control %q", got)
			}
		})
	}
}

// TestValues shows that what the context carries arrives exactly.
func TestValues(t *testing.T) {
	tests := []struct {
		name, action, context, want string
	}{
		{"a number beyond float64", "docs:Count", `{"app:n": 12345678901234567890.1}`, "Allow"},
		{"its neighbour", "docs:Count", `{"app:n": 12345678901234567890.2}`, "Deny"},
		{"as a string", "docs:Count", `{"app:n": "12345678901234567890.1"}`, "Allow"},
		{"a list of three types", "docs:List", `{"app:l": ["a", 1, true]}`, "Allow"},
		{"with a stranger", "docs:List", `{"app:l": ["a", 1, false]}`, "Deny"},
		{"an empty list is absent", "docs:List", `{"app:l": []}`, "Deny"},
		{"the server's clock", "docs:Now", `{}`, "Allow"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api, _ := newAPI(t, engine(t), decideapi.Options{})
			w := post(t, api, "/v1/decide", fmt.Sprintf(`{"principal": "alice", "action": %q, "resource": "d", "context": %s}`, tt.action, tt.context))
			if !strings.HasPrefix(w.Body.String(), `{"decision":"`+tt.want+`"`) {
				t.Errorf("got %d %s, want %s", w.Code, w.Body, tt.want)
			}
		})
	}
}

func TestTrustFacts(t *testing.T) {
	const body = `{"principal": {"id": "alice", "tags": {"team": "docs"}}, "action": "docs:Tag", "resource": {"id": "d", "tags": {"owner": "alice"}}}`
	api, _ := newAPI(t, engine(t), decideapi.Options{})
	if w := post(t, api, "/v1/decide", body); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"reason":"malformed_request"`) {
		t.Errorf("facts that contradict the directory: got %d %s", w.Code, w.Body)
	}
	api, _ = newAPI(t, engine(t), decideapi.Options{TrustFacts: true})
	if w := post(t, api, "/v1/decide", body); !strings.Contains(w.Body.String(), `"decision":"Allow"`) {
		t.Errorf("with trust_facts: got %d %s", w.Code, w.Body)
	}
}

func TestHTTPRefuses(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	const good = `{"principal": "alice", "action": "docs:Read", "resource": "d"}`
	tests := []struct {
		name, path, body string
		change           func(*http.Request)
		status           int
		reject, want     string
	}{
		{"GET", "/v1/decide", "", func(r *http.Request) { r.Method = http.MethodGet }, 405, "method", "expected POST"},
		{"PUT of a batch", "/v1/decide/batch", good, func(r *http.Request) { r.Method = http.MethodPut }, 405, "method", "expected POST"},
		{"no content type", "/v1/decide", good, header("Content-Type", ""), 415, "content_type", "expected Content-Type: application/json"},
		{"a form", "/v1/decide", good, header("Content-Type", "text/plain"), 415, "content_type", "expected Content-Type: application/json"},
		{"Latin 1", "/v1/decide", good, header("Content-Type", "application/json; charset=latin1"), 415, "content_type", "expected UTF-8"},
		{"two content types", "/v1/decide", good, func(r *http.Request) { r.Header.Add("Content-Type", "application/json") }, 415, "content_type", "expected Content-Type"},
		{"compressed", "/v1/decide", good, header("Content-Encoding", "gzip"), 415, "content_type", "without Content-Encoding"},
		{"empty", "/v1/decide", "", nil, 400, "malformed", "document is empty"},
		{"not JSON", "/v1/decide", "{", nil, 400, "malformed", "1:2: JSON syntax: unexpected end of document"},
		{"two documents", "/v1/decide", good + good, nil, 400, "malformed", "something follows the document"},
		{"duplicate name", "/v1/decide", `{"action": "a", "action": "b", "resource": "d"}`, nil, 400, "malformed", `"pointer":"/action"`},
		{"duplicate key", "/v1/decide", `{"action": "a", "resource": "d", "context": {"k": 1, "k": 2}}`, nil, 400, "malformed", `"pointer":"/context/k"`},
		{"not UTF-8", "/v1/decide", "{\"action\": \"\xff\", \"resource\": \"d\"}", nil, 400, "malformed", "invalid UTF-8"},
		{"lone surrogate", "/v1/decide", `{"action": "\ud800", "resource": "d"}`, nil, 400, "malformed", "surrogate"},
		{"byte order mark", "/v1/decide", "\xef\xbb\xbf" + good, nil, 400, "malformed", "byte order mark"},
		{"deep", "/v1/decide", strings.Repeat("[", 17) + strings.Repeat("]", 17), nil, 400, "too_large", "nesting is deeper than 16"},
		{"unknown field", "/v1/decide", `{"action": "a", "resource": "d", "x": 1}`, nil, 400, "malformed", `"detail":"1:39 /x: unknown field","pointer":"/x","decision":"Deny","reason":"malformed_request"`},
		{"reserved key", "/v1/decide", `{"action": "a", "resource": "d", "context": {"aws:userid": 1}}`, nil, 400, "malformed", `"pointer":"/context/aws:userid"`},
		{"too big", "/v1/decide", `"` + strings.Repeat("x", 1<<10) + `"`, nil, 400, "too_large", "the body has more than 1024 bytes"},
		{"batch is a list", "/v1/decide/batch", `[]`, nil, 400, "malformed", "expected a batch as an object"},
		{"batch without requests", "/v1/decide/batch", `{}`, nil, 400, "malformed", "requests is missing"},
		{"batch with more", "/v1/decide/batch", `{"requests": [], "now": 1}`, nil, 400, "malformed", `"pointer":"/now"`},
		{"requests is an object", "/v1/decide/batch", `{"requests": {}}`, nil, 400, "malformed", `"pointer":"/requests"`},
		{"too many requests", "/v1/decide/batch", `{"requests": [1, 2, 3, 4]}`, nil, 400, "batch_size", "4 requests, the limit is 3"},
		{"broken off", "/v1/decide", good, func(r *http.Request) { r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)) }, 400, "body", "could not be read to its end"},
		{"another path", "/v1/decide/", good, nil, 404, "", "there is nothing here"},
		{"the malformed of the engine", "/v1/decide", `{"principal": "arn:aws", "action": "a", "resource": "d"}`, nil, 400, "", `"reason":"malformed_request"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var rejected []string
			api, _ := newAPI(t, engine(t), decideapi.Options{MaxBody: 1 << 10, MaxBatch: 3, Rejected: func(reason string) { rejected = append(rejected, reason) }})
			change := tt.change
			if change == nil {
				change = func(*http.Request) {}
			}
			w := post(t, api, tt.path, tt.body, change)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("got %d %s\nwant %d %s", w.Code, w.Body, tt.status, tt.want)
			}
			if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type %q", got)
			}
			if strings.Join(rejected, " ") != tt.reject {
				t.Errorf("rejected %q, want %q", rejected, tt.reject)
			}
			if (w.Code == 405) != (w.Header().Get("Allow") == "POST") {
				t.Errorf("Allow %q with status %d", w.Header().Get("Allow"), w.Code)
			}
			if w.Code == 400 && !strings.Contains(w.Body.String(), `"decision":"Deny"`) {
				t.Error("a malformed request is a deny in its body too")
			}
		})
	}
	t.Run("every shape", func(t *testing.T) {
		api, _ := newAPI(t, engine(t), decideapi.Options{})
		for _, tt := range malformedRequests {
			w := post(t, api, "/v1/decide", tt.json)
			pointer, _ := json.Marshal(tt.pointer)
			if w.Code != 400 || !strings.Contains(w.Body.String(), `"pointer":`+string(pointer)+`,"decision":"Deny"`) {
				t.Errorf("%s: got %d %s, want pointer %s", tt.name, w.Code, w.Body, pointer)
			}
		}
	})
}

func TestContentTypes(t *testing.T) {
	const good = `{"principal": "alice", "action": "docs:Read", "resource": "d"}`
	api, _ := newAPI(t, engine(t), decideapi.Options{})
	for _, kind := range []string{"application/json", "Application/JSON; charset=UTF-8", `application/json; charset="utf-8"`} {
		w := post(t, api, "/v1/decide", good, func(r *http.Request) { r.Header.Set("Content-Type", kind) })
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d %s", kind, w.Code, w.Body)
		}
	}
}

func TestHTTPInability(t *testing.T) {
	tests := []struct {
		name   string
		view   pdp.View
		status int
		want   string
	}{
		{"no snapshot", pdp.Unavailable(pdp.ReasonNoSnapshot), 503, `"reason":"no_snapshot"`},
		{"shutting down", pdp.Unavailable(pdp.ReasonShuttingDown), 503, `"reason":"shutting_down"`},
		{"internal", answering(pdp.Denied(pdp.ReasonInternal, "")), 503, `"decision":"Deny","reason":"internal"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api, _ := newAPI(t, tt.view, decideapi.Options{})
			w := post(t, api, "/v1/decide", `{"action": "a", "resource": "d"}`)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
	t.Run("batch", func(t *testing.T) {
		api, _ := newAPI(t, pdp.Unavailable(pdp.ReasonNoSnapshot), decideapi.Options{})
		w := post(t, api, "/v1/decide/batch", `{"requests": [{"action": "a", "resource": "d"}]}`)
		if w.Code != 503 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

// TestHTTPBatch checks order, count, one snapshot, one time, and that a bad item
// is denied in its own place.
func TestHTTPBatch(t *testing.T) {
	asked := 0
	api, views := newAPI(t, engine(t), decideapi.Options{})
	w := post(t, api, "/v1/decide/batch", `{"requests": [
		{"principal": "alice", "action": "docs:Read", "resource": "d"},
		{"principal": "", "action": "docs:Read", "resource": "d"},
		7,
		{"principal": "alice", "action": "docs:Burn", "resource": "d"},
		{"principal": "arn:aws", "action": "docs:Burn", "resource": "d"}]}`)
	var got struct {
		Responses []struct{ Decision, Reason, Error, Revision string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatal(w.Code, err, w.Body)
	}
	want := []struct{ decision, reason, err string }{
		{"Allow", "identity_policy", ""},
		{"Deny", "malformed_request", "/requests/1/principal: an id must not be empty"},
		{"Deny", "malformed_request", "/requests/2: expected a request as an object"},
		{"Deny", "explicit_deny", ""},
		{"Deny", "malformed_request", "arn:aws"},
	}
	if len(got.Responses) != len(want) {
		t.Fatalf("%d answers for %d requests: %s", len(got.Responses), len(want), w.Body)
	}
	for i, w := range want {
		g := got.Responses[i]
		if g.Decision != w.decision || g.Reason != w.reason || !strings.Contains(g.Error, w.err) || (w.err == "") != (g.Error == "") {
			t.Errorf("answer %d: got %+v, want %+v", i, g, w)
		}
		if g.Revision != "r1" {
			t.Errorf("answer %d: revision %q", i, g.Revision)
		}
	}
	if views.asked.Load() != 1 {
		t.Errorf("the batch took %d snapshots", views.asked.Load())
	}

	times := map[string]bool{}
	view := fake{engine(t), func(r *pdp.Request) pdp.Decision {
		asked++
		times[r.Time.String()] = true
		return pdp.Decision{}
	}}
	api, _ = newAPI(t, view, decideapi.Options{})
	body := `{"requests": [` + strings.TrimSuffix(strings.Repeat(`{"action": "a", "resource": "d"},`, 1000), ",") + `]}`
	post(t, api, "/v1/decide/batch", body)
	if asked != 1000 || len(times) != 1 {
		t.Errorf("%d requests were decided at %d times", asked, len(times))
	}
	if w := post(t, api, "/v1/decide/batch", `{"requests": []}`); w.Body.String() != "{\"responses\":[]}\n" {
		t.Errorf("empty batch: got %d %s", w.Code, w.Body)
	}
}

func TestDeadline(t *testing.T) {
	api, _ := newAPI(t, engine(t), decideapi.Options{})
	w := post(t, api, "/v1/decide", `{"principal": "alice", "action": "docs:Read", "resource": "d"}`, func(r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		*r = *r.WithContext(ctx)
	})
	if w.Code != 503 || !strings.Contains(w.Body.String(), `"reason":"deadline"`) {
		t.Errorf("a passed deadline never allows: got %d %s", w.Code, w.Body)
	}
}

func TestRequestID(t *testing.T) {
	var origin pdp.Origin
	view := fake{engine(t), func(r *pdp.Request) pdp.Decision { origin = r.Origin; return pdp.Decision{} }}
	api, _ := newAPI(t, view, decideapi.Options{})
	for id, want := range map[string]string{"req-1": "req-1", strings.Repeat("x", 129): "", "a b": ""} {
		w := post(t, api, "/v1/decide", `{"action": "a", "resource": "d"}`, func(r *http.Request) {
			r.Header.Set("X-Request-ID", id)
			r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
		})
		if got := w.Header().Get("X-Request-ID"); got != want || origin.RequestID != want {
			t.Errorf("%q: echoed %q and logged %q, want %q", id, got, origin.RequestID, want)
		}
		if origin.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" {
			t.Errorf("trace id %q", origin.TraceID)
		}
	}
	w := post(t, api, "/v1/decide", `[]`, func(r *http.Request) { r.Header.Set("X-Request-ID", "req-2") })
	if got := w.Header().Get("X-Request-ID"); got != "req-2" {
		t.Errorf("an error echoes %q", got)
	}
}

func TestConcurrent(t *testing.T) {
	api, _ := newAPI(t, engine(t), decideapi.Options{})
	h := api.Handler()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				r := httptest.NewRequest(http.MethodPost, "/v1/decide", strings.NewReader(`{"principal": "alice", "action": "docs:Read", "resource": "d"}`))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != 200 {
					t.Error(w.Code, w.Body)
				}
			}
		})
	}
	wg.Wait()
}
