// Package route turns HTTP and gRPC requests into an action, a resource and
// context keys, by routes that are compiled with the bundle.
package route
