package route

import "github.com/mayi-authz/mayi/pdp/strictjson"

// A Document is a decoded routes document.
type Document struct {
	Routes []Route
	// DefaultDeny is set by "default": "deny": a request that no route matches is
	// denied with no_route instead of going by the default mapping.
	DefaultDeny bool
	Place       strictjson.Place
}

// A Route is one entry of a routes document as its author wrote it.
type Route struct {
	Host          string // "", a host, or "*." and a host
	Path          string // a template, if not GRPC
	GRPC          string // "service/method", "service/*"
	Methods       []string
	Action        string
	Resource      string
	Tenant        string // whose the resource is: a template, or "shared"
	Permission    string
	Context       []KeyValues
	Public        bool
	Upgrade       bool
	TrailingSlash string // how a trailing slash matches; "" is exactly as written
	IgnoreCase    bool   // of the path, ASCII
	Place         strictjson.Place
}
