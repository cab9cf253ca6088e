// Package conditions evaluates IAM condition blocks over the keys of a request
// in three-valued logic: what cannot be read never widens access.
//
// [CompileIn] turns the clauses of one block into a [Set]; [Set.Eval] asks a
// [Source] for keys and says [True], [False] or [Unknown]. An Allow applies only
// if its block is True, a Deny unless it is False. All that can fail fails in
// CompileIn, with the place and AWS's own name for the fault.
//
// # Operators
//
//	String    StringEquals  StringNotEquals  StringEqualsIgnoreCase
//	          StringNotEqualsIgnoreCase  StringLike  StringNotLike
//	Numeric   NumericEquals  NumericNotEquals  NumericLessThan
//	          NumericLessThanEquals  NumericGreaterThan  NumericGreaterThanEquals
//	Date      DateEquals  DateNotEquals  DateLessThan  DateLessThanEquals
//	          DateGreaterThan  DateGreaterThanEquals
//	Bool      Bool
//	Binary    BinaryEquals
//	IP        IpAddress  NotIpAddress
//	ARN       ArnEquals = ArnLike  ArnNotEquals = ArnNotLike
//	Presence  Null
//
// and, beyond IAM's,
//
//	Text      RegexMatch  RegexNotMatch  HashEquals
//	Version   SemanticVersionEquals  SemanticVersionLessThan
//	          SemanticVersionGreaterThan
//	JSON      JsonPathEquals
//	Place     GeoDistance  GeoWithinRegion
//
// Names of operators are exact. Every operator takes ForAllValues: and
// ForAnyValue: in front, every one but Null takes IfExists behind. Policy
// variables may stand in the values of String and ARN operators, wildcards in
// those of StringLike, StringNotLike and the ARN operators. [Operators] returns
// this as data.
//
// A block is true if every clause is. A clause is true if the request's value
// meets any of the policy's; under a negated operator, if it meets none.
//
// # What a request can say
//
//	                  plain              IfExists  ForAllValues  ForAnyValue
//	absent            false; Not…: true  true      true          false, with IfExists too
//	cannot be read    unknown            unknown   per value     per value
//	two values        unknown            unknown   each          some
//	source incomplete unknown            unknown   unknown       unknown
//
// JSON's null and [] are absent; the empty string is a value; a list of one is
// its element. ForAllValues is false as soon as one value fails, else unknown if
// one cannot be read; ForAnyValue is true as soon as one value holds, else unknown
// if one cannot be read. Null asks whether the key is there, and an unreadable
// value is; with a set qualifier it is a constant, as in AWS: ForAllValues:Null
// is true, ForAnyValue:Null is false.
//
// # How values are read
//
// The same way in policies and in requests, from JSON strings and from JSON's own
// types alike.
//
//   - Numbers: JSON's grammar, exact, at most 64 digits as written and an exponent
//     of at most 400. No leading zeros, no plus sign in front.
//
//   - Dates: W3C's profile of ISO 8601, or seconds since the Unix epoch, exact to
//     the nanosecond. Four digits are a year. A time of day needs a zone.
//
//   - Booleans: true or false, in any case.
//
//   - Binary: a string in standard base64 with padding, in its one canonical form.
//
//   - IP: an address; in policies a network too, whose host bits are ignored. A
//     bare address is the network of one host. Zones are dropped. An IPv4-mapped
//     address is the IPv4 address, and a mapped network of /96 or longer the IPv4
//     network; apart from that no family ever matches the other.
//
//   - Strings: a number has one canonical form (plain decimal, no trailing zeros,
//     0 for -0), a boolean is true or false. …IgnoreCase folds ASCII letters only.
//
//   - ARNs: six components, each matched alone. A string that is no ARN matches
//     nothing, which makes a negated operator true.
//
//   - Regular expressions: RE2's syntax, of at most 1024 bytes and 512 instructions,
//     for the whole value. A value of more than 4096 bytes cannot be read.
//
//   - Versions: Semantic Versioning 2.0.0, compared by its precedence, so that build
//     metadata does not matter; a "v" may stand in front. Numbers are exact.
//
//   - JSON: in policies "PATH == VALUE", a path of RFC 9535 without filters and a
//     string in quotes, a number, true, false or null; true if any node that the
//     path selects is equal. In requests a string that is strictly one JSON text of
//     at most 64 KiB; where a query looks at more than 10,000 nodes the rest is unknown.
//
//   - Places: "latitude,longitude" in degrees. GeoDistance takes
//     "latitude,longitude,kilometres" and measures by the haversine formula on a
//     sphere of radius 6371.0088 km. GeoWithinRegion takes "south,west,north,east" or
//     the name of a region in the [Environment]; borders belong to it.
//
//   - Digests: "sha256:" and 64 hexadecimal digits, compared in constant time with
//     the digest of the request's string.
//
// Names of keys fold ASCII case whole, tag keys included.
//
// # Variables
//
// ${key} is what the request says about any key, ${key, 'default'} the same with
// a default, ${*} ${?} ${$} are the characters. What is put in is text: never a
// wildcard, never a variable again. Several values, the empty string, "." and ".."
// are as missing as none. A value whose variable is missing is met by nothing, so
// a negated operator is true of it; one whose variable's source is incomplete, or
// cannot be read, is unknown.
//
// # What is refused
//
// Unknown operators, Null with IfExists, an unqualified operator on a key that is
// known to have many values, two spellings of a key under one operator, values of
// mixed JSON types, several booleans, values that their operator cannot read,
// empty lists and strings, malformed keys and variables, variables under other
// operators or in a document of version 2008-10-17, unknown regions. Not refused, where AWS would:
// keys that AWS does not know, and keys without a service.
//
// # Why
//
// AWS does not say what becomes of a value that cannot be read, and answers false
// for a list under an unqualified operator, also where the operator is negated.
// Unknown is the one answer that neither grants nor lets a request slip past a
// denial. Where AWS treats a faulty policy value as one that never matches, MayI
// refuses the document: a condition that can never hold is a mistake, and under
// Deny a hole.
package conditions
