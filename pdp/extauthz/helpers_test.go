package extauthz_test

import (
	"context"
	"testing"
	"testing/synctest"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
)

// A client speaks to a server as Envoy does, in bytes that the generated code
// writes and reads.
type client struct{ *extauthz.Server }

func (c client) Check(ctx context.Context, req *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	wire, err := proto.Marshal(req)
	if err != nil {
		return nil, err
	}
	return c.bytes(ctx, wire)
}

func (c client) bytes(ctx context.Context, wire []byte) (*authv3.CheckResponse, error) {
	answer, err := c.Server.Check(ctx, wire, nil)
	if err != nil {
		return nil, err
	}
	resp := &authv3.CheckResponse{}
	return resp, proto.Unmarshal(answer, resp)
}

// inBubble runs f with a clock that jumps when everybody sleeps.
func inBubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// httpRequest is a request as Envoy sends it, with the copies among its headers.
func httpRequest(method, path string, headers ...string) *authv3.CheckRequest {
	all := map[string]string{":method": method, ":path": path, ":authority": "shop.example", ":scheme": "https"}
	for i := 0; i < len(headers); i += 2 {
		all[headers[i]] = headers[i+1]
	}
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source:      peer("192.0.2.7", 41000),
		Destination: peer("10.0.0.1", 8443),
		Request: &authv3.AttributeContext_Request{Http: &authv3.AttributeContext_HttpRequest{
			Id: "1", Method: method, Path: path, Host: "shop.example", Scheme: "https", Protocol: "HTTP/2", Headers: all,
		}},
	}}
}

// rawRequest is the same with encode_raw_headers.
func rawRequest(method, path string, lines ...string) *authv3.CheckRequest {
	req := httpRequest(method, path)
	http := req.Attributes.Request.Http
	http.Headers = nil
	lines = append([]string{":method", method, ":path", path, ":authority", "shop.example", ":scheme", "https"}, lines...)
	http.HeaderMap = &corev3.HeaderMap{}
	for i := 0; i < len(lines); i += 2 {
		http.HeaderMap.Headers = append(http.HeaderMap.Headers, &corev3.HeaderValue{Key: lines[i], RawValue: []byte(lines[i+1])})
	}
	return req
}

// as makes a request come from alice.
func asAlice(req *authv3.CheckRequest) *authv3.CheckRequest {
	req.Attributes.Source.Principal = "spiffe://shop/ns/web/sa/alice"
	return req
}

func peer(address string, port uint32) *authv3.AttributeContext_Peer {
	return &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address: address, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port},
	}}}}
}

func shopDoor() door.Options { return door.Options{MaxRequestBytes: 1000} }
