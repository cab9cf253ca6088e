//go:build envoy

package server_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEnvoyTenants goes through tenants, roles, a boundary and sessions with a real
// Envoy, on the sample bundle.
func TestEnvoyTenants(t *testing.T) {
	const north, south = "444455556666", "777788889999"
	bundle := copyBundle(t)
	text, err := os.ReadFile(filepath.Join(bundle, "directory.json"))
	if err != nil {
		t.Fatal(err)
	}
	replaceFile(t, bundle, "directory.json", strings.Replace(string(text), "{", `{"revoked_sessions": ["stolen"],`, 1))
	w := newWorld(t, bundle, nil)
	for _, tt := range []struct {
		name, user     string
		claims         map[string]any
		method, target string
		status         int
		reason         string // "" if allowed
		tenant         string // what the upstream sees if allowed
	}{
		{"the role's permission in its store", "dana", nil, "POST", "/stores/" + north + "/orders/42/refund", 200, "", north},
		{"by the route's tenant", "dana", nil, "PUT", "/stores/" + north + "/catalog/7", 200, "", north},
		{"not in another store", "dana", nil, "POST", "/stores/" + south + "/orders/42/refund", 403, "implicit_deny", ""},
		{"not in another store by the route's tenant", "dana", nil, "PUT", "/stores/" + south + "/catalog/7", 403, "implicit_deny", ""},
		{"in a store that there is not", "dana", nil, "GET", "/stores/1/catalog/7", 403, "tenant_unknown", ""},
		{"what a store may not make everybody's", "dana", nil, "PUT", "/stores/shared/catalog/7", 400, "malformed_request", ""},
		{"within the boundary", "erin", nil, "GET", "/stores/" + north + "/catalog/7", 200, "", north},
		{"beyond the boundary", "erin", nil, "POST", "/stores/" + north + "/orders/42/refund", 403, "boundary", ""},
		{"across tenants, and both sides agree", "dana", nil, "GET", "/documents/handbook/intro", 200, "", north},
		{"across tenants, and one side does not", "frank", nil, "GET", "/documents/handbook/intro", 403, "cross_tenant", ""},
		{"a session without an end", "dana", map[string]any{"exp": nil}, "GET", "/stores/" + north + "/catalog/7", 401, "session_expired", ""},
		{"a session that was called back", "dana", map[string]any{"jti": "stolen"}, "GET", "/stores/" + north + "/catalog/7", 401, "session_revoked", ""},
		{"another session", "dana", map[string]any{"jti": "good"}, "GET", "/stores/" + north + "/catalog/7", 200, "", north},
		{"a stranger with a good token", "mallory", nil, "GET", "/stores/" + north + "/catalog/7", 403, "implicit_deny", ""},
		{"the public page, which is everybody's", "frank", nil, "GET", "/status", 200, "", south},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.upstream.take()
			header := [][2]string{
				{"authorization", "Bearer " + w.issuer.tokenWith(tt.user, tt.claims)}, {"accept", "application/json"},
				{"x-mayi-tenant", south}, // a lie
			}
			got := http1(t, w.envoy.addr, tt.method, tt.target, header, "")
			if got.status != tt.status {
				t.Errorf("status %d, expected %d: %s", got.status, tt.status, got.body)
			}
			seen := w.upstream.take()
			if tt.reason == "" {
				if len(seen) != 1 || !slices.Equal(seen[0].values("x-mayi-tenant"), []string{tt.tenant}) {
					t.Errorf("upstream saw %+v, expected the tenant %s", seen, tt.tenant)
				}
				return
			}
			var problem struct{ Reason string }
			if err := json.Unmarshal([]byte(got.body), &problem); err != nil || problem.Reason != tt.reason {
				t.Errorf("reason %q, expected %q: %v", problem.Reason, tt.reason, err)
			}
			if len(seen) != 0 || tt.status == 401 && got.header.Get("www-authenticate") == "" {
				t.Errorf("%d requests upstream, challenge %q", len(seen), got.header.Get("www-authenticate"))
			}
		})
	}
}
