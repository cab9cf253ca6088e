package policystore

import (
	"errors"
	"time"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// maxProblems bounds how many problems Status and log show; they count all.
const maxProblems = 100

// Status says how the store is doing. It is a copy; its JSON form is what
// /v1/status shows.
type Status struct {
	Source string `json:"source"`
	// Ready reports whether there is a snapshot to decide with.
	Ready bool `json:"ready"`
	// Revision is that of the snapshot that decides; "" without one.
	Revision string `json:"revision,omitempty"`
	Bundle   string `json:"bundle,omitempty"` // the name in the manifest
	// LoadedAt is when the snapshot was published, ConfirmedAt when the source
	// was last seen to hold exactly it.
	LoadedAt    time.Time `json:"loaded_at,omitzero"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	Counts      Counts    `json:"counts"`
	// Watch is how changes are noticed, "events" or "poll", and WatchLost how
	// often changes may have been missed.
	Watch     string `json:"watch"`
	WatchLost uint64 `json:"watch_lost"`
	// Attempts counts looks at the source, Failures those that failed.
	Attempts    uint64    `json:"attempts"`
	Failures    uint64    `json:"failures"`
	LastAttempt time.Time `json:"last_attempt,omitzero"`
	LastResult  Result    `json:"last_result,omitempty"`
	// Problems is why the source is not what is served, up to a hundred of them;
	// empty if it is. ProblemCount counts them all. RefusedRevision names the
	// refused content, if it could be read at all.
	Problems        []Problem `json:"problems,omitempty"`
	ProblemCount    int       `json:"problem_count"`
	RefusedRevision string    `json:"refused_revision,omitempty"`
}

// Counts says how much the snapshot holds.
type Counts struct {
	Documents  int `json:"documents"`
	Bytes      int `json:"bytes"`
	Policies   int `json:"policies"`
	Statements int `json:"statements"`
	Users      int `json:"users"`
	Groups     int `json:"groups"`
	Roles      int `json:"roles"`
	Routes     int `json:"routes"`

	Tenants     int `json:"tenants"`
	Memberships int `json:"memberships"`
	Resources   int `json:"resources"`
}

// Result is how a look at the source ended.
type Result string

// The results.
const (
	// ResultSuccess means that a new snapshot was published.
	ResultSuccess Result = "success"
	// ResultUnchanged means that the source held what it held before, be that
	// served or refused; nothing was compiled.
	ResultUnchanged Result = "unchanged"
	// ResultFailure means that the source could not be read or was refused.
	ResultFailure Result = "failure"
)

// A Problem is one thing that is wrong with the source.
type Problem struct {
	File    string `json:"file,omitempty"` // inside of the bundle; "" if it is not about a file
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Pointer string `json:"pointer,omitempty"` // RFC 6901
	Rule    string `json:"rule,omitempty"`
	Reason  string `json:"reason"`
}

// Problems takes an error of Load, LoadFiles or a source apart into all the
// problems that it joins, in its order. It returns nil for nil.
func Problems(err error) []Problem {
	if err == nil {
		return nil
	}
	if p, ok := err.(*strictjson.Error); ok {
		return []Problem{{
			File: p.Place.File, Line: p.Place.Line, Column: p.Place.Column, Pointer: p.Place.Pointer,
			Rule: p.Rule, Reason: p.Reason,
		}}
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []Problem
		for _, e := range joined.Unwrap() {
			all = append(all, Problems(e)...)
		}
		return all
	}
	var p *strictjson.Error
	if inner := errors.Unwrap(err); inner != nil && errors.As(inner, &p) {
		return Problems(inner)
	}
	return []Problem{{Reason: err.Error()}}
}
