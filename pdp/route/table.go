package route

import (
	"errors"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// ErrNoRoute means that no route matches and that the default mapping is turned
// off or does not apply: the decision is no_route.
var ErrNoRoute = errors.New("no route matches")

// A Table is the compiled routes of a bundle. A nil Table has no routes and the
// default mapping. It is immutable and safe for concurrent use.
type Table struct{}

// A Found is the route that a request takes. It is a small value.
type Found struct{ public bool }

// Public reports whether the route is decided with the anonymous principal when
// the request brings no credential.
func (f Found) Public() bool { return f.public }

// Decode reads a routes document. It returns either a document or every problem.
func Decode(root *strictjson.Node) (*Document, []*strictjson.Error) {
	return nil, []*strictjson.Error{root.Errorf("Routes", "not read yet")}
}

// Compile builds the table of all routes documents of a bundle, or returns every
// problem that they have alone and together.
func Compile(docs []*Document) (*Table, []*strictjson.Error) {
	var problems []*strictjson.Error
	for _, d := range docs {
		problems = append(problems, &strictjson.Error{Place: d.Place, Rule: "Routes", Reason: "not compiled yet"})
	}
	return &Table{}, problems
}

// Find returns the route of a request. Its error is ErrNoRoute or a *Malformed.
func (t *Table) Find(h *HTTP) (Found, error) { return Found{}, ErrNoRoute }

// Expand fills the route's names with what the request holds. principal is the
// id of who asks, "" if anonymous. Its error is a *Malformed.
func (f Found) Expand(h *HTTP, principal string) (Target, error) {
	return Target{}, &Malformed{What: "variable", Reason: "not filled yet"}
}
