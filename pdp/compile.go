package pdp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/route"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Options says how a bundle is compiled. The zero Options are good.
type Options struct {
	// Revision names the snapshot in every Decision; usually a hash of the
	// bundle's content. "" is allowed.
	Revision string
	// Root is the id of the root principal, whom no policy stops once all guards
	// are passed; "" is nobody. It is the server's to say, never a bundle's, and no
	// alias stands for it. See Principal.Root.
	Root string
	// Extensions are what a program that embeds the engine adds to the documents'
	// language; the zero Extensions are nothing.
	Extensions Extensions
	// Each calls do for all of 0 to n-1, in any order and as many at a time as there
	// are processors for, and returns when all are done. nil calls one after the other:
	// the engine itself starts no goroutines.
	Each func(n int, do func(i int))
}

// Compile makes an Engine of the documents of one bundle, in any order. It checks
// what needs more than one document: names, attachments, the namespace of ids,
// routes against each other. The error joins every problem found, in the order of
// files and places; each is a *strictjson.Error.
//
// Documents usually come from Decode, but may be made by hand: Compile checks
// the patterns and conditions of every statement again and trusts nothing but
// their shape.
//
// previous is the engine that the new one will replace, or nil. What Compile
// returns never depends on it; it is there so that unchanged parts can be shared.
func Compile(docs []*Document, opts Options, previous *Engine) (*Engine, error) {
	c := newCompiler(docs, opts)
	c.extensions(&opts.Extensions)
	c.manifest()
	c.schema()
	c.policies()
	c.tenants()
	c.resources()
	c.directory()
	c.principals()
	c.check()
	c.attachments()
	c.aliases()
	c.routes()
	if len(c.problems) == 0 {
		c.problems = c.backstops
	}
	if len(c.problems) > 0 {
		return nil, strictjson.Join(c.problems)
	}
	c.e.corpus.clip()
	c.fillBlocks()
	c.index()
	c.callers()
	return c.e, nil
}

// A compiler is one run of Compile.
type compiler struct {
	docs     []*Document // by file
	e        *Engine
	problems []*strictjson.Error
	// backstops are problems that a check of documents reports too, and better. They
	// count where nobody else has found any: what refers to nothing is never guessed.
	backstops []*strictjson.Error

	inParallel func(n int, do func(i int))

	linker *linker           // of e.corpus
	blocks map[string]*block // by their policies
	specs  []blockSpec

	environment *conditions.Environment // what conditions may refer to
	matchers    map[string]CompileMatcher
	variables   map[string]VariableFunc // by folded name
	userAliases map[string]string       // see aliasesSoFar

	unattached map[string]bool    // policies that the manifest excuses
	allowEmpty bool               // the manifest says so
	byName     map[string]*source // all policies
	sources    []*source          // the same, by name
	needs      map[string]bool    // keys that policies ask for
	names      map[string]claimed // ids and aliases
	fresh      map[*Text]bool     // ids that nobody else has
	groups     map[string]strictjson.Place
	users      []userGroups
	trusts     []trustOf
}

// A source is a policy on its way into the engine.
type source struct {
	*Policy
	number   int32 // in Engine.identity
	attached bool
}

// claimed is who has a name, and where.
type claimed struct {
	what  string
	place strictjson.Place
}

func newCompiler(docs []*Document, opts Options) *compiler {
	c := &compiler{
		inParallel: opts.Each,
		unattached: map[string]bool{},
		byName:     map[string]*source{},
		needs:      map[string]bool{},
		names:      map[string]claimed{},
		fresh:      map[*Text]bool{},
		groups:     map[string]strictjson.Place{},
		blocks:     map[string]*block{},
		e: &Engine{
			revision: opts.Revision,
			root:     opts.Root,
			roster:   roster{ids: map[string]int32{}, roles: map[roleIdentity]int32{}, accounts: map[string]int32{}},
			entries:  map[string]*entry{},
			aliases:  map[string]string{},
			sessions: map[roleIdentity]*entry{},
			groups:   map[string]*block{},
			roles:    map[string]*role{},

			revokedSessions: map[string]bool{},
			tenants:         map[string]*tenant{},
			tenantAliases:   map[string]string{},
			known:           map[string]*knownResource{},
			environment:     environmentOf(docs),
			reads:           map[string]bool{},
		},
	}
	c.environment = c.e.environment
	c.e.pool.New = func() any { return new(scratch) }
	for i, doc := range docs {
		if doc == nil || doc.kinds() != 1 {
			c.errorf(strictjson.Place{}, ruleMixedDocument, "document %d is not exactly one of a policy, a directory, routes, resources, a schema and a manifest", i)
			continue
		}
		c.docs = append(c.docs, doc)
	}
	slices.SortStableFunc(c.docs, func(a, b *Document) int { return cmp.Compare(a.File, b.File) })
	return c
}

