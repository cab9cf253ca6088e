// Package decideapi is the Decide API: callers that know principal, action and
// resource ask for a decision, over gRPC (mayi.v1.DecisionService) or as JSON
// (POST /v1/decide and /v1/decide/batch).
//
// Both wire formats say the same. A request is refused whole, with the JSON
// pointer of what is wrong, if it holds anything that this version does not
// know: a restriction that a newer client sent must not get lost. Numbers in the
// context stay exact: they travel as literals and are never made a float.
//
// # What a caller may set
//
// A caller speaks for a request that it has seen itself, so it may set the keys
// that other doors derive from theirs (aws:SourceIp, http:…, grpc:…, jwt:…,
// mtls:…, envoy:…) beside its own. Keys that the core derives from principal,
// directory, resource, tenants and clock are reserved, whether they can be
// derived for this request or not (pdp.ReservedKey): tags go into principal.tags
// and resource.tags. Groups, roles and tags of a principal count as the engine
// says for an untrusted caller, unless the operator set TrustFacts.
//
// # What the answers are
//
// A deny is an answer (200, OK), not an error. A malformed request is 400 or
// INVALID_ARGUMENT, whether this package or the engine found it; inability is 503
// or UNAVAILABLE. A batch is one snapshot and one time; a bad item is a Deny with
// "error" in its own place, so that answers and requests always pair up.
//
// # Questions about the directory
//
// Where the options say so, mayi.v1.DirectoryService and POST /v1/directory/… tell
// who is who and what roles grant where, from the same snapshot (see pdp.Reader):
//
//	user            {"id"} or {"provider", "provider_id"}
//	tenant, ancestors, organization, providers  {"tenant"}
//	children        {"tenant", "page_size", "page_token"}
//	membership, permissions  {"user", "tenant"}
//	is-member       {"user", "tenant", "anywhere"}
//	has-permission  {"user", "tenant", "permission"}
//
// Who or what is not there is 404 or NOT_FOUND, so that no client takes it for a no.
//
// ParseRequest and AppendAnswer are the JSON codec that "mayi decide" shares.
package decideapi
