package pdp

import (
	"slices"
	"strings"
	"sync"

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
//  3. Keys of entries are canonical ids; an alias is never one of them.
//  4. Statements hold nothing that can fail.
type Engine struct {
	revision string
	bundle   string
	identity []policy
	resource []policy
	roster   roster

	entries       map[string]*entry       // users and role ARNs, by id
	aliases       map[string]string       // to canonical ids
	sessions      map[roleIdentity]*entry // roles, by what their sessions tell
	groups        map[string][]int32      // policies, by group
	roles         map[string][]int32      // policies, by role id or name
	declaresUsers bool

	routes *route.Table
	needs  []string // folded keys that policies ask for, sorted
	counts Counts
	pool   sync.Pool // of *scratch
}

// A policy is a compiled policy.
type policy struct {
	name       string
	statements []statement
}

// Counts says how much a bundle holds.
type Counts struct {
	Policies   int // inline ones included
	Statements int
	Users      int
	Groups     int
	Roles      int
	Routes     int
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
