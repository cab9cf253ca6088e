package policytest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// refusedDir holds variations of a bundle: the files below refused/NAME replace
// and extend the bundle's, and refused/NAME/errors says what is wrong with that.
const (
	refusedDir = "refused/"
	errorsFile = "errors"
)

// A Refused is a bundle that must not load.
type Refused struct {
	Name  string
	Files []File // the whole bundle, sorted by name
	// Want are the problems to be reported, each "file:line:column /pointer: rule",
	// in the order in which they are reported.
	Want []string
}

type overlay struct {
	files map[string][]byte
	said  bool // there is an errors file
	want  []string
}

func addOverlay(overlays map[string]*overlay, f txtar.File) error {
	name, file, ok := strings.Cut(strings.TrimPrefix(f.Name, refusedDir), "/")
	if !ok {
		return fmt.Errorf("%s: expected %sNAME/FILE", f.Name, refusedDir)
	}
	o := overlays[name]
	if o == nil {
		o = &overlay{files: make(map[string][]byte)}
		overlays[name] = o
	}
	if file != errorsFile {
		o.files[file] = f.Data
		return nil
	}
	o.said = true
	for _, line := range strings.Split(string(f.Data), "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			o.want = append(o.want, line)
		}
	}
	return nil
}

func (s *Script) overlay(overlays map[string]*overlay) ([]Refused, error) {
	var all []Refused
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(overlays)) {
		o := overlays[name]
		if !o.said {
			problems = append(problems, fmt.Errorf("%s: %s%s: file %s is missing", s.Name, refusedDir, name, errorsFile))
		}
		r := Refused{Name: name, Want: o.want}
		for _, f := range s.Files {
			if _, replaced := o.files[f.Name]; !replaced {
				r.Files = append(r.Files, f)
			}
		}
		for file, data := range o.files {
			r.Files = append(r.Files, File{file, data})
		}
		sortFiles(r.Files)
		all = append(all, r)
	}
	return all, errors.Join(problems...)
}

// Diff compares the error with which the bundle was refused with what it should
// be, one line for each problem that is missing or too many.
func (r *Refused) Diff(err error) []string {
	got := Problems(err)
	var diff []string
	for _, w := range r.Want {
		if !slices.Contains(got, w) {
			diff = append(diff, "not reported: "+w)
		}
	}
	for _, g := range got {
		if !slices.Contains(r.Want, g) {
			diff = append(diff, "reported, but not expected: "+g)
		}
	}
	if err == nil {
		diff = append(diff, "the bundle was accepted")
	}
	return diff
}

// Problems returns the problems of a bundle in the form of Refused.Want.
// What is no problem of a document's place stands there with its own text.
func Problems(err error) []string {
	var all []string
	var problem *strictjson.Error
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case nil:
	case *strictjson.Error:
		all = append(all, e.Place.String()+": "+e.Rule)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			all = append(all, Problems(one)...)
		}
	default:
		if !errors.As(err, &problem) {
			return []string{err.Error()}
		}
		return Problems(errors.Unwrap(err))
	}
	return all
}

// Documents decodes the files of the refused bundle.
func (r *Refused) Documents() ([]*pdp.Document, error) { return decode(r.Files) }
