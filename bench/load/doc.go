// Package load measures MayI as its users meet it: the real binary behind a
// socket, beside a stock grpc-go server that always answers OK, with and without
// an Envoy in front, quiet and while its bundle changes. cmd/load runs it.
//
// Every server is a process of its own, started and ended here, on unix sockets
// or the loopback interface. Where two cores are there, the server has one to
// itself and the generator the other, so that the calls a second are the
// server's. What is compared is measured in turn, round after round, and told as
// ratios within a round: the noise of a machine that others use hits both alike.
package load
