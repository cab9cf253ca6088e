package load

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/mayi-authz/mayi/bench/load/generator"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

const (
	checkMethod = "/envoy.service.auth.v3.Authorization/Check"
	host        = "api.example.com"
	userHeader  = "x-user" // names the principal; the proxy set it
	nowhere     = "240.0.0.1"
)

// A scenario is a workload as it goes over the wire: its bundle with routes, and
// its requests as a proxy gets them.
type scenario struct {
	name    string
	files   map[string][]byte
	bundle  string // the folder that holds them
	checks  string // a file of generator.Requests: CheckRequests
	http    string // the same as HTTP/1.1 requests
	count   int    // of requests
	bytes   int    // of an average CheckRequest
	allowed float64
}

// newScenario turns a workload into HTTP: /KEYS/SERVICE/ACTION'S SERVICE/NAME/REST.
// A route for each service of resources and each set of context keys makes action,
// resource and context of it again; the principal is in a header.
func newScenario(name, dir string) (*scenario, error) {
	w, err := workload.Make(name)
	if err != nil {
		return nil, err
	}
	s := &scenario{name: name, files: w.Files, count: len(w.Requests)}
	routes := make(map[string]routeJSON)
	var checks, overHTTP []generator.Request
	for i := range w.Requests {
		r := &w.Requests[i]
		h, err := toHTTP(&r.Request, i, routes)
		if err != nil {
			return nil, fmt.Errorf("%s, request %d: %w", name, i, err)
		}
		body, err := proto.Marshal(h.check())
		if err != nil {
			return nil, err
		}
		want := r.Want == pdp.Allow
		if want {
			s.allowed += 1 / float64(len(w.Requests))
		}
		s.bytes += len(body)
		checks = append(checks, generator.Request{Body: body, Want: want})
		overHTTP = append(overHTTP, generator.Request{Body: h.wire(), Want: want})
	}
	s.bytes /= len(w.Requests)
	s.files["routes.json"] = routesFile(routes)
	base := filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
	s.bundle, s.checks, s.http = base+"/bundle", base+"/checks", base+"/http"
	if err := writeFiles(s.bundle, s.files); err != nil {
		return nil, err
	}
	if err := generator.WriteRequests(s.checks, checks); err != nil {
		return nil, err
	}
	return s, generator.WriteRequests(s.http, overHTTP)
}

func writeFiles(dir string, files map[string][]byte) error {
	for name, data := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

type routeJSON struct {
	Path     string            `json:"path"`
	Action   string            `json:"action"`
	Resource string            `json:"resource"`
	Context  map[string]string `json:"context,omitempty"`
}

func routesFile(routes map[string]routeJSON) []byte {
	list := make([]routeJSON, 0, len(routes))
	for _, r := range routes {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b routeJSON) int { return strings.Compare(a.Path, b.Path) })
	data, err := json.MarshalIndent(map[string]any{"routes": list}, "", " ")
	if err != nil {
		panic(err)
	}
	return data
}

// An httpRequest is one request at the proxy.
type httpRequest struct {
	path    string
	headers [][2]string // but the pseudo headers, in lower case
}

// toHTTP says a question as an HTTP request, and adds the route that it needs.
func toHTTP(r *pdp.Request, number int, routes map[string]routeJSON) (*httpRequest, error) {
	part := strings.SplitN(r.Resource.ID, ":", 6)
	service, operation, ok := strings.Cut(r.Action, ":")
	if len(part) != 6 || !ok || strings.ContainsAny(part[5], ":*?%#;\\") || r.Session != nil || r.Permission != "" {
		return nil, fmt.Errorf("%s on %s cannot be told by a path", r.Action, r.Resource.ID)
	}
	h := &httpRequest{headers: [][2]string{
		{"accept", "application/json, text/plain, */*"},
		{"accept-encoding", "gzip, deflate, br"},
		{"accept-language", "en-US,en;q=0.9"},
		{"authorization", "Bearer " + token},
		{"x-forwarded-proto", "https"},
		{"x-request-id", fmt.Sprintf("%08x-86e2-4b7a-9d3f-%012x", number*2654435761&0xffffffff, number)},
		{userHeader, r.Principal.ID},
	}}
	route := routeJSON{Action: "{of}:{operation}", Resource: strings.Join(part[:5], ":") + ":{**}", Context: make(map[string]string)}
	address, keys := nowhere, "k"
	for _, name := range r.Context.Names() {
		value := r.Context.Value(name)
		if value.Len() != 1 {
			return nil, fmt.Errorf("%s has %d values", name, value.Len())
		}
		text := value.At(0).Text()
		switch name {
		case conditions.Fold("aws:SourceIp"):
			address = text
		case conditions.Fold("aws:UserAgent"):
			h.headers = append(h.headers, [2]string{"user-agent", text})
		default:
			own, ok := strings.CutPrefix(name, "app:")
			if !ok || strings.ContainsAny(text, ",\r\n") {
				return nil, fmt.Errorf("%s = %q cannot be told by a header", name, text)
			}
			h.headers = append(h.headers, [2]string{"x-app-" + own, text})
			route.Context[name] = "{header.x-app-" + own + "}"
			keys += "-" + own
		}
	}
	// An address that no policy speaks of is as good as none, and no proxy has none.
	h.headers = append(h.headers, [2]string{"x-forwarded-for", address})
	h.path = "/" + keys + "/" + part[2] + "/" + service + "/" + operation + "/" + part[5]
	route.Path = "/" + keys + "/" + part[2] + "/{of}/{operation}/**"
	if other, ok := routes[route.Path]; ok && other.Resource != route.Resource {
		return nil, fmt.Errorf("%s and %s have one path", other.Resource, route.Resource)
	}
	routes[route.Path] = route
	return h, nil
}

// A token of the usual size; nobody reads it.
var token = strings.Repeat("eyJhbGciOiJSUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.", 10)

// check is what Envoy sends for the request, with the filter's default settings.
func (h *httpRequest) check() *authv3.CheckRequest {
	headers := map[string]string{":authority": host, ":method": "GET", ":path": h.path, ":scheme": "http"}
	for _, line := range h.headers {
		headers[line[0]] = line[1]
	}
	now := timestamppb.New(time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC))
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source:      peer(51034),
		Destination: peer(10000),
		Request: &authv3.AttributeContext_Request{Time: now, Http: &authv3.AttributeContext_HttpRequest{
			Id: "1234567890123456789", Method: "GET", Headers: headers, Path: h.path, Host: host, Scheme: "http", Protocol: "HTTP/1.1",
		}},
		MetadataContext:      &corev3.Metadata{},
		RouteMetadataContext: &corev3.Metadata{},
	}}
}

func peer(port uint32) *authv3.AttributeContext_Peer {
	return &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{
		SocketAddress: &corev3.SocketAddress{Address: "127.0.0.1", PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port}},
	}}}
}

// wire is the request as HTTP/1.1.
func (h *httpRequest) wire() []byte {
	out := []byte("GET " + h.path + " HTTP/1.1\r\nhost: " + host + "\r\n")
	for _, line := range h.headers {
		out = append(out, line[0]+": "+line[1]+"\r\n"...)
	}
	return append(out, "\r\n"...)
}
