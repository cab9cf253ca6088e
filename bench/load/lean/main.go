// Lean is MayI's own HTTP/2 loop without MayI's decision: it allows every Check. With
// -decode it reads and writes the messages with the generated codec, as the stock
// server does, so that the difference between the two is the transport alone.
//
//	lean -listen unix:/tmp/lean.sock -decode
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
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/pdp/server/unary"
)

const method = "/envoy.service.auth.v3.Authorization/Check"

func allow() *authv3.CheckResponse {
	return &authv3.CheckResponse{
		Status:       &status.Status{Code: 0},
		HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{}},
	}
}

var allowed, _ = proto.Marshal(allow())

func alwaysOK(_ context.Context, _, dst []byte) ([]byte, error) { return append(dst, allowed...), nil }

func decoded(_ context.Context, request, dst []byte) ([]byte, error) {
	if err := proto.Unmarshal(request, &authv3.CheckRequest{}); err != nil {
		return dst, err
	}
	return proto.MarshalOptions{}.MarshalAppend(dst, allow())
}

func main() {
	decode := flag.Bool("decode", false, "read and write messages with the generated codec")
	listen := flag.String("listen", "", "unix:/path or host:port")
	flag.Parse()
	handler := alwaysOK
	if *decode {
		handler = decoded
	}
	network, address := "tcp", *listen
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	l, err := net.Listen(network, address)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lean:", err)
		os.Exit(1)
	}
	s := unary.New(unary.Options{Methods: map[string]unary.Handler{method: handler}})
	go s.Serve(l)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	s.Close()
}
