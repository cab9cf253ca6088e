package unary

import (
	"strconv"
	"testing"
	"time"
)

func TestParseTimeout(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1H": time.Hour, "2M": 2 * time.Minute, "3S": 3 * time.Second, "4m": 4 * time.Millisecond, "5u": 5 * time.Microsecond,
		"6n": 6, "0m": 0, "00000001S": time.Second, "99999999S": 99999999 * time.Second, "99999999H": maxTimeout / time.Hour * time.Hour,
	} {
		if got, ok := parseTimeout(text); !ok || got != want {
			t.Errorf("%s: got %v %t, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "S", "1", "1x", "-1S", "+1S", "1 S", "123456789S", "1.5S", "1s"} {
		if got, ok := parseTimeout(text); ok {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestGRPCContent(t *testing.T) {
	for kind, want := range map[string]bool{
		"application/grpc": true, "application/grpc+proto": true, "application/grpc;x=y": true, "APPLICATION/GRPC": true,
		"": false, "application/grp": false, "application/grpc-web": false, "application/grpcx": false, "text/plain": false,
	} {
		if got := grpcContent(kind); got != want {
			t.Errorf("%q: %s", kind, strconv.FormatBool(got))
		}
	}
}
