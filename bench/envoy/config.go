package envoy

import (
	"fmt"
	"net/netip"
	"strings"
)

// A Listener is a port on 127.0.0.1 whose requests are put to a server.
type Listener struct {
	Port    uint16
	Network string // of the ext_authz server: "unix", "tcp", or "" for none
	Address string
}

// Config is the whole configuration, in YAML.
func Config(listeners []Listener) ([]byte, error) {
	var ports, clusters strings.Builder
	for i, l := range listeners {
		filter := ""
		if l.Network != "" {
			endpoint, err := l.endpoint()
			if err != nil {
				return nil, err
			}
			filter = fmt.Sprintf(filterYAML, i)
			fmt.Fprintf(&clusters, clusterYAML, i, endpoint)
		}
		fmt.Fprintf(&ports, listenerYAML, i, l.Port, filter)
	}
	return []byte("static_resources:\n  listeners:\n" + ports.String() + "  clusters:\n" + clusters.String()), nil
}

func (l *Listener) endpoint() (string, error) {
	if l.Network == "unix" {
		return fmt.Sprintf("{pipe: {path: %q}}", l.Address), nil
	}
	ap, err := netip.ParseAddrPort(l.Address)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("{socket_address: {address: %s, port_value: %d}}", ap.Addr(), ap.Port()), nil
}

const listenerYAML = `  - name: l%[1]d
    address: {socket_address: {address: 127.0.0.1, port_value: %[2]d}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: l%[1]d
          codec_type: HTTP1
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: "/"}, direct_response: {status: 200, body: {inline_string: "ok"}}}]
          http_filters:%[3]s
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`

// An answer that does not come is a 503, to be told from a deny.
const filterYAML = `
          - name: envoy.filters.http.ext_authz
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
              transport_api_version: V3
              grpc_service: {timeout: 1s, envoy_grpc: {cluster_name: pdp%d, authority: mayi}}
              status_on_error: {code: ServiceUnavailable}`

const clusterYAML = `  - name: pdp%[1]d
    type: STATIC
    connect_timeout: 1s
    circuit_breakers: {thresholds: [{max_requests: 100000, max_pending_requests: 100000}]}
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
    load_assignment:
      cluster_name: pdp%[1]d
      endpoints: [{lb_endpoints: [{endpoint: {address: %[2]s}}]}]
`
