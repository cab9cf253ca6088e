// Package route turns HTTP and gRPC requests into an action, a resource and
// context keys, by routes that are compiled with the bundle.
//
// Canonical reads a request in the only way in which it can be read, or refuses
// it: the first rule is that what is judged is what the upstream acts on. Decode
// and Compile make a Table of the routes documents of a bundle, (*Table).Find
// chooses the route of a request and (Found).Expand fills in its names.
//
// # Precedence
//
// A route covers a set of requests: some hosts, some paths, some methods. Of two
// routes that both cover a request the one whose set lies within the other's is
// the more specific and wins, as in the ServeMux of net/http. Two routes that
// overlap, neither within the other, are refused when they are compiled, so that
// the order of routes and the layout of files never matter. Unlike in ServeMux
// there is no exception for hosts, GET does not stand for HEAD, and a request
// whose host and path lie in a more specific route with other methods does not
// fall through to a wider route: nothing matches it. A route with an optional
// trailing slash counts as two routes, each compared alone.
//
// # Templates
//
// A path template is written like a path and is read by the same code: escapes
// are decoded, so %2A is a literal asterisk and %7B a literal brace. A segment is
// a literal, {name} or * (any one segment), or, at the end, ** (whatever follows
// the slash, be it nothing: /a/** covers /a/ but not /a). A host is exact or
// begins with "*." and then covers every name below, not the name itself. A gRPC
// route is service/method or service/*, for POST unless it lists methods.
//
// In actions, resources, tenants, permissions and context values {{ and }} stand for
// braces, "$" and "*" are characters like others, and these are the variables:
//
//	{name}                  the segment of that name in the path
//	{**}                    what the ** at the end of the path covers
//	{method} {host} {path}  of the request; the path in its canonical spelling
//	{service} {rpc}         of a gRPC route
//	{query.NAME}            the one value of a query parameter
//	{header.NAME}           the one value of a header
//	{principal}             the id of who asks
//	{tenant}                the tenant of who asks
//
// A value is a part of a name and nothing more. One that is absent or empty, that
// is "." or "..", or that holds a control character or one of "/", ":", "*" and
// "?" makes the request malformed; so does a parameter or a header with several
// values. Only {path} and {**} may hold "/", so they stand at the end of a resource
// or a context value and nowhere else. The id of a tenant may hold "/" as well:
// {tenant} may where it is a whole field of an ARN before the last, a whole context
// value, or in the tenant itself. {principal} that is a whole context value is part
// of no name, and may be an ARN.
//
// A route's tenant says whose the resource is; "shared" is everybody's. It is the
// only way in which a header or a query can name a tenant, and no value of a
// request ever fills it to "shared".
package route
