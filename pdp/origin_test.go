package pdp_test

import (
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp"
)

func TestOriginOf(t *testing.T) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	good := "00-" + trace + "-00f067aa0ba902b7-01"
	tests := []struct {
		name, header, value, want string
	}{
		{"plain request id", "x-request-id", "a-B_1.2:3/4+5=6@7~8", "a-B_1.2:3/4+5=6@7~8"},
		{"longest request id", "x-request-id", strings.Repeat("a", pdp.MaxRequestID), strings.Repeat("a", pdp.MaxRequestID)},
		{"too long a request id", "x-request-id", strings.Repeat("a", pdp.MaxRequestID+1), ""},
		{"line break in a request id", "x-request-id", "a\nb", ""},
		{"quote in a request id", "x-request-id", `a"b`, ""},
		{"blank in a request id", "x-request-id", "a b", ""},
		{"request id beyond ASCII", "x-request-id", "ä", ""},
		{"traceparent", "traceparent", good, trace},
		{"later version with more", "traceparent", "01" + good[2:] + "-more", trace},
		{"version 00 with more", "traceparent", good + "-more", ""},
		{"version ff", "traceparent", "ff" + good[2:], ""},
		{"trace id of zeros", "traceparent", "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", ""},
		{"parent of zeros", "traceparent", "00-" + trace + "-0000000000000000-01", ""},
		{"upper case", "traceparent", strings.ToUpper(good), ""},
		{"too short", "traceparent", good[:54], ""},
		{"no dashes", "traceparent", strings.ReplaceAll(good, "-", "_"), ""},
		{"flags not hexadecimal", "traceparent", good[:53] + "zz", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := pdp.OriginOf(func(name string) []string {
				if name == tt.header {
					return []string{tt.value}
				}
				return nil
			})
			if got := o.RequestID + o.TraceID; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("repeated", func(t *testing.T) {
		o := pdp.OriginOf(func(string) []string { return []string{good, good} })
		if o.RequestID != "" || o.TraceID != "" {
			t.Errorf("got %+v from repeated headers", o)
		}
	})
}
