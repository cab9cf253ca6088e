// Package policytest is how MayI's decisions are specified and checked: a script
// language that policy authors can read, MayI's own scripts in it, and a second,
// naive evaluator to compare the engine with.
//
// # Scripts
//
// A script is a txtar file: a comment, then files, each after a line
// "-- NAME --". The comment tells the story in plain words. One of its lines may
// be "rules: 2.3 3.1", naming the rules of docs/decision-rules.md that the script
// shows. The files are a bundle as MayI loads it, and a file called cases:
//
//	Staff may read, but only from the office.
//
//	rules: 2.2 2.3
//	-- directory.json --
//	{"users": {"alice": {"policies": ["read"]}}}
//	-- read.json --
//	{"Version": "2012-10-17", "Statement": {
//	  "Sid": "Office", "Effect": "Allow", "Action": "doc:Read", "Resource": "*",
//	  "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}}
//	-- cases --
//	# who  does what  to what   with what              -> and so
//	alice  doc:Read   report/1  aws:SourceIp=10.1.2.3  -> Allow identity_policy read#Office
//	alice  doc:Read   report/1  aws:SourceIp=8.8.8.8   -> Deny implicit_deny
//	alice  doc:Read   report/1                         -> Deny implicit_deny
//
// # Cases
//
// A case is one line: principal, action, resource, then name=value pairs, then
// the arrow and the answer. Words end at a blank. A word that holds a blank, or
// is "-" or begins with a quote, is written as a JSON string: "two words". A line
// that begins with "#" is a comment, and a line that begins with a blank continues
// the one before it. The principal "-" is nobody (anonymous); the action "-" is
// none, beside a permission.
//
// A pair is a key of the request's context. Its value is read as JSON if it is
// JSON, and else as plain text:
//
//	aws:SourceIp=10.0.0.1     the string 10.0.0.1
//	size=12.5  mfa=true       a number, a boolean
//	zip="01234"               the string 01234
//	tags=["a","b"]            two values
//	team=null  team=[]        absent, as if the pair were not there
//	x={"a":1}                 an object, which no operator can read
//	http:body/x=?             a value that cannot be known
//
// These names say something else, unless they are quoted:
//
//	groups=staff,ops          groups of the principal; a JSON list too
//	roles=arn:…               roles of the principal
//	principal.tag/team=blue   a tag of the principal
//	tenant=acme               the principal's tenant, as the request says it
//	trust=facts               what the four above are worth: nothing (if not
//	                          said), granted, or facts (see pdp.Trust)
//	provider=google           who vouched for the principal
//	root=true                 it is root, says the one source that may say so
//	resource.tag/team=blue    a tag of the resource
//	resource.tenant=acme      the resource's tenant, as the request says it
//	permission=a|b            the permission to ask for
//	incomplete=http:body/     every key with this prefix cannot be known
//	malformed="why"           the door found the request unreadable
//	refused=no_route          the door refused it, for this reason
//	at 2026-01-01T00:00:00Z   when; two words. "at zero" is a request without time
//
// A session is written as pairs too. Its times are times, or offsets from that of
// the case, such as +1h and -5m:
//
//	session=user              its type: user, role, federated or api_key
//	session.expires=+1h       when it ends; a session without an end has ended
//	session.issued=-5m        when it began
//	session.id=s-1            what revoked_sessions may list
//	session.role=arn:…        the role of a role's session
//	session.chain=alice,…     who acted before, the first caller first
//	session.name=build        its name
//	session.mfa=-5m           when a second factor was shown
//	session.mfa.methods=otp   by which methods
//	session.provider=google   who vouched for it
//	session.tag/team=blue     a tag that it brings
//	session.policies=a,b      policies of the bundle that limit it
//	session.policy={…}        a policy that limits it; may stand again
//	session.scopes=a.*,b      permissions that limit it; empty: none
//
// A line "at TIME" alone sets the time for the cases below it. If nothing says
// otherwise it is 2026-01-02T10:30:00Z, a Friday.
//
// # Answers
//
// The answer is Allow or Deny, the reason, and the statements that decided, in
// canonical order: policy#Sid, or policy[index] for a statement without Sid. "+2"
// at the end says that two more decided than are named. "as ID" after the reason
// gives the canonical id of the principal where it is not the one that asked.
//
// # HTTP requests
//
// A case that begins with "http" (a principal of that name is quoted) is an HTTP
// request as a proxy hands it on: a credential, a method, host and path, headers
// and a body. Doors that receive such requests run it through the bundle's routes:
//
//	http jwt:alice  GET  api.example.com/docs/1  accept=text/plain  -> Allow identity_policy read#Office
//	http none       POST api.example.com/docs    body={"a":1}       -> Deny credential_missing
//
// A credential is none, invalid (a token that does not verify), jwt:SUBJECT,
// mtls:URI (a client certificate with that URI SAN) or header:ID (an identity
// header from a trusted peer).
//
// # Bundles that are refused
//
// Files below refused/NAME/ replace or join those of the script's bundle; what
// comes out must not load. refused/NAME/errors says why, one problem a line, as
// place and rule: file:line:column /json/pointer: Rule. Texts of messages are not
// pinned, so that they can be made clearer.
//
// # Running scripts
//
// Parse reads a script and Scripts returns MayI's own. Script.Run asks a Decider
// every case; a case that it cannot be asked is skipped and counted. Case.Request
// is the case as the engine gets it, Case.JSON as the Decide API does. The tests
// of this package rewrite the answers of the scripts, from the reference
// evaluator, when they are run with -update.
//
// # The reference
//
// Reference decides over documents without compiling anything. It is slow, short
// and written straight from docs/decision-rules.md; engine and reference must
// agree on every script and on hundreds of thousands of random requests.
package policytest
