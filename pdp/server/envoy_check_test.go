//go:build envoy

package server_test

import "testing"

// TestEnvoyOwnListener puts Envoy's questions to the listener for Checks alone.
func TestEnvoyOwnListener(t *testing.T) {
	t.Setenv(ownListener, "1")
	t.Run("Decides", TestEnvoyDecides)
	t.Run("ForgedIdentityHeaders", TestEnvoyForgedIdentityHeaders)
	t.Run("ReloadUnderTraffic", TestEnvoyReloadUnderTraffic)
	t.Run("WithoutMayI", TestEnvoyWithoutMayI)
	t.Run("WithoutBundle", TestEnvoyWithoutBundle)
}
