package extauthz_test

import (
	"path/filepath"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
)

// Whatever bytes arrive as a CheckRequest: the answer is no RPC error, keeps the
// invariants, and allows only where a statement says so, to a principal that the
// request named.
func FuzzCheck(f *testing.F) {
	files, err := filepath.Glob("testdata/check/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for i := 0; i < len(archive.Files); i += 2 {
			req := &authv3.CheckRequest{}
			if err := protojson.Unmarshal(archive.Files[i].Data, req); err != nil {
				f.Fatal(err)
			}
			wire, err := proto.Marshal(req)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(wire)
		}
	}
	seen := &recorder{}
	s := newServer(f, extauthz.Options{Provider: provider{compile(f, shop)}, Observer: seen}, door.Options{MaxRequestBytes: 1000})
	f.Fuzz(func(t *testing.T, wire []byte) {
		*seen = recorder{}
		resp, err := s.bytes(t.Context(), wire)
		if err != nil {
			t.Fatal(err)
		}
		invariants(t, resp, seen, false)
		o := seen.outcome
		if o.Stack != nil {
			t.Fatalf("%s\n%s", o.Decision.Detail, o.Stack)
		}
		if proto.Unmarshal(wire, &authv3.CheckRequest{}) != nil && o.Decision.Reason != pdp.ReasonMalformedRequest {
			t.Errorf("%s for bytes that are no CheckRequest", o.Decision.Reason)
		}
		if o.Decision.Allowed() {
			if o.Decision.Total() == 0 && o.Decision.Reason != pdp.ReasonPermission {
				t.Errorf("allowed for %s without a statement", o.Decision.Reason)
			}
			if o.Decision.Principal != "arn:aws:iam::123456789012:user/alice" {
				t.Errorf("allowed %q", o.Decision.Principal)
			}
		}
	})
}
