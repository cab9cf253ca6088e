// Package door is what every door for HTTP traffic shares: a request as a proxy
// shows it goes in, a Decision and then a Verdict come out.
//
// A door of its own (pdp/extauthz is one) knows one wire format. It fills a
// Request, calls Decide and Render, and writes the Verdict down. Everything that
// could be answered in two ways is answered here, once:
//
//	Request -> canonical form -> route -> credentials -> context keys -> View.Decide -> Outcome
//	Outcome -> status, headers to set and to remove, body, metadata               -> Verdict
//
// What a client sends reaches a decision only under names that say so
// (http:header/…, http:query/…, http:body/…, …): no header, query or body can
// set any other key. What cannot be read whole is incomplete, not absent, and an
// incomplete key never widens access.
//
// # Why
//
// Headers come in two encodings, one joined line or several. A decision must not
// depend on a setting of the proxy, so both are read as one joined line, split
// again at its commas, except for headers whose single value may hold a comma.
// An empty element of such a list is one that a recipient may or may not count
// (RFC 9110, 5.6.1): it is an element that cannot be read.
//
// The values of Authorization and Proxy-Authorization are present and
// unreadable. The text of a credential is malleable, so a rule over it does not
// hold what it promises; rules are for the claims that were verified. So are those
// of the identity headers: what a client says of itself in MayI's name is a lie.
//
// Identity headers are percent-encoded, the percent sign itself too, so that two
// principals never look the same to an upstream.
package door
