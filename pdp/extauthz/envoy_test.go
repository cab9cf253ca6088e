package extauthz_test

import (
	"slices"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
)

// An emulator does with an answer what versions of Envoy were seen to do.
type emulator struct {
	name             string
	appendByAction   bool // 1.37.0 alone reads append_action for request headers
	knowsError       bool // error_response: 1.37 and later
	failureModeAllow bool
}

var emulators = []emulator{
	{name: "1.36"},
	{name: "1.36, failing open", failureModeAllow: true},
	{name: "1.37.0", appendByAction: true, knowsError: true},
	{name: "1.40", knowsError: true},
	{name: "1.40, failing open", knowsError: true, failureModeAllow: true},
}

// receive returns the status that the client gets, 0 if the request goes on, and
// the header lines with which it does.
func (e emulator) receive(headers [][2]string, resp *authv3.CheckResponse, err error) (status int, upstream [][2]string) {
	failed := func(status int) (int, [][2]string) {
		if e.failureModeAllow {
			return 0, headers
		}
		return status, nil
	}
	switch {
	case err != nil:
		return failed(403)
	case resp.GetStatus().GetCode() == 0: // whatever else the answer holds
		return 0, e.mutate(headers, resp.GetOkResponse())
	case e.knowsError && resp.GetErrorResponse() != nil:
		return failed(int(resp.GetErrorResponse().GetStatus().GetCode()))
	case resp.GetDeniedResponse().GetStatus().GetCode() != 0:
		return int(resp.GetDeniedResponse().GetStatus().GetCode()), nil
	}
	return 403, nil
}

func (e emulator) mutate(headers [][2]string, ok *authv3.OkHttpResponse) [][2]string {
	headers = slices.Clone(headers)
	without := func(name string) [][2]string {
		return slices.DeleteFunc(headers, func(h [2]string) bool { return h[0] == name })
	}
	for _, h := range ok.GetHeaders() {
		name := h.GetHeader().GetKey()
		//lint:ignore SA1019 it is what Envoy reads
		appends := h.GetAppend().GetValue()
		if e.appendByAction {
			appends = h.GetAppendAction() == corev3.HeaderValueOption_APPEND_IF_EXISTS_OR_ADD
		}
		if !appends {
			headers = without(name)
		}
		headers = append(headers, [2]string{name, h.GetHeader().GetValue()})
	}
	for _, name := range ok.GetHeadersToRemove() {
		headers = without(name)
	}
	return headers
}

// What a client forges never reaches the upstream, whichever Envoy reads the
// answer, whether we set the header or not.
func TestForgedIdentity(t *testing.T) {
	var forged [][2]string
	for _, name := range []string{"x-mayi-principal", "x-mayi-tenant", "x-mayi-decision-id"} {
		hyphens := strings.Count(name, "-")
		for mask := range 1 << hyphens {
			spelling := []byte(name)
			for i, nth := 0, 0; i < len(spelling); i++ {
				if spelling[i] == '-' {
					if mask>>nth&1 == 1 {
						spelling[i] = '_'
					}
					nth++
				}
			}
			forged = append(forged, [2]string{string(spelling), "root"}, [2]string{string(spelling), "root"})
		}
	}
	forged = append(forged, [2]string{"x.mayi.principal", "root"}, [2]string{"x-other", "mine"})
	var lines []string
	for _, h := range forged {
		lines = append(lines, h[0], h[1])
	}
	for _, e := range emulators {
		for _, dry := range []bool{false, true} {
			s := newServer(t, extauthz.Options{Provider: &stamped{View: compile(t, shop)}}, door.Options{DryRun: dry})
			for who, req := range map[string]*authv3.CheckRequest{
				"alice": asAlice(rawRequest("GET", "/a", lines...)), "nobody": rawRequest("GET", "/a", lines...), "denied": asAlice(rawRequest("GET", "/admin", lines...)),
			} {
				resp, err := s.Check(t.Context(), req)
				status, upstream := e.receive(forged, resp, err)
				if goesOn := status == 0; goesOn != (dry || who == "alice") {
					t.Errorf("%s, dry %t, %s: status %d", e.name, dry, who, status)
				}
				kept := 0
				for _, h := range upstream {
					if h[1] == "root" {
						t.Errorf("%s, dry %t, %s: upstream gets %s", e.name, dry, who, h[0])
					}
					if h[0] == "x-mayi-principal" && h[1] != "arn:aws:iam::123456789012:user/alice" {
						t.Errorf("%s, dry %t, %s: upstream gets %s %s", e.name, dry, who, h[0], h[1])
					}
					if h[0] == "x-other" {
						kept++
					}
				}
				if status == 0 && kept != 1 {
					t.Errorf("%s, dry %t, %s: x-other is gone", e.name, dry, who)
				}
			}
		}
	}
}

// A deny stays one in every Envoy and every failure mode; only inability fails
// open where the operator says so.
func TestFailureModes(t *testing.T) {
	for _, e := range emulators {
		for _, how := range []extauthz.Inability{extauthz.InabilityRPC, extauthz.InabilityError, extauthz.InabilityDenied} {
			for _, reason := range pdp.Reasons() {
				s := newServer(t, extauthz.Options{Provider: provider{says{compile(t, shop), pdp.Denied(reason, "")}}, Inability: how}, door.Options{})
				resp, err := s.Check(t.Context(), asAlice(httpRequest("GET", "/a")))
				status, _ := e.receive(nil, resp, err)
				unable := reason.Class() == pdp.ClassInability
				mayOpen := unable && e.failureModeAllow && (how == extauthz.InabilityRPC || how == extauthz.InabilityError && e.knowsError)
				if (status == 0) != mayOpen {
					t.Errorf("%s, inability %d, %s: status %d", e.name, how, reason, status)
				}
				if !unable && err != nil {
					t.Errorf("%s: RPC error %v", reason, err)
				}
			}
		}
	}
}
