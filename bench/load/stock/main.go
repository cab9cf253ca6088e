// Stock is the yardstick: a stock grpc-go server with the generated codec that
// allows every Check without looking at it.
//
//	stock -listen unix:/tmp/stock.sock -listen 127.0.0.1:9191
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
)

type always struct{}

// Check allows, and says so: Envoy takes a missing status for an allow, too.
func (always) Check(context.Context, *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	return &authv3.CheckResponse{
		Status:       &status.Status{Code: 0},
		HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{}},
	}, nil
}

func main() {
	var listen []string
	flag.Func("listen", "unix:/path or host:port; may be repeated", func(s string) error {
		listen = append(listen, s)
		return nil
	})
	flag.Parse()
	s := grpc.NewServer()
	authv3.RegisterAuthorizationServer(s, always{})
	for _, address := range listen {
		network, address := "tcp", address
		if path, ok := strings.CutPrefix(address, "unix:"); ok {
			network, address = "unix", path
		}
		l, err := net.Listen(network, address)
		if err != nil {
			fmt.Fprintln(os.Stderr, "stock:", err)
			os.Exit(1)
		}
		go s.Serve(l)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	s.Stop()
}
