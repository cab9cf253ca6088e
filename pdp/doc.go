// Package pdp is the policy decision point: documents go in, decisions come out.
//
// [Decode] reads the files of a bundle, each alone; [Compile] turns the decoded
// documents into an [Engine]; [Engine.Decide] answers whether a principal may do
// an action on a resource at a time. The package has no I/O, no clock, no
// goroutines and no settings that change a decision: those stand in the bundle's
// manifest, so that server, library and tools agree. Decide returns no error:
// whatever can fail is refused when the bundle is compiled, and the zero
// [Decision] denies. An Engine is immutable and safe for concurrent use.
//
// # Documents
//
// What a document is is told by its top-level keys: a policy in IAM's language
// ("Statement"), a policy in the dialect of riam or allow-me ("statements"), a
// directory ("tenants", "users", "groups", "roles", "revoked_sessions"), what is
// known of resources ("resources", "regions"), routes ("routes"), a schema
// ("schema"), or the manifest ("bundle"). What is unknown, mixed, empty where it must
// not be, or not supported yet is refused with file, line, column and JSON pointer: a
// policy that is skipped may be a Deny that is lost. So is what refers to nothing: a
// policy, group, role, tenant or region that no document declares, a tenant without
// its parent; and what contradicts itself: a name that is there twice, a tenant above
// itself, a user whose tenant is not that of its ARN.
//
// A schema restricts what policies may say once it declares it: with actions, every
// action and pattern must cover one of them, in policies and in routes; with context,
// every condition key and variable must be one of them, unless MayI, a door or IAM
// gives it its meaning, and must be read by operators of its type; with resource
// types, resources are of one of them.
//
// A policy whose statements have Principal or NotPrincipal is a resource policy: it
// speaks for itself. One without is an identity policy, and must be attached to a
// user, a group or a role of the directory (or be excused by the manifest).
//
// # Principals
//
// An id is an ARN, a SPIFFE id or an opaque string, and is compared exactly. An
// alias stands for the id of its user, in requests and in Principal elements;
// conditions and variables see the id only. The ARN of a role or of an account's
// root is no alias: it means more than one caller. The empty id is anonymous.
//
// The identity policies of a principal are those of the user and its groups, or of
// the role whose ARN it is or whose session it is
// (arn:partition:sts::account:assumed-role/role/session, where account and the
// last element of the role's path must agree), and those of the groups and roles
// that its request lists, as far as [Trust] goes.
//
// A Principal element means a caller
//   - directly: by "*", or by the caller's id under AWS, Federated, Service,
//     CanonicalUser, SPIFFE or Id;
//   - by role: an ARN of the role of the caller's session;
//   - by account: an account or tenant id, or the ARN of an account's root, which
//     is the caller's. The root ARN means the account for its own root user too.
//
// The name of a federated session (federated-user/name) is chosen by whoever asks
// for it. A Deny for the user of that name holds for the session too; an Allow for
// the user does not, and NotPrincipal does not count the session as listed.
//
// NotPrincipal stands with Deny only and means whoever the list does not mean in
// any of these ways. An anonymous caller is meant by "*" and by NotPrincipal.
//
// # The decision
//
// Decide goes through these steps; the first that holds is the decision.
//
//  1. The request is malformed: a door says so, it has no time, its action is
//     empty or holds a blank, a control character, "|", "*" or "?", an id that
//     begins with "arn:" is no ARN (or one in an older spelling) or is not valid
//     UTF-8, the resource is empty, it has more than [MaxAlternatives], tags differ only in case, groups, roles or tags contradict the
//     directory, or its context sets a key of the engine ([ReservedKey]).
//  2. A Deny of any layer applies: explicit_deny, or unknown_condition if no Deny
//     is known to apply but some are not known not to.
//  3. The action is of the sts:AssumeRole family: trust_policy_deny, since no role
//     has a trust policy yet.
//  4. Principal and resource are of one tenant (equal accounts or tenants, the
//     resource's below the principal's, or one of them has none). Then one Allow is
//     enough, looked for in this order: of the resource layer directly, or by role
//     (resource_policy); of the identity layer (identity_policy); the permission
//     "self" (permission). Otherwise implicit_deny.
//  5. They are not. Then it needs both: an Allow of the identity layer or "self",
//     else implicit_deny; and an Allow of the resource layer in any of the three
//     ways, else cross_tenant. The reason of the Allow is that of the identity
//     layer.
//
// A statement is evaluated in three-valued logic: an Allow applies if action,
// resource and conditions are all true, a Deny if none of them is false.
//
// The deciding statements are, for a deny by step 2, all Denies that apply; for an
// allow the first Allow of each layer that was needed, for the resource layer in
// step 4 the first that means the caller in the way that decided. Order is layer,
// policy name, statement index.
//
// # Permissions
//
// A request may carry a Permission. Without an Action, each of its alternatives
// ("a|b") is decided as the action; the first Allow wins, else the first one's
// Deny is reported. With an Action the alternatives say nothing yet, since no role
// grants permissions. The permission "self", which stands alone, grants whoever
// is authenticated what the identity layer would; explicit denies and the rules
// for tenants hold as ever, an Allow of a policy is reported before it, and
// anonymous is denied (implicit_deny) whatever resource policies say. Without an
// Action the action is "self" too.
package pdp
