package policytest

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A Script is a story: a bundle, and what is decided by it.
type Script struct {
	Name    string
	Comment string   // what the author says about it
	Rules   []string // numbers of the decision rules that it shows
	Files   []File   // of the bundle, sorted by name
	Cases   []*Case
	Refused []Refused // variations of the bundle that must not load

	archive *txtar.Archive
}

// A File is one file of a bundle.
type File struct {
	Name string // slash-separated path inside of the bundle
	Data []byte
}

// casesFile is the file of a script that holds its cases.
const casesFile = "cases"

// Parse reads a script. name is used in messages. Problems of all lines are
// reported at once; those of the bundle's own files are Documents' to find.
func Parse(name string, data []byte) (*Script, error) {
	for line := range bytes.Lines(data) {
		if string(bytes.TrimRight(line, "\r\n")) == "-- --" { // which package txtar cannot stand
			return nil, fmt.Errorf("%s: expected the name of a file in \"-- NAME --\", found \"-- --\"", name)
		}
	}
	s := &Script{Name: name, archive: txtar.Parse(data)}
	s.Comment = strings.TrimSpace(string(s.archive.Comment))
	s.Rules = rules(s.Comment)
	var problems []error
	seen := make(map[string]bool)
	overlays := make(map[string]*overlay)
	for _, f := range s.archive.Files {
		if seen[f.Name] {
			problems = append(problems, fmt.Errorf("%s: file %s stands twice", name, f.Name))
			continue
		}
		seen[f.Name] = true
		switch {
		case f.Name == casesFile:
			problems = append(problems, s.parseCases(string(f.Data))...)
		case strings.HasPrefix(f.Name, refusedDir):
			problems = append(problems, addOverlay(overlays, f))
		case path.Clean(f.Name) != f.Name || path.IsAbs(f.Name) || strings.HasPrefix(f.Name, ".."):
			problems = append(problems, fmt.Errorf("%s: %q is not a path inside of a bundle", name, f.Name))
		default:
			s.Files = append(s.Files, File{f.Name, f.Data})
		}
	}
	sortFiles(s.Files)
	refused, err := s.overlay(overlays)
	s.Refused = refused
	problems = append(problems, err)
	if !seen[casesFile] && len(s.Refused) == 0 {
		problems = append(problems, fmt.Errorf("%s: there is neither a file %q nor one below %s", name, casesFile, refusedDir))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return s, nil
}

// rules reads the numbers of the line "rules: 2.3 3.1" of a comment.
func rules(comment string) []string {
	var all []string
	for _, line := range strings.Split(comment, "\n") {
		if list, ok := strings.CutPrefix(line, "rules:"); ok {
			all = append(all, strings.Fields(list)...)
		}
	}
	return all
}

func sortFiles(files []File) {
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
}

func (s *Script) parseCases(data string) (problems []error) {
	clock := defaultTime
	for _, l := range logicals(data) {
		fail := func(err error) {
			problems = append(problems, fmt.Errorf("%s: cases line %d: %w", s.Name, l.line, err))
		}
		if t, ok, err := clockLine(l); ok {
			if err != nil {
				fail(err)
			}
			clock = t
			continue
		}
		c, err := parseCase(l, clock)
		if err != nil {
			fail(err)
			continue
		}
		c.Script = s.Name
		s.Cases = append(s.Cases, c)
	}
	return problems
}

// clockLine reads a line "at TIME", which sets the clock for the cases below it.
func clockLine(l logical) (time.Time, bool, error) {
	s := &scanner{text: l.text}
	if !s.keyword("at") {
		return time.Time{}, false, nil
	}
	t, err := s.time()
	if err == nil && s.blank() {
		return t, false, nil // three words and more: a principal named at
	}
	return t, true, err
}

// Documents decodes the files of the bundle.
func (s *Script) Documents() ([]*pdp.Document, error) { return decode(s.Files) }

func decode(files []File) ([]*pdp.Document, error) {
	docs := make([]*pdp.Document, 0, len(files))
	var problems []*strictjson.Error
	for _, f := range files {
		doc, errs := pdp.Decode(f.Name, f.Data)
		problems = append(problems, errs...)
		if len(errs) == 0 {
			docs = append(docs, doc)
		}
	}
	return docs, strictjson.Join(problems)
}

// Rewrite returns the script with the expectation of every case replaced by what
// answer says to it, and that of every refused bundle by the problems of refuse's
// error. A case to which answer returns the zero Answer stays as it is.
func (s *Script) Rewrite(answer func(*Case) Answer, refuse func(*Refused) error) []byte {
	out := &txtar.Archive{Comment: s.archive.Comment, Files: slices.Clone(s.archive.Files)}
	errorsOf := make(map[string]*Refused)
	for i := range s.Refused {
		errorsOf[refusedDir+s.Refused[i].Name+"/"+errorsFile] = &s.Refused[i]
	}
	for i, f := range out.Files {
		if f.Name == casesFile {
			out.Files[i].Data = s.rewriteCases(f.Data, answer)
		} else if r := errorsOf[f.Name]; r != nil {
			out.Files[i].Data = []byte(strings.Join(Problems(refuse(r)), "\n") + "\n")
		}
	}
	return txtar.Format(out)
}

func (s *Script) rewriteCases(data []byte, answer func(*Case) Answer) []byte {
	var b bytes.Buffer
	from := 0
	for _, c := range s.Cases {
		a := answer(c)
		if !a.Said() {
			continue
		}
		b.Write(bytes.TrimRight(data[from:c.from], " \t\r\n"))
		b.WriteString("  -> " + a.line(c.asked()))
		from = c.to
	}
	b.Write(data[from:])
	return b.Bytes()
}
