package decideapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/decideapi"
)

// FuzzHTTP sends any body. The answer is always JSON, says 200 or 400, and only
// a 200 can say Allow; a batch of the same request answers it the same way.
func FuzzHTTP(f *testing.F) {
	f.Add(`{"principal": "alice", "action": "docs:Read", "resource": "d", "context": {"app:n": 1e400}}`)
	for _, tt := range malformedRequests {
		f.Add(tt.json)
	}
	api, _ := newAPI(f, engine(f), decideapi.Options{})
	h := api.Handler()
	send := func(path, body string) (int, []byte) {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.Bytes()
	}
	f.Fuzz(func(t *testing.T, body string) {
		var one struct{ Decision, Reason string }
		code, answer := send("/v1/decide", body)
		if err := json.Unmarshal(answer, &one); err != nil {
			t.Fatalf("%v: %s", err, answer)
		}
		if code != 200 && code != 400 || one.Decision != "Deny" && code != 200 || one.Decision == "" {
			t.Fatalf("got %d %s", code, answer)
		}
		var batch struct {
			Responses []struct{ Decision, Reason string }
		}
		code, answer = send("/v1/decide/batch", `{"requests": [`+body+`]}`)
		if err := json.Unmarshal(answer, &batch); err != nil {
			t.Fatalf("%v: %s", err, answer)
		}
		if code == 200 && len(batch.Responses) == 1 && (batch.Responses[0].Decision != one.Decision || batch.Responses[0].Reason != one.Reason) {
			t.Fatalf("alone %+v, in a batch %+v", one, batch.Responses[0])
		}
	})
}
