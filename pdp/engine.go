package pdp

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/route"
)

// An Engine is a compiled bundle: one immutable snapshot of policies, directory
// and routes. Compile makes it. It is safe for concurrent use, and a View.
//
// Invariants, all established by Compile:
//
//  1. identity and resource are sorted by policy name, statements by index, so
//     that walking them is canonical order.
//  2. Every list of policy numbers indexes identity, is sorted and has no repeat.
//     Blocks leave out only statements that cannot match.
//  3. Keys of tenants are canonical ids, those of entries their aliases too; no alias
//     is an id of anybody else.
//  4. Statements hold nothing that can fail.
//  5. The parents of tenants end in a root.
type Engine struct {
	revision string
	bundle   string
	root     string    // the root principal's id; "" is nobody
	expiry   time.Time // zero: never
	corpus   corpus
	identity []policy // all but resource and trust policies
	speaking []int32  // statements that stand for policies which need not be attached to say something
	resource []policy
	audience *audience // of resource
	roster   roster

	entries         map[string]*entry       // users and role ARNs, by id and alias
	aliases         map[string]string       // to canonical ids
	sessions        map[roleIdentity]*entry // roles, by what their sessions tell
	groups          map[string]*block
	roles           map[string]*role // by id or name
	declaresUsers   bool
	revokedSessions map[string]bool

	tenants         map[string]*tenant
	tenantAliases   map[string]string // to canonical ids
	declaresTenants bool
	known           map[string]*knownResource
	reads           map[string]bool // folded actions whose access is read
	environment     *conditions.Environment
	declared        *declaration // what the schemas declare, for policies of sessions

	starCrosses           bool // "*" means principals of other tenants too
	suspendedFallsThrough bool // a suspended membership is as if it were not there

	routes *route.Table
	needs  []string // folded keys that policies ask for, sorted
	counts Counts
	index  readerIndex
	pool   sync.Pool // of *scratch
}

// A policy is a compiled policy.
type policy struct {
	name     string
	of       *corpus
	from, to int32       // its statements
	alone    bool        // it means the same in every bundle, see Policy.standsAlone
	first    *firstMatch // of a policy that decides by first match; else nil
	block    *block      // of its statements alone; nil: they are few
	audience *audience   // of a trust policy; nil: its statements are few
}

// Counts says how much a bundle holds.
type Counts struct {
	Policies   int // inline ones included
	Statements int
	Users      int
	Groups     int
	Roles      int
	Routes     int
	Tenants    int
	// Memberships of all users, and Resources that the bundle knows.
	Memberships, Resources int
}

// Counts returns how much the bundle holds, for status pages and logs.
func (e *Engine) Counts() Counts { return e.counts }

// Bundle returns the bundle's name as its manifest says it, "" without one.
func (e *Engine) Bundle() string { return e.bundle }

// Revision names the snapshot, as Options said it.
func (e *Engine) Revision() string { return e.revision }

// Routes returns the bundle's routes; without any it is the default mapping.
func (e *Engine) Routes() *route.Table { return e.routes }

// Needs reports whether a policy asks for a key that begins with the prefix. The
// prefix is folded (see conditions.Fold); a whole key is its own prefix.
func (e *Engine) Needs(foldedPrefix string) bool {
	i, _ := slices.BinarySearch(e.needs, foldedPrefix)
	return i < len(e.needs) && strings.HasPrefix(e.needs[i], foldedPrefix)
}

// Canonical returns the id that an alias stands for, and any other id as it is.
func (e *Engine) Canonical(id string) string {
	if canonical, ok := e.aliases[id]; ok {
		return canonical
	}
	return id
}

var _ View = (*Engine)(nil)
