// Package authn establishes who sends a request, from the sources that the
// operator configured and in their order. Nothing is believed that no source
// says to believe.
//
// A source finds no credential, and the next one is asked; or one that is not
// acceptable, and the request is denied, whatever other sources would say; or a
// valid one. The first valid credential names the principal. The others are
// verified all the same, and what they establish stays readable as context keys.
//
// Each source declares which ids it may assert. Two sources whose ids overlap are
// refused unless both are marked as shared, and a credential that names somebody
// outside of its source's range is not acceptable.
// What a source says of a principal's tenant has its range too. One id may be the
// root principal, and only one source establishes it.
//
// Every token is a session, with an end: what its claims tell of it (see
// SessionClaims) stays with the principal that it names.
//
// Tokens are read by strictjson before any library sees them: exact names, no
// duplicates, bounded size and depth. A token is for the jwt source with its
// issuer; one of an issuer that no source knows is not acceptable.
package authn