// environmentOf gathers what conditions may refer to.
func environmentOf(docs []*Document) *conditions.Environment {
	environment := &conditions.Environment{Regions: map[string]conditions.Area{}}
	for _, doc := range docs {
		if doc != nil && doc.Resources != nil {
			for _, r := range doc.Resources.Regions {
				environment.Regions[r.Name.Text] = r.Area
			}
		}
	}
	return environment
}

// each calls do with all of n things, cut into pieces of a size at which starting one
// does not matter, on as many processors as Options gives. Pieces must not change what
// others look at.
func (c *compiler) each(n, piece int, do func(from, to int)) {
	if c.inParallel == nil || n <= piece {
		do(0, n)
		return
	}
	c.inParallel((n+piece-1)/piece, func(i int) { do(i*piece, min(n, (i+1)*piece)) })
}

// kinds counts the parts that are set.
func (d *Document) kinds() int {
	n := 0
	for _, set := range [...]bool{d.Policy != nil, d.Directory != nil, d.Routes != nil, d.Manifest != nil, d.Resources != nil, d.Schema != nil} {
		if set {
			n++
		}
	}
	return n
}

func (c *compiler) errorf(at strictjson.Place, rule, format string, args ...any) {
	c.problems = append(c.problems, &strictjson.Error{Place: at, Rule: rule, Reason: fmt.Sprintf(format, args...)})
}

// backstop reports what another check should have reported.
func (c *compiler) backstop(at strictjson.Place, rule, format string, args ...any) {
	c.backstops = append(c.backstops, &strictjson.Error{Place: at, Rule: rule, Reason: fmt.Sprintf(format, args...)})
}

func (c *compiler) manifest() {
	var first *Manifest
	for _, doc := range c.docs {
		m := doc.Manifest
		switch {
		case m == nil:
		case first != nil:
			c.errorf(m.Place, ruleDuplicate, "a bundle has one manifest, and %s is one too", first.Place)
		default:
			first = m
			c.e.bundle, c.allowEmpty = m.Name, m.AllowEmpty
			c.e.expiry = c.instant(m.Expiry, "expiry")
			c.e.starCrosses, c.e.suspendedFallsThrough = m.StarCrossesTenants, m.SuspendedFallsThrough
		}
	}
}

// attachments checks that every identity policy is attached somewhere or excused,
// and that the bundle holds any policy at all.
func (c *compiler) attachments() {
	for _, doc := range c.docs {
		if doc.Manifest == nil {
			continue
		}
		for _, name := range doc.Manifest.Unattached {
			switch p, ok := c.byName[name.Text]; {
			case !ok:
				c.errorf(name.Place, ruleMissingPolicy, "no document is the policy %q%s", name.Text, c.nearName(name.Text))
			case p.Resource:
				c.errorf(name.Place, ruleUnattached, "%q is a resource policy, which is never attached; take it off the list", name.Text)
			}
			c.unattached[name.Text] = true
		}
	}
	for _, p := range c.sources {
		switch {
		case p.Resource || p.attached:
		case p.Dialect == DialectAllowMe && p.FirstMatch.DefaultAllow:
			c.errorf(p.FirstMatch.DefaultPlace, ruleInvalidDefault, "%q allows by default and is attached to nobody; attach it to those whom the default is for, or drop it", p.Name)
		case p.Dialect != DialectAllowMe && !c.unattached[p.Name]:
			c.errorf(p.Place, ruleUnattached, "the identity policy %q is attached to no user, group or role; attach it, delete it, or list it under \"unattached\" in the manifest", p.Name)
		}
	}
	if len(c.sources) == 0 && !c.allowEmpty {
		c.errorf(strictjson.Place{}, ruleEmptyBundle, `the bundle has no policy at all and would deny everything; if that is meant, say "allow_empty": true in the manifest`)
	}
}

// routes compiles the routes of all documents. Which context keys a route may set
// is checked there: none that a door or the engine sets.
func (c *compiler) routes() {
	var docs []*route.Document
	for _, doc := range c.docs {
		if doc.Routes == nil {
			continue
		}
		docs = append(docs, doc.Routes)
		c.e.counts.Routes += len(doc.Routes.Routes)
	}
	table, problems := route.Compile(docs)
	c.problems = append(c.problems, problems...)
	c.e.routes = table
}

// maxHints bounds how many problems are worth a search for what was meant: in a
// bundle that is wrong throughout, all of them would take time squared.
const maxHints = 100

// nearName suggests a policy for a name that none has.
func (c *compiler) nearName(name string) string {
	if len(c.problems) > maxHints {
		return ""
	}
	if _, ok := c.byName[strings.TrimSuffix(name, ".json")]; ok {
		return fmt.Sprintf(`; the name of a policy is its path without ".json": %q`, strings.TrimSuffix(name, ".json"))
	}
	for _, p := range c.sources {
		if strings.EqualFold(p.Name, name) || strings.HasSuffix(p.Name, "/"+name) {
			return fmt.Sprintf("; did you mean %q?", p.Name)
		}
	}
	return ""
}
