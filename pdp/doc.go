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
// any of these ways, and whoever has a permissions boundary. An anonymous caller is
// meant by "*" and by NotPrincipal.
//
// # Tenants
//
// Whose a principal is is said by its session's role, the directory or its ARN, and
// else by the request; whose a resource is by the resources documents or its ARN,
// and else by the request. Two that disagree are an error in documents, and make a
// request malformed. Principal and resource are related if the resource's tenant is
// the principal's or lies below it, or is that of an active membership or below it;
// if the resource is shared; or if neither has a tenant. In a bundle that declares
// no tenants they are also related if one of them has none. Nothing else isolates
// tenants.
//
// # The decision
//
// Decide goes through these steps; the first that holds is the decision.
//
//  1. The request is malformed: it cannot be read, or contradicts the bundle, or
//     sets a key of the engine ([ReservedKey]).
//  2. A guard denies: the bundle is stale, the session is over or revoked, the
//     principal or one of its chain is suspended or erased, the tenant of either
//     side or an ancestor is unknown, inactive or suspended (which allows reading),
//     the principal's provider is not one of its tenant's.
//  3. It is the root principal ([Options].Root): root.
//  4. A Deny of any layer applies: explicit_deny, or unknown_condition if no Deny
//     is known to apply but some are not known not to.
//  5. A level of the principal's tenant path has guardrails, and none of them
//     allows: guardrail.
//  6. The action is of the sts:AssumeRole family. Then the role's trust policy must
//     allow, else trust_policy_deny; and so must, if it means the caller by account
//     only or the two are not related, a statement of the identity layer; and the
//     limits of step 7.
//  7. They are related. Then one grant is enough, looked for in this order: of the
//     resource layer directly, or by role (resource_policy); of the identity layer,
//     by a policy (identity_policy), by a permission of a membership or "self"
//     (permission), or because the principal is an admin of the tenant (admin). All
//     but direct grants are limited by the boundary and by what limits the session.
//     With session policies or scopes only a grant to the very ARN of a session is
//     direct; scopes limit that too.
//  8. They are not. Then it needs a grant of the identity layer, its limits, and an
//     Allow of the resource layer that reaches across: by the id, the role or the
//     tenant; by "*" only where no tenants are declared or the manifest says so.
//     The reason of the Allow is that of the identity layer.
//
// Where no grant passes, the reason is the first limit that stopped the grant that
// got furthest: boundary, session_policy, cross_tenant; or implicit_deny.
//
// A statement is evaluated in three-valued logic: an Allow applies if action,
// resource and conditions are all true, a Deny if none of them is false.
//
// The deciding statements are, for a deny by step 4, all Denies that apply; for an
// allow the first Allow of each layer that was needed, of the guardrails that of
// each level. Order is layer, policy name, statement index.
//
// # Permissions
//
// A request may carry a Permission, alternatives joined by "|"; without one its
// action is the permission. Each is decided by itself; the first Allow wins, else
// the first one's Deny is reported. Without an Action the alternative is the action
// too. Roles grant permissions in the tenant of a membership and below it: "*", one
// in its exact case, or "first.*". The nearest membership on the way from the
// resource's tenant to its root decides alone, or all of them together if the
// tenant's rbac_mode is additive; a suspended one ends the way. "self" stands alone
// and is what everybody has who is authenticated.
package pdp
