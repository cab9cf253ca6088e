package policytest_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

// throughDoor asks the HTTP cases of a script of the shared half of every HTTP
// door. The credentials are believed as the case states them: that real ones are
// verified is shown where real ones are.
func throughDoor(t *testing.T, view pdp.View) policytest.Decider {
	t.Helper()
	return policytest.DeciderFunc(func(c *policytest.Case) (policytest.Answer, error) {
		if c.HTTP == nil {
			return policytest.Answer{}, policytest.ErrUnsayable
		}
		d, err := door.New(door.Options{Authenticator: credential(c.HTTP.Credential), RequireCredential: true})
		if err != nil {
			return policytest.Answer{}, err
		}
		o := d.Decide(t.Context(), view, doorRequest(c.HTTP), c.Time)
		return policytest.AnswerOf(o.Decision), nil
	})
}

func doorRequest(h *policytest.HTTP) *door.Request {
	r := &door.Request{
		Method: h.Method, Authority: h.Host, Target: h.Path, Scheme: "https", Protocol: "HTTP/1.1",
		Headers: door.Headers{},
		Body:    door.Body{Data: []byte(h.Body), Flag: door.BodyWhole},
	}
	for _, line := range h.Headers {
		r.Headers.Add(line.Name, line.Value)
	}
	r.Headers.Add("content-length", strconv.Itoa(len(h.Body)))
	return r
}

// credential is an authenticator that finds one credential.
type credential policytest.Credential

func (c credential) Authenticate(*authn.Evidence, time.Time) authn.Result {
	switch c.Kind {
	case "none":
		return authn.Result{}
	case "invalid":
		return authn.Result{Refused: true, Reason: pdp.ReasonCredentialInvalid, Detail: "the script says so"}
	}
	return authn.Result{Principal: pdp.Principal{ID: c.ID}, Source: c.Kind}
}

func (credential) Challenge() string { return "" }
