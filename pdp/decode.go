package pdp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp/route"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Limits of one document. A source that reads files has limits of its own, which
// are usually tighter; these hold for whoever calls Decode.
var documentLimits = strictjson.Limits{Bytes: 64 << 20, Depth: 64, Values: 8 << 20, Members: 1 << 20}

// A kind is one sort of document.
type kind uint8

const (
	kindPolicy kind = iota
	kindDirectory
	kindRoutes
	kindManifest
	kindDialect
	kindResources
	kindSchema
	kindTests
)

// kindOf says what a top-level key makes of a document. Keys that are not here
// ("Version", "default", …) never tell the kind; each kind knows its own.
var kindOf = map[string]kind{
	"Statement":        kindPolicy,
	"tenants":          kindDirectory,
	"users":            kindDirectory,
	"groups":           kindDirectory,
	"roles":            kindDirectory,
	"revoked_sessions": kindDirectory,
	"routes":           kindRoutes,
	"bundle":           kindManifest,
	"statements":       kindDialect,
	"resources":        kindResources,
	"regions":          kindResources,
	"schema":           kindSchema,
	"tests":            kindTests,
}

// knownKinds is what an author is told to choose from.
const knownKinds = `a policy ("Statement"), a directory ("tenants", "users", "groups", "roles"), resources ("resources", "regions"), routes ("routes"), a schema ("schema") or a manifest ("bundle")`

// Decode reads one file of a bundle. What the document is is told by its
// top-level keys, never by file's name or folder; file only names it: a policy's
// name is file without ".json".
//
// Decode is pure, looks at this document alone and may run concurrently. It
// returns either a Document that is valid in itself or every problem found, in
// document order, never both. Every problem has its place; Rule is AWS's own
// title where AWS's policy validator knows the error. Fields and documents that
// MayI does not support yet are refused by name, never ignored.
func Decode(file string, data []byte) (*Document, []*strictjson.Error) {
	return new(Decoder).Decode(file, data)
}

// A Decoder decodes documents one after the other, each of them as the function
// Decode does, and uses the memory that one took again for the next. The zero
// Decoder is ready to use. It is for one goroutine at a time.
type Decoder struct {
	parser strictjson.Parser
	memory decoder
}

// Decode is the function Decode. What it returns stays good.
func (m *Decoder) Decode(file string, data []byte) (*Document, []*strictjson.Error) {
	root, err := m.parser.Parse(file, data, documentLimits)
	if err != nil {
		return nil, []*strictjson.Error{asError(file, err)}
	}
	d := &m.memory
	d.problems = nil
	doc := d.document(file, root)
	if len(d.problems) > 0 {
		d.sort()
		return nil, d.problems
	}
	return doc, nil
}

// DecodeSessionPolicy reads an inline session policy, a value of a request. It is
// an identity policy in IAM's dialect, and is refused as Decode refuses one: its
// name is file#pointer, or "session#pointer" in a document without a name. What it
// returns beside problems is of no use. It is pure and may run concurrently.
func DecodeSessionPolicy(n *strictjson.Node) (*Policy, []*strictjson.Error) {
	d := &decoder{}
	if !d.is(n, strictjson.Object, "a session policy") {
		return nil, d.problems
	}
	place := d.places.Of(n)
	name := cmp.Or(place.File, "session") + "#" + place.Pointer
	p := d.policy(n, name, formIdentity)
	if len(d.problems) > 0 {
		d.sort()
		return nil, d.problems
	}
	return p, nil
}

// sort puts the problems of one document into its order.
func (d *decoder) sort() {
	slices.SortStableFunc(d.problems, func(a, b *strictjson.Error) int {
		return cmp.Or(cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.Place.Column, b.Place.Column))
	})
}

func asError(file string, err error) *strictjson.Error {
	if e, ok := err.(*strictjson.Error); ok {
		return e
	}
	return &strictjson.Error{Place: strictjson.Place{File: file}, Rule: "JSON syntax", Reason: err.Error()}
}

func (d *decoder) document(file string, root *strictjson.Node) *Document {
	doc := &Document{File: file}
	if root.Kind != strictjson.Object {
		d.errorf(root, ruleDataType, "a document is an object, this is %s; expected %s", kindName(root.Kind), knownKinds)
		return nil
	}
	k, ok := d.kind(root)
	if !ok {
		return nil
	}
	switch k {
	case kindPolicy:
		doc.Policy = d.policy(root, strings.TrimSuffix(file, ".json"), formAny)
	case kindDirectory:
		doc.Directory = d.directory(root)
	case kindManifest:
		doc.Manifest = d.manifest(root)
	case kindResources:
		doc.Resources = d.resources(root)
	case kindSchema:
		doc.Schema = d.schema(root)
	case kindRoutes:
		routes, problems := route.Decode(root)
		doc.Routes = routes
		d.problems = append(d.problems, problems...)
	case kindDialect:
		doc.Policy = d.dialectPolicy(root, strings.TrimSuffix(file, ".json"))
	default:
		for _, m := range root.Members {
			if _, known := kindOf[m.Name]; known {
				d.errorf(m.Value, ruleNotSupported, "%q documents are not supported yet; expected %s", m.Name, knownKinds)
			}
		}
	}
	return doc
}

// kind finds the one kind that the top-level keys tell.
func (d *decoder) kind(root *strictjson.Node) (kind, bool) {
	var found []string // the first key of each kind
	var first kind
	for _, m := range root.Members {
		k, ok := kindOf[m.Name]
		switch {
		case !ok:
		case len(found) == 0:
			first, found = k, append(found, m.Name)
		case k != first:
			d.errorf(m.Value, ruleMixedDocument, "%q and %q belong to different kinds of documents; expected one of %s", found[0], m.Name, knownKinds)
			return 0, false
		}
	}
	if len(found) > 0 {
		return first, true
	}
	if root.Get("Version") != nil || root.Get("Id") != nil {
		return kindPolicy, true // a policy that forgot its statements
	}
	d.errorf(root, ruleUnknownDocument, "no top-level key tells what this document is%s; expected %s", hint(root), knownKinds)
	return 0, false
}

// hint names a top-level key that is right but for its case.
func hint(root *strictjson.Node) string {
	if len(root.Members) == 0 {
		return " (it is empty)"
	}
	for _, m := range root.Members {
		for known := range kindOf {
			if known != "statements" && strings.EqualFold(known, m.Name) {
				return fmt.Sprintf(" (%q is not %q)", m.Name, known)
			}
		}
	}
	return fmt.Sprintf(" (it begins with %q)", root.Members[0].Name)
}
