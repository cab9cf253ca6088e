package policytest

import (
	"fmt"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// defaultTime is when a case is decided that names no time: a Friday morning.
var defaultTime = time.Date(2026, time.January, 2, 10, 30, 0, 0, time.UTC)

// A Case is one line of a script: a question and the answer it wants.
type Case struct {
	Script string // name of its script
	Line   int    // in its cases file, from 1
	Text   string // the question as written, without the arrow

	Principal  pdp.Principal
	Action     string
	Resource   pdp.Resource
	Permission string
	Session    *SessionFacts // nil: none
	Keys       []Key
	Incomplete []string  // prefixes of keys whose source could not be read whole
	Time       time.Time // zero: a request without a time
	Malformed  string    // what a door found wrong with the request
	Refused    *pdp.Refusal
	HTTP       *HTTP // set: the question is an HTTP request, and all but Time is unset

	Want Answer // zero: the script says nothing yet

	from, to int // of the expectation in the cases file, the arrow included
}

// Place returns script:line for messages.
func (c *Case) Place() string { return fmt.Sprintf("%s: cases line %d", c.Script, c.Line) }

// Request returns the question as the engine gets it, new each time.
// It is nil for a case that is an HTTP request.
func (c *Case) Request() *pdp.Request {
	if c.HTTP != nil {
		return nil
	}
	r := &pdp.Request{
		Principal: c.Principal, Action: c.Action, Resource: c.Resource, Permission: c.Permission,
		Time: c.Time, Malformed: c.Malformed, Refused: c.Refused,
	}
	session, malformed := c.session()
	if r.Session = session; r.Malformed == "" {
		r.Malformed = malformed
	}
	if len(c.Keys)+len(c.Incomplete) > 0 {
		r.Context = new(conditions.Context)
		for _, prefix := range c.Incomplete {
			r.Context.MarkIncomplete(prefix)
		}
		for _, k := range c.Keys {
			r.Context.Add(k.Name, k.Value)
		}
	}
	return r
}

// parseCase reads one logical line.
func parseCase(l logical, clock time.Time) (*Case, error) {
	c := &Case{Line: l.line, Time: clock}
	s := &scanner{text: l.text}
	first, err := s.word("a principal", "")
	if err != nil {
		return nil, err
	}
	if first.is("http") {
		err = c.parseHTTP(s)
	} else {
		err = c.parseQuestion(s, first)
	}
	if err != nil {
		return nil, err
	}
	c.Text = strings.TrimRight(l.text[:s.at], " \t")
	c.from, c.to = l.offset+s.at, l.offset+len(l.text)
	if !s.blank() {
		return c, nil
	}
	c.Text, c.from = strings.TrimRight(l.text[:s.at], " \t"), l.offset+s.at
	if !s.arrow() {
		return nil, fmt.Errorf("expected -> and the answer, found %q", l.text[s.at:])
	}
	c.Want, err = parseAnswer(s, c.asked())
	return c, err
}

// asked returns the principal that the question names, which a decision is
// expected to be about unless the answer says "as".
func (c *Case) asked() string {
	if c.HTTP != nil {
		return c.HTTP.Credential.ID
	}
	return c.Principal.ID
}

// parseQuestion reads principal, action, resource and what follows them.
func (c *Case) parseQuestion(s *scanner, principal word) error {
	if !principal.is("-") {
		c.Principal.ID = principal.text
	}
	action, err := s.word("an action", "")
	if err != nil {
		return err
	}
	if !action.is("-") {
		c.Action = action.text
	}
	resource, err := s.word("a resource", "")
	if err != nil {
		return err
	}
	c.Resource.ID = resource.text
	for s.blank() && !(&scanner{text: s.text, at: s.at}).arrow() {
		at := s.at
		if s.keyword("at") {
			if c.Time, err = s.time(); err != nil {
				return err
			}
			continue
		}
		s.at = at
		p, err := s.pair()
		if err != nil {
			return err
		}
		if err := c.set(p); err != nil {
			return err
		}
	}
	return nil
}

// keyword reads a word and reports whether it is text.
func (s *scanner) keyword(text string) bool {
	w, err := s.word(text, "=")
	return err == nil && w.is(text) && (s.at == len(s.text) || s.text[s.at] != '=')
}

// time reads a time in RFC 3339; "zero" is none.
func (s *scanner) time() (time.Time, error) {
	w, err := s.word("a time", "")
	if err != nil {
		return time.Time{}, err
	}
	if w.is("zero") {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, w.text)
	if err != nil {
		return time.Time{}, fmt.Errorf("expected a time such as 2026-01-02T10:30:00Z after at, found %q", w.text)
	}
	return t, nil
}

// ParseCase reads one case without its script, for tools that make cases.
func ParseCase(line string) (*Case, error) {
	return parseCase(logical{text: line, line: 1}, defaultTime)
}
