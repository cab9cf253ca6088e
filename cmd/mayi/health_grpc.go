package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// grpcHealth asks grpc.health.v1 for the server as a whole; an error is anything
// but SERVING. One call without a field needs no gRPC client: linking grpc-go's
// into the binary for it cost 418 kB.
func grpcHealth(ctx context.Context, address string) (string, error) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{DisableKeepAlives: true, Protocols: &protocols, DialContext: dialer(address)}
	const emptyMessage = "\x00\x00\x00\x00\x00" // not compressed, no bytes
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://mayi/grpc.health.v1.Health/Check", bytes.NewReader([]byte(emptyMessage)))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/grpc")
	r.Header.Set("Te", "trailers")
	w, err := transport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer w.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(w.Body, 4<<10))
	if err != nil {
		return "", err
	}
	// A call that fails at once has its status in the headers.
	if code := w.Trailer.Get("Grpc-Status") + w.Header.Get("Grpc-Status"); w.StatusCode != http.StatusOK || code != "0" {
		return "", fmt.Errorf("%s answers %s with gRPC status %q", address, w.Status, printable(code))
	}
	status := servingStatus(body)
	if status != "SERVING" {
		return "", fmt.Errorf("%s answers %s", address, status)
	}
	return status, nil
}

// servingStatus reads a HealthCheckResponse: one frame that holds field 1, an enum.
func servingStatus(frame []byte) string {
	const header = "\x00\x00\x00\x00\x02" // not compressed, two bytes
	message, ok := bytes.CutPrefix(frame, []byte(header))
	if !ok || len(message) != 2 || message[0] != 0x08 {
		return "something that is no health status"
	}
	switch message[1] {
	case 1:
		return "SERVING"
	case 2:
		return "NOT_SERVING"
	}
	return fmt.Sprintf("status %d", message[1])
}
