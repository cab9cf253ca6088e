// Package authn establishes who sends a request, from the sources that the
// operator configured and in their order.
package authn
