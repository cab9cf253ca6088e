package main

import (
	"net"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// A stock client gets its answers, one after the other and many at once.
func TestStockClient(t *testing.T) {
	for name, h := range map[string]handler{"no codec": alwaysOK, "generated codec": decoded} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				if conn, err := l.Accept(); err == nil {
					serve(conn, h)
				}
			}()
			conn, err := grpc.NewClient("passthrough:///"+l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close(); l.Close() })
			client := authv3.NewAuthorizationClient(conn)
			errs := make(chan error, 500)
			for i := range cap(errs) {
				go func() {
					// Longer and longer, so that some come in several frames.
					request := &authv3.CheckRequest{Attributes: &authv3.AttributeContext{Request: &authv3.AttributeContext_Request{
						Http: &authv3.AttributeContext_HttpRequest{Body: string(make([]byte, 100*i))},
					}}}
					response, err := client.Check(t.Context(), request)
					if err == nil && (response.Status == nil || response.Status.Code != 0) {
						t.Error(response)
					}
					errs <- err
				}()
			}
			for range cap(errs) {
				if err := <-errs; err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
