// Package unary is a gRPC server for unary calls that are answered at once, from
// bytes to bytes: what Envoy's ext_authz asks of a policy decision point, and no
// more. It speaks HTTP/2 (RFC 9113) itself, with the framer and hpack of
// golang.org/x/net.
//
// A connection is served by one goroutine, its calls one after the other. A
// decision takes a few microseconds, so handing it to another goroutine costs more
// than making it; most of what a call costs elsewhere is just that, and a system
// call for each answer. Here all calls that came in one read are answered in one
// write. The price: a handler must never block, and one connection never uses more
// than one core. Envoy opens one for each of its worker threads.
//
// What a peer may cost is bounded:
//
//   - memory: one frame (16 KiB), one header list (64 KiB), MaxMessageBytes a call
//     and sixteen times that a connection, MaxStreams calls, maxWaiting bytes of
//     answers that the peer gives no window for;
//   - goroutines: one for each connection, whatever it sends;
//   - time: of the handshake, of a frame or call that was begun, and of a write that
//     the peer does not take (watch.go);
//   - work for nothing: frames that bring no call forward are counted, and too many
//     in a row end the connection (maxIdle), as do pings without a call between them.
//     A stream that is reset at once has cost its peer more than us: there is nothing
//     to start and nothing to clean up.
//
// Not spoken: streaming, compression, server push, priorities, extended CONNECT.
package unary
