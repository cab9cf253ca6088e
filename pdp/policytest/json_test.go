package policytest_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/decideapi"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

// fixed hands out one engine.
type fixed struct{ view pdp.View }

func (f fixed) Current() pdp.View { return f.view }

// throughJSON asks the cases of a script as JSON requests of a caller whose facts
// are trusted. A request that the API refuses was malformed.
func throughJSON(view pdp.View) policytest.Decider {
	return policytest.DeciderFunc(func(c *policytest.Case) (policytest.Answer, error) {
		body, err := c.JSON()
		if err != nil {
			return policytest.Answer{}, err
		}
		api, err := decideapi.New(decideapi.Options{Views: fixed{view}, TrustFacts: true, Now: func() time.Time { return c.Time }})
		if err != nil {
			return policytest.Answer{}, err
		}
		r := httptest.NewRequest(http.MethodPost, "/v1/decide", strings.NewReader(string(body)))
		r.Header.Set("content-type", "application/json")
		w := httptest.NewRecorder()
		api.Handler().ServeHTTP(w, r)
		answer, err := io.ReadAll(w.Body)
		switch {
		case err != nil:
			return policytest.Answer{}, err
		case w.Code == http.StatusBadRequest:
			return policytest.Answer{Effect: "Deny", Reason: "malformed_request", Brief: true}, nil
		case w.Code != http.StatusOK:
			return policytest.Answer{}, errors.New(w.Result().Status + ": " + string(answer))
		}
		return policytest.ParseAnswer(answer)
	})
}

func TestScriptsAsJSON(t *testing.T) {
	if *update {
		return // the scripts in this binary are those from before
	}
	ran, skipped := 0, 0
	for _, s := range scripts(t) {
		engine, err := load(s.Documents())
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		result, err := s.Run(throughJSON(engine))
		if err != nil {
			t.Error(err)
		}
		ran, skipped = ran+result.Ran, skipped+result.Skipped
	}
	if ran < skipped || ran < 1000 {
		t.Errorf("%d cases were asked and %d could not be said; expected most to be sayable", ran, skipped)
	}
	t.Logf("%d cases, %d could not be said", ran, skipped)
}

func TestCaseAsJSON(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"plain", `alice a:Get doc`, `{"action":"a:Get","principal":"alice","resource":"doc"}`},
		{"anonymous", `- a:Get doc`, `{"action":"a:Get","principal":null,"resource":"doc"}`},
		{"permission", `alice - doc permission=a|b`, `{"permission":"a|b","principal":"alice","resource":"doc"}`},
		{"trusted facts", `alice a:Get doc groups=g,h roles=[] principal.tag/t="" trust=facts`,
			`{"action":"a:Get","principal":{"groups":["g","h"],"id":"alice","roles":[],"tags":{"t":""}},"resource":"doc"}`},
		{"resource tags", `alice a:Get doc resource.tag/env=prod`, `{"action":"a:Get","principal":"alice","resource":{"id":"doc","tags":{"env":"prod"}}}`},
		{"values", `alice a:Get doc n=1.50 s="1" b=true l=["a",2] t=text e="" z=null`,
			`{"action":"a:Get","context":{"b":true,"e":"","l":["a",2],"n":1.50,"s":"1","t":"text","z":null},"principal":"alice","resource":"doc"}`},
		{"incomplete", `alice a:Get doc k=?`, ""},
		{"incomplete source", `alice a:Get doc incomplete=k`, ""},
		{"object", `alice a:Get doc k={}`, ""},
		{"nested", `alice a:Get doc k=[[1]]`, ""},
		{"facts of no worth", `alice a:Get doc groups=g`, ""},
		{"facts of nobody", `- a:Get doc groups=g trust=facts`, ""},
		{"malformed", `alice a:Get doc malformed=x`, ""},
		{"refused", `alice a:Get doc refused=no_route`, ""},
		{"no time", `alice a:Get doc at zero`, ""},
		{"HTTP", `http none GET host/`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := policytest.ParseCase(test.line)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.JSON()
			if test.want == "" {
				if !errors.Is(err, policytest.ErrUnsayable) {
					t.Fatalf("got %s, %v; expected ErrUnsayable", got, err)
				}
				return
			}
			if err != nil || string(got) != test.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestParseAnswer(t *testing.T) {
	got, err := policytest.ParseAnswer([]byte(`{"decision": "Allow", "reason": "identity_policy", "decision_id": "x",
		"determining": [{"policy": "p", "sid": "S", "index": 3}, {"policy": "q", "index": 1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := policytest.Answer{Effect: "Allow", Reason: "identity_policy", Statements: []string{"p#S", "q[1]"}, Principal: "not told", More: 7}
	if diff := want.Diff(got); diff != nil {
		t.Error(diff)
	}
	if _, err := policytest.ParseAnswer([]byte(`no`)); err == nil {
		t.Error("text that is no JSON was taken for an answer")
	}
}
