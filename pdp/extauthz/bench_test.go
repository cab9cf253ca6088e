package extauthz_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
)

// office is a bundle of many principals with a few policies each, some of them
// with conditions.
func office() map[string]string {
	const users = 1000
	files := map[string]string{
		"routes.json": `{"routes": [
			{"path": "/home/{user}/{file}", "methods": ["GET"], "action": "svc:GetFile", "resource": "arn:aws:svc:::home/{user}/{file}"},
			{"path": "/home/{user}/{file}", "methods": ["DELETE"], "action": "svc:DeleteFile", "resource": "arn:aws:svc:::home/{user}/{file}"}]}`,
		"groups/staff.json": `{"Version": "2012-10-17", "Statement": [
			{"Sid": "Home", "Effect": "Allow", "Action": "svc:Get*", "Resource": "arn:aws:svc:::home/${aws:username}/*"},
			{"Sid": "Far", "Effect": "Deny", "Action": "svc:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]}`,
	}
	var directory strings.Builder
	directory.WriteString(`{"groups": {"staff": {"policies": ["groups/staff"]}}, "users": {`)
	for i := range users {
		if i > 0 {
			directory.WriteString(",")
		}
		fmt.Fprintf(&directory, `"arn:aws:iam::123456789012:user/u%d": {"aliases": ["spiffe://office/ns/web/sa/u%d"], "groups": ["staff"], "policies": ["p%d"]}`, i, i, i)
		files[fmt.Sprintf("p%d.json", i)] = fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [
			{"Sid": "A", "Effect": "Allow", "Action": "svc:Put*", "Resource": "arn:aws:svc:::box%d/*"},
			{"Sid": "B", "Effect": "Allow", "Action": ["svc:Get*", "svc:List*"], "Resource": "arn:aws:svc:::box%d/*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
			{"Sid": "C", "Effect": "Deny", "Action": "svc:Delete*", "Resource": "arn:aws:svc:::box%d/keep/*"}]}`, i, i, i)
	}
	directory.WriteString("}}")
	files["directory.json"] = directory.String()
	return files
}

// browserRequest is a request with the headers that browsers and proxies send.
func browserRequest(method, path string, more ...string) *authv3.CheckRequest {
	req := httpRequest(method, path, append([]string{
		"user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
		"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
		"accept-encoding", "gzip, deflate, br, zstd", "accept-language", "en-GB,en;q=0.9,de;q=0.8",
		"cookie", "session=6fb1c8a0b4f84b0f9f9d0f1ab0c4b7c1; theme=dark; consent=all; _ga=GA1.2.1234567890.1700000000",
		"referer", "https://shop.example/home/u7", "cache-control", "no-cache", "pragma", "no-cache",
		"sec-ch-ua", `"Chromium";v="141", "Not?A_Brand";v="8"`, "sec-ch-ua-mobile", "?0", "sec-ch-ua-platform", `"Linux"`,
		"sec-fetch-dest", "document", "sec-fetch-mode", "navigate", "sec-fetch-site", "same-origin", "sec-fetch-user", "?1",
		"upgrade-insecure-requests", "1", "x-forwarded-for", "10.1.2.3", "x-forwarded-proto", "https",
		"x-request-id", "2d4cb0a7-31a5-4b0e-8f7a-0c1f6d2b9e11", "x-envoy-internal", "true",
		"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	}, more...)...)
	req.Attributes.Source = peer("10.1.2.3", 41000)
	return req
}

// officeRequests are ways to ask, and what is answered.
func officeRequests() map[string]officeRequest {
	as := func(req *authv3.CheckRequest) *authv3.CheckRequest {
		req.Attributes.Source.Principal = "spiffe://office/ns/web/sa/u7"
		return req
	}
	extended := browserRequest("GET", "/home/u7/a.txt")
	extended.Attributes.ContextExtensions = map[string]string{"user": "u7"}
	return map[string]officeRequest{
		"mtls":      {as(browserRequest("GET", "/home/u7/a.txt")), "code 0"},
		"denied":    {as(browserRequest("DELETE", "/home/u7/a.txt")), "code 7"},
		"header":    {browserRequest("GET", "/home/u7/a.txt", "x-user", "u7"), "code 0"},
		"extension": {extended, "code 0"},
	}
}

type officeRequest struct {
	*authv3.CheckRequest
	want string
}

// officeDoor believes the proxy's word about the peer, a header from it, and its
// operator's.
func officeDoor(t testing.TB) *door.Door {
	t.Helper()
	users := []string{"arn:aws:iam::123456789012:user/*"}
	chain, err := authn.New(authn.Options{Sources: []authn.Source{
		{Name: "peer", Asserts: []string{"spiffe://office/*"}, MTLS: &authn.MTLS{TrustDomains: []string{"office"}, PeerPrincipal: true}},
		{Name: "header", Asserts: users, Shared: true,
			Header: &authn.Header{Name: "x-user", Prefix: "arn:aws:iam::123456789012:user/", TrustedPeers: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}},
		{Name: "extension", Asserts: users, Shared: true, Extension: &authn.Extension{Key: "user", Prefix: "arn:aws:iam::123456789012:user/"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := door.New(door.Options{Authenticator: chain, RequireCredential: true})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// named is a View that gives ids, as the server's own does.
type named struct{ pdp.View }

func (n *named) Decide(r *pdp.Request) pdp.Decision {
	d := n.View.Decide(r)
	d.ID = pdp.ID{15: 42}
	return d
}

func (n *named) Current() pdp.View { return n }

type forgetful struct{}

func (forgetful) Observe(string, *door.Outcome, *door.Verdict, time.Duration) {}

// BenchmarkCheck is a Check from bytes to bytes: decode, decide, encode.
func BenchmarkCheck(b *testing.B) {
	s, err := extauthz.New(extauthz.Options{Door: officeDoor(b), Provider: &named{compile(b, office())}, Observer: forgetful{}})
	if err != nil {
		b.Fatal(err)
	}
	for name, req := range officeRequests() {
		b.Run(name, func(b *testing.B) {
			wire, err := proto.Marshal(req.CheckRequest)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(wire)))
			b.ReportAllocs()
			var answer []byte
			for b.Loop() {
				if answer, err = s.Check(b.Context(), wire, answer[:0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
