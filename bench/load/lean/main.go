// Lean is an experiment: an ext_authz server on x/net/http2's framer and hpack
// instead of grpc-go, as much of HTTP/2 and gRPC as a Check from Envoy needs. It
// allows every Check. With -decode it reads and writes the messages with the
// generated codec, as the stock server does, so that the difference between the
// two is the transport alone. With -bundle it is MayI's own handler that answers.
//
// It is no server to put before anything: it has no limits, no deadlines, no
// graceful stop, no TLS.
//
//	lean -listen unix:/tmp/lean.sock -decode
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	decode := flag.Bool("decode", false, "read and write messages with the generated codec")
	bundle := flag.String("bundle", "", "decide by this bundle")
	var listen []string
	flag.Func("listen", "unix:/path or host:port; may be repeated", func(s string) error {
		listen = append(listen, s)
		return nil
	})
	flag.Parse()
	handler := alwaysOK
	if *decode {
		handler = decoded
	}
	if *bundle != "" {
		var err error
		if handler, err = deciding(*bundle); err != nil {
			fmt.Fprintln(os.Stderr, "lean:", err)
			os.Exit(1)
		}
	}
	for _, address := range listen {
		network, address := "tcp", address
		if path, ok := strings.CutPrefix(address, "unix:"); ok {
			network, address = "unix", path
		}
		l, err := net.Listen(network, address)
		if err != nil {
			fmt.Fprintln(os.Stderr, "lean:", err)
			os.Exit(1)
		}
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go serve(conn, handler)
			}
		}()
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
}
